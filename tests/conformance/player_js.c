#include <string.h>
#include <time.h>

#include "player.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/date.h"

static const char *const end_names[PLAY_ENDS] = { "pass", "Assertion", "Setup", "FetchError",
                                                  "TypeError" };

const char *play_end_name(enum play_end end)
{
    return end_names[end];
}

enum play_end play_end_of(const char *name)
{
    for (int i = 0; i < PLAY_ENDS; i++)
        if (strcmp(end_names[i], name) == 0)
            return (enum play_end)i;
    return PLAY_TYPE;
}

bool play_has(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

bool play_is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

const char *play_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

bool play_number(struct span text, int64_t *ret)
{
    size_t len = 0;
    text = span_trim(text);
    while (len < text.len && (char_is_digit(text.ptr[len]) || (len == 0 && text.ptr[0] == '-')))
        len++;
    return span_to_i64(span_head(text, len), ret);
}

/* Node.js keeps the first line of these and drops the rest (matchKnownFields in _http_incoming). */
static bool is_single(struct span name)
{
    static const char *const names[] = {
        "age",
        "authorization",
        "content-length",
        "content-type",
        "etag",
        "expires",
        "from",
        "host",
        "location",
        "if-modified-since",
        "max-forwards",
        "if-unmodified-since",
        "last-modified",
        "proxy-authorization",
        "referer",
        "retry-after",
        "server",
        "user-agent",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(name, span_of(names[i])))
            return true;
    return false;
}

struct span play_field(const struct http_fields *fields, struct span name, struct arena *arena)
{
    if (is_single(name))
        return http_fields_value(fields, name);
    return http_fields_joined(fields, name, arena);
}

static bool is_one_of(const char *const *names, struct span name)
{
    for (; *names; names++)
        if (span_ieq(name, span_of(*names)))
            return true;
    return false;
}

static struct span rfc850_date(int64_t s, struct arena *arena)
{
    static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t t = (time_t)s;
    struct tm tm;
    gmtime_r(&t, &tm);
    return arena_printf(arena, "%s, %02d-%s-%02d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
                        months[tm.tm_mon], tm.tm_year % 100, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static struct span imf_date(int64_t s, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    http_date_add(&text, s);
    return arena_copy(arena, strbuf_span(&text));
}

static struct span date_value(const cJSON *delta, const struct play_fixup *with,
                              const cJSON *request, struct span name, struct arena *arena)
{
    const cJSON *old_form = cJSON_GetObjectItemCaseSensitive(request, "rfc850date");
    const cJSON *item;
    int64_t at_ms = with->server_now_ms + (int64_t)delta->valuedouble * 1000;
    cJSON_ArrayForEach(item, old_form) if (span_ieq(name, span_of(cJSON_GetStringValue(
                                                              item)))) return rfc850_date(at_ms /
                                                                                              1000,
                                                                                          arena);
    return imf_date(at_ms / 1000, arena);
}

static struct span replaced(struct span text, struct span what, struct span with,
                            struct arena *arena)
{
    ptrdiff_t at = span_find(text, what);
    if (at < 0)
        return text;
    struct span head = span_head(text, (size_t)at), tail = span_from(text, (size_t)at + what.len);
    return arena_printf(arena, "%.*s%.*s%.*s", SPAN_ARG(head), SPAN_ARG(with), SPAN_ARG(tail));
}

static struct span fixed(const cJSON *value, struct span name, const struct play_fixup *with,
                         const cJSON *request, struct arena *arena)
{
    static const char *const dates[] = {
        "date", "expires", "last-modified", "if-modified-since", "if-unmodified-since", NULL
    };
    static const char *const locations[] = { "location", "content-location", NULL };
    struct span text = arena_copy(arena, span_of(cJSON_GetStringValue(value)));

    if (cJSON_IsNumber(value) && is_one_of(dates, name))
        return date_value(value, with, request, name, arena);
    if (cJSON_IsNumber(value))
        return arena_printf(arena, "%.0f", value->valuedouble);
    if (is_one_of(locations, name) && play_is_true(request, "magic_locations"))
        return text.len ? arena_printf(arena, "%.*s/%.*s", SPAN_ARG(with->base_url), SPAN_ARG(text))
                        : with->base_url;
    if (span_ieq(name, SPAN("surrogate-control")) && with->capability.len) {
        struct span rest = with->capability;
        return replaced(text, SPAN("CAPABILITY_TARGET"), span_cut(&rest, '='), arena);
    }
    return text;
}

struct span play_header_value(cJSON *header, const struct play_fixup *with, const cJSON *request,
                              struct arena *arena)
{
    struct span name = span_of(cJSON_GetStringValue(cJSON_GetArrayItem(header, 0)));
    struct span value = fixed(cJSON_GetArrayItem(header, 1), name, with, request, arena);
    cJSON_ReplaceItemInArray(header, 1, cJSON_CreateString(value.ptr ? value.ptr : ""));
    return value;
}
