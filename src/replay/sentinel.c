#include "sentinel.h"

#include <stdio.h>
#include <stdlib.h>

#include "canary.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"
#include "rehearse/cache/cache_status.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/media_type.h"
#include "rehearse/session/value_place.h"
#include "sentinel_impl.h"

/* Bodies remembered that hold no mark at all, by their hash. */
enum { BARREN_MAX = 65536 };
/* Remarks of one answer. */
enum { HITS_MAX = 8 };
/* Shorter tokens are words. */
enum { TOKEN_SHORTEST = 12 };

static const uint32_t NOBODY = UINT32_MAX;

struct hit {
    uint32_t owner, to;
    const char *kind;  /* static */
    struct span where; /* "body", or the field; in the watch's arena */
    bool given;
    uint64_t session;
    uint32_t seq;
    uint32_t answer; /* seq of the answer that holds it */
};

struct watch {
    struct sentinel *sentinel; /* borrowed */
    struct map barren;
    struct arena arena; /* of the hits */
    struct hit hits[HITS_MAX];
    size_t count;
    uint64_t answers; /* not yet added to the sentinel's */
};

/* ---- making ---- */

static void add_canaries(struct sentinel *s, uint64_t run_seed)
{
    char text[CANARY_LENGTH + 1];
    for (size_t i = 0; i < identity_pool_size(s->pool) && i < UINT32_MAX; i++) {
        canary_text(text, run_seed, (uint32_t)i);
        mark_set_add(s->marks, (uint32_t)i, "canary", span_of(text));
    }
}

