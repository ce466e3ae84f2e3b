#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/session/journeys.h"
#include "session/messages.h"

enum { MOST_STEPS = 4 };

static const struct row {
    const char *name, *a[MOST_STEPS], *b[MOST_STEPS];
    const char *differences;
    struct journey_counts counts;
} rows[] = {
    { "the same",
      { "GET /a?x=1", "GET /orders/17" },
      { "GET /a?x=1", "GET /orders/17" },
      "",
      { .aligned = 2, .same = 4 } },
    { "a number",
      { "GET /orders/17/lines" },
      { "GET /orders/18/lines" },
      "0 0 path:2 17 18\n",
      { .aligned = 1, .same = 2, .varying = 1 } },
    { "requests that one has more",
      { "GET /a", "GET /poll?n=1", "GET /poll?n=2", "GET /b?id=7" },
      { "GET /a", "GET /b?id=8" },
      "3 1 query:id 7 8\n",
      { .aligned = 2, .only_a = 2, .same = 2, .varying = 1 } },
    { "a place that one has more",
      { "POST /a\nContent-Type: application/json\n\n{\"x\":1}" },
      { "POST /a\nContent-Type: application/json\n\n{\"x\":1,\"y\":\"z\"}" },
      "0 0 json:/y - z\n",
      { .aligned = 1, .same = 2, .varying = 1 } },
    { "nothing in common", { "GET /a", "GET /b" }, { "GET /c" }, "", { .only_a = 2, .only_b = 1 } },
    { "cookies and a browser's fields, which are not looked at",
      { "GET /a\nCookie: a=1\nUser-Agent: one/1\nX-Token: t1\n\n" },
      { "GET /a\nCookie: a=2\nUser-Agent: two/2\nX-Token: t2\n\n" },
      "0 0 header:X-Token t1 t2\n",
      { .aligned = 1, .same = 1, .varying = 1 } },
};

static void add_line(void *ctx, const struct journey_difference *d)
{
    struct span a = span_is_none(d->value_a) ? SPAN("-") : d->value_a;
    struct span b = span_is_none(d->value_b) ? SPAN("-") : d->value_b;
    strbuf_addf(ctx, "%u %u %.*s %.*s %.*s\n", d->seq_a, d->seq_b, SPAN_ARG(d->sink), SPAN_ARG(a),
                SPAN_ARG(b));
}

static size_t make(struct exchange *ret, const char *const *requests, struct arena *arena)
{
    size_t len = 0;
    for (; len < MOST_STEPS && requests[len]; len++) {
        ret[len] = exchange_of(requests[len], NULL, arena);
        ret[len].seq = (uint32_t)len;
    }
    return len;
}

static void test_journeys__are_aligned_and_what_varies_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf told = STRBUF_INIT;
        struct exchange a[MOST_STEPS], b[MOST_STEPS];
        size_t a_len = make(a, rows[i].a, &arena), b_len = make(b, rows[i].b, &arena);
        struct journey_counts counts = journeys_compare(a, a_len, b, b_len, add_line, &told);
        check_row(span_eq(strbuf_span(&told), span_of(rows[i].differences)), rows[i].name);
        check_row(memcmp(&counts, &rows[i].counts, sizeof counts) == 0, rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journeys__are_aligned_and_what_varies_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
