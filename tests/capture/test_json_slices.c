#include <inttypes.h>
#include <stdio.h>

#include "support/check.h"
#include "support/drip.h"
#include "json_slices.h"

static const char *const entries[] = { "log", "entries", "[]", NULL };
static const char *const creator[] = { "log", "creator", NULL };
static const char *const transactions[] = { "sessions", "[]", "transactions", "[]", NULL };
static const char *const protocol[] = { "sessions", "[]", "protocol", NULL };
static const struct json_slices_spec har = { entries, creator };
static const struct json_slices_spec replay = { transactions, protocol };

/* "line:column#number.outer bytes|" for each, and the aside in <> in front of the first that has
 * it. */
static void slices_of(struct strbuf *out, const struct json_slices_spec *spec, struct span text,
                      size_t step)
{
    struct drip drip = { text, step };
    AUTO(json_slices_freep) struct json_slices *slices = json_slices_new(spec, read_drip, &drip);
    struct json_slice slice;
    int outcome;

    while ((outcome = json_slices_next(slices, &slice, NULL)) > 0) {
        struct span aside = json_slices_aside(slices);
        if (outcome == JSON_SLICES_CUT) {
            strbuf_addf(out, "%" PRIu64 ":%" PRIu64 " %s, begun in %" PRIu64 "|", slice.line,
                        slice.column, slice.found, slice.begun_line);
            continue;
        }
        if (!span_is_none(aside))
            strbuf_addf(out, "<%.*s>", SPAN_ARG(aside));
        strbuf_addf(out, "%" PRIu64 ":%" PRIu64 "#%" PRIu64 ".%" PRIu64 " %.*s|", slice.line,
                    slice.column, slice.number, slice.outer,
                    SPAN_ARG(outcome == JSON_SLICE ? slice.bytes : SPAN("too large")));
    }
    strbuf_add_str(out, json_slices_found(slices) ? "found" : "not found");
}

struct row {
    const char *text;
    const char *slices;
};

static void check_rows(const struct json_slices_spec *spec, const struct row *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct span text = span_of(rows[i].text);
        for (size_t step = 1; step <= text.len + 1; step++) {
            AUTO(strbuf_release) struct strbuf slices = STRBUF_INIT;
            slices_of(&slices, spec, text, step);
            if (strcmp(slices.buf, rows[i].slices) != 0)
                fail_msg("%s in chunks of %zu\nexpected %s\ngot      %s", rows[i].text, step,
                         rows[i].slices, slices.buf);
        }
    }
}

static void test_json_slices__elements_come_out_whole_whatever_the_chunks(void **state)
{
    static const struct row rows[] = {
        { "", "not found" },
        { " \n", "not found" },
        { "{}", "not found" },
        { "[]", "not found" },
        { "{\"log\":{\"entries\":[]}}", "found" },
        { "{\"log\":{\"entries\":[{}]}}", "1:20#1.1 {}|found" },
        { "\xEF\xBB\xBF{\"log\":{\"entries\":[{}]}}", "1:23#1.1 {}|found" },
        { "{\"log\":{\"entries\":[1, \"a]\\\"\" ,[{\"b\":[]}],null]}}",
          "1:20#1.1 1|1:23#2.2 \"a]\\\"\"|1:31#3.3 [{\"b\":[]}]|1:42#4.4 null|found" },
        { "{\"log\":\n{\"entries\":\n[\n{\"a\":\n1},\n  {} ]}}",
          "4:1#1.1 {\"a\":\n1}|6:3#2.2 {}|found" },
        { "{\"x\":{\"entries\":[1]},\"log\":{\"y\":{\"entries\":[2]},\"entries\":[3]}}",
          "1:60#1.1 3|found" },
        { "{\"log\":{\"log\":{\"entries\":[1]},\"entries\":{\"entries\":[2]}}}", "not found" },
        { "[{\"log\":{\"entries\":[1]}}]", "not found" },
        { "{\"log\":[{\"entries\":[1]}]}", "not found" },
        { "{\"log\":{\"creator\":{\"name\":\"x\"},\"entries\":[1,2]}}",
          "<{\"name\":\"x\"}>1:43#1.1 1|<{\"name\":\"x\"}>1:45#2.2 2|found" },
        { "{\"log\":{\"entries\":[1],\"creator\":7}}", "1:20#1.1 1|found" },
        { "{\"log\":{\"creator\":7,\"entries\":[1]}}", "<7>1:32#1.1 1|found" },
        { "{\"log\":{\"a\":\"{[\\\\\",\"b\":\"\\\"]}\",\"entries\":[1]}}", "1:42#1.1 1|found" },
        { "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1,"
          "\"log\":{\"entries\":[1]}}",
          "1:95#1.1 1|found" },
    };
    (void)state;
    check_rows(&har, rows, sizeof rows / sizeof *rows);
}

