#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "leaks.h"
#include "member_routes.h"

/* A run of two members and a stranger, who all asked for /account and /; remarks by hand. */
struct scene {
    char folder[64], path[96];
    struct store *run;
    struct routes *routes;
    struct findings findings;
    struct comparison_summary summary;
    struct report_leaks leaks;
    struct arena arena;
    struct err err;
};

static void must(struct scene *s, int rc)
{
    if (rc < 0)
        print_error("%s\n", s->err.text);
    assert_true(rc >= 0);
}

static void put(struct scene *s, uint64_t session, uint32_t seq, const char *target, bool cached)
{
    struct exchange x = exchange_blank();
    x.session = session;
    x.seq = x.planned = seq;
    x.marks = MARK_ALL_RESPONSE_FIELDS;
    x.start_us = 1772874932000000 + seq;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.staging.test");
    x.request.target = span_of(target);
    x.response.status = 200;
    if (cached) {
        http_fields_add(&x.response.fields, &s->arena, SPAN("Cache-Status"),
                        SPAN("edge; hit; key=\"/account\""));
        http_fields_add(&x.response.fields, &s->arena, SPAN("Age"), SPAN("7"));
    }
    must(s, store_put_exchange(s->run, &x, 1, &s->err));
}

static void scene_open(struct scene *s)
{
    static const char *const members[] = { "anna", "bert", NULL };
    memset(s, 0, sizeof *s);
    snprintf(s->folder, sizeof s->folder, "/tmp/rehearse-leaks-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/a.run", s->folder);
    must(s, store_create(&s->run, s->path, STORE_RUN, false, &s->err));
    s->routes = routes_new();
    routes_learn(s->routes, SPAN("/account"));
    routes_learn(s->routes, SPAN("/"));
    routes_learn(s->routes, SPAN("/only/anna"));
    routes_settle(s->routes);
    s->summary.compared = 10;
    for (uint64_t session = 1; session <= 3; session++) {
        put(s, session, 0, "/", false);
        put(s, session, 1, "/account?token=secret", session == 2);
        if (session == 1)
            put(s, session, 2, "/only/anna", false);
        must(s, store_put_session_note(s->run, session, SPAN_NONE, span_of(members[session - 1]),
                                       &s->err));
        must(s, store_end_session(s->run, session, 1, SPAN("complete"), &s->err));
    }
    must(s,
         store_put_meta(s->run, "leak.watch",
                        SPAN("{\"members\":2,\"marks\":6,\"answers\":7,\"beyond\":1}"), &s->err));
}

static void remark(struct scene *s, uint64_t session, uint32_t seq, const char *text)
{
    must(s, store_put_remark(s->run, session, 1, seq, SPAN("leak"), span_of(text), &s->err));
}

static void find(struct scene *s)
{
    static const struct host_pair hosts[] = {
        { { "shop.example", 12 }, { "shop.staging.test", 17 }, { "https", 5 } }
    };
    must(s, store_commit(s->run, &s->err));
    must(s, store_finish(s->run, &s->err));
    must(s,
         leaks_find(&(struct leaks_job){ s->run, s->routes, hosts, 1, &s->summary, &s->findings },
                    &s->leaks, &s->arena, &s->err));
}

static void scene_close(struct scene *s)
{
    store_close(s->run);
    routes_free(s->routes);
    findings_release(&s->findings);
    arena_release(&s->arena);
    store_remove(s->path);
    rmdir(s->folder);
}

#define TO_BERT                                                                                    \
    "{\"mark\":\"name\",\"of\":1,\"to\":2,\"in\":\"body\","                                        \
    "\"first_session\":\"0000000000000001\",\"first_seq\":1}"
#define TO_STRANGER "{\"mark\":\"e-mail address\",\"of\":2,\"in\":\"Set-Cookie\"}"

static void holds(struct span text, const char *part)
{
    if (span_find(text, span_of(part)) < 0)
        print_error("\"%.*s\"\n", SPAN_ARG(text));
    check_row(span_find(text, span_of(part)) >= 0, part);
}

