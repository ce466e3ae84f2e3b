#include "support/check.h"

#include "rehearse/session/totp.h"

/* RFC 6238, appendix B: the secrets are "1234567890" repeated to the hash's length. */
#define SECRET_20 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define SECRET_32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA===="
#define SECRET_64                                                                                  \
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"                             \
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA="

#define URL_OF(hash, secret)                                                                       \
    "otpauth://totp/Shop:ann?secret=" secret "&algorithm=" hash "&digits=8&period=30&issuer=Shop"

static void test_totp__gives_the_codes_of_the_rfc(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t now_s;
        const char *code;
    } rows[] = {
        { URL_OF("SHA1", SECRET_20), 59, "94287082" },
        { URL_OF("SHA256", SECRET_32), 59, "46119246" },
        { URL_OF("SHA512", SECRET_64), 59, "90693936" },
        { URL_OF("SHA1", SECRET_20), 1111111109, "07081804" },
        { URL_OF("SHA256", SECRET_32), 1111111109, "68084774" },
        { URL_OF("SHA512", SECRET_64), 1111111109, "25091201" },
        { URL_OF("SHA1", SECRET_20), 1111111111, "14050471" },
        { URL_OF("SHA256", SECRET_32), 1111111111, "67062674" },
        { URL_OF("SHA512", SECRET_64), 1111111111, "99943326" },
        { URL_OF("SHA1", SECRET_20), 1234567890, "89005924" },
        { URL_OF("SHA256", SECRET_32), 1234567890, "91819424" },
        { URL_OF("SHA512", SECRET_64), 1234567890, "93441116" },
        { URL_OF("SHA1", SECRET_20), 2000000000, "69279037" },
        { URL_OF("SHA256", SECRET_32), 2000000000, "90698825" },
        { URL_OF("SHA512", SECRET_64), 2000000000, "38618901" },
        { URL_OF("SHA1", SECRET_20), 20000000000, "65353130" },
        { URL_OF("SHA256", SECRET_32), 20000000000, "77737706" },
        { URL_OF("SHA512", SECRET_64), 20000000000, "47863826" },
        { SECRET_20, 59, "287082" },
        { " gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq ", 59, "287082" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct totp totp;
        char code[TOTP_MAX_DIGITS + 1];
        check_row(totp_parse(&totp, span_of(rows[i].text)), rows[i].text);
        totp_code(&totp, rows[i].now_s, code);
        assert_string_equal(code, rows[i].code);
    }
}

static void test_totp__refuses_what_is_no_secret(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "   ",
        "====",
        "A",
        "GEZD1",
        "GEZD!",
        "otpauth://totp/x",
        "otpauth://totp/x?secret=",
        "otpauth://hotp/x?secret=GEZDGNBV",
        "otpauth://totp/x?secret=GEZDGNBV&digits=9",
        "otpauth://totp/x?secret=GEZDGNBV&digits=5",
        "otpauth://totp/x?secret=GEZDGNBV&period=0",
        "otpauth://totp/x?secret=GEZDGNBV&algorithm=MD5",
        "otpauth://totp/x?secret=GEZDGNBV&secret=GEZDGNBV",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct totp totp;
        check_row(!totp_parse(&totp, span_of(rows[i])), rows[i]);
    }
    char long_text[TOTP_MAX_SECRET * 2];
    struct totp totp;
    memset(long_text, 'A', sizeof long_text);
    assert_false(totp_parse(&totp, span_make(long_text, sizeof long_text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totp__gives_the_codes_of_the_rfc),
        cmocka_unit_test(test_totp__refuses_what_is_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
