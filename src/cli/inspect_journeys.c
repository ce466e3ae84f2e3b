/* inspect A --bindings --against B: what varies between two recordings of one journey. */
#include <stdio.h>

#include "inspect_bindings.h"

#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"
#include "rehearse/session/journeys.h"
#include "rehearse/session/value_place.h"

/* What is to be thought of a place that varies. */
enum covered { BOUND, BOUND_BY_SHAPE, A_TIME, ONE_ONLY, UNCOVERED, COVERED_KINDS };

static const char *const covered_words[COVERED_KINDS] = {
    [BOUND] = "bound",       [BOUND_BY_SHAPE] = "bound by shape", [A_TIME] = "a time",
    [ONE_ONLY] = "one only", [UNCOVERED] = "not covered",
};

static const char *const covered_keys[COVERED_KINDS] = {
    [BOUND] = "bound",       [BOUND_BY_SHAPE] = "bound_by_shape", [A_TIME] = "times",
    [ONE_ONLY] = "one_only", [UNCOVERED] = "not_covered",
};

struct recording {
    struct store *store;
    struct store_sessions *walk;
    struct store_session session;
    struct exchange *exchanges;
    size_t len;
    struct arena arena;
};

struct report {
    bool json;
    uint64_t told;
    struct journey_counts counts;
    uint64_t by_covered[COVERED_KINDS];
    uint64_t pairs;
    const struct recording *a, *b;
    const struct store_binding *bindings; /* of both, a's first */
    size_t count, count_of_a;
};

/* They are in the order of seq. */
static const struct store_binding *binding_at(const struct store_binding *bindings, size_t count,
                                              uint32_t seq, struct span sink)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (bindings[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && bindings[low].seq == seq; low++)
        if (span_eq(bindings[low].sink, sink))
            return &bindings[low];
    return NULL;
}

/* Either recording may know where the value comes from. */
static const struct store_binding *binding_of(const struct report *r,
                                              const struct journey_difference *d)
{
    const struct store_binding *found = binding_at(r->bindings, r->count_of_a, d->seq_a, d->sink);
    return found ? found
                 : binding_at(r->bindings + r->count_of_a, r->count - r->count_of_a, d->seq_b,
                              d->sink);
}

static bool is_a_time(struct span value)
{
    return span_is_none(value) || span_eq(span_of(value_looks_like(value)), SPAN("time"));
}

static enum covered covered_by(const struct journey_difference *d, const struct store_binding *b)
{
    if (b)
        return b->source_seq == BINDING_NO_SOURCE ? BOUND_BY_SHAPE : BOUND;
    if (is_a_time(d->value_a) && is_a_time(d->value_b))
        return A_TIME;
    return span_is_none(d->value_a) || span_is_none(d->value_b) ? ONE_ONLY : UNCOVERED;
}

static const char *look_of(const struct journey_difference *d)
{
    return value_looks_like(span_is_none(d->value_a) ? d->value_b : d->value_a);
}

static void add_text(struct strbuf *out, const struct report *r, const struct journey_difference *d,
                     const struct store_binding *b, enum covered covered)
{
    const struct http_request *request = &r->a->exchanges[d->seq_a].request;
    strbuf_addf(out, "    %4u  ", d->seq_a);
    text_add_printable(out, request->method, 20);
    strbuf_add_char(out, ' ');
    text_add_printable(out, request->target, 100);
    strbuf_add_str(out, "  ");
    text_add_printable(out, d->sink, 100);
    strbuf_addf(out, " (%s)  %s", look_of(d), covered_words[covered]);
    if (b) {
        strbuf_add_str(out, ": ");
        text_add_printable(out, b->source, 200);
    }
    strbuf_add_char(out, '\n');
}

static void add_json(struct strbuf *out, const struct report *r, const struct journey_difference *d,
                     const struct store_binding *b, enum covered covered)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const struct http_request *request = &r->a->exchanges[d->seq_a].request;
    text_add_printable(&text, request->method, 20);
    strbuf_add_char(&text, ' ');
    text_add_printable(&text, request->target, 1000);
    strbuf_addf(out, "%s{\"session\": \"%016llx\", \"seq\": %u, \"against_seq\": %u, \"request\": ",
                r->told ? ",\n" : "", (unsigned long long)r->a->session.id, d->seq_a, d->seq_b);
    json_add_string(out, strbuf_span(&text));
    strbuf_add_str(out, ", \"sink\": ");
    json_add_string(out, d->sink);
    strbuf_addf(out, ", \"value\": \"%s\", \"covered\": \"%s\", \"source\": ", look_of(d),
                covered_words[covered]);
    json_add_string_or_null(out, b ? b->source : SPAN_NONE);
    strbuf_add_char(out, '}');
}

