#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/http/url.h"
#include "rehearse/session/login_flow.h"
#include "session/messages.h"

/* RFC 6238's secret; its code at 59 s is 287082. */
#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define NOW_S 59
/* A span in a static table. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal "", sizeof(literal) - 1                                                         \
    }

/* One turn of a login: what comes back, and what is to be said to it. */
struct turn {
    const char *at;       /* URL of the request that is answered; NULL: as it was asked for */
    const char *answer;   /* "200\nSet-Cookie: a=b\n\nbody"; NULL: the beginning */
    const char *expected; /* "GET url", "POST url\nbody", "done", "failed: …", "recorded" */
};

struct table {
    struct identity_pool *pool;
    struct identity identity;
    struct login_plan plan;
    struct arena arena;
    struct login_grant grant;
    bool blames_account;
};

static void table_open(struct table *t, const char *csv)
{
    char path[] = "/tmp/rehearse-login-XXXXXX";
    struct err err = ERR_INIT;
    int fd = mkstemp(path);
    memset(t, 0, sizeof *t);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, csv, strlen(csv)), (ssize_t)strlen(csv));
    close(fd);
    if (identity_pool_load(&t->pool, path, &err) < 0)
        fail_msg("%s", err.text);
    unlink(path);
    assert_true(identity_take(t->pool, 1, &t->identity));
}

static void table_close(struct table *t)
{
    login_grant_release(&t->grant);
    identity_pool_free(t->pool);
    arena_release(&t->arena);
}

static void add_said(struct strbuf *out, enum login_word word, const struct login_request *request,
                     const struct login_flow *flow)
{
    if (word == LOGIN_DONE) {
        strbuf_add_str(out, "done");
    } else if (word == LOGIN_FAILED) {
        strbuf_add_str(out, "failed: ");
        strbuf_add_span(out, login_flow_reason(flow));
    } else if (request->recorded) {
        strbuf_add_str(out, "recorded");
    } else {
        strbuf_add_span(out, request->method);
        strbuf_add_char(out, ' ');
        strbuf_add_span(out, request->url);
        if (!span_is_none(request->body)) {
            strbuf_add_char(out, '\n');
            strbuf_add_span(out, request->body);
        }
    }
}

static struct span absolute(struct table *t, struct span url)
{
    return url_resolve(SPAN("https://shop.test/"), url, &t->arena);
}

static void play(struct table *t, struct login_flow *flow, const struct turn *turns, size_t count)
{
    AUTO(strbuf_release) struct strbuf said = STRBUF_INIT;
    struct span asked = SPAN_NONE;
    for (size_t i = 0; i < count; i++) {
        struct exchange x = exchange_blank();
        struct login_request request;
        if (turns[i].answer)
            x = exchange_of("GET /", turns[i].answer, &t->arena);
        bool lost = turns[i].answer && x.response.status == 0;
        struct login_answer answer = {
            .url = turns[i].at ? span_of(turns[i].at) : asked,
            .status = x.response.status,
            .fields = &x.response.fields,
            .body = x.response.body,
            .failure = lost ? "no answer in time" : NULL,
            .cookies = http_fields_first(&x.response.fields, SPAN("X-Refused")) ? 0 : 1,
        };
        enum login_word word =
            login_flow_next(flow, turns[i].answer ? &answer : NULL, NOW_S, &request, &t->arena);
        strbuf_clear(&said);
        add_said(&said, word, &request, flow);
        if (word == LOGIN_SEND && !request.recorded)
            asked = absolute(t, request.url);
        if (strcmp(said.buf, turns[i].expected) != 0)
            fail_msg("turn %zu: found \"%s\", expected \"%s\"", i, said.buf, turns[i].expected);
        assert_true((word == LOGIN_SEND) == (i + 1 < count));
    }
}

