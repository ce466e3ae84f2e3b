/* The pass as a whole: what is noise, what is coverage, what is one finding, what an example shows.
 */
#include "scene.h"

static const struct coverage_line *line_of(const struct scene *s, const char *what,
                                           const char *reason)
{
    for (size_t i = 0; i < s->summary.coverage_count; i++)
        if (span_eq(s->summary.coverage[i].what, span_of(what)) &&
            span_find(s->summary.coverage[i].reason, span_of(reason)) >= 0 &&
            (*reason || !s->summary.coverage[i].reason.len))
            return &s->summary.coverage[i];
    return NULL;
}

/* ---- noise ---- */

static void test_comparison__values_that_are_always_new_are_noise(void **state)
{
    (void)state;
    struct scene s;
    char p[400], t[400];
    scene_open(&s);
    for (unsigned i = 0; i < 60; i++) {
        snprintf(p, sizeof p,
                 "200\nContent-Type: text/html\nX-Request-Id: %08x%04x\nX-Trace: word%c%c%c\n"
                 "X-Served-In: %u ms\nETag: W/\"%07xab\"\nX-Backend: web-%u\nX-Cart-Count: %u\n",
                 i * 2654435761u, i * 77u, 'a' + i % 26, 'a' + i * 7 % 26, 'a' + i * 3 % 26,
                 i * 13 % 90, i * 40503u, i % 4, i % 5);
        snprintf(t, sizeof t,
                 "200\nContent-Type: text/html\nX-Request-Id: %08x%04x\nX-Trace: word%c%c%c\n"
                 "X-Served-In: %u ms\nETag: \"%07xcd\"\nX-Backend: web-%u\nX-Cart-Count: %u\n",
                 i * 2246822519u + 5, i * 91u, 'a' + i * 5 % 26, 'a' + i * 11 % 26,
                 'a' + i * 17 % 26, i * 29 % 80, i * 30011u, i * 3 % 4, i % 5);
        pair(&s, i % 2 ? "GET /a" : "GET /b/7", p, t);
        if (i % 4 == 3)
            next_session(&s);
    }
    check_none(&s);
}

static void test_comparison__experiment_that_flips_in_production_is_noise(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 40; i++) {
        bool p = i * 7 % 5 < 2, t = i * 3 % 7 < 3;
        pair(&s, "GET /", p ? "200\nX-Variant: blue\n" : "200\nX-Variant: green\nX-Extra: on\n",
             t ? "200\nX-Variant: blue\n" : "200\nX-Variant: green\nX-Extra: on\n");
        next_session(&s);
    }
    check_none(&s);
}

static void test_comparison__experiment_that_always_wins_on_staging_is_none(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 40; i++) {
        pair(&s, "GET /", i % 2 ? "200\nX-Variant: blue\n" : "200\nX-Variant: green\n",
             "200\nX-Variant: green\n");
        next_session(&s);
    }
    check_one(&s, "header.changed", "X-Variant", "/", SEVERITY_MINOR);
    scene_close(&s);
}

static void test_comparison__another_constant_number_is_a_finding(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 10; i++)
        pair(&s, "GET /api", "200\nX-RateLimit-Limit: 100\n", "200\nX-RateLimit-Limit: 50\n");
    const struct finding *f =
        check_one(&s, "header.changed", "X-Ratelimit-Limit", "/api", SEVERITY_MINOR);
    assert_true(span_eq(f->production, SPAN("100")) && span_eq(f->staging, SPAN("50")));
    scene_close(&s);
}

static void test_comparison__hosts_of_staging_are_no_difference(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    pair(&s, "GET /old\n",
         "301\nLocation: https://shop.example/new\nAccess-Control-Allow-Origin: "
         "https://shop.example\n"
         "Link: <https://shop.example/new>; rel=canonical\nSet-Cookie: a=1; Domain=shop.example\n",
         "301\nLocation: http://127.0.0.1:8443/new\nAccess-Control-Allow-Origin: "
         "http://127.0.0.1:8443\n"
         "Link: <http://127.0.0.1:8443/new>; rel=canonical\nSet-Cookie: a=2; Domain=127.0.0.1\n");
    check_none(&s);
}

