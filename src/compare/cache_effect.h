#ifndef SRC_COMPARE_CACHE_EFFECT_H
#define SRC_COMPARE_CACHE_EFFECT_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/* What a shared cache makes of a response, asked from the cache room. */
enum cache_keeps {
    KEEPS_NOT = 0,    /* not stored */
    KEEPS_VALIDATING, /* stored, the origin is asked each time */
    KEEPS_FRESH,      /* answered from the cache for a while */
};

struct cache_effect {
    enum cache_keeps keeps;
    int64_t lifetime_s;
    bool exact; /* the lifetime is written down, not computed from dates */
};

/* `response` holds only fields that both sides know. */
struct cache_effect cache_effect_of(const struct http_request *request,
                                    const struct http_response *response, int64_t received_s);
/* "kept", "validated each time", "not kept". */
struct span cache_keeps_name(enum cache_keeps keeps);
/* Every cache field of the response, directives sorted, one text; empty when there is none. */
void cache_text(const struct http_response *response, struct arena *scratch, struct strbuf *out);
/* The same as it stands, for a person: "Cache-Control: private, no-store". */
void cache_display(const struct http_response *response, struct strbuf *out);

#endif
