#ifndef REHEARSE_CACHE_BYPASS_H
#define REHEARSE_CACHE_BYPASS_H

#include "rehearse/base/strbuf.h"
#include "rehearse/cache/key.h"
#include "rehearse/cache/reason.h"

/*
 * Which requests go past a cache: never answered from it, and not stored. The
 * policy's own rules; what HTTP forbids to store is storability.h's.
 */
enum bypass_on { BYPASS_COOKIE = 0, BYPASS_HEADER, BYPASS_PARAMETER, BYPASS_PATH, BYPASS_METHOD };
enum bypass_when {
    BYPASS_PRESENT = 0,
    BYPASS_TRUTHY, /* there, not empty and not "0": nginx's proxy_cache_bypass */
    BYPASS_VALUE,  /* there, and the value matches `value`, '*' for any run of bytes */
    BYPASS_ABSENT,
};

struct bypass_rule {
    enum bypass_on on;
    enum bypass_when when;
    /* Cookies and parameters byte for byte, headers in any case, '*' for any run of bytes; a path
     * ("/account*"); a method ("POST"). Path and method are matched whole, and `when` says nothing.
     */
    struct span name;
    struct span value;
    bool reads; /* only the way in: not answered from the cache, but stored (nginx without
                   proxy_no_cache) */
};

struct bypass {
    const struct bypass_rule *rule; /* NULL: the method is not one that is cached */
    bool stores;                    /* the response may be stored all the same */
    struct reason why;
};

/*
 * Does the request go past the cache? Asks the policy's rules in order, then the
 * method: GET, HEAD, or one the policy names. False leaves *ret alone.
 */
bool bypass_of(const struct key_policy *policy, const struct http_request *request,
               struct bypass *ret);
/* The rule for a person: `cookie "session*" is there`. */
void bypass_rule_add(struct strbuf *out, const struct bypass_rule *rule);

#endif
