#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/session/identity.h"
#include "session/messages.h"

/* A pool from CSV text; the file lives as long as this call. */
static int load(struct identity_pool **ret, const char *text, struct err *err)
{
    char path[] = "/tmp/rehearse-accounts-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int rc = identity_pool_load(ret, path, err);
    unlink(path);
    return rc;
}

static struct identity_pool *pool_of(const char *text)
{
    struct identity_pool *pool = NULL;
    struct err err = ERR_INIT;
    if (load(&pool, text, &err) != 0)
        fail_msg("%s", err.text);
    return pool;
}

static void test_pool__reads_what_spreadsheets_write(void **state)
{
    (void)state;
    AUTO(identity_pool_freep)
    struct identity_pool *pool =
        pool_of("\xef\xbb\xbf"
                "name,Username,password,EMAIL\r\n# staging accounts\r\n\r\n"
                "x,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n y , c , d ,\n");
    assert_int_equal(identity_pool_size(pool), 2);
    struct identity one, two;
    assert_true(identity_take(pool, 1, &one));
    assert_true(identity_take(pool, 1, &two));
    struct identity *first = one.index == 0 ? &one : &two;
    struct identity *second = one.index == 0 ? &two : &one;
    check_span(first->username, "a,b");
    check_span(first->password, "say \"hi\"");
    check_span(first->email, "two\nlines");
    check_span(identity_value(pool, first, "NAME"), "x");
    check_span(identity_value(pool, first, "absent"), NULL);
    check_span(second->username, "c");
    check_span(second->email, "");

    AUTO(identity_pool_freep) struct identity_pool *plain = pool_of("username,password\na,b\n");
    assert_true(identity_take(plain, 1, &one));
    check_span(one.email, NULL);
}

static void test_pool__errors_name_the_line_and_no_secret(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        const char *says;
    } rows[] = {
        { "", E_FORMAT, ":1: the header line" },
        { "anna,hunter2\n", E_FORMAT, ":1: the header line" },
        { "username,password\n", E_FORMAT, "no account" },
        { "username,password\na,b\nc,hunter2,d\n", E_FORMAT, ":3: found 3 values, expected 2" },
        { "username,password\na,\n", E_FORMAT, ":2: an account needs" },
        { "username,password\na,\"hunter2\n", E_FORMAT, ":2: a quoted value does not end" },
        { "username,password\na,\"x\"hunter2\n", E_FORMAT,
          ":2: found text behind a closing quote" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity_pool *pool = NULL;
        struct err err = ERR_INIT;
        check_row(load(&pool, rows[i].text, &err) == rows[i].code, rows[i].text);
        check_contains(err.text, rows[i].says);
        assert_null(strstr(err.text, "hunter2"));
        assert_null(pool);
    }
}

static void test_pool__gives_each_account_once(void **state)
{
    (void)state;
    AUTO(identity_pool_freep)
    struct identity_pool *pool = pool_of("username,password\na,1\nb,2\nc,3\n");
    struct identity at[3], none;
    for (uint64_t i = 0; i < 3; i++)
        assert_true(identity_take(pool, i + 100, &at[i]));
    assert_true(at[0].index != at[1].index && at[1].index != at[2].index &&
                at[0].index != at[2].index);
    assert_false(identity_take(pool, 100, &none));
    identity_give_back(pool, &at[1]);
    assert_true(identity_take(pool, 100, &none));
    assert_int_equal(none.index, at[1].index);
}

static void test_pool__a_session_gets_the_same_account_in_every_run(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_add_str(&text, "username,password\n");
    for (int i = 0; i < 100; i++)
        strbuf_addf(&text, "user%d,pass%d\n", i, i);
    AUTO(identity_pool_freep) struct identity_pool *one = pool_of(text.buf);
    AUTO(identity_pool_freep) struct identity_pool *two = pool_of(text.buf);
    for (uint64_t session = 1; session < 50; session++) {
        struct identity a, b;
        assert_true(identity_take(one, session * 7919, &a));
        assert_true(identity_take(two, session * 7919, &b));
        assert_int_equal(a.index, b.index);
        identity_give_back(one, &a);
        identity_give_back(two, &b);
    }
}

enum { WORKERS = 4, ROUNDS = 2000, ACCOUNTS = 3 };

struct shift {
    struct identity_pool *pool;
    atomic_int holders[ACCOUNTS];
    atomic_int clashes;
    pthread_barrier_t begin;
};

static void *work(void *arg)
{
    struct shift *shift = arg;
    struct identity one;
    pthread_barrier_wait(&shift->begin);
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        if (!identity_take(shift->pool, i, &one))
            continue;
        if (atomic_fetch_add(&shift->holders[one.index], 1) != 0)
            atomic_fetch_add(&shift->clashes, 1);
        atomic_fetch_sub(&shift->holders[one.index], 1);
        identity_give_back(shift->pool, &one);
    }
    return NULL;
}

