/* The tolerant dates of cookies: RFC 6265bis, section 5.1.1. */
#include "rehearse/http/cookie.h"
#include "rehearse/http/date.h"

/* delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E. */
static bool is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* `min` to `max` digits at the front, then the end or no digit; how many, or 0. */
static size_t front_number(struct span s, size_t min, size_t max, unsigned *ret)
{
    size_t len = 0;
    unsigned n = 0;
    while (len < s.len && len < max && char_is_digit(s.ptr[len]))
        n = n * 10 + (unsigned)(s.ptr[len++] - '0');
    if (len < min || (len < s.len && char_is_digit(s.ptr[len])))
        return 0;
    *ret = n;
    return len;
}

struct cookie_date {
    bool has_time, has_day, has_month, has_year;
    unsigned hour, minute, second, day, month, year;
};

static bool take_time(struct cookie_date *d, struct span token)
{
    unsigned part[3];
    for (int i = 0; i < 3; i++) {
        size_t len = front_number(token, 1, 2, &part[i]);
        if (len == 0)
            return false;
        token = span_from(token, len);
        if (i < 2 && (token.len == 0 || token.ptr[0] != ':'))
            return false;
        token = i < 2 ? span_from(token, 1) : token;
    }
    d->hour = part[0];
    d->minute = part[1];
    d->second = part[2];
    return true;
}

/* Each token is tried as time, day, month and year, in this order, while that part is missing. */
static void take_date_token(struct cookie_date *d, struct span token)
{
    if (!d->has_time && take_time(d, token))
        d->has_time = true;
    else if (!d->has_day && front_number(token, 1, 2, &d->day))
        d->has_day = true;
    else if (!d->has_month && date_month(span_head(token, 3))) {
        d->month = date_month(span_head(token, 3));
        d->has_month = true;
    } else if (!d->has_year && front_number(token, 2, 4, &d->year))
        d->has_year = true;
}

static bool cookie_date_s(struct cookie_date d, int64_t *ret_s)
{
    if (!d.has_time || !d.has_day || !d.has_month || !d.has_year)
        return false;
    if (d.year >= 70 && d.year <= 99)
        d.year += 1900;
    else if (d.year < 70)
        d.year += 2000;
    if (d.day < 1 || d.day > 31 || d.year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59)
        return false;
    /* The date must exist: 30 February is none (step 7). */
    int64_t days = date_days(d.year, d.month, d.day);
    unsigned next_month = d.month % 12 + 1;
    if (days >= date_days((int64_t)d.year + (d.month == 12), next_month, 1))
        return false;
    *ret_s = days * 86400 + (int64_t)d.hour * 3600 + (int64_t)d.minute * 60 + d.second;
    return true;
}

bool cookie_date_parse(struct span s, int64_t *ret_s)
{
    struct cookie_date d = { 0 };
    size_t i = 0;

    while (i < s.len) {
        size_t start = i;
        while (i < s.len && !is_date_delimiter(s.ptr[i]))
            i++;
        if (i > start)
            take_date_token(&d, span_make(s.ptr + start, i - start));
        else
            i++;
    }
    return cookie_date_s(d, ret_s);
}
