/* What answers say of gates: soft ones, bot managers, languages; and doors that changed. */
#include "rehearse/compare/gate_matrix.h"
#include "support/check.h"

static struct exchange answer(struct arena *arena, int status, const char *fields, const char *body)
{
    struct exchange x = exchange_blank();
    size_t bad;
    x.request.method = SPAN("GET");
    x.request.target = SPAN("/account");
    x.response.status = status;
    x.response.body = body ? span_of(body) : SPAN_NONE;
    assert_true(http_fields_parse(&x.response.fields, span_of(fields), arena, &bad) >= 0);
    return x;
}

#define HTML "Content-Type: text/html\n"
#define JSON "Content-Type: application/json\n"
#define LOGIN_FORM "<form action=/go><input name=u><input type=\"password\" name=p></form>"

static void test_gate__reads_hard_and_soft_answers(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *fields, *body;
        enum gate_answer expected;
    } rows[] = {
        { 200, HTML, "<title>Account</title>", ANSWER_ALLOW },
        { 304, "", NULL, ANSWER_ALLOW },
        { 302, "Location: /login?next=/a\n", NULL, ANSWER_LOGIN },
        { 302, "Location: https://id.example/oauth2/authorize?x\n", NULL, ANSWER_LOGIN },
        { 302, "Location: /de/account\n", NULL, ANSWER_REDIRECT },
        { 401, "", NULL, ANSWER_CHALLENGE },
        { 403, "", NULL, ANSWER_FORBIDDEN },
        { 404, "", NULL, ANSWER_HIDDEN },
        { 429, "", NULL, ANSWER_LIMITED },
        { 500, "", NULL, ANSWER_ERROR },
        /* Soft ones. */
        { 200, HTML, "<title>Log in - Shop</title>" LOGIN_FORM, ANSWER_LOGIN },
        { 200, HTML, "<TITLE lang=de>Anmelden</TITLE>" LOGIN_FORM, ANSWER_LOGIN },
        { 200, HTML, "<title>Shop</title>" LOGIN_FORM "<p>Welcome", ANSWER_ALLOW },
        { 200, HTML, "<title>Log in</title>" LOGIN_FORM LOGIN_FORM, ANSWER_ALLOW },
        { 200, HTML, "<meta http-equiv=\"refresh\" content=\"0; url='/login?a'\">", ANSWER_LOGIN },
        { 200, HTML, "<meta http-equiv=refresh content=\"9;url=/news\">", ANSWER_ALLOW },
        { 200, "x-nextjs-redirect: /login\n", NULL, ANSWER_LOGIN },
        { 200, "x-action-redirect: /home;push\n", NULL, ANSWER_REDIRECT },
        { 200, HTML, "<template data-dgst=\"NEXT_REDIRECT;replace;/sign-in;307;\">", ANSWER_LOGIN },
        { 200, HTML, "NEXT_REDIRECT;push", ANSWER_REDIRECT },
        { 200, JSON, "{\"errors\":[{\"extensions\":{\"code\":\"UNAUTHENTICATED\"}}],\"data\":null}",
          ANSWER_CHALLENGE },
        { 200, JSON, "{\"errors\":[{\"code\":\"FORBIDDEN\"}]}", ANSWER_FORBIDDEN },
        { 200, JSON, "{\"data\":{\"a\":1},\"errors\":[{\"code\":\"FORBIDDEN\"}]}", ANSWER_ALLOW },
        { 200, JSON, "{\"errors\":[{\"message\":\"UNAUTHENTICATED\"}]}", ANSWER_ALLOW },
        { 200, JSON, "{\"errors\":[{\"extensions\":{\"code\":\"UNAUTHENTICATED\"", ANSWER_ALLOW },
        { 403, "cf-mitigated: challenge\n", NULL, ANSWER_PUZZLE },
        { 403, "Server: AkamaiGHost\n", NULL, ANSWER_PUZZLE },
        { 200, "cf-mitigated: challenge\n", NULL, ANSWER_ALLOW },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct exchange x = answer(&arena, rows[i].status, rows[i].fields, rows[i].body);
        check_row(gate_answer_read(&x) == rows[i].expected,
                  rows[i].body ? rows[i].body : rows[i].fields);
        arena_release(&arena);
    }
}

static void test_gate__a_login_page_that_was_asked_for_is_open(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct exchange x = answer(&arena, 200, HTML, "<title>Log in</title>" LOGIN_FORM);
    x.request.target = SPAN("/login?next=/");
    assert_int_equal(gate_answer_read(&x), ANSWER_ALLOW);
    arena_release(&arena);
}

