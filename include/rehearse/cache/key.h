#ifndef REHEARSE_CACHE_KEY_H
#define REHEARSE_CACHE_KEY_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/*
 * The key a cache files a response under, from a policy. Zeroed: host, path and
 * the whole query, order kept; GET and HEAD share. Everything is borrowed.
 */
enum key_query { KEY_QUERY_ALL = 0, KEY_QUERY_NONE, KEY_QUERY_KEEP, KEY_QUERY_DROP };

struct key_host {
    struct span name;   /* "www.shop.example" */
    struct span stands; /* for "shop.example" */
};

struct key_policy {
    enum key_query query;
    const struct span *query_names; /* for KEEP and DROP: exact, or with '*' at the end ("utm_*") */
    size_t query_count;
    bool query_sort;            /* by name, then as they came */
    const struct span *headers; /* request fields in the key, by name, any case */
    size_t header_count;
    const struct span *cookies; /* request cookies in the key; exact, or with '*' at the end */
    size_t cookie_count;
    const struct key_host *hosts;
    size_t host_count;
    bool scheme;      /* http and https apart */
    bool method;      /* GET and HEAD apart */
    bool ignore_host; /* one key space for all hosts */
    bool fold_path;   /* path compared case-folded */
};

/*
 * The key as text, one input a line: "shop.example/p/9?a=1", then "method=…",
 * "scheme=…", "header.name=…", "cookie.name=…". Equal texts, equal keys; the
 * same everywhere, so it can be stored and hashed.
 */
void key_add(struct strbuf *out, const struct key_policy *policy,
             const struct http_request *request);
struct span key_of(const struct key_policy *policy, const struct http_request *request,
                   struct arena *arena);
/* Does `name` match `pattern`: equal, or equal up to a '*' at its end? */
bool key_name_matches(struct span pattern, struct span name);

/* A key that a response shows. */
struct observed_key {
    struct span key;   /* borrowed from the response, or in the arena */
    struct span field; /* static, or the user's: "Cache-Status", "X-True-Cache-Key", … */
};
/*
 * Looks at `field` first when the user names one, then at Cache-Status `key`
 * (RFC 9211 section 2.7; the member nearest the client), X-True-Cache-Key and
 * X-Cache-Key (Akamai's form without serial, CP code and lifetime, or any),
 * Fastly-Debug-Digest. False when the response shows none.
 */
bool key_observed(const struct http_fields *response, struct span field, struct arena *arena,
                  struct observed_key *ret);

#endif
