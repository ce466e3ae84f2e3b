/* Services one buys. What is written of them is their makers' word and what was measured on them.
 */
#include "profiles.h"
#include "rehearse/http/date.h"
#include "rehearse/http/exchange.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

/* --- Akamai --- */

static const int akamai_statuses[] = { 200, 203, 300, 301, 308 };
static const struct span akamai_vary[] = { PROFILE_TEXT("Accept-Encoding") };
static const struct cache_policy akamai_policy = {
    .name = "akamai",
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_MUST_UNDERSTAND,
    .drops_set_cookie = true,
    .authorized = AUTHORIZED_IS_STORED,
    .vary = VARY_FORBIDS,
    .vary_names = akamai_vary,
    .vary_name_count = PROFILE_COUNT(akamai_vary),
    .needs_lifetime = true,
    .statuses = akamai_statuses,
    .status_count = PROFILE_COUNT(akamai_statuses),
    .serves_stale_beside_s_maxage = true,
    .default_stale_if_error_s = 7 * DAY_S,
    .head_is_get = true,
    .strips_conditions = true,
    .never_invalidates = true,
};
static const struct profile_fact akamai_facts[] = {
    { PROFILE_DOCUMENTED, "Vary with another name than Accept-Encoding keeps a response out, "
                          "unless removeVary is on." },
    { PROFILE_DOCUMENTED, "302 and 307 are not kept unless cacheRedirect is on." },
    { PROFILE_DOCUMENTED,
      "Without mustRevalidate stale content is served while the origin fails." },
    { PROFILE_ASSUMED, "The caching behaviour honours the origin's Cache-Control and Expires; what "
                       "gives no lifetime is not kept." },
    { PROFILE_ASSUMED, "Set-Cookie keeps nothing out, and is not served from the cache." },
    { PROFILE_ASSUMED, "Requests' Cache-Control and Authorization mean nothing to it." },
};
const struct cache_profile profile_akamai = {
    .name = PROFILE_TEXT("akamai"),
    .title = "Akamai, honouring the origin's Cache-Control and Expires",
    .about = "keeps what gives a lifetime and varies on Accept-Encoding at most",
    .policy = &akamai_policy,
    PROFILE_FACTS(akamai_facts),
};

/* --- Cloudflare --- */

/* developers.cloudflare.com/cache/concepts/default-cache-behavior */
static const char *const cloudflare_extensions[] = {
    "7z",   "avi",  "avif", "apk",   "bin", "bmp",  "bz2",  "class", "css", "csv", "doc",  "docx",
    "dmg",  "ejs",  "eot",  "eps",   "exe", "flac", "gif",  "gz",    "ico", "iso", "jar",  "jpg",
    "jpeg", "js",   "mid",  "midi",  "mkv", "mp3",  "mp4",  "ogg",   "otf", "pdf", "pict", "pls",
    "png",  "ppt",  "pptx", "ps",    "rar", "svg",  "svgz", "swf",   "tar", "tif", "tiff", "ttf",
    "webm", "webp", "woff", "woff2", "xls", "xlsx", "zip",  "zst",
};

/* By the path alone: neither the type of the answer nor its lifetime makes a page eligible. */
static bool has_static_extension(const struct http_request *request,
                                 const struct http_response *response, bool has_lifetime)
{
    (void)response;
    (void)has_lifetime;
    struct span query = request->target;
    struct span path = span_cut(&query, '?');
    struct span file = span_from(path, (size_t)(span_rfind_char(path, '/') + 1));
    ptrdiff_t dot = span_rfind_char(file, '.');
    if (span_eq(path, SPAN("/robots.txt")))
        return true;
    for (size_t i = 0; dot >= 0 && i < PROFILE_COUNT(cloudflare_extensions); i++)
        if (span_ieq(span_from(file, (size_t)dot + 1), span_of(cloudflare_extensions[i])))
            return true;
    return false;
}

static const struct span cloudflare_targets[] = { PROFILE_TEXT("Cloudflare-CDN-Cache-Control"),
                                                  PROFILE_TEXT("CDN-Cache-Control") };