static void test_json_slices__inner_arrays_are_followed_too(void **state)
{
    static const struct row rows[] = {
        { "{\"sessions\":[{\"transactions\":[1,2]},{\"transactions\":[]},{\"transactions\":[3]}]}",
          "1:31#1.1 1|1:33#2.1 2|1:74#3.3 3|found" },
        { "{\"sessions\":[{\"protocol\":[1],\"transactions\":[1]},{\"transactions\":[2]}]}",
          "<[1]>1:46#1.1 1|1:67#2.2 2|found" },
        { "{\"sessions\":[17,{\"transactions\":[2]}]}", "1:34#1.2 2|found" },
    };
    (void)state;
    check_rows(&replay, rows, sizeof rows / sizeof *rows);
}

static void test_json_slices__a_document_that_ends_or_goes_wrong_says_where(void **state)
{
    static const struct row rows[] = {
        { "{\"log\":{\"entries\":[{},\n{\"a\":",
          "1:20#1.1 {}|2:6 the document ends before its brackets "
          "are closed, begun in 2|found" },
        { "{\"log\":{\"entries\":[\n{\"a\":\"x",
          "2:8 the document ends inside a string, begun in 2|found" },
        { "{\"log\":{\"entries\":[1",
          "1:21 the document ends before its brackets are closed, begun in 1|found" },
        { "{\"log\":{\"entries\":[1,",
          "1:20#1.1 1|1:22 the document ends before its brackets are closed, "
          "begun in 0|found" },
        { "{\"log", "1:6 the document ends inside a string, begun in 0|not found" },
        { "x", "1:1 no JSON document: it should begin with {, begun in 0|not found" },
        { "17", "1:1 no JSON document: it should begin with {, begun in 0|not found" },
        { "}", "1:1 a closing bracket without its opening one, begun in 0|not found" },
        { "{}\n{}", "2:1 more bytes behind the end of the JSON document, begun in 0|not found" },
        { "{\"log\":{\"entries\":[1}",
          "1:20#1.1 1|1:21 a closing bracket without its opening one, begun "
          "in 0|found" },
        { "{\"log\":{\"entries\":[{]]}}", "1:20#1.1 {]|found" },
        { "{\"log\":{\"entries\":[{]}]}}",
          "1:20#1.1 {]|1:22 a closing bracket without its opening one, "
          "begun in 0|found" },
    };
    (void)state;
    check_rows(&har, rows, sizeof rows / sizeof *rows);
}

static void test_json_slices__an_element_past_the_limit_is_passed_over(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf slices = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "{\"log\":{\"entries\":[1,\"");
    char *body = strbuf_room(&text, JSON_SLICE_MAX_BYTES);
    memset(body, 'x', JSON_SLICE_MAX_BYTES);
    strbuf_grew(&text, JSON_SLICE_MAX_BYTES);
    strbuf_add_str(&text, "\",2]}}");
    slices_of(&slices, &har, strbuf_span(&text), 65536);
    check_span(strbuf_span(&slices), "1:20#1.1 1|1:22#2.2 too large|1:67108889#3.3 2|found");
}

static void test_json_slices__an_aside_past_its_limit_is_absent(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf slices = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&text, "{\"log\":{\"creator\":\"");
    for (size_t i = 0; i < JSON_ASIDE_MAX_BYTES; i++)
        strbuf_add_char(&text, 'x');
    strbuf_add_str(&text, "\",\n\"entries\":[1]}}");
    slices_of(&slices, &har, strbuf_span(&text), 65536);
    check_span(strbuf_span(&slices), "2:12#1.1 1|found");
}

static int read_fails(void *ctx, struct span *ret, struct err *err)
{
    (void)ctx;
    (void)ret;
    return err_set(err, E_IO, "the disk is gone");
}

static void test_json_slices__a_failing_input_is_passed_on(void **state)
{
    AUTO(json_slices_freep) struct json_slices *slices = json_slices_new(&har, read_fails, NULL);
    struct json_slice slice;
    struct err err = ERR_INIT;
    (void)state;

    assert_int_equal(json_slices_next(slices, &slice, &err), E_IO);
    assert_string_equal(err.text, "the disk is gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_slices__elements_come_out_whole_whatever_the_chunks),
        cmocka_unit_test(test_json_slices__inner_arrays_are_followed_too),
        cmocka_unit_test(test_json_slices__a_document_that_ends_or_goes_wrong_says_where),
        cmocka_unit_test(test_json_slices__an_element_past_the_limit_is_passed_over),
        cmocka_unit_test(test_json_slices__an_aside_past_its_limit_is_absent),
        cmocka_unit_test(test_json_slices__a_failing_input_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
