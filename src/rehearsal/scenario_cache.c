/* The scenario's section "cache": which cache stands in front, and under which keys it files. */
#include "scenario_cache.h"

#include "rehearse/key/observed_key.h"
#include "rehearse/cache/profile.h"
#include "scenario_key.h"

/* The parts that build on one another, wherever they stand in the file. */
struct cache_words {
    const struct yaml_node *profile, *key, *bypass, *methods;
};

static int keep_node(struct reader *r, const struct yaml_node *node, void *into)
{
    (void)r;
    *(const struct yaml_node **)into = node;
    return 0;
}

static int expected_profile(struct reader *r, const struct yaml_node *node)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    size_t count;
    const struct cache_profile *const *all = cache_profiles(&count);
    strbuf_add_str(&names, "one of ");
    for (size_t i = 0; i < count; i++) {
        strbuf_add_str(&names, i ? ", " : "");
        strbuf_add_span(&names, all[i]->name);
    }
    return expected(r, node, names.buf);
}

/* A product's own rules, and its own key. */
static int read_profile(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_cache *cache = into;
    const struct cache_profile *profile =
        node->kind == YAML_SCALAR ? cache_profile_named(node->text) : NULL;
    if (!profile)
        return expected_profile(r, node);
    const struct key_source *preset = key_preset(profile->name);
    cache->profile = profile->name;
    cache->profile_from_key = false;
    cache->policy = *profile->policy;
    if (preset)
        cache->key = *preset;
    return 0;
}

/* Whose configuration the key comes from is whose rules apply, where nobody names others: an nginx
 * key under another cache's rules forecasts neither. Some presets' products have no profile. */
static void take_profile(struct scenario_cache *cache)
{
    const struct cache_profile *profile = cache_profile_named(cache->key.product);
    if (!profile)
        return;
    cache->profile = profile->name;
    cache->profile_from_key = true;
    cache->policy = *profile->policy;
}

static int read_own_key(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_cache *cache = into;
    return read_key(r, node, &cache->key);
}

static int read_methods(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    struct span_list methods;
    int rc = read_spans(r, node, &methods);
    if (rc < 0)
        return rc;
    policy->methods = methods.at;
    policy->method_count = methods.len;
    return 0;
}

/* Rules of one's own stand in the place of those that the product has by itself. */
static int read_own_bypass(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_cache *cache = into;
    cache->policy.cookie_passes = false;
    if (cache->policy.authorized == AUTHORIZED_PASSES)
        cache->policy.authorized = AUTHORIZED_IS_STORED;
    return read_bypass(r, node, &cache->key.policy);
}

/* Production is asked only where it is said in so many words. */
static int read_ask(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    bool both = node->kind == YAML_SCALAR && span_eq(node->text, SPAN("both"));
    bool yes = node->kind == YAML_SCALAR && span_eq(node->text, SPAN("true"));
    bool no = node->kind == YAML_SCALAR && span_eq(node->text, SPAN("false"));
    if (!both && !yes && !no)
        return expected(r, node, "true (staging is asked), both (production too) or false");
    s->asks_for_key[0] = both;
    s->asks_for_key[1] = both || yes;
    return 0;
}

/* Each on top of the one before. */
static int put_words(struct reader *r, const struct cache_words *words,
                     struct scenario_cache *cache)
{
    const struct {
        const struct yaml_node *node;
        int (*read)(struct reader *r, const struct yaml_node *node, void *into);
        void *into;
    } steps[] = {
        { words->profile, read_profile, cache },
        { words->key, read_own_key, cache },
        { words->bypass, read_own_bypass, cache },
        { words->methods, read_methods, &cache->key.policy },
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int rc = steps[i].node ? steps[i].read(r, steps[i].node, steps[i].into) : 0;
        if (rc < 0)
            return rc;
        if (steps[i].read == read_own_key && !words->profile && key_has_start(words->key))
            take_profile(cache);
    }
    cache->key.policy = key_policy_ready(&cache->key.policy, &r->scenario->arena);
    cache->key_given |= words->profile || words->key || words->bypass;
    cache->policy = key_source_policy(&cache->key, &cache->policy, &r->scenario->arena);
    return 0;
}

/* Staging's cache, where it is another one: what is not said is as production's. */
static int read_staging_cache(struct reader *r, const struct yaml_node *node,
                              struct scenario_cache *cache)
{
    struct cache_words words = { NULL, NULL, NULL, NULL };
    const struct member members[] = {
        { "profile", keep_node, &words.profile },       { "key", keep_node, &words.key },
        { "bypass", keep_node, &words.bypass },         { "methods", keep_node, &words.methods },
        { "observed", read_field_name, &cache->field }, { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    return rc < 0 ? rc : put_words(r, &words, cache);
}

int read_cache(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    struct scenario_cache *cache = &s->caches[0];
    struct cache_words words = { NULL, NULL, NULL, NULL };
    const struct yaml_node *staging = NULL;
    const struct member members[] = {
        { "profile", keep_node, &words.profile },
        { "key", keep_node, &words.key },
        { "bypass", keep_node, &words.bypass },
        { "methods", keep_node, &words.methods },
        { "observed", read_field_name, &cache->field },
        { "ask_for_key", read_ask, s },
        { "staging", keep_node, &staging },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc == 0)
        rc = put_words(r, &words, cache);
    if (rc < 0)
        return rc;
    s->cache_given = node;
    s->caches[1] = *cache;
    s->staging_cache_given = staging;
    return staging ? read_staging_cache(r, staging, &s->caches[1]) : 0;
}

size_t scenario_asks(const struct scenario *scenario, int side,
                     struct http_field ret[SCENARIO_ASKS_MAX])
{
    /* Who says only where the key comes from has not said which product answers. */
    struct span product =
        scenario->caches[side].profile_from_key ? SPAN("") : scenario->caches[side].profile;
    size_t count = 0;
    if (!scenario->asks_for_key[side])
        return 0;
    const struct key_question *asks = key_questions(product.len ? product : SPAN_NONE, &count);
    count = count < SCENARIO_ASKS_MAX ? count : SCENARIO_ASKS_MAX;
    for (size_t i = 0; i < count; i++)
        ret[i] = (struct http_field){ .name = asks[i].name, .value = asks[i].value };
    return count;
}