/* ---- what is not compared ---- */

static void add_marked(struct scene *s, uint32_t production, uint32_t staging, const char *note)
{
    struct exchange p = read_exchange(s, "GET /x", "200\nContent-Type: text/plain\n", false);
    struct exchange t = read_exchange(s, "GET /x", "404\nContent-Type: text/plain\n", true);
    p.marks |= production;
    t.marks |= staging;
    t.note = span_of(note);
    add_exchanges(s, &p, &t, NULL, 0);
}

static void test_comparison__every_exchange_is_accounted_for_once(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    add_marked(&s, MARK_FROM_BROWSER_CACHE, 0, "");
    add_marked(&s, MARK_CLIENT_ABORTED, 0, "");
    add_marked(&s, MARK_RECORDED_304, 0, "");
    add_marked(&s, MARK_PREFLIGHT, 0, "");
    add_marked(&s, 0, MARK_NOT_SENT, "unsafe method");
    struct exchange p = read_exchange(&s, "GET /x", "200\n", false);
    add_exchanges(&s, &p, NULL, NULL, 0);
    pair(&s, "GET /x", "200\nContent-Type: text/plain\n", "200\nContent-Type: text/plain\n");
    scene_finish(&s);
    uint64_t sum = 0;
    for (size_t i = 0; i < s.summary.coverage_count; i++)
        if (span_eq(s.summary.coverage[i].what, SPAN("exchanges")))
            sum += s.summary.coverage[i].exchanges;
    assert_int_equal(sum, 7);
    assert_int_equal(s.summary.planned, 7);
    assert_int_equal(s.summary.sent, 5);
    assert_int_equal(s.summary.compared, 1);
    assert_int_equal(s.findings.len, 0);
    assert_non_null(line_of(&s, "exchanges", "browser's cache"));
    assert_non_null(line_of(&s, "exchanges", "not sent: unsafe method"));
    assert_non_null(line_of(&s, "exchanges", "not in the run"));
    assert_int_equal(s.summary.route_count, 1);
    assert_int_equal(s.summary.routes[0].exchanges, 7);
    scene_close(&s);
}

static void test_comparison__unresolved_login_is_no_closed_gate(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.staging_marks = MARK_CREDENTIAL_UNRESOLVED;
    pair(&s, "GET /account\nCookie: sid=p~0123456789abcdefghijkl", "200\nCache-Control: private\n",
         "302\nLocation: /login\n");
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(line_of(&s, "exchanges", "needs an identity")->exchanges, 1);
    scene_close(&s);
}

static void test_comparison__staging_without_the_login_may_answer_as_to_a_stranger(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 6; i++) {
        pair(&s, "GET /", "200\nCache-Control: s-maxage=60\n", "200\nCache-Control: s-maxage=60\n");
        s.staging_marks = MARK_CREDENTIAL_UNRESOLVED;
        pair(&s, "GET /\nCookie: sid=1", "200\nCache-Control: private, no-store\n",
             "200\nCache-Control: s-maxage=60\n");
        s.staging_marks = 0;
    }
    check_none(&s);
}

static void test_comparison__coverage_says_what_a_missing_login_left_out(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.staging_marks = MARK_CREDENTIAL_UNRESOLVED;
    pair(&s, "GET /\nCookie: sid=1", "200\nCache-Control: s-maxage=60\n",
         "200\nCache-Control: s-maxage=5\n");
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(
        line_of(&s, "response fields", "only with what production tells strangers")->exchanges, 1);
    scene_close(&s);
}

static void test_comparison__an_error_is_no_matter_of_a_missing_login(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 6; i++) {
        s.staging_marks = MARK_CREDENTIAL_UNRESOLVED;
        pair(&s, "GET /\nCookie: sid=1", "200\n", "500\n");
        next_session(&s);
    }
    check_one(&s, "status", "", "/", SEVERITY_CRITICAL);
    scene_close(&s);
}

