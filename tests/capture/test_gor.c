#include "document_support.h"
#include "support/drip.h"

#include "gor_reader.h"

#define MONKEYS "\n\xF0\x9F\x90\xB5\xF0\x9F\x99\x88\xF0\x9F\x99\x89\n"

static void test_gor__records_come_out_as_their_golden_files(void **state)
{
    static const char *const names[] = {
        "requests-with-responses.gor", "older-without-latency.gor", "chunked-and-gzipped.gor",
        "separator-inside-a-body.gor", "missing-separator.gor",     "records-gone-wrong.gor",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_golden("gor", names[i], "gor");
}

static void test_gor__is_detected(void **state)
{
    (void)state;
    check_detected("gor", "requests-with-responses.gor", "gor");
    check_detected("gor", "older-without-latency.gor", "gor");
}

static void test_gor_header__takes_what_writers_write_and_nothing_else(void **state)
{
    static const struct {
        const char *line;
        bool good;
    } rows[] = {
        { "1 0123456789abcdef01234567 1772874932114000000 0", true },
        { "2 0123456789abcdef01234567 1772874932114000000 -1", true },
        { "3 a9b8 1 2", true },
        { "1 932079936fa4306fc308d67588178d17d823647c 1439818823587396305", true },
        { "1 abc 1 0\r", true },
        { "0 abc 1 0", false },
        { "4 abc 1 0", false },
        { "11 abc 1 0", false },
        { "1 abc", false },
        { "1 abc x 0", false },
        { "1 abc -1 0", false },
        { "1 abc 1 x", false },
        { "1  1 0", false },
        { "1 a/b 1 0", false },
        { "1 abc 99999999999999999999 0", false },
        { "", false },
    };
    struct gor_record record;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(gor_header_parse(&record, span_of(rows[i].line)) == rows[i].good, rows[i].line);
}

static void check_counts(struct span file, uint64_t exchanges, uint64_t skipped, uint64_t rejected)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;

    items_of_bytes(&items, file, "gor");
    assert_int_equal(count(strbuf_span(&items), SPAN(" exchange, session")), exchanges);
    assert_int_equal(count(strbuf_span(&items), SPAN(" skipped: ")), skipped);
    assert_int_equal(count(strbuf_span(&items), SPAN(" rejected: ")), rejected);
}

static void add_request(struct strbuf *out, uint64_t id, const char *behind)
{
    strbuf_addf(out,
                "1 %024" PRIx64 " 1772874932114000000 0\nGET /%" PRIu64 " HTTP/1.1\r\n"
                "Host: a\r\n\r\n%s",
                id, id, behind);
}

static void test_gor__a_response_far_behind_its_request_still_joins_it(void **state)
{
    AUTO(strbuf_release) struct strbuf file = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    for (uint64_t id = 0; id < 16000; id++)
        add_request(&file, id, MONKEYS);
    strbuf_addf(&file, "2 %024x 1772874932115000000 0\nHTTP/1.1 404 Not Found\r\n\r\n" MONKEYS, 0u);
    items_of_bytes(&items, strbuf_span(&file), "gor");
    assert_int_equal(count(strbuf_span(&items), SPAN(" exchange, session")), 16000);
    assert_int_equal(count(strbuf_span(&items), SPAN("  < 404")), 1);
}

static void test_gor__past_the_window_requests_come_out_alone_and_none_is_lost(void **state)
{
    AUTO(strbuf_release) struct strbuf file = STRBUF_INIT;
    (void)state;

    for (uint64_t id = 0; id < 40000; id++)
        add_request(&file, id, MONKEYS);
    strbuf_addf(&file, "2 %024x 1772874932115000000 0\nHTTP/1.1 404 Not Found\r\n\r\n" MONKEYS, 0u);
    check_counts(strbuf_span(&file), 40000, /* skipped= */ 1, /* rejected= */ 0);
}

static void test_gor__without_any_separator_every_record_is_named_in_linear_time(void **state)
{
    AUTO(strbuf_release) struct strbuf file = STRBUF_INIT;
    (void)state;

    for (uint64_t id = 0; id < 100000; id++)
        add_request(&file, id, "\n");
    /* The last one ends where the file does. */
    check_counts(strbuf_span(&file), 1, 0, 99999);
}