static void play_steps(struct table *t, const struct login_step *steps, size_t count,
                       const struct turn *turns, size_t turn_count)
{
    t->plan.steps = steps;
    t->plan.count = count;
    const struct login_who who = { t->pool, &t->identity };
    AUTO(login_flow_freep) struct login_flow *flow = login_flow_new(&t->plan, &who);
    play(t, flow, turns, turn_count);
    t->blames_account = login_flow_blames_account(flow);
    if (strcmp(turns[turn_count - 1].expected, "done") == 0)
        login_flow_take_grant(flow, &t->grant);
}

#define PLAY(t, steps, turns)                                                                      \
    play_steps(t, steps, sizeof(steps) / sizeof *(steps), turns, sizeof(turns) / sizeof *(turns))

#define ACCOUNT "username,password,email,totp,tenant\nann,p&w,ann@x.test," SECRET ",acme\n"
#define PLAIN_ACCOUNT "username,password\nann,p&w\n"

#define DJANGO_PAGE                                                                                \
    "<!-- <form method=post action=/old><input type=password name=p></form> -->"                   \
    "<form action=/search><input name=q></form>"                                                   \
    "<form method=\"post\"><input type=hidden name=csrfmiddlewaretoken value=\"a&amp;b\">"         \
    "<input type=\"text\" name=\"username\"><input type=\"password\" name=\"password\">"           \
    "<input type=checkbox name=remember value=1><input type=hidden name=next value=\"/a?b\">"      \
    "<input type=submit value=Login></form>"

static const struct login_step form_step[] = { { .kind = LOGIN_FORM,
                                                 .url = TEXT("/login?next=/a") } };

static void test_form__is_filled_in_and_submitted(void **state)
{
    (void)state;
    struct table t;
    table_open(&t, PLAIN_ACCOUNT);
    static const struct turn turns[] = {
        { NULL, NULL, "GET /login?next=/a" },
        { NULL, "200\nSet-Cookie: csrftoken=x\n\n" DJANGO_PAGE,
          "POST https://shop.test/login?next=/a\n"
          "csrfmiddlewaretoken=a%26b&username=ann&password=p%26w&next=%2Fa%3Fb" },
        { NULL, "302\nSet-Cookie: sessionid=s\nLocation: /a\n\n", "GET https://shop.test/a" },
        { NULL, "200\n\n<h1>Hello</h1><form action=/logout method=post><button>Out</button></form>",
          "done" },
    };
    PLAY(&t, form_step, turns);
    check_span(t.grant.value, NULL);
    table_close(&t);
}

static void test_form__failures_have_their_reason(void **state)
{
    (void)state;
    struct table t;
    static const struct {
        const char *answer; /* to the submitted form */
        const char *reason;
        bool to_blame;
    } rows[] = {
        { "200\n\n" DJANGO_PAGE,
          "failed: the login form came again: user name or password are refused", true },
        { "401\n\n" DJANGO_PAGE "<div class=g-recaptcha data-sitekey=x></div>",
          "failed: the login form came again: user name or password are refused, or a captcha is "
          "asked for",
          true },
        { "200\n\nHello", "failed: no session cookie was set", false },
        { "200\nSet-Cookie: sessionid=\n\nHello", "failed: no session cookie was set", false },
        { "200\nSet-Cookie: sessionid=x; Max-Age=0\n\nHello", "failed: no session cookie was set",
          false },
        { "200\nSet-Cookie: csrftoken=3f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n\nHello",
          "failed: no session cookie was set", false },
        { "200\nSet-Cookie: sessionid=x; Secure\nX-Refused: 1\n\nHello",
          "failed: its session cookie breaks a rule and is not kept (Secure without TLS, another "
          "domain)",
          false },
        { "403\n\n", "failed: status 403: refused", true },
        { "429\n\n", "failed: status 429: staging takes no more logins now", false },
        { "503\n\n", "failed: status 503", false },
        { "0\n\n", "failed: no answer in time", false },
        { "200\n\n<form method=post><input name=otp_token></form>",
          "failed: a second factor is asked for, and the account has no secret (column totp)",
          true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct turn turns[] = {
            { NULL, NULL, "GET /login?next=/a" },
            { NULL, "200\n\n" DJANGO_PAGE,
              "POST https://shop.test/login?next=/a\n"
              "csrfmiddlewaretoken=a%26b&username=ann&password=p%26w&next=%2Fa%3Fb" },
            { NULL, rows[i].answer, rows[i].reason },
        };
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, form_step, turns);
        check_row(t.blames_account == rows[i].to_blame, rows[i].reason);
        table_close(&t);
    }
}