static void test_comparison__what_follows_from_a_missing_cookie_is_one_finding(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 4; i++) {
        pair(&s, "POST /login", "303\nLocation: /account\nSet-Cookie: sid=1; HttpOnly\n",
             "303\nLocation: /account\n");
        struct exchange p =
            read_exchange(&s, "GET /account\nCookie: sid=1", "200\nX-Name: me\n", false);
        struct exchange t = read_exchange(&s, "GET /account", "302\nLocation: /login\n", true);
        add_exchanges(&s, &p, &t, NULL, 0);
        next_session(&s);
    }
    check_one(&s, "cookie.removed", "sid", "/login", SEVERITY_MAJOR);
    scene_close(&s);
}

static void ask_with_choice(struct scene *s, const char *production, const char *staging)
{
    struct exchange p = read_exchange(s, "GET /go", production, false);
    struct exchange t = read_exchange(s, "GET /go\nCookie: locale=de", staging, true);
    add_exchanges(s, &p, &t, NULL, 0);
}

static void test_comparison__a_choice_only_staging_brought_back_explains_another_way(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 4; i++)
        ask_with_choice(&s, "302\nLocation: /\n", "302\nLocation: /de/\n");
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(line_of(&s, "exchanges", "did not bring back")->exchanges, 4);
    scene_close(&s);
}

static void test_comparison__a_choice_explains_no_gate_that_opened_and_no_failure(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 4; i++)
        ask_with_choice(&s, "302\nLocation: /login\n", "200\n");
    check_one(&s, "gate.opened", "", "/go", SEVERITY_CRITICAL);
    scene_close(&s);
    scene_open(&s);
    for (unsigned i = 0; i < 4; i++)
        ask_with_choice(&s, "302\nLocation: /\n", "500\n");
    check_one(&s, "status", "", "/go", SEVERITY_CRITICAL);
    scene_close(&s);
}

static void test_comparison__a_login_staging_lacks_everywhere_compares_nothing(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.staging_marks = MARK_CREDENTIAL_UNRESOLVED;
    for (unsigned i = 0; i < 9; i++)
        pair(&s, "GET /shop\nCookie: sid=p~0123456789abcdefghijkl",
             "200\nCache-Control: s-maxage=60\n", "200\nCache-Control: s-maxage=5\n");
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(s.summary.compared, 0); /* so that the gate on coverage fails */
    assert_int_equal(line_of(&s, "exchanges", "needs an identity")->exchanges, 9);
    scene_close(&s);
}

static void test_comparison__only_recorded_fields_are_compared(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < 5; i++) {
        struct exchange p = read_exchange(&s, "GET /", "200\nCache-Control: s-maxage=60\n", false);
        struct exchange t = read_exchange(
            &s, "GET /", "200\nCache-Control: s-maxage=60\nX-New: 1\nContent-Type: a/b\n", true);
        p.marks &= ~(uint32_t)MARK_ALL_RESPONSE_FIELDS;
        add_exchanges(&s, &p, &t, NULL, 0);
    }
    check_none(&s);
}

static void test_comparison__field_known_to_be_absent_is_new_on_staging(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    struct exchange p = read_exchange(&s, "GET /", "200\nX-New: ?\n", false);
    struct exchange t = read_exchange(&s, "GET /", "200\nX-New: on\n", true);
    p.marks &= ~(uint32_t)MARK_ALL_RESPONSE_FIELDS;
    p.response.fields.at[0].value = SPAN_NONE;
    add_exchanges(&s, &p, &t, NULL, 0);
    check_one(&s, "header.added", "X-New", "/", SEVERITY_MINOR);
    scene_close(&s);
}

static void test_comparison__only_the_first_cookie_of_a_cut_recording_counts(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    s.production_marks = MARK_FIELDS_CUT;
    pair(&s, "GET /", "200\nSet-Cookie: a=1\n", "200\nSet-Cookie: a=2\nSet-Cookie: b=1\n");
    check_none(&s);
}

/* ---- one cause, one finding ---- */

