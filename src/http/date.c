#include "rehearse/http/date.h"

#include "civil.h"

/*
 * Dates are read digit by digit: importers read one a log line, a million a
 * second, and strptime(3) would add a locale and a time zone database.
 */
#define SECOND_US 1000000

/* The 12 names as numbers, so that a month is one comparison each and no table of strings. */
#define NAME3(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

unsigned date_month(struct span name)
{
    if (name.len != 3)
        return 0;
    switch (NAME3(name.ptr[0] | 0x20, name.ptr[1] | 0x20, name.ptr[2] | 0x20)) {
    case NAME3('j', 'a', 'n'):
        return 1;
    case NAME3('f', 'e', 'b'):
        return 2;
    case NAME3('m', 'a', 'r'):
        return 3;
    case NAME3('a', 'p', 'r'):
        return 4;
    case NAME3('m', 'a', 'y'):
        return 5;
    case NAME3('j', 'u', 'n'):
        return 6;
    case NAME3('j', 'u', 'l'):
        return 7;
    case NAME3('a', 'u', 'g'):
        return 8;
    case NAME3('s', 'e', 'p'):
        return 9;
    case NAME3('o', 'c', 't'):
        return 10;
    case NAME3('n', 'o', 'v'):
        return 11;
    case NAME3('d', 'e', 'c'):
        return 12;
    default:
        return 0;
    }
}

/* Exactly `count` digits at `p`; the caller has checked that they are inside. */
static bool digits(const char *p, unsigned count, unsigned *ret)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!char_is_digit(p[i]))
            return false;
        n = n * 10 + (unsigned)(p[i] - '0');
    }
    *ret = n;
    return true;
}

static bool clock_at(const char *p, struct civil *c)
{
    return digits(p, 2, &c->hour) && p[2] == ':' && digits(p + 3, 2, &c->minute) && p[5] == ':' &&
           digits(p + 6, 2, &c->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT, read at once: what nearly every date is. The day name is not
 * believed, nor needed. */
static bool imf_fixdate(struct span s, int64_t *ret_s)
{
    struct civil c;
    unsigned year;
    const char *p = s.ptr;
    if (s.len != 29 || p[3] != ',' || p[4] != ' ' || p[7] != ' ' || p[11] != ' ' || p[16] != ' ')
        return false;
    if (!char_is_alpha(p[0]) || !char_is_alpha(p[1]) || !char_is_alpha(p[2]) ||
        !digits(p + 5, 2, &c.day) || !digits(p + 12, 4, &year) || !clock_at(p + 17, &c) ||
        !span_ieq(span_from(s, 25), SPAN(" GMT")))
        return false;
    c.year = year;
    c.month = date_month(span_make(p + 8, 3));
    if (c.second == 60 || !civil_ok(&c))
        return false;
    *ret_s = civil_s(&c);
    return true;
}

/*
 * Section 5.6.7 reads two digits as the latest year that is not more than 50 years
 * ahead, which asks for a clock. As if at the end of 2019 keeps 01-Jan-70, which many
 * servers send for "long ago", in 1970, and is what cookies do (RFC 6265 section 5.1.1).
 */
static const int64_t end_of_2019_s = 1577836799;

bool http_date_parse(struct span s, int64_t *ret_s)
{
    unsigned oddities;
    int64_t read;
    s = span_trim(s);
    if (imf_fixdate(s, ret_s))
        return true;
    if (!http_date_read(s, end_of_2019_s, &read, &oddities) || (oddities & ~HTTP_DATE_BY_RFC))
        return false;
    *ret_s = read;
    return true;
}

void http_date_add(struct strbuf *out, int64_t s)
{
    static const char day_names[] = "SunMonTueWedThuFriSat";
    static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = civil_from_s(s);
    int64_t days = s / DAY_S - (s % DAY_S < 0);

    strbuf_addf(out, "%.3s, %02u %.3s %04lld %02u:%02u:%02u GMT",
                day_names + 3 * civil_weekday(days), c.day, month_names + 3 * (c.month - 1),
                (long long)c.year, c.hour, c.minute, c.second);
}

/* Up to nine digits behind the point count; the rest is read past. */
static bool fraction_us(struct span *rest, int64_t *ret_us)
{
    int64_t us = 0;
    int64_t unit = SECOND_US / 10;
    size_t i = 0;
    for (; i < rest->len && char_is_digit(rest->ptr[i]); i++) {
        us += (rest->ptr[i] - '0') * unit;
        unit /= 10;
    }
    *rest = span_from(*rest, i);
    *ret_us = us;
    return i > 0;
}

/* "Z", "", "+01:00", "+0100", "+01", " UTC": seconds east of Greenwich. */
static bool zone_s(struct span s, int64_t *ret_s)
{
    unsigned hour, minute = 0;
    s = span_trim(s);
    *ret_s = 0;
    if (s.len == 0 || span_ieq(s, SPAN("Z")) || span_ieq(s, SPAN("UTC")) ||
        span_ieq(s, SPAN("GMT")))
        return true;
    if (s.len < 3 || (s.ptr[0] != '+' && s.ptr[0] != '-') || !digits(s.ptr + 1, 2, &hour))
        return false;
    struct span minutes = span_from(s, 3);
    if (minutes.len && minutes.ptr[0] == ':')
        minutes = span_from(minutes, 1);
    if (minutes.len && (minutes.len != 2 || !digits(minutes.ptr, 2, &minute)))
        return false;
    if (hour > 24 || minute > 59)
        return false;
    int64_t east = (int64_t)hour * 3600 + (int64_t)minute * 60;
    *ret_s = s.ptr[0] == '-' ? -east : east;
    return true;
}

bool iso_time_parse(struct span s, int64_t *ret_us)
{
    struct civil c;
    unsigned year;
    int64_t us = 0, east;
    s = span_trim(s);
    const char *p = s.ptr;
    if (s.len < 19 || p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
        return false;
    if (!digits(p, 4, &year) || !digits(p + 5, 2, &c.month) || !digits(p + 8, 2, &c.day) ||
        !clock_at(p + 11, &c))
        return false;
    struct span rest = span_from(s, 19);
    if (rest.len && (rest.ptr[0] == '.' || rest.ptr[0] == ',')) {
        rest = span_from(rest, 1);
        if (!fraction_us(&rest, &us))
            return false;
    }
    c.year = year;
    if (!civil_ok(&c) || !zone_s(rest, &east))
        return false;
    *ret_us = (civil_s(&c) - east) * SECOND_US + us;
    return true;
}

void iso_time_add(struct strbuf *out, int64_t us)
{
    int64_t s = us / SECOND_US - (us % SECOND_US < 0);
    int64_t fraction = us - s * SECOND_US;
    struct civil c = civil_from_s(s);

    strbuf_addf(out, "%04lld-%02u-%02uT%02u:%02u:%02u", (long long)c.year, c.month, c.day, c.hour,
                c.minute, c.second);
    if (fraction % 1000)
        strbuf_addf(out, ".%06lld", (long long)fraction);
    else if (fraction)
        strbuf_addf(out, ".%03lld", (long long)(fraction / 1000));
    strbuf_add_char(out, 'Z');
}