static const struct status_lifetime cloudflare_defaults[] = {
    { 200, 120 * 60 }, { 206, 120 * 60 }, { 301, 120 * 60 }, { 302, 20 * 60 },
    { 303, 20 * 60 },  { 404, 3 * 60 },   { 410, 3 * 60 },
};
static const struct cache_policy cloudflare_policy = {
    .name = "cloudflare",
    .targets = cloudflare_targets,
    .target_count = PROFILE_COUNT(cloudflare_targets),
    .reads_surrogate_control = true,
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_MUST_UNDERSTAND,
    .set_cookie_forbids_storing = true,
    .vary = VARY_IGNORED,
    .stale_is_not_stored = true,
    .needs_lifetime = true,
    .is_eligible = has_static_extension,
    .defaults = cloudflare_defaults,
    .default_count = PROFILE_COUNT(cloudflare_defaults),
    .serves_stale_beside_s_maxage = true,
    .head_is_get = true,
    .strips_conditions = true,
    .strips_surrogate_control = true,
    .never_invalidates = true,
};
static const struct profile_fact cloudflare_facts[] = {
    { PROFILE_DOCUMENTED, "Only paths with the extension of a static file (.css, .js, .png, …) and "
                          "/robots.txt are kept; pages and JSON are not, whatever they say." },
    { PROFILE_DOCUMENTED, "Cloudflare-CDN-Cache-Control, CDN-Cache-Control and Surrogate-Control "
                          "come before Cache-Control." },
    { PROFILE_DOCUMENTED, "Without a lifetime: 120 min for 200, 206 and 301, 20 min for 302 and "
                          "303, 3 min for 404 and 410." },
    { PROFILE_DOCUMENTED, "Set-Cookie, private, no-cache, no-store and max-age=0 keep a response "
                          "out." },
    { PROFILE_DOCUMENTED, "Authorization keeps a response out, unless must-revalidate, public or "
                          "s-maxage is there." },
    { PROFILE_DOCUMENTED, "Vary is not looked at." },
};
const struct cache_profile profile_cloudflare = {
    .name = PROFILE_TEXT("cloudflare"),
    .title = "Cloudflare without cache rules",
    .about = "keeps static files by their extension; pages never",
    .policy = &cloudflare_policy,
    PROFILE_FACTS(cloudflare_facts),
};

/* --- CloudFront --- */

static const struct status_lifetime cloudfront_defaults[] = {
    { 400, 10 }, { 403, 10 }, { 404, 10 }, { 405, 10 }, { 414, 10 }, { 416, 10 },
    { 500, 10 }, { 501, 10 }, { 502, 10 }, { 503, 10 }, { 504, 10 },
};
static const int cloudfront_statuses[] = { 200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403,
                                           404, 405, 410, 414, 416, 500, 501, 502, 503, 504 };
static const struct cache_policy cloudfront_policy = {
    .name = "cloudfront",
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_MUST_UNDERSTAND,
    .drops_set_cookie = true,
    .authorized = AUTHORIZED_IS_STORED,
    .vary = VARY_IGNORED,
    .statuses = cloudfront_statuses,
    .status_count = PROFILE_COUNT(cloudfront_statuses),
    .defaults = cloudfront_defaults,
    .default_count = PROFILE_COUNT(cloudfront_defaults),
    .default_lifetime_s = DAY_S,
    .max_lifetime_s = 365 * DAY_S,
    .serves_stale_beside_s_maxage = true,
    .default_stale_if_error_s = 365 * DAY_S,
    .strips_conditions = true,
    .strips_authorization = true,
    .never_invalidates = true,
};
static const struct profile_fact cloudfront_facts[] = {
    { PROFILE_DOCUMENTED, "Managed policy CachingOptimized: without a lifetime one day, at most a "
                          "year; errors 10 s." },
    { PROFILE_DOCUMENTED, "Left out here: that policy's MinTTL of 1 s, for which it keeps private "
                          "and no-store too. A cache policy file brings its own." },
    { PROFILE_DOCUMENTED, "Vary selects nothing: what varies has to be in the cache policy." },
    { PROFILE_DOCUMENTED, "Cookie and Authorization do not reach the origin, Set-Cookie does not "
                          "reach the visitor." },
    { PROFILE_DOCUMENTED, "Requests' Cache-Control and Pragma mean nothing." },
    { PROFILE_DOCUMENTED, "What has expired is served while the origin fails, unless "
                          "stale-if-error says otherwise." },
};
const struct cache_profile profile_cloudfront = {
    .name = PROFILE_TEXT("cloudfront"),
    .title = "Amazon CloudFront with CachingOptimized",
    .about = "keeps for a day what says nothing; cookies, Authorization and Vary do not count",
    .policy = &cloudfront_policy,
    PROFILE_FACTS(cloudfront_facts),
};

/* --- Fastly --- */

