#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/capture/input.h"

/* A file of these bytes; its name goes with unlink() at the end of the test. */
struct scratch {
    char path[64];
};

static struct scratch scratch_file(const void *bytes, size_t len)
{
    struct scratch s = { "/tmp/rehearse-input-XXXXXX" };
    int fd = mkstemp(s.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    return s;
}

static void scratch_remove(struct scratch *s)
{
    unlink(s->path);
}

static void add_gzip(struct strbuf *out, const char *text, size_t len)
{
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&z, len) + 32;
    AUTO(strbuf_release) struct strbuf copy = STRBUF_INIT;
    strbuf_add(&copy, text, len);
    z.next_in = (Bytef *)copy.buf;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)strbuf_room(out, bound);
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    strbuf_grew(out, z.total_out);
    deflateEnd(&z);
}

static void add_zstd(struct strbuf *out, const char *text, size_t len)
{
    size_t bound = ZSTD_compressBound(len);
    size_t got = ZSTD_compress(strbuf_room(out, bound), bound, text, len, 3);
    assert_false(ZSTD_isError(got));
    strbuf_grew(out, got);
}

/* Lines joined with '|', a cut one marked with '~', a failure with '!' behind. */
static void lines_of(struct strbuf *out, const void *bytes, size_t len, struct err *err)
{
    AUTO(scratch_remove) struct scratch s = scratch_file(bytes, len);
    AUTO(input_closep) struct input *input = NULL;
    struct span line;
    bool cut = false;
    int rc = input_open(&input, s.path, err);
    while (rc >= 0 && (rc = input_line(input, &line, &cut, err)) > 0) {
        strbuf_add_span(out, line);
        strbuf_add_str(out, cut ? "~|" : "|");
    }
    if (rc < 0)
        strbuf_add_char(out, '!');
    else
        assert_int_equal(input_bytes_read(input), input_bytes_total(input));
}

static void check_lines(const void *bytes, size_t len, const char *want)
{
    AUTO(strbuf_release) struct strbuf got = STRBUF_INIT;
    struct err err = ERR_INIT;
    lines_of(&got, bytes, len, &err);
    assert_string_equal(got.buf, want);
}

static void test_lines__end_with_lf_crlf_or_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "a", "a|" },
        { "a\n", "a|" },
        { "a\nb", "a|b|" },
        { "a\r\nb\r\n", "a|b|" },
        { "\n\na\n", "||a|" },
        { "a\rb\n", "a\rb|" },
        { "\xef\xbb\xbf"
          "a\nb",
          "a|b|" },
        { "\xef\xbb", "\xef\xbb|" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_lines(rows[i].text, strlen(rows[i].text), rows[i].want);
}

static void test_compressed__members_and_frames_follow_one_another(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf gz = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf zst = STRBUF_INIT;
    add_gzip(&gz, "a\nb", 3);
    add_gzip(&gz, "c\n", 2);
    add_gzip(&gz, "", 0);
    strbuf_add(&gz, "\0\0\0\0", 4);
    check_lines(gz.buf, gz.len, "a|bc|");
    add_zstd(&zst, "a\nb", 3);
    add_zstd(&zst, "c\n", 2);
    check_lines(zst.buf, zst.len, "a|bc|");
}

static void test_truncated__gives_the_lines_before_and_then_the_failure(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf packed = STRBUF_INIT;
    for (int i = 0; i < 20000; i++)
        strbuf_addf(&text, "line %d %d\n", i, i * 7919 % 10007);
    for (int zstd = 0; zstd < 2; zstd++) {
        AUTO(strbuf_release) struct strbuf got = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_clear(&packed);
        (zstd ? add_zstd : add_gzip)(&packed, text.buf, text.len);
        lines_of(&got, packed.buf, packed.len - 30, &err);
        assert_int_equal(err.code, E_FORMAT);
        assert_non_null(strstr(err.text, "breaks off"));
        assert_non_null(strstr(err.text, "line "));
        /* zstd gives whole blocks only, gzip all there is. */
        if (!zstd)
            assert_int_equal(strncmp(got.buf, "line 0 0|line 1 7919|", 21), 0);
        assert_int_equal(got.buf[got.len - 1], '!');
    }
}