static void test_form__a_page_without_one_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *page, *reason;
    } rows[] = {
        { "200\n\n<h1>Soon</h1>", "failed: the page has no login form" },
        { "404\n\n", "failed: status 404" },
        { "403\ncf-mitigated: challenge\n\n",
          "failed: a captcha is asked for before the login form" },
        { "200\n\n<div class=\"cf-turnstile\"></div>",
          "failed: a captcha is asked for before the login form" },
        { "200\n\n<form><input name=user><input type=password name=p></form>",
          "failed: the page's form is sent by a script: give the request itself as a step "
          "(post:)" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table t;
        const struct turn turns[] = { { NULL, NULL, "GET /login?next=/a" },
                                      { NULL, rows[i].page, rows[i].reason } };
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, form_step, turns);
        table_close(&t);
    }
}

static void test_form__name_password_and_code_on_three_pages(void **state)
{
    (void)state;
    struct table t;
    table_open(&t, ACCOUNT);
    static const struct turn turns[] = {
        { NULL, NULL, "GET /login?next=/a" },
        { NULL, "200\n\n<form method=post action=/id><input name=identifier></form>",
          "POST https://shop.test/id\nidentifier=ann" },
        { NULL, "303\nLocation: password?s=1\n\n", "GET https://shop.test/password?s=1" },
        { NULL,
          "200\n\n<form method=post action=\"?s=1&amp;t=2\"><input type=password "
          "name=secret></form>",
          "POST https://shop.test/password?s=1&t=2\nsecret=p%26w" },
        { NULL, "200\n\n<form method=post action=/code><input name=code autofocus></form>",
          "POST https://shop.test/code\ncode=287082" },
        { NULL, "302\nSet-Cookie: sid=9\nLocation: /\n\n", "GET https://shop.test/" },
        { NULL, "500\n\nbroken", "done" },
    };
    PLAY(&t, form_step, turns);
    table_close(&t);

    static const struct turn refused[] = {
        { NULL, NULL, "GET /login?next=/a" },
        { NULL, "200\n\n<form method=post><input name=u><input type=password name=p></form>",
          "POST https://shop.test/login?next=/a\nu=ann&p=p%26w" },
        { NULL, "200\n\n<form method=post><input autocomplete=one-time-code name=x></form>",
          "POST https://shop.test/login?next=/a\nx=287082" },
        { NULL, "200\n\n<form method=post><input autocomplete=one-time-code name=x></form>",
          "failed: the code of the second factor is refused" },
    };
    table_open(&t, ACCOUNT);
    PLAY(&t, form_step, refused);
    table_close(&t);
}

