#ifndef REHEARSE_SRC_MODEL_ASKS_H
#define REHEARSE_SRC_MODEL_ASKS_H

#include "rehearse/cache/judged.h"
#include "whys.h"

/*
 * The flags of a request and their reasons: does it go past the cache, in or out, by
 * the product's rules or by the key's, and what does it want itself?
 */
void asks_put(const struct model_reader_options *options, struct whys *whys,
              const struct http_request *request, const struct judged_request *asked,
              struct model_request *ret);

#endif
