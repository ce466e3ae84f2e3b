#ifndef REHEARSE_KEY_BYPASS_H
#define REHEARSE_KEY_BYPASS_H

#include "rehearse/base/strbuf.h"
#include "rehearse/key/key.h"
#include "rehearse/cache/reason.h"

/*
 * Which requests go past a cache, by its own rules: not answered from it, not
 * stored, or both. What HTTP forbids to store is storability.h's.
 */
enum bypass_on {
    BYPASS_COOKIE = 0,
    BYPASS_HEADER,
    BYPASS_PARAMETER,
    BYPASS_PATH,
    BYPASS_METHOD,
    BYPASS_MADE, /* what a configuration makes of the request: nginx's map and set */
};
enum bypass_when {
    BYPASS_PRESENT = 0,
    BYPASS_TRUTHY, /* there, not empty and not "0": nginx's proxy_cache_bypass */
    BYPASS_VALUE,  /* there, and the value matches `value`, '*' for any run of bytes */
    BYPASS_ABSENT,
};

/* What the cache does not do for such a request. */
enum bypass_scope {
    BYPASS_BOTH = 0,
    BYPASS_READ,  /* not answered from the cache, but stored: nginx's proxy_cache_bypass alone */
    BYPASS_STORE, /* answered from the cache, but not stored: nginx's proxy_no_cache alone */
};

struct bypass_rule {
    enum bypass_on on;
    enum bypass_when when;
    enum bypass_scope scope;
    /* Cookies and parameters byte for byte, headers in any case, '*' for any run of bytes; a path
     * ("/account*"); a method ("POST"). Path and method are matched whole, and `when` says nothing.
     */
    struct span name;
    struct span value; /* of BYPASS_VALUE */
    bool any_case;     /* the name of a cookie or parameter in any case */
    const struct key_made *made; /* of BYPASS_MADE; the name is what the configuration calls it */
};

struct bypass {
    bool reads, stores;             /* what the cache may do all the same */
    const struct bypass_rule *rule; /* the first that applies; NULL: the method is not cached */
    struct reason why;
};

/*
 * Does the request go past the cache, in or out? Asks all of the policy's rules,
 * then the method: GET, HEAD, or one the policy names. False leaves *ret alone:
 * the cache may read and store.
 */
bool bypass_of(const struct key_policy *policy, const struct http_request *request,
               struct bypass *ret);
/* The rule for a person: `cookie "session*" is there`. */
void bypass_rule_add(struct strbuf *out, const struct bypass_rule *rule);

#endif