static const int fastly_statuses[] = { 200, 203, 300, 301, 302, 404, 410 };
static const struct cache_policy fastly_policy = {
    .name = "fastly",
    .reads_surrogate_control = true,
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_DATE | RESPONSE_DATE_IN_EXPIRES | RESPONSE_AGE_IN_EXPIRES |
                        RESPONSE_NO_STORE | RESPONSE_NO_CACHE | RESPONSE_MUST_REVALIDATE |
                        RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_IF_ERROR | RESPONSE_FIELD_LISTS,
    .bad_number = BAD_NUMBER_DIGITS,
    .quotes_spoil_number = true,
    .names_in_lower_case = true,
    .doubtful_age = DOUBTFUL_AGE_DIGITS,
    .dates_tolerated = HTTP_DATE_SPACES | HTTP_DATE_ONE_DIGIT,
    .set_cookie_forbids_storing = true,
    .authorized = AUTHORIZED_IS_STORED,
    .vary_star = VARY_STAR_SAYS_NOTHING,
    .vary_normalises = VARY_BYTES | VARY_FIRST_LINE,
    .statuses = fastly_statuses,
    .status_count = PROFILE_COUNT(fastly_statuses),
    .default_lifetime_s = HOUR_S,
    .serves_stale_beside_s_maxage = true,
    .trusts_any_304 = true,
    .update_by_304 = UPDATE_NOTHING,
    .conditions = CONDITION_TAG_BYTES | CONDITION_DATE_MODIFIED,
    .retries_failures = true,
    .head_is_get = true,
    .strips_conditions = true,
    .sends_own_date = true,
    .fails_on_transfer_coding = true,
    .strips_content_range = true,
    .strips_surrogate_control = true,
    .keeps_connection_named = true,
    .never_invalidates = true,
};
static const struct profile_fact fastly_facts[] = {
    { PROFILE_DOCUMENTED, "Surrogate-Control before Cache-Control, and not for the visitor." },
    { PROFILE_MEASURED, "Of Cache-Control's prohibitions only private counts; no-store and "
                        "no-cache do not." },
    { PROFILE_DOCUMENTED, "Set-Cookie keeps a response out." },
    { PROFILE_DOCUMENTED, "Without a lifetime one hour, the service's fallback TTL." },
    { PROFILE_DOCUMENTED, "500 and 503 are asked once more." },
    { PROFILE_MEASURED, "Kept: 200, 203, 300, 301, 302, 404 and 410. A 304 changes no field." },
    { PROFILE_MEASURED, "Age does not shorten what Expires gives; Vary: * is passed over." },
};
const struct cache_profile profile_fastly = {
    .name = PROFILE_TEXT("fastly"),
    .title = "Fastly with its boilerplate VCL",
    .about = "obeys Surrogate-Control first; of Cache-Control's prohibitions only private",
    .policy = &fastly_policy,
    PROFILE_FACTS(fastly_facts),
};

/* --- Google Cloud CDN --- */

/* cloud.google.com/cdn/docs/caching#static: type/ stands for all of that type. */
static const char *const google_static[] = {
    "text/css",
    "text/ecmascript",
    "text/javascript",
    "application/javascript",
    "application/ecmascript",
    "application/pdf",
    "application/postscript",
    "application/font-woff",
    "application/font-woff2",
    "application/vnd.ms-fontobject",
    "font/",
    "image/",
    "video/",
    "audio/",
};

static bool is_static_or_told(const struct http_request *request,
                              const struct http_response *response, bool has_lifetime)
{
    (void)request;
    struct span rest = http_fields_value(&response->fields, SPAN("Content-Type"));
    struct span type = span_trim(span_cut(&rest, ';'));
    for (size_t i = 0; !has_lifetime && i < PROFILE_COUNT(google_static); i++) {
        struct span known = span_of(google_static[i]);
        if (known.ptr[known.len - 1] == '/' ? span_istarts(type, known) : span_ieq(type, known))
            return true;
    }
    return has_lifetime;
}