static void test_gor__the_default_port_of_the_forwarded_scheme_is_left_out(void **state)
{
    AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
    (void)state;

    items_of_bytes(&items,
                   SPAN("1 0123456789abcdef 1772874932114000000 0\nGET /x HTTP/1.1\r\n"
                        "Host: shop.example:443\r\nX-Forwarded-Proto: https\r\n\r\n" MONKEYS),
                   "gor");
    assert_int_equal(count(strbuf_span(&items), SPAN("> GET https://shop.example /x ")), 1);
}

static void test_gor__a_field_of_a_megabyte_is_kept(void **state)
{
    AUTO(strbuf_release) struct strbuf file = STRBUF_INIT;
    (void)state;

    strbuf_add_str(&file, "1 0123456789abcdef 1772874932114000000 0\nGET / HTTP/1.1\r\nX: ");
    for (size_t i = 0; i < 65536; i++)
        strbuf_add_str(&file, "0123456789abcdef");
    strbuf_add_str(&file, "\r\n\r\n" MONKEYS);
    check_counts(strbuf_span(&file), 1, 0, 0);
}

static void test_gor__a_file_cut_anywhere_ends_in_at_most_one_rejection(void **state)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    (void)state;

    assert_int_equal(file_read(&text, FIXTURES "/gor/requests-with-responses.gor", 1 << 20, &err),
                     0);
    for (size_t len = 0; len < text.len; len++) {
        AUTO(strbuf_release) struct strbuf items = STRBUF_INIT;
        items_of_bytes(&items, span_head(strbuf_span(&text), len), "gor");
        check_row(count(strbuf_span(&items), SPAN(" rejected: ")) <= 1, items.buf);
    }
}

/* Chunks of one byte must not change what is read. */
static void read_all(struct strbuf *out, struct span text, size_t step)
{
    struct drip drip = { text, step };
    AUTO(gor_reader_freep) struct gor_reader *reader = gor_reader_new(read_drip, &drip);
    struct gor_record r;

    while (gor_reader_next(reader, &r, NULL) > 0) {
        strbuf_addf(out, "%" PRIu64 " %" PRIu64 " %s ", r.number, r.line, r.fault ? r.fault : "");
        if (!r.fault)
            strbuf_add_span(out, r.message);
        strbuf_add_char(out, '\n');
    }
}

static void test_gor_reader__the_size_of_chunks_makes_no_difference(void **state)
{
    static const char *const names[] = { "separator-inside-a-body.gor", "missing-separator.gor",
                                         "records-gone-wrong.gor", "chunked-and-gzipped.gor" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf whole = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf drips = STRBUF_INIT;
        struct err err = ERR_INIT;
        char path[1024];
        snprintf(path, sizeof path, "%s/gor/%s", FIXTURES, names[i]);
        assert_int_equal(file_read(&text, path, 1 << 20, &err), 0);
        read_all(&whole, strbuf_span(&text), text.len);
        read_all(&drips, strbuf_span(&text), 1);
        check_row(span_eq(strbuf_span(&whole), strbuf_span(&drips)), names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gor__records_come_out_as_their_golden_files),
        cmocka_unit_test(test_gor__is_detected),
        cmocka_unit_test(test_gor_header__takes_what_writers_write_and_nothing_else),
        cmocka_unit_test(test_gor__a_response_far_behind_its_request_still_joins_it),
        cmocka_unit_test(test_gor__past_the_window_requests_come_out_alone_and_none_is_lost),
        cmocka_unit_test(test_gor__without_any_separator_every_record_is_named_in_linear_time),
        cmocka_unit_test(test_gor__the_default_port_of_the_forwarded_scheme_is_left_out),
        cmocka_unit_test(test_gor__a_field_of_a_megabyte_is_kept),
        cmocka_unit_test(test_gor__a_file_cut_anywhere_ends_in_at_most_one_rejection),
        cmocka_unit_test(test_gor_reader__the_size_of_chunks_makes_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