/* A site that takes each code once, and an account whose code of this moment served before. */
static void test_form__a_code_that_served_before_is_followed_by_the_next(void **state)
{
    (void)state;
    struct table t;
    table_open(&t, ACCOUNT);
    assert_false(identity_uses_code(t.pool, &t.identity, NOW_S / 30));
    t.plan = (struct login_plan){ form_step, 1, false };
    const struct login_who who = { t.pool, &t.identity };
    AUTO(login_flow_freep) struct login_flow *flow = login_flow_new(&t.plan, &who);
    static const char *const answers[] = {
        "200\n\n<form method=post><input name=u><input type=password name=p></form>",
        "200\n\n<form method=post><input name=otp></form>",
        "200\n\n<form method=post><input name=otp></form>",
        "302\nSet-Cookie: sid=1\nLocation: /\n\n",
        "200\n\nHello",
    };
    static const struct {
        const char *body;
        int64_t not_before_s;
    } asked[] = {
        { NULL, 0 }, { "u=ann&p=p%26w", 0 }, { "otp=287082", 0 }, { "otp=359152", 60 }, { NULL, 0 }
    };
    struct login_request request;
    enum login_word word = login_flow_next(flow, NULL, NOW_S, &request, &t.arena);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct exchange x = exchange_of("GET /", answers[i], &t.arena);
        struct login_answer answer = { .url = SPAN("https://shop.test/login"),
                                       .status = x.response.status,
                                       .fields = &x.response.fields,
                                       .body = x.response.body,
                                       .cookies = 1 };
        assert_int_equal(word, LOGIN_SEND);
        check_span(request.body, asked[i].body);
        assert_int_equal(request.not_before_s, asked[i].not_before_s);
        word = login_flow_next(flow, &answer, NOW_S, &request, &t.arena);
    }
    assert_int_equal(word, LOGIN_DONE);
    table_close(&t);
}

static void test_form__takes_what_the_scenario_says(void **state)
{
    (void)state;
    static const struct login_item items[] = { { TEXT("tenant"), TEXT("${tenant}-1") },
                                               { TEXT("u"), TEXT("${email}") } };
    static const struct login_step steps[] = {
        { .kind = LOGIN_FORM,
          .url = TEXT("/in"),
          .items = items,
          .item_count = 2,
          .cookie = TEXT("shop") },
    };
    struct table t;
    table_open(&t, ACCOUNT);
    static const struct turn turns[] = {
        { NULL, NULL, "GET /in" },
        { NULL,
          "200\n\n<form method=POST enctype=multipart/form-data><input name=u>"
          "<select name=lang><option value=en><option value=de selected></select>"
          "<input type=password name=p></form>",
          "POST https://shop.test/in\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"u\"\r\n\r\n"
          "ann@x.test\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\n"
          "de\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n"
          "p&w\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"tenant\"\r\n\r\n"
          "acme-1\r\n--rehearse-login-form-7e3f9a--\r\n" },
        { NULL, "307\nLocation: /in2\n\n",
          "POST https://shop.test/in2\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"u\"\r\n\r\n"
          "ann@x.test\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\n"
          "de\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n"
          "p&w\r\n"
          "--rehearse-login-form-7e3f9a\r\nContent-Disposition: form-data; name=\"tenant\"\r\n\r\n"
          "acme-1\r\n--rehearse-login-form-7e3f9a--\r\n" },
        { NULL, "200\nSet-Cookie: sid=4\n\nHello", "failed: no cookie \"shop\" was set" },
    };
    PLAY(&t, steps, turns);
    table_close(&t);
}

static void test_form__redirects_without_end_are_not_followed_for_ever(void **state)
{
    (void)state;
    struct table t;
    table_open(&t, PLAIN_ACCOUNT);
    t.plan = (struct login_plan){ form_step, 1, false };
    const struct login_who who = { t.pool, &t.identity };
    AUTO(login_flow_freep) struct login_flow *flow = login_flow_new(&t.plan, &who);
    struct login_request request;
    enum login_word word = login_flow_next(flow, NULL, NOW_S, &request, &t.arena);
    unsigned sent = 0;
    struct exchange x = exchange_of("GET /", "302\nLocation: /more\n\n", &t.arena);
    while (word == LOGIN_SEND && sent++ < 1000) {
        struct login_answer answer = { .url = SPAN("https://shop.test/x"),
                                       .status = 302,
                                       .fields = &x.response.fields };
        word = login_flow_next(flow, &answer, NOW_S, &request, &t.arena);
    }
    assert_int_equal(word, LOGIN_FAILED);
    assert_true(sent < 100);
    check_span(login_flow_reason(flow), "the redirects and pages do not end");
    table_close(&t);
}

