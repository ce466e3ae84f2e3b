/* Programs one runs oneself. tests/conformance/profiles_real asks the real ones. */
#include "profiles.h"
#include "rehearse/http/date.h"

enum { DAY_S = 86400, HOUR_S = 3600 };
#define FOREVER_S (1000 * 365 * INT64_C(86400))

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

static const int apache_guessed[] = { 200, 203, 300, 301 };
static const struct cache_policy apache_policy = {
    .name = "apache",
    .ignores_response = RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE | RESPONSE_STALE_IF_ERROR,
    .bad_number = BAD_NUMBER_IGNORED,
    .repeated = REPEATED_LAST,
    .quotes_spoil_number = true,
    .spaces_spoil_directive = true,
    .dates_tolerated = HTTP_DATE_COMMA | HTTP_DATE_UTC | HTTP_DATE_OTHER_ZONE,
    .pragma = PRAGMA_COUNTS,
    .authorized = AUTHORIZED_PASSES,
    .vary_normalises = VARY_BYTES,
    .stale_is_not_stored = true,
    .heuristic_percent = 10,
    .heuristic_max_s = DAY_S,
    .guessed_statuses = apache_guessed,
    .guessed_count = PROFILE_COUNT(apache_guessed),
    .permissions = PERMISSION_CONTROL,
    .query_needs_lifetime = true,
    .no_content_is_not_stored = true,
    .default_lifetime_s = HOUR_S,
    .default_needs_validator = true,
    .serves_stale_beside_s_maxage = true,
    .default_stale_if_error_s = FOREVER_S,
    .distrusts_304_about_content = true,
    .conditions = CONDITION_TAG_BARE | CONDITION_TAG_ODD,
    .reload_fetches_anew = true,
    .pragma_counts_beside_control = true,
    .request_no_store_reloads = true,
    .head_updates_nothing = true,
    .unknown_status_is_500 = true,
    .sends_own_date = true,
    .warns_of_stale = true,
    .keeps_other_uris = true,
    .invalidates_by_known_methods = true,
};
static const struct profile_fact apache_facts[] = {
    { PROFILE_DOCUMENTED, "CacheStaleOnError is on: what is stored stands in for a 5xx of the "
                          "origin, however old, unless must-revalidate forbids it." },
    { PROFILE_DOCUMENTED, "CacheLastModifiedFactor 0.1 and CacheMaxExpire one day; "
                          "CacheDefaultExpire one hour." },
    { PROFILE_DOCUMENTED, "Without ETag, Last-Modified and Expires nothing is stored "
                          "(CacheIgnoreNoLastMod Off)." },
    { PROFILE_MEASURED, "Requests' no-cache, no-store, max-age, min-fresh and max-stale count." },
    { PROFILE_MEASURED,
      "Answers to requests with Authorization are not stored, whatever they say." },
    { PROFILE_MEASURED, "A 304 that says otherwise about type, length, coding or tag is not "
                        "believed: the whole is fetched." },
    { PROFILE_MEASURED, "Pragma: no-cache in a response is obeyed, beside Cache-Control too." },
    { PROFILE_MEASURED, "POST, PUT and DELETE invalidate their URI, not Location's." },
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
    .ignores_request =
        REQUEST_NO_STORE | REQUEST_ONLY_IF_CACHED | REQUEST_STALE_IF_ERROR | REQUEST_RANGE,
    .ignores_response = RESPONSE_DATE | RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE |
                        RESPONSE_STALE_IF_ERROR | RESPONSE_FIELD_LISTS | RESPONSE_DATE_IN_EXPIRES,
    .bad_number = BAD_NUMBER_DIGITS,
    .repeated = REPEATED_LAST,
    .doubtful_age = DOUBTFUL_AGE_STALE,
    .dates_refused = HTTP_DATE_CASE,
    .pragma = PRAGMA_COUNTS,
    .authorized = AUTHORIZED_NEEDS_PUBLIC,
    .authorized_answer = AUTHORIZED_GETS_NONE,
    .vary = VARY_FORBIDS,
    .no_cache_forbids_storing = true,
    .zero_forbids_storing = true,
    .stale_is_not_stored = true,
    .statuses = haproxy_statuses,
    .status_count = PROFILE_COUNT(haproxy_statuses),
    .default_lifetime_s = 60,
    .default_needs_validator = true,
    .max_lifetime_s = 60,
    .max_age_counts_from_receipt = true,
    .never_validates = true,
    .conditions = CONDITION_TAG_BARE | CONDITION_TAG_ODD | CONDITION_DATE_MODIFIED,
    .request_ages_reload = true,
    .head_updates_nothing = true,
    .fails_on_transfer_coding = true,
    .keeps_connection_named = true,
    .keeps_other_uris = true,
};
static const struct profile_fact haproxy_facts[] = {
    { PROFILE_DOCUMENTED, "Only answers to GET with status 200 are stored; max-age of the cache "
                          "section, 60 s, bounds every lifetime." },
    { PROFILE_DOCUMENTED, "Without process-vary a response with Vary is not stored." },
    { PROFILE_MEASURED, "What gives no lifetime is stored when it has ETag or Last-Modified." },
    { PROFILE_MEASURED, "Set-Cookie keeps nothing out." },
    { PROFILE_MEASURED, "What is stale is fetched anew; the origin is never asked about it." },
    { PROFILE_MEASURED, "An unsafe request that succeeds makes its URI invalid." },
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
    .reads_accel_expires = true,
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_AGE | RESPONSE_DATE | RESPONSE_DATE_IN_EXPIRES |
                        RESPONSE_MUST_REVALIDATE | RESPONSE_MUST_UNDERSTAND |
                        RESPONSE_FIELD_LISTS_BROAD,
    .searches_for_prohibitions = true,
    .bad_number = BAD_NUMBER_NO_CACHE,
    .repeated = REPEATED_LAST_LINE,
    .quotes_spoil_number = true,
    .spaces_spoil_directive = true,
    .dates_tolerated = HTTP_DATE_UTC | HTTP_DATE_OTHER_ZONE,
    .set_cookie_forbids_storing = true,
    .authorized = AUTHORIZED_IS_STORED,
    .vary_star = VARY_STAR_ALONE,
    .vary_normalises = VARY_BYTES | VARY_FIRST_LINE | VARY_LANGUAGE_SPACE,
    .no_cache_forbids_storing = true,
    .needs_lifetime = true,
    .stale_is_not_stored = true,
    .lifetime_is_inclusive = true,
    .serves_stale_beside_s_maxage = true,
    .error_answer_is_an_answer = true,
    .never_validates = true,
    .trusts_any_304 = true,
    .update_by_304 = UPDATE_NOTHING,
    .conditions =
        CONDITION_TAG_BYTES | CONDITION_DATE_EXACT | CONDITION_DATE_MODIFIED | CONDITION_BOTH,
    .ranges_need_permission = true,
    .head_is_get = true,
    .strips_conditions = true,
    .sends_no_age = true,
    .sends_own_date = true,
    .keeps_connection_named = true,
    .never_invalidates = true,
    .never_collapses = true,
    .refreshes_in_front = true,
    .first_variant_leads = true,
};
static const struct profile_fact nginx_facts[] = {
    { PROFILE_SOURCE, "Cache-Control is searched for words: no-cache, no-store and private keep a "
                      "response out wherever they stand." },
    { PROFILE_DOCUMENTED, "X-Accel-Expires sets the lifetime before Cache-Control and Expires." },
    { PROFILE_SOURCE, "Set-Cookie keeps a response out; Cookie and Authorization mean nothing." },
    { PROFILE_SOURCE, "Age and Date mean nothing; the clock is nginx's own, and it sends no Age." },
    { PROFILE_DOCUMENTED, "Without proxy_cache_valid nothing is stored that gives no lifetime." },
    { PROFILE_DOCUMENTED, "proxy_cache_revalidate is off: what has expired is fetched anew." },
    { PROFILE_DOCUMENTED, "HEAD is fetched as GET (proxy_cache_convert_head)." },
    { PROFILE_MEASURED, "A 304 changes no stored field." },
    { PROFILE_MEASURED,
      "A range is cut from the stored only where the origin said Accept-Ranges." },
    { PROFILE_MEASURED, "If-Modified-Since has to be the Last-Modified itself." },
    { PROFILE_SOURCE, "Variants are found through the one of their key that was stored first, "
                      "which counts as used whichever is asked for." },
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
                        RESPONSE_PRIVATE | RESPONSE_FIELD_LISTS | RESPONSE_STALE_WHILE |
                        RESPONSE_STALE_IF_ERROR,
    .quotes_spoil_number = true,
    .names_in_lower_case = true,
    .s_maxage_is_max_age = true,
    .spaces_spoil_directive = true,
    .authorized = AUTHORIZED_IS_STORED,
    .needs_lifetime = true,
    .never_validates = true,
    .conditions = CONDITION_TAG_BARE | CONDITION_TAG_ODD | CONDITION_DATE_EXACT |
                  CONDITION_DATE_MODIFIED | CONDITION_BOTH | CONDITION_DATE_IMF_ONLY,
    .head_updates_nothing = true,
    .sends_no_age = true,
    .sends_own_date = true,
    .keeps_connection_named = true,
    .never_invalidates = true,
};
static const struct profile_fact nuster_facts[] = {
    { PROFILE_MEASURED,
      "Only Cache-Control's max-age and s-maxage give a lifetime; Expires none." },
    { PROFILE_MEASURED, "no-cache, no-store and private are not obeyed: what is stored is up to "
                        "its configuration." },
};
const struct cache_profile profile_nuster = {
    .name = PROFILE_TEXT("nuster"),
    .title = "nuster, the caching fork of HAProxy",
    .about = "takes its lifetimes from Cache-Control alone and its rules from its configuration",
    .policy = &nuster_policy,
    PROFILE_FACTS(nuster_facts),
};

