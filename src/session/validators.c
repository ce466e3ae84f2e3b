#include "rehearse/session/validators.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum { LONGEST = 256 };

struct entry {
    uint64_t target; /* hash */
    char *texts;     /* owned; the tag, then the date */
    uint16_t tag_len, date_len;
};

struct validators {
    struct entry *at; /* owned; grows to VALIDATORS_MAX, then a ring */
    size_t len, cap, next;
};

struct validators *validators_new(void)
{
    return xcalloc(1, sizeof(struct validators));
}

void validators_free(struct validators *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->len; i++)
        free(v->at[i].texts);
    free(v->at);
    free(v);
}

static const struct entry *find(const struct validators *v, uint64_t target)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i].target == target)
            return &v->at[i];
    return NULL;
}

/* The entry of that target, or the one that is longest there. */
static struct entry *place_for(struct validators *v, uint64_t target)
{
    struct entry *known = (struct entry *)(uintptr_t)find(v, target);
    if (known)
        return known;
    if (v->len < VALIDATORS_MAX) {
        v->at = array_room(v->at, &v->cap, v->len + 1, sizeof *v->at);
        v->at[v->len] = (struct entry){ .texts = NULL };
        return &v->at[v->len++];
    }
    v->next = (v->next + 1) % VALIDATORS_MAX;
    return &v->at[v->next];
}

static struct span kept_value(const struct http_response *response, struct span name)
{
    struct span value = http_fields_value(&response->fields, name);
    return value.len <= LONGEST ? value : SPAN_NONE;
}

void validators_learn(struct validators *v, struct span target,
                      const struct http_response *response)
{
    struct span tag = kept_value(response, SPAN("ETag"));
    struct span date = kept_value(response, SPAN("Last-Modified"));
    if (response->status != 200 || (!tag.len && !date.len))
        return;
    struct entry *e = place_for(v, hash64(target));
    free(e->texts);
    *e = (struct entry){ hash64(target), xmalloc(tag.len + date.len + 1), (uint16_t)tag.len,
                         (uint16_t)date.len };
    if (tag.len)
        memcpy(e->texts, tag.ptr, tag.len);
    if (date.len)
        memcpy(e->texts + tag.len, date.ptr, date.len);
}

static bool asks_by_date(struct span field, struct span recorded)
{
    if (span_ieq(field, SPAN("If-Range")))
        return span_find_char(recorded, '"') < 0;
    return span_ieq(field, SPAN("If-Modified-Since")) ||
           span_ieq(field, SPAN("If-Unmodified-Since"));
}

struct span validators_find(const struct validators *v, struct span target, struct span field,
                            struct span recorded)
{
    const struct entry *e = find(v, hash64(target));
    if (!e)
        return SPAN_NONE;
    struct span value = asks_by_date(field, recorded)
                            ? span_make(e->texts + e->tag_len, e->date_len)
                            : span_make(e->texts, e->tag_len);
    return value.len ? value : SPAN_NONE;
}
