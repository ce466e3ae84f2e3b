#ifndef SRC_SESSION_FLOW_SIGHTINGS_H
#define SRC_SESSION_FLOW_SIGHTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who was seen with what, by hash: one visitor, or several. A table of fixed size; what
 * finds no room counts as seen with several.
 */
struct sightings;

enum sighted { SIGHTED_NEVER, SIGHTED_ONE, SIGHTED_SEVERAL };

/* `slots`: a power of two, at least 8; 8 bytes each. */
struct sightings *sightings_new(size_t slots);
void sightings_free(struct sightings *s);
/* `who` is neither 0 nor UINT32_MAX. *ret_before is what was known until then; may be NULL. */
enum sighted sightings_note(struct sightings *s, uint64_t key, uint32_t who,
                            enum sighted *ret_before);
/* *ret_who is set for SIGHTED_ONE; may be NULL. */
enum sighted sightings_of(const struct sightings *s, uint64_t key, uint32_t *ret_who);

#endif