/* --- Squid --- */

static const int squid_statuses[] = { 200, 203, 300, 301, 302, 307, 308, 410 };
static const int squid_guessed[] = { 200, 203, 300, 301, 308, 410 };
static const struct cache_policy squid_policy = {
    .name = "squid",
    .ignores_response = RESPONSE_DATE_IN_EXPIRES | RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_WHILE |
                        RESPONSE_FIELD_LISTS_BROAD,
    .bad_number = BAD_NUMBER_DIGITS,
    .quotes_spoil_number = true,
    .names_in_lower_case = true,
    .seconds_wrap = true,
    .spaces_spoil_directive = true,
    .doubtful_age = DOUBTFUL_AGE_DIGITS,
    .dates_tolerated = HTTP_DATE_COMMA | HTTP_DATE_SHORT_YEAR | HTTP_DATE_SPACES | HTTP_DATE_DASHES,
    .pragma = PRAGMA_STANDS_IN,
    .drops_set_cookie = true,
    .vary_normalises = VARY_BYTES,
    .statuses = squid_statuses,
    .status_count = PROFILE_COUNT(squid_statuses),
    .heuristic_percent = 20,
    .heuristic_max_s = 3 * DAY_S,
    .guessed_statuses = squid_guessed,
    .guessed_count = PROFILE_COUNT(squid_guessed),
    .query_needs_lifetime = true,
    .default_stale_if_error_s = 7 * DAY_S,
    .trusts_any_304 = true,
    .update_by_304 = UPDATE_EVERYTHING,
    .conditions = CONDITION_TAG_BARE | CONDITION_TAG_ODD | CONDITION_DATE_MODIFIED,
    .asks_by_strong_tags_only = true,
    .reload_fetches_anew = true,
    .head_updates_nothing = true,
    .strips_authorization = true,
    .surrogate_capability = PROFILE_TEXT("unset-id=\"Surrogate/1.0 ESI/1.0\""),
    .surrogate_control_forbids_storing = true,
    .fails_on_transfer_coding = true,
    .others_invalidate_on_failure = true,
    .warns_of_stale = true,
    .strips_surrogate_control = true,
};
static const struct profile_fact squid_facts[] = {
    { PROFILE_DOCUMENTED, "refresh_pattern . 0 20% 4320: a fifth of its age since Last-Modified, "
                          "at most three days." },
    { PROFILE_DOCUMENTED, "max_stale is one week: so long it serves stale when the origin fails." },
    { PROFILE_MEASURED, "Set-Cookie keeps nothing out, and is taken off stored answers." },
    { PROFILE_MEASURED, "A 304 is believed whatever tag it names, and changes every field." },
    { PROFILE_MEASURED, "As an accelerator it does not pass Authorization on unless the peer says "
                        "login=PASS." },
    { PROFILE_MEASURED, "Directives count in lower case only; no-cache with a list of fields is "
                        "no-cache." },
    { PROFILE_MEASURED, "Stored: 200, 203, 300, 301, 302, 307, 308 and 410." },
};
const struct cache_profile profile_squid = {
    .name = PROFILE_TEXT("squid"),
    .title = "Squid 5 as accelerator",
    .about = "close to the RFC; stored answers lose their Set-Cookie",
    .policy = &squid_policy,
    PROFILE_FACTS(squid_facts),
};

