#include "document_support.h"

static void test_har__dialects_come_out_as_their_golden_files(void **state)
{
    static const char *const names[] = {
        "chrome-everything.har",
        "chrome-sanitised.har",
        "firefox-joined-set-cookie.har",
        "safari-fetch-types.har",
        "mitmproxy-two-visitors.har",
        "params-without-text.har",
        "cookies-only-in-arrays.har",
        "byte-order-mark.har",
        "nul-in-a-body.har",
        "playwright-does-not-say-cached.har",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_golden("har", names[i], "har");
}

static void test_har__faults_are_named_with_their_place(void **state)
{
    static const char *const names[] = { "entries-gone-wrong.har", "cut-in-half.har",
                                         "no-entries.har" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_golden("har", names[i], "har");
}

static void test_har__is_detected_with_and_without_a_byte_order_mark(void **state)
{
    (void)state;
    check_detected("har", "chrome-everything.har", "har");
    check_detected("har", "byte-order-mark.har", "har");
}

static void test_har__a_document_of_many_lines_is_no_json_log(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(
        &items,
        SPAN("{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\n      \"name\":"
             " \"Firefox\",\n      \"version\": \"128.0\"\n    },\n    \"entries\": [\n"
             "      {\n        \"startedDateTime\": \"2026-03-07T09:15:32.114+00:00\",\n"
             "        \"request\": {\n          \"method\": \"GET\",\n          \"url\": "
             "\"https://shop.example/\"\n        },\n        \"response\": {\"status\": 200}\n"
             "      }\n    ]\n  }\n}\n"),
        /* format= */ NULL);
    assert_int_equal(count(strbuf_span(&items), SPAN("#1 line 9 exchange, session 1")), 1);
}

static void test_har__a_document_cut_anywhere_gives_whole_entries_and_one_rejection(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    struct err err = ERR_INIT;
    (void)state;

    assert_int_equal(file_read(&text, FIXTURES "/har/chrome-everything.har", 1 << 20, &err), 0);
    size_t end = text.len - 2; /* behind that, only a line end is missing */
    for (size_t len = 1; len < end; len += 7) {
        strbuf_clear(&items);
        items_of_bytes(&items, span_head(strbuf_span(&text), len), "har");
        assert_int_equal(count(strbuf_span(&items), SPAN(" rejected: the document ends")), 1);
        assert_int_equal(count(strbuf_span(&items), SPAN("not JSON")), 0);
    }
}

static void check_one_rejection(struct span document, const char *reason)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;

    items_of_bytes(&items, document, "har");
    if (span_find(strbuf_span(&items), span_of(reason)) < 0 ||
        count(strbuf_span(&items), SPAN(" rejected: ")) != 1)
        fail_msg("expected one rejection, \"%s\", got\n%.500s", reason, items.buf);
}

static void add_many(struct strbuf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        strbuf_add_str(out, text);
}

static void test_har__deep_nesting_is_rejected(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "{\"log\":{\"entries\":[");
    add_many(&text, "[", 100000);
    add_many(&text, "]", 100000);
    strbuf_add_str(&text, "]}}");
    check_one_rejection(strbuf_span(&text), "entry is not JSON");
}

static void test_har__an_entry_of_too_many_values_is_rejected_before_it_is_built(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "{\"log\":{\"entries\":[[0");
    add_many(&text, ",0", 1000001);
    strbuf_add_str(&text, "]]}}");
    check_one_rejection(strbuf_span(&text), "entry is too large");
}

static void test_har__a_field_of_a_megabyte_is_kept(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "{\"log\":{\"entries\":[{\"startedDateTime\":\"2026-03-07T09:15:32Z\","
                          "\"request\":{\"method\":\"GET\",\"url\":\"http://a/\",\"headers\":[{"
                          "\"name\":\"X\",\"value\":\"");
    add_many(&text, "0123456789abcdef", 65536);
    strbuf_add_str(&text, "\"}]},\"response\":{\"status\":200}}]}}");
    items_of_bytes(&items, strbuf_span(&text), "har");
    assert_int_equal(count(strbuf_span(&items), SPAN(" exchange")), 1);
    assert_int_equal(count(strbuf_span(&items), SPAN("> X: 0123456789")), 1);
}

static void test_har__what_is_no_har_gives_one_rejection(void **state)
{
    static const struct {
        struct span text;
        const char *reason;
    } rows[] = {
        { { "", 0 }, "no log.entries" },
        { { "GET / HTTP/1.1\n", 15 }, "no JSON document" },
        { { "\x1f\x8c\x00\xff\xfe", 5 }, "no JSON document" },
        { { "[]", 2 }, "no log.entries" },
        { { "{\"log\":{\"entries\":{}}}", 22 }, "no log.entries" },
        { { "{\"log\":{\"entries\":[]}} {", 24 }, "more bytes behind" },
        { { "{\"log\":{\"entries\":[}", 20 }, "a closing bracket without" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_one_rejection(rows[i].text, rows[i].reason);
}

static void test_har__bytes_that_are_not_utf8_pass_through(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(&items,
                   SPAN("{\"log\":{\"entries\":[{\"startedDateTime\":\"2026-03-07T09:15:32Z\","
                        "\"request\":{\"method\":\"GET\",\"url\":\"http://a/\xff\",\"headers\":[]},"
                        "\"response\":{\"status\":200}}]}}"),
                   "har");
    assert_int_equal(count(strbuf_span(&items), SPAN("http://a /\\x")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_har__dialects_come_out_as_their_golden_files),
        cmocka_unit_test(test_har__faults_are_named_with_their_place),
        cmocka_unit_test(test_har__is_detected_with_and_without_a_byte_order_mark),
        cmocka_unit_test(test_har__a_document_of_many_lines_is_no_json_log),
        cmocka_unit_test(test_har__a_document_cut_anywhere_gives_whole_entries_and_one_rejection),
        cmocka_unit_test(test_har__deep_nesting_is_rejected),
        cmocka_unit_test(test_har__an_entry_of_too_many_values_is_rejected_before_it_is_built),
        cmocka_unit_test(test_har__a_field_of_a_megabyte_is_kept),
        cmocka_unit_test(test_har__what_is_no_har_gives_one_rejection),
        cmocka_unit_test(test_har__bytes_that_are_not_utf8_pass_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
