/* What a run leaves behind of its sentinel, and what production says of what was found. */
#include <stdio.h>

#include "rehearse/base/json_text.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "sentinel_impl.h"

/* Of production's answers to strangers; more of them would say the same. */
enum { EVIDENCE_BODIES_MAX = 20000 };
#define EVIDENCE_BYTES_MAX (256u << 20)

struct evidence_walk {
    struct sentinel *sentinel;
    struct store *capture;
    struct map seen; /* numbers of bodies */
    bool *shown;     /* one a mark */
    uint64_t bytes;
    struct arena bodies;
};

static bool brings_login(const struct http_request *r)
{
    if (http_fields_first(&r->fields, SPAN("Authorization")))
        return true;
    struct span rest = http_fields_value(&r->fields, SPAN("Cookie"));
    struct cookie_pair pair;
    while (!span_is_none(rest) && cookie_next(&rest, &pair))
        if (cookie_may_log_in(pair.name, cookie_role(pair.name)))
            return true;
    return false;
}

static bool note_shown(void *ctx, size_t number)
{
    bool *shown = ctx;
    shown[number] = true;
    return true;
}

static int read_body(struct evidence_walk *w, const struct exchange *x, struct err *err)
{
    struct span body;
    bool fresh;
    if (!x->body_id || brings_login(&x->request) || w->seen.len >= EVIDENCE_BODIES_MAX ||
        w->bytes >= EVIDENCE_BYTES_MAX)
        return 0;
    map_put(&w->seen, x->body_id, 1, &fresh);
    if (!fresh)
        return 0;
    arena_clear(&w->bodies);
    int rc = store_load_body(w->capture, x->body_id, &body, &w->bodies, err);
    if (rc < 0)
        return rc;
    w->bytes += body.len;
    mark_set_find(w->sentinel->marks, body, note_shown, w->shown);
    return 0;
}

static int read_capture(struct evidence_walk *w, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    struct exchange *x;
    size_t count;
    int rc = store_sessions_open(&walk, w->capture, STORE_BY_START, err);
    if (rc < 0)
        return rc;
    while ((rc = store_sessions_next(walk, &session, err)) > 0) {
        arena_clear(&arena);
        rc = store_load_session(w->capture, session.id, /* bodies= */ false, &x, &count, &arena,
                                err);
        for (size_t i = 0; rc == 0 && i < count; i++)
            rc = read_body(w, &x[i], err);
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int put_public(const struct sentinel *s, size_t number, struct store *run, struct err *err)
{
    char key[64];
    const struct mark *mark = mark_set_at(s->marks, number);
    snprintf(key, sizeof key, "leak.public.%lu.%s", (unsigned long)mark->owner + 1, mark->kind);
    return store_put_meta(run, key, SPAN("production shows it to strangers"), err);
}

/* Of the marks that were found, those that production shows to anybody. */
static int ask_production(struct sentinel *s, struct store *capture, struct store *run,
                          struct err *err)
{
    struct evidence_walk w = { .sentinel = s, .capture = capture, .bodies = ARENA_INIT };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    w.shown = arena_calloc(&arena, mark_set_count(s->marks) + 1, sizeof *w.shown);
    int rc = read_capture(&w, err);
    for (size_t i = 0; rc == 0 && i < mark_set_count(s->marks); i++)
        if (w.shown[i] && s->states[i].found)
            rc = put_public(s, i, run, err);
    map_release(&w.seen);
    arena_release(&w.bodies);
    return rc;
}

static int put_watch(const struct sentinel *s, struct store *run, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    uint64_t members = 0;
    bool first = true;
    for (size_t i = 0; i < identity_pool_size(s->pool); i++)
        members += s->began[i];
    strbuf_add_char(&text, '{');
    json_member_u64(&text, &first, "members", members);
    json_member_u64(&text, &first, "marks", mark_set_count(s->marks));
    json_member_u64(&text, &first, "answers", s->answers);
    json_member_u64(&text, &first, "beyond", s->beyond);
    strbuf_add_char(&text, '}');
    return store_put_meta(run, "leak.watch", strbuf_span(&text), err);
}

int sentinel_finish(struct sentinel *s, struct store *capture, struct store *run, struct err *err)
{
    bool found = false;
    if (!s)
        return 0;
    for (size_t i = 0; i < mark_set_count(s->marks); i++)
        found |= s->states[i].found;
    int rc = put_watch(s, run, err);
    if (rc == 0 && found)
        rc = ask_production(s, capture, run, err);
    return rc;
}
