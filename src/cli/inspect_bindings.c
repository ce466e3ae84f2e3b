#include "inspect_bindings.h"

#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/json_text.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"
#include "rehearse/base/text.h"
#include "rehearse/session/value_place.h"

/* ---- totals ---- */

enum { SINKS, SOURCES, LOOKS, TALLIES };

struct tally {
    struct strset words;
    uint64_t counts[64]; /* by the word's number; there are only so many words */
};

struct totals {
    uint64_t sessions, bound_sessions, requests, bound_requests, bindings, unsourced;
    struct tally tallies[TALLIES];
};

static void totals_release(struct totals *t)
{
    for (int i = 0; i < TALLIES; i++)
        strset_release(&t->tallies[i].words);
}

static void count_word(struct tally *t, struct span word)
{
    uint32_t number = strset_add(&t->words, word);
    if (number < sizeof t->counts / sizeof *t->counts)
        t->counts[number]++;
}

static struct span kind_of(struct span place)
{
    return span_cut(&place, ':');
}

/* ---- one session ---- */

struct graph {
    struct store_session session;
    struct exchange *exchanges;
    size_t len;
    struct store_binding *bindings;
    size_t count;
    const char **looks; /* of the value of each binding; in the arena */
};

/* What stands at the sinks of one request: bindings are in the order of requests. */
static void look_at_values(struct graph *g, size_t from, size_t to, struct arena *arena)
{
    struct value_change *asked = arena_calloc(arena, to - from, sizeof *asked);
    for (size_t i = from; i < to; i++)
        asked[i - from].sink = g->bindings[i].sink;
    if (g->bindings[from].seq < g->len)
        value_sinks_change(&g->exchanges[g->bindings[from].seq].request, asked, to - from, arena);
    for (size_t i = from; i < to; i++) {
        struct span was = asked[i - from].was;
        g->looks[i] = span_is_none(was) ? "unknown" : value_looks_like(was);
    }
}

static int load_graph(struct graph *g, struct store *store, struct arena *arena, struct err *err)
{
    int rc = store_load_bindings(store, g->session.id, &g->bindings, &g->count, arena, err);
    if (rc == 0 && g->count)
        rc = store_load_session(store, g->session.id, false, &g->exchanges, &g->len, arena, err);
    if (rc < 0)
        return rc;
    g->looks = arena_calloc(arena, g->count + 1, sizeof *g->looks);
    for (size_t from = 0, to; from < g->count; from = to) {
        for (to = from + 1; to < g->count && g->bindings[to].seq == g->bindings[from].seq;)
            to++;
        look_at_values(g, from, to, arena);
    }
    return 0;
}

static void count_graph(struct totals *t, const struct graph *g)
{
    t->sessions++;
    t->requests += g->session.exchanges;
    t->bindings += g->count;
    t->bound_sessions += g->count > 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct store_binding *b = &g->bindings[i];
        t->bound_requests += i == 0 || b->seq != g->bindings[i - 1].seq;
        t->unsourced += b->source_seq == BINDING_NO_SOURCE;
        count_word(&t->tallies[SINKS], kind_of(b->sink));
        count_word(&t->tallies[SOURCES], kind_of(b->source));
        count_word(&t->tallies[LOOKS], span_of(g->looks[i]));
    }
}

static void add_request(struct strbuf *out, const struct graph *g, uint32_t seq, size_t max)
{
    if (seq >= g->len)
        return;
    const struct http_request *r = &g->exchanges[seq].request;
    text_add_printable(out, r->method, 20);
    strbuf_add_char(out, ' ');
    text_add_printable(out, r->target, max);
}

/* ---- as text ---- */

static void add_binding(struct strbuf *out, const struct graph *g, size_t i)
{
    const struct store_binding *b = &g->bindings[i];
    strbuf_add_str(out, "          ");
    text_add_printable(out, b->sink, 100);
    strbuf_addf(out, " (%s)  <  ", g->looks[i]);
    text_add_printable(out, b->source, 200);
    if (b->source_seq == BINDING_NO_SOURCE) {
        strbuf_add_str(out, "  (no recorded answer gave it)\n");
        return;
    }
    strbuf_addf(out, "  of %u ", b->source_seq);
    add_request(out, g, b->source_seq, 100);
    strbuf_add_char(out, '\n');
}

static void print_graph(const struct graph *g)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_addf(&out, "session %016llx  %u exchanges, %zu bindings\n",
                (unsigned long long)g->session.id, g->session.exchanges, g->count);
    for (size_t i = 0; i < g->count; i++) {
        if (i == 0 || g->bindings[i].seq != g->bindings[i - 1].seq) {
            strbuf_addf(&out, "    %4u  ", g->bindings[i].seq);
            add_request(&out, g, g->bindings[i].seq, 200);
            strbuf_add_char(&out, '\n');
        }
        add_binding(&out, g, i);
    }
    fputs(out.buf, stdout);
}

static void add_tally(struct strbuf *out, const char *name, const struct tally *t)
{
    strbuf_addf(out, "%-10s", name);
    for (size_t i = 0; i < t->words.len && i < sizeof t->counts / sizeof *t->counts; i++) {
        strbuf_add_str(out, i ? ", " : " ");
        text_add_count(out, t->counts[i]);
        strbuf_add_char(out, ' ');
        text_add_printable(out, strset_text(&t->words, (uint32_t)i), 40);
    }
    strbuf_add_char(out, '\n');
}

