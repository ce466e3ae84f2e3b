#include "rehearse/http/date.h"

/*
 * Dates are read digit by digit: importers read one a log line, a million a
 * second, and strptime(3) would add a locale and a time zone database.
 */
#define DAY_S 86400
#define SECOND_US 1000000

/* A civil moment as it is written; checked by civil_ok(). */
struct civil {
    int64_t year;
    unsigned month;                /* 1-12 */
    unsigned day;                  /* 1-31 */
    unsigned hour, minute, second; /* second may be 60 */
};

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March. */
int64_t date_days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year =
        (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_s(int64_t s)
{
    int64_t days = s / DAY_S;
    int64_t rest = s % DAY_S;
    if (rest < 0) {
        rest += DAY_S;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = yoe + era * 400 + (month <= 2),
        .month = month,
        .day = (unsigned)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (unsigned)(rest / 3600),
        .minute = (unsigned)(rest / 60 % 60),
        .second = (unsigned)(rest % 60),
    };
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in_month(int64_t year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool civil_ok(const struct civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour < 24 && c->minute < 60 &&
           c->second <= 60;
}

static int64_t civil_s(const struct civil *c)
{
    return date_days(c->year, c->month, c->day) * DAY_S + (int64_t)c->hour * 3600 +
           (int64_t)c->minute * 60 + c->second;
}

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

static bool finish_s(const struct civil *c, int64_t *ret_s)
{
    if (!civil_ok(c))
        return false;
    *ret_s = civil_s(c);
    return true;
}

/* Sun, 06 Nov 1994 08:49:37 GMT: the day name is not believed, nor needed. */
static bool imf_fixdate(struct span s, int64_t *ret_s)
{
    struct civil c;
    unsigned year;
    const char *p = s.ptr;
    if (s.len != 29 || p[3] != ',' || p[4] != ' ' || p[7] != ' ' || p[11] != ' ' || p[16] != ' ')
        return false;
    if (!digits(p + 5, 2, &c.day) || !digits(p + 12, 4, &year) || !clock_at(p + 17, &c) ||
        !span_ieq(span_from(s, 25), SPAN(" GMT")))
        return false;
    c.year = year;
    c.month = date_month(span_make(p + 8, 3));
    return finish_s(&c, ret_s);
}

/* Sunday, 06-Nov-94 08:49:37 GMT. */
static bool rfc850_date(struct span s, int64_t *ret_s)
{
    struct civil c;
    unsigned year;
    ptrdiff_t comma = span_find_char(s, ',');
    if (comma < 6 || comma > 9 || s.len != (size_t)comma + 24)
        return false;
    const char *p = s.ptr + comma;
    if (p[1] != ' ' || p[4] != '-' || p[8] != '-' || p[11] != ' ' ||
        !span_ieq(span_make(p + 20, 4), SPAN(" GMT")))
        return false;
    if (!digits(p + 2, 2, &c.day) || !digits(p + 9, 2, &year) || !clock_at(p + 12, &c))
        return false;
    /*
     * Section 5.6.7 reads two digits as the nearest year that is not 50 years
     * ahead, which asks for a clock. The cookie rule (RFC 6265 section 5.1.1) does
     * not, and keeps 01-Jan-70, which many servers send for "long ago", in 1970.
     */
    c.year = year >= 70 ? 1900 + year : 2000 + year;
    c.month = date_month(span_make(p + 5, 3));
    return finish_s(&c, ret_s);
}

/* Sun Nov  6 08:49:37 1994. */
static bool asctime_date(struct span s, int64_t *ret_s)
{
    struct civil c;
    unsigned year;
    const char *p = s.ptr;
    if (s.len != 24 || p[3] != ' ' || p[7] != ' ' || p[10] != ' ' || p[19] != ' ')
        return false;
    bool one_digit = p[8] == ' ';
    if (!digits(p + 8 + one_digit, one_digit ? 1 : 2, &c.day) || !clock_at(p + 11, &c) ||
        !digits(p + 20, 4, &year))
        return false;
    c.year = year;
    c.month = date_month(span_make(p + 4, 3));
    return finish_s(&c, ret_s);
}

bool http_date_parse(struct span s, int64_t *ret_s)
{
    s = span_trim(s);
    return imf_fixdate(s, ret_s) || rfc850_date(s, ret_s) || asctime_date(s, ret_s);
}

void http_date_add(struct strbuf *out, int64_t s)
{
    static const char day_names[] = "ThuFriSatSunMonTueWed";
    static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = civil_from_s(s);
    int64_t days = s / DAY_S - (s % DAY_S < 0);
    int64_t weekday = (days % 7 + 7) % 7; /* 1970-01-01 was a Thursday */

    strbuf_addf(out, "%.3s, %02u %.3s %04lld %02u:%02u:%02u GMT", day_names + 3 * weekday, c.day,
                month_names + 3 * (c.month - 1), (long long)c.year, c.hour, c.minute, c.second);
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

bool ncsa_time_parse(struct span s, int64_t *ret_us)
{
    struct civil c;
    unsigned year, zone_hour, zone_minute;
    const char *p = s.ptr;
    if (s.len != 26 || p[2] != '/' || p[6] != '/' || p[11] != ':' || p[20] != ' ' ||
        (p[21] != '+' && p[21] != '-'))
        return false;
    if (!digits(p, 2, &c.day) || !digits(p + 7, 4, &year) || !clock_at(p + 12, &c) ||
        !digits(p + 22, 2, &zone_hour) || !digits(p + 24, 2, &zone_minute))
        return false;
    c.year = year;
    c.month = date_month(span_make(p + 3, 3));
    if (!civil_ok(&c) || zone_hour > 24 || zone_minute > 59)
        return false;
    int64_t east = (int64_t)zone_hour * 3600 + (int64_t)zone_minute * 60;
    *ret_us = (civil_s(&c) - (p[21] == '-' ? -east : east)) * SECOND_US;
    return true;
}
