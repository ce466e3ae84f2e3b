#include "support/check.h"

#include <zlib.h>

#include "rehearse/http/coding.h"

#define TEXT "hello, hello, hello, shop"

static const char gzip_bytes[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\xc8\x40\xa1\x8a\x33\xf2"
    "\x0b\x00\x09\xff\x15\x3a\x19\x00\x00\x00";
static const char zlib_bytes[] =
    "\x78\x9c\xcb\x48\xcd\xc9\xc9\xd7\x51\xc8\x40\xa1\x8a\x33\xf2\x0b\x00\x73\x20\x08\xdb";
static const char raw_bytes[] = "\xcb\x48\xcd\xc9\xc9\xd7\x51\xc8\x40\xa1\x8a\x33\xf2\x0b\x00";
static const char br_bytes[] = "\x80\x01\x10" TEXT "\x03";
static const char zstd_bytes[] = "\x28\xb5\x2f\xfd\x24\x19\x8d\x00\x00\x58\x68\x65\x6c\x6c\x6f\x2c"
                                 "\x20\x73\x68\x6f\x70\x01\x00\x92\x8b\x11\x1d\x87\x33\xa2";

#define BYTES(array)                                                                               \
    {                                                                                              \
        array, sizeof array - 1                                                                    \
    }

static const struct sample {
    const char *coding;
    struct span bytes;
} samples[] = {
    { "gzip", BYTES(gzip_bytes) },    { "X-GZIP", BYTES(gzip_bytes) },
    { "deflate", BYTES(zlib_bytes) }, { "deflate", BYTES(raw_bytes) },
    { "br", BYTES(br_bytes) },        { "zstd", BYTES(zstd_bytes) },
    { "identity", BYTES(TEXT) },      { "", BYTES(TEXT) },
};

enum { SAMPLES = sizeof samples / sizeof *samples, TEXT_LEN = sizeof TEXT - 1 };

static int decode(struct strbuf *out, const char *coding, struct span bytes, size_t max)
{
    struct err err = ERR_INIT;
    return content_decode(out, bytes, span_of(coding), max, &err);
}

static void test_content__every_coding_is_undone(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < SAMPLES; i++) {
        strbuf_clear(&out);
        strbuf_add_str(&out, "> ");
        check_row(decode(&out, samples[i].coding, samples[i].bytes, TEXT_LEN) == 0,
                  samples[i].coding);
        assert_string_equal(out.buf, "> " TEXT);
    }
}

static void test_content__the_limit_keeps_the_front_part(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < SAMPLES; i++) {
        strbuf_clear(&out);
        check_row(decode(&out, samples[i].coding, samples[i].bytes, TEXT_LEN - 1) == E_LIMIT,
                  samples[i].coding);
        check_span(strbuf_span(&out), "hello, hello, hello, sho");
    }
}

static void test_content__cut_anywhere_is_an_error(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < SAMPLES - 2; i++)
        for (size_t len = 1; len < samples[i].bytes.len; len++) {
            strbuf_clear(&out);
            int rc = decode(&out, samples[i].coding, span_head(samples[i].bytes, len), 1000);
            check_row(rc == E_FORMAT, samples[i].coding);
        }
}

static void test_content__lists_are_undone_from_the_last(void **state)
{
    (void)state;
    /* zlib around gzip: Content-Encoding: gzip, deflate. */
    char twice[200];
    uLongf len = sizeof twice;
    assert_int_equal(
        compress((Bytef *)twice, &len, (const Bytef *)gzip_bytes, sizeof gzip_bytes - 1), Z_OK);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    assert_int_equal(decode(&out, "gzip, ,identity, deflate", span_make(twice, len), 1000), 0);
    assert_string_equal(out.buf, TEXT);
}

static void test_content__gzip_members_follow_each_other(void **state)
{
    (void)state;
    char both[2 * sizeof gzip_bytes];
    memcpy(both, gzip_bytes, sizeof gzip_bytes - 1);
    memcpy(both + sizeof gzip_bytes - 1, gzip_bytes, sizeof gzip_bytes - 1);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    assert_int_equal(decode(&out, "gzip", span_make(both, 2 * (sizeof gzip_bytes - 1)), 1000), 0);
    assert_string_equal(out.buf, TEXT TEXT);
}