static const struct login_step oidc_step[] = { { .kind = LOGIN_OIDC, .url = TEXT("/sso") } };

#define TO_PROVIDER                                                                                \
    { NULL, NULL, "GET /sso" },                                                                    \
        { NULL, "302\nLocation: https://id.test/auth?state=s&code_challenge=c\n\n",                \
          "GET https://id.test/auth?state=s&code_challenge=c" },                                   \
    {                                                                                              \
        NULL,                                                                                      \
            "200\nSet-Cookie: AUTH_SESSION_ID=1\n\n"                                               \
            "<form method=post action=/do?x=1><input name=username><input name=password "          \
            "type=password>"                                                                       \
            "</form>",                                                                             \
            "POST https://id.test/do?x=1\nusername=ann&password=p%26w"                             \
    }

static void test_oidc__goes_to_the_provider_and_back(void **state)
{
    (void)state;
    struct table t;
    static const struct turn by_query[] = {
        TO_PROVIDER,
        { NULL,
          "200\n\n<form method=post action=/consent><input type=hidden name=c value=1>"
          "<button name=answer value=deny>No</button><button name=answer value=allow>Yes</button>"
          "</form>",
          "POST https://id.test/consent\nc=1&answer=allow" },
        { NULL, "302\nLocation: https://shop.test/callback?code=c&state=s\n\n",
          "GET https://shop.test/callback?code=c&state=s" },
        { NULL, "302\nSet-Cookie: sid=1\nLocation: /\n\n", "GET https://shop.test/" },
        { NULL, "200\n\nHello", "done" },
    };
    table_open(&t, PLAIN_ACCOUNT);
    PLAY(&t, oidc_step, by_query);
    table_close(&t);

    static const struct turn by_form_post[] = {
        TO_PROVIDER,
        { NULL,
          "200\n\n<body onload=\"document.forms[0].submit()\"><form method=post "
          "action=https://shop.test/callback><input type=hidden name=code value=c>"
          "<input type=hidden name=state value=s></form>",
          "POST https://shop.test/callback\ncode=c&state=s" },
        { NULL, "303\nSet-Cookie: sid=1\nLocation: /\n\n", "GET https://shop.test/" },
        { NULL, "200\n\nHello", "done" },
    };
    table_open(&t, PLAIN_ACCOUNT);
    PLAY(&t, oidc_step, by_form_post);
    table_close(&t);

    static const struct turn stays[] = {
        TO_PROVIDER,
        { NULL, "200\n\nAsk your administrator",
          "failed: the provider does not lead back: its last answer has status 200" },
    };
    table_open(&t, PLAIN_ACCOUNT);
    PLAY(&t, oidc_step, stays);
    table_close(&t);
}

