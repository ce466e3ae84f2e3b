#ifndef REHEARSE_MODEL_MODEL_READER_H
#define REHEARSE_MODEL_MODEL_READER_H

#include "rehearse/cache/cache_status.h"
#include "rehearse/key/key.h"
#include "rehearse/model/model.h"
#include "rehearse/cache/policy.h"
#include "rehearse/cache/reason.h"
#include "rehearse/cache/validation.h"
#include "rehearse/http/exchange.h"

/*
 * Exchanges into requests of a model. The rules judge each distinct set of caching
 * fields once; what comes again costs a hash of them.
 *
 * What was recorded is what an edge sent to a visitor, and the model wants to know
 * what the origin said to the edge. So: Age is the edge's own count and no part of
 * the answer, unless the edge is known to have fetched it; a 304 to a visitor's
 * condition and a 206 to his range stand for the whole that is behind them, whose size
 * and fields are those last seen under the key (an answer to HEAD: its size, and its
 * fields where it shows none). A logged hit is marked MODEL_WAS_THERE; which request
 * is a key's first in order of time is for the caller to know, who takes the mark and
 * the age off all others.
 */
struct model_reader;

struct model_reader_options {
    const struct cache_policy *policy; /* borrowed */
    const struct key_policy *key;      /* borrowed */
    struct variant_space *space;       /* borrowed; grows */
};
struct model_reader *model_reader_new(const struct model_reader_options *options);
void model_reader_free(struct model_reader *reader);

/* What to read. */
struct model_reading {
    const struct exchange *asked;    /* who asked, what and when: production's */
    const struct exchange *answered; /* what came: the same one, or staging's */
    enum cache_outcome logged;       /* what the cache that `answered` passed did; UNKNOWN */
    uint32_t route;                  /* fetches of a route take about the same time */
};
/*
 * False when no cache saw the request (answered in the browser). Requests of one
 * reader come in any order; those of a key in about that of time.
 */
bool model_reader_read(struct model_reader *reader, const struct model_reading *reading,
                       struct model_request *ret);
/*
 * The places that an exchange makes invalid at this side's cache: its own URI's, and
 * those of Location and Content-Location; how many. Mostly none.
 */
size_t model_reader_invalidated(struct model_reader *reader, const struct exchange *asked,
                                const struct http_response *response,
                                uint64_t ret[INVALIDATED_MAX]);
/*
 * A request that was not sent to this side: it is taken to be answered as the last
 * one under the same key, or the last one of the route. *ret is filled in any case.
 */
enum model_guess { GUESS_NONE = 0, GUESS_BY_KEY, GUESS_BY_ROUTE };
enum model_guess model_reader_guess(struct model_reader *reader, const struct exchange *asked,
                                    uint32_t route, struct model_request *ret);
/* Give the model all answers it does not have yet: after reading, before stepping. */
void model_reader_teach(const struct model_reader *reader, struct model *model);

/* Why rules keep a request from being answered from the cache, or its answer out of it. */
struct bypass_rule;
struct model_why {
    struct reason why;
    const struct bypass_rule *rule; /* of the key's policy; NULL: the rules of caching */
};
/* By the number in a request, from 1 on. */
struct model_why model_reader_why(const struct model_reader *reader, uint16_t number);

/* What the sources left out, so that the forecast stands on assumptions. */
struct model_gaps {
    uint64_t requests;
    uint64_t without_answer;         /* no response, or none of its caching fields is known */
    uint64_t without_vary;           /* taken as: none */
    uint64_t without_set_cookie;     /* taken as: none */
    uint64_t without_request_fields; /* Cookie and Authorization: taken as none */
};
struct model_gaps model_reader_gaps(const struct model_reader *reader);

AUTO_FREE(struct model_reader, model_reader_free);

#endif
