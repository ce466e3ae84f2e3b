/* A pattern's program over a text: every way at once, the preferred ones in front. */
#include <stdlib.h>

#include "pattern_code.h"
#include "rehearse/base/mem.h"

enum { SLOTS_MAX = 2 * PATTERN_GROUPS_MAX };

/* The places of the program that are alive, best first, each once; with what each has saved. */
struct ways {
    uint32_t *at;
    uint32_t
        *place_of; /* by place of the program: where in `at`; what is not there may be anything */
    size_t *saved; /* `slots` for each in `at` */
    uint32_t len;
};

/* Still to be followed: a place, or (restore) a slot to be set back. */
struct todo {
    uint32_t at;
    bool restore;
    size_t value;
};

struct run {
    const struct pattern *pattern;
    struct span text;
    unsigned slots;
    struct ways now, next;
    struct todo *todo;
    size_t saved[SLOTS_MAX];
    uint64_t *work;
};

static bool is_alive(const struct ways *w, uint32_t at)
{
    uint32_t place = w->place_of[at];
    return place < w->len && w->at[place] == at;
}

static bool is_word_at(const struct run *r, size_t at)
{
    return at < r->text.len && pattern_is_word((unsigned char)r->text.ptr[at]);
}

static bool is_edge(const struct run *r, size_t at)
{
    return (at > 0 && is_word_at(r, at - 1)) != is_word_at(r, at);
}

static bool holds(const struct run *r, enum code_kind kind, size_t at)
{
    size_t len = r->text.len;
    switch (kind) {
    case CODE_START:
        return at == 0;
    case CODE_END:
        return at == len || (at + 1 == len && r->text.ptr[at] == '\n');
    case CODE_VERY_END:
        return at == len;
    case CODE_WORD_EDGE:
        return is_edge(r, at);
    case CODE_INSIDE:
        return !is_edge(r, at);
    default:
        return true;
    }
}

static void put(struct run *r, struct ways *w, uint32_t at)
{
    w->place_of[at] = w->len;
    w->at[w->len] = at;
    if (r->slots)
        memcpy(&w->saved[(size_t)w->len * r->slots], r->saved, r->slots * sizeof *r->saved);
    w->len++;
}

/* What one code leads to without taking a byte, onto the list of what is to be followed. */
static size_t follow(struct run *r, const struct code *code, uint32_t at, size_t place, size_t len)
{
    switch (code->kind) {
    case CODE_SPLIT:
        r->todo[len++] = (struct todo){ .at = code->other };
        r->todo[len++] = (struct todo){ .at = code->to };
        return len;
    case CODE_JUMP:
        r->todo[len++] = (struct todo){ .at = code->to };
        return len;
    case CODE_SAVE:
        if (code->to < r->slots) {
            r->todo[len++] = (struct todo){ code->to, true, r->saved[code->to] };
            r->saved[code->to] = place;
        }
        r->todo[len++] = (struct todo){ .at = at + 1 };
        return len;
    default:
        if (holds(r, code->kind, place))
            r->todo[len++] = (struct todo){ .at = at + 1 };
        return len;
    }
}

/* All places that `at` leads to before the byte at `place`. */
static void add(struct run *r, struct ways *w, uint32_t at, size_t place)
{
    size_t len = 0;
    r->todo[len++] = (struct todo){ .at = at };
    while (len && *r->work) {
        struct todo t = r->todo[--len];
        if (t.restore) {
            r->saved[t.at] = t.value;
            continue;
        }
        --*r->work;
        if (is_alive(w, t.at))
            continue;
        put(r, w, t.at);
        const struct code *code = &r->pattern->codes[t.at];
        if (code->kind != CODE_SET && code->kind != CODE_MATCH)
            len = follow(r, code, t.at, place, len);
    }
}

/* The places that take this byte go on; true when one has matched: those behind it are worse. */
static bool step(struct run *r, size_t place, size_t found[SLOTS_MAX])
{
    const struct code *codes = r->pattern->codes;
    r->next.len = 0;
    for (uint32_t i = 0; i < r->now.len; i++) {
        const struct code *code = &codes[r->now.at[i]];
        if (code->kind != CODE_SET && code->kind != CODE_MATCH)
            continue;
        if (r->slots)
            memcpy(r->saved, &r->now.saved[(size_t)i * r->slots], r->slots * sizeof *r->saved);
        if (code->kind == CODE_MATCH) {
            memcpy(found, r->saved, r->slots * sizeof *r->saved);
            if (r->slots)
                found[1] = place;
            return true;
        }
        if (place < r->text.len && byte_set_has(code->set, (unsigned char)r->text.ptr[place]))
            add(r, &r->next, r->now.at[i] + 1, place + 1);
    }
    return false;
}

/* From here on, where it can begin. */
static size_t next_start(const struct run *r, size_t place)
{
    const struct pattern *p = r->pattern;
    while (!p->may_be_empty && place < r->text.len &&
           !byte_set_has(&p->first, (unsigned char)r->text.ptr[place]))
        place++;
    return place;
}

static bool search(struct run *r, size_t found[SLOTS_MAX])
{
    bool matched = false;
    for (size_t place = 0; place <= r->text.len && *r->work; place++) {
        if (!matched && !r->now.len)
            place = next_start(r, place);
        if (!matched) {
            for (size_t i = 0; i < r->slots; i++)
                r->saved[i] = SIZE_MAX;
            r->saved[0] = place;
            add(r, &r->now, 0, place);
        }
        --*r->work;
        matched |= step(r, place, found);
        if (matched && !r->slots)
            return true;
        struct ways done = r->now;
        r->now = r->next;
        r->next = done;
        if (!r->now.len && matched)
            return true;
    }
    return matched;
}

static void put_groups(const struct run *r, const size_t found[SLOTS_MAX],
                       struct pattern_groups *ret)
{
    for (unsigned i = 0; i < PATTERN_GROUPS_MAX; i++) {
        ret->at[i] = SPAN_NONE;
        if (i >= r->pattern->groups)
            continue;
        size_t from = found[2 * (size_t)i], to = found[2 * (size_t)i + 1];
        if (from != SIZE_MAX && to != SIZE_MAX && from <= to)
            ret->at[i] = span_make(r->text.ptr + from, to - from);
    }
}

static void ways_open(struct ways *w, uint32_t len, unsigned slots)
{
    w->at = xmalloc(len * sizeof *w->at);
    w->place_of = xcalloc(len, sizeof *w->place_of);
    w->saved = slots ? xmalloc((size_t)len * slots * sizeof *w->saved) : NULL;
}

static void ways_close(struct ways *w)
{
    free(w->at);
    free(w->place_of);
    free(w->saved);
}

bool pattern_matches(const struct pattern *pattern, struct span text, struct pattern_groups *ret,
                     uint64_t *work)
{
    struct run r = { .pattern = pattern,
                     .text = span_is_none(text) ? SPAN("") : text,
                     .slots = ret ? 2 * pattern->groups : 0,
                     .work = work };
    size_t found[SLOTS_MAX];
    if (!pattern->may_be_empty && next_start(&r, 0) == r.text.len)
        return false;
    ways_open(&r.now, pattern->len, r.slots);
    ways_open(&r.next, pattern->len, r.slots);
    r.todo = xmalloc(((size_t)pattern->len * 3 + 2) * sizeof *r.todo);
    bool matched = search(&r, found);
    if (matched && ret)
        put_groups(&r, found, ret);
    free(r.todo);
    ways_close(&r.now);
    ways_close(&r.next);
    return matched;
}
