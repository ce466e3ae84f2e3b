#include "explain_profile.h"

#include <stdio.h>

#include "rehearse/base/json_text.h"

enum { EVIDENCES = PROFILE_ASSUMED + 1 };

/* What each kind of evidence means, for whoever has to trust it. */
static const char *const meanings[EVIDENCES] = {
    [PROFILE_MEASURED] = "its own answers were looked at",
    [PROFILE_SOURCE] = "read in its source code",
    [PROFILE_DOCUMENTED] = "its maker says so",
    [PROFILE_ASSUMED] = "the usual thing; nothing found that says otherwise",
};

static size_t count_of(const struct cache_profile *profile, unsigned evidence)
{
    size_t count = 0;
    for (size_t i = 0; i < profile->fact_count; i++)
        count += profile->facts[i].evidence == evidence;
    return count;
}

static void add_text(struct strbuf *out, const struct cache_profile *profile)
{
    strbuf_addf(out, "%-12s %.*s: %s\n%-12s %s\n", "profile", SPAN_ARG(profile->name),
                profile->title, "about", profile->about);
    for (unsigned e = 0; e < EVIDENCES; e++) {
        size_t count = count_of(profile, e);
        if (!count)
            continue;
        strbuf_addf(out, "\n%s: %s (%zu)\n", profile_evidence_name((enum profile_evidence)e),
                    meanings[e], count);
        for (size_t i = 0; i < profile->fact_count; i++)
            if (profile->facts[i].evidence == e)
                strbuf_addf(out, "  %s\n", profile->facts[i].sentence);
    }
}

static void add_pair(struct strbuf *out, bool *first, const char *key, struct span value)
{
    json_add_key(out, first, key);
    json_add_string(out, value);
}

static void add_json(struct strbuf *out, const struct cache_profile *profile)
{
    bool first = true;
    strbuf_add_char(out, '{');
    add_pair(out, &first, "name", profile->name);
    add_pair(out, &first, "title", span_of(profile->title));
    add_pair(out, &first, "about", span_of(profile->about));
    json_add_key(out, &first, "facts");
    strbuf_add_char(out, '[');
    for (size_t i = 0; i < profile->fact_count; i++) {
        const struct profile_fact *fact = &profile->facts[i];
        bool inner = true;
        strbuf_add_str(out, i ? ",\n  {" : "\n  {");
        add_pair(out, &inner, "evidence", span_of(profile_evidence_name(fact->evidence)));
        add_pair(out, &inner, "sentence", span_of(fact->sentence));
        strbuf_add_char(out, '}');
    }
    strbuf_add_str(out, "]}\n");
}

void explain_profile(const struct cache_profile *profile, bool json)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (json)
        add_json(&text, profile);
    else
        add_text(&text, profile);
    fputs(text.buf, stdout);
}