static void print_totals(const struct totals *t)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_add_str(&out, "bindings   ");
    text_add_count(&out, t->bindings);
    strbuf_add_str(&out, " in ");
    text_add_count(&out, t->bound_requests);
    strbuf_add_str(&out, " of ");
    text_add_count(&out, t->requests);
    strbuf_add_str(&out, " requests, ");
    text_add_count(&out, t->bound_sessions);
    strbuf_add_str(&out, " of ");
    text_add_count(&out, t->sessions);
    strbuf_add_str(&out, " sessions; ");
    text_add_count(&out, t->unsourced);
    strbuf_add_str(&out, " without a recorded source\n");
    if (t->bindings) {
        add_tally(&out, "values", &t->tallies[LOOKS]);
        add_tally(&out, "go to", &t->tallies[SINKS]);
        add_tally(&out, "come from", &t->tallies[SOURCES]);
    }
    fputs(out.buf, stdout);
}

/* ---- as JSON ---- */

static void add_json_request(struct strbuf *out, const struct graph *g, uint32_t seq)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_request(&text, g, seq, 1000);
    json_add_string(out, strbuf_span(&text));
}

static void add_json_binding(struct strbuf *out, const struct graph *g, size_t i)
{
    const struct store_binding *b = &g->bindings[i];
    strbuf_addf(out, "%s{\"seq\": %u, \"request\": ", i ? ", " : "", b->seq);
    add_json_request(out, g, b->seq);
    strbuf_add_str(out, ", \"sink\": ");
    json_add_string(out, b->sink);
    strbuf_addf(out, ", \"value\": \"%s\", \"source\": ", g->looks[i]);
    json_add_string(out, b->source);
    if (b->source_seq == BINDING_NO_SOURCE) {
        strbuf_add_str(out, ", \"source_seq\": null, \"answer\": null}");
        return;
    }
    strbuf_addf(out, ", \"source_seq\": %u, \"answer\": ", b->source_seq);
    add_json_request(out, g, b->source_seq);
    strbuf_add_char(out, '}');
}

static void print_json_graph(const struct graph *g, bool first)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_addf(&out, "%s{\"session\": \"%016llx\", \"exchanges\": %u, \"bindings\": [",
                first ? "" : ",\n", (unsigned long long)g->session.id, g->session.exchanges);
    for (size_t i = 0; i < g->count; i++)
        add_json_binding(&out, g, i);
    strbuf_add_str(&out, "]}");
    fputs(out.buf, stdout);
}

static void add_json_tally(struct strbuf *out, const char *name, const struct tally *t)
{
    strbuf_addf(out, ", \"%s\": {", name);
    for (size_t i = 0; i < t->words.len && i < sizeof t->counts / sizeof *t->counts; i++) {
        strbuf_add_str(out, i ? ", " : "");
        json_add_string(out, strset_text(&t->words, (uint32_t)i));
        strbuf_addf(out, ": %llu", (unsigned long long)t->counts[i]);
    }
    strbuf_add_char(out, '}');
}

static void print_json_totals(const struct totals *t)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_addf(&out,
                "], \"totals\": {\"sessions\": %llu, \"bound_sessions\": %llu, \"requests\": %llu, "
                "\"bound_requests\": %llu, \"bindings\": %llu, \"without_source\": %llu",
                (unsigned long long)t->sessions, (unsigned long long)t->bound_sessions,
                (unsigned long long)t->requests, (unsigned long long)t->bound_requests,
                (unsigned long long)t->bindings, (unsigned long long)t->unsourced);
    add_json_tally(&out, "values", &t->tallies[LOOKS]);
    add_json_tally(&out, "sinks", &t->tallies[SINKS]);
    add_json_tally(&out, "sources", &t->tallies[SOURCES]);
    strbuf_add_str(&out, "}}\n");
    fputs(out.buf, stdout);
}

/* ---- all of it ---- */

struct walk {
    struct store *store;
    const uint64_t *only; /* or NULL */
    unsigned most, shown;
    bool json;
    struct totals totals;
};

static int take_session(struct walk *w, const struct store_session *session, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct graph g = { .session = *session };
    int rc = load_graph(&g, w->store, &arena, err);
    if (rc < 0)
        return rc;
    count_graph(&w->totals, &g);
    bool wanted = w->only ? *w->only == session->id : g.count && w->shown < w->most;
    if (!wanted)
        return 0;
    if (w->json)
        print_json_graph(&g, w->shown == 0);
    else
        print_graph(&g);
    w->shown++;
    return 0;
}

static int take_all(struct walk *w, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *sessions = NULL;
    struct store_session session;
    int rc = store_sessions_open(&sessions, w->store, STORE_BY_START, err);
    while (rc == 0 && (rc = store_sessions_next(sessions, &session, err)) == 1)
        rc = take_session(w, &session, err);
    return rc;
}

int session_number(const char *text, uint64_t *ret, struct err *err)
{
    uint64_t number = 0;
    struct span s = span_of(text);
    for (size_t i = 0; i < s.len; i++) {
        if (char_hex(s.ptr[i]) < 0 || s.len > 16)
            return err_set(err, E_USAGE, "--session: found \"%s\", expected up to 16 hex digits",
                           text);
        number = number << 4 | (uint64_t)char_hex(s.ptr[i]);
    }
    *ret = number;
    return 0;
}

int inspect_bindings(struct store *store, const char *only, unsigned most, bool json,
                     struct err *err)
{
    struct walk w = { .store = store, .most = most, .json = json };
    struct store_session session;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    uint64_t number;
    int rc = only ? session_number(only, &number, err) : 0;
    if (rc == 0 && only) {
        rc = store_find_session(store, number, &session, &arena, err);
        w.only = &number;
    }
    if (rc < 0)
        return rc;
    if (json)
        printf("{\"sessions\": [");
    rc = take_all(&w, err);
    if (rc == 0 && json)
        print_json_totals(&w.totals);
    else if (rc == 0)
        print_totals(&w.totals);
    totals_release(&w.totals);
    return rc;
}
