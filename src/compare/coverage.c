#include "coverage.h"

#include <stdlib.h>

void coverage_release(struct coverage *c)
{
    arena_release(&c->arena);
    c->len = 0;
}

void coverage_count(struct coverage *c, struct span what, struct span reason)
{
    reason = span_head(reason, 160);
    for (size_t i = 0; i < c->len; i++)
        if (span_eq(c->at[i].what, what) && span_eq(c->at[i].reason, reason)) {
            c->at[i].exchanges++;
            return;
        }
    if (c->len + 16 >= COVERAGE_LINES_MAX && !span_eq(reason, SPAN("other reasons"))) {
        coverage_count(c, what, SPAN("other reasons")); /* the last 16 lines are for these */
        return;
    }
    if (c->len < COVERAGE_LINES_MAX)
        c->at[c->len++] =
            (struct coverage_line){ arena_copy(&c->arena, what), arena_copy(&c->arena, reason), 1 };
}

void coverage_take_back(struct coverage *c, struct span what, struct span reason, uint64_t count)
{
    for (size_t i = 0; count && i < c->len; i++)
        if (span_eq(c->at[i].what, what) && !c->at[i].reason.len) {
            c->at[i].exchanges -= count;
            coverage_count(c, what, reason);
            for (size_t k = 0; k < c->len; k++)
                if (span_eq(c->at[k].what, what) && span_eq(c->at[k].reason, reason))
                    c->at[k].exchanges += count - 1;
            return;
        }
}

/* The report reads from whole exchanges to their parts. */
static int rank(struct span what)
{
    static const struct span order[] = {
        { "exchanges", 9 }, { "response fields", 15 }, { "bodies", 6 }, { "cache keys", 10 }
    };
    for (int i = 0; i < 4; i++)
        if (span_eq(order[i], what))
            return i;
    return 4;
}

static int by_reading(const void *a, const void *b)
{
    const struct coverage_line *x = a, *y = b;
    if (rank(x->what) != rank(y->what))
        return rank(x->what) - rank(y->what);
    if ((x->reason.len == 0) != (y->reason.len == 0))
        return x->reason.len == 0 ? -1 : 1;
    if (x->exchanges != y->exchanges)
        return x->exchanges > y->exchanges ? -1 : 1;
    return span_cmp(x->reason, y->reason);
}

struct coverage_line *coverage_lines(const struct coverage *c, struct arena *arena)
{
    struct coverage_line *lines = arena_calloc(arena, c->len, sizeof *lines);
    for (size_t i = 0; i < c->len; i++)
        lines[i] = (struct coverage_line){ arena_copy(arena, c->at[i].what),
                                           arena_copy(arena, c->at[i].reason), c->at[i].exchanges };
    if (c->len)
        qsort(lines, c->len, sizeof *lines, by_reading);
    return lines;
}