static void test_request__keeps_the_token_of_its_answer(void **state)
{
    (void)state;
    static const struct login_item fields[] = { { TEXT("X-Tenant"), TEXT("${tenant}") } };
    static const struct login_step steps[] = {
        { .kind = LOGIN_REQUEST, .url = TEXT("/csrf") },
        { .kind = LOGIN_REQUEST,
          .url = TEXT("/api/login"),
          .method = TEXT("POST"),
          .content_type = TEXT("application/json"),
          .fields = fields,
          .field_count = 1,
          .body = TEXT("{\"u\":\"${email}\",\"p\":\"${password}\",\"t\":\"${answer:a.0.t}\","
                       "\"c\":\"${totp}\"}"),
          .token = TEXT("data.jwt"),
          .refresh = TEXT("/api/refresh") },
    };
    struct table t;
    table_open(&t, ACCOUNT);
    static const struct turn turns[] = {
        { NULL, NULL, "GET /csrf" },
        { NULL, "200\n\n{\"a\":[{\"t\":\"q\\\"1\"}]}",
          "POST /api/login\n"
          "{\"u\":\"ann@x.test\",\"p\":\"p&w\",\"t\":\"q\\\"1\",\"c\":\"287082\"}" },
        { NULL,
          "200\n\n{\"token\":\"no\",\"data\":{\"jwt\":\"J1\",\"refreshToken\":\"R1\"},\"expires_"
          "in\":60}",
          "done" },
    };
    PLAY(&t, steps, turns);
    check_span(t.grant.header, "Authorization");
    check_span(t.grant.value, "Bearer J1");
    check_span(t.grant.refresh_token, "R1");
    assert_int_equal(t.grant.expires_s, NOW_S + 60);
    assert_false(login_grant_is_stale(&t.grant, NOW_S + 30));
    assert_true(login_grant_is_stale(&t.grant, NOW_S + 55));
    assert_true(login_can_renew(&t.plan, &t.grant));

    const struct login_who who = { t.pool, &t.identity };
    AUTO(login_flow_freep) struct login_flow *renewing = login_flow_renew(&t.plan, &who, &t.grant);
    static const struct turn renewal[] = {
        { NULL, NULL,
          "POST "
          "/api/refresh\n{\"refresh_token\":\"R1\",\"refreshToken\":\"R1\",\"refresh\":\"R1\"}" },
        { NULL, "200\n\n{\"data\":{\"jwt\":\"J2\"}}", "done" },
    };
    play(&t, renewing, renewal, 2);
    login_flow_take_grant(renewing, &t.grant);
    check_span(t.grant.value, "Bearer J2");
    check_span(t.grant.refresh_token, "R1");
    assert_int_equal(t.grant.expires_s, 0);
    table_close(&t);
}

static void test_request__failures_have_their_reason(void **state)
{
    (void)state;
    static const struct login_step steps[] = {
        { .kind = LOGIN_REQUEST,
          .url = TEXT("/api/login"),
          .method = TEXT("POST"),
          .content_type = TEXT("application/json"),
          .wants_login = true,
          .body = TEXT("{\"p\":\"${password}\"}") },
    };
    static const struct {
        const char *answer, *said;
    } rows[] = {
        { "200\n\n{\"ok\":false}", "failed: neither a session cookie nor a token in the answer" },
        { "200\n\n{\"mfa_required\":true}",
          "failed: a second factor is asked for; give it in a step with ${totp}" },
        { "401\n\n{\"error\":\"no\"}", "failed: status 401: refused" },
        { "403\n\n<div class=h-captcha>", "failed: status 403: a captcha is asked for" },
        { "200\nSet-Cookie: sid=1\n\n{\"ok\":true}", "done" },
        { "200\n\n{\"user\":{\"token\":\"t\"}}", "done" },
        { "204\nAuthorization: Bearer x\n\n", "done" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table t;
        const struct turn turns[] = { { NULL, NULL, "POST /api/login\n{\"p\":\"p&w\"}" },
                                      { NULL, rows[i].answer, rows[i].said } };
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, steps, turns);
        table_close(&t);
    }
}

static void test_request__a_value_nobody_knows_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *body, *said;
    } rows[] = {
        { "{\"a\":\"${tenant}\"}", "failed: nothing is known for ${tenant}: no such column" },
        { "{\"a\":\"${totp}\"}",
          "failed: a second factor is asked for, and the account has no secret (column totp)" },
        { "{\"a\":\"${answer:x.y}\"}", "failed: the answer before has no \"x.y\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct login_step steps[] = { { .kind = LOGIN_REQUEST,
                                              .url = SPAN("/"),
                                              .content_type = SPAN("application/json"),
                                              .body = span_of(rows[i].body) } };
        const struct turn turns[] = { { NULL, NULL, rows[i].said } };
        struct table t;
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, steps, turns);
        table_close(&t);
    }
}

