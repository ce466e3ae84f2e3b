#ifndef REHEARSE_SRC_CACHE_OBEYED_H
#define REHEARSE_SRC_CACHE_OBEYED_H

#include "rehearse/cache/directives.h"

/*
 * directives_obeyed() into a struct of the caller's. `more`: the response has other
 * fields that may hold directives beside Cache-Control; without, they are not looked for.
 */
void directives_obey(struct obeyed_directives *ret, const struct cache_policy *policy,
                     const struct http_fields *response, bool more);

#endif
