#ifndef REHEARSE_SESSION_VARIANT_VALUES_H
#define REHEARSE_SESSION_VARIANT_VALUES_H

#include "rehearse/base/arena.h"
#include "rehearse/base/auto.h"

/*
 * The cookie values that an import found to be variants (veil_each_variant), to be
 * put back where the recorded Cookie lines have their pseudonyms. Filled once, then
 * only read, from any thread.
 */
struct variant_values;

struct variant_values *variant_values_new(void);
void variant_values_free(struct variant_values *values);
/* Copies. */
void variant_values_add(struct variant_values *values, struct span name, struct span pseudonym,
                        struct span value);
/*
 * A recorded Cookie line with its variants in the clear; the line itself when it has
 * none, else in `arena`. SPAN_NONE stays none.
 */
struct span variant_values_restore(const struct variant_values *values, struct span line,
                                   struct arena *arena);

AUTO_FREE(struct variant_values, variant_values_free);

#endif