static void test_comparison__one_change_on_some_routes_names_them_all(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    pair(&s, "GET /b", "200\nX-Old: 1\n", "200\n");
    pair(&s, "GET /a", "200\nX-Old: yes\n", "200\n");
    pair(&s, "GET /c", "200\nX-Old: yes\n", "200\nX-Old: yes\n");
    const struct finding *f = check_one(&s, "header.removed", "X-Old", "/a", SEVERITY_MINOR);
    assert_int_equal(f->route_count, 2);
    assert_true(span_eq(f->routes[1], SPAN("/b")));
    assert_int_equal(f->exchanges, 2);
    assert_int_equal(f->sessions, 1);
    scene_close(&s);
}

static struct span id_of(unsigned pairs, struct arena *arena)
{
    struct scene s;
    scene_open(&s);
    for (unsigned i = 0; i < pairs; i++) {
        pair(&s, "GET /", "200\nX-Frame-Options: DENY\n", "200\nX-Frame-Options: SAMEORIGIN\n");
        next_session(&s);
    }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 1);
    assert_int_equal(s.findings.at[0].sessions, pairs);
    struct span id = arena_copy(arena, s.findings.at[0].id);
    scene_close(&s);
    return id;
}

static void test_comparison__id_is_the_same_from_run_to_run(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    assert_true(span_eq(id_of(3, &arena), id_of(40, &arena)));
    arena_release(&arena);
}

static void test_comparison__example_can_be_repeated_by_hand_and_holds_no_secret(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    pair(&s,
         "GET /it's?q=1\nAccept-Language: de\nCookie: sid=geheim0815abc; a=b\nAuthorization: "
         "Bearer 3f9a12bc4d5e6f70",
         "200\nX-Token-Was: 3f9a12bc4d5e6f70\nX-Mode: one\n",
         "200\nX-Token-Was: 9f9a12bc4d5e6f71\nX-Mode: two\n");
    const struct finding *f = check_one(&s, "header.changed", "X-Mode", "/it's", SEVERITY_MINOR);
    char text[700];
    snprintf(text, sizeof text, "%.*s", SPAN_ARG(f->examples[0].curl_production));
    assert_string_equal(
        text,
        "curl -sS -D - -o /dev/null 'https://shop.example/it'\\''s?q=1' -H 'Accept-Language: de' "
        "-H \"Cookie: $COOKIE\" -H \"Authorization: $AUTHORIZATION\"");
    assert_true(span_find(f->examples[0].curl_staging, SPAN("http://127.0.0.1:8443/")) >= 0);
    assert_int_equal(f->examples[0].session, 1);
    scene_close(&s);
}

static void test_comparison__no_curl_line_where_nobody_said_the_host(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    struct exchange p = read_exchange(&s, "OPTIONS *", "200\n", false);
    struct exchange t = read_exchange(&s, "OPTIONS *", "501\n", true);
    p.request.authority = SPAN_NONE;
    add_exchanges(&s, &p, &t, NULL, 0);
    scene_finish(&s);
    assert_int_equal(s.findings.len, 1);
    const struct finding_example *e = &s.findings.at[0].examples[0];
    assert_true(span_eq(e->url, SPAN("*")));
    assert_int_equal(e->curl_production.len, 0);
    assert_true(span_eq(e->curl_staging,
                        SPAN("curl -sS -D - -o /dev/null -X 'OPTIONS' --request-target '*' "
                             "'http://127.0.0.1:8443/'")));
    scene_close(&s);
}

static void test_comparison__ignored_fields_are_not_looked_at(void **state)
{
    (void)state;
    struct scene s;
    memset(&s, 0, sizeof s);
    s.routes = routes_new();
    s.session = 1;
    const struct span ignore[] = { SPAN("x-mode") };
    struct comparison_options options = { .routes = s.routes, .ignore = ignore, .ignore_count = 1 };
    s.comparison = comparison_new(&options);
    pair(&s, "GET /", "200\nX-Mode: one\n", "200\nX-Mode: two\n");
    check_none(&s);
}

struct lines {
    struct span seen[8];
    size_t len;
    struct arena arena;
};