static void test_pool__no_two_threads_hold_one_account(void **state)
{
    (void)state;
    AUTO(identity_pool_freep)
    struct identity_pool *pool = pool_of("username,password\na,1\nb,2\nc,3\n");
    struct shift shift = { .pool = pool };
    pthread_t threads[WORKERS];
    pthread_barrier_init(&shift.begin, NULL, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &shift), 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&shift.begin);
    assert_int_equal(shift.clashes, 0);
    struct identity all[ACCOUNTS];
    for (uint64_t i = 0; i < ACCOUNTS; i++)
        assert_true(identity_take(pool, i, &all[i]));
}

#define P1 "p~AAAAAAAAAAAAAAAAAAAAAA"
#define P2 "p~BBBBBBBBBBBBBBBBBBBBBB"
#define FORM "Content-Type: application/x-www-form-urlencoded\n\n"
#define JSON "Content-Type: application/json\n\n"

static const struct login {
    const char *name, *recorded, *expected;
} logins[] = {
    { "Django",
      "POST /login\n" FORM "csrfmiddlewaretoken=" P1 "&username=" P2 "&password=" P1 "&next=%2F",
      "csrfmiddlewaretoken=" P1 "&username=anna%40staging.test&password=s%26t&next=%2F" },
    { "Rails",
      "POST /users/sign_in\n" FORM "user%5Bemail%5D=" P2 "&user%5Bpassword%5D=" P1
      "&user[remember_me]=1",
      "user%5Bemail%5D=anna%40staging.test&user%5Bpassword%5D=s%26t&user[remember_me]=1" },
    { "Spring", "POST /login\n" FORM "j_username=" P2 "&j_password=" P1,
      "j_username=anna%40staging.test&j_password=s%26t" },
    { "WordPress", "POST /wp-login.php\n" FORM "log=" P2 "&pwd=" P1 "&wp-submit=Log+In",
      "log=anna%40staging.test&pwd=s%26t&wp-submit=Log+In" },
    { "a form of unknown type", "POST /login\n\nlogin=" P2 "&passwd=" P1,
      "login=anna%40staging.test&passwd=s%26t" },
    { "JSON",
      "POST /api/login\n" JSON "{\"email\":\"" P2 "\",\"password\":\"" P1 "\",\"remember\":true}",
      "{\"email\":\"anna@staging.test\",\"password\":\"s&t\",\"remember\":true}" },
    { "nested JSON",
      "POST /api/login\n" JSON "{ \"user\" : { \"login\" : \"" P2 "\", \"pass\" : \"" P1 "\" } }",
      "{ \"user\" : { \"login\" : \"anna@staging.test\", \"pass\" : \"s&t\" } }" },
    { "GraphQL variables",
      "POST /graphql\n" JSON
      "{\"query\":\"mutation L($u:String!){login(u:$u){ok}}\",\"variables\":{\"username\":\"" P2
      "\",\"password\":\"" P1 "\"}}",
      "{\"query\":\"mutation "
      "L($u:String!){login(u:$u){ok}}\",\"variables\":{\"username\":\"anna@staging.test\","
      "\"password\":\"s&t\"}}" },
    { "multipart",
      "POST /login\nContent-Type: multipart/form-data; "
      "boundary=\"b\"\n\n--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n" P2
      "\r\n--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" P1 "\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data; "
      "name=\"email\"\r\n\r\nanna@staging.test\r\n--b\r\nContent-Disposition: form-data; "
      "name=\"password\"\r\n\r\ns&t\r\n--b--\r\n" },
};

static const struct identity anna = { .username = { "anna@staging.test", 17 },
                                      .password = { "s&t", 3 } };

static void test_login__gets_the_account_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of(logins[i].recorded, &arena);
        check_row(request_is_login(&request), logins[i].name);
        check_row(identity_apply(&anna, &request, 0, &arena), logins[i].name);
        check_span(request.body, logins[i].expected);
        assert_int_equal(request.body_bytes, request.body.len);
    }
}

static void test_login__a_field_for_an_address_gets_the_address(void **state)
{
    (void)state;
    AUTO(identity_pool_freep)
    struct identity_pool *pool =
        pool_of("username,password,email\nanna,secret,anna@staging.test\n");
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct identity account;
    assert_true(identity_take(pool, 1, &account));
    struct http_request request =
        request_of("POST /join\n" FORM "login=x&user[email]=y&user[password]=z", &arena);
    assert_true(identity_apply(&account, &request, 0, &arena));
    check_span(request.body, "login=anna&user[email]=anna%40staging.test&user[password]=secret");
}

static void test_login__basic_authorization_gets_the_account(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = request_of("GET /\nAuthorization: Basic " P1 "\n\n", &arena);
    assert_true(identity_apply(&anna, &request, 0, &arena));
    /* anna@staging.test:s&t */
    check_span(http_fields_value(&request.fields, SPAN("Authorization")),
               "Basic YW5uYUBzdGFnaW5nLnRlc3Q6cyZ0");
}

