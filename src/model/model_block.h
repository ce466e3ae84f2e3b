#ifndef REHEARSE_SRC_MODEL_MODEL_BLOCK_H
#define REHEARSE_SRC_MODEL_MODEL_BLOCK_H

#include "rehearse/http/exchange.h"

/* What a pass over the fields of a response gathers. */
struct model_block {
    uint64_t hash; /* of all that the rules look at, but for moments */
    bool date_given, expires_given, modified_given, lifetime_given, etag_given, weak;
    int64_t date_s, expires_s, modified_s, age_s;
    uint32_t validator;
    bool control_known, vary_known, set_cookie_known;
};

/*
 * `asked`: what of the request the rules look at; with the same, equal hashes are
 * judged alike. `received_s`: when the recorded answer came; where Date is not
 * recorded it says when it was made.
 */
struct model_block model_block_of(const struct http_response *response, int status, uint64_t asked,
                                  int64_t received_s);

#endif
