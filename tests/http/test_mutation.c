/* What kind of change a request makes: one row a request. */
#include <stdio.h>

#include "support/check.h"
#include "support/fields.h"

#include "rehearse/http/method.h"
#include "rehearse/http/mutation.h"

struct row {
    const char *class, *method, *target, *type, *body;
};

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define PARTS "multipart/form-data; boundary=b"

static const struct row rows[] = {
    { "cart", "POST", "/cart/add", FORM, "product=1&quantity=2" },
    { "cart", "POST", "/rest/V1/carts/mine/items", JSON, "{\"cartItem\":{\"sku\":\"a\"}}" },
    { "cart", "GET", "/?add-to-cart=99", "", "" },
    { "cart", "GET", "/cart/?remove_item=ab&_wpnonce=1", "", "" },
    { "cart", "POST", "/?wc-ajax=add_to_cart", FORM, "product_id=1" },
    { "cart", "POST", "/shop?/addToCart", FORM, "id=1" },
    { "cart", "POST", "/api/trpc/cart.add?batch=1", JSON, "{}" },
    { "cart", "DELETE", "/api/basket/items/4", "", "" },
    { "cart", "POST", "/p/1", FORM, "intent=add-to-wishlist" },
    { "cart", "POST", "/p/1", PARTS,
      "--b\r\nContent-Disposition: form-data; name=\"1_productId\"\r\n\r\n4" },
    { "account", "POST", "/login", FORM, "username=a&password=b" },
    { "account", "POST", "/", FORM, "log=a&pwd=b" },
    { "account", "GET", "/logout", "", "" },
    { "account", "POST", "/users/sign_in", FORM, "user[email]=a" },
    { "account", "PATCH", "/api/me", JSON, "{\"firstName\":\"A\"}" },
    { "account", "POST", "/account/addresses", FORM, "street=x" },
    { "payment", "POST", "/checkout/placeOrder", "", "" },
    { "payment", "POST", "/?wc-ajax=checkout", FORM, "a=b" },
    { "payment", "POST", "/v1/payment_intents", FORM, "amount=100" },
    { "payment", "PUT", "/orders/7", JSON, "{}" },
    { "payment", "POST", "/account", FORM, "card%5Bnumber%5D=4111" },
    { "payment", "POST", "/cart", FORM, "cvv=123" },
    { "payment", "POST", "/graphql", JSON,
      "{\"operationName\":\"B\",\"query\":\"mutation A{addCart{id}} mutation "
      "B{checkoutComplete(x:\\\"}\\\"){id}}\"}" },
    { "message", "POST", "/contact", FORM, "subject=x" },
    { "message", "POST", "/forgot-password", FORM, "email=a" },
    { "message", "POST", "/products/3/reviews", JSON, "{\"text\":\"x\"}" },
    { "message", "POST", "/x", FORM, "subject=a&message=b" },
    { "message", "GET", "/newsletter/unsubscribe/ab", "", "" },
    { "idempotent", "PUT", "/things/7", JSON, "{}" },
    { "idempotent", "DELETE", "/things/7", "", "" },
    { "idempotent", "POST", "/things/7", FORM, "_method=delete" },
    { "idempotent", "POST", "/graphql", JSON, "{\"query\":\"query Q{cart{id orders{id}}}\"}" },
    { "idempotent", "POST", "/graphql", JSON, "{\"query\":\"{ a } # mutation\"}" },
    { "idempotent", "POST", "/products/_search", JSON, "{\"q\":\"order\"}" },
    { "cart", "POST", "/graphql", JSON,
      "[{\"query\":\"{a}\"},{\"query\":\"mutation{cartLinesAdd(a:1){id}}\"}]" },
    { "cart", "POST", "/graphql", "application/graphql", "mutation { cartCreate { id } }" },
    { "other", "POST", "/graphql", JSON, "{\"query\":\"mutation{frobnicate{cart}}\"}" },
    { "other", "POST", "/things", JSON, "{\"a\":1}" },
    { "other", "POST", "/list?order=asc&user=1", "", "" },
    { "other", "PATCH", "/things/1", JSON, "[[[[" },
};

static struct mutation told(const struct row *row)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = { .method = span_of(row->method),
                                    .target = span_of(row->target),
                                    .body = span_of(row->body) };
    if (row->type[0])
        http_fields_add(&request.fields, &arena, SPAN("Content-Type"), span_of(row->type));
    check_row(request_mutates(&request) != NULL, row->target);
    return request_mutation(&request);
}

static void test_mutation__is_of_the_class_that_its_words_tell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mutation m = told(&rows[i]);
        char about[200];
        snprintf(about, sizeof about, "%s %s %s: %s by %s", rows[i].method, rows[i].target,
                 rows[i].body, mutation_class_name(m.class), m.why);
        check_row(strcmp(mutation_class_name(m.class), rows[i].class) == 0, about);
    }
}

static void test_class__is_found_by_its_name(void **state)
{
    (void)state;
    enum mutation_class class;
    for (int i = 0; i < MUTATION_CLASSES; i++) {
        assert_true(
            mutation_class_named(span_of(mutation_class_name((enum mutation_class)i)), &class));
        assert_int_equal(class, i);
    }
    assert_false(mutation_class_named(SPAN("Cart"), &class));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutation__is_of_the_class_that_its_words_tell),
        cmocka_unit_test(test_class__is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
