/* What type a body has by its look. */
#include "rehearse/session/body_type.h"
#include "support/check.h"

static void test_body_type__by_its_look(void **state)
{
    (void)state;
    static const struct {
        const char *body, *type;
    } rows[] = {
        { "a=b&c=d", "application/x-www-form-urlencoded" },
        { "user%5Bname%5D=x", "application/x-www-form-urlencoded" },
        { " {\"a\": 1}", "application/json" },
        { "[1]", "application/json" },
        { "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n",
          "multipart/form-data; boundary=\"xyz\"" },
        { "--x\"z\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", NULL },
        { "--xyz\r\nsomething else", NULL },
        { "--", NULL },
        { "plain text = x", NULL },
        { "<a b=c>", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        check_span(body_type_by_look(span_of(rows[i].body), &arena), rows[i].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_type__by_its_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
