#include "support/check.h"

#include "rehearse/http/media_type.h"

static void test_media_type__essence_is_without_parameters(void **state)
{
    (void)state;
    check_span(media_type_essence(SPAN(" text/HTML ; charset=utf-8")), "text/HTML");
    check_span(media_type_essence(SPAN("text/html")), "text/html");
    check_span(media_type_essence(SPAN("")), "");
    check_span(media_type_essence(SPAN_NONE), NULL);
}

static void test_media_type__parameters_lose_their_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name, *value;
    } rows[] = {
        { "text/html; charset=utf-8", "charset", "utf-8" },
        { "text/html;CHARSET=\"utf-8\"", "charset", "utf-8" },
        { "multipart/form-data; boundary=\"a;b=c\"; x=1", "boundary", "a;b=c" },
        { "multipart/form-data; boundary=\"a;b=c\"; x=1", "x", "1" },
        { "a/b; q=\"a\\\"b\"", "q", "a\\\"b" },
        { "a/b; q=\"open", "q", "open" },
        { "a/b; q=", "q", "" },
        { "a/b; q=\"\"", "q", "" },
        { "a/b; q=\"", "q", "" },
        { "a/b; a=1; x=2", "x", "2" },
        { "a/b;;x=2", "x", "2" },
        { "a/b; q", "q", NULL },
        { "a/b", "q", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(media_type_parameter(span_of(rows[i].type), span_of(rows[i].name)),
                   rows[i].value);
}

static void test_media_type__kinds(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool html, json, form;
    } rows[] = {
        { "text/html; charset=utf-8", true, false, false },
        { "application/XHTML+xml", true, false, false },
        { "application/json", false, true, false },
        { "text/json", false, true, false },
        { "application/problem+json; x=1", false, true, false },
        { "application/x-www-form-urlencoded; charset=UTF-8", false, false, true },
        { "+json", false, false, false },
        { "text/plain", false, false, false },
        { "", false, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span type = span_of(rows[i].type);
        check_row(media_type_is_html(type) == rows[i].html, rows[i].type);
        check_row(media_type_is_json(type) == rows[i].json, rows[i].type);
        check_row(media_type_is_form(type) == rows[i].form, rows[i].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media_type__essence_is_without_parameters),
        cmocka_unit_test(test_media_type__parameters_lose_their_quotes),
        cmocka_unit_test(test_media_type__kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
