#include "rehearse/cache/cache_groups.h"

#include <stdlib.h>

#include "rehearse/http/method.h"
#include "rehearse/http/structured.h"

/* Sections without a name are those of RFC 9875. */

const char *cache_groups_fault_sentence(unsigned fault)
{
    switch (fault) {
    case CACHE_GROUPS_NOT_STRUCTURED:
        return "The field is no structured list (RFC 9651), so all of it is ignored.";
    case CACHE_GROUPS_NOT_STRINGS:
        return "A member is no string in double quotes, so the whole field is ignored "
               "(RFC 9651, section 2).";
    case CACHE_GROUPS_SAFE_METHOD:
        return "Cache-Group-Invalidation is ignored on the answer to a safe request "
               "(RFC 9875, section 3).";
    default:
        return "";
    }
}

static int by_bytes(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* How many members; the field is ignored when one is not a string (RFC 9651, section 2). */
static size_t count_strings(struct span value, unsigned *faults)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    size_t count = 0;
    while (sf_next_list_member(&c, &member)) {
        if (member.value.type != SF_STRING)
            *faults |= CACHE_GROUPS_NOT_STRINGS;
        count++;
    }
    if (c.failed)
        *faults = CACHE_GROUPS_NOT_STRUCTURED;
    return *faults ? 0 : count;
}

static void drop_repeated(struct cache_groups *groups)
{
    size_t kept = 0;
    for (size_t i = 0; i < groups->len; i++)
        if (kept == 0 || !span_eq(groups->at[kept - 1], groups->at[i]))
            groups->at[kept++] = groups->at[i];
    groups->len = kept;
}

struct cache_groups cache_groups_read(struct span value, struct arena *arena)
{
    struct cache_groups groups = { 0 };
    struct sf_cursor c = sf_cursor_make(value);
    struct sf_member member;
    size_t count = count_strings(value, &groups.faults);
    if (count == 0)
        return groups;
    groups.at = arena_alloc(arena, count * sizeof *groups.at);
    while (sf_next_list_member(&c, &member))
        groups.at[groups.len++] = sf_text(&member.value, arena);
    qsort(groups.at, groups.len, sizeof *groups.at, by_bytes);
    drop_repeated(&groups);
    return groups;
}

struct cache_groups cache_groups_of(const struct http_fields *response, struct arena *arena)
{
    return cache_groups_read(http_fields_joined(response, SPAN("Cache-Groups"), arena), arena);
}

struct cache_groups cache_groups_invalidated(const struct http_fields *response, struct span method,
                                             struct arena *arena)
{
    struct span value = http_fields_joined(response, SPAN("Cache-Group-Invalidation"), arena);
    if (!span_is_none(value) && method_is_safe(method))
        return (struct cache_groups){ .faults = CACHE_GROUPS_SAFE_METHOD };
    return cache_groups_read(value, arena);
}

bool cache_groups_meet(const struct cache_groups *a, const struct cache_groups *b)
{
    size_t i = 0, j = 0;
    while (i < a->len && j < b->len) {
        int order = span_cmp(a->at[i], b->at[j]);
        if (order == 0)
            return true;
        i += order < 0;
        j += order > 0;
    }
    return false;
}
