#include "support/check.h"

#include <stdlib.h>

#include "rehearse/base/strbuf.h"

static void test_strbuf__is_a_c_string_from_the_start(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    assert_string_equal(sb.buf, "");
    strbuf_clear(&sb);
    strbuf_add(&sb, NULL, 0);
    assert_string_equal(sb.buf, "");
}

static void test_strbuf__everything_is_appended(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    strbuf_add_span(&sb, SPAN("a"));
    strbuf_add_span(&sb, SPAN_NONE);
    strbuf_add_str(&sb, "bc");
    strbuf_add_char(&sb, ' ');
    strbuf_addf(&sb, "%d-%s", 7, "x");
    strbuf_add_u64(&sb, UINT64_MAX);
    strbuf_add_i64(&sb, INT64_MIN);
    strbuf_add_u64(&sb, 0);
    assert_string_equal(sb.buf, "abc 7-x18446744073709551615-92233720368547758080");
}

static void test_strbuf__grows_and_keeps_what_it_holds(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    for (int i = 0; i < 100000; i++)
        strbuf_add_char(&sb, (char)('a' + i % 26));
    assert_int_equal(sb.len, 100000);
    for (size_t i = 0; i < sb.len; i++)
        assert_int_equal(sb.buf[i], 'a' + (int)(i % 26));
    assert_int_equal(sb.buf[sb.len], 0);
}

static void test_strbuf__room_is_for_the_caller_to_fill(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    memcpy(strbuf_room(&sb, 10), "abc", 3);
    strbuf_grew(&sb, 3);
    assert_string_equal(sb.buf, "abc");
    strbuf_cut(&sb, 1);
    assert_string_equal(sb.buf, "a");
    strbuf_clear(&sb);
    assert_string_equal(sb.buf, "");
}

static void test_strbuf__detached_bytes_are_the_callers(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    strbuf_add_str(&sb, "mine");
    char *taken = strbuf_detach(&sb);
    assert_string_equal(taken, "mine");
    free(taken);
    assert_int_equal(sb.len, 0);
    taken = strbuf_detach(&sb);
    assert_string_equal(taken, "");
    free(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strbuf__is_a_c_string_from_the_start),
        cmocka_unit_test(test_strbuf__everything_is_appended),
        cmocka_unit_test(test_strbuf__grows_and_keeps_what_it_holds),
        cmocka_unit_test(test_strbuf__room_is_for_the_caller_to_fill),
        cmocka_unit_test(test_strbuf__detached_bytes_are_the_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
