/* Names and fingerprints of certificates that openssl made: fixtures/fuzz/fuzz_certificate. */
#include "certificate.h"
#include "check.h"
#include "rehearse/base/file.h"

static int take_name(void *ctx, struct span name)
{
    strbuf_add_span(ctx, name);
    strbuf_add_char(ctx, ' ');
    return 0;
}

static void read_der(struct strbuf *der, const char *name)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    struct err err = ERR_INIT;
    strbuf_addf(&path, FIXTURES "/fuzz/fuzz_certificate/%s.der", name);
    assert_int_equal(file_read(der, path.buf, CERTIFICATE_MAX, &err), 0);
}

static void test_names__are_the_alternative_ones_or_else_the_common_one(void **state)
{
    (void)state;
    static const struct {
        const char *file, *names;
    } rows[] = {
        { "names", "shop.example *.shop.example 203.0.113.7 2001:db8::7 " },
        { "common", "shop.example " },
        { "other", "staging.example " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf der = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
        read_der(&der, rows[i].file);
        assert_int_equal(certificate_each_name(strbuf_span(&der), take_name, &names), 0);
        assert_string_equal(names.buf, rows[i].names);
    }
}

static void test_a_cut_certificate__tells_no_name_that_is_not_in_it(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf der = STRBUF_INIT;
    read_der(&der, "names");
    for (size_t len = 0; len < der.len; len++) {
        AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
        certificate_each_name(span_head(strbuf_span(&der), len), take_name, &names);
        assert_int_equal(names.len, 0);
    }
}

static void test_covering__is_of_whole_names_and_one_label(void **state)
{
    (void)state;
    static const struct {
        const char *name, *host;
        bool covers;
    } rows[] = {
        { "shop.example", "shop.example", true },
        { "SHOP.example", "shop.example", true },
        { "shop.example.", "shop.example", true },
        { "*.example", "shop.example", true },
        { "*.example", "a.shop.example", false },
        { "*.shop.example", "shop.example", false },
        { "*", "shop.example", false },
        { "s*.example", "shop.example", false },
        { "xshop.example", "shop.example", false },
        { "203.0.113.7", "203.0.113.7", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(certificate_name_covers(span_of(rows[i].name), span_of(rows[i].host)) ==
                      rows[i].covers,
                  rows[i].name);
    static const char nul[] = "shop.example\0.evil.example";
    assert_false(certificate_name_covers(span_make(nul, sizeof nul - 1), SPAN("shop.example")));
}

static void test_fingerprint__is_what_openssl_says(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf der = STRBUF_INIT;
    unsigned char print[FINGERPRINT_BYTES], said[FINGERPRINT_BYTES];
    read_der(&der, "names");
    certificate_fingerprint(print, strbuf_span(&der));
    assert_true(
        fingerprint_parse(said, SPAN("BC:41:0F:1E:97:77:B5:CE:47:58:94:05:F9:AD:C4:64:63:57:"
                                     "28:16:81:64:04:F6:A1:20:9B:F1:F8:51:36:1F")));
    assert_memory_equal(print, said, sizeof print);
    assert_true(fingerprint_parse(said, SPAN("sha256:bc410f1e9777b5ce47589405f9adc464635728168164"
                                             "04f6a1209bf1f851361f")));
    assert_memory_equal(print, said, sizeof print);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__are_the_alternative_ones_or_else_the_common_one),
        cmocka_unit_test(test_a_cut_certificate__tells_no_name_that_is_not_in_it),
        cmocka_unit_test(test_covering__is_of_whole_names_and_one_label),
        cmocka_unit_test(test_fingerprint__is_what_openssl_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
