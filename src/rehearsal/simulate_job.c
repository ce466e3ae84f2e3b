#include "cache_guess.h"
#include "rehearse/rehearsal/jobs.h"

static void set_common(struct simulate_cache *cache)
{
    static const struct key_policy whole_url = { 0 };
    *cache = (struct simulate_cache){ .name = cache_policy_cdn.name,
                                      .policy = &cache_policy_cdn,
                                      .key = &whole_url };
}

void simulate_caches(struct simulate_cache ret[2], const struct scenario *scenario)
{
    for (int side = 0; side < 2; side++) {
        set_common(&ret[side]);
        if (scenario && scenario->cache_given) {
            const struct scenario_cache *cache =
                &scenario->caches[scenario->staging_cache_given ? side : 0];
            if (cache->profile.len)
                ret[side].name = cache->profile.ptr;
            ret[side].policy = &cache->policy;
            ret[side].name_from_key = cache->profile_from_key;
            ret[side].notes = cache->key.notes;
            ret[side].note_count = cache->key.note_count;
            if (cache->key_given)
                ret[side].key = &cache->key.policy;
        }
        ret[side].model = model_options_of(ret[side].policy);
    }
}

int simulate_product(const char *path, const struct product_sign **ret, struct err *err)
{
    AUTO(store_closep) struct store *store = NULL;
    int rc = store_open(&store, path, false, err);
    return rc < 0 ? rc : cache_guess(store, ret, err);
}
