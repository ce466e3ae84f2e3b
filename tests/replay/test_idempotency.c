#include "check.h"
#include "idempotency.h"

static struct span renew(struct arena *arena, const char *key, uint64_t seed)
{
    return idempotency_key(span_of(key), seed, arena);
}

static char kind_of(char c)
{
    return char_is_digit(c) ? '0' : c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : c;
}

static void test_key__is_another_in_another_run_and_the_same_within_one(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const char *const keys[] = { "8e03978e-40d5-43e8-bc93-6894a57f9324", "order-000123",
                                        "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
                                        "KG5LxwFBepaKHyUD", "p~ABCDEFGHIJKLMNOPQRSTUV" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        check_row(span_eq(renew(&arena, keys[i], 1), renew(&arena, keys[i], 1)), keys[i]);
        check_row(!span_eq(renew(&arena, keys[i], 1), renew(&arena, keys[i], 2)), keys[i]);
        check_row(!span_eq(renew(&arena, keys[i], 1), span_of(keys[i])), keys[i]);
    }
    assert_false(span_eq(renew(&arena, "order-000123", 1), renew(&arena, "order-000124", 1)));
}

static void test_key__keeps_its_form(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const char *const keys[] = { "order-000123", "KG5LxwFBepaKHyUD", "a b/c=9", "0001234-56" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct span fresh = renew(&arena, keys[i], 7);
        check_row(fresh.len == strlen(keys[i]), keys[i]);
        for (size_t k = 0; k < fresh.len; k++)
            check_row(kind_of(fresh.ptr[k]) == kind_of(keys[i][k]), keys[i]);
    }
    struct span uuid = renew(&arena, "\"8E03978E-40D5-43E8-BC93-6894A57F9324\"", 7);
    assert_int_equal(uuid.len, 38);
    assert_int_equal(uuid.ptr[0], '"');
    assert_int_equal(uuid.ptr[37], '"');
    assert_int_equal(uuid.ptr[15], '5');
    assert_non_null(memchr("89AB", uuid.ptr[20], 4));
    for (size_t k = 1; k < 37; k++)
        assert_true(uuid.ptr[k] == '-' ||
                    (char_hex(uuid.ptr[k]) >= 0 && kind_of(uuid.ptr[k]) != 'a'));
    assert_int_equal(renew(&arena, "p~ABCDEFGHIJKLMNOPQRSTUV", 7).len, 36);
}

static void test_key__in_fields_and_bodies_is_renewed_and_nothing_else(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request wire = {
        .body = SPAN("{\"a\":\"idempotency\",\"idempotency_key\":\"k-12\",\"n\":[\"k-12\"]}")
    };
    http_fields_add(&wire.fields, &arena, SPAN("Content-Type"), SPAN("application/json"));
    http_fields_add(&wire.fields, &arena, SPAN("idempotency-key"), SPAN("k-12"));
    http_fields_add(&wire.fields, &arena, SPAN("X-Other"), SPAN("k-12"));
    idempotency_renew(&wire, 3, &arena);
    struct span key = idempotency_key(SPAN("k-12"), 3, &arena);
    assert_true(span_eq(http_fields_value(&wire.fields, SPAN("Idempotency-Key")), key));
    check_span(http_fields_value(&wire.fields, SPAN("X-Other")), "k-12");
    check_span(wire.body,
               arena_printf(&arena,
                            "{\"a\":\"idempotency\",\"idempotency_key\":\"%.*s\",\"n\":[\"k-12\"]}",
                            SPAN_ARG(key))
                   .ptr);

    struct http_request form = { .body = SPAN("a=1&idempotency_key=k-12&b=k-12") };
    http_fields_add(&form.fields, &arena, SPAN("Content-Type"),
                    SPAN("application/x-www-form-urlencoded"));
    idempotency_renew(&form, 3, &arena);
    check_span(form.body,
               arena_printf(&arena, "a=1&idempotency_key=%.*s&b=k-12", SPAN_ARG(key)).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key__is_another_in_another_run_and_the_same_within_one),
        cmocka_unit_test(test_key__keeps_its_form),
        cmocka_unit_test(test_key__in_fields_and_bodies_is_renewed_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
