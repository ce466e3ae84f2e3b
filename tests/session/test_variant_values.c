#include "support/check.h"

#include "rehearse/session/credential.h"
#include "rehearse/session/variant_values.h"
#include "session/messages.h"

#define P1 "p~AAAAAAAAAAAAAAAAAAAAAA"
#define P2 "p~BBBBBBBBBBBBBBBBBBBBBB"

static void test_variant_values__come_back_by_name_and_pseudonym(void **state)
{
    (void)state;
    AUTO(variant_values_freep) struct variant_values *values = variant_values_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    variant_values_add(values, SPAN("tier"), SPAN(P1), SPAN("gold"));
    variant_values_add(values, SPAN("sorting"), SPAN(P2), SPAN("by%20price"));
    static const char *const rows[][2] = {
        { "tier=" P1 "; sid=" P2 "; sorting=" P2, "tier=gold; sid=" P2 "; sorting=by%20price" },
        { "user=" P1, "user=" P1 },
        { "tier=plain; x", "tier=plain; x" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_span(variant_values_restore(values, span_of(rows[i][0]), &arena), rows[i][1]);
    check_span(variant_values_restore(values, SPAN_NONE, &arena), NULL);
}

static void test_variant_values__none_leave_the_line_itself(void **state)
{
    (void)state;
    AUTO(variant_values_freep) struct variant_values *values = variant_values_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span line = SPAN("tier=" P1);
    assert_ptr_equal(variant_values_restore(values, line, &arena).ptr, line.ptr);
}

static int add(void *ctx, struct span name, struct span pseudonym, struct span value,
               uint64_t sessions)
{
    (void)sessions;
    variant_values_add(ctx, name, pseudonym, value);
    return 0;
}

/* Import, then replay: what was veiled before it was known as a variant. */
static void test_variant_values__undo_the_veil_for_variants_only(void **state)
{
    (void)state;
    AUTO(variant_values_freep) struct variant_values *values = variant_values_new();
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(veil_freep) struct veil *veil = NULL;
    struct veil_options options = { .key = { 1 } };
    struct span line = SPAN_NONE;
    assert_int_equal(veil_new(&veil, &options, NULL), 0);
    for (uint64_t session = 1; session <= 3; session++) {
        struct exchange x =
            exchange_of("GET /\nCookie: a=anna; tier=gold; sid=s3cr3t\n\n", NULL, &arena);
        x.session = session;
        if (session > 1)
            x.request.fields.at[0].value = SPAN("tier=gold");
        veil_exchange(veil, &x, &arena);
        if (session == 1)
            line = http_fields_value(&x.request.fields, SPAN("Cookie"));
    }
    veil_each_variant(veil, add, values);
    assert_true(span_find(line, SPAN("gold")) < 0);
    struct span restored = variant_values_restore(values, line, &arena);
    assert_true(span_find(restored, SPAN("; tier=gold; ")) > 0);
    assert_true(span_find(restored, SPAN("anna")) < 0 && span_find(restored, SPAN("s3cr3t")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variant_values__come_back_by_name_and_pseudonym),
        cmocka_unit_test(test_variant_values__none_leave_the_line_itself),
        cmocka_unit_test(test_variant_values__undo_the_veil_for_variants_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
