#include "log_time.h"

#include "rehearse/http/date.h"

#define SECOND_US 1000000

/* Two digits at `p`, known to be inside; -1 when they are none. */
static int two(const char *p)
{
    return char_is_digit(p[0]) && char_is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* Digits behind the point as microseconds; `rest` moves behind them. */
static int64_t fraction(struct span *rest)
{
    int64_t us = 0, unit = SECOND_US / 10;
    size_t i = 1;
    for (; i < rest->len && char_is_digit(rest->ptr[i]); i++) {
        us += (rest->ptr[i] - '0') * unit;
        unit /= 10;
    }
    *rest = span_from(*rest, i);
    return us;
}

/* "+0100", " +01:00"; empty is the offset given. */
static bool zone(struct span s, int utc_offset_s, int64_t *ret_s)
{
    s = span_trim(s);
    if (s.len == 0) {
        *ret_s = utc_offset_s;
        return true;
    }
    if (s.len < 5 || s.len > 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
        (s.len == 6 && s.ptr[3] != ':'))
        return false;
    int hours = two(s.ptr + 1), minutes = two(s.ptr + s.len - 2);
    if (hours < 0 || minutes < 0 || hours > 24 || minutes > 59)
        return false;
    int64_t east = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    *ret_s = s.ptr[0] == '-' ? -east : east;
    return true;
}

/* 07/Mar/2026:10:15:32[.114][ +0100]; Apache's %{%d/%b/%Y %T}t has a space for the first colon. */
static bool ncsa(struct span s, int utc_offset_s, int64_t *ret_us)
{
    const char *p = s.ptr;
    int64_t us = 0, east;
    uint64_t year;
    if (s.len < 20 || p[2] != '/' || p[6] != '/' || (p[11] != ':' && p[11] != ' ') ||
        p[14] != ':' || p[17] != ':')
        return false;
    int day = two(p), hour = two(p + 12), minute = two(p + 15), second = two(p + 18);
    unsigned month = date_month(span_make(p + 3, 3));
    if (day < 1 || month == 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60 || !span_to_u64(span_make(p + 7, 4), &year))
        return false;
    int64_t days = date_days((int64_t)year, month, (unsigned)day);
    int64_t next_month = date_days((int64_t)year + (month == 12), month % 12 + 1, 1);
    if (days >= next_month)
        return false; /* the month has no such day */
    struct span rest = span_from(s, 20);
    if (rest.len && rest.ptr[0] == '.')
        us = fraction(&rest);
    if (!zone(rest, utc_offset_s, &east))
        return false;
    *ret_us = (days * 86400 + hour * 3600 + minute * 60 + second - east) * SECOND_US + us;
    return true;
}

/* A Unix time: before the year 5138 seconds have 11 digits, and so on by thousands. */
static bool unix_number(struct span s, int64_t *ret_us)
{
    static const struct {
        int64_t below, multiply, divide;
    } sizes[] = {
        { 100000000000, SECOND_US, 1 },
        { 100000000000000, 1000, 1 },
        { 100000000000000000, 1, 1 },
        { INT64_MAX, 1, 1000 },
    };
    int64_t n;
    if (span_find_char(s, '.') >= 0) {
        ptrdiff_t dot = span_find_char(s, '.');
        if (dot > 11) /* milliseconds with a fraction: JavaScript's performance clock */
            return unix_number(span_head(s, (size_t)dot), ret_us);
        return span_to_scaled(s, 6, ret_us) && *ret_us >= 0;
    }
    if (!span_to_i64(s, &n) || n < 0)
        return false;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (n < sizes[i].below) {
            *ret_us = n * sizes[i].multiply / sizes[i].divide;
            return true;
        }
    return false;
}

/* Is the zone left out? Behind the date, a zone is a letter or a sign. */
static bool iso_without_zone(struct span s)
{
    for (size_t i = 19; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]) && s.ptr[i] != '.' && s.ptr[i] != ',')
            return false;
    return true;
}

bool log_time_parse(struct span s, int utc_offset_s, int64_t *ret_us)
{
    int64_t s_only;
    s = span_trim(s);
    if (s.len && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
        s = span_make(s.ptr + 1, s.len - 2);
    if (s.len < 1)
        return false;
    if (s.len >= 20 && s.ptr[2] == '/')
        return ncsa(s, utc_offset_s, ret_us);
    if (s.len >= 19 && s.ptr[4] == '-') {
        if (!iso_time_parse(s, ret_us))
            return false;
        if (iso_without_zone(s))
            *ret_us -= (int64_t)utc_offset_s * SECOND_US;
        return true;
    }
    if (char_is_digit(s.ptr[0]))
        return unix_number(s, ret_us);
    if (!http_date_parse(s, &s_only))
        return false;
    *ret_us = s_only * SECOND_US;
    return true;
}

bool time_memo_parse(struct time_memo *memo, struct span text, int utc_offset_s, int64_t *ret_us)
{
    if (text.len && text.len == memo->len && memcmp(text.ptr, memo->text, text.len) == 0) {
        *ret_us = memo->us;
        return true;
    }
    if (!log_time_parse(text, utc_offset_s, ret_us))
        return false;
    if (text.len <= sizeof memo->text) {
        memcpy(memo->text, text.ptr, text.len);
        memo->len = text.len;
        memo->us = *ret_us;
    }
    return true;
}

bool log_duration_parse(struct span s, enum time_unit unit, int64_t *ret_us)
{
    static const struct {
        struct span suffix;
        enum time_unit unit;
    } suffixes[] = {
        { { "ms", 2 }, UNIT_MS }, { { "us", 2 }, UNIT_US }, { { "\xc2\xb5s", 3 }, UNIT_US },
        { { "ns", 2 }, UNIT_NS }, { { "s", 1 }, UNIT_S },
    };
    static const unsigned scale[] = { [UNIT_S] = 6, [UNIT_MS] = 3, [UNIT_US] = 0, [UNIT_NS] = 0 };
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (s.len > suffixes[i].suffix.len && span_ends(s, suffixes[i].suffix)) {
            s.len -= suffixes[i].suffix.len;
            unit = suffixes[i].unit;
            break;
        }
    double exponent;
    if (!span_to_scaled(s, scale[unit], ret_us)) {
        /* Caddy and others print 1.2e-05 */
        if (!span_to_double(s, &exponent) || !(exponent >= 0 && exponent < 1e9))
            return false;
        for (unsigned i = 0; i < scale[unit]; i++)
            exponent *= 10;
        *ret_us = (int64_t)exponent;
    }
    if (unit == UNIT_NS)
        *ret_us /= 1000;
    return *ret_us >= 0;
}
