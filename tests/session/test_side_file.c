#include "rehearse/session/side_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"

static const unsigned char key[SEAL_KEY_BYTES] = { 1, 2, 3 };
static const unsigned char other_key[SEAL_KEY_BYTES] = { 9 };

static char folder[] = "/tmp/side_file_XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a.secrets", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct original value(const char *pseudonym, const char *text)
{
    return (struct original){ ORIGINAL_VALUE, span_of(pseudonym), span_of(text), SPAN_NONE };
}

#define FIRST "p~aaaaaaaaaaaaaaaaaaaaaa"
#define SECOND "p~bbbbbbbbbbbbbbbbbbbbbb"

/* Two originals, and as many large ones as asked for. */
static struct side_id write_file(size_t large)
{
    AUTO(side_writer_freep) struct side_writer *writer = NULL;
    AUTO(freep) char *text = xcalloc(1, ORIGINAL_MAX + 1);
    struct side_id id = side_id_draw();
    struct err err = ERR_INIT;
    struct original first = value(FIRST, "sid-of-the-first"), second = value(SECOND, "s:2/=");
    assert_int_equal(side_writer_open(&writer, path, key, id, &err), 0);
    side_writer_put(writer, &first);
    side_writer_put(writer, &second);
    side_writer_put(writer, &first);
    for (size_t i = 0; i < large; i++) {
        char pseudonym[32];
        snprintf(pseudonym, sizeof pseudonym, "p~%022zu", i);
        memset(text, 'a' + (int)(i % 26), ORIGINAL_MAX);
        struct original big = value(pseudonym, text);
        side_writer_put(writer, &big);
    }
    assert_int_equal(side_writer_finish(writer, &err), 0);
    return id;
}

struct seen {
    size_t count, bytes;
    bool first, second;
};

static int see(void *ctx, const struct original *o)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->bytes += o->text.len;
    seen->first |= span_eq(o->pseudonym, SPAN(FIRST)) && span_eq(o->text, SPAN("sid-of-the-first"));
    seen->second |= span_eq(o->pseudonym, SPAN(SECOND)) && span_eq(o->text, SPAN("s:2/="));
    return 0;
}

static void test_side_file__gives_back_what_was_put_once_each(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct side_id put = write_file(0), got;
    struct err err = ERR_INIT;
    assert_int_equal(side_file_each(path, key, &got, see, &seen, &err), 0);
    assert_memory_equal(&put, &got, sizeof put);
    assert_int_equal(seen.count, 2);
    assert_true(seen.first && seen.second);
}

static void test_side_file__holds_values_larger_than_a_frame(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct err err = ERR_INIT;
    write_file(5);
    assert_int_equal(side_file_each(path, key, NULL, see, &seen, &err), 0);
    assert_int_equal(seen.count, 7);
    assert_true(seen.bytes > 5 * ORIGINAL_MAX);
}

static void test_side_file__is_for_its_owner_only_under_any_umask(void **state)
{
    (void)state;
    struct stat st;
    mode_t before = umask(0);
    write_file(0);
    umask(before);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_side_file__shows_no_original_and_no_pseudonym(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf bytes = STRBUF_INIT;
    write_file(0);
    assert_int_equal(file_read(&bytes, path, 1 << 20, NULL), 0);
    assert_true(span_find(strbuf_span(&bytes), SPAN("sid-of")) < 0);
    assert_true(span_find(strbuf_span(&bytes), SPAN("p~aaaa")) < 0);
}

static void test_side_file__is_never_the_same_twice(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf one = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf two = STRBUF_INIT;
    write_file(0);
    assert_int_equal(file_read(&one, path, 1 << 20, NULL), 0);
    write_file(0);
    assert_int_equal(file_read(&two, path, 1 << 20, NULL), 0);
    assert_false(span_eq(strbuf_span(&one), strbuf_span(&two)));
}

static void test_side_file__refuses_another_key_and_says_what_to_do(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct err err = ERR_INIT;
    write_file(0);
    assert_int_equal(side_file_each(path, other_key, NULL, see, &seen, &err), E_USAGE);
    assert_non_null(strstr(err.text, "--secrets-key"));
    assert_int_equal(seen.count, 0);
}

static void test_side_file__refuses_every_changed_byte_and_every_cut(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf bytes = STRBUF_INIT;
    struct err err = ERR_INIT;
    write_file(0);
    assert_int_equal(file_read(&bytes, path, 1 << 20, NULL), 0);
    for (size_t i = 0; i < bytes.len; i++) {
        struct seen seen = { 0 };
        bytes.buf[i] = (char)(bytes.buf[i] ^ 0x20);
        int rc = side_text_each(strbuf_span(&bytes), "x", key, NULL, see, &seen, &err);
        bytes.buf[i] = (char)(bytes.buf[i] ^ 0x20);
        if (rc >= 0)
            fail_msg("byte %zu changed and not seen", i);
    }
    for (size_t len = 0; len < bytes.len; len++) {
        struct seen seen = { 0 };
        assert_true(side_text_each(span_make(bytes.buf, len), "x", key, NULL, see, &seen, &err) < 0);
    }
    strbuf_add_char(&bytes, 'x');
    struct seen seen = { 0 };
    assert_int_equal(side_text_each(strbuf_span(&bytes), "x", key, NULL, see, &seen, &err),
                     E_DAMAGED);
}

static void test_side_file__refuses_a_file_of_another_kind(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct err err = ERR_INIT;
    assert_int_equal(side_text_each(SPAN("SQLite format 3"), "x", key, NULL, see, &seen, &err),
                     E_FORMAT);
    assert_int_equal(side_file_each("/nonexistent/x", key, NULL, see, &seen, &err), E_NOT_FOUND);
}

static void test_side_file__leaves_nothing_when_it_is_not_finished(void **state)
{
    (void)state;
    struct side_writer *writer;
    struct err err = ERR_INIT;
    char kept[64];
    snprintf(kept, sizeof kept, "%s/b.secrets", folder);
    assert_int_equal(side_writer_open(&writer, kept, key, side_id_draw(), &err), 0);
    side_writer_free(writer);
    assert_false(file_exists(kept)); /* tear_down fails when the temporary one is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_side_file__gives_back_what_was_put_once_each),
        cmocka_unit_test(test_side_file__holds_values_larger_than_a_frame),
        cmocka_unit_test(test_side_file__is_for_its_owner_only_under_any_umask),
        cmocka_unit_test(test_side_file__shows_no_original_and_no_pseudonym),
        cmocka_unit_test(test_side_file__is_never_the_same_twice),
        cmocka_unit_test(test_side_file__refuses_another_key_and_says_what_to_do),
        cmocka_unit_test(test_side_file__refuses_every_changed_byte_and_every_cut),
        cmocka_unit_test(test_side_file__refuses_a_file_of_another_kind),
        cmocka_unit_test(test_side_file__leaves_nothing_when_it_is_not_finished),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
