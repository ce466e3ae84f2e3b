#include "rehearse/model/variant_space.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strset.h"

enum { SET_NAMES_MAX = 16, ASKERS_MAX = 1u << 22 };

struct set {
    uint8_t len;
    bool none_matches;
    uint8_t names[SET_NAMES_MAX]; /* places in `names` */
};

struct asker {
    uint32_t first; /* into `values` */
    uint32_t len;   /* how many names were known when it came */
};

struct variant_space {
    struct strset names; /* lower case */
    struct set *sets;    /* owned */
    size_t set_len, set_cap;
    struct map set_by_hash;
    uint32_t *values; /* owned; hashes of field values, in the order of `names` */
    size_t value_len, value_cap;
    struct asker *askers; /* owned */
    size_t asker_len, asker_cap;
    struct map asker_by_hash;
    struct strbuf text; /* scratch */
};

static uint32_t add_set(struct variant_space *space, const struct set *set)
{
    space->sets = array_room(space->sets, &space->set_cap, space->set_len + 1, sizeof *space->sets);
    space->sets[space->set_len] = *set;
    return (uint32_t)space->set_len++;
}

static uint32_t add_asker(struct variant_space *space, const uint32_t *values, uint32_t len)
{
    size_t need = space->value_len + len + 1;
    space->values = array_room(space->values, &space->value_cap, need, sizeof *space->values);
    for (uint32_t i = 0; i < len; i++)
        space->values[space->value_len + i] = values[i];
    space->askers =
        array_room(space->askers, &space->asker_cap, space->asker_len + 1, sizeof *space->askers);
    space->askers[space->asker_len] = (struct asker){ (uint32_t)space->value_len, len };
    space->value_len += len;
    return (uint32_t)space->asker_len++;
}

struct variant_space *variant_space_new(void)
{
    struct variant_space *space = xcalloc(1, sizeof *space);
    space->names = (struct strset)STRSET_INIT;
    space->text = (struct strbuf)STRBUF_INIT;
    add_set(space, &(struct set){ 0 });
    add_set(space, &(struct set){ .none_matches = true });
    add_asker(space, NULL, 0);
    return space;
}

void variant_space_free(struct variant_space *space)
{
    if (!space)
        return;
    strset_release(&space->names);
    strbuf_release(&space->text);
    map_release(&space->set_by_hash);
    map_release(&space->asker_by_hash);
    free(space->sets);
    free(space->values);
    free(space->askers);
    free(space);
}

/* False when the space has no room for all of its names. */
static bool place_names(struct variant_space *space, const struct vary *vary, struct set *ret)
{
    if (vary->any || vary->len > SET_NAMES_MAX)
        return false;
    for (size_t i = 0; i < vary->len; i++) {
        uint32_t place = strset_find(&space->names, vary->names[i]);
        if (place == STRSET_ABSENT && space->names.len >= VARIANT_NAMES_MAX)
            return false;
        if (place == STRSET_ABSENT)
            place = strset_add(&space->names, vary->names[i]);
        ret->names[ret->len++] = (uint8_t)place;
    }
    return true;
}

uint32_t variant_space_set(struct variant_space *space, const struct vary *vary)
{
    struct set set = { 0 };
    if (!vary->any && vary->len == 0)
        return 0;
    if (!place_names(space, vary, &set))
        return VARIANT_SET_NONE_MATCHES;
    /* Names are sorted in a struct vary, so equal sets give equal bytes. */
    uint64_t hash = hash64(span_make((const char *)set.names, set.len));
    uint64_t *known = map_get(&space->set_by_hash, hash);
    if (known)
        return (uint32_t)*known;
    if (space->set_len >= VARIANT_SETS_MAX)
        return VARIANT_SET_NONE_MATCHES;
    uint32_t number = add_set(space, &set);
    map_put(&space->set_by_hash, hash, number, NULL);
    return number;
}

/* As Vary compares it: white space around commas does not count, absent is a value of its own. */
static uint32_t value_hash(struct variant_space *space, uint32_t name,
                           const struct http_request *request)
{
    struct span text = strset_text(&space->names, name);
    struct vary one = { .names = &text, .len = 1 };
    strbuf_clear(&space->text);
    variant_key_add(&space->text, &one, request);
    return (uint32_t)hash64(strbuf_span(&space->text));
}

uint32_t variant_space_asker(struct variant_space *space, const struct http_request *request)
{
    uint32_t values[VARIANT_NAMES_MAX];
    uint32_t len = (uint32_t)space->names.len;
    if (len == 0)
        return 0;
    for (uint32_t i = 0; i < len; i++)
        values[i] = value_hash(space, i, request);
    uint64_t hash = hash64(span_make((const char *)values, len * sizeof *values));
    uint64_t *known = map_get(&space->asker_by_hash, hash);
    if (known)
        return (uint32_t)*known;
    if (space->asker_len >= ASKERS_MAX)
        return 0;
    uint32_t number = add_asker(space, values, len);
    map_put(&space->asker_by_hash, hash, number, NULL);
    return number;
}

uint32_t variant_space_of(const struct variant_space *space, uint32_t set, uint32_t asker)
{
    const struct set *s = &space->sets[set];
    const struct asker *a = &space->askers[asker];
    uint64_t hash = set;
    for (uint32_t i = 0; i < s->len; i++) {
        uint32_t name = s->names[i];
        hash = hash_mix(hash, name < a->len ? space->values[a->first + name] : 0);
    }
    return set == 0 ? 0 : (uint32_t)(hash >> 32) | 1;
}
