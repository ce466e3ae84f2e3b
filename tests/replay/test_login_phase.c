/* The login of a session, from text: where its requests go and what they carry. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"

#include "fields.h"
#include "login_phase.h"
#include "rehearse/base/mem.h"

struct scene {
    struct target *target;
    struct identity_pool *pool;
    struct packer *packer;
    struct session_run run;
    struct session_rules rules;
    struct login_rules login;
    struct login_phase *phase;
    struct outgoing sent;
    struct arena arena;
    enum login_word word;
};

static void open_scene(struct scene *s, const char *production, struct identity_pool *pool)
{
    struct err err = ERR_INIT;
    struct exchange x = exchange_blank();
    memset(s, 0, sizeof *s);
    s->target = target_new("staging", false);
    assert_int_equal(target_add_host(s->target, production, "http://127.0.0.1:81", &err), 0);
    assert_int_equal(target_add_host(s->target, "id.example", "http://127.0.0.1:82", &err), 0);
    x.session = 1;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = SPAN("/account");
    http_fields_add(&x.request.fields, &s->arena, SPAN("User-Agent"), SPAN("Browser/1"));
    s->packer = packer_new();
    const struct recorded_session recorded = { .id = 1, .exchanges = &x, .count = 1 };
    struct planned *planned = packer_pack(s->packer, &recorded);
    struct identity identity;
    s->pool = pool;
    if (pool)
        assert_true(identity_take(pool, 1, &identity));
    session_run_init(&s->run, planned, pool, pool ? &identity : NULL, NULL, 0, 0);
    s->rules = (struct session_rules){ .target = s->target };
}

static void close_scene(struct scene *s)
{
    login_phase_free(s->phase);
    free(session_run_release(&s->run));
    identity_pool_free(s->pool);
    packer_free(s->packer);
    target_free(s->target);
    arena_release(&s->arena);
}

static void begin(struct scene *s, bool renew)
{
    s->phase = login_phase_new(&s->run, &s->login, renew);
    s->word = login_phase_begin(s->phase, &s->rules, 100, &s->sent, &s->arena);
}

/* The environment's answer to what was sent last; cookies are learned as the shard does it. */
static void answer(struct scene *s, int status, const char *fields, const char *body)
{
    struct exchange x = exchange_blank();
    struct outgoing sent = s->sent;
    assert_int_equal(s->word, LOGIN_SEND);
    x.response.status = status;
    x.response.fields = fields_from(fields, &s->arena);
    x.response.body = span_of(body);
    session_run_learn(&s->run, &sent, &x, &s->rules, 100, &s->arena);
    s->word = login_phase_take(s->phase, &sent, &x, &s->rules, 100, &s->sent, &s->arena);
}

static struct span field(const struct scene *s, const char *name)
{
    return http_fields_value(&s->sent.wire.fields, span_of(name));
}

static void check_sent(const struct scene *s, const char *method, const char *url)
{
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    assert_int_equal(s->word, LOGIN_SEND);
    assert_true(s->sent.marks & MARK_LOGIN_STEP);
    strbuf_add_span(&found, s->sent.wire.scheme);
    strbuf_add_str(&found, "://");
    strbuf_add_span(&found, s->sent.wire.authority);
    strbuf_add_span(&found, s->sent.wire.target);
    check_span(s->sent.wire.method, method);
    assert_string_equal(found.buf, url);
}

static const unsigned char key[IDENTITY_KEY_BYTES] = { 1 };
#define PAGE "<form method=post><input name=u><input type=password name=p></form>"

static const struct login_step form = { .kind = LOGIN_FORM, .url = { "/login", 6 } };
static const struct login_step named = { .kind = LOGIN_FORM,
                                         .url = { "https://shop.example/login", 26 } };
static const struct login_plan form_plan = { &form, 1, false }, named_plan = { &named, 1, false };

static struct identity_pool *known_accounts(void)
{
    struct identity_pool *pool = identity_pool_make(2, 1, key);
    struct identity both[2];
    for (size_t i = 0; i < 2; i++) {
        assert_true(identity_take(pool, i, &both[i]));
        identity_registered(pool, &both[i]);
    }
    for (size_t i = 0; i < 2; i++)
        identity_give_back(pool, &both[i]);
    return pool;
}

