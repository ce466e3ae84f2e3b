/* Programs one runs oneself. tests/conformance/profiles_real asks the real ones. */
#include "profiles.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

static const struct profile_fact rfc_facts[] = {
    { PROFILE_SOURCE, "RFC 9111 to the letter, with the heuristic it names as typical." },
};
const struct cache_profile profile_rfc = {
    .name = PROFILE_TEXT("rfc"),
    .title = "a shared cache by RFC 9111",
    .about = "does what the RFC says; the measure for all others",
    .policy = &cache_policy_rfc,
    PROFILE_FACTS(rfc_facts),
};

/* --- Apache httpd, mod_cache --- */

static const struct cache_policy apache_policy = {
    .name = "apache",
    .bad_number = BAD_NUMBER_IGNORED,
    .repeated = REPEATED_LAST,
    .vary_normalises = VARY_BYTES,
    .ignores_response = RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE | RESPONSE_STALE_IF_ERROR,
    .heuristic_percent = 10,
    .heuristic_max_s = DAY_S,
    .default_stale_if_error_s = INT64_MAX / 4,
};
static const struct profile_fact apache_facts[] = {
    { PROFILE_DOCUMENTED, "CacheStaleOnError is on: what is stored stands in for a 5xx of the "
                          "origin, however old, unless must-revalidate forbids it." },
};
const struct cache_profile profile_apache = {
    .name = PROFILE_TEXT("apache"),
    .title = "Apache httpd 2.4, mod_cache with mod_cache_disk",
    .about = "obeys requests' no-cache, max-age and min-fresh; serves stale when the origin fails",
    .policy = &apache_policy,
    PROFILE_FACTS(apache_facts),
};

/* --- HAProxy --- */

static const int haproxy_statuses[] = { 200 };
static const struct cache_policy haproxy_policy = {
    .name = "haproxy",
    .ignores_request = REQUEST_ALL_DIRECTIVES | REQUEST_RANGE,
    .ignores_response = RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE | RESPONSE_STALE_IF_ERROR,
    .vary = VARY_FORBIDS,
    .no_cache_forbids_storing = true,
    .statuses = haproxy_statuses,
    .status_count = PROFILE_COUNT(haproxy_statuses),
    .needs_lifetime = true,
    .stale_is_not_stored = true,
    .max_lifetime_s = 60,
    .never_validates = true,
};
static const struct profile_fact haproxy_facts[] = {
    { PROFILE_DOCUMENTED, "Only answers to GET with status 200 are stored; max-age of the cache "
                          "section, 60 s, bounds every lifetime." },
};
const struct cache_profile profile_haproxy = {
    .name = PROFILE_TEXT("haproxy"),
    .title = "HAProxy 2.6, cache section",
    .about = "a small cache of 200s: no Vary, no validation, at most 60 s unless set otherwise",
    .policy = &haproxy_policy,
    PROFILE_FACTS(haproxy_facts),
};

/* --- nginx --- */

static const struct cache_policy nginx_policy = {
    .name = "nginx",
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_AGE | RESPONSE_DATE | RESPONSE_MUST_REVALIDATE |
                        RESPONSE_MUST_UNDERSTAND | RESPONSE_FIELD_LISTS_BROAD,
    .bad_number = BAD_NUMBER_NO_CACHE,
    .spaces_spoil_directive = true,
    .set_cookie_forbids_storing = true,
    .authorized = AUTHORIZED_IS_STORED,
    .no_cache_forbids_storing = true,
    .needs_lifetime = true,
    .stale_is_not_stored = true,
    .vary_normalises = VARY_BYTES,
    .never_validates = true,
    .trusts_any_304 = true,
    .head_is_get = true,
    .strips_conditions = true,
    .never_invalidates = true,
    .never_collapses = true,
    .counts_whole_seconds = true,
    .refreshes_in_front = true,
};
static const struct profile_fact nginx_facts[] = {
    { PROFILE_SOURCE, "Cache-Control is searched for words: no-cache, no-store and private keep a "
                      "response out wherever they stand." },
};
const struct cache_profile profile_nginx = {
    .name = PROFILE_TEXT("nginx"),
    .title = "nginx 1.22, proxy_cache",
    .about = "hears no request directive, stores nothing without a lifetime or with Set-Cookie",
    .policy = &nginx_policy,
    PROFILE_FACTS(nginx_facts),
};

/* --- nuster --- */

