#include "rehearse/cache/no_vary_search.h"

#include <stdlib.h>

#include "form_query.h"
#include "rehearse/http/structured.h"

/* Sections are those of draft-ietf-httpbis-no-vary-search. */

const char *no_vary_search_fault_sentence(unsigned fault)
{
    switch (fault) {
    case NO_VARY_NOT_STRUCTURED:
        return "The field is no structured dictionary (RFC 9651), so all of it is ignored.";
    case NO_VARY_BAD_KEY_ORDER:
        return "key-order is no boolean, so the whole field is ignored.";
    case NO_VARY_BAD_PARAMS:
        return "params is no list of strings in parentheses, so the whole field is ignored.";
    case NO_VARY_BAD_EXCEPT:
        return "except is no list of strings in parentheses, so the whole field is ignored.";
    case NO_VARY_PARAMS_AND_EXCEPT:
        return "params and except do not go together, so the whole field is ignored.";
    case NO_VARY_KEY_ORDER_ALONE:
        return "key-order stands alone: the draft's algorithm ignores it, its examples and "
               "browsers obey it; it is obeyed here.";
    case NO_VARY_OTHER_DIALECT:
        return "The field is written in a dialect of the draft that this cache does not read, so "
               "the whole field is ignored.";
    case NO_VARY_UNKNOWN_KEY:
        return "A key is not known; it is passed over.";
    default:
        return "";
    }
}

/* The members that count; type SF_NONE when absent. */
struct members {
    struct sf_value key_order, params, except;
    bool unknown;
};

static bool take_members(struct span value, struct members *ret)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    *ret = (struct members){ 0 };
    while (sf_next_dictionary_member(&c, &member)) {
        if (span_eq(member.key, SPAN("key-order")))
            ret->key_order = member.value;
        else if (span_eq(member.key, SPAN("params")))
            ret->params = member.value;
        else if (span_eq(member.key, SPAN("except")))
            ret->except = member.value;
        else
            ret->unknown = true;
    }
    return !c.failed;
}

static bool is_there(const struct sf_value *v)
{
    return v->type != SF_NONE;
}

static bool is_flag(const struct sf_value *v, bool on)
{
    return v->type == SF_BOOLEAN && v->number == on;
}

/* How many strings the inner list holds; -1 when it is no inner list of strings. */
static ptrdiff_t count_strings(const struct sf_value *list)
{
    struct sf_cursor c = sf_cursor_make(list->text);
    struct sf_member item;
    ptrdiff_t count = 0;
    if (list->type != SF_INNER_LIST)
        return -1;
    while (sf_next_inner_item(&c, &item)) {
        if (item.value.type != SF_STRING)
            return -1;
        count++;
    }
    return count;
}

static int by_bytes(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* "Parse a key": the names as a form's query would hold them, decoded. */
static void take_names(struct no_vary_search *n, const struct sf_value *list, struct arena *arena)
{
    struct sf_cursor c = sf_cursor_make(list->text);
    struct sf_member item;
    size_t count = (size_t)count_strings(list);
    size_t kept = 0;
    if (count == 0)
        return;
    n->names = arena_alloc(arena, count * sizeof *n->names);
    while (sf_next_inner_item(&c, &item))
        n->names[n->len++] = form_decode(sf_text(&item.value, arena), arena);
    qsort(n->names, n->len, sizeof *n->names, by_bytes);
    for (size_t i = 0; i < n->len; i++)
        if (kept == 0 || !span_eq(n->names[kept - 1], n->names[i]))
            n->names[kept++] = n->names[i];
    n->len = kept;
}

/* Which texts of the draft take `params` and `except` as they stand; faults say why none does. */
static unsigned dialects_of(const struct members *m, unsigned *faults)
{
    bool params = is_there(&m->params);
    bool except = is_there(&m->except);
    bool params_is_list = params && count_strings(&m->params) >= 0;
    bool params_is_flag = m->params.type == SF_BOOLEAN;

    if (params && !params_is_list && !params_is_flag)
        *faults |= NO_VARY_BAD_PARAMS;
    if (except && count_strings(&m->except) < 0)
        *faults |= NO_VARY_BAD_EXCEPT;
    if (except && params && !is_flag(&m->params, true))
        *faults |= NO_VARY_PARAMS_AND_EXCEPT;
    if (*faults)
        return 0;
    if (params_is_flag)
        return NO_VARY_WITH_FLAG;
    return except ? NO_VARY_LATEST : NO_VARY_ANY_DIALECT;
}

/* Section "Parse a URL variation config". */
static void obey(struct no_vary_search *n, const struct members *m, struct arena *arena)
{
    n->any_order = is_flag(&m->key_order, true);
    n->only_named = is_there(&m->except) || is_flag(&m->params, true);
    if (is_there(&m->except))
        take_names(n, &m->except, arena);
    else if (m->params.type == SF_INNER_LIST)
        take_names(n, &m->params, arena);
    n->effective = n->any_order || n->only_named || n->len > 0;
    if (n->any_order && !is_there(&m->params) && !is_there(&m->except))
        n->faults |= NO_VARY_KEY_ORDER_ALONE;
}

struct no_vary_search no_vary_search_read(struct span value, unsigned dialects, struct arena *arena)
{
    struct no_vary_search n = { 0 };
    struct members m;
    if (!take_members(value, &m)) {
        n.faults = NO_VARY_NOT_STRUCTURED;
        return n;
    }
    if (is_there(&m.key_order) && m.key_order.type != SF_BOOLEAN)
        n.faults |= NO_VARY_BAD_KEY_ORDER;
    n.dialects = dialects_of(&m, &n.faults);
    if (n.faults)
        n.dialects = 0;
    else if (!(n.dialects & dialects))
        n.faults |= NO_VARY_OTHER_DIALECT;
    else
        obey(&n, &m, arena);
    if (m.unknown)
        n.faults |= NO_VARY_UNKNOWN_KEY;
    return n;
}

struct no_vary_search no_vary_search_of(const struct http_fields *response, unsigned dialects,
                                        struct arena *arena)
{
    struct span value = http_fields_joined(response, SPAN("No-Vary-Search"), arena);
    return no_vary_search_read(value, dialects, arena);
}

static bool counts(const struct no_vary_search *n, struct span name)
{
    bool named = n->len && bsearch(&name, n->names, n->len, sizeof *n->names, by_bytes);
    return named == n->only_named;
}

/* The parameters that count, in the order that counts. Section "Comparing". */
static struct form_query significant(const struct no_vary_search *n, struct span query,
                                     struct arena *arena)
{
    struct form_query all = form_query_parse(query, arena);
    size_t kept = 0;
    for (size_t i = 0; i < all.len; i++)
        if (counts(n, all.at[i].name))
            all.at[kept++] = all.at[i];
    all.len = kept;
    if (n->any_order)
        form_query_sort(&all);
    return all;
}

static bool same_query(struct span a, struct span b)
{
    return span_is_none(a) == span_is_none(b) && span_eq(a, b);
}

bool no_vary_search_equal(const struct no_vary_search *n, struct span a, struct span b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    if (!n->effective || same_query(a, b))
        return same_query(a, b);
    struct form_query left = significant(n, a, &arena);
    struct form_query right = significant(n, b, &arena);
    if (left.len != right.len)
        return false;
    for (size_t i = 0; i < left.len; i++)
        if (!span_eq(left.at[i].name, right.at[i].name) ||
            !span_eq(left.at[i].value, right.at[i].value))
            return false;
    return true;
}
