#ifndef SRC_COMPARE_CHANGE_PARTS_H
#define SRC_COMPARE_CHANGE_PARTS_H

#include "change.h"

/* What the functions that name changes share. */
struct sides {
    struct span production, staging;
};

struct change change_make(const char *kind, enum finding_severity severity, struct span field,
                          struct sides shapes, struct span title, const char *effect);
/* The texts of the two values that met. */
struct sides change_values(const struct difference_at *d);
const struct facet *change_facet(const struct difference_at *d);
/* Of two lists, the members that the other one does not have, joined again. */
struct sides change_differing(struct sides v, const char *separator, struct arena *arena);
/* "Vary lost accept-language", "Vary: a became b". */
struct span change_title_of(struct span field, struct sides members, struct arena *arena);

/* ---- change_cache.c ---- */
bool change_of_storing(const struct difference_at *d, struct change *ret);
struct change change_of_lifetime(const struct difference_at *d);
struct change change_of_cache_text(const struct difference_at *d);
struct change change_of_vary(const struct difference_at *d);

#endif