static const struct cache_policy nuster_policy = {
    .name = "nuster",
    .ignores_request = REQUEST_ALL_DIRECTIVES | REQUEST_RANGE,
    .ignores_response = RESPONSE_EXPIRES | RESPONSE_AGE | RESPONSE_DATE | RESPONSE_MUST_REVALIDATE |
                        RESPONSE_MUST_UNDERSTAND | RESPONSE_NO_CACHE | RESPONSE_NO_STORE |
                        RESPONSE_PRIVATE,
    .authorized = AUTHORIZED_IS_STORED,
    .needs_lifetime = true,
    .never_validates = true,
    .never_invalidates = true,
};
static const struct profile_fact nuster_facts[] = {
    { PROFILE_MEASURED,
      "Only Cache-Control's max-age and s-maxage give a lifetime; Expires none." },
};
const struct cache_profile profile_nuster = {
    .name = PROFILE_TEXT("nuster"),
    .title = "nuster, the caching fork of HAProxy",
    .about = "takes its lifetimes from Cache-Control alone and its rules from its configuration",
    .policy = &nuster_policy,
    PROFILE_FACTS(nuster_facts),
};

/* --- Squid --- */

static const struct cache_policy squid_policy = {
    .name = "squid",
    .ignores_response = RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE,
    .spaces_spoil_directive = true,
    .bad_number = BAD_NUMBER_DIGITS,
    .doubtful_age = DOUBTFUL_AGE_DIGITS,
    .pragma = PRAGMA_STANDS_IN,
    .drops_set_cookie = true,
    .vary_normalises = VARY_BYTES,
    .heuristic_percent = 20,
    .heuristic_max_s = 3 * DAY_S,
    .default_stale_if_error_s = 7 * DAY_S,
};
static const struct profile_fact squid_facts[] = {
    { PROFILE_SOURCE, "refresh_pattern . 0 20% 4320: a fifth of its age since Last-Modified, at "
                      "most three days." },
};
const struct cache_profile profile_squid = {
    .name = PROFILE_TEXT("squid"),
    .title = "Squid 5 as accelerator",
    .about = "close to the RFC; stored answers lose their Set-Cookie",
    .policy = &squid_policy,
    PROFILE_FACTS(squid_facts),
};

/* --- Traffic Server --- */

static const struct cache_policy trafficserver_policy = {
    .name = "trafficserver",
    .ignores_request = REQUEST_NO_CACHE | REQUEST_MAX_AGE | REQUEST_PRAGMA,
    .ignores_response = RESPONSE_STALE_WHILE | RESPONSE_STALE_IF_ERROR,
    .bad_number = BAD_NUMBER_DIGITS,
    .repeated = REPEATED_LAST,
    .doubtful_age = DOUBTFUL_AGE_DIGITS,
    .needs_lifetime = true,
    .keeps_other_uris = true,
};
static const struct profile_fact trafficserver_facts[] = {
    { PROFILE_DOCUMENTED,
      "required_headers is 2: nothing is stored without an explicit lifetime." },
};
const struct cache_profile profile_trafficserver = {
    .name = PROFILE_TEXT("trafficserver"),
    .title = "Apache Traffic Server 9.2",
    .about = "stores only what has an explicit lifetime, cookies or not; keeps alternates by Vary",
    .policy = &trafficserver_policy,
    PROFILE_FACTS(trafficserver_facts),
};

/* --- Varnish --- */

static const int varnish_statuses[] = { 200, 203, 204, 300, 301, 302, 304, 307, 404, 410, 414 };
static const struct cache_policy varnish_policy = {
    .name = "varnish",
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_DATE | RESPONSE_MUST_REVALIDATE | RESPONSE_MUST_UNDERSTAND |
                        RESPONSE_STALE_IF_ERROR | RESPONSE_FIELD_LISTS_BROAD,
    .bad_number = BAD_NUMBER_DIGITS,
    .set_cookie_forbids_storing = true,
    .cookie_passes = true,
    .authorized = AUTHORIZED_PASSES,
    .no_cache_forbids_storing = true,
    .stale_is_not_stored = true,
    .statuses = varnish_statuses,
    .status_count = PROFILE_COUNT(varnish_statuses),
    .vary_normalises = VARY_BYTES,
    .default_lifetime_s = 120,
    .serves_stale_beside_s_maxage = true,
    .default_stale_while_revalidate_s = 10,
    .head_is_get = true,
    .strips_conditions = true,
    .never_invalidates = true,
};
static const struct profile_fact varnish_facts[] = {
    { PROFILE_SOURCE, "Requests with Cookie or Authorization pass; Set-Cookie is not stored." },
};
const struct cache_profile profile_varnish = {
    .name = PROFILE_TEXT("varnish"),
    .title = "Varnish 7 with its built-in VCL",
    .about = "keeps for 120 s what says nothing, serves 10 s past that while it fetches",
    .policy = &varnish_policy,
    PROFILE_FACTS(varnish_facts),
};
