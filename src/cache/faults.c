#include "rehearse/cache/faults.h"

#include "lifetime.h"
#include "rehearse/cache/cache_groups.h"
#include "rehearse/cache/cache_status.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/no_vary_search.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/date.h"

/* What was tolerated, in sentences. A field of SPAN_NONE stands for where the directives are. */
static const struct row {
    unsigned bit;
    struct span field;
    const char *sentence;
} rows[] = {
    { DIRECTIVE_QUOTED_NUMBER,
      { NULL, 0 },
      "A number of seconds in quotes was read as if it had none." },
    { DIRECTIVE_BAD_NUMBER, { NULL, 0 }, "What should be a number of seconds is not one." },
    { DIRECTIVE_DUPLICATE, { NULL, 0 }, "A directive is there twice." },
    { DIRECTIVE_CONFLICT,
      { NULL, 0 },
      "Directives contradict each other; the stricter one counts." },
    { DIRECTIVE_UNQUOTED_FIELDS,
      { NULL, 0 },
      "A list of field names without quotes was read as if quoted." },
    { DIRECTIVE_NEEDLESS_VALUE,
      { NULL, 0 },
      "A directive has a value that it does not take; passed over." },
    { DIRECTIVE_NO_WINDOW,
      { NULL, 0 },
      "A window for stale answers without a number says nothing." },
    { DIRECTIVE_OPEN_QUOTE, { NULL, 0 }, "A quoted value is not closed." },
    { DIRECTIVE_NOT_STRUCTURED,
      { NULL, 0 },
      "A targeted field is no structured dictionary and is ignored whole." },
    { DIRECTIVE_OVERFLOW,
      { NULL, 0 },
      "A number of seconds is larger than 2147483648 and read as that." },
    { DIRECTIVE_SPACED,
      { NULL, 0 },
      "White space around '=' is no part of a directive and was passed over." },
    { DIRECTIVE_WRONG_TYPE,
      { NULL, 0 },
      "A directive has a value of a type that it does not take; passed over." },
    { FAULT_AGE_LIST, { "Age", 3 }, "Age is there more than once." },
    { FAULT_AGE_BAD, { "Age", 3 }, "Age is no number of seconds." },
    { FAULT_DATE_BAD, { "Date", 4 }, "A date cannot be read." },
    { FAULT_EXPIRES_BAD, { "Expires", 7 }, "Expires is no date, so it has passed." },
    { FAULT_EXPIRES_TWICE, { "Expires", 7 }, "Expires is there twice; the first counts." },
    { FAULT_MODIFIED_BAD,
      { "Last-Modified", 13 },
      "Last-Modified is no date, so it is not compared." },
    { FAULT_VARY_BAD, { "Vary", 4 }, "A member of Vary is no field name; passed over." },
    { FAULT_VARY_LONG,
      { "Vary", 4 },
      "Vary names so many fields that nothing is taken to match it." },
    { FAULT_RANGE_BAD, { "Range", 5 }, "A range cannot be read, so the whole is meant." },
    { FAULT_ETAG_UNQUOTED, { "ETag", 4 }, "An entity tag without quotes is taken as it stands." },
    { FAULT_DATE_LOOSE,
      { "Date", 4 },
      "A date not in the form that HTTP asks for was understood all the same." },
};

/* The list that is filled; what is beyond its end is left out. */
struct list {
    struct cache_fault *at;
    size_t len, max;
};

static void add(struct list *list, struct span field, const char *sentence)
{
    if (list->len < list->max && sentence && sentence[0])
        list->at[list->len++] = (struct cache_fault){ field, sentence };
}

/* The dates say themselves what is odd about them. */
static const unsigned of_dates = FAULT_DATE_LOOSE;

static void add_bits(struct list *list, unsigned faults, struct span field)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (faults & rows[i].bit & ~of_dates)
            add(list, span_is_none(rows[i].field) ? field : rows[i].field, rows[i].sentence);
}

static void add_date(struct list *list, const struct http_fields *fields, struct span name)
{
    unsigned oddities;
    int64_t s;
    struct span text = http_fields_value(fields, name);
    if (span_is_none(text) || !http_date_read(text, DATES_AROUND_S, &s, &oddities))
        return;
    for (unsigned bit = 0; bit < HTTP_DATE_ODDITIES; bit++)
        if (oddities & 1u << bit)
            add(list, name, http_date_oddity_sentence(1u << bit));
}

static void add_groups(struct list *list, const struct http_fields *fields, struct arena *arena)
{
    unsigned faults = cache_groups_of(fields, arena).faults;
    for (unsigned bit = 1; bit && bit <= faults; bit <<= 1)
        if (faults & bit)
            add(list, SPAN("Cache-Groups"), cache_groups_fault_sentence(bit));
}

static void add_no_vary_search(struct list *list, const struct http_fields *fields,
                               struct arena *arena)
{
    unsigned faults = no_vary_search_of(fields, NO_VARY_ANY_DIALECT, arena).faults;
    for (unsigned bit = 1; bit && bit <= faults; bit <<= 1)
        if (faults & bit)
            add(list, SPAN("No-Vary-Search"), no_vary_search_fault_sentence(bit));
}

/* Each once, however many lines have it. */
static void add_set_cookie(struct list *list, const struct http_fields *fields)
{
    const struct span name = SPAN("Set-Cookie");
    unsigned faults = 0;
    bool refused = false;
    for (uint32_t i = 0; i < fields->len; i++) {
        struct set_cookie cookie;
        if (span_is_none(fields->at[i].value) || !span_ieq(fields->at[i].name, name))
            continue;
        if (set_cookie_parse(&cookie, fields->at[i].value))
            faults |= cookie.faults;
        else
            refused = true;
    }
    for (unsigned bit = 0; bit < SET_COOKIE_FAULTS; bit++)
        if (faults & 1u << bit)
            add(list, name, set_cookie_fault_sentence(1u << bit));
    if (refused)
        add(list, name, "A line sets no cookie: browsers pass it over.");
}

static void add_cache_status(struct list *list, const struct http_fields *fields)
{
    const struct span name = SPAN("Cache-Status");
    unsigned faults = 0;
    for (uint32_t i = 0; i < fields->len; i++) {
        struct cache_status_member member;
        struct span rest = fields->at[i].value;
        if (span_is_none(rest) || !span_ieq(fields->at[i].name, name))
            continue;
        while (cache_status_next(&rest, &member))
            faults |= member.faults;
    }
    for (unsigned bit = 1; bit && bit <= faults; bit <<= 1)
        if (faults & bit)
            add(list, name, cache_status_fault_sentence(bit));
}

size_t cache_faults_of(const struct cache_policy *policy, const struct http_response *response,
                       struct arena *arena, struct cache_fault *ret, size_t max)
{
    static const struct span dates[] = { { "Date", 4 }, { "Expires", 7 }, { "Last-Modified", 13 } };
    struct list list = { ret, 0, max };
    struct judged_response judged;
    judge_response(&judged, policy, response);
    add_bits(&list, judged.faults, judged.field);
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        add_date(&list, &response->fields, dates[i]);
    if (http_fields_first(&response->fields, SPAN("Cache-Groups")))
        add_groups(&list, &response->fields, arena);
    if (http_fields_first(&response->fields, SPAN("No-Vary-Search")))
        add_no_vary_search(&list, &response->fields, arena);
    add_cache_status(&list, &response->fields);
    add_set_cookie(&list, &response->fields);
    return list.len;
}