struct sentinel *sentinel_new(const struct identity_pool *pool, uint64_t run_seed)
{
    if (!pool || identity_pool_size(pool) == 0)
        return NULL;
    struct sentinel *s = xcalloc(1, sizeof *s);
    s->pool = pool;
    s->marks = mark_set_new();
    mark_set_add_accounts(s->marks, pool);
    add_canaries(s, run_seed);
    s->learned = learned_marks_new();
    s->states = xcalloc(mark_set_count(s->marks) + 1, sizeof *s->states);
    s->began = xcalloc(identity_pool_size(pool), sizeof *s->began);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void sentinel_free(struct sentinel *s)
{
    if (!s)
        return;
    mark_set_free(s->marks);
    learned_marks_free(s->learned);
    free(s->states);
    free(s->began);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct watch *watch_new(struct sentinel *sentinel)
{
    if (!sentinel)
        return NULL;
    struct watch *watch = xcalloc(1, sizeof *watch);
    watch->sentinel = sentinel;
    watch->arena = (struct arena)ARENA_INIT;
    return watch;
}

static void add_answers(struct watch *watch)
{
    pthread_mutex_lock(&watch->sentinel->lock);
    watch->sentinel->answers += watch->answers;
    pthread_mutex_unlock(&watch->sentinel->lock);
    watch->answers = 0;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    add_answers(watch);
    map_release(&watch->barren);
    arena_release(&watch->arena);
    free(watch);
}

void watch_begin(struct watch *watch, const struct session_run *run)
{
    if (!watch || !run->has_identity)
        return;
    pthread_mutex_lock(&watch->sentinel->lock);
    watch->sentinel->began[run->identity.index] = true;
    pthread_mutex_unlock(&watch->sentinel->lock);
}

/* ---- one answer ---- */

struct look {
    struct watch *watch;
    const struct outgoing *sent;
    const struct exchange *answered;
    uint32_t reader; /* NOBODY: a visitor without account */
    bool cached;
    struct span where;
    bool any; /* a mark of anybody's is in what was looked at */
};

static void keep_hit(struct look *look, const struct hit *hit)
{
    struct watch *watch = look->watch;
    for (size_t i = 0; i < watch->count; i++)
        if (watch->hits[i].answer == hit->answer && watch->hits[i].owner == hit->owner &&
            watch->hits[i].kind == hit->kind)
            return;
    if (watch->count == HITS_MAX)
        return;
    struct hit *kept = &watch->hits[watch->count++];
    *kept = *hit;
    kept->where = arena_copy(&watch->arena, look->where);
}

static bool is_this(void *ctx, size_t number)
{
    size_t *wanted = ctx;
    if (number == *wanted)
        *wanted = SIZE_MAX;
    return *wanted != SIZE_MAX;
}

static bool text_holds(const struct mark_set *marks, struct span text, size_t number)
{
    size_t wanted = number;
    if (text.len)
        mark_set_find(marks, text, is_this, &wanted);
    return wanted == SIZE_MAX;
}

/* A mirror is no leak: the visitor had it before. */
static bool request_holds(const struct look *look, size_t number)
{
    const struct mark_set *marks = look->watch->sentinel->marks;
    const struct http_request *r = &look->sent->wire;
    bool holds = text_holds(marks, r->target, number) || text_holds(marks, r->body, number);
    for (uint32_t i = 0; !holds && i < r->fields.len; i++)
        holds = text_holds(marks, r->fields.at[i].value, number);
    return holds;
}

static bool request_holds_text(const struct look *look, struct span text)
{
    const struct http_request *r = &look->sent->wire;
    bool holds = span_find(r->target, text) >= 0 || span_find(r->body, text) >= 0;
    for (uint32_t i = 0; !holds && i < r->fields.len; i++)
        holds = span_find(r->fields.at[i].value, text) >= 0;
    return holds;
}

/* Most marks met are the reader's own, in his pages. */
static bool is_known_own(struct look *look, const struct mark *mark, size_t number)
{
    struct sentinel *s = look->watch->sentinel;
    if (mark->owner != look->reader)
        return false;
    pthread_mutex_lock(&s->lock);
    bool given = s->states[number].given;
    pthread_mutex_unlock(&s->lock);
    return given;
}

static bool on_mark(void *ctx, size_t number)
{
    struct look *look = ctx;
    struct sentinel *s = look->watch->sentinel;
    const struct mark *mark = mark_set_at(s->marks, number);
    struct mark_state *state = &s->states[number];
    bool leaked = false;
    look->any = true;
    if (is_known_own(look, mark, number) || request_holds(look, number))
        return true;
    pthread_mutex_lock(&s->lock);
    struct hit hit = { .owner = mark->owner, .to = look->reader, .kind = mark->kind };
    if (mark->owner == look->reader && !state->given) {
        state->given = true;
        state->session = look->answered->session;
        state->seq = look->answered->seq;
    } else if (mark->owner != look->reader) {
        if (!s->began[mark->owner] && !look->cached)
            state->public = true;
        leaked = !state->public;
        state->found |= leaked;
        hit.given = state->given;
        hit.session = state->session;
        hit.seq = state->seq;
    }
    pthread_mutex_unlock(&s->lock);
    hit.answer = look->answered->seq;
    if (leaked)
        keep_hit(look, &hit);
    return look->watch->count < HITS_MAX;
}

static void leaked_learned(struct look *look, const struct learned_mark *mark)
{
    keep_hit(look, &(struct hit){ .owner = mark->owner,
                                  .to = look->reader,
                                  .kind = mark->kind,
                                  .given = true,
                                  .session = mark->session,
                                  .seq = mark->seq,
                                  .answer = look->answered->seq });
}

static bool on_learned(void *ctx, const struct learned_mark *mark, struct span found)
{
    struct look *look = ctx;
    look->any = true; /* his own too: who is given this body next is another */
    if (mark->owner != look->reader && !request_holds_text(look, found))
        leaked_learned(look, mark);
    return look->watch->count < HITS_MAX;
}

static void look_at(struct look *look, struct span text, struct span where)
{
    struct sentinel *s = look->watch->sentinel;
    look->where = where;
    mark_set_find(s->marks, text, on_mark, look);
    learned_marks_find(s->learned, text, on_learned, look);
}

static bool may_hold_text(const struct exchange *x)
{
    static const struct span others[] = {
        { "image/", 6 }, { "video/", 6 }, { "audio/", 6 }, { "font/", 5 }
    };
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (span_istarts(type, others[i]))
            return span_ifind(type, SPAN("svg")) >= 0;
    return true;
}

/* Most pages are many visitors' alike, and hold nobody's mark. */
static void look_at_body(struct look *look)
{
    struct watch *watch = look->watch;
    struct span body = look->answered->response.body;
    if (body.len == 0 || !may_hold_text(look->answered))
        return;
    uint64_t hash = hash64(body);
    if (map_get(&watch->barren, hash))
        return;
    look->any = false;
    look_at(look, body, SPAN("body"));
    if (look->any)
        return;
    if (watch->barren.len >= BARREN_MAX)
        map_clear(&watch->barren);
    map_put(&watch->barren, hash, 1, NULL);
}

/* ---- what staging gives a member ---- */

static void learn(struct look *look, const char *kind, struct span value)
{
    struct learned_mark mark = { look->reader, kind, look->answered->session, look->answered->seq },
                        other;
    if (look->reader == NOBODY) /* his tokens are no member's; but he may be given one */
        return;
    if (learned_marks_add(look->watch->sentinel->learned, &mark, value, &other) &&
        !request_holds_text(look, value))
        leaked_learned(look, &other);
}

static void learn_cookies(struct look *look)
{
    const struct http_fields *fields = &look->answered->response.fields;
    struct set_cookie cookie;
    look->where = SPAN("Set-Cookie");
    for (uint32_t i = 0; i < fields->len; i++)
        if (span_ieq(fields->at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, fields->at[i].value) && cookie.value.len >= TOKEN_SHORTEST &&
            cookie_role(cookie.name) == COOKIE_SESSION)
            learn(look, "session token", cookie.value);
}

static bool all_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!char_is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* Of values that production gave this visitor alone, and staging gives otherwise. */
static void on_given(void *ctx, struct span value)
{
    bool digits = all_digits(value);
    if (value.len >= (size_t)(digits ? MARK_SHORTEST_NUMBER : MARK_SHORTEST) &&
        value_is_identifier(value))
        learn(ctx, "number of his own", value);
}

void watch_grant(struct watch *watch, const struct session_run *run)
{
    struct learned_mark other;
    if (!watch || !run->has_identity || run->grant.basic)
        return;
    struct span token =
        span_from(run->grant.value, (size_t)(span_find_char(run->grant.value, ' ') + 1));
    if (token.len < TOKEN_SHORTEST)
        return;
    const struct learned_mark mark = { (uint32_t)run->identity.index, "session token",
                                       run->planned->session, 0 };
    learned_marks_add(watch->sentinel->learned, &mark, token, &other);
}

void watch_answer(struct watch *watch, const struct session_run *run, const struct outgoing *sent,
                  const struct exchange *answered)
{
    if (!watch)
        return;
    const struct http_fields *fields = &answered->response.fields;
    struct look look = {
        .watch = watch,
        .sent = sent,
        .answered = answered,
        .reader = run->has_identity ? (uint32_t)run->identity.index : NOBODY,
        .cached = cache_outcome_is_hit(cache_outcome_of(fields).outcome),
    };
    watch->answers++;
    learn_cookies(&look);
    if (look.reader != NOBODY && !(answered->marks & (MARK_HOP | MARK_LOGIN_STEP)))
        bound_values_each_given(run->bounds, answered->planned, on_given, &look);
    for (uint32_t i = 0; i < fields->len; i++)
        look_at(&look, fields->at[i].value, fields->at[i].name);
    look_at_body(&look);
}

/* ---- remarks ---- */

bool watch_has_remarks(const struct watch *watch)
{
    return watch && watch->count;
}

static void add_hit(struct strbuf *out, const struct hit *hit)
{
    bool first = true;
    strbuf_add_char(out, '{');
    json_member_string(out, &first, "mark", span_of(hit->kind));
    json_member_u64(out, &first, "of", (uint64_t)hit->owner + 1);
    if (hit->to != NOBODY)
        json_member_u64(out, &first, "to", (uint64_t)hit->to + 1);
    json_member_string(out, &first, "in", hit->where);
    if (hit->given) {
        char text[20];
        snprintf(text, sizeof text, "%016llx", (unsigned long long)hit->session);
        json_member_string(out, &first, "first_session", span_of(text));
        json_member_u64(out, &first, "first_seq", hit->seq);
    }
    strbuf_add_char(out, '}');
}

static bool may_remark(struct sentinel *s)
{
    pthread_mutex_lock(&s->lock);
    bool room = s->remarks < LEAK_REMARKS_MAX;
    s->remarks += room;
    s->beyond += !room;
    pthread_mutex_unlock(&s->lock);
    return room;
}

void watch_put_remarks(struct watch *watch, const struct planned *planned,
                       struct journal_batch *batch)
{
    for (size_t i = 0; i < watch->count; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        if (!may_remark(watch->sentinel))
            continue;
        add_hit(&text, &watch->hits[i]);
        journal_put_remark(batch, planned->session, planned->attempt, watch->hits[i].answer, "leak",
                           strbuf_span(&text));
    }
    watch->count = 0;
    arena_clear(&watch->arena);
}
