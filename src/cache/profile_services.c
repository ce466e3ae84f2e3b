/* Services one buys. What is written of them is their makers' word and what was measured on them.
 */
#include "profiles.h"
#include "rehearse/http/date.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

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