static void test_oauth__both_grants_and_the_refresh(void **state)
{
    (void)state;
    static const struct login_step password[] = {
        { .kind = LOGIN_OAUTH,
          .url = TEXT("https://id.test/token"),
          .grant = GRANT_PASSWORD,
          .client_id = TEXT("app"),
          .client_secret = TEXT("s:1"),
          .scope = TEXT("a b") },
    };
    struct table t;
    table_open(&t, ACCOUNT);
    static const struct turn turns[] = {
        { NULL, NULL,
          "POST https://id.test/token\ngrant_type=password&username=ann&password=p%26w&scope=a+b" },
        { NULL,
          "200\n\n{\"access_token\":\"A1\",\"token_type\":\"bearer\",\"expires_in\":300,"
          "\"refresh_token\":\"R1\"}",
          "done" },
    };
    PLAY(&t, password, turns);
    check_span(t.grant.value, "Bearer A1");
    assert_int_equal(t.grant.expires_s, NOW_S + 300);

    const struct login_who who = { t.pool, &t.identity };
    AUTO(login_flow_freep) struct login_flow *renewing = login_flow_renew(&t.plan, &who, &t.grant);
    static const struct turn renewal[] = {
        { NULL, NULL,
          "POST https://id.test/token\ngrant_type=refresh_token&refresh_token=R1&scope=a+b" },
        { NULL, "200\n\n{\"access_token\":\"A2\",\"refresh_token\":\"R2\"}", "done" },
    };
    play(&t, renewing, renewal, 2);
    login_flow_take_grant(renewing, &t.grant);
    check_span(t.grant.value, "Bearer A2");
    check_span(t.grant.refresh_token, "R2");
    table_close(&t);

    static const struct login_step client[] = {
        { .kind = LOGIN_OAUTH,
          .url = TEXT("/token"),
          .grant = GRANT_CLIENT_CREDENTIALS,
          .client_id = TEXT("${tenant}"),
          .client_secret = TEXT("s&1"),
          .client_in_body = true },
    };
    static const struct turn client_turns[] = {
        { NULL, NULL,
          "POST /token\ngrant_type=client_credentials&client_id=acme&client_secret=s%261" },
        { NULL, "200\n\n{\"access_token\":\"A\"}", "done" },
    };
    table_open(&t, ACCOUNT);
    PLAY(&t, client, client_turns);
    assert_false(login_can_renew(&t.plan, &t.grant));
    assert_true(login_plan_needs_account(&t.plan));
    table_close(&t);
}

static void test_oauth__failures_repeat_the_word_and_nothing_else(void **state)
{
    (void)state;
    static const struct login_step steps[] = {
        { .kind = LOGIN_OAUTH, .url = TEXT("/token"), .grant = GRANT_PASSWORD }
    };
    static const struct {
        const char *answer, *said;
        bool to_blame;
    } rows[] = {
        { "400\n\n{\"error\":\"invalid_grant\",\"error_description\":\"p&w is wrong\"}",
          "failed: the token endpoint refuses: invalid_grant", true },
        { "401\n\n{\"error\":\"invalid_client\"}",
          "failed: the token endpoint refuses: invalid_client", false },
        { "400\n\n{\"error\":\"p&w\"}", "failed: status 400: refused", true },
        { "200\n\n{\"error\":\"no\"}", "failed: the token endpoint's answer holds no access_token",
          false },
        { "200\n\n[[[[", "failed: the token endpoint's answer holds no access_token", false },
        { "502\n\n", "failed: status 502", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table t;
        const struct turn turns[] = {
            { NULL, NULL, "POST /token\ngrant_type=password&username=ann&password=p%26w" },
            { NULL, rows[i].answer, rows[i].said }
        };
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, steps, turns);
        check_row(t.blames_account == rows[i].to_blame, rows[i].said);
        table_close(&t);
    }
}

