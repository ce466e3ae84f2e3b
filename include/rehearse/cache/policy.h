#ifndef REHEARSE_CACHE_POLICY_H
#define REHEARSE_CACHE_POLICY_H

#include "rehearse/base/span.h"
#include "rehearse/cache/policy_choices.h"

/*
 * Which cache is asked. The rules of this room are those of RFC 9111 for a shared
 * cache; a policy says where a given cache goes its own way. Data, no code: a
 * profile of a product is one more constant. Zeroed: the RFC, without heuristics.
 *
 * A knob is one line here, with a product that needs it, and zero is always what
 * the RFC says. Where it acts, the code names it, so a search finds both ends.
 */

/*
 * What data cannot say: may this cache keep the answer to that request at all?
 * Cloudflare looks at the path's extension, Google at the type of what gives no
 * lifetime. `has_lifetime`: max-age, s-maxage or Expires is there and counts.
 */
struct http_request;
struct http_response;
typedef bool cache_eligibility(const struct http_request *request,
                               const struct http_response *response, bool has_lifetime);

/* A lifetime by status: nginx's proxy_cache_valid. */
struct status_lifetime {
    int status; /* 0: any other */
    int64_t lifetime_s;
};

struct cache_policy {
    const char *name;

    /* --- Which fields speak --- */
    /* Fields that come before Cache-Control, best first (RFC 9213 section 2.2); the first usable
     * one wins alone. */
    const struct span *targets;
    size_t target_count;
    /* X-Accel-Expires sets the lifetime before all others: seconds, 0 for none, @ and a moment. */
    bool reads_accel_expires;
    /* Targeted fields are read like Cache-Control, not as structured fields: Traffic Server. */
    bool targets_are_lenient;
    /* Surrogate-Control beats Cache-Control, comes behind the targets. */
    bool reads_surrogate_control;
    /* Who we are in Surrogate-Control: directives for others (max-age=60;other) are passed over.
     * SPAN_NONE: all are for us. */
    struct span surrogate_name;
    /* no-store in Surrogate-Control keeps a response out, and any Surrogate-Control takes the
     * prohibitions of Cache-Control away; its lifetimes say nothing. Varnish */
    bool heeds_surrogate_no_store;
    bool surrogate_control_forbids_storing; /* whatever it says: Squid */
    bool surrogate_is_remote;               /* no-store-remote is meant for us: CDNs */
    unsigned ignores_request;               /* REQUEST_… */
    unsigned ignores_response;              /* RESPONSE_… */
    enum bad_number bad_number;
    enum repeated_directive repeated;
    bool quotes_spoil_number;   /* max-age="60" is no number: all but Traffic Server */
    bool names_in_lower_case;   /* MaX-aGe is no directive we know: Squid, Fastly */
    bool bad_expires_is_absent; /* Expires: 0 says nothing: Varnish */
    /* no-cache, no-store and private count wherever their letters stand: nginx, Varnish's VCL. */
    bool searches_for_prohibitions;
    bool s_maxage_is_max_age;    /* whichever of the two comes first counts: nuster */
    bool seconds_wrap;           /* numbers are of 32 bits, one of them the sign: Squid */
    bool spaces_spoil_directive; /* max-age = 60 is no directive we know: Squid, nginx */
    enum doubtful_age doubtful_age;
    /* HTTP_DATE_… of http/date.h beyond HTTP_DATE_BY_RFC: most products take one or more. */
    unsigned dates_tolerated;
    unsigned dates_refused; /* of HTTP_DATE_BY_RFC: Varnish takes no asctime form */
    enum response_pragma pragma;

