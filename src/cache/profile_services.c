/* Services one buys. What is written of them is their makers' word and what was measured on them.
 */
#include "profiles.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

/* --- Fastly --- */

static const struct cache_policy fastly_policy = {
    .name = "fastly",
    .reads_surrogate_control = true,
    .ignores_request = REQUEST_ALL_DIRECTIVES,
    .ignores_response = RESPONSE_DATE | RESPONSE_NO_STORE | RESPONSE_NO_CACHE |
                        RESPONSE_MUST_REVALIDATE | RESPONSE_MUST_UNDERSTAND | RESPONSE_FIELD_LISTS,
    .bad_number = BAD_NUMBER_DIGITS,
    .set_cookie_forbids_storing = true,
    .authorized = AUTHORIZED_IS_STORED,
    .vary_normalises = VARY_BYTES,
    .trusts_any_304 = true,
    .head_is_get = true,
    .strips_conditions = true,
    .never_invalidates = true,
    .default_lifetime_s = HOUR_S,
};
static const struct profile_fact fastly_facts[] = {
    { PROFILE_DOCUMENTED, "Surrogate-Control before Cache-Control; no-store and no-cache mean "
                          "nothing to it, private does." },
};
const struct cache_profile profile_fastly = {
    .name = PROFILE_TEXT("fastly"),
    .title = "Fastly with its boilerplate VCL",
    .about = "obeys Surrogate-Control first; of Cache-Control's prohibitions only private",
    .policy = &fastly_policy,
    PROFILE_FACTS(fastly_facts),
};

#define PLACEHOLDER(product)                                                                       \
    const struct cache_profile profile_##product = { .name = PROFILE_TEXT(#product),               \
                                                     .policy = &cache_policy_cdn }
PLACEHOLDER(akamai);
PLACEHOLDER(cloudflare);
PLACEHOLDER(cloudfront);
PLACEHOLDER(google);
PLACEHOLDER(vercel);
