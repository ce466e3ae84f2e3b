#ifndef REHEARSE_SRC_REPLAY_SCHEDULE_H
#define REHEARSE_SRC_REPLAY_SCHEDULE_H

#include "rehearse/http/exchange.h"

/*
 * When the next request of a session is due: causality and pace. No clock: `now_us`
 * is any monotonic microsecond count, the same one in all calls.
 *
 * Requests leave in recorded order, always. One waits while an exchange is in flight
 * whose recorded end is at or before this one's recorded start: the visitor had that
 * answer when he asked; so he had a redirect whose target he asks for. Then it waits for the time that passed in the recording
 * since the last thing that happened before it (the end of such an exchange, or the
 * start of the request before), divided by the speed. A recording without durations
 * is replayed strictly one after the other.
 */
struct schedule;

/* One visitor has at most so many requests on the way, however many the recording claims. */
enum { SCHEDULE_FLYING_MAX = 16 };

enum schedule_word {
    SCHEDULE_DUE,     /* now: *ret_index */
    SCHEDULE_LATER,   /* at *ret_due_us */
    SCHEDULE_BLOCKED, /* when something in flight is done */
    SCHEDULE_OVER,    /* nothing left to send; some may still be in flight */
};

/* Copies what it needs of `x`. `start_us`: when the first request is due. `speed` 0: no waiting. */
struct schedule *schedule_new(const struct exchange *x, size_t count, double speed,
                              int64_t start_us);
void schedule_free(struct schedule *schedule);
enum schedule_word schedule_next(const struct schedule *schedule, int64_t now_us, size_t *ret_index,
                                 int64_t *ret_due_us);
/* The one schedule_next named as due left now, or was skipped now (then done follows at once). */
void schedule_sent(struct schedule *schedule, size_t index, int64_t now_us);
void schedule_done(struct schedule *schedule, size_t index, int64_t now_us);
/* Nothing left to send and nothing in flight. */
bool schedule_is_over(const struct schedule *schedule);

AUTO_FREE(struct schedule, schedule_free);

#endif
