#include "leaks.h"

#include <stdio.h>
#include <stdlib.h>

#include "member_routes.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"
#include "rehearse/base/text.h"
#include "rehearse/cache/cache_status.h"
#include "rehearse/base/mem.h"
#include "rehearse/key/observed_key.h"

enum { KEY_SHOWN = 200, TARGET_SHOWN = 200, KINDS_MAX = 12 };

/* A remark, and what its exchange says of it. */
struct sighting {
    uint64_t session;
    uint32_t seq;
    size_t order; /* as remarked */
    struct span kind, where;
    uint64_t of, to; /* to 0: a visitor without account */
    bool given;
    uint64_t first_session;
    uint32_t first_seq;
    /* Of its exchange: */
    bool met;
    uint32_t route;
    bool cached;
    struct span request; /* "GET /account" */
    struct span method, url;
    struct span cache; /* "a cache (HIT, Age 12, key /account)"; SPAN_NONE: not from one */
};

struct leaking {
    const struct leaks_job *job;
    struct report_leaks *ret;
    struct arena *arena;
    struct err *err;
    struct sighting *at; /* in the order of sessions while they are walked */
    size_t count, cap;
    struct strset public; /* "3.name" */
    struct map givers;    /* hash of a first exchange -> number of its text, plus 1 */
    struct strset texts;
    struct member_routes members;
};

/* ---- reading ---- */

static uint64_t number_of(struct json_value v)
{
    uint64_t n = 0;
    return span_to_u64(v.raw, &n) ? n : 0;
}

static uint64_t hex_of(struct span text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len && i < 16 && char_hex(text.ptr[i]) >= 0; i++)
        n = n << 4 | (uint64_t)char_hex(text.ptr[i]);
    return n;
}

/* False: not of the form that the sentinel writes. */
static bool read_remark(struct sighting *s, struct span value, struct arena *arena)
{
    struct json_cursor c = json_cursor_make(value);
    struct span name;
    if (!json_enter_object(&c))
        return false;
    while (json_next_member(&c, &name)) {
        struct json_value v = json_take(&c);
        if (span_eq(name, SPAN("mark")))
            s->kind = arena_copy(arena, v.raw);
        else if (span_eq(name, SPAN("in")))
            s->where = arena_copy(arena, v.raw);
        else if (span_eq(name, SPAN("of")))
            s->of = number_of(v);
        else if (span_eq(name, SPAN("to")))
            s->to = number_of(v);
        else if (span_eq(name, SPAN("first_session"))) {
            s->first_session = hex_of(v.raw);
            s->given = true;
        } else if (span_eq(name, SPAN("first_seq")))
            s->first_seq = (uint32_t)number_of(v);
    }
    return !c.failed && s->kind.len && s->of;
}

static int take_remark(void *ctx, uint64_t session, uint32_t seq, struct span value)
{
    struct leaking *l = ctx;
    struct sighting s = { .session = session, .seq = seq, .order = l->count };
    if (!read_remark(&s, value, l->arena))
        return 0;
    struct span name =
        arena_printf(l->arena, "%llu.%.*s", (unsigned long long)s.of, SPAN_ARG(s.kind));
    if (strset_find(&l->public, name) != STRSET_ABSENT) {
        l->ret->shown_by_production++;
        return 0;
    }
    l->at = array_room(l->at, &l->cap, l->count + 1, sizeof *l->at);
    l->at[l->count++] = s;
    if (s.given)
        map_put(&l->givers, hash_mix(s.first_session, s.first_seq), 0, NULL);
    return 0;
}

#define PUBLIC_PREFIX "leak.public."

static int take_public(void *ctx, struct span key, struct span value)
{
    struct leaking *l = ctx;
    (void)value;
    strset_add(&l->public, span_from(key, sizeof PUBLIC_PREFIX - 1));
    return 0;
}

static int read_watch(struct leaking *l)
{
    struct span text, name;
    int rc = store_get_meta(l->job->run, "leak.watch", &text, l->arena, l->err);
    if (rc < 0 || span_is_none(text))
        return rc;
    struct json_cursor c = json_cursor_make(text);
    if (json_enter_object(&c))
        while (json_next_member(&c, &name)) {
            uint64_t n = number_of(json_take(&c));
            if (span_eq(name, SPAN("marks")))
                l->ret->marks = n;
            else if (span_eq(name, SPAN("answers")))
                l->ret->answers = n;
            else if (span_eq(name, SPAN("beyond")))
                l->ret->beyond = n;
        }
    l->ret->watched = !c.failed;
    return 0;
}

static int by_exchange(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->session != y->session)
        return x->session < y->session ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- the exchanges ---- */