static void test_content__a_bomb_stops_at_the_limit(void **state)
{
    (void)state;
    enum { BOMB = 4 << 20 };
    char *zeros = test_calloc(1, BOMB);
    uLongf len = compressBound(BOMB);
    char *bomb = test_malloc(len);
    assert_int_equal(compress((Bytef *)bomb, &len, (const Bytef *)zeros, BOMB), Z_OK);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    assert_int_equal(decode(&out, "deflate", span_make(bomb, len), 100000), E_LIMIT);
    assert_int_equal(out.len, 100000);
    test_free(zeros);
    test_free(bomb);
}

static void test_content__gzip_is_not_zlib(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    assert_int_equal(decode(&out, "gzip", (struct span)BYTES(zlib_bytes), 1000), E_FORMAT);
    assert_int_equal(decode(&out, "deflate", (struct span)BYTES(gzip_bytes), 1000), E_FORMAT);
}

/* RFC 9659: a decoder need not hold more than 8 MB. */
static void test_content__zstd_windows_end_at_8_mb(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    static const char small[] = "\x28\xb5\x2f\xfd\x00\x68\x09\x00\x00x";
    static const char large[] = "\x28\xb5\x2f\xfd\x00\x70\x09\x00\x00x";
    assert_int_equal(decode(&out, "zstd", (struct span)BYTES(small), 1000), 0);
    assert_string_equal(out.buf, "x");
    assert_int_equal(decode(&out, "zstd", (struct span)BYTES(large), 1000), E_FORMAT);
}

static void test_content__unknown_codings_are_named(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(content_decode(&out, SPAN("x"), SPAN("gzip, aes128gcm"), 10, &err), E_FORMAT);
    assert_non_null(strstr(err.text, "aes128gcm"));
    assert_int_equal(content_decode(&out, SPAN("x"), SPAN("gzip,gzip,gzip,gzip,gzip"), 10, &err),
                     E_LIMIT);
    assert_int_equal(content_decode(&out, SPAN(""), SPAN("gzip"), 10, &err), 0);
}

static void test_chunked__joins_the_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *framed;
        int rc;
        const char *body;
    } rows[] = {
        { "5\r\nhello\r\n0\r\n\r\n", 0, "hello" },
        { "5;x=y\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n", 0, "hello0123456789" },
        { "5\nhello\n0\n\n", 0, "hello" },
        { "0\r\n\r\n", 0, "" },
        { "5\r\nhello\r\n", E_FORMAT, "hello" },
        { "5\r\nhel", E_FORMAT, "hel" },
        { "5\r\nhelloX\r\n0\r\n\r\n", E_FORMAT, "hello" },
        { "x\r\n", E_FORMAT, "" },
        { "-1\r\nhello", E_FORMAT, "" },
        { "FFFFFFFFFFFFFFFF\r\nhello", E_FORMAT, "" },
        { "fffffffffffffff\r\nhello", E_LIMIT, "hello" },
        { "", E_FORMAT, "" },
        { "10\r\n0123456789abcdef\r\nffff\r\nzzzzzz", E_LIMIT, "0123456789abcdefzzzz" },
    };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        strbuf_clear(&out);
        check_row(chunked_decode(&out, span_of(rows[i].framed), 20, &err) == rows[i].rc,
                  rows[i].framed);
        assert_string_equal(out.buf, rows[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content__every_coding_is_undone),
        cmocka_unit_test(test_content__the_limit_keeps_the_front_part),
        cmocka_unit_test(test_content__cut_anywhere_is_an_error),
        cmocka_unit_test(test_content__lists_are_undone_from_the_last),
        cmocka_unit_test(test_content__gzip_members_follow_each_other),
        cmocka_unit_test(test_content__a_bomb_stops_at_the_limit),
        cmocka_unit_test(test_content__gzip_is_not_zlib),
        cmocka_unit_test(test_content__zstd_windows_end_at_8_mb),
        cmocka_unit_test(test_content__unknown_codings_are_named),
        cmocka_unit_test(test_chunked__joins_the_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
