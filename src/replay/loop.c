#include "loop.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"

struct loop {
    struct event_base *base; /* owned */
    int wake_fd;
    struct event wake;
    loop_fn *on_wake;
    void *wake_ctx;
    int64_t now_us;         /* monotonic */
    int64_t wall_offset_us; /* wall clock less monotonic */
    int64_t offset_read_us; /* when that was looked up */
};

/* How often the wall clock is looked at: it is set now and then, the other never. */
#define OFFSET_AGE_US 1000000

struct loop_timer {
    struct loop *loop;
    struct event event;
    loop_fn *fn;
    void *ctx;
};

struct loop_watch {
    struct loop *loop;
    struct event event;
    loop_watch_fn *fn;
    void *ctx;
    int fd;
    unsigned what;
};

int64_t loop_read_clock(struct loop *loop)
{
    loop->now_us = clock_now_ns() / 1000;
    if (loop->now_us - loop->offset_read_us > OFFSET_AGE_US) {
        loop->wall_offset_us = clock_now_us() - loop->now_us;
        loop->offset_read_us = loop->now_us;
    }
    return loop->now_us;
}

static void on_wake_fd(evutil_socket_t fd, short what, void *ctx)
{
    struct loop *loop = ctx;
    uint64_t count;
    (void)what;
    loop_read_clock(loop);
    if (read(fd, &count, sizeof count) > 0 && loop->on_wake)
        loop->on_wake(loop->wake_ctx);
}

static void die(const char *what)
{
    fprintf(stderr, "rehearse: cannot make an event loop: %s\n", what);
    abort();
}

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    struct event_config *config = event_config_new();
    if (!config)
        die("out of memory");
    /*
     * One thread owns the base. No change list: it would let go of a descriptor only in
     * the next turn, when its number may already be another thread's file.
     */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    loop->base = event_base_new_with_config(config);
    event_config_free(config);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!loop->base || loop->wake_fd < 0)
        die("no descriptors left");
    loop->offset_read_us = INT64_MIN / 2;
    loop_read_clock(loop);
    event_assign(&loop->wake, loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake_fd, loop);
    event_add(&loop->wake, NULL);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    event_del(&loop->wake);
    event_base_free(loop->base);
    close(loop->wake_fd);
    free(loop);
}

void loop_run(struct loop *loop)
{
    event_base_dispatch(loop->base);
}

void loop_stop(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

int64_t loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}

int64_t loop_wall_us(const struct loop *loop)
{
    return loop->now_us + loop->wall_offset_us;
}

void loop_on_wake(struct loop *loop, loop_fn *fn, void *ctx)
{
    loop->on_wake = fn;
    loop->wake_ctx = ctx;
}

void loop_wake(struct loop *loop)
{
    uint64_t one = 1;
    /* A full counter means a wake is already on its way. */
    ssize_t written = write(loop->wake_fd, &one, sizeof one);
    (void)written;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct loop_timer *timer = ctx;
    (void)fd;
    (void)what;
    loop_read_clock(timer->loop);
    timer->fn(timer->ctx);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *ctx)
{
    struct loop_timer *timer = xcalloc(1, sizeof *timer);
    timer->loop = loop;
    timer->fn = fn;
    timer->ctx = ctx;
    event_assign(&timer->event, loop->base, -1, 0, on_timer, timer);
    return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (!timer)
        return;
    event_del(&timer->event);
    free(timer);
}

void loop_timer_at(struct loop_timer *timer, int64_t at_us)
{
    int64_t wait = at_us - loop_now_us(timer->loop);
    if (wait < 0)
        wait = 0;
    struct timeval tv = { .tv_sec = (time_t)(wait / 1000000),
                          .tv_usec = (suseconds_t)(wait % 1000000) };
    event_add(&timer->event, &tv);
}

void loop_timer_cancel(struct loop_timer *timer)
{
    event_del(&timer->event);
}

static void on_watch(evutil_socket_t fd, short what, void *ctx)
{
    struct loop_watch *watch = ctx;
    unsigned seen =
        (what & EV_READ ? (unsigned)LOOP_READ : 0u) | (what & EV_WRITE ? (unsigned)LOOP_WRITE : 0u);
    loop_read_clock(watch->loop);
    watch->fn(watch->ctx, fd, seen);
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd, loop_watch_fn *fn, void *ctx)
{
    struct loop_watch *watch = xcalloc(1, sizeof *watch);
    watch->loop = loop;
    watch->fd = fd;
    watch->fn = fn;
    watch->ctx = ctx;
    event_assign(&watch->event, loop->base, fd, 0, on_watch, watch);
    return watch;
}

void loop_watch_free(struct loop_watch *watch)
{
    if (!watch)
        return;
    event_del(&watch->event);
    free(watch);
}

void loop_watch_set(struct loop_watch *watch, unsigned what)
{
    if (watch->what == what)
        return;
    event_del(&watch->event);
    watch->what = what;
    if (what == 0)
        return;
    short events =
        (short)(EV_PERSIST | (what & LOOP_READ ? EV_READ : 0) | (what & LOOP_WRITE ? EV_WRITE : 0));
    event_assign(&watch->event, watch->loop->base, watch->fd, events, on_watch, watch);
    event_add(&watch->event, NULL);
}