/* What the cache says of the answer that it gave. */
static struct span cache_told(const struct exchange *x, struct arena *arena)
{
    struct observed_outcome outcome = cache_outcome_of(&x->response.fields);
    struct observed_key key;
    if (!cache_outcome_is_hit(outcome.outcome))
        return SPAN_NONE;
    struct span age = http_fields_value(&x->response.fields, SPAN("Age"));
    struct span text = arena_printf(arena, "%.*s: %.*s", SPAN_ARG(outcome.field),
                                    SPAN_ARG(span_head(outcome.raw, KEY_SHOWN)));
    if (age.len && !span_ieq(outcome.field, SPAN("Age")))
        text = arena_printf(arena, "%.*s, Age: %.*s", SPAN_ARG(text), SPAN_ARG(span_head(age, 20)));
    if (key_observed(&x->response.fields, SPAN_NONE, arena, &key))
        text = arena_printf(arena, "%.*s, key %.*s", SPAN_ARG(text),
                            SPAN_ARG(span_head(key.key, KEY_SHOWN)));
    return text;
}

/* The host is left out where several of production's live at one place. */
static struct span production_url(const struct leaking *l, const struct http_request *asked,
                                  struct span path)
{
    const struct host_pair *found = NULL;
    for (size_t i = 0; i < l->job->host_count; i++)
        if (span_ieq(l->job->hosts[i].staging, asked->authority)) {
            if (found)
                return arena_copy(l->arena, path);
            found = &l->job->hosts[i];
        }
    if (!found || span_eq(found->production, SPAN("*")))
        return arena_copy(l->arena, path);
    return arena_printf(l->arena, "%.*s://%.*s%.*s", SPAN_ARG(asked->scheme),
                        SPAN_ARG(found->production), SPAN_ARG(path));
}

static void meet(struct leaking *l, struct sighting *s, const struct exchange *x)
{
    struct span path = x->request.target;
    ptrdiff_t query = span_find_char(path, '?'); /* may hold what is secret */
    path = span_head(query < 0 ? path : span_head(path, (size_t)query), TARGET_SHOWN);
    s->met = true;
    s->route = routes_match(l->job->routes, x->request.target);
    s->method = arena_copy(l->arena, x->request.method);
    s->url = production_url(l, &x->request, path);
    s->request = arena_printf(l->arena, "%.*s %.*s", SPAN_ARG(s->method), SPAN_ARG(path));
    s->cache = cache_told(x, l->arena);
    s->cached = !span_is_none(s->cache);
}

static void note_giver(struct leaking *l, const struct exchange *x)
{
    uint64_t *number = map_get(&l->givers, hash_mix(x->session, x->seq));
    if (!number || *number)
        return;
    struct span path = x->request.target;
    ptrdiff_t query = span_find_char(path, '?');
    path = span_head(query < 0 ? path : span_head(path, (size_t)query), TARGET_SHOWN);
    *number = strset_add(&l->texts, arena_printf(l->arena, "%.*s %.*s", SPAN_ARG(x->request.method),
                                                 SPAN_ARG(path))) +
              1;
}

static int walk_session(struct leaking *l, const struct store_session *session, size_t *at)
{
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    struct exchange *x;
    size_t count;
    int rc = store_load_session(l->job->run, session->id, /* bodies= */ false, &x, &count, &scratch,
                                l->err);
    if (rc < 0)
        return rc;
    member_routes_begin(&l->members, session->identity);
    for (size_t i = 0; i < count; i++) {
        if (x[i].marks & (MARK_NOT_SENT | MARK_FAILED))
            continue;
        if (!exchange_is_extra(&x[i]))
            member_routes_add(&l->members, routes_match(l->job->routes, x[i].request.target));
        note_giver(l, &x[i]);
        while (*at < l->count && l->at[*at].session == session->id && l->at[*at].seq < x[i].seq)
            (*at)++;
        while (*at < l->count && l->at[*at].session == session->id && l->at[*at].seq == x[i].seq)
            meet(l, &l->at[(*at)++], &x[i]);
    }
    return 0;
}

static int walk_run(struct leaking *l)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    struct store_session session;
    size_t at = 0;
    int rc = store_sessions_open(&walk, l->job->run, STORE_BY_ID, l->err);
    if (rc < 0)
        return rc;
    while ((rc = store_sessions_next(walk, &session, l->err)) > 0) {
        while (at < l->count && l->at[at].session < session.id)
            at++;
        rc = walk_session(l, &session, &at);
        if (rc < 0)
            return rc;
    }
    return rc;
}

/* ---- telling ---- */

/* The clearest first: what a cache gave, what a stranger was given, what its owner had before. */
static unsigned clearness(const struct sighting *s)
{
    return 4u * s->cached + 2u * s->given + (s->to == 0);
}

