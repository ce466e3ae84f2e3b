#include "document_support.h"

#include "proxy_verifier_transaction.h"
#include "proxy_verifier_yaml.h"

static void test_proxy_verifier__files_come_out_as_their_golden_files(void **state)
{
    static const char *const names[] = {
        "traffic-dump.json",    "traffic-dump-cut-in-half.json", "transactions-gone-wrong.json",
        "written-by-hand.yaml", "transactions-gone-wrong.yaml",  "broken.yaml",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_golden("proxy-verifier", names[i], "proxy-verifier");
}

static void test_proxy_verifier__json_and_yaml_are_detected(void **state)
{
    (void)state;
    check_detected("proxy-verifier", "traffic-dump.json", "proxy-verifier");
    check_detected("proxy-verifier", "written-by-hand.yaml", "proxy-verifier");
}

static void test_filler__is_told_from_values(void **state)
{
    static const struct {
        const char *value;
        bool short_too, filler;
    } rows[] = {
        { "0000000 0000001 0000002 00", false, true },
        { "0000000 0", false, true },
        { "0000000 ", false, false },
        { "0000000 ", true, true },
        { "000", false, false },
        { "000", true, true },
        { "", true, false },
        { "0000000 0000002", true, false },
        { "sid=abc", true, false },
        { "0000000 0000001 0000002 0000003 0000004 0000005 0000006 0000007 0000008 0000009 "
          "000000a ",
          false, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(value_is_filler(span_of(rows[i].value), rows[i].short_too) == rows[i].filler,
                  rows[i].value);
}

static void check_rejections(struct span text, uint64_t rejections)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;

    items_of_bytes(&items, text, "proxy-verifier");
    if (count(strbuf_span(&items), SPAN(" rejected: ")) != rejections)
        fail_msg("expected %" PRIu64 " rejections, got\n%.500s", rejections, items.buf);
}

static void test_proxy_verifier__what_is_no_replay_file_gives_one_rejection(void **state)
{
    static const struct span rows[] = {
        { "", 0 },
        { "hello", 5 },
        { "{}", 2 },
        { "{\"sessions\":17}", 15 },
        { "sessions: 17", 12 },
        { "sessions: [[", 12 },
        { "\xff\xfe\x00", 3 },
        { "a: *nowhere", 11 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_rejections(rows[i], 1);
}

static void test_proxy_verifier__aliases_that_multiply_are_stopped(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++)
        strbuf_addf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    strbuf_add_str(&text, "sessions: [{transactions: [{client-request: *a11}]}]\n");
    check_rejections(strbuf_span(&text), 1);
}

static void test_proxy_verifier__an_alias_of_itself_is_stopped(void **state)
{
    (void)state;
    check_rejections(SPAN("sessions: [{transactions: [&a {client-request: *a}]}]\n"), 1);
    check_rejections(SPAN("sessions: [{transactions: &a [*a]}]\n"), 1);
}

static void
test_proxy_verifier__an_alias_in_the_place_of_transactions_is_not_passed_over(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(&items,
                   SPAN("sessions: [{transactions: &t [{client-request: {method: GET, url: /a}}]}, "
                        "&s {transactions: *t}, *s, "
                        "{transactions: [{client-request: {method: GET, url: /b}}]}]\n"),
                   "proxy-verifier");
    assert_int_equal(count(strbuf_span(&items), SPAN(" exchange, session")), 2);
    assert_int_equal(count(strbuf_span(&items), SPAN(" rejected: ")), 2);
}

static void test_proxy_verifier__the_newest_anchor_of_a_name_counts(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(&items,
                   SPAN("a: &r {method: GET, url: /old}\nb: &r {method: GET, url: /new}\n"
                        "sessions: [{transactions: [{client-request: *r}]}]\n"),
                   "proxy-verifier");
    assert_int_equal(count(strbuf_span(&items), SPAN("/new")), 1);
    assert_int_equal(count(strbuf_span(&items), SPAN("/old")), 0);
}

static void test_proxy_verifier__deep_nesting_is_rejected(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "sessions: [{transactions: [{x: ");
    for (int i = 0; i < 60; i++)
        strbuf_add_char(&text, '[');
    for (int i = 0; i < 60; i++)
        strbuf_add_char(&text, ']');
    strbuf_add_str(&text, "}]}]\n");
    check_rejections(strbuf_span(&text), 1);

    strbuf_clear(&text);
    strbuf_add_str(&text, "sessions: ");
    for (int i = 0; i < 100000; i++)
        strbuf_add_char(&text, '[');
    check_rejections(strbuf_span(&text), 1);
}

static void test_proxy_verifier__yaml_past_its_limit_is_an_error_that_names_json(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "sessions:\n");
    while (text.len <= REPLAY_YAML_MAX_BYTES)
        strbuf_add_str(&text, "# a comment of no use, again and again and again\n");
    items_of_bytes(&items, strbuf_span(&text), "proxy-verifier");
    assert_true(span_find(strbuf_span(&items), SPAN("convert it to JSON")) >= 0);
}

static void test_proxy_verifier__a_byte_that_is_no_yaml_is_named_with_its_place(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(&items, SPAN("sessions:\n%\"\x94\x94:"), "proxy-verifier");
    check_span(strbuf_span(&items),
               "#1 line 2 column 3 rejected: not a replay file in YAML; a byte "
               "that no YAML may hold: not UTF-8, or a control character\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxy_verifier__files_come_out_as_their_golden_files),
        cmocka_unit_test(test_proxy_verifier__json_and_yaml_are_detected),
        cmocka_unit_test(test_filler__is_told_from_values),
        cmocka_unit_test(test_proxy_verifier__what_is_no_replay_file_gives_one_rejection),
        cmocka_unit_test(test_proxy_verifier__aliases_that_multiply_are_stopped),
        cmocka_unit_test(test_proxy_verifier__an_alias_of_itself_is_stopped),
        cmocka_unit_test(
            test_proxy_verifier__an_alias_in_the_place_of_transactions_is_not_passed_over),
        cmocka_unit_test(test_proxy_verifier__the_newest_anchor_of_a_name_counts),
        cmocka_unit_test(test_proxy_verifier__deep_nesting_is_rejected),
        cmocka_unit_test(test_proxy_verifier__a_byte_that_is_no_yaml_is_named_with_its_place),
        cmocka_unit_test(test_proxy_verifier__yaml_past_its_limit_is_an_error_that_names_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
