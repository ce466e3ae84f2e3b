#include "base64.h"
#include "support/check.h"

static void test_base64__decodes_both_alphabets_with_and_without_padding(void **state)
{
    static const struct {
        const char *text;
        const char *bytes; /* NULL: not base64 */
    } rows[] = {
        { "", "" },
        { "Zg==", "f" },
        { "Zg", "f" },
        { "Zm8=", "fo" },
        { "Zm9v", "foo" },
        { "Zm9v\r\nYg==\n", "foob" },
        { "-_8=", "\xfb\xff" },
        { "+/8=", "\xfb\xff" },
        { "=", "" },
        { "Z", NULL },
        { "Zm9vZ", NULL },
        { "Zm=9v", NULL },
        { "Zm9*", NULL },
        { "\xff\xff", NULL },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span bytes = SPAN_NONE;
        bool good = base64_decode(&bytes, span_of(rows[i].text), &arena);
        check_row(good == (rows[i].bytes != NULL), rows[i].text);
        check_row(!good || span_eq(bytes, span_of(rows[i].bytes)), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64__decodes_both_alphabets_with_and_without_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