/* --- Traffic Server --- */

static const int trafficserver_guessed[] = { 203, 300, 301, 410 };
static const struct cache_policy trafficserver_policy = {
    .name = "trafficserver",
    .ignores_request = REQUEST_NO_CACHE | REQUEST_MAX_AGE | REQUEST_NO_STORE | REQUEST_PRAGMA,
    .ignores_response = RESPONSE_STALE_WHILE | RESPONSE_STALE_IF_ERROR | RESPONSE_MUST_UNDERSTAND |
                        RESPONSE_FIELD_LISTS_BROAD,
    .bad_number = BAD_NUMBER_ANY_DIGITS,
    .repeated = REPEATED_LAST,
    .doubtful_age = DOUBTFUL_AGE_DIGITS,
    .dates_tolerated = HTTP_DATE_COMMA | HTTP_DATE_UTC | HTTP_DATE_OTHER_ZONE |
                       HTTP_DATE_SHORT_YEAR | HTTP_DATE_DASHES | HTTP_DATE_ONE_DIGIT,
    .pragma = PRAGMA_COUNTS,
    .drops_set_cookie = true,
    .authorized = AUTHORIZED_IS_STORED,
    .authorized_answer = AUTHORIZED_GETS_PUBLIC,
    .vary_normalises = VARY_CASE | VARY_LANGUAGE_CASE | VARY_ENCODING_PLAIN,
    .permissions = PERMISSION_REVALIDATE,
    .ok_needs_lifetime = true,
    .default_lifetime_s = HOUR_S,
    .heuristic_percent = 10,
    .heuristic_min_s = HOUR_S,
    .heuristic_max_s = DAY_S,
    .guessed_statuses = trafficserver_guessed,
    .guessed_count = PROFILE_COUNT(trafficserver_guessed),
    .default_stale_if_error_s = 7 * DAY_S,
    .trusts_any_304 = true,
    .update_by_304 = UPDATE_EVERYTHING,
    .conditions = CONDITION_TAG_ODD | CONDITION_DATE_MODIFIED,
    .asks_by_strong_tags_only = true,
    .head_updates_nothing = true,
    .strips_conditions = true,
    .fails_on_transfer_coding = true,
    .warns_of_stale = true,
    .keeps_connection_named = true,
    .keeps_other_uris = true,
    .invalidates_by_known_methods = true,
};
static const struct profile_fact trafficserver_facts[] = {
    { PROFILE_DOCUMENTED, "required_headers is 2: a 200 is not stored without an explicit "
                          "lifetime." },
    { PROFILE_DOCUMENTED, "heuristic_min_lifetime one hour, heuristic_max_lifetime one day, "
                          "heuristic_lm_factor 0.1." },
    { PROFILE_DOCUMENTED, "Requests' no-cache and max-age do not count (ignore_client_no_cache and "
                          "ignore_client_cc_max_age are 1)." },
    { PROFILE_MEASURED, "Answers to requests with Authorization are stored." },
    { PROFILE_MEASURED, "Set-Cookie keeps nothing out, and is taken off stored answers." },
    { PROFILE_DOCUMENTED, "max_stale_age is one week: so long it serves stale when the origin "
                          "fails." },
    { PROFILE_MEASURED, "Of several max-age the last counts; a number is looked for in what is "
                        "none." },
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
    .heeds_surrogate_no_store = true,
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_DATE | RESPONSE_MUST_REVALIDATE | RESPONSE_MUST_UNDERSTAND |
                        RESPONSE_STALE_IF_ERROR | RESPONSE_FIELD_LISTS_BROAD,
    .bad_number = BAD_NUMBER_DECIMAL,
    .bad_expires_is_absent = true,
    .searches_for_prohibitions = true,
    .quotes_spoil_number = true,
    .dates_refused = HTTP_DATE_ASCTIME | HTTP_DATE_CASE,
    .set_cookie_forbids_storing = true,
    .cookie_passes = true,
    .authorized = AUTHORIZED_PASSES,
    .vary_star = VARY_STAR_ONLY,
    .vary_normalises = VARY_BYTES | VARY_FIRST_LINE | VARY_ENCODING_NEVER,
    .no_cache_forbids_storing = true,
    .stale_is_not_stored = true,
    .statuses = varnish_statuses,
    .status_count = PROFILE_COUNT(varnish_statuses),
    .default_lifetime_s = 120,
    .serves_stale_beside_s_maxage = true,
    .default_stale_while_revalidate_s = 10,
    .trusts_any_304 = true,
    .update_by_304 = UPDATE_EVERYTHING,
    .conditions = CONDITION_TAG_BYTES | CONDITION_TAG_ONE | CONDITION_DATE_MODIFIED,
    .head_is_get = true,
    .strips_conditions = true,
    .fails_on_transfer_coding = true,
    .strips_content_range = true,
    .never_invalidates = true,
};
static const struct profile_fact varnish_facts[] = {
    { PROFILE_SOURCE, "Requests with Cookie or Authorization pass; what has Set-Cookie, no-cache, "
                      "no-store or private is not stored." },
    { PROFILE_SOURCE, "default_ttl is 120 s, for 200, 203, 204, 300, 301, 304, 404, 410 and 414." },
    { PROFILE_SOURCE, "default_grace is 10 s: so long it serves stale while it fetches; "
                      "stale-while-revalidate says otherwise." },
    { PROFILE_SOURCE, "Surrogate-Control: no-store keeps a response out; its lifetimes say "
                      "nothing." },
    { PROFILE_MEASURED, "If-None-Match is compared as one tag, no list." },
    { PROFILE_MEASURED, "Date does not make a response older; Age does." },
};
const struct cache_profile profile_varnish = {
    .name = PROFILE_TEXT("varnish"),
    .title = "Varnish 7 with its built-in VCL",
    .about = "keeps for 120 s what says nothing, serves 10 s past that while it fetches",
    .policy = &varnish_policy,
    PROFILE_FACTS(varnish_facts),
};