static void on_difference(void *ctx, const struct journey_difference *d)
{
    struct report *r = ctx;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    const struct store_binding *b = binding_of(r, d);
    enum covered covered = covered_by(d, b);
    r->by_covered[covered]++;
    if (r->json)
        add_json(&out, r, d, b, covered);
    else
        add_text(&out, r, d, b, covered);
    r->told++;
    fputs(out.buf, stdout);
}

static int load(struct recording *of, struct err *err)
{
    int rc = store_sessions_next(of->walk, &of->session, err);
    if (rc != 1)
        return rc;
    arena_clear(&of->arena);
    rc = store_load_session(of->store, of->session.id, false, &of->exchanges, &of->len, &of->arena,
                            err);
    return rc < 0 ? rc : 1;
}

/* Both recordings' bindings, one behind the other. */
static int load_bindings(struct report *r, struct arena *arena, struct err *err)
{
    struct store_binding *of_a, *of_b;
    size_t a_len, b_len;
    int rc = store_load_bindings(r->a->store, r->a->session.id, &of_a, &a_len, arena, err);
    if (rc == 0)
        rc = store_load_bindings(r->b->store, r->b->session.id, &of_b, &b_len, arena, err);
    if (rc < 0)
        return rc;
    struct store_binding *all = arena_calloc(arena, a_len + b_len + 1, sizeof *all);
    if (a_len)
        memcpy(all, of_a, a_len * sizeof *all);
    if (b_len)
        memcpy(all + a_len, of_b, b_len * sizeof *all);
    r->bindings = all;
    r->count_of_a = a_len;
    r->count = a_len + b_len;
    return 0;
}

static void add_counts(struct journey_counts *all, struct journey_counts more)
{
    all->aligned += more.aligned;
    all->only_a += more.only_a;
    all->only_b += more.only_b;
    all->same += more.same;
    all->varying += more.varying;
}

static int compare_pair(struct report *r, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    int rc = load_bindings(r, &arena, err);
    if (rc < 0)
        return rc;
    if (!r->json)
        printf("session %016llx against %016llx\n", (unsigned long long)r->a->session.id,
               (unsigned long long)r->b->session.id);
    r->pairs++;
    add_counts(&r->counts, journeys_compare(r->a->exchanges, r->a->len, r->b->exchanges, r->b->len,
                                            on_difference, r));
    return 0;
}

static void print_totals(const struct report *r)
{
    const struct journey_counts *c = &r->counts;
    if (r->json) {
        printf("], \"sessions\": %llu, \"aligned\": %zu, \"only_here\": %zu, \"only_there\": %zu, "
               "\"same\": %zu, \"varying\": %zu",
               (unsigned long long)r->pairs, c->aligned, c->only_a, c->only_b, c->same, c->varying);
        for (int i = 0; i < COVERED_KINDS; i++)
            printf(", \"%s\": %llu", covered_keys[i], (unsigned long long)r->by_covered[i]);
        printf("}\n");
        return;
    }
    printf("%zu requests aligned, %zu only here, %zu only there\n"
           "%zu places alike, %zu vary:",
           c->aligned, c->only_a, c->only_b, c->same, c->varying);
    for (int i = 0; i < COVERED_KINDS; i++)
        printf("%s %llu %s", i ? "," : "", (unsigned long long)r->by_covered[i], covered_words[i]);
    printf("\n");
}

static int walk_both(struct report *r, struct recording *a, struct recording *b, struct err *err)
{
    int rc;
    while ((rc = load(a, err)) == 1 && (rc = load(b, err)) == 1)
        if ((rc = compare_pair(r, err)) < 0)
            break;
    return rc < 0 ? rc : 0;
}

int inspect_journeys(struct store *store, struct store *against, bool json, struct err *err)
{
    struct recording a = { .store = store, .arena = ARENA_INIT };
    struct recording b = { .store = against, .arena = ARENA_INIT };
    struct report r = { .json = json, .a = &a, .b = &b };
    int rc = store_sessions_open(&a.walk, store, STORE_BY_START, err);
    if (rc == 0)
        rc = store_sessions_open(&b.walk, against, STORE_BY_START, err);
    if (rc == 0 && json)
        printf("{\"varying_places\": [");
    if (rc == 0)
        rc = walk_both(&r, &a, &b, err);
    if (rc == 0)
        print_totals(&r);
    store_sessions_close(a.walk);
    store_sessions_close(b.walk);
    arena_release(&a.arena);
    arena_release(&b.arena);
    return rc;
}
