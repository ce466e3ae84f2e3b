#ifndef REHEARSE_KEY_KEY_H
#define REHEARSE_KEY_KEY_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/*
 * The key a cache files a response under, from a policy. Zeroed: host, path and
 * the whole query, order kept; GET and HEAD share. Everything is borrowed.
 *
 * Names in lists may hold '*' for any run of bytes ("utm_*"); without one they are
 * exact. Where a policy comes from: key_source.h. Requests that go past the cache:
 * bypass.h.
 */
enum key_query { KEY_QUERY_ALL = 0, KEY_QUERY_NONE, KEY_QUERY_KEEP, KEY_QUERY_DROP };
/* None named: KEEP is no cookie, DROP is every cookie. */
enum key_cookies { KEY_COOKIES_KEEP = 0, KEY_COOKIES_DROP };
enum key_method {
    KEY_METHOD_NO = 0,
    KEY_METHOD_YES,         /* GET and HEAD apart */
    KEY_METHOD_HEAD_IS_GET, /* the two share, others are apart */
};

/* Which spellings of a path are the same. Bits of key_policy.path. */
enum {
    KEY_PATH_FOLD = 1u << 0,     /* "/A" is "/a" */
    KEY_PATH_PERCENT = 1u << 1,  /* "/%61%2f" is "/a%2F": RFC 3986 sections 6.2.2.1 and 6.2.2.2 */
    KEY_PATH_DECODE = 1u << 2,   /* "/a%2Fb" is "/a/b": every escape undone, as nginx's $uri */
    KEY_PATH_DOTS = 1u << 3,     /* "/a/./b/../c" is "/a/c": section 5.2.4 */
    KEY_PATH_SLASHES = 1u << 4,  /* "//a///b" is "/a/b" */
    KEY_PATH_TRAILING = 1u << 5, /* "/a/" is "/a" */
    KEY_PATH_NONE = 1u << 6,     /* the path is not in the key */
    KEY_PATH_LEADING = 1u << 7,  /* "///a//b" is "/a//b": Apache, Traffic Server */
};

/* Where a named input is looked for. */
enum key_place { KEY_HEADER = 0, KEY_COOKIE, KEY_PARAMETER, KEY_MADE };
/* What of its value is in the key. */
enum key_rule {
    KEY_VALUE = 0, /* as it is, trimmed; lines of a header joined with ", "; none is not empty */
    KEY_TEXT,      /* the same, but none is as empty: what a string of variables makes of it */
    KEY_FOLDED,    /* in ASCII lower case */
    KEY_PRESENCE,  /* only whether it is there */
    KEY_CONTAINS,  /* whether it contains one of `values` */
    KEY_UNLESS,    /* as it is; one of `values` is as if it were not there */
    KEY_LANGUAGE,  /* Accept-Language negotiated to one of `values` (RFC 4647 section 3.4); no
                      match: the first of them */
    KEY_FIRST_LANGUAGE, /* the primary tag of the first language: "de" of "de-AT,en" */
    KEY_ENCODING,       /* Accept-Encoding: the first of `values` that is acceptable, or none */
    KEY_ENCODINGS,      /* Accept-Encoding: all of `values` that are acceptable */
    KEY_DEVICE,         /* User-Agent as mobile, tablet, desktop or bot; what `values` does not list
                           is desktop; none listed: mobile, tablet, desktop */
    KEY_IS_DEVICE,      /* User-Agent: true or false, whether it is one of `values` */
};

struct key_made;

struct key_input {
    struct span name; /* headers in any case; cookies and parameters byte for byte; no '*' */
    enum key_place place;
    enum key_rule rule;
    const struct span *values;
    size_t value_count;
    bool any_case;     /* the name of a cookie or parameter in any case, as nginx takes it */
    struct span title; /* what the key calls it, where that is not its name: "device"; or none */
    const struct key_made *made; /* of KEY_MADE: what a configuration makes of the request */
};

struct key_host {
    struct span name;   /* "www.shop.example", "*.shop.example" */
    struct span stands; /* for "shop.example" */
};

struct bypass_rule;

struct key_policy {
    enum key_query query;
    const struct span *query_names; /* for KEEP and DROP */
    size_t query_count;
    bool query_sort;                /* by name, then as they came */
    bool query_values;              /* with query_sort: by name, then by value */
    bool query_percent;             /* names and values as KEY_PATH_PERCENT */
    bool query_fold;                /* names and values in lower case */
    bool query_empty;               /* "/p?" is "/p" */
    const struct key_input *inputs; /* request headers mostly; in this order */
    size_t input_count;
    enum key_cookies cookie_mode;
    const struct span *cookies; /* request cookies in the key, or those not in it */
    size_t cookie_count;
    const struct key_host *hosts; /* the first that matches */
    size_t host_count;
    unsigned path; /* KEY_PATH_… */
    bool scheme;   /* http and https apart */
    enum key_method method;
    bool ignore_host;                 /* one key space for all hosts */
    const struct bypass_rule *bypass; /* requests that go past the cache: bypass.h */
    size_t bypass_count;
    const struct span *methods; /* cached beside GET and HEAD: "OPTIONS", "POST" */
    size_t method_count;
    /* What the product's key holds and no request shows ("the visitor's country"): for a person. */
    const struct span *unseen;
    size_t unseen_count;
};

/*
 * The key as text, one input a line: "shop.example/p/9?a=1", then "method=…",
 * "scheme=…", "header.name=…", "parameter.name=…", "cookie.name=…". Equal texts,
 * equal keys; the same everywhere, so it can be stored and hashed.
 */
void key_add(struct strbuf *out, const struct key_policy *policy,
             const struct http_request *request);
/* The same policy, made for many keys: what can be worked out once is, in the arena. */
struct key_policy key_policy_ready(const struct key_policy *policy, struct arena *arena);
struct span key_of(const struct key_policy *policy, const struct http_request *request,
                   struct arena *arena);
/* For a person: "host; path; query without utm_*; header Accept-Language as the best of en, de". */
void key_policy_add_words(struct strbuf *out, const struct key_policy *policy);
/* Does `name` match `pattern`: equal, or '*' for any run of bytes? */
bool key_name_matches(struct span pattern, struct span name);

#endif