static void test_login__other_requests_are_left_alone(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "GET /login?password=x\n\n",
        "POST /search\n" FORM "q=password&username=x",
        "POST /api\n" JSON "{\"q\":\"password\",\"email\":\"a@b\"}",
        "GET /\nAuthorization: Bearer " P1 "\n\n",
        "POST /upload\nContent-Type: application/octet-stream\n\npassword=x",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_request request = request_of(rows[i], &arena);
        struct span body = request.body;
        check_row(!request_is_login(&request), rows[i]);
        check_row(!identity_apply(&anna, &request, 0, &arena), rows[i]);
        assert_true(span_eq(request.body, body));
    }
}

static void test_login__a_second_factor_gets_the_code_of_the_moment(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    /* RFC 6238's secret, at 59 s. */
    const struct identity ann = { .username = SPAN("ann"),
                                  .password = SPAN("pw"),
                                  .totp = SPAN("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") };
    static const struct {
        const char *request, *body;
        bool login;
    } rows[] = {
        { "POST /two\nContent-Type: application/x-www-form-urlencoded\n\notp_token=111111&next=%2F",
          "otp_token=287082&next=%2F", true },
        { "POST /two\nContent-Type: application/json\n\n{\"totp\":\"111111\"}",
          "{\"totp\":\"287082\"}", true },
        { "POST /in\nContent-Type: "
          "application/x-www-form-urlencoded\n\nusername=x&password=y&otp=1",
          "username=ann&password=pw&otp=287082", true },
        { "POST /cart\nContent-Type: application/x-www-form-urlencoded\n\nid=1&code=2",
          "id=1&code=2", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_request request = request_of(rows[i].request, &arena);
        check_row(identity_apply(&ann, &request, 59, &arena) == rows[i].login, rows[i].request);
        check_span(request.body, rows[i].body);
    }
}

static void test_pool__an_account_that_is_to_blame_is_not_given_again(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(identity_pool_freep)
    struct identity_pool *pool = pool_of("username,password\na,b\nc,d\n");
    struct identity one, two, none;
    assert_true(identity_take(pool, 1, &one));
    identity_failed(pool, &one, SPAN("refused"), true);
    identity_give_back(pool, &one);
    assert_true(span_is_none(identity_pool_spent(pool, &arena)));

    /* The other one fails through no fault of its own: three times in a row are too many. */
    for (int i = 0; i < 2; i++) {
        assert_true(identity_take(pool, 1, &two));
        assert_int_not_equal(two.index, one.index);
        identity_failed(pool, &two, SPAN("no answer"), false);
        identity_give_back(pool, &two);
    }
    assert_true(identity_take(pool, 1, &two));
    identity_worked(pool, &two);
    identity_give_back(pool, &two);
    for (int i = 0; i < IDENTITY_TRIES; i++) {
        assert_true(identity_take(pool, 1, &two));
        identity_failed(pool, &two, SPAN("no answer"), false);
        identity_give_back(pool, &two);
    }
    assert_false(identity_take(pool, 1, &none));
    check_span(identity_pool_spent(pool, &arena), "no answer");
}

static void test_pool__made_accounts_come_from_the_seed(void **state)
{
    (void)state;
    const unsigned char key[IDENTITY_KEY_BYTES] = { 1 }, other[IDENTITY_KEY_BYTES] = { 2 };
    AUTO(identity_pool_freep) struct identity_pool *a = identity_pool_make(3, 7, key);
    AUTO(identity_pool_freep) struct identity_pool *b = identity_pool_make(3, 7, key);
    AUTO(identity_pool_freep) struct identity_pool *c = identity_pool_make(3, 7, other);
    AUTO(identity_pool_freep) struct identity_pool *d = identity_pool_make(3, 8, key);
    struct identity first, same, elsewhere, another;
    assert_int_equal(identity_pool_size(a), 3);
    assert_true(identity_take(a, 5, &first));
    assert_true(identity_take(b, 5, &same));
    assert_true(identity_take(c, 5, &elsewhere));
    assert_true(identity_take(d, 5, &another));
    assert_true(span_eq(first.username, same.username));
    assert_true(span_eq(first.password, same.password));
    assert_true(span_eq(first.username, elsewhere.username));
    assert_false(span_eq(first.password, elsewhere.password));
    assert_false(span_eq(first.username, another.username));
    assert_true(span_ends(first.email, SPAN("@example.com")));
    assert_false(identity_is_registered(a, &first));
    identity_registered(a, &first);
    assert_true(identity_is_registered(a, &first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__reads_what_spreadsheets_write),
        cmocka_unit_test(test_pool__errors_name_the_line_and_no_secret),
        cmocka_unit_test(test_pool__gives_each_account_once),
        cmocka_unit_test(test_pool__no_two_threads_hold_one_account),
        cmocka_unit_test(test_pool__a_session_gets_the_same_account_in_every_run),
        cmocka_unit_test(test_login__gets_the_account_in_every_form),
        cmocka_unit_test(test_login__a_field_for_an_address_gets_the_address),
        cmocka_unit_test(test_login__basic_authorization_gets_the_account),
        cmocka_unit_test(test_login__other_requests_are_left_alone),
        cmocka_unit_test(test_login__a_second_factor_gets_the_code_of_the_moment),
        cmocka_unit_test(test_pool__an_account_that_is_to_blame_is_not_given_again),
        cmocka_unit_test(test_pool__made_accounts_come_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