static void test_steps__that_send_nothing_leave_their_grant(void **state)
{
    (void)state;
    static const struct login_step steps[] = {
        { .kind = LOGIN_BASIC },
        { .kind = LOGIN_CERTIFICATE,
          .certificate = TEXT("certs/${username}.pem"),
          .key = TEXT("certs/${tenant}.key") },
    };
    static const struct turn turns[] = { { NULL, NULL, "done" } };
    struct table t;
    table_open(&t, ACCOUNT);
    PLAY(&t, steps, turns);
    check_span(t.grant.value, "Basic YW5uOnAmdw==");
    assert_true(t.grant.basic);
    check_span(t.grant.certificate, "certs/ann.pem");
    check_span(t.grant.key, "certs/acme.key");
    table_close(&t);
}

static void test_recorded__is_sent_where_the_page_has_no_form(void **state)
{
    (void)state;
    struct exchange recorded = exchange_blank();
    const struct login_step steps[] = {
        { .kind = LOGIN_FORM, .url = SPAN("/login"), .recorded = &recorded }
    };
    static const struct {
        const char *answer, *said;
    } rows[] = {
        { "200\nSet-Cookie: sid=1\n\n{}", "done" },
        { "200\n\n{\"access_token\":\"x\"}", "done" },
        { "302\nLocation: /login?error\n\n",
          "failed: the login form came again: user name or password are refused" },
        { "302\nSet-Cookie: sid=1\nLocation: /account\n\n", "done" },
        { "422\n\n", "failed: status 422: refused" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct table t;
        const struct turn turns[] = { { NULL, NULL, "GET /login" },
                                      { NULL, "200\n\n<div id=app></div>", "recorded" },
                                      { "https://shop.test/api/login", rows[i].answer,
                                        rows[i].said } };
        table_open(&t, PLAIN_ACCOUNT);
        PLAY(&t, steps, turns);
        table_close(&t);
    }
}

static void test_register__makes_the_account(void **state)
{
    (void)state;
    static const struct login_step steps[] = { { .kind = LOGIN_FORM, .url = TEXT("/join") } };
    static const struct turn turns[] = {
        { NULL, NULL, "GET /join" },
        { NULL,
          "200\n\n<form method=post><input name=name required><input name=email type=email>"
          "<input type=password name=password1><input type=password name=password2>"
          "<input type=checkbox required name=terms><input type=checkbox name=news></form>",
          "POST https://shop.test/join\n"
          "name=ann&email=ann%40x.test&password1=p%26w&password2=p%26w&terms=on" },
        { NULL, "302\nLocation: /login\n\n", "GET https://shop.test/login" },
        { NULL, "200\n\nNow log in", "done" },
    };
    struct table t;
    table_open(&t, ACCOUNT);
    t.plan.registers = true;
    PLAY(&t, steps, turns);
    table_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form__is_filled_in_and_submitted),
        cmocka_unit_test(test_form__failures_have_their_reason),
        cmocka_unit_test(test_form__a_page_without_one_is_said),
        cmocka_unit_test(test_form__name_password_and_code_on_three_pages),
        cmocka_unit_test(test_form__a_code_that_served_before_is_followed_by_the_next),
        cmocka_unit_test(test_form__takes_what_the_scenario_says),
        cmocka_unit_test(test_form__redirects_without_end_are_not_followed_for_ever),
        cmocka_unit_test(test_oidc__goes_to_the_provider_and_back),
        cmocka_unit_test(test_request__keeps_the_token_of_its_answer),
        cmocka_unit_test(test_request__failures_have_their_reason),
        cmocka_unit_test(test_request__a_value_nobody_knows_is_said),
        cmocka_unit_test(test_oauth__both_grants_and_the_refresh),
        cmocka_unit_test(test_oauth__failures_repeat_the_word_and_nothing_else),
        cmocka_unit_test(test_steps__that_send_nothing_leave_their_grant),
        cmocka_unit_test(test_recorded__is_sent_where_the_page_has_no_form),
        cmocka_unit_test(test_register__makes_the_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
