#include "variants.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum {
    WAYS = 8,
    SETS = 1024,
    VARIANTS_SLOTS = WAYS * SETS,
    DEFAULT_THRESHOLD = 3,
};

/* Who showed a value; 32 bits of each hash are enough to tell a few apart. */
struct witness {
    uint32_t session, who;
};

struct seen {
    uint64_t key;  /* of name and value; 0 is an empty slot */
    uint32_t last; /* tick */
    uint8_t witnesses;
    uint8_t name_len, value_len;
    struct witness by[VARIANT_MAX_SESSIONS];
    char name[VARIANT_MAX_NAME];
    char value[VARIANT_MAX_VALUE];
    char pseudonym[PSEUDONYM_LEN];
};

struct variants {
    unsigned threshold;
    uint32_t tick;
    struct seen slots[VARIANTS_SLOTS];
};

struct variants *variants_new(unsigned threshold)
{
    struct variants *v = xcalloc(1, sizeof *v);
    if (threshold == 0)
        threshold = DEFAULT_THRESHOLD;
    v->threshold = threshold < VARIANT_MAX_SESSIONS ? threshold : VARIANT_MAX_SESSIONS;
    return v;
}

void variants_free(struct variants *v)
{
    free(v);
}

/* Makes room for a new value when it is not there. */
static struct seen *find_slot(struct variants *v, uint64_t key, bool *ret_new)
{
    struct seen *set = &v->slots[(key >> 32) % SETS * WAYS];
    struct seen *least = set;

    for (size_t i = 0; i < WAYS; i++) {
        struct seen *s = &set[i];
        if (s->key == key) {
            *ret_new = false;
            return s;
        }
        if (s->witnesses < least->witnesses ||
            (s->witnesses == least->witnesses && s->last < least->last))
            least = s;
    }
    *ret_new = true;
    return least;
}

static void fill(struct seen *s, uint64_t key, struct span name, struct span value,
                 struct span pseudonym)
{
    memset(s, 0, sizeof *s);
    s->key = key;
    s->name_len = (uint8_t)name.len;
    s->value_len = (uint8_t)value.len;
    memcpy(s->name, name.ptr, name.len);
    memcpy(s->value, value.ptr, value.len);
    memcpy(s->pseudonym, pseudonym.ptr, PSEUDONYM_LEN);
}

/* A further visitor differs from all others by the session and, where that is known, by who it is.
 */
static bool is_further(const struct seen *s, struct witness w)
{
    for (size_t i = 0; i < s->witnesses; i++)
        if (s->by[i].session == w.session || (w.who && s->by[i].who == w.who))
            return false;
    return true;
}

void variants_see(struct variants *v, struct span name, struct span value, struct span pseudonym,
                  uint64_t session, uint64_t who)
{
    if (name.len == 0 || name.len > VARIANT_MAX_NAME || value.len == 0 ||
        value.len > VARIANT_MAX_VALUE)
        return;
    bool fresh;
    uint64_t key = hash_mix(hash64(name), hash64(value)) | 1;
    struct seen *s = find_slot(v, key, &fresh);
    if (fresh)
        fill(s, key, name, value, pseudonym);
    s->last = ++v->tick;
    struct witness w = { (uint32_t)hash_mix(0, session), who ? (uint32_t)hash_mix(0, who) | 1 : 0 };
    if (s->witnesses < v->threshold && is_further(s, w))
        s->by[s->witnesses++] = w;
}

static struct span name_of(const struct seen *s)
{
    return span_make(s->name, s->name_len);
}

static struct span value_of(const struct seen *s)
{
    return span_make(s->value, s->value_len);
}

static int by_name_and_value(const void *left, const void *right)
{
    const struct seen *a = *(const struct seen *const *)left;
    const struct seen *b = *(const struct seen *const *)right;
    int order = span_cmp(name_of(a), name_of(b));
    return order ? order : span_cmp(value_of(a), value_of(b));
}

int variants_each(const struct variants *v, veil_variant_fn *fn, void *ctx)
{
    AUTO(freep) const struct seen **found = xcalloc(VARIANTS_SLOTS, sizeof *found);
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < VARIANTS_SLOTS; i++)
        if (v->slots[i].key && v->slots[i].witnesses >= v->threshold)
            found[count++] = &v->slots[i];
    qsort(found, count, sizeof *found, by_name_and_value);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = fn(ctx, name_of(found[i]), span_make(found[i]->pseudonym, PSEUDONYM_LEN),
                value_of(found[i]), found[i]->witnesses);
    return rc;
}
