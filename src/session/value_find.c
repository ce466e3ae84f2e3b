/* Questions to an answer: what stands at a place, and which of its like a place is. */
#include "bearer.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/value_place.h"
#include "value_text.h"

struct question {
    struct value_wanted *wanted;
    struct value_place place;
    struct value_place token; /* of claims: where the token stands */
    uint64_t met;
    bool readable;
};

struct questions {
    struct question *at;
    size_t len;
    struct template_memo memo;
    struct arena *arena;
};

/* script:NAME finds what a JSON answer gives under that name, too. */
static bool is_asked_for(const struct question *q, const struct value_at *at,
                         struct template_memo *memo)
{
    if (q->place.kind == VALUE_SCRIPT && at->kind == VALUE_JSON)
        return span_eq(value_at_leaf(at), q->place.name);
    return value_place_is(&q->place, at, memo);
}

static void answer(struct question *q, struct span value, struct arena *arena)
{
    struct value_wanted *w = q->wanted;
    if (!span_is_none(w->literal) && span_eq(value, w->literal))
        w->holds = true;
    if (++q->met == q->place.nth)
        w->value = arena_copy(arena, value);
}

static void ask(struct questions *all, struct question *q, const struct value_at *at)
{
    struct span claim = SPAN_NONE;
    if (!q->readable)
        return;
    if (q->place.kind == VALUE_CLAIM && value_place_is(&q->token, at, &all->memo))
        claim = value_claim(at->value, q->place.name, all->arena);
    if (!span_is_none(claim))
        answer(q, claim, all->arena);
    else if (is_asked_for(q, at, &all->memo))
        answer(q, at->value, all->arena);
}

static bool on_source(void *ctx, const struct value_at *at)
{
    struct questions *all = ctx;
    for (size_t i = 0; i < all->len; i++)
        ask(all, &all->at[i], at);
    return true;
}

static void prepare(struct question *q, struct value_wanted *w, struct arena *arena)
{
    w->value = SPAN_NONE;
    w->holds = false;
    q->wanted = w;
    q->readable = value_place_parse(&q->place, w->place, arena);
    if (q->readable && q->place.kind == VALUE_CLAIM)
        q->readable = value_place_parse(&q->token, q->place.inner, arena);
}

void value_sources_find(const struct exchange *answered, struct value_wanted *wanted, size_t count,
                        struct arena *arena)
{
    struct questions all = { .len = count, .memo = TEMPLATE_MEMO_INIT, .arena = arena };
    if (count == 0)
        return;
    all.at = arena_calloc(arena, count, sizeof *all.at);
    for (size_t i = 0; i < count; i++)
        prepare(&all.at[i], &wanted[i], arena);
    value_sources(answered, on_source, &all, arena);
    strbuf_release(&all.memo.text);
}

/* ---- which of its like ---- */

struct numbering {
    size_t ordinal, at;
    uint64_t nth;
    struct span text; /* of the place in question */
    struct strbuf other;
};

static bool find_text(void *ctx, const struct value_at *at)
{
    struct numbering *n = ctx;
    if (n->at++ < n->ordinal)
        return true;
    value_at_add_text(&n->other, at);
    n->nth = 1;
    return false;
}

static bool count_like(void *ctx, const struct value_at *at)
{
    struct numbering *n = ctx;
    if (n->at++ >= n->ordinal)
        return false;
    if (!span_starts(n->text, span_of(value_place_word(at->kind))))
        return true;
    strbuf_clear(&n->other);
    value_at_add_text(&n->other, at);
    n->nth += value_texts_equal(n->text, strbuf_span(&n->other));
    return true;
}

bool value_source_add_place(struct strbuf *out, const struct exchange *answered, size_t ordinal,
                            struct arena *arena)
{
    struct numbering n = { .ordinal = ordinal, .other = STRBUF_INIT };
    value_sources(answered, find_text, &n, arena);
    if (n.nth) {
        n.text = arena_copy(arena, strbuf_span(&n.other));
        n.at = 0;
        value_sources(answered, count_like, &n, arena);
        strbuf_add_span(out, n.text);
        value_place_add_nth(out, n.nth);
    }
    strbuf_release(&n.other);
    return n.nth > 0;
}