static const int google_statuses[] = { 200, 203, 300, 301, 302, 307, 308, 410 };
static const struct span google_vary[] = {
    PROFILE_TEXT("Accept"),
    PROFILE_TEXT("Accept-Encoding"),
    PROFILE_TEXT("Access-Control-Request-Headers"),
    PROFILE_TEXT("Access-Control-Request-Method"),
    PROFILE_TEXT("Available-Dictionary"),
    PROFILE_TEXT("Origin"),
    PROFILE_TEXT("Sec-Fetch-Dest"),
    PROFILE_TEXT("Sec-Fetch-Mode"),
    PROFILE_TEXT("Sec-Fetch-Site"),
    PROFILE_TEXT("X-Goog-Allowed-Resources"),
    PROFILE_TEXT("X-Origin"),
};
static const struct span google_targets[] = { PROFILE_TEXT("CDN-Cache-Control") };
static const struct cache_policy google_policy = {
    .name = "google",
    .targets = google_targets,
    .target_count = PROFILE_COUNT(google_targets),
    .ignores_request = REQUEST_ALL_DIRECTIVES & ~(unsigned)REQUEST_NO_STORE,
    .ignores_response = RESPONSE_MUST_UNDERSTAND,
    .set_cookie_forbids_storing = true,
    .vary = VARY_FORBIDS,
    .vary_names = google_vary,
    .vary_name_count = PROFILE_COUNT(google_vary),
    .no_cache_forbids_storing = true,
    .is_eligible = is_static_or_told,
    .statuses = google_statuses,
    .status_count = PROFILE_COUNT(google_statuses),
    .default_lifetime_s = HOUR_S,
    .max_lifetime_s = DAY_S,
    .serves_stale_beside_s_maxage = true,
    .default_stale_while_revalidate_s = DAY_S,
    .never_invalidates = true,
};
static const struct profile_fact google_facts[] = {
    { PROFILE_DOCUMENTED, "CACHE_ALL_STATIC: what gives no lifetime is kept for an hour when its "
                          "type is static; pages are not." },
    { PROFILE_DOCUMENTED, "Set-Cookie, private, no-store and no-cache keep a response out; so does "
                          "no-store in the request." },
    { PROFILE_DOCUMENTED, "Vary may name Accept, Accept-Encoding and Origin; other names keep a "
                          "response out." },
    { PROFILE_ASSUMED, "Of those others, fields of CORS and Sec-Fetch may be named as well." },
    { PROFILE_DOCUMENTED, "maxTtl is one day, serveWhileStale one day." },
    { PROFILE_DOCUMENTED, "CDN-Cache-Control comes before Cache-Control." },
    { PROFILE_DOCUMENTED, "Authorization keeps a response out, unless public, must-revalidate or "
                          "s-maxage is there." },
    { PROFILE_ASSUMED, "Negative caching is off." },
};
const struct cache_profile profile_google = {
    .name = PROFILE_TEXT("google"),
    .title = "Google Cloud CDN, CACHE_ALL_STATIC",
    .about = "keeps static types for an hour, and what gives a lifetime for at most a day",
    .policy = &google_policy,
    PROFILE_FACTS(google_facts),
};

/* --- Vercel --- */

/* vercel.com/docs: Vary: Cookie makes an answer nobody else's. */
static bool does_not_vary_on_cookie(const struct http_request *request,
                                    const struct http_response *response, bool has_lifetime)
{
    (void)request;
    (void)has_lifetime;
    for (uint32_t i = 0; i < response->fields.len; i++) {
        struct span rest = response->fields.at[i].value;
        if (!span_ieq(response->fields.at[i].name, SPAN("Vary")))
            continue;
        while (!span_is_none(rest))
            if (span_ieq(span_trim(span_cut(&rest, ',')), SPAN("Cookie")))
                return false;
    }
    return true;
}

static const struct span vercel_targets[] = { PROFILE_TEXT("Vercel-CDN-Cache-Control"),
                                              PROFILE_TEXT("CDN-Cache-Control") };
static const int vercel_statuses[] = { 200, 301, 302, 307, 308, 404, 410 };
static const struct cache_policy vercel_policy = {
    .name = "vercel",
    .targets = vercel_targets,
    .target_count = PROFILE_COUNT(vercel_targets),
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_MUST_UNDERSTAND | RESPONSE_STALE_IF_ERROR | RESPONSE_EXPIRES,
    .set_cookie_forbids_storing = true,
    .authorized = AUTHORIZED_FORBIDS,
    .no_cache_forbids_storing = true,
    .stale_is_not_stored = true,
    .needs_lifetime = true,
    .is_eligible = does_not_vary_on_cookie,
    .statuses = vercel_statuses,
    .status_count = PROFILE_COUNT(vercel_statuses),
    .max_lifetime_s = 365 * DAY_S,
    .serves_stale_beside_s_maxage = true,
    .never_invalidates = true,
};
static const struct profile_fact vercel_facts[] = {
    { PROFILE_DOCUMENTED, "Vercel-CDN-Cache-Control and CDN-Cache-Control come before "
                          "Cache-Control." },
    { PROFILE_DOCUMENTED, "An answer of a function is kept only with s-maxage or the like, for at "
                          "most a year." },
    { PROFILE_DOCUMENTED, "stale-while-revalidate counts beside s-maxage; stale-if-error and "
                          "proxy-revalidate are not supported." },
    { PROFILE_DOCUMENTED, "Vary: Cookie keeps a response out." },
    { PROFILE_ASSUMED, "Set-Cookie, private, no-cache and no-store keep a response out, and so "
                       "does Authorization in the request." },
    { PROFILE_ASSUMED, "Kept: 200, 301, 302, 307, 308, 404 and 410." },
};
const struct cache_profile profile_vercel = {
    .name = PROFILE_TEXT("vercel"),
    .title = "Vercel's CDN in front of functions",
    .about = "keeps what gives an s-maxage, and serves it stale while it fetches",
    .policy = &vercel_policy,
    PROFILE_FACTS(vercel_facts),
};