static void test_gate__reads_the_language_of_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *body, *expected;
    } rows[] = {
        { "Content-Language: de-AT\n", "<html lang=en>", "de" },
        { HTML, "<!doctype html><html class=a lang=\"fr-CA\">", "fr" },
        { HTML, "<html lang=en>", "en" },
        { "Location: /de/account\n", NULL, "de" },
        { "Location: https://shop.example/pt-BR/\n", NULL, "pt" },
        { "Location: /account\n", NULL, "" },
        { HTML, "<html>", "" },
        { HTML, NULL, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct exchange x = answer(&arena, 200, rows[i].fields, rows[i].body);
        check_span(gate_answer_language(&x), rows[i].expected);
        arena_release(&arena);
    }
}

static void test_gate__words_read_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GATE_ANSWERS; i++) {
        enum gate_answer back;
        assert_true(gate_answer_named(span_of(gate_answer_name((enum gate_answer)i)), &back));
        assert_int_equal(back, i);
    }
}

/* ---- the matrix ---- */

#define BIT(a) ((uint16_t)(1u << ANSWER_##a))

static struct gate_cell cell(uint16_t production, enum gate_answer staging)
{
    return (struct gate_cell){ .known = production ? KNOWN_RECORDED : KNOWN_NOT,
                               .production = production,
                               .asked = true,
                               .staging = staging,
                               .hard = staging };
}

struct one_row {
    struct gate_column columns[4];
    struct gate_cell cells[4];
    struct gate_row row;
    struct gate_matrix m;
};

/* anonymous, tampered, a crawler, a language. */
static void judge(struct one_row *r)
{
    static const struct gate_column columns[4] = {
        { .name = { "anonymous", 9 }, .kind = COLUMN_PEOPLE, .as_anonymous = true },
        { .name = { "tampered", 8 }, .kind = COLUMN_PEOPLE, .as_anonymous = true },
        { .name = { "googlebot", 9 }, .kind = COLUMN_BOT },
        { .name = { "german", 6 }, .kind = COLUMN_LOCALE },
    };
    memcpy(r->columns, columns, sizeof columns);
    r->row = (struct gate_row){ .cells = r->cells, .exchanges = 10 };
    r->row.place.route = SPAN("/account");
    r->row.place.segment = r->row.place.owner = SPAN("");
    r->row.place.method = SPAN("GET");
    r->row.place.url = SPAN("https://shop.example/account");
    r->m = (struct gate_matrix){ .arena = ARENA_INIT,
                                 .columns = r->columns,
                                 .column_count = 4,
                                 .rows = &r->row,
                                 .row_count = 1 };
    gate_matrix_judge(&r->m);
}

static const char *kind_of_people(uint16_t production, enum gate_answer staging)
{
    struct one_row r = { .cells = { cell(production, staging) } };
    judge(&r);
    return r.cells[0].kind ? r.cells[0].kind : r.cells[0].differs ? "differs" : "";
}

