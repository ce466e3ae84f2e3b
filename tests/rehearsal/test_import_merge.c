/* Several files make one capture, in order of time. */
#include "import_kit.h"

static void test_merge__sources_come_in_order_of_time(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf a = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf b = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    add_line(&a, 1, 1, "/1", 200);
    add_line(&a, 4, 1, "/4", 200);
    add_line(&a, 3, 1, "/3", 200); /* its own disorder */
    strbuf_add_str(&a, "no log line\n");
    add_line(&a, 7, 1, "/7", 200);
    add_line(&b, 2, 1, "/2", 200);
    add_line(&b, 5, 1, "/5", 200);
    add_line(&b, 6, 1, "/6", 200);
    write_log(p, 0, a.buf);
    write_log(p, 1, b.buf);
    struct import_options o = options(p, 2);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/1 /2 /3 /4 /5 /6 /7 \n");
}

/* Rotated logs, named newest first, more of them than are held open; one holds nothing that is
 * understood. */
static void test_merge__many_files_are_read_when_their_turn_comes(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf wanted = STRBUF_INIT;
    for (int i = 0; i < LOGS; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        int first = (LOGS - i) * 100;
        char target[2][16];
        strbuf_add_str(&text, "no log line\n");
        for (int n = 0; n < 2; n++) {
            snprintf(target[n], sizeof target[n], "/%d", first + n * 150);
            if (i != 5)
                add_line(&text, first + n * 150, 1, target[n], 200);
        }
        write_log(p, i, text.buf);
    }
    /* Each file's second line is later than the first line of the next. */
    for (int t = 100; t <= LOGS * 100 + 150; t += 50) {
        bool first = t % 100 == 0 && t <= LOGS * 100 && t != (LOGS - 5) * 100;
        bool second = t % 100 == 50 && t >= 250 && t - 150 != (LOGS - 5) * 100;
        if (first || second)
            strbuf_addf(&wanted, "/%d ", t);
    }
    strbuf_add_char(&wanted, '\n');
    struct import_options o = options(p, LOGS);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, wanted.buf);
    assert_int_equal(p->summary.rejected, LOGS);
    assert_int_equal(p->summary.read, 3 * LOGS - 2);
}

static void test_merge__an_empty_log_among_others_is_no_error(void **state)
{
    struct place *p = *state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    add_line(&text, 1, 1, "/a", 200);
    write_log(p, 0, "");
    write_log(p, 1, text.buf);
    struct import_options o = options(p, 2);
    must_run(p, &o);
    list_targets(p->out, &found);
    assert_string_equal(found.buf, "/a \n");
    check_span(p->summary.sources[0].format, "empty");
    assert_int_equal(p->summary.sources[0].read, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_merge__sources_come_in_order_of_time),
        TEST(test_merge__many_files_are_read_when_their_turn_comes),
        TEST(test_merge__an_empty_log_among_others_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
