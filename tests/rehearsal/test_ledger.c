/* The ledger of a session: what is in it, how it is summed up, and that hostile texts stay inert.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "ledger.h"

static struct exchange exchange(uint32_t seq, const char *method, const char *target, int status)
{
    struct exchange x = exchange_blank();
    x.session = 7;
    x.seq = seq;
    x.request.method = span_of(method);
    x.request.target = span_of(target);
    x.response.status = status;
    if (!status)
        x.marks |= MARK_NOT_SENT;
    return x;
}

static void fill(struct write_ledger *ledger, const struct exchange *x, size_t count)
{
    struct err err = ERR_INIT;
    struct routes *routes = routes_new();
    for (size_t i = 0; i < count; i++)
        routes_learn(routes, x[i].request.target);
    routes_settle(routes);
    struct write_ledger_filling f = { .ledger = ledger, .routes = routes };
    assert_int_equal(write_ledger_fill(&f, x, count), 0);
    assert_int_equal(write_ledger_finish(&f, &err), 0);
    routes_free(routes);
}

static void test_ledger__holds_what_may_change_something_and_nothing_else(void **state)
{
    (void)state;
    AUTO(write_ledger_release) struct write_ledger ledger = { .arena = ARENA_INIT };
    struct exchange x[] = {
        exchange(0, "GET", "/a", 200),         exchange(1, "POST", "/cart/add", 303),
        exchange(2, "GET", "/cart", 200),      exchange(3, "POST", "/cart/add", 403),
        exchange(4, "POST", "/checkout", 0),   exchange(5, "GET", "/logout", 302),
        exchange(6, "POST", "/cart/add", 303),
    };
    x[2].response.body = SPAN("<form action=\"/cart/remove/1\">");
    x[4].note = SPAN("guard: the target refuses payment requests");
    fill(&ledger, x, sizeof x / sizeof *x);
    assert_int_equal(ledger.total, 5);
    assert_int_equal(ledger.classes[MUTATION_CART].sent, 3);
    assert_int_equal(ledger.classes[MUTATION_CART].undo_known, 1);
    assert_int_equal(ledger.classes[MUTATION_PAYMENT].skipped, 1);
    assert_int_equal(ledger.classes[MUTATION_ACCOUNT].sent, 1);
    assert_int_equal(ledger.line_count, 3);
    assert_int_equal(ledger.lines[0].class, MUTATION_CART);
    assert_int_equal(ledger.lines[0].status_count, 2);
    check_span(ledger.lines[0].undo, "POST /cart/remove/1");
    check_span(ledger.lines[2].reason, "guard: the target refuses payment requests");
    assert_int_equal(ledger.entry_count, 5);
    assert_int_equal(ledger.entries[0].seq, 1);
}

static void test_ledger__of_hostile_texts_is_inert(void **state)
{
    (void)state;
    AUTO(write_ledger_release) struct write_ledger ledger = { .arena = ARENA_INIT };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf markdown = STRBUF_INIT;
    struct exchange x = exchange(0, "PO<b>\x1b[31m", "/<script>|`\x1b]0;a\x07", 0);
    x.note = SPAN("\"<img src=x>\n| [a](javascript:b) |");
    fill(&ledger, &x, 1);
    write_ledger_add_html(&out, &ledger);
    write_ledger_add_markdown(&markdown, &ledger);
    assert_null(strstr(out.buf, "<script"));
    assert_null(strstr(out.buf, "<img"));
    assert_null(strstr(markdown.buf, "[a]("));
    assert_null(strstr(markdown.buf, "<img"));
    assert_null(strchr(markdown.buf, '\x1b'));
    write_ledger_add_text(&out, &ledger);
    write_ledger_add_entry_text(&out, &ledger.entries[0]);
    assert_null(strchr(out.buf, '\x1b'));
}

static void test_ledger__of_many_routes_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 3 * LEDGER_LINES_MAX };
    AUTO(write_ledger_release) struct write_ledger ledger = { .arena = ARENA_INIT };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange *x = calloc(MANY, sizeof *x);
    for (uint32_t i = 0; i < MANY; i++) {
        x[i] = exchange(i, "POST", "/things", 200);
        x[i].request.method = arena_printf(&arena, "M%u", i);
    }
    fill(&ledger, x, MANY);
    assert_int_equal(ledger.total, MANY);
    assert_int_equal(ledger.line_count, LEDGER_LINES_MAX + 1);
    assert_int_equal(ledger.entry_count, LEDGER_ENTRIES_MAX);
    uint64_t sum = 0;
    for (size_t i = 0; i < ledger.line_count; i++)
        sum += ledger.lines[i].counts.sent;
    assert_int_equal(sum, MANY);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger__holds_what_may_change_something_and_nothing_else),
        cmocka_unit_test(test_ledger__of_hostile_texts_is_inert),
        cmocka_unit_test(test_ledger__of_many_routes_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