    /* --- What is stored --- */
    /* Set-Cookie keeps a response out, which no RFC asks for and most caches do. */
    bool set_cookie_forbids_storing;
    /* Stored without its Set-Cookie: Squid, Bunny. */
    bool drops_set_cookie;
    /* Requests with a Cookie go past the cache: Varnish. */
    bool cookie_passes;
    enum authorized_request authorized;
    enum authorized_answer authorized_answer;
    enum vary_handling vary;
    enum vary_star vary_star;
    const struct span *vary_names; /* for FORBIDS and IGNORED: names that select all the same */
    size_t vary_name_count;
    unsigned vary_normalises; /* VARY_LANGUAGE_CASE, … */
    /* no-cache keeps it out, instead of asking the origin each time: nginx, Varnish, HAProxy. */
    bool no_cache_forbids_storing;
    /* max-age=0 or s-maxage=0 keeps it out, whatever stands beside it: HAProxy. */
    bool zero_forbids_storing;
    /* max-age=0 and what is stale on arrival is kept out: nginx, HAProxy, Varnish. */
    bool stale_is_not_stored;
    /* Without an explicit lifetime it is kept out, whatever the status: nginx, Fastly, Cloudflare.
     */
    bool needs_lifetime;
    unsigned permissions;           /* PERMISSION_… */
    bool ok_needs_lifetime;         /* a 200 is, other statuses not: Traffic Server */
    bool query_needs_lifetime;      /* an answer to a URL with a query is: Apache, Squid */
    bool no_content_is_not_stored;  /* 204: Apache */
    cache_eligibility *is_eligible; /* NULL: everything is */
    const int *statuses;            /* only these are stored; NULL: any final one */
    size_t status_count;
    /* A POST whose Content-Location is its own URI answers later GETs (RFC 9110 section 9.3.3). */
    bool stores_post;
    /* 206 is stored and combined (section 3.3): few do. */
    bool stores_partial;
    /* Missing bytes are asked for even where no strong validator guards them. */
    bool completes_unguarded;

    /* --- Lifetime --- */
    /* Lifetime without an explicit one: this share of Date - Last-Modified, at most so long. 0:
     * none. */
    unsigned heuristic_percent;
    int64_t heuristic_min_s; /* at least so long: Traffic Server */
    int64_t heuristic_max_s;
    /* Only these are guessed about; NULL: those of RFC 9110 section 15.1. Apache, Squid */
    const int *guessed_statuses;
    size_t guessed_count;
    const struct status_lifetime *defaults; /* when none is given, before the heuristic: nginx */
    size_t default_count;
    int64_t default_lifetime_s;   /* when none is given, statuses of RFC 9110 section 15.1: Varnish
                                     120, CloudFront 86400 */
    bool default_needs_validator; /* the default is for a 200 with ETag or Last-Modified: HAProxy */
    bool max_age_counts_from_receipt; /* Age only says whether to store it: HAProxy */
    bool lifetime_is_inclusive;       /* fresh in the second its lifetime ends, too: nginx */
    int64_t min_lifetime_s;           /* never shorter, whatever is said: CloudFront's MinTTL */
    int64_t max_lifetime_s;           /* never longer; 0: no bound. CloudFront's MaxTTL, Squid */
    /* no-store, private and no-cache keep nothing out, they give min_lifetime_s: CloudFront with a
     * MinTTL above 0. */
    bool prohibitions_give_min;
    /* Statuses whose lifetime is the cache's own, whatever the response says; below 0: not stored,
     * 0: stored and asked about each time. Cloudflare's status_code_ttl */
    const struct status_lifetime *own_lifetimes;
    size_t own_lifetime_count;

