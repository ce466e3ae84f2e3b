#ifndef REHEARSE_TESTS_REPLAY_CAPTURE_KIT_H
#define REHEARSE_TESTS_REPLAY_CAPTURE_KIT_H

/*
 * Captures made by hand, in files of their own folder that is gone afterwards, and
 * a look into the run that came of them. Header only, because a test is one file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/replay/replay.h"

#define KIT_START_US 1772874932000000

struct kit {
    char folder[64];
    char capture_path[96], run_path[96];
    struct store *capture, *run; /* owned */
    struct target *target;       /* owned */
    struct replay_options options;
    struct replay_summary summary;
    struct arena arena;
    struct err err;
};

static inline void kit_must(int rc, const struct err *err)
{
    if (rc < 0)
        print_error("%s\n", err->text);
    assert_true(rc >= 0);
}

/* A capture to fill, and a target "staging" where shop.example lives at `port` on loopback. */
static inline void kit_open(struct kit *kit, int port)
{
    char place[64];
    memset(kit, 0, sizeof *kit);
    snprintf(kit->folder, sizeof kit->folder, "/tmp/rehearse-replay-XXXXXX");
    assert_non_null(mkdtemp(kit->folder));
    snprintf(kit->capture_path, sizeof kit->capture_path, "%s/a.capture", kit->folder);
    snprintf(kit->run_path, sizeof kit->run_path, "%s/a.run", kit->folder);
    kit_must(store_create(&kit->capture, kit->capture_path, STORE_CAPTURE, false, &kit->err),
             &kit->err);
    kit_must(store_create(&kit->run, kit->run_path, STORE_RUN, false, &kit->err), &kit->err);
    kit->target = target_new("staging", false);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", port);
    kit_must(target_add_host(kit->target, "shop.example", place, &kit->err), &kit->err);
    kit_must(target_set_mutations(kit->target, MUTATIONS_ALLOW, &kit->err), &kit->err);
    kit->options = (struct replay_options){ .target = kit->target, .error_budget = 2 };
}

static inline void kit_remove(const char *path)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
    char name[128];
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

static inline void kit_close(struct kit *kit)
{
    store_close(kit->capture);
    store_close(kit->run);
    target_free(kit->target);
    arena_release(&kit->arena);
    kit_remove(kit->capture_path);
    kit_remove(kit->run_path);
    rmdir(kit->folder);
}

/* As recorded: a GET of shop.example answered 200 after 10 ms. Change it, then kit_put. */
static inline struct exchange kit_exchange(uint64_t session, int64_t at_ms, const char *target)
{
    struct exchange x = exchange_blank();
    x.session = session;
    x.start_us = KIT_START_US + at_ms * 1000;
    x.duration_us = 10000;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(target);
    x.response.status = 200;
    return x;
}

static inline void kit_put(struct kit *kit, const struct exchange *x)
{
    kit_must(store_put_exchange(kit->capture, x, 1, &kit->err), &kit->err);
}

static inline void kit_get(struct kit *kit, uint64_t session, int64_t at_ms, const char *target)
{
    struct exchange x = kit_exchange(session, at_ms, target);
    kit_put(kit, &x);
}

static inline void kit_field(struct kit *kit, struct exchange *x, const char *name,
                             const char *value)
{
    http_fields_add(&x->request.fields, &kit->arena, span_of(name), span_of(value));
}

/* The capture is complete: seal it. */
static inline void kit_seal(struct kit *kit)
{
    kit_must(store_finish(kit->capture, &kit->err), &kit->err);
}

static inline int kit_replay(struct kit *kit)
{
    kit->err = (struct err)ERR_INIT;
    return replay_run(kit->capture, kit->run, &kit->options, &kit->summary, &kit->err);
}

/* The exchanges of a session in the run. */
static inline size_t kit_session(struct kit *kit, uint64_t session, struct exchange **ret)
{
    size_t count = 0;
    kit_must(store_load_session(kit->run, session, true, ret, &count, &kit->arena, &kit->err),
             &kit->err);
    return count;
}

/* The one exchange of a session that has one; hops are not looked at. */
static inline struct exchange *kit_only(struct kit *kit, uint64_t session)
{
    struct exchange *x;
    size_t count = kit_session(kit, session, &x);
    assert_true(count >= 1);
    return &x[0];
}

#endif
