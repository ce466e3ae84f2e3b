/*
 * A value is found by its anchor, the longest run of [A-Za-z0-9_-] in it: the runs of a
 * text whose length is that of some anchor are looked up, and where one is known the
 * whole value is compared, by its hash.
 */
#include "rehearse/session/learned_marks.h"

#include <pthread.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "text_words.h"

enum { NO_ENTRY = 0, SAME_ANCHOR_MAX = 16, LENGTHS = 64 };
/* Whole values compared for one text: a text made of anchors alone would take long. */
enum { COMPARED_MAX = 4096 };

struct entry {
    struct learned_mark mark;
    uint64_t value;  /* its hash */
    uint32_t len;    /* of the value */
    uint32_t before; /* bytes of it in front of the anchor */
    uint32_t next;   /* plus 1: another with this anchor */
};

struct generation {
    struct map anchors;    /* hash -> entry, plus 1 */
    struct entry *entries; /* owned */
    size_t count, cap;
    uint64_t lengths; /* of anchors; LENGTHS - 1 stands for all longer ones too */
};

struct learned_marks {
    pthread_rwlock_t lock;
    struct generation now, before;
};

struct learned_marks *learned_marks_new(void)
{
    struct learned_marks *learned = xcalloc(1, sizeof *learned);
    pthread_rwlock_init(&learned->lock, NULL);
    return learned;
}

static void generation_release(struct generation *g)
{
    map_release(&g->anchors);
    free(g->entries);
    *g = (struct generation){ .entries = NULL };
}

void learned_marks_free(struct learned_marks *learned)
{
    if (!learned)
        return;
    generation_release(&learned->now);
    generation_release(&learned->before);
    pthread_rwlock_destroy(&learned->lock);
    free(learned);
}

/* ---- runs ---- */

static bool is_run_byte(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || c == '-';
}

/* The next run from *at on; false when there is none. */
static bool next_run(struct span text, size_t *at, struct span *ret)
{
    const char *p = text.ptr + *at, *end = text.ptr + text.len;
    while (p < end && !is_run_byte(*p)) {
        size_t escape = *p == '%' || *p == '\\' ? escape_length(p, end) : 0;
        p += escape ? escape : 1;
    }
    const char *start = p;
    while (p < end && is_run_byte(*p))
        p++;
    *at = (size_t)(p - text.ptr);
    *ret = span_make(start, (size_t)(p - start));
    return p > start;
}

static struct span anchor_of(struct span value)
{
    struct span best = SPAN(""), run;
    for (size_t at = 0; next_run(value, &at, &run);)
        if (run.len > best.len)
            best = run;
    return best;
}

static uint64_t length_bit(size_t len)
{
    return UINT64_C(1) << (len < LENGTHS ? len : LENGTHS - 1);
}

/* ---- looking up ---- */

static const struct entry *chain(const struct generation *g, uint64_t anchor)
{
    const uint64_t *number = map_get(&g->anchors, anchor);
    return number && *number ? &g->entries[*number - 1] : NULL;
}

static const struct entry *next_of(const struct generation *g, const struct entry *e)
{
    return e->next ? &g->entries[e->next - 1] : NULL;
}

static const struct entry *find_value(const struct generation *g, uint64_t anchor,
                                      struct span value)
{
    uint64_t hash = hash64(value);
    for (const struct entry *e = chain(g, anchor); e; e = next_of(g, e))
        if (e->value == hash && e->len == value.len)
            return e;
    return NULL;
}

static void put(struct generation *g, const struct learned_mark *mark, struct span value,
                struct span anchor)
{
    bool fresh;
    uint64_t *first = map_put(&g->anchors, hash64(anchor), NO_ENTRY, &fresh);
    unsigned same = 0;
    for (uint32_t i = (uint32_t)*first; i && same < SAME_ANCHOR_MAX; i = g->entries[i - 1].next)
        same++;
    if (same == SAME_ANCHOR_MAX)
        return; /* what so many values have in common tells none of them */
    g->entries = array_room(g->entries, &g->cap, g->count + 1, sizeof *g->entries);
    g->entries[g->count++] = (struct entry){ .mark = *mark,
                                             .value = hash64(value),
                                             .len = (uint32_t)value.len,
                                             .before = (uint32_t)(anchor.ptr - value.ptr),
                                             .next = (uint32_t)*first };
    *first = g->count;
    g->lengths |= length_bit(anchor.len);
}

bool learned_marks_add(struct learned_marks *learned, const struct learned_mark *mark,
                       struct span value, struct learned_mark *ret)
{
    struct span anchor = anchor_of(value);
    if (anchor.len < LEARNED_SHORTEST || value.len > LEARNED_LONGEST)
        return false;
    pthread_rwlock_wrlock(&learned->lock);
    const struct entry *known = find_value(&learned->now, hash64(anchor), value);
    if (!known)
        known = find_value(&learned->before, hash64(anchor), value);
    bool others = known && known->mark.owner != mark->owner;
    if (others)
        *ret = known->mark;
    if (!known && learned->now.count == LEARNED_KEPT) {
        generation_release(&learned->before);
        learned->before = learned->now;
        learned->now = (struct generation){ .entries = NULL };
    }
    if (!known)
        put(&learned->now, mark, value, anchor);
    pthread_rwlock_unlock(&learned->lock);
    return others;
}

/* ---- finding ---- */

struct search {
    struct span text;
    learned_found_fn *fn;
    void *ctx;
    unsigned compared;
};

static bool tell(const struct generation *g, struct search *s, struct span run)
{
    if (!(g->lengths & length_bit(run.len)))
        return true;
    size_t start = (size_t)(run.ptr - s->text.ptr);
    for (const struct entry *e = chain(g, hash64(run)); e; e = next_of(g, e)) {
        if (e->before > start ||
            e->len > s->text.len - (start - e->before))
            continue;
        struct span found = span_make(run.ptr - e->before, e->len);
        if (++s->compared > COMPARED_MAX ||
            (hash64(found) == e->value && !s->fn(s->ctx, &e->mark, found)))
            return false;
    }
    return true;
}

void learned_marks_find(struct learned_marks *learned, struct span text, learned_found_fn *fn,
                        void *ctx)
{
    struct search search = { text, fn, ctx, 0 };
    struct span run;
    bool go_on = true;
    pthread_rwlock_rdlock(&learned->lock);
    if (learned->now.count || learned->before.count)
        for (size_t at = 0; go_on && next_run(text, &at, &run);)
            if (run.len >= LEARNED_SHORTEST)
                go_on = tell(&learned->now, &search, run) && tell(&learned->before, &search, run);
    pthread_rwlock_unlock(&learned->lock);
}
