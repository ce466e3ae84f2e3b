#include "rehearse/base/text.h"
#include "rehearse/key/bypass.h"
#include "rehearse/rehearsal/scenario.h"

enum { LINES_SHOWN = 20 };

static void add_listed(struct strbuf *out, const char *what, const struct span *texts, size_t count)
{
    for (size_t i = 0; i < count && i < LINES_SHOWN; i++) {
        strbuf_addf(out, "\n          %s: ", what);
        text_add_printable(out, texts[i], 400);
    }
}

static void add_cache(struct strbuf *out, const char *label, const struct scenario_cache *cache)
{
    const struct key_policy *policy = &cache->key.policy;
    struct span name = cache->profile.len ? cache->profile : span_of(cache->policy.name);
    strbuf_addf(out, "%-9s %.*s%s, key: ", label, SPAN_ARG(name),
                cache->profile_from_key ? " (as the key is its; profile: names another)" : "");
    if (cache->key_given)
        key_policy_add_words(out, policy);
    else
        strbuf_add_str(out, "as responses show it, else host, path and query");
    for (size_t i = 0; i < policy->bypass_count && i < LINES_SHOWN; i++) {
        strbuf_add_str(out, i ? ", or " : "\n          past it when ");
        bypass_rule_add(out, &policy->bypass[i]);
    }
    add_listed(out, "its key also holds what no request shows", policy->unseen,
               policy->unseen_count);
    add_listed(out, "not taken into account", cache->key.notes, cache->key.note_count);
}

void scenario_add_cache_text(const struct scenario *scenario, struct strbuf *out)
{
    if (!scenario->cache_given)
        return;
    add_cache(out, "cache", &scenario->caches[0]);
    if (!scenario->staging_cache_given)
        return;
    strbuf_add_char(out, '\n');
    add_cache(out, "staging's", &scenario->caches[1]);
}