static int on_line(void *ctx, struct span route, struct span field, struct span shape)
{
    struct lines *l = ctx;
    if (l->len < 8)
        l->seen[l->len++] = arena_printf(&l->arena, "%.*s %.*s %.*s", SPAN_ARG(route),
                                         SPAN_ARG(field), SPAN_ARG(shape));
    return 0;
}

static void test_comparison__contract_says_what_production_taught(void **state)
{
    (void)state;
    struct scene s;
    struct lines l = { .len = 0 };
    scene_open(&s);
    pair(&s, "GET /", "200\nX-Mode: one\n", "200\nX-Mode: one\n");
    pair(&s, "GET /", "200\nX-Mode: two\n", "200\nX-Mode: two\n");
    assert_int_equal(comparison_each_contract_line(s.comparison, on_line, &l), 0);
    bool found = false;
    for (size_t i = 0; i < l.len; i++)
        found |= span_eq(
            l.seen[i],
            SPAN("/ X-Mode {\"shape\":\"one of\",\"present\":2,\"of\":2,\"repeats\":\"differ\","
                 "\"values\":[\"one\",\"two\"]}"));
    assert_true(found);
    arena_release(&l.arena);
    scene_close(&s);
}

/* ---- bounds ---- */

static void test_comparison__hostile_variety_stays_bounded(void **state)
{
    (void)state;
    struct scene s;
    char request[200], answer[300];
    scene_open(&s);
    for (unsigned i = 0; i < 20000; i++) {
        arena_clear(&s.arena);
        snprintf(request, sizeof request, "GET /w%c%c%c/%x\nAccept-Language: x%x\nCookie: l%u=1",
                 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, i, i, i);
        snprintf(answer, sizeof answer,
                 "200\nX-Field-%u: v%u\nSet-Cookie: c%u=1\nContent-Type: text/%u\n", i, i, i, i);
        pair(&s, request, answer, answer);
    }
    scene_finish(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(s.summary.planned, 20000);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparison__values_that_are_always_new_are_noise),
        cmocka_unit_test(test_comparison__experiment_that_flips_in_production_is_noise),
        cmocka_unit_test(test_comparison__experiment_that_always_wins_on_staging_is_none),
        cmocka_unit_test(test_comparison__another_constant_number_is_a_finding),
        cmocka_unit_test(test_comparison__hosts_of_staging_are_no_difference),
        cmocka_unit_test(test_comparison__every_exchange_is_accounted_for_once),
        cmocka_unit_test(test_comparison__unresolved_login_is_no_closed_gate),
        cmocka_unit_test(test_comparison__staging_without_the_login_may_answer_as_to_a_stranger),
        cmocka_unit_test(test_comparison__coverage_says_what_a_missing_login_left_out),
        cmocka_unit_test(test_comparison__an_error_is_no_matter_of_a_missing_login),
        cmocka_unit_test(test_comparison__what_follows_from_a_missing_cookie_is_one_finding),
        cmocka_unit_test(test_comparison__a_choice_only_staging_brought_back_explains_another_way),
        cmocka_unit_test(test_comparison__a_choice_explains_no_gate_that_opened_and_no_failure),
        cmocka_unit_test(test_comparison__a_login_staging_lacks_everywhere_compares_nothing),
        cmocka_unit_test(test_comparison__only_recorded_fields_are_compared),
        cmocka_unit_test(test_comparison__field_known_to_be_absent_is_new_on_staging),
        cmocka_unit_test(test_comparison__only_the_first_cookie_of_a_cut_recording_counts),
        cmocka_unit_test(test_comparison__one_change_on_some_routes_names_them_all),
        cmocka_unit_test(test_comparison__id_is_the_same_from_run_to_run),
        cmocka_unit_test(test_comparison__example_can_be_repeated_by_hand_and_holds_no_secret),
        cmocka_unit_test(test_comparison__no_curl_line_where_nobody_said_the_host),
        cmocka_unit_test(test_comparison__ignored_fields_are_not_looked_at),
        cmocka_unit_test(test_comparison__contract_says_what_production_taught),
        cmocka_unit_test(test_comparison__hostile_variety_stays_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