static void test_login__goes_to_the_place_of_the_session_with_its_cookies(void **state)
{
    (void)state;
    struct scene s;
    const struct login_plan *const plans[] = { &form_plan, &named_plan };
    static const char *const hosts[] = { "shop.example", "*" };
    for (size_t i = 0; i < 4; i++) {
        open_scene(&s, hosts[i / 2], known_accounts());
        s.login.plan = plans[i % 2];
        begin(&s, false);
        check_sent(&s, "GET", "http://127.0.0.1:81/login");
        check_span(field(&s, "User-Agent"), "Browser/1");
        check_span(field(&s, "Referer"), NULL);
        answer(&s, 200, "Set-Cookie: c=1; Path=/\n", PAGE);
        check_sent(&s, "POST", "http://127.0.0.1:81/login");
        check_span(field(&s, "Cookie"), "c=1");
        check_span(field(&s, "Referer"), "http://127.0.0.1:81/login");
        check_span(field(&s, "Origin"), "http://127.0.0.1:81");
        answer(&s, 302, "Set-Cookie: sessionid=x; Path=/\nLocation: /home\n", "");
        check_sent(&s, "GET", "http://127.0.0.1:81/home");
        check_span(field(&s, "Cookie"), "c=1; sessionid=x");
        answer(&s, 200, "", "Hello");
        assert_int_equal(s.word, LOGIN_DONE);
        close_scene(&s);
    }
}

/* What staging says of hosts is taken by its word: the guard sees where it leads. */
static void test_login__a_redirect_to_production_is_not_led_elsewhere(void **state)
{
    (void)state;
    static const struct {
        const char *location, *url;
    } rows[] = {
        { "https://shop.example/in", "https://shop.example/in" },
        { "https://stranger.example/in", "https://stranger.example/in" },
        { "http://127.0.0.1:82/authorize", "http://127.0.0.1:82/authorize" },
        { "//127.0.0.1:82/a", "http://127.0.0.1:82/a" },
    };
    static const char *const hosts[] = { "shop.example", "*" };
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct scene s;
        char location[128];
        open_scene(&s, hosts[i % 2], known_accounts());
        s.login.plan = &form_plan;
        begin(&s, false);
        snprintf(location, sizeof location, "Location: %s\n", rows[i / 2].location);
        answer(&s, 302, location, "");
        check_sent(&s, "GET", rows[i / 2].url);
        close_scene(&s);
    }
}

static void test_login__what_the_guard_refuses_is_not_the_account_s_fault(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "shop.example", known_accounts());
    s.login.plan = &form_plan;
    begin(&s, false);
    answer(&s, 200, "", PAGE);
    struct outgoing sent = s.sent;
    s.word = login_phase_refused(s.phase, &sent, "guard: no", &s.rules, 100, &s.sent, &s.arena);
    assert_int_equal(s.word, LOGIN_FAILED);
    assert_true(login_phase_was_refused(s.phase));
    check_span(login_phase_reason(s.phase), "not sent to 127.0.0.1:81: guard: no");
    close_scene(&s);
}

static const struct login_step join = { .kind = LOGIN_FORM, .url = { "/join", 5 } };
static const struct login_plan join_plan = { &join, 1, true };

static void test_registration__comes_first_and_leaves_no_cookie(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "shop.example", identity_pool_make(2, 1, key));
    s.login = (struct login_rules){ &form_plan, &join_plan };
    assert_true(login_phase_registers(&s.run, &s.login));
    begin(&s, false);
    check_sent(&s, "GET", "http://127.0.0.1:81/join");
    answer(&s, 200, "", PAGE);
    answer(&s, 200, "Set-Cookie: sessionid=x; Path=/\n", "Welcome");
    check_sent(&s, "GET", "http://127.0.0.1:81/login");
    check_span(field(&s, "Cookie"), NULL);
    assert_false(login_phase_registers(&s.run, &s.login));
    close_scene(&s);
}

static void test_registration__that_fails_may_be_of_an_earlier_run(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "shop.example", identity_pool_make(2, 1, key));
    s.login = (struct login_rules){ &form_plan, &join_plan };
    begin(&s, false);
    answer(&s, 200, "", PAGE);
    answer(&s, 200, "", PAGE); /* the name is taken */
    check_sent(&s, "GET", "http://127.0.0.1:81/login");
    close_scene(&s);
}

static const struct login_step oauth = { .kind = LOGIN_OAUTH,
                                         .url = { "https://id.example/t", 20 },
                                         .grant = GRANT_PASSWORD };
static const struct login_plan oauth_plan = { &oauth, 1, false };

