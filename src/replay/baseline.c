#include "rehearse/replay/replay.h"

/* A transaction holds about so many exchanges. */
enum { COMMIT_EXCHANGES = 20000 };

struct copying {
    struct store *from, *to;
    const struct progress *progress;
    struct arena arena; /* of one session */
    uint64_t done, total, skipped, since_commit;
};

static int copy_exchange(struct copying *c, const struct exchange *x, struct err *err)
{
    struct exchange copy = *x;
    c->done++;
    if (x->response.status == 0) {
        c->skipped++;
        return 0;
    }
    copy.planned = x->seq;
    c->since_commit++;
    return store_put_exchange(c->to, &copy, 1, err);
}

static int copy_session(struct copying *c, const struct store_session *session, struct err *err)
{
    struct exchange *x;
    size_t count;
    arena_clear(&c->arena);
    int rc = store_put_session_note(c->to, session->id, session->how, session->identity, err);
    if (rc == 0)
        rc = store_load_session(c->from, session->id, /* bodies= */ true, &x, &count, &c->arena,
                                err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = copy_exchange(c, &x[i], err);
    if (rc == 0)
        rc = store_end_session(c->to, session->id, 1, SPAN("recorded"), err);
    if (rc < 0 || c->since_commit < COMMIT_EXCHANGES)
        return rc;
    c->since_commit = 0;
    progress_report(c->progress, &(struct progress_state){ .doing = "baseline",
                                                           .unit = "exchanges",
                                                           .done = c->done,
                                                           .total = c->total });
    return store_commit(c->to, err);
}

struct variants {
    struct store *to;
    struct err *err;
};

static int copy_variant(void *ctx, struct span name, struct span pseudonym, struct span value)
{
    struct variants *v = ctx;
    return store_put_variant(v->to, name, pseudonym, value, 0, v->err);
}

static int copy_all(struct copying *c, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    struct store_session session;
    struct store_totals totals;
    int rc = store_totals(c->from, &totals, err);
    if (rc < 0)
        return rc;
    c->total = totals.exchanges;
    rc = store_sessions_open(&walk, c->from, STORE_BY_START, err);
    if (rc < 0)
        return rc;
    while ((rc = store_sessions_next(walk, &session, err)) > 0) {
        rc = copy_session(c, &session, err);
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    return store_each_variant(c->from, copy_variant, &(struct variants){ c->to, err }, err);
}

/* Its pseudonyms are the capture's, and so is their key. */
static int copy_key(struct copying *c, struct err *err)
{
    struct span key = SPAN_NONE;
    int rc = store_get_meta(c->from, "keyed", &key, &c->arena, err);
    return rc < 0 || key.len == 0 ? rc : store_put_meta(c->to, "keyed", key, err);
}

int baseline_from_recorded(struct store *capture, struct store *baseline,
                           const struct progress *progress, struct err *err)
{
    struct copying c = {
        .from = capture, .to = baseline, .progress = progress, .arena = ARENA_INIT
    };
    if (store_kind(baseline) != STORE_BASELINE)
        return err_set(err, E_USAGE, "%s: a %s, expected a baseline file to write to",
                       store_path(baseline), store_kind_name(store_kind(baseline)));
    int rc = copy_all(&c, err);
    if (rc == 0 && c.skipped)
        rc = store_count_skipped(baseline, span_of(store_path(capture)), SPAN("skipped"),
                                 SPAN("the capture recorded no response"), c.skipped, err);
    if (rc == 0)
        rc = copy_key(&c, err);
    if (rc == 0)
        rc = store_finish(baseline, err);
    arena_release(&c.arena);
    return rc;
}
