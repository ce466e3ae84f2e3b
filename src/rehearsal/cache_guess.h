#ifndef REHEARSE_REHEARSAL_CACHE_GUESS_H
#define REHEARSE_REHEARSAL_CACHE_GUESS_H

#include "rehearse/cache/product.h"
#include "rehearse/store/store.h"

/* The product that production's answers show, by their fields; *ret is NULL when they show none. */
int cache_guess(struct store *baseline, const struct product_sign **ret, struct err *err);

#endif
