#ifndef REHEARSE_TESTS_REPLAY_REPLAY_KIT_H
#define REHEARSE_TESTS_REPLAY_REPLAY_KIT_H

/* A capture to replay, and a server in this process to replay it against. */
#include "capture_kit.h"
#include "hostile_server.h"

struct fixture {
    struct hostile_server *server;
    struct kit kit;
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->server = hostile_start();
    kit_open(&f->kit, f->server->port);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    kit_close(&f->kit);
    hostile_stop(f->server);
    free(f);
    return 0;
}

static inline void check_sums(const struct replay_summary *s)
{
    assert_int_equal(s->planned, s->sent + s->skipped);
    assert_int_equal(s->sent, s->answered + s->failed);
}

/* The server's log; the server is idle when a run is over. */
static inline const char *log_of(struct fixture *f)
{
    return f->server->log.buf;
}

static inline void put_sessions(struct kit *kit, unsigned sessions, unsigned requests)
{
    for (unsigned r = 0; r < requests; r++)
        for (unsigned s = 1; s <= sessions; s++) {
            char target[64];
            snprintf(target, sizeof target, "/s%u/r%u", s, r);
            kit_get(kit, s, (int64_t)(r * 100 + s), target);
        }
    kit_seal(kit);
}

#define each(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
