#include "bindings_facts.h"

#include <stdlib.h>

#include "rehearse/base/map.h"
#include "rehearse/base/hash.h"
#include "rehearse/session/value_place.h"

enum { UNRESOLVED_KINDS = 512, GRAPH_MAX = 60 };

/* ---- put ---- */

/* A resumed replay adds to what was counted before. */
static int add_count(struct store *run, const char *key, uint64_t by, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span before;
    uint64_t sum = 0;
    int rc = store_get_meta(run, key, &before, &arena, err);
    if (rc < 0)
        return rc;
    (void)span_to_u64(before, &sum);
    return store_put_meta(run, key, arena_printf(&arena, "%llu", (unsigned long long)(sum + by)),
                          err);
}

static int put_example(struct store *run, struct store *capture, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_binding *bindings;
    uint64_t session;
    size_t count;
    int rc = store_most_bound(capture, &session, err);
    if (rc < 0 || session == 0)
        return rc;
    rc = store_load_bindings(capture, session, &bindings, &count, &arena, err);
    for (size_t i = 0; rc == 0 && i < count && i < GRAPH_MAX; i++)
        rc = store_put_binding(run, session, &bindings[i], err);
    if (rc < 0)
        return rc;
    return store_put_meta(run, "bindings.session",
                          arena_printf(&arena, "%016llx", (unsigned long long)session), err);
}

int bindings_put(struct store *run, struct store *capture, const struct replay_summary *summary,
                 struct err *err)
{
    int rc = add_count(run, "bindings.given", summary->values_given, err);
    if (rc == 0)
        rc = add_count(run, "bindings.kept", summary->values_kept, err);
    if (rc == 0)
        rc = add_count(run, "bindings.missing", summary->values_missing, err);
    if (rc == 0)
        rc = put_example(run, capture, err);
    return rc < 0 ? rc : store_commit(run, err);
}

/* ---- get ---- */

static int get_count(struct store *run, const char *key, uint64_t *ret, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span text;
    *ret = 0;
    int rc = store_get_meta(run, key, &text, &arena, err);
    if (rc == 0)
        (void)span_to_u64(text, ret);
    return rc;
}

struct grouping_unresolved {
    struct report_bindings *to;
    struct map by_text;
    struct arena *arena;
};

static int group(void *ctx, uint64_t session, uint32_t seq, struct span value)
{
    struct grouping_unresolved *g = ctx;
    struct report_bindings *to = g->to;
    (void)session;
    (void)seq;
    uint64_t *known = map_get(&g->by_text, hash64(value));
    if (known) {
        to->unresolved[*known].count++;
        return 0;
    }
    if (to->unresolved_count == UNRESOLVED_KINDS) {
        to->unresolved_beyond++;
        return 0;
    }
    map_put(&g->by_text, hash64(value), to->unresolved_count, NULL);
    to->unresolved[to->unresolved_count++] =
        (struct report_unresolved){ arena_copy(g->arena, value), 1 };
    return 0;
}

static int by_count(const void *a, const void *b)
{
    const struct report_unresolved *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return span_cmp(x->what, y->what);
}

static int get_unresolved(struct store *run, struct report_bindings *ret, struct arena *arena,
                          struct err *err)
{
    struct grouping_unresolved g = { .to = ret, .arena = arena };
    ret->unresolved = arena_calloc(arena, UNRESOLVED_KINDS, sizeof *ret->unresolved);
    int rc = store_each_remark(run, "unresolved", group, &g, err);
    map_release(&g.by_text);
    qsort(ret->unresolved, ret->unresolved_count, sizeof *ret->unresolved, by_count);
    return rc;
}

/* "POST /cart/lines/{}/remove", of what the run planned as that request. */
static struct span request_of(const struct exchange *x, size_t count, uint32_t seq,
                              struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (x[i].planned != seq || x[i].marks & (MARK_HOP | MARK_LOGIN_STEP))
            continue;
        strbuf_addf(&text, "%.*s ", SPAN_ARG(x[i].request.method));
        value_add_template(&text, x[i].request.target);
        return arena_copy(arena, strbuf_span(&text));
    }
    return SPAN("not sent");
}

static int get_graph(struct store *run, struct report_bindings *ret, struct arena *arena,
                     struct err *err)
{
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    struct store_binding *bindings;
    struct exchange *x;
    size_t count, len;
    int rc = store_most_bound(run, &ret->session, err);
    if (rc < 0 || ret->session == 0)
        return rc;
    rc = store_load_bindings(run, ret->session, &bindings, &len, arena, err);
    if (rc == 0)
        rc = store_load_session(run, ret->session, false, &x, &count, &scratch, err);
    if (rc < 0)
        return rc;
    ret->graph = arena_calloc(arena, len, sizeof *ret->graph);
    ret->graph_count = len;
    for (size_t i = 0; i < len; i++)
        ret->graph[i] = (struct report_binding){
            .request = request_of(x, count, bindings[i].seq, arena),
            .seq = bindings[i].seq,
            .source_seq = bindings[i].source_seq,
            .by_shape = bindings[i].source_seq == BINDING_NO_SOURCE,
            .sink = bindings[i].sink,
            .source = bindings[i].source,
        };
    return 0;
}

int bindings_get(struct store *run, struct report_bindings *ret, struct arena *arena,
                 struct err *err)
{
    *ret = (struct report_bindings){ 0 };
    int rc = get_count(run, "bindings.given", &ret->given, err);
    if (rc == 0)
        rc = get_count(run, "bindings.kept", &ret->kept, err);
    if (rc == 0)
        rc = get_count(run, "bindings.missing", &ret->missing, err);
    if (rc == 0)
        rc = get_unresolved(run, ret, arena, err);
    return rc < 0 ? rc : get_graph(run, ret, arena, err);
}