static int by_route(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->met != y->met)
        return x->met ? -1 : 1;
    if (x->route != y->route)
        return x->route < y->route ? -1 : 1;
    if (clearness(x) != clearness(y))
        return clearness(x) > clearness(y) ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static struct span giver_of(const struct leaking *l, const struct sighting *s)
{
    const uint64_t *number =
        s->given ? map_get(&l->givers, hash_mix(s->first_session, s->first_seq)) : NULL;
    return number && *number ? strset_text(&l->texts, (uint32_t)*number - 1) : SPAN_NONE;
}

/* "Member 3's e-mail address, which GET /account gave him first, came to member 5 …" */
static struct span path_of(const struct leaking *l, const struct sighting *s)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span giver = giver_of(l, s);
    strbuf_addf(&out, "Member %llu's %.*s", (unsigned long long)s->of, SPAN_ARG(s->kind));
    if (giver.len)
        strbuf_addf(&out, ", which %.*s gave its owner first (request %u of visit %016llx),",
                    SPAN_ARG(giver), s->first_seq, (unsigned long long)s->first_session);
    else
        strbuf_add_str(&out, ", which no answer had given its owner before,");
    strbuf_addf(&out, " was in the answer to %.*s", SPAN_ARG(s->request));
    if (s->to)
        strbuf_addf(&out, " of member %llu", (unsigned long long)s->to);
    else
        strbuf_add_str(&out, " of a visitor without account");
    strbuf_addf(&out, " (request %u of visit %016llx), in ", s->seq,
                (unsigned long long)s->session);
    strbuf_addf(&out, span_eq(s->where, SPAN("body")) ? "its %.*s" : "its field %.*s",
                SPAN_ARG(s->where));
    if (s->cached)
        strbuf_addf(&out, ". A cache had kept it: %.*s.", SPAN_ARG(s->cache));
    else
        strbuf_add_str(&out, ". No cache says that it gave this answer.");
    return arena_copy(l->arena, strbuf_span(&out));
}

/* "e-mail address, session token", in order of the alphabet. */
static struct span kinds_of(const struct leaking *l, const struct sighting *s, size_t count)
{
    struct span kinds[KINDS_MAX];
    size_t len = 0;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < len && span_cmp(kinds[at], s[i].kind) < 0)
            at++;
        if ((at < len && span_eq(kinds[at], s[i].kind)) || len == KINDS_MAX)
            continue;
        memmove(kinds + at + 1, kinds + at, (len - at) * sizeof *kinds);
        kinds[at] = s[i].kind;
        len++;
    }
    for (size_t i = 0; i < len; i++)
        strbuf_addf(&out, "%s%.*s", i ? ", " : "", SPAN_ARG(kinds[i]));
    return arena_copy(l->arena, strbuf_span(&out));
}

struct group {
    const struct sighting *at;
    size_t count;
    uint64_t answers, cached, sessions, strangers;
};

static struct group group_of(const struct sighting *at, size_t count)
{
    struct group g = { .at = at, .count = count };
    struct map answers = MAP_INIT, sessions = MAP_INIT;
    for (size_t i = 0; i < count; i++) {
        bool fresh;
        map_put(&answers, hash_mix(at[i].session, at[i].seq), 0, &fresh);
        g.answers += fresh;
        g.cached += fresh && at[i].cached;
        g.strangers += fresh && !at[i].to;
        map_put(&sessions, at[i].session, 0, &fresh);
        g.sessions += fresh;
    }
    map_release(&answers);
    map_release(&sessions);
    return g;
}

/* Does a finding say already that a cache keeps one visitor's answers of this route for others? */
static struct finding *cause_of(struct findings *findings, struct span route)
{
    for (size_t i = 0; i < findings->len; i++) {
        struct finding *f = &findings->at[i];
        if (f->severity != SEVERITY_CRITICAL || !(span_eq(f->kind, SPAN("cache.key-merge")) ||
                                                  span_eq(f->kind, SPAN("cache.private-leak"))))
            continue;
        for (size_t r = 0; r < f->route_count; r++)
            if (span_eq(f->routes[r], route))
                return f;
        if (span_eq(f->route, route))
            return f;
    }
    return NULL;
}

static bool has_example(const struct finding *f, const struct sighting *s)
{
    for (size_t i = 0; i < f->example_count; i++)
        if (f->examples[i].session == s->session && f->examples[i].seq == s->seq)
            return true;
    return false;
}

static void add_examples(struct finding *f, const struct leaking *l, const struct group *g)
{
    for (size_t i = 0; i < g->count && f->example_count < FINDING_EXAMPLES; i++) {
        const struct sighting *s = &g->at[i];
        if (has_example(f, s))
            continue;
        f->examples[f->example_count++] =
            (struct finding_example){ .session = s->session,
                                      .seq = s->seq,
                                      .method = s->method,
                                      .url = s->url,
                                      .production = SPAN("nothing of another visitor"),
                                      .staging = path_of(l, s),
                                      .curl_production = SPAN(""),
                                      .curl_staging = SPAN("") };
    }
}