static void test_renewal__falls_back_to_the_login(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "shop.example", known_accounts());
    s.login.plan = &oauth_plan;
    begin(&s, false);
    check_sent(&s, "POST", "http://127.0.0.1:82/t");
    answer(&s, 200, "", "{\"access_token\":\"A1\",\"refresh_token\":\"R1\"}");
    assert_int_equal(s.word, LOGIN_DONE);
    check_span(s.run.grant.value, "Bearer A1");

    login_phase_free(s.phase);
    begin(&s, true);
    assert_true(span_find(s.sent.wire.body, SPAN("refresh_token=R1")) > 0);
    answer(&s, 400, "", "{\"error\":\"invalid_grant\"}");
    assert_true(span_find(s.sent.wire.body, SPAN("grant_type=password")) >= 0);
    answer(&s, 200, "", "{\"access_token\":\"A2\"}");
    assert_int_equal(s.word, LOGIN_DONE);
    check_span(s.run.grant.value, "Bearer A2");

    login_phase_free(s.phase);
    begin(&s, true);
    assert_true(span_find(s.sent.wire.body, SPAN("grant_type=password")) >= 0);
    close_scene(&s);
}

static void test_token__goes_where_the_visitor_sent_one(void **state)
{
    (void)state;
    static const struct {
        const char *recorded; /* Authorization */
        uint32_t marks;
        const char *sent;
    } rows[] = {
        { "Bearer p~aaaaaaaaaaaaaaaaaaaaaa", MARK_ALL_REQUEST_FIELDS, "Bearer A1" },
        { NULL, MARK_ALL_REQUEST_FIELDS, NULL },
        { NULL, 0, "Bearer A1" },
    };
    struct scene s;
    open_scene(&s, "shop.example", known_accounts());
    s.login.plan = &oauth_plan;
    begin(&s, false);
    answer(&s, 200, "", "{\"access_token\":\"A1\"}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange *x = s.run.planned->exchanges;
        struct outgoing out;
        x->marks = rows[i].marks;
        x->request.fields = (struct http_fields){ NULL, 0, 0 };
        if (rows[i].recorded)
            http_fields_add(&x->request.fields, &s.arena, SPAN("Authorization"),
                            span_of(rows[i].recorded));
        session_run_build(&s.run, 0, &s.rules, 100, &out, &s.arena);
        check_span(http_fields_value(&out.wire.fields, SPAN("Authorization")), rows[i].sent);
        assert_false(out.marks & MARK_CREDENTIAL_UNRESOLVED);
    }
    close_scene(&s);
}

/* What counts against the account that a recorded login got. */
static void test_recorded_login__counts_where_staging_turns_it_away(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int recorded, answered;
        const char *reason;
    } rows[] = {
        { "username=a&password=b", 302, 302, NULL },
        { "username=a&password=b", 302, 200, "its login was answered with status 200, not 302" },
        { "username=a&password=b", 200, 401, "its login was answered with status 401, not 200" },
        { "username=a&password=b", 200, 302, NULL }, /* mistyped in production */
        { "username=a&password=b", 401, 401, NULL },
        { "username=a&password=b", 302, 0, NULL },
        { "username=a&password1=b&password2=b", 302, 200, NULL }, /* a registration */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        struct exchange answered = exchange_blank();
        open_scene(&s, "shop.example", known_accounts());
        struct exchange *x = s.run.planned->exchanges;
        x->request.method = SPAN("POST");
        x->request.body = span_of(rows[i].body);
        x->request.fields =
            fields_from("Content-Type: application/x-www-form-urlencoded\n", &s.arena);
        x->response.status = rows[i].recorded;
        answered.response.status = rows[i].answered;
        check_span(session_run_judge_login(&s.run, 0, &answered, &s.arena), rows[i].reason);
        close_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login__goes_to_the_place_of_the_session_with_its_cookies),
        cmocka_unit_test(test_login__a_redirect_to_production_is_not_led_elsewhere),
        cmocka_unit_test(test_login__what_the_guard_refuses_is_not_the_account_s_fault),
        cmocka_unit_test(test_registration__comes_first_and_leaves_no_cookie),
        cmocka_unit_test(test_registration__that_fails_may_be_of_an_earlier_run),
        cmocka_unit_test(test_renewal__falls_back_to_the_login),
        cmocka_unit_test(test_token__goes_where_the_visitor_sent_one),
        cmocka_unit_test(test_recorded_login__counts_where_staging_turns_it_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
