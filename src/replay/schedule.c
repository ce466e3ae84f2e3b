#include "schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/http/url.h"

#define CAUSE_START UINT32_MAX /* the last thing before was the start of the request before */

struct step {
    int64_t start_us, end_us; /* recorded */
    int64_t done_us;          /* in the replay */
    uint32_t cause; /* the exchange whose end came last before this start, or CAUSE_START */
};

struct schedule {
    double speed;
    int64_t first_due_us;
    int64_t last_sent_us;
    size_t count, next;
    uint32_t flying[SCHEDULE_FLYING_MAX];
    unsigned flying_count;
    struct step steps[];
};

struct ending {
    int64_t end_us;
    uint32_t index;
};

static int by_end(const void *a, const void *b)
{
    const struct ending *x = a, *y = b;
    if (x->end_us != y->end_us)
        return x->end_us < y->end_us ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Starts never go back in the order given, and no exchange ends before it starts. */
static void take_times(struct schedule *s, const struct exchange *x)
{
    int64_t latest = INT64_MIN;
    for (size_t i = 0; i < s->count; i++) {
        struct step *step = &s->steps[i];
        step->start_us = x[i].start_us > latest ? x[i].start_us : latest;
        latest = step->start_us;
        int64_t duration = x[i].duration_us > 0 ? x[i].duration_us : 0;
        if (__builtin_add_overflow(step->start_us, duration, &step->end_us))
            step->end_us = INT64_MAX;
    }
}

static bool leads_to(const struct exchange *from, const struct exchange *to, struct arena *arena)
{
    struct span location = http_fields_value(&from->response.fields, SPAN("Location"));
    struct url url;
    if (from->response.status < 300 || from->response.status > 399 || !location.len ||
        !span_eq(to->request.method, SPAN("GET")))
        return false;
    arena_clear(arena);
    if (!url_parse(&url, url_resolve(from->request.target, location, arena)))
        return false;
    return span_eq(url.target.len ? url.target : SPAN("/"), to->request.target);
}

/*
 * The target of a redirect was asked for when the redirect had come, whatever the
 * recording's clock says: some browsers' tools let it begin before the redirect ends.
 */
static void let_redirects_end(struct schedule *s, const struct exchange *x)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 1; i < s->count; i++)
        for (size_t j = i; j-- > 0 && j + SCHEDULE_FLYING_MAX >= i;)
            if (s->steps[j].end_us > s->steps[i].start_us && leads_to(&x[j], &x[i], &arena)) {
                s->steps[j].end_us = s->steps[i].start_us;
                break;
            }
}

/* One walk over the ends in order, beside one over the starts in order. */
static void find_causes(struct schedule *s)
{
    AUTO(freep) struct ending *ends = xmalloc((s->count ? s->count : 1) * sizeof *ends);
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++)
        ends[i] = (struct ending){ s->steps[i].end_us, (uint32_t)i };
    qsort(ends, s->count, sizeof *ends, by_end);

    for (size_t i = 0; i < s->count; i++) {
        /* An end at this very start with a higher index belongs to a request that comes later. */
        while (at < s->count && ends[at].end_us <= s->steps[i].start_us && ends[at].index < i)
            at++;
        s->steps[i].cause = CAUSE_START;
        if (at > 0 && (i == 0 || ends[at - 1].end_us >= s->steps[i - 1].start_us))
            s->steps[i].cause = ends[at - 1].index;
    }
}

struct schedule *schedule_new(const struct exchange *x, size_t count, double speed,
                              int64_t start_us)
{
    struct schedule *s = xcalloc(1, sizeof *s + count * sizeof *s->steps);
    s->speed = speed;
    s->first_due_us = start_us;
    s->count = count;
    take_times(s, x);
    let_redirects_end(s, x);
    find_causes(s);
    return s;
}

void schedule_free(struct schedule *schedule)
{
    free(schedule);
}

static bool blocked(const struct schedule *s)
{
    if (s->flying_count == SCHEDULE_FLYING_MAX)
        return true;
    for (unsigned i = 0; i < s->flying_count; i++)
        if (s->steps[s->flying[i]].end_us <= s->steps[s->next].start_us)
            return true;
    return false;
}

/* The recorded time from one moment to another, at the replay's speed. */
static int64_t scaled(const struct schedule *s, int64_t from_us, int64_t to_us)
{
    int64_t us;
    if (s->speed <= 0 || to_us <= from_us)
        return 0;
    if (__builtin_sub_overflow(to_us, from_us, &us))
        us = INT64_MAX;
    double wait = (double)us / s->speed;
    return wait < 9e15 ? (int64_t)wait : (int64_t)9e15;
}

static int64_t due_of(const struct schedule *s)
{
    const struct step *step = &s->steps[s->next];
    if (s->next == 0)
        return s->first_due_us;
    if (step->cause != CAUSE_START)
        return s->steps[step->cause].done_us +
               scaled(s, s->steps[step->cause].end_us, step->start_us);
    return s->last_sent_us + scaled(s, s->steps[s->next - 1].start_us, step->start_us);
}

enum schedule_word schedule_next(const struct schedule *s, int64_t now_us, size_t *ret_index,
                                 int64_t *ret_due_us)
{
    if (s->next == s->count)
        return SCHEDULE_OVER;
    if (blocked(s))
        return SCHEDULE_BLOCKED;
    int64_t due = due_of(s);
    if (due > now_us) {
        *ret_due_us = due;
        return SCHEDULE_LATER;
    }
    *ret_index = s->next;
    return SCHEDULE_DUE;
}

void schedule_sent(struct schedule *s, size_t index, int64_t now_us)
{
    assert(index == s->next && s->flying_count < SCHEDULE_FLYING_MAX);
    s->flying[s->flying_count++] = (uint32_t)index;
    s->last_sent_us = now_us;
    s->next++;
}

void schedule_done(struct schedule *s, size_t index, int64_t now_us)
{
    for (unsigned i = 0; i < s->flying_count; i++) {
        if (s->flying[i] != index)
            continue;
        s->flying[i] = s->flying[--s->flying_count];
        s->steps[index].done_us = now_us;
        return;
    }
    assert(0 && "done, but was not in flight");
}

bool schedule_is_over(const struct schedule *s)
{
    return s->next == s->count && s->flying_count == 0;
}
