#ifndef REHEARSE_SESSION_VARIANTS_H
#define REHEARSE_SESSION_VARIANTS_H

#include "rehearse/session/credential.h"

/*
 * Cookie values counted by how many visitors show them, to tell variants from
 * credentials. Originals are held only while they may turn out to be variants:
 * short ones that do not look random. Memory is fixed (VARIANTS_SLOTS entries);
 * when a set of the table is full, the value seen by the fewest visitors and
 * longest ago makes room.
 */
struct variants;

enum {
    VARIANT_MAX_NAME = 64,
    VARIANT_MAX_VALUE = 64,
    VARIANT_MAX_SESSIONS = 16, /* the highest threshold; larger ones are cut to this */
};

struct variants *variants_new(unsigned threshold);
void variants_free(struct variants *variants);
/*
 * One occurrence. `who` tells visitors apart (address and user agent, hashed), 0
 * when unknown: a visitor who comes back in another session must not count twice.
 */
void variants_see(struct variants *variants, struct span name, struct span value,
                  struct span pseudonym, uint64_t session, uint64_t who);
/*
 * By name, then value. `sessions` is counted up to the threshold and no further,
 * so it reads "at least".
 */
int variants_each(const struct variants *variants, veil_variant_fn *fn, void *ctx);

#endif
