/*
 * Dates of HTTP read with tolerance: a cursor takes the parts one by one and notes
 * what is not as RFC 9110, section 5.6.7, has it. Which of that counts as a date is
 * the caller's business: caches differ there, and no two alike.
 */
#include "civil.h"
#include "rehearse/http/date.h"

struct date_cursor {
    struct span rest;
    unsigned odd;   /* HTTP_DATE_… */
    int weekday;    /* 0 is Sunday; -1 unknown */
    bool long_name; /* of the day */
};

const char *http_date_oddity_sentence(unsigned oddity)
{
    static const char *const sentences[HTTP_DATE_ODDITIES] = {
        "The date is in the obsolete form of RFC 850.",
        "The date is in the obsolete form of asctime().",
        "The date names a leap second; the second before it is taken.",
        "The date is not in the case that HTTP gives it.",
        "The day's name is not that of the date, or is not spelled as this form has it; the date "
        "counts.",
        "The day's name is missing.",
        "The comma behind the day's name is missing, or is where none belongs.",
        "There is more space between the parts of the date than there should be.",
        "The date has dashes where HTTP has spaces.",
        "The time has dots where HTTP has colons.",
        "A number of one digit stands where HTTP has two.",
        "The year has two digits; it is read as the latest that is not more than 50 years ahead.",
        "The year has more than four digits.",
        "The zone is written as UTC; HTTP writes GMT.",
        "The zone is an offset, which HTTP does not have; it is counted in.",
        "The zone is not GMT; RFC 9111, section 4.2, takes such a date for invalid, others read "
        "it as GMT.",
        "The zone is missing; the date is read as GMT.",
    };
    for (unsigned i = 0; i < HTTP_DATE_ODDITIES; i++)
        if (oddity == 1u << i)
            return sentences[i];
    return "";
}

static char peek(const struct date_cursor *c)
{
    return c->rest.len ? c->rest.ptr[0] : '\0';
}

static struct span take(struct date_cursor *c, size_t len)
{
    struct span taken = span_head(c->rest, len);
    c->rest = span_from(c->rest, len);
    return taken;
}

static struct span take_letters(struct date_cursor *c)
{
    size_t len = 0;
    while (len < c->rest.len && char_is_alpha(c->rest.ptr[len]))
        len++;
    return take(c, len);
}

/* A number of `min` to `max` digits, no digit behind; how many there were, 0 when it is none. */
static size_t take_number(struct date_cursor *c, size_t min, size_t max, unsigned *ret)
{
    size_t len = 0;
    unsigned n = 0;
    for (; len < c->rest.len && len <= max && char_is_digit(c->rest.ptr[len]); len++)
        n = n * 10 + (unsigned)(c->rest.ptr[len] - '0');
    if (len < min || len > max)
        return 0;
    take(c, len);
    *ret = n;
    return len;
}

/* How long the run of spaces is; anything but one space is noted. */
static size_t take_spaces(struct date_cursor *c)
{
    size_t len = 0;
    while (len < c->rest.len && (c->rest.ptr[len] == ' ' || c->rest.ptr[len] == '\t'))
        len++;
    if (len != 1 || peek(c) != ' ')
        c->odd |= HTTP_DATE_SPACES;
    take(c, len);
    return len;
}

/* The name of the day, if any, and its comma. Reads nothing else, so it never fails. */
static void take_day_name(struct date_cursor *c)
{
    static const struct span names[] = { { "Sunday", 6 },    { "Monday", 6 },   { "Tuesday", 7 },
                                         { "Wednesday", 9 }, { "Thursday", 8 }, { "Friday", 6 },
                                         { "Saturday", 8 } };
    struct span word = take_letters(c);
    c->weekday = -1;
    if (word.len == 0) {
        c->odd |= HTTP_DATE_NO_DAY_NAME;
        return;
    }
    for (int i = 0; i < 7; i++) {
        struct span name = word.len == 3 ? span_head(names[i], 3) : names[i];
        if (!span_ieq(word, name))
            continue;
        c->weekday = i;
        c->long_name = word.len > 3;
        c->odd |= span_eq(word, name) ? 0 : HTTP_DATE_CASE;
    }
    if (c->weekday < 0)
        c->odd |= HTTP_DATE_DAY_NAME;
}

