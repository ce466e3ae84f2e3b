#ifndef REHEARSE_KEY_KEY_SOURCE_H
#define REHEARSE_KEY_KEY_SOURCE_H

#include "rehearse/base/err.h"
#include "rehearse/key/key.h"
#include "rehearse/cache/policy.h"

/*
 * Key policies from what users have: the configuration files of products, and
 * presets by name. All memory of what comes back is in the arena given, or
 * static. Errors are E_FORMAT or E_LIMIT with file, line, column, what was found
 * and what was expected.
 */
enum { KEY_SOURCE_MAX = 4 * 1024 * 1024, KEY_SOURCE_ITEMS_MAX = 10000 };

/* -1: the file does not say. */
struct key_lifetimes {
    int64_t min_s, default_s, max_s;
    bool overrides_origin; /* default_s is taken whatever the origin says */
    bool drops_defaults;   /* the lifetimes that the product has by status itself do not count */
    bool statuses_override; /* by_status counts whatever the origin says; else where it is silent */
};
/* For responses of these statuses; -1: not stored, 0: stored, never fresh. */
struct range_lifetime {
    int first, last;
    int64_t lifetime_s;
};

struct key_source {
    struct key_policy policy;
    struct span product; /* "cloudfront": as profiles are named */
    struct span title;   /* what the file calls itself; or none */
    struct key_lifetimes lifetimes;
    const struct range_lifetime *by_status;
    size_t by_status_count;
    bool never_caches;        /* the file turns the cache off */
    bool caches_everything;   /* whatever the path or the type */
    bool deception_armor;     /* Cloudflare: extension and Content-Type must agree */
    const struct span *notes; /* for a person: what was read and not modelled, and why */
    size_t note_count;
};

/* CachePolicyConfig, bare or as `aws cloudfront get-cache-policy` prints it. `name` is for errors.
 */
int key_from_cloudfront(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err);
/* A rule with set_cache_settings, its action_parameters, a ruleset that holds one such rule, or a
 * bare cache_key. */
int key_from_cloudflare(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err);
/* A proxy_cache_key string: "$scheme$proxy_host$request_uri". */
int key_from_nginx(struct key_source *ret, const char *name, struct span text, struct arena *arena,
                   struct err *err);
/* An nginx configuration: proxy_cache_key, proxy_cache_bypass, proxy_no_cache,
 * proxy_cache_methods, proxy_cache_valid. Includes are not followed. */
int key_from_nginx_conf(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err);
/* Whichever of the above `text` is. */
int key_from_text(struct key_source *ret, const char *name, struct span text, struct arena *arena,
                  struct err *err);

/*
 * `base` with the lifetimes that the file gives: what CloudFront's MinTTL, Cloudflare's
 * edge_ttl and nginx's proxy_cache_valid make of a product's rules. Lists are in the arena.
 */
struct cache_policy key_source_policy(const struct key_source *source,
                                      const struct cache_policy *base, struct arena *arena);

/* What a product's cache does without customer rules: "varnish", "fastly", "nginx", … NULL when
 * unknown. Static. */
const struct key_source *key_preset(struct span name);
/* "akamai, apache, …": for messages. */
void key_preset_names_add(struct strbuf *out);

#endif