static void test_matrix__tells_which_way_a_door_moved(void **state)
{
    (void)state;
    static const struct {
        uint16_t production;
        enum gate_answer staging;
        const char *expected;
    } rows[] = {
        { BIT(LOGIN), ANSWER_ALLOW, "gate.opened" },
        { BIT(FORBIDDEN), ANSWER_ALLOW, "gate.opened" },
        { BIT(ALLOW), ANSWER_LOGIN, "gate.closed" },
        { BIT(ALLOW), ANSWER_FORBIDDEN, "gate.closed" },
        { BIT(CHALLENGE), ANSWER_LOGIN, "gate.changed" },
        { BIT(LOGIN), ANSWER_HIDDEN, "gate.changed" },
        { BIT(ALLOW), ANSWER_ALLOW, "" },
        { BIT(ALLOW) | BIT(LOGIN), ANSWER_LOGIN, "" },
        { BIT(ALLOW) | BIT(LOGIN), ANSWER_ALLOW, "" },
        { BIT(HIDDEN), ANSWER_ALLOW, "" }, /* a page that is new is no gate */
        { 0, ANSWER_ALLOW, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *kind = kind_of_people(rows[i].production, rows[i].staging);
        bool moved = !span_eq(span_of(kind), SPAN("differs"));
        check_row(span_eq(span_of(moved ? kind : ""), span_of(rows[i].expected)), kind);
    }
}

static void test_matrix__holds_a_forged_session_to_what_strangers_get(void **state)
{
    (void)state;
    struct one_row r = { .cells = { cell(BIT(LOGIN), ANSWER_LOGIN), cell(0, ANSWER_ALLOW) } };
    judge(&r);
    assert_string_equal(r.cells[1].kind, "gate.opened");
    assert_int_equal(r.cells[1].known, KNOWN_ALIKE);

    struct one_row turned_away = { .cells = { cell(BIT(ALLOW), ANSWER_ALLOW),
                                              cell(0, ANSWER_LOGIN) } };
    judge(&turned_away);
    assert_null(turned_away.cells[1].kind);
}

static void test_matrix__a_door_shut_to_all_is_no_matter_of_crawlers(void **state)
{
    (void)state;
    struct one_row all = { .cells = { cell(BIT(ALLOW), ANSWER_FORBIDDEN),
                                      { .asked = false },
                                      cell(BIT(ALLOW), ANSWER_FORBIDDEN) } };
    judge(&all);
    assert_string_equal(all.cells[0].kind, "gate.closed");
    assert_null(all.cells[2].kind);
    struct one_row bots = { .cells = { cell(BIT(ALLOW), ANSWER_ALLOW),
                                       { .asked = false },
                                       cell(BIT(ALLOW), ANSWER_PUZZLE) } };
    judge(&bots);
    assert_string_equal(bots.cells[2].kind, "bot");
}

static void test_matrix__sees_another_language(void **state)
{
    (void)state;
    struct one_row r = { .cells = { [3] = cell(BIT(ALLOW), ANSWER_ALLOW) } };
    gate_cell_add_language(&r.cells[3], SPAN("de"));
    gate_cell_add_language(&r.cells[3], SPAN("at"));
    r.cells[3].language = SPAN("en");
    judge(&r);
    assert_string_equal(r.cells[3].kind, "locale");
    r.cells[3].differs = false;
    r.cells[3].language = SPAN("AT");
    judge(&r);
    assert_null(r.cells[3].kind);
}

static void test_matrix__what_needs_its_session_is_no_difference(void **state)
{
    (void)state;
    struct one_row r = { .cells = { cell(BIT(ALLOW), ANSWER_LOGIN) } };
    r.cells[0].in_sessions = BIT(ALLOW);
    judge(&r);
    assert_null(r.cells[0].kind);
    assert_true(r.cells[0].in_session);
}

static void test_matrix__blind_evidence_knows_no_soft_gates(void **state)
{
    (void)state;
    struct one_row r = { .cells = { cell(BIT(ALLOW), ANSWER_LOGIN) } };
    r.cells[0].hard = ANSWER_ALLOW;
    r.cells[0].blind = true;
    judge(&r);
    assert_false(r.cells[0].differs);
}

static void test_matrix__gives_one_finding_for_one_door(void **state)
{
    (void)state;
    struct findings findings = FINDINGS_INIT;
    struct one_row r = { .cells = { cell(BIT(LOGIN), ANSWER_ALLOW),
                                    cell(0, ANSWER_ALLOW),
                                    { .asked = false },
                                    cell(BIT(LOGIN), ANSWER_ALLOW) } };
    judge(&r);
    gate_matrix_add_findings(&r.m, &findings, 100);
    assert_int_equal(findings.len, 1);
    check_span(findings.at[0].kind, "gate.opened");
    check_span(findings.at[0].title,
               "The gate stands open for anonymous, tampered, german: to login became open");
    assert_int_equal(findings.at[0].severity, SEVERITY_CRITICAL);
    /* The comparison's word for it is enough. */
    gate_matrix_add_findings(&r.m, &findings, 100);
    assert_int_equal(findings.len, 1);
    findings_release(&findings);
}

static void test_matrix__posts_without_token_must_be_refused(void **state)
{
    (void)state;
    struct findings findings = FINDINGS_INIT;
    struct csrf_row rows[] = {
        { .place = { .route = SPAN("/a") },
          .asked = true,
          .accepted = true,
          .status = 303,
          .refused_in_production = true },
        { .place = { .route = SPAN("/b") }, .asked = true, .accepted = true, .status = 200 },
        { .place = { .route = SPAN("/c") },
          .asked = true,
          .accepted = true,
          .status = 200,
          .taken_in_production = true },
        { .place = { .route = SPAN("/d") }, .asked = true, .status = 403 },
    };
    struct gate_matrix m = { .arena = ARENA_INIT, .csrf = rows, .csrf_count = 4 };
    gate_matrix_add_findings(&m, &findings, 100);
    assert_int_equal(findings.len, 2);
    check_span(findings.at[0].route, "/a");
    assert_int_equal(findings.at[0].severity, SEVERITY_CRITICAL);
    check_span(findings.at[1].route, "/b");
    assert_int_equal(findings.at[1].severity, SEVERITY_MINOR);
    findings_release(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate__reads_hard_and_soft_answers),
        cmocka_unit_test(test_gate__a_login_page_that_was_asked_for_is_open),
        cmocka_unit_test(test_gate__reads_the_language_of_an_answer),
        cmocka_unit_test(test_gate__words_read_back),
        cmocka_unit_test(test_matrix__tells_which_way_a_door_moved),
        cmocka_unit_test(test_matrix__holds_a_forged_session_to_what_strangers_get),
        cmocka_unit_test(test_matrix__a_door_shut_to_all_is_no_matter_of_crawlers),
        cmocka_unit_test(test_matrix__sees_another_language),
        cmocka_unit_test(test_matrix__what_needs_its_session_is_no_difference),
        cmocka_unit_test(test_matrix__blind_evidence_knows_no_soft_gates),
        cmocka_unit_test(test_matrix__gives_one_finding_for_one_door),
        cmocka_unit_test(test_matrix__posts_without_token_must_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
