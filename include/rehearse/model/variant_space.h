#ifndef REHEARSE_MODEL_VARIANT_SPACE_H
#define REHEARSE_MODEL_VARIANT_SPACE_H

#include "rehearse/base/auto.h"
#include "rehearse/cache/vary.h"

/*
 * Vary over many requests, in numbers (RFC 9111 section 4.1): sets of field names,
 * and askers, which are requests told apart by the fields that any of the sets
 * names. Which variant an asker gets of a set is then a few multiplications.
 *
 * Bounded: so many names in all, and so many sets. What comes beyond is a set that
 * no later request matches, as is "*".
 */
struct variant_space;

#define VARIANT_NAMES_MAX 32
#define VARIANT_SETS_MAX 4096
/* Set 0 is the empty one; this one matches nothing. */
#define VARIANT_SET_NONE_MATCHES 1

struct variant_space *variant_space_new(void);
void variant_space_free(struct variant_space *space);
/* The number of a set. */
uint32_t variant_space_set(struct variant_space *space, const struct vary *vary);
/*
 * The number of a request's asker. Fields that no set named so far do not count, so
 * make the sets known first; an asker from before a name was known has none of it.
 */
uint32_t variant_space_asker(struct variant_space *space, const struct http_request *request);
/* Which variant of the set this asker gets, as a hash; 0 for set 0. */
uint32_t variant_space_of(const struct variant_space *space, uint32_t set, uint32_t asker);

AUTO_FREE(struct variant_space, variant_space_free);

#endif
