#include "rehearse/cache/policy.h"

enum { WEEK_S = 7 * 86400 };

static const struct span cdn_targets[] = { { "CDN-Cache-Control", 17 } };

const struct cache_policy cache_policy_rfc = {
    .name = "rfc9111",
    .heuristic_percent = 10,
    .heuristic_max_s = WEEK_S,
};

const struct cache_policy cache_policy_cdn = {
    .name = "cdn",
    .targets = cdn_targets,
    .target_count = sizeof cdn_targets / sizeof *cdn_targets,
    .reads_surrogate_control = true,
    .set_cookie_forbids_storing = true,
    .serves_stale_beside_s_maxage = true,
    .heuristic_percent = 10,
    .heuristic_max_s = WEEK_S,
};

const struct cache_policy cache_policy_optimal = {
    .name = "optimal",
    .targets = cdn_targets,
    .target_count = sizeof cdn_targets / sizeof *cdn_targets,
    .reads_surrogate_control = true,
    .doubtful_age = DOUBTFUL_AGE_STALE,
    .vary_normalises = VARY_LANGUAGE_CASE | VARY_LANGUAGE_ORDER | VARY_LANGUAGE_SELECT,
    .stores_post = true,
    .stores_partial = true,
    .completes_unguarded = true,
    .heuristic_percent = 10,
    .heuristic_max_s = WEEK_S,
    .serves_stale_beside_s_maxage = true,
    .trusts_any_304 = true,
    .reads_cache_groups = true,
    .reads_no_vary_search = true,
};
