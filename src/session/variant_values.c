#include "rehearse/session/variant_values.h"

#include <stdlib.h>

#include "patch.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strset.h"
#include "rehearse/http/cookie.h"
#include "rehearse/session/credential.h"

struct variant_values {
    struct map numbers; /* of name and pseudonym, into `texts` */
    struct strset texts;
};

struct variant_values *variant_values_new(void)
{
    struct variant_values *v = xcalloc(1, sizeof *v);
    v->numbers = (struct map)MAP_INIT;
    v->texts = (struct strset)STRSET_INIT;
    return v;
}

void variant_values_free(struct variant_values *v)
{
    if (!v)
        return;
    map_release(&v->numbers);
    strset_release(&v->texts);
    free(v);
}

/* By the name too: "gold" may be a tier for many and the user name of one. */
static uint64_t key_of(struct span name, struct span pseudonym)
{
    return hash_mix(hash64(name), hash64(pseudonym));
}

void variant_values_add(struct variant_values *v, struct span name, struct span pseudonym,
                        struct span value)
{
    *map_put(&v->numbers, key_of(name, pseudonym), 0, NULL) = strset_add(&v->texts, value);
}

struct span variant_values_restore(const struct variant_values *v, struct span line,
                                   struct arena *arena)
{
    AUTO(patch_release) struct patch p = patch_make(line);
    struct span rest = line;
    struct cookie_pair pair;

    while (v->numbers.len && cookie_next(&rest, &pair)) {
        const uint64_t *number =
            is_pseudonym(pair.value) ? map_get(&v->numbers, key_of(pair.name, pair.value)) : NULL;
        if (!number)
            continue;
        patch_at(&p, pair.value);
        strbuf_add_span(&p.out, strset_text(&v->texts, (uint32_t)*number));
    }
    return patch_finish(&p, arena);
}