static void test_leaks__become_one_finding_a_route_with_the_path(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    remark(&s, 3, 1, TO_STRANGER);
    remark(&s, 2, 1, TO_BERT);
    remark(&s, 3, 0, TO_STRANGER);
    find(&s);
    assert_int_equal(s.findings.len, 2);
    const struct finding *f = &s.findings.at[0];
    check_span_at(f->kind, "leak", __FILE__, __LINE__);
    check_span_at(f->route, "/account", __FILE__, __LINE__);
    assert_int_equal(f->severity, SEVERITY_CRITICAL);
    assert_int_equal(f->exchanges, 2);
    holds(f->title, "One member's e-mail address, name came to other visitors");
    holds(f->effect, "2 answers held what is another member's own, 1 of them from a cache, 1 to "
                     "visitors without account.");
    holds(f->effect, "Member 1's name, which GET /account gave its owner first (request 1 of visit "
                     "0000000000000001), was in the answer to GET /account of member 2");
    holds(f->effect, "A cache had kept it: Cache-Status: edge; hit");
    holds(f->effect, "Age: 7, key /account");
    assert_int_equal(f->example_count, 2);
    check_span_at(f->examples[0].url, "https://shop.example/account", __FILE__, __LINE__);
    holds(s.findings.at[1].effect, "which no answer had given its owner before");
    holds(s.findings.at[1].effect, "in its field Set-Cookie");
    assert_int_equal(s.leaks.leak_count, 2);
    scene_close(&s);
}

static void test_leaks__say_what_was_covered(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    find(&s);
    assert_true(s.leaks.watched);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(s.leaks.members, 2);
    assert_int_equal(s.leaks.pairs, 1);
    assert_int_equal(s.leaks.pairs_in_all, 1);
    assert_int_equal(s.leaks.routes, 3);
    assert_int_equal(s.leaks.routes_covered, 2); /* nobody but one member saw /only/anna */
    assert_int_equal(s.leaks.answers, 7);
    assert_int_equal(s.leaks.beyond, 1);
    scene_close(&s);
}

static void test_leaks__leave_out_what_production_shows_too(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    remark(&s, 2, 1, TO_BERT);
    must(&s, store_put_meta(s.run, "leak.public.1.name", SPAN("it does"), &s.err));
    find(&s);
    assert_int_equal(s.findings.len, 0);
    assert_int_equal(s.leaks.shown_by_production, 1);
    scene_close(&s);
}

static void test_leaks__are_told_by_the_finding_that_names_their_cause(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    remark(&s, 2, 1, TO_BERT);
    struct finding *cause = findings_add(&s.findings);
    struct span routes[] = { SPAN("/account") };
    *cause = (struct finding){ .id = SPAN("F-1"),
                               .kind = SPAN("cache.key-merge"),
                               .severity = SEVERITY_CRITICAL,
                               .route = SPAN("*"),
                               .effect = SPAN("Visitors became one."),
                               .routes = routes,
                               .route_count = 1 };
    find(&s);
    assert_int_equal(s.findings.len, 1);
    holds(s.findings.at[0].effect, "Visitors became one. The leak sentinel saw it: 1 answer held");
    assert_int_equal(s.leaks.leak_count, 1);
    assert_true(s.leaks.leaks[0].folded);
    scene_close(&s);
}

static void test_leaks__take_no_remark_that_is_none(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    remark(&s, 2, 1, "{}");
    remark(&s, 2, 1, "no JSON");
    remark(&s, 2, 1, "{\"mark\":\"name\"}");
    remark(&s, 2, 99, TO_BERT); /* of no exchange */
    find(&s);
    assert_int_equal(s.findings.len, 0);
    scene_close(&s);
}

static void test_member_routes__count_pairs_that_met(void **state)
{
    (void)state;
    struct member_routes m = { .rows = NULL };
    struct report_leaks leaks = { .watched = true };
    static const struct {
        const char *member;
        uint32_t route;
    } rows[] = { { "a", 1 }, { "b", 1 }, { "c", 2 }, { "d", 2 }, { "d", 5 }, { NULL, 5 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        member_routes_begin(&m, span_of(rows[i].member));
        member_routes_add(&m, rows[i].route);
    }
    member_routes_sum(&m, &leaks);
    assert_int_equal(leaks.members, 4);
    assert_int_equal(leaks.pairs, 2);
    assert_int_equal(leaks.pairs_in_all, 6);
    assert_int_equal(leaks.routes, 3);
    assert_int_equal(leaks.routes_covered, 3);
    member_routes_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaks__become_one_finding_a_route_with_the_path),
        cmocka_unit_test(test_leaks__say_what_was_covered),
        cmocka_unit_test(test_leaks__leave_out_what_production_shows_too),
        cmocka_unit_test(test_leaks__are_told_by_the_finding_that_names_their_cause),
        cmocka_unit_test(test_leaks__take_no_remark_that_is_none),
        cmocka_unit_test(test_member_routes__count_pairs_that_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
