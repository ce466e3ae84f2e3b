#ifndef REHEARSE_SRC_REPLAY_LOOP_H
#define REHEARSE_SRC_REPLAY_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "rehearse/base/auto.h"

/*
 * The event loop of one shard, and its clock: the only file that knows libevent.
 * Everything belongs to the loop's thread, except loop_wake. Callbacks may do
 * anything to their own timer or watch, freeing included.
 */
struct loop;
typedef void loop_fn(void *ctx);

/* Dies when the machine gives no event loop: nothing can be done without one. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);
/* Turns until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Monotonic microseconds, read when the loop last called somebody back. Outside the loop's thread:
 * not to be used. */
int64_t loop_now_us(const struct loop *loop);
/* The same moment by the wall clock, Unix microseconds. */
int64_t loop_wall_us(const struct loop *loop);
/* Look at the clock again: for what is measured. Returns the monotonic microseconds. */
int64_t loop_read_clock(struct loop *loop);

/* loop_wake may be called from any thread: `fn` runs soon in the loop's own; wakes that come close
 * together are one. */
void loop_on_wake(struct loop *loop, loop_fn *fn, void *ctx);
void loop_wake(struct loop *loop);

/* A timer: at most one moment at a time. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *ctx);
void loop_timer_free(struct loop_timer *timer);
/* At that moment of loop_now_us, or at once when it is past. Moves the timer if it was set. */
void loop_timer_at(struct loop_timer *timer, int64_t at_us);
void loop_timer_cancel(struct loop_timer *timer);

/* A watch on a descriptor, until told otherwise. */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_watch;
typedef void loop_watch_fn(void *ctx, int fd, unsigned what);
struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_watch_fn *fn, void *ctx);
void loop_watch_free(struct loop_watch *watch);
/* 0 stops watching. */
void loop_watch_set(struct loop_watch *watch, unsigned what);

AUTO_FREE(struct loop, loop_free);

#endif
