#ifndef REHEARSAL_FILTER_H
#define REHEARSAL_FILTER_H

#include "rehearse/http/exchange.h"
#include "rehearse/rehearsal/import.h"

/* E_USAGE for a status that is neither "404", "5xx" nor "400-499", and for an empty time range. */
int filter_check(const struct import_filter *filter, struct err *err);
/* NULL when the exchange is to be kept, else why not: a short constant phrase. */
const char *filter_refuses(const struct import_filter *filter, const struct exchange *x);

#endif
