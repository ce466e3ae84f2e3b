#ifndef SRC_COMPARE_CACHE_EFFECT_H
#define SRC_COMPARE_CACHE_EFFECT_H

#include "rehearse/base/map.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/cache/policy.h"
#include "rehearse/cache/reason.h"
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
    int64_t stale_s;       /* how long past that it may be served while a fetch goes on behind */
    bool exact;            /* the lifetime is written down, not computed from dates */
    bool validate;         /* the origin is asked every time, however fresh */
    bool cookie_keeps_out; /* most caches would not store it, for it sets a cookie */
    bool left_to_others;   /* the product asked about does not serve it; HTTP's rules let others */
    struct reason why;
};

/* NULL: what CDNs have in common. `response` holds only fields that both sides know. */
struct cache_effect cache_effect_of(const struct cache_policy *policy,
                                    const struct http_request *request,
                                    const struct http_response *response, int64_t received_s);

/* Different effects, numbered: few, whatever the traffic. */
enum {
    EFFECT_UNKNOWN = 0,
    EFFECTS_MAX = 1 << 14,
    /* Beside a number, where a request goes past the cache: */
    EFFECT_NOT_READ = 1 << 14,   /* on the way in: it is not answered from what is stored */
    EFFECT_NOT_STORED = 1 << 15, /* on the way out */
};
struct effects {
    struct cache_effect *at; /* owned; the first is the unknown one */
    size_t len, cap;
    struct map by_value;
};
void effects_release(struct effects *effects);
/* EFFECT_UNKNOWN when there is no room. */
uint16_t effects_number(struct effects *effects, const struct cache_effect *effect);

/* "kept", "validated each time", "not kept". */
struct span cache_keeps_name(enum cache_keeps keeps);
/* Every cache field of the response, directives sorted, one text; empty when there is none. */
void cache_text(const struct http_response *response, struct arena *scratch, struct strbuf *out);
/* The same as it stands, for a person: "Cache-Control: private, no-store". */
void cache_display(const struct http_response *response, struct strbuf *out);

#endif
