/* Answers made to break or to stall what reads them: each row must come to its end, within bounds.
 */
#include "support/check.h"

#include "rehearse/base/clock.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/session/flow.h"
#include "rehearse/session/value_place.h"
#include "session/messages.h"

enum {
    MEGABYTE = 1 << 20,
    LONGEST_S = 20, /* what is quadratic takes hours; sanitizers and busy machines take seconds */
};

static void repeat(struct strbuf *out, const char *text, size_t times)
{
    struct span s = span_of(text);
    while (times--)
        strbuf_add_span(out, s);
}

static void add_value_of_100_mb(struct strbuf *out)
{
    strbuf_add_str(out, "{\"a\":\"");
    memset(strbuf_room(out, 100 * MEGABYTE), 'x', 100 * MEGABYTE);
    strbuf_grew(out, 100 * MEGABYTE);
    strbuf_add_str(out, "\",\"id\":1042}");
}

static void add_attribute_of_100_mb(struct strbuf *out)
{
    strbuf_add_str(out, "<input name=a value='");
    memset(strbuf_room(out, 100 * MEGABYTE), 'x', 100 * MEGABYTE);
    strbuf_grew(out, 100 * MEGABYTE);
    strbuf_add_str(out, "'><a href=/orders/1042>");
}

static void add_nested_forms(struct strbuf *out)
{
    for (int i = 0; i < 10; i++)
        strbuf_addf(out, "<form action=/step%c>", 'a' + i);
    strbuf_add_str(out, "<input name=order value=1042>");
    repeat(out, "</form>", 10);
}

static void add_deep_json(struct strbuf *out)
{
    repeat(out, "{\"a\":[", 10000);
    strbuf_add_str(out, "1");
    repeat(out, "]}", 10000);
    strbuf_add_str(out, "{\"id\":1042}");
}

static void add_open_json(struct strbuf *out)
{
    repeat(out, "[{\"", MEGABYTE);
}

static void add_links(struct strbuf *out)
{
    for (unsigned i = 0; i < 1000000; i++)
        strbuf_addf(out, "<a href=/orders/%u>", i);
}

static void add_relative_links(struct strbuf *out)
{
    for (unsigned i = 0; i < 300000; i++)
        strbuf_addf(out, "<a href=../x/%u>", i);
    strbuf_add_str(out, "<a href=/orders/1042>");
}

static void add_link_of_a_million_parts(struct strbuf *out)
{
    strbuf_add_str(out, "<a href='");
    repeat(out, "/17", 1000000);
    strbuf_add_str(out, "'><a href='/orders/1042'>");
}

static void add_open_tags(struct strbuf *out)
{
    repeat(out, "<a href=", MEGABYTE);
}

static void add_open_scripts(struct strbuf *out)
{
    repeat(out, "<script>a=\"\\", MEGABYTE);
}

static void add_token_for_ever(struct strbuf *out)
{
    repeat(out, "eyJhbGciOiJub25lIn0.", MEGABYTE);
}

static const struct {
    const char *name, *type;
    void (*add)(struct strbuf *out);
    bool binds; /* the order's number is found all the same */
} rows[] = {
    { "a value of 100 MB", "application/json", add_value_of_100_mb, true },
    { "an attribute of 100 MB", "text/html", add_attribute_of_100_mb, true },
    { "forms nested ten deep", "text/html", add_nested_forms, true },
    { "JSON 10,000 deep", "application/json", add_deep_json, true },
    { "JSON that only opens", "application/json", add_open_json, false },
    { "a million links", "text/html", add_links, true },
    { "relative links", "text/html", add_relative_links, true },
    { "a link of a million parts", "text/html", add_link_of_a_million_parts, true },
    { "tags that only open", "text/html", add_open_tags, false },
    { "scripts that only open", "text/html", add_open_scripts, false },
    { "tokens without an end", "text/html", add_token_for_ever, false },
};

static int count(void *ctx, const struct flow_binding *b)
{
    (void)b;
    ++*(unsigned *)ctx;
    return 0;
}

static void test_flow__comes_to_its_end_on_hostile_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
        unsigned found = 0;
        const struct flow_options options = { .found = count, .ctx = &found, .slots = 1 << 16 };
        AUTO(flow_freep) struct flow *flow = flow_new(&options);
        int64_t start_ns = clock_now_ns();
        rows[i].add(&body);
        struct exchange x[] = { exchange_of("POST /orders", "200\n\n", &arena),
                                exchange_of("GET /orders/1042", "200\n\n", &arena) };
        http_fields_add(&x[0].response.fields, &arena, SPAN("Content-Type"), span_of(rows[i].type));
        x[0].response.body = strbuf_span(&body);
        x[1].seq = 1;
        value_claims_keep(&x[0], &arena);
        flow_meet(flow, &x[0], &arena);
        flow_meet(flow, &x[1], &arena);
        assert_int_equal(flow_search(flow, x, 2), 0);
        assert_int_equal(flow_end(flow), 0);
        check_row(found == rows[i].binds, rows[i].name);
        check_row(clock_now_ns() - start_ns < LONGEST_S * INT64_C(1000000000), rows[i].name);
    }
}

/* A request with a hundred thousand items, half of them of one name. */
static void test_flow__comes_to_its_end_on_hostile_requests(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    unsigned found = 0;
    const struct flow_options options = { .found = count, .ctx = &found, .slots = 1 << 16 };
    AUTO(flow_freep) struct flow *flow = flow_new(&options);
    struct exchange x = exchange_of(
        "POST /orders\nContent-Type: application/x-www-form-urlencoded\n\n", "200\n\n", &arena);
    for (unsigned i = 0; i < 100000; i++)
        strbuf_addf(&body, "&id=%u&n%u=%u", i, i, i);
    x.request.body = strbuf_span(&body);
    int64_t start_ns = clock_now_ns();
    flow_meet(flow, &x, &arena);
    assert_int_equal(flow_search(flow, &x, 1), 0);
    assert_int_equal(flow_end(flow), 0);
    assert_true(clock_now_ns() - start_ns < LONGEST_S * INT64_C(1000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow__comes_to_its_end_on_hostile_answers),
        cmocka_unit_test(test_flow__comes_to_its_end_on_hostile_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
