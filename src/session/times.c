#include "rehearse/session/times.h"

#include "rehearse/base/glob.h"
#include "rehearse/http/date.h"
#include "rehearse/http/method.h"
#include "rehearse/session/value_place.h"

#define SECOND_US 1000000
#define DAY_US (86400ll * SECOND_US)
/* A time further from the recording is something else: a birthday, an archive. */
#define NEAR_US (2 * 366 * DAY_US)
/* A replay that follows at once moves nothing. */
#define LEAST_SHIFT_US (60ll * SECOND_US)

enum { CLOCK_LEN = 19 /* 2026-03-07T09:15:32 */, DAY_LEN = 10 };

struct shift {
    int64_t recorded_us, by_us;
    bool write;
    struct arena *arena;
    unsigned moved;
};

static bool fits_any(const char *const *patterns, struct span name)
{
    for (; *patterns; patterns++)
        if (glob_imatches(span_of(*patterns), name))
            return true;
    return false;
}

static bool names_a_time(struct span name)
{
    static const char *const patterns[] = {
        "ts",       "exp",         "*expir*",    "*timestamp*", "*_ts",     "*_at",    "*_time",
        "*until*",  "valid_*",     "x-amz-date", "not_after",   "not_before", "nbf",   "iat",
        "deadline", "issued",      "*starttime", "*endtime",    "*date_time*", NULL,
    };
    return fits_any(patterns, name);
}

static bool names_a_day(struct span name)
{
    static const char *const patterns[] = {
        "date", "day", "*_date", "*date", "*_day", "checkin*", "checkout*", "check_in",
        "check_out", "from", "to", "start", "end", "*until*", "*expir*", "arrival*", "departure*",
        NULL,
    };
    return fits_any(patterns, name);
}

static bool is_near(const struct shift *s, int64_t us)
{
    return us > s->recorded_us - NEAR_US && us < s->recorded_us + NEAR_US;
}

/* Unix seconds of ten digits, or milliseconds of thirteen. */
static struct span shift_number(const struct shift *s, struct span value)
{
    uint64_t n;
    bool ms = value.len == 13;
    if ((!ms && value.len != 10) || !span_to_u64(value, &n))
        return SPAN_NONE;
    int64_t unit = ms ? 1000 : SECOND_US, us = (int64_t)n * unit;
    if (!is_near(s, us))
        return SPAN_NONE;
    return arena_printf(s->arena, "%lld", (long long)((us + s->by_us) / unit));
}

/* The digits of date and clock move; fraction and zone stay as they are. */
static struct span shift_clock(const struct shift *s, struct span value)
{
    int64_t us;
    if (value.len < CLOCK_LEN || (value.ptr[10] != 'T' && value.ptr[10] != ' '))
        return SPAN_NONE;
    struct span clock = span_head(value, CLOCK_LEN), rest = span_from(value, CLOCK_LEN);
    if (!iso_time_parse(value, &us) || !is_near(s, us) || !iso_time_parse(clock, &us))
        return SPAN_NONE;
    AUTO(strbuf_release) struct strbuf moved = STRBUF_INIT;
    iso_time_add(&moved, us + s->by_us - s->by_us % SECOND_US);
    return arena_printf(s->arena, "%.*s%c%.*s%.*s", DAY_LEN, moved.buf, value.ptr[10],
                        CLOCK_LEN - DAY_LEN - 1, moved.buf + DAY_LEN + 1, SPAN_ARG(rest));
}

/* A day that lay ahead of the visitor; what he looks up about the past stays. */
static struct span shift_day(const struct shift *s, struct span value)
{
    int64_t us;
    if (!s->write || value.len != DAY_LEN || value.ptr[4] != '-' || value.ptr[7] != '-')
        return SPAN_NONE;
    struct span midnight = arena_printf(s->arena, "%.*sT00:00:00Z", SPAN_ARG(value));
    if (!iso_time_parse(midnight, &us) || !is_near(s, us) || us + DAY_US <= s->recorded_us)
        return SPAN_NONE;
    AUTO(strbuf_release) struct strbuf moved = STRBUF_INIT;
    iso_time_add(&moved, us + s->by_us - s->by_us % DAY_US);
    return arena_printf(s->arena, "%.*s", DAY_LEN, moved.buf);
}

static struct span shift_value(void *ctx, const struct value_at *at)
{
    struct shift *s = ctx;
    struct span name = value_at_leaf(at), moved = SPAN_NONE;
    if (at->kind == VALUE_HEADER || at->kind == VALUE_COOKIE || at->kind == VALUE_PATH)
        return SPAN_NONE;
    if (at->value.len < DAY_LEN || !char_is_digit(at->value.ptr[0]))
        return SPAN_NONE;
    if (names_a_time(name)) {
        moved = shift_number(s, at->value);
        if (span_is_none(moved))
            moved = shift_clock(s, at->value);
    }
    if (span_is_none(moved) && names_a_day(name)) {
        moved = shift_day(s, at->value);
        if (span_is_none(moved))
            moved = shift_clock(s, at->value);
    }
    s->moved += !span_is_none(moved);
    return moved;
}

/* Ten digits or signs of a date in a row are the least that there is to move. */
static bool may_hold_time(struct span text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = char_is_digit(text.ptr[i]) || text.ptr[i] == '-' ? run + 1 : 0;
        if (run == DAY_LEN)
            return true;
    }
    return false;
}

static bool is_signed(struct span target)
{
    static const char *const signs[] = { "signature=", "sig=", "hmac=", "hash=", "token=", NULL };
    for (const char *const *sign = signs; *sign; sign++)
        if (span_ifind(target, span_of(*sign)) >= 0)
            return true;
    return false;
}

unsigned times_shift(struct http_request *request, int64_t recorded_us, int64_t now_us,
                     struct arena *arena)
{
    struct shift shift = { .recorded_us = recorded_us,
                           .by_us = now_us - recorded_us,
                           .arena = arena };
    if (recorded_us <= 0 || shift.by_us < LEAST_SHIFT_US)
        return 0;
    ptrdiff_t query = span_find_char(request->target, '?');
    if (!(query >= 0 && may_hold_time(span_from(request->target, (size_t)query))) &&
        !may_hold_time(request->body))
        return 0;
    if (is_signed(request->target))
        return 0;
    shift.write = request_mutates(request) != NULL;
    value_sinks(request, shift_value, &shift, arena);
    return shift.moved;
}