static void add_count(struct strbuf *out, uint64_t n)
{
    if (n)
        text_add_count(out, n);
    else
        strbuf_add_str(out, "none");
}

static struct span counts_of(const struct leaking *l, const struct group *g)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    text_add_count(&out, g->answers);
    strbuf_addf(&out, " answer%s held what is another member's own, ", g->answers == 1 ? "" : "s");
    add_count(&out, g->cached);
    strbuf_add_str(&out, " of them from a cache, ");
    add_count(&out, g->strangers);
    strbuf_add_str(&out, " to visitors without account.");
    return arena_copy(l->arena, strbuf_span(&out));
}

static void add_finding(struct leaking *l, const struct group *g, const struct report_leak *leak)
{
    struct findings *findings = l->job->findings;
    struct arena *arena = &findings->arena;
    const struct route_rule *rule = routes_rule(l->job->routes, g->at[0].route);
    struct finding *f = findings_add(findings);
    f->kind = SPAN("leak");
    f->severity = SEVERITY_CRITICAL;
    f->route = leak->route;
    f->segment = rule && rule->segment.len ? arena_copy(arena, rule->segment) : SPAN("");
    f->owner = rule && rule->owner.len ? arena_copy(arena, rule->owner) : SPAN("");
    f->field = SPAN("");
    f->title =
        arena_printf(arena, "One member's %.*s came to other visitors", SPAN_ARG(leak->marks));
    f->effect = arena_printf(arena, "%.*s %.*s", SPAN_ARG(counts_of(l, g)), SPAN_ARG(leak->path));
    f->production = SPAN("each visitor's own");
    f->staging = arena_printf(arena, "another member's %.*s", SPAN_ARG(leak->marks));
    f->exchanges = g->answers;
    f->sessions = g->sessions;
    f->traffic_share =
        l->job->summary->compared ? (double)g->answers / (double)l->job->summary->compared : 0;
    f->traffic_share = f->traffic_share > 1 ? 1 : f->traffic_share;
    f->routes = arena_calloc(arena, 1, sizeof *f->routes);
    f->routes[0] = f->route;
    f->route_count = 1;
    f->id = finding_id(arena, f->kind, f->route, f->field, f->production, SPAN("another's"));
    add_examples(f, l, g);
}

static void tell(struct leaking *l, const struct group *g)
{
    struct report_leak *leak = &l->ret->leaks[l->ret->leak_count++];
    *leak = (struct report_leak){ .route = arena_copy(l->arena,
                                                      routes_name(l->job->routes, g->at[0].route)),
                                  .marks = kinds_of(l, g->at, g->count),
                                  .path = path_of(l, &g->at[0]),
                                  .answers = g->answers,
                                  .cached = g->cached };
    struct finding *cause = cause_of(l->job->findings, leak->route);
    leak->folded = cause != NULL;
    if (!cause) {
        add_finding(l, g, leak);
        return;
    }
    cause->effect =
        arena_printf(&l->job->findings->arena, "%.*s The leak sentinel saw it: %.*s %.*s",
                     SPAN_ARG(cause->effect), SPAN_ARG(counts_of(l, g)), SPAN_ARG(leak->path));
}

static void tell_all(struct leaking *l)
{
    size_t end = l->count;
    if (l->count)
        qsort(l->at, l->count, sizeof *l->at, by_route);
    while (end && !l->at[end - 1].met)
        end--;
    l->ret->leaks = arena_calloc(l->arena, end + 1, sizeof *l->ret->leaks);
    for (size_t from = 0, to; from < end; from = to) {
        for (to = from; to < end && l->at[to].route == l->at[from].route; to++)
            ;
        struct group g = group_of(l->at + from, to - from);
        tell(l, &g);
    }
    findings_sort(l->job->findings);
}

int leaks_find(const struct leaks_job *job, struct report_leaks *ret, struct arena *arena,
               struct err *err)
{
    struct leaking l = { .job = job, .ret = ret, .arena = arena, .err = err };
    *ret = (struct report_leaks){ .watched = false };
    int rc = read_watch(&l);
    if (rc == 0 && ret->watched)
        rc = store_each_meta(job->run, PUBLIC_PREFIX, take_public, &l, err);
    if (rc == 0 && ret->watched)
        rc = store_each_remark(job->run, "leak", take_remark, &l, err);
    if (l.count)
        qsort(l.at, l.count, sizeof *l.at, by_exchange);
    if (rc == 0 && ret->watched)
        rc = walk_run(&l);
    if (rc == 0 && ret->watched) {
        member_routes_sum(&l.members, ret);
        tell_all(&l);
    }
    free(l.at);
    strset_release(&l.public);
    strset_release(&l.texts);
    map_release(&l.givers);
    member_routes_release(&l.members);
    return rc;
}
