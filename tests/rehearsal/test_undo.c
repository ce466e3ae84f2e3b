#include "check.h"
#include "undo.h"

static void test_an_offer__is_found_in_pages_and_in_json(void **state)
{
    (void)state;
    static const struct {
        const char *body, *undo;
    } rows[] = {
        { "<form method=\"post\" action=\"/cart/remove/9\"><button>x</button></form>",
          "POST /cart/remove/9" },
        { "<a class='x' href='/basket/items/delete?id=9'>x</a>", "GET /basket/items/delete?id=9" },
        { "<a href=\"?remove_item=ab\">", "GET ?remove_item=ab" },
        { "{\"lines\":[{\"id\":1,\"_links\":{\"remove\":{\"href\":\"/lines/1/remove\"}}}]}",
          "request /lines/1/remove" },
        { "{\"remove_url\": \"https://shop.test/cart/remove/1\"}",
          "request https://shop.test/cart/remove/1" },
        /* What speaks of a cart goes before what does not. */
        { "<a href=\"/account/delete\">x</a><form action=\"/cart/remove/1\">",
          "POST /cart/remove/1" },
        { "<a href=\"/account/delete\">x</a>", "GET /account/delete" },
        { "<p title=\"remove it\">don't remove</p>", NULL },
        { "<a href=\"/cart\">cart</a>", NULL },
        { "\"", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct span undo = undo_offered(span_of(rows[i].body), &arena);
        check_row(rows[i].undo ? span_eq(undo, span_of(rows[i].undo)) : span_is_none(undo),
                  rows[i].body);
    }
}

static void test_what_was_created__is_deleted_where_it_was_put(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_blank();
    x.response.status = 201;
    assert_true(span_is_none(undo_of_created(&x, &arena)));
    http_fields_add(&x.response.fields, &arena, SPAN("Location"), SPAN("/items/9"));
    check_span(undo_of_created(&x, &arena), "DELETE /items/9");
    x.response.status = 303;
    assert_true(span_is_none(undo_of_created(&x, &arena)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_offer__is_found_in_pages_and_in_json),
        cmocka_unit_test(test_what_was_created__is_deleted_where_it_was_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
