/* Answers made to break or to stall what reads them: each row must come to its end, within bounds.
 */
#include "support/check.h"

#include <time.h>

#include "rehearse/base/strbuf.h"
#include "rehearse/session/flow.h"
#include "rehearse/session/value_place.h"
#include "session/messages.h"

enum {
    MEGABYTE = 1 << 20,
    LONGEST_S = 20, /* of the processor: what is quadratic takes hours, sanitizers take seconds */
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
        clock_t start = clock();
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
        check_row(clock() - start < LONGEST_S * CLOCKS_PER_SEC, rows[i].name);
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
    clock_t start = clock();
    flow_meet(flow, &x, &arena);
    assert_int_equal(flow_search(flow, &x, 1), 0);
    assert_int_equal(flow_end(flow), 0);
    assert_true(clock() - start < LONGEST_S * CLOCKS_PER_SEC);
}

enum { LINKS = 200000, FOLLOWED = 10000 };

struct asked {
    struct arena arena;
    struct value_wanted *wanted; /* by the seq of the request */
};

static int ask_again(void *ctx, const struct flow_binding *b)
{
    struct asked *asked = ctx;
    asked->wanted[b->seq].place = arena_copy(&asked->arena, b->source);
    return 0;
}

/* A crawler goes through a map of the site: naming the links and finding them again stays linear.
 */
static void test_flow__follows_each_link_of_a_long_list(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    struct exchange *x = arena_calloc(&arena, FOLLOWED + 1, sizeof *x);
    struct value_wanted *wanted = arena_calloc(&arena, FOLLOWED + 1, sizeof *wanted);
    struct asked asked = { ARENA_INIT, wanted };
    const struct flow_options options = { .found = ask_again, .ctx = &asked, .slots = 1 << 16 };
    AUTO(flow_freep) struct flow *flow = flow_new(&options);
    for (unsigned i = 0; i < LINKS; i++)
        strbuf_addf(&body, "<a href=/pages/%u>", 1000000 + i);
    x[0] = exchange_of("GET /sitemap", "200\nContent-Type: text/html\n\n", &arena);
    x[0].response.body = strbuf_span(&body);
    for (unsigned i = 1; i <= FOLLOWED; i++) {
        x[i] = exchange_of("GET /", "200\n\n", &arena);
        x[i].request.target = arena_printf(&arena, "/pages/%u", 1000000 + i * 7);
        x[i].seq = i;
    }
    clock_t start = clock();
    for (unsigned i = 0; i <= FOLLOWED; i++)
        flow_meet(flow, &x[i], &arena);
    assert_int_equal(flow_search(flow, x, FOLLOWED + 1), 0);
    assert_int_equal(flow_end(flow), 0);
    wanted[0] = (struct value_wanted){ .place = SPAN("link:/pages/{}#1") };
    value_sources_find(&x[0], wanted, FOLLOWED + 1, &arena);
    check_span(wanted[0].value, "1000000");
    check_span(wanted[1].value, "1000007");
    check_span(wanted[FOLLOWED].value, "1070000");
    arena_release(&asked.arena);
    assert_true(clock() - start < LONGEST_S * CLOCKS_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow__comes_to_its_end_on_hostile_answers),
        cmocka_unit_test(test_flow__comes_to_its_end_on_hostile_requests),
        cmocka_unit_test(test_flow__follows_each_link_of_a_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