static bool take_month(struct date_cursor *c, unsigned *ret)
{
    static const char proper[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct span word = take_letters(c);
    *ret = date_month(word);
    if (*ret && memcmp(word.ptr, proper + 3 * (*ret - 1), 3) != 0)
        c->odd |= HTTP_DATE_CASE;
    return *ret > 0;
}

static bool take_time(struct date_cursor *c, struct civil *date)
{
    unsigned *const parts[] = { &date->hour, &date->minute, &date->second };
    for (int i = 0; i < 3; i++) {
        if (i && peek(c) != ':' && peek(c) != '.')
            return false;
        if (i && take(c, 1).ptr[0] == '.')
            c->odd |= HTTP_DATE_DOTS;
        size_t len = take_number(c, 1, 2, parts[i]);
        if (len == 0)
            return false;
        c->odd |= len == 1 ? HTTP_DATE_ONE_DIGIT : 0;
    }
    if (date->second == 60) {
        /* RFC 9111, section 4.2: what our seconds cannot say is the nearest time before. */
        c->odd |= HTTP_DATE_LEAP_SECOND;
        date->second = 59;
    }
    return true;
}

/* +0100 and the like, in seconds east of Greenwich. */
static bool take_offset(struct date_cursor *c, int64_t *ret_east_s)
{
    unsigned n;
    bool west = take(c, 1).ptr[0] == '-';
    if (take_number(c, 4, 4, &n) == 0 || n / 100 > 23 || n % 100 > 59)
        return false;
    int64_t east = (int64_t)(n / 100) * 3600 + (int64_t)(n % 100) * 60;
    *ret_east_s = west ? -east : east;
    c->odd |= n ? HTTP_DATE_OFFSET : HTTP_DATE_UTC;
    return true;
}

static bool take_zone(struct date_cursor *c, int64_t *ret_east_s)
{
    *ret_east_s = 0;
    if (c->rest.len == 0) {
        c->odd |= HTTP_DATE_NO_ZONE;
        return true;
    }
    take_spaces(c);
    if (peek(c) == '+' || peek(c) == '-')
        return take_offset(c, ret_east_s);
    struct span word = take_letters(c);
    if (word.len == 0 || word.len > 5)
        return false;
    if (span_ieq(word, SPAN("GMT")))
        c->odd |= span_eq(word, SPAN("GMT")) ? 0 : HTTP_DATE_CASE;
    else if (span_ieq(word, SPAN("UTC")) || span_ieq(word, SPAN("UT")) || span_ieq(word, SPAN("Z")))
        c->odd |= HTTP_DATE_UTC;
    else
        c->odd |= HTTP_DATE_OTHER_ZONE;
    return true;
}

/*
 * Section 5.6.7: "a timestamp that appears to be more than 50 years in the future" is
 * in the past. To the second: a moment exactly 50 years ahead stays.
 */
static int64_t full_year(const struct civil *date, int64_t now_s)
{
    static const int64_t far_s = INT64_C(1) << 50; /* no clock says so; the sums below fit */
    now_s = now_s > far_s ? far_s : now_s < -far_s ? -far_s : now_s;
    struct civil limit = civil_from_s(now_s);
    struct civil guess = *date;
    limit.year += 50;
    guess.year = limit.year - ((limit.year - date->year) % 100 + 100) % 100;
    return civil_s(&guess) > civil_s(&limit) ? guess.year - 100 : guess.year;
}

static bool take_year(struct date_cursor *c, struct civil *date, size_t *ret_len)
{
    unsigned year;
    *ret_len = take_number(c, 2, 6, &year);
    date->year = year;
    if (*ret_len > 4)
        c->odd |= HTTP_DATE_LONG_YEAR;
    return *ret_len == 2 || *ret_len >= 4;
}

/* 06 Nov 1994, 06-Nov-94 and what lies between. */
static bool take_day_month_year(struct date_cursor *c, struct civil *date, int64_t now_s)
{
    size_t day_len = take_number(c, 1, 2, &date->day);
    bool dashes = peek(c) == '-';
    size_t year_len;
    if (day_len == 0 || !(dashes ? take(c, 1).len : take_spaces(c)) ||
        !take_month(c, &date->month) || (peek(c) == '-') != dashes ||
        !(dashes ? take(c, 1).len : take_spaces(c)) || !take_year(c, date, &year_len))
        return false;
    bool rfc850 = dashes && year_len == 2;
    if (rfc850)
        c->odd |= HTTP_DATE_RFC850;
    else
        c->odd |= (dashes ? HTTP_DATE_DASHES : 0u) | (year_len == 2 ? HTTP_DATE_SHORT_YEAR : 0u);
    if (c->weekday >= 0 && c->long_name != rfc850)
        c->odd |= HTTP_DATE_DAY_NAME;
    if (day_len == 1)
        c->odd |= HTTP_DATE_ONE_DIGIT;
    if (!take_spaces(c) || !take_time(c, date))
        return false;
    if (year_len == 2)
        date->year = full_year(date, now_s);
    return true;
}

/* Nov  6 08:49:37 1994: a day of one digit has two spaces in front. */
static bool take_asctime(struct date_cursor *c, struct civil *date)
{
    size_t year_len;
    c->odd |= HTTP_DATE_ASCTIME | (c->long_name ? HTTP_DATE_DAY_NAME : 0u);
    if (!take_month(c, &date->month))
        return false;
    bool padded = span_starts(c->rest, SPAN("  ")) && c->rest.len > 3 &&
                  char_is_digit(c->rest.ptr[2]) && !char_is_digit(c->rest.ptr[3]);
    if (padded)
        take(c, 1);
    if (!take_spaces(c))
        return false;
    size_t day_len = take_number(c, 1, 2, &date->day);
    c->odd |= day_len == 1 && !padded ? HTTP_DATE_ONE_DIGIT : 0u;
    return day_len && take_spaces(c) && take_time(c, date) && take_spaces(c) &&
           take_year(c, date, &year_len) && year_len >= 4;
}

bool http_date_read(struct span s, int64_t now_s, int64_t *ret_s, unsigned *ret_oddities)
{
    struct date_cursor c = { .rest = span_trim(s) };
    struct civil date = { 0 };
    int64_t east_s = 0;

    take_day_name(&c);
    bool comma = peek(&c) == ',';
    take(&c, comma);
    if ((comma || !(c.odd & HTTP_DATE_NO_DAY_NAME)) && !take_spaces(&c))
        return false;
    bool asctime = char_is_alpha(peek(&c));
    if (comma == (asctime || (c.odd & HTTP_DATE_NO_DAY_NAME)))
        c.odd |= HTTP_DATE_COMMA;
    if (asctime ? !take_asctime(&c, &date)
                : !take_day_month_year(&c, &date, now_s) || !take_zone(&c, &east_s))
        return false;
    if (c.rest.len || !civil_ok(&date))
        return false;
    if (c.weekday >= 0 &&
        civil_weekday(date_days(date.year, date.month, date.day)) != (unsigned)c.weekday)
        c.odd |= HTTP_DATE_DAY_NAME;
    *ret_s = civil_s(&date) - east_s;
    *ret_oddities = c.odd;
    return true;
}
