/* Why requests are not answered from the cache: counted by rule, and said for a person. */
#include "reasons.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

const char *simulate_fate_name(enum simulate_fate fate)
{
    static const char *const names[] = {
        [SIMULATE_PASSED] = "passed",
        [SIMULATE_ASKED] = "asked the origin",
        [SIMULATE_NOT_STORED] = "not stored",
    };
    return names[fate];
}

void reason_counts_release(struct reason_counts *counts)
{
    for (int fate = 0; fate < SIMULATE_FATES; fate++)
        free(counts->at[fate]);
}

static void add(struct reason_counts *counts, enum simulate_fate fate, uint16_t why)
{
    size_t need = (size_t)why + 1;
    counts->at[fate] =
        array_room(counts->at[fate], &counts->cap[fate], need, sizeof *counts->at[fate]);
    for (; counts->len[fate] < need; counts->len[fate]++)
        counts->at[fate][counts->len[fate]] = 0;
    counts->at[fate][why]++;
}

void reason_counts_add(struct reason_counts *counts, const struct model_request *request,
                       struct model_result result)
{
    switch ((enum model_outcome)result.outcome) {
    case MODEL_PASS:
        add(counts, SIMULATE_PASSED, request->why_past);
        break;
    case MODEL_UNCACHEABLE:
        add(counts, SIMULATE_NOT_STORED, request->why_kept_out);
        break;
    case MODEL_MISS:
    case MODEL_EXPIRED:
    case MODEL_REVALIDATED:
        if (request->flags & MODEL_ASKS_ORIGIN)
            add(counts, SIMULATE_ASKED, request->why_past);
        break;
    default:
        break;
    }
}

/* ---- words ---- */

/* What a product does by itself, where its users know that by another name. */
static const struct {
    const char *profile, *rules;
} known_rules[] = {
    { "varnish", "Varnish's builtin VCL" },
};

static struct span rules_of(const struct simulate_cache *cache, struct arena *arena)
{
    for (size_t i = 0; i < sizeof known_rules / sizeof *known_rules; i++)
        if (span_eq(span_of(cache->name), span_of(known_rules[i].profile)))
            return span_of(known_rules[i].rules);
    return arena_printf(arena, "what %s does by itself", cache->name);
}

/* The product's own, and not those that somebody configured. */
static bool is_preset(const struct simulate_cache *cache)
{
    const struct key_source *preset = key_preset(span_of(cache->name));
    return preset && preset->policy.bypass == cache->key->bypass;
}

static struct span bypass_text(const struct simulate_cache *cache, const struct bypass_rule *rule,
                               struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    bypass_rule_add(&out, rule);
    strbuf_add_str(&out, " (");
    strbuf_add_span(&out, is_preset(cache) ? rules_of(cache, arena) : SPAN("the cache's rules"));
    strbuf_add_char(&out, ')');
    return arena_copy(arena, strbuf_span(&out));
}

/* Its sentence without the full stop, and where that stands. */
static struct span sentence_text(const struct reason *why, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span sentence = span_of(why->sentence), section = span_of(why->section);
    if (span_ends(sentence, SPAN(".")))
        sentence.len--;
    strbuf_add_span(&out, sentence);
    if (why->field.len || section.len)
        strbuf_addf(&out, " (%.*s%s%s)", SPAN_ARG(why->field),
                    why->field.len && section.len ? ", " : "", why->section);
    return arena_copy(arena, strbuf_span(&out));
}

static struct span text_of(const struct simulate_cache *cache, const struct model_why *w,
                           enum simulate_fate fate, struct arena *arena)
{
    if (w->rule)
        return bypass_text(cache, w->rule, arena);
    /* A product's way with requests of visitors it may know; no rule of HTTP. */
    if (fate == SIMULATE_PASSED && w->why.field.len && !w->why.section[0])
        return arena_printf(arena, "the request carries %.*s (%.*s)", SPAN_ARG(w->why.field),
                            SPAN_ARG(rules_of(cache, arena)));
    return sentence_text(&w->why, arena);
}

/* ---- both sides ---- */

static struct simulate_reason *reason_at(struct simulation *s, enum simulate_fate fate,
                                         const char *rule, struct span text)
{
    size_t i = 0;
    while (i < s->reason_count &&
           (s->reasons[i].fate != fate || !span_eq(s->reasons[i].text, text)))
        i++;
    if (i == s->reason_count)
        s->reasons[s->reason_count++] = (struct simulate_reason){ fate, rule, text, { 0, 0 } };
    return &s->reasons[i];
}

static void put_count(struct simulation *s, const struct model_reader *reader,
                      enum simulate_fate fate, int side, uint16_t why, uint64_t count)
{
    static const struct model_why unknown = {
        { "", { NULL, 0 }, "", "It varies by more than is looked at" }, NULL
    };
    struct model_why w = why ? model_reader_why(reader, why) : unknown;
    struct span text = text_of(&s->caches[side], &w, fate, &s->arena);
    reason_at(s, fate, w.why.rule, text)->requests[side] += count;
}

static uint64_t most(const struct simulate_reason *r)
{
    return r->requests[0] > r->requests[1] ? r->requests[0] : r->requests[1];
}

static int by_weight(const void *a, const void *b)
{
    const struct simulate_reason *x = a, *y = b;
    if (x->fate != y->fate)
        return x->fate < y->fate ? -1 : 1;
    if (most(x) != most(y))
        return most(x) < most(y) ? 1 : -1;
    return span_cmp(x->text, y->text);
}

void reasons_put(struct simulation *ret, const struct reason_counts counts[2],
                 struct model_reader *const readers[2])
{
    size_t at_most = 0;
    for (int side = 0; side < 2; side++)
        for (int fate = 0; fate < SIMULATE_FATES; fate++)
            at_most += counts[side].len[fate];
    ret->reasons = arena_calloc(&ret->arena, at_most + 1, sizeof *ret->reasons);
    for (int side = 0; side < 2; side++)
        for (int fate = 0; fate < SIMULATE_FATES; fate++)
            for (size_t i = 0; i < counts[side].len[fate]; i++)
                if (counts[side].at[fate][i])
                    put_count(ret, readers[side], (enum simulate_fate)fate, side, (uint16_t)i,
                              counts[side].at[fate][i]);
    if (ret->reason_count)
        qsort(ret->reasons, ret->reason_count, sizeof *ret->reasons, by_weight);
}
