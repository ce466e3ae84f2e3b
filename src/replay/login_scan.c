#include "login_scan.h"

/* The answer to a login may hold its token: only that body is worth loading. */
static int load_answers(struct store *capture, struct exchange *x, size_t count,
                        struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!x[i].body_id || x[i].request.body.len == 0 || !request_is_login(&x[i].request))
            continue;
        int rc = store_load_body(capture, x[i].body_id, &x[i].response.body, arena, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int login_scan(struct login_learner *learner, struct store *capture, struct guard *guard,
               struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    int rc = store_sessions_open(&walk, capture, STORE_BY_START, err);
    while (rc >= 0 && !guard_stopped(guard)) {
        struct exchange *x;
        size_t count;
        rc = store_sessions_next(walk, &session, err);
        if (rc <= 0)
            return rc;
        arena_clear(&arena);
        rc = store_load_session(capture, session.id, /* bodies= */ false, &x, &count, &arena, err);
        if (rc == 0)
            rc = load_answers(capture, x, count, &arena, err);
        if (rc == 0)
            login_learner_see(learner, x, count);
    }
    return rc < 0 ? rc : 0;
}