static void test_damaged__is_a_failure_and_stays_one(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf gz = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct span line;
    add_gzip(&gz, "a\nb\n", 4);
    strbuf_add_str(&gz, "trailing");
    AUTO(scratch_remove) struct scratch s = scratch_file(gz.buf, gz.len);
    AUTO(input_closep) struct input *input = NULL;
    assert_int_equal(input_open(&input, s.path, &err), 0);
    assert_int_equal(input_line(input, &line, NULL, &err), 1);
    assert_int_equal(input_line(input, &line, NULL, &err), 1);
    assert_int_equal(input_line(input, &line, NULL, &err), E_FORMAT);
    assert_int_equal(input_line(input, &line, NULL, &err), E_FORMAT);
    assert_int_equal(input_chunk(input, &line, &err), E_FORMAT);
}

static void test_open__says_what_cannot_be_read(void **state)
{
    (void)state;
    struct input *input = NULL;
    struct err err = ERR_INIT;
    AUTO(scratch_remove)
    struct scratch s = scratch_file("\xfd"
                                    "7zXZ\0more",
                                    10);
    assert_int_equal(input_open(&input, s.path, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "xz"));
    assert_int_equal(input_open(&input, "/nowhere/at/all", &err), E_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    assert_int_equal(input_open(&input, "/tmp", &err), E_IO);
    assert_null(input);
}

static void test_long_lines__are_cut_and_the_next_one_is_whole(void **state)
{
    (void)state;
    static const size_t lengths[] = { INPUT_MAX_LINE - 1, INPUT_MAX_LINE, INPUT_MAX_LINE + 1,
                                      3 * (size_t)INPUT_MAX_LINE };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char *text = xmalloc(lengths[i] + 6);
        memset(text, 'x', lengths[i]);
        memcpy(text + lengths[i], "\nnext\n", 6);
        AUTO(scratch_remove) struct scratch s = scratch_file(text, lengths[i] + 6);
        free(text);
        AUTO(input_closep) struct input *input = NULL;
        struct err err = ERR_INIT;
        struct span line;
        bool cut;
        assert_int_equal(input_open(&input, s.path, &err), 0);
        assert_int_equal(input_line(input, &line, &cut, &err), 1);
        assert_int_equal(cut, lengths[i] > INPUT_MAX_LINE);
        assert_int_equal(line.len, cut ? INPUT_MAX_LINE : lengths[i]);
        assert_int_equal(input_line(input, &line, &cut, &err), 1);
        assert_false(cut);
        assert_true(span_eq(line, SPAN("next")));
        assert_int_equal(input_line_number(input), 2);
        assert_int_equal(input_line(input, &line, &cut, &err), 0);
    }
}

static void test_peek__shows_the_front_and_takes_nothing(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf gz = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct span head, line;
    add_gzip(&gz, "abc\ndef\n", 8);
    AUTO(scratch_remove) struct scratch s = scratch_file(gz.buf, gz.len);
    AUTO(input_closep) struct input *input = NULL;
    assert_int_equal(input_open(&input, s.path, &err), 0);
    assert_int_equal(input_peek(input, 5, &head, &err), 0);
    assert_true(span_eq(head, SPAN("abc\nd")));
    assert_int_equal(input_peek(input, 65536, &head, &err), 0);
    assert_true(span_eq(head, SPAN("abc\ndef\n")));
    assert_int_equal(input_line(input, &line, NULL, &err), 1);
    assert_true(span_eq(line, SPAN("abc")));
    assert_int_equal(input_chunk(input, &line, &err), 1);
    assert_true(span_eq(line, SPAN("def\n")));
    assert_int_equal(input_chunk(input, &line, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines__end_with_lf_crlf_or_the_file),
        cmocka_unit_test(test_compressed__members_and_frames_follow_one_another),
        cmocka_unit_test(test_truncated__gives_the_lines_before_and_then_the_failure),
        cmocka_unit_test(test_damaged__is_a_failure_and_stays_one),
        cmocka_unit_test(test_open__says_what_cannot_be_read),
        cmocka_unit_test(test_long_lines__are_cut_and_the_next_one_is_whole),
        cmocka_unit_test(test_peek__shows_the_front_and_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