    /* --- Reuse --- */
    /* stale-while-revalidate counts beside s-maxage, although s-maxage implies proxy-revalidate. */
    bool serves_stale_beside_s_maxage;
    /* Without any word from the origin: Varnish's grace of 10 s; an nginx with "updating". */
    int64_t default_stale_while_revalidate_s;
    /* Without any word from the origin: section 4.2.4 permits it when disconnected. */
    int64_t default_stale_if_error_s;
    /* stale-if-error stands in for no answer at all only, not for 5xx: section 4.2.4. */
    bool error_answer_is_an_answer;
    /* Stale is fetched anew, never asked about: nginx without proxy_cache_revalidate. */
    bool never_validates;
    /* A 304 that names another tag than the one we asked about freshens all the same; the stored
     * tag stays. Zero: it freshens nothing (section 4.3.4). nginx, Fastly */
    bool trusts_any_304;
    enum update_by_304 update_by_304;
    /* A 304 that says otherwise about the content (Content-Type and the like, ETag) is not
     * believed: Apache. */
    bool distrusts_304_about_content;
    unsigned conditions; /* CONDITION_… */
    /* A weak tag is no reason to ask: Squid, Traffic Server. */
    bool asks_by_strong_tags_only;
    /* A request's no-cache fetches anew, without asking about what is stored: Apache, Squid. */
    bool reload_fetches_anew;
    bool pragma_counts_beside_control; /* a request's, against section 5.4: Apache */
    /* A request's no-store goes past the cache, instead of keeping the answer out: Apache. */
    bool request_no_store_reloads;
    /* A request's max-age, min-fresh and max-stale do so, whatever their number: HAProxy. */
    bool request_ages_reload;
    /* A range is served from the store only where the response said Accept-Ranges: nginx. */
    bool ranges_need_permission;
    /* An answer to HEAD changes nothing stored: all but those that follow section 4.3.5. */
    bool head_updates_nothing;
    /* 500 and 503 are asked once more before they are believed: Fastly's VCL. */
    bool retries_failures;
    /* HEAD is sent to the origin as GET, and what comes is stored: Varnish, nginx. Zero: as HEAD,
     * and its answer updates what is stored (section 4.3.5). */
    bool head_is_get;
    /* The client's conditions are not sent when nothing is stored, so that what comes can be
     * stored: nginx, Varnish. */
    bool strips_conditions;
    /* Authorization does not reach the origin unless it is configured to: Squid, CloudFront. */
    bool strips_authorization;
    /* What Surrogate-Capability says of us towards the origin; SPAN_NONE: nothing. Squid */
    struct span surrogate_capability;

    /* --- The answer --- */
    bool unknown_status_is_500;    /* from the store, a status without a name: Apache */
    bool fails_on_transfer_coding; /* of a name it does not know: Varnish, Squid, HAProxy */
    bool strips_content_range;     /* of what is no 206: Varnish, Fastly */
    bool sends_no_age;             /* nginx: the Age of the origin stays as it came */
    bool sends_own_date;           /* Date is when it was sent: nginx, Apache, Fastly */
    bool warns_of_stale;           /* Warning, as RFC 7234 had it: Squid, Apache */
    bool strips_surrogate_control; /* it is not for the client: Fastly, Squid */
    bool keeps_connection_named;   /* fields that Connection names are kept: nginx, HAProxy */

    /* --- Invalidation --- */
    bool never_invalidates;            /* Most CDNs, nginx, Varnish. */
    bool keeps_other_uris;             /* Location and Content-Location stay: Apache, HAProxy. */
    bool invalidates_by_known_methods; /* M-SEARCH and the like do not: Apache */
    bool others_invalidate_on_failure; /* methods beside POST, PUT and DELETE do: Squid */
    bool invalidates_on_failure;       /* whatever the origin answers: Traffic Server 8 */
    bool reads_cache_groups;           /* RFC 9875 */
    /* No-Vary-Search widens what a stored response answers. */
    bool reads_no_vary_search;

    /* --- Many requests at once --- */
    /* Who meets a fetch under way fetches too: nginx without proxy_cache_lock. */
    bool never_collapses;
    /* The first request in the stale-while-revalidate window waits for the origin, the others get
     * the stale response: nginx without proxy_cache_background_update. */
    bool refreshes_in_front;

    /* --- When it is full --- */
    /* The variant of a key that was stored first leads to the others: it counts as used whichever
     * is asked for, and without it the others are not found. nginx */
    bool first_variant_leads;
};

/* RFC 9111 to the letter, with the heuristic it names as typical (section 4.2.2). */
extern const struct cache_policy cache_policy_rfc;
/*
 * What CDNs have in common: CDN-Cache-Control and Surrogate-Control before
 * Cache-Control, nothing stored with Set-Cookie, stale-while-revalidate honoured.
 */
extern const struct cache_policy cache_policy_cdn;
/*
 * RFC 9111 with every permission taken that makes a cache more useful (targeted
 * fields, POST, partial responses, normalised languages) and, where a message
 * leaves doubt, the cautious reading. What the edge of the fixtures obeys.
 */
extern const struct cache_policy cache_policy_optimal;

#endif
