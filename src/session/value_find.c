/* Questions to an answer: what stands at a place. */
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/session/value_place.h"
#include "value_text.h"

enum { FEW = 16 }; /* questions that are asked one by one of each place */

struct question {
    struct value_wanted *wanted;
    struct value_place place;
    struct value_place token; /* of claims: where the token stands */
    uint64_t met;
    bool readable;
    struct question *next_of_place, *next_of_literal;
};

/* Where there are many: questions by what they ask for. Values are indexes, from 1. */
struct filed {
    struct map met;        /* texts without [N]: how many places had it */
    struct map by_place;   /* text and N */
    struct map by_literal; /* text and literal; 0 when they are answered */
    struct strbuf text;
};

struct questions {
    struct question *at;
    size_t len;
    struct question **asked; /* of each place, one by one */
    size_t asked_len;
    struct filed filed;
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
    if (q->place.kind == VALUE_CLAIM && value_place_is(&q->token, at, &all->memo))
        claim = value_claim(at->value, q->place.name, all->arena);
    if (!span_is_none(claim))
        answer(q, claim, all->arena);
    else if (is_asked_for(q, at, &all->memo))
        answer(q, at->value, all->arena);
}

static uint64_t *lookup(const struct map *map, uint64_t base, uint64_t of)
{
    return map_get(map, hash_mix(base, of));
}

static void ask_filed(struct questions *all, const struct value_at *at)
{
    struct filed *f = &all->filed;
    strbuf_clear(&f->text);
    value_at_add_text(&f->text, at);
    uint64_t base = value_text_hash(strbuf_span(&f->text));
    uint64_t *met = map_get(&f->met, base);
    if (!met)
        return;
    uint64_t *place = lookup(&f->by_place, base, ++*met);
    uint64_t *literal = lookup(&f->by_literal, base, hash64(at->value));
    for (struct question *q = place ? &all->at[*place - 1] : NULL; q; q = q->next_of_place)
        q->wanted->value = arena_copy(all->arena, at->value);
    for (struct question *q = literal && *literal ? &all->at[*literal - 1] : NULL; q;
         q = q->next_of_literal)
        q->wanted->holds = true;
    if (literal)
        *literal = 0;
}

static bool on_source(void *ctx, const struct value_at *at)
{
    struct questions *all = ctx;
    if (all->filed.met.len)
        ask_filed(all, at);
    for (size_t i = 0; i < all->asked_len; i++)
        ask(all, all->asked[i], at);
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

/* In front of those that are there; gives back the next one. */
static struct question *file_in(struct questions *all, struct map *map, uint64_t base, uint64_t of,
                                size_t index)
{
    uint64_t *first = map_put(map, hash_mix(base, of), 0, NULL);
    struct question *next = *first ? &all->at[*first - 1] : NULL;
    *first = index + 1;
    return next;
}

/* A list of ten thousand links, each of which was followed, is not asked ten thousand times over.
 */
static void file(struct questions *all, struct question *q, size_t index)
{
    uint64_t base = value_text_hash(q->place.base);
    map_put(&all->filed.met, base, 0, NULL);
    q->next_of_place = file_in(all, &all->filed.by_place, base, q->place.nth, index);
    if (!span_is_none(q->wanted->literal))
        q->next_of_literal =
            file_in(all, &all->filed.by_literal, base, hash64(q->wanted->literal), index);
}

static void sort_questions(struct questions *all)
{
    for (size_t i = 0; i < all->len; i++) {
        struct question *q = &all->at[i];
        bool by_more = q->place.kind == VALUE_CLAIM || q->place.kind == VALUE_SCRIPT;
        if (q->readable && !by_more && all->len > FEW)
            file(all, q, i);
        else if (q->readable)
            all->asked[all->asked_len++] = q;
    }
}

static void release(struct questions *all)
{
    strbuf_release(&all->memo.text);
    strbuf_release(&all->filed.text);
    map_release(&all->filed.met);
    map_release(&all->filed.by_place);
    map_release(&all->filed.by_literal);
}

void value_sources_find(const struct exchange *answered, struct value_wanted *wanted, size_t count,
                        struct arena *arena)
{
    AUTO(release)
    struct questions all = {
        .len = count, .memo = TEMPLATE_MEMO_INIT, .filed = { .text = STRBUF_INIT }, .arena = arena
    };
    if (count == 0)
        return;
    all.at = arena_calloc(arena, count, sizeof *all.at);
    all.asked = arena_calloc(arena, count, sizeof(struct question *));
    for (size_t i = 0; i < count; i++)
        prepare(&all.at[i], &wanted[i], arena);
    sort_questions(&all);
    value_sources(answered, on_source, &all, arena);
}
