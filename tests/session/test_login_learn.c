#include "support/check.h"

#include "rehearse/session/login_learn.h"
#include "session/messages.h"

/* Pseudonyms, as captures have them. */
#define S1 "p~aaaaaaaaaaaaaaaaaaaaaa"
#define S2 "p~bbbbbbbbbbbbbbbbbbbbbb"
#define P1 "p~cccccccccccccccccccccc"

struct message {
    const char *request, *response;
};

enum { LONGEST = 8 };

struct visit {
    struct message at[LONGEST]; /* up to one without request */
};

static size_t exchanges_of(const struct visit *visit, struct exchange *ret, struct arena *arena)
{
    size_t count = 0;
    for (; count < LONGEST && visit->at[count].request; count++) {
        ret[count] = exchange_of(visit->at[count].request, visit->at[count].response, arena);
        ret[count].marks |= MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    }
    return count;
}

static void see(struct login_learner *learner, const struct visit *visit, unsigned times,
                struct arena *arena)
{
    struct exchange x[LONGEST];
    size_t count = exchanges_of(visit, x, arena);
    while (times--)
        login_learner_see(learner, x, count);
}

static enum session_start start_of(const struct login_learner *learner, const struct visit *visit,
                                   struct arena *arena)
{
    struct exchange x[LONGEST];
    size_t count = exchanges_of(visit, x, arena);
    return login_learner_start_of(learner, x, count);
}

#define FORM "Content-Type: application/x-www-form-urlencoded\n"
#define LOGIN "username=" P1 "&password=" P1

/* Django: the session cookie is given at the login. */
static const struct visit logs_in = { {
    { "GET /account", "302\nLocation: /login?next=/account\n\n" },
    { "GET /login?next=/account",
      "200\nContent-Type: text/html\nSet-Cookie: csrftoken=" S2 "\n\n" },
    { "POST /login\n" FORM "\n" LOGIN "&csrf=" P1,
      "302\nSet-Cookie: sessionid=" S1 "; HttpOnly\nLocation: /account\n\n" },
    { "GET /account\nCookie: sessionid=" S1, "200\n\n" },
} };
static const struct visit mistypes = { {
    { "GET /login", "200\nContent-Type: text/html\n\n" },
    { "POST /login\n" FORM "\n" LOGIN, "200\n\n" },
} };
static const struct visit registers = { {
    { "GET /join", "200\nContent-Type: text/html\n\n" },
    { "POST /join\n" FORM "\nusername=" P1 "&password1=" P1 "&password=" P1 "&password2=" P1,
      "302\nSet-Cookie: sessionid=" S1 "\nLocation: /\n\n" },
} };
static const struct visit is_inside = { {
    { "GET /\nCookie: sessionid=" S2, "200\n\n" },
    { "GET /account\nCookie: sessionid=" S2, "200\n\n" },
} };
static const struct visit is_over = { {
    { "GET /account\nCookie: sessionid=" S2, "302\nLocation: /login?next=/account\n\n" },
} };
static const struct visit looks_around = { { { "GET /\nCookie: csrftoken=" S2, "200\n\n" } } };

static void test_learn__the_login_that_most_visitors_took(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    static const struct visit api = { {
        { "GET /app", "200\nContent-Type: text/html\n\n" },
        { "POST /api/login\nContent-Type: application/json\nReferer: https://shop.example/app\n\n"
          "{\"email\":\"" P1 "\",\"password\":\"" P1 "\"}",
          "200\nContent-Type: application/json\n\n{\"access_token\":\"" S1 "\"}" },
    } };
    see(learner, &mistypes, 5, &arena);
    assert_null(login_learner_plan(learner));
    see(learner, &registers, 5, &arena);
    assert_null(login_learner_plan(learner));
    see(learner, &api, 2, &arena);
    const struct login_plan *plan = login_learner_plan(learner);
    assert_non_null(plan);
    check_span(plan->steps[0].url, "https://shop.example/app");
    check_span(plan->steps[0].recorded->request.target, "/api/login");

    see(learner, &logs_in, 3, &arena);
    plan = login_learner_plan(learner);
    assert_int_equal(plan->count, 1);
    assert_int_equal(plan->steps[0].kind, LOGIN_FORM);
    check_span(plan->steps[0].url, "https://shop.example/login");
    check_span(plan->steps[0].recorded->request.target, "/login");
}

static void test_learn__a_login_without_its_page_is_sent_as_recorded(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    static const struct visit bare = { { { "POST /api/login\nContent-Type: application/json\n\n"
                                           "{\"password\":\"" P1 "\"}",
                                           "200\nSet-Cookie: sid=" S1 "\n\n{}" } } };
    see(learner, &bare, 1, &arena);
    assert_int_equal(login_learner_plan(learner)->steps[0].kind, LOGIN_RECORDED);
}

static void test_start__a_cookie_that_only_logins_give_tells(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    see(learner, &logs_in, 3, &arena);
    see(learner, &looks_around, 3, &arena);
    assert_int_equal(start_of(learner, &is_inside, &arena), START_LOGGED_IN);
    assert_int_equal(start_of(learner, &is_over, &arena), START_ANONYMOUS);
    assert_int_equal(start_of(learner, &logs_in, &arena), START_ANONYMOUS);
    assert_int_equal(start_of(learner, &looks_around, &arena), START_ANONYMOUS);
    static const struct visit only_front = { { { "GET /\nCookie: sessionid=" S2, "200\n\n" } } };
    assert_int_equal(start_of(learner, &only_front, &arena), START_LOGGED_IN);
}

/* PHP: everybody has a session from the first page on. */
static void test_start__a_cookie_that_everybody_has_tells_nothing_but_gates_do(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    static const struct visit php_login = { {
        { "GET /login", "200\nContent-Type: text/html\nSet-Cookie: PHPSESSID=" S1 "\n\n" },
        { "POST /login\nCookie: PHPSESSID=" S1 "\n" FORM "\n" LOGIN,
          "302\nSet-Cookie: PHPSESSID=" S2 "\nLocation: /account\n\n" },
        { "GET /account\nCookie: PHPSESSID=" S2, "200\n\n" },
    } };
    static const struct visit php_visitor = { {
        { "GET /", "200\nSet-Cookie: PHPSESSID=" S1 "\n\n" },
        { "GET /account\nCookie: PHPSESSID=" S1, "302\nLocation: /login\n\n" },
    } };
    static const struct visit returns = { { { "GET /shop\nCookie: PHPSESSID=" S1, "200\n\n" } } };
    static const struct visit member = { { { "GET /shop\nCookie: PHPSESSID=" S1, "200\n\n" },
                                           { "GET /account\nCookie: PHPSESSID=" S1, "200\n\n" } } };
    see(learner, &php_login, 3, &arena);
    see(learner, &php_visitor, 10, &arena);
    assert_int_equal(start_of(learner, &php_visitor, &arena), START_ANONYMOUS);
    assert_int_equal(start_of(learner, &returns, &arena), START_ANONYMOUS);
    assert_int_equal(start_of(learner, &member, &arena), START_LOGGED_IN);
}

/* Logs that do not record Set-Cookie: nobody knows who gave the cookie. */
static void test_start__a_cookie_from_nowhere_tells_by_its_name_or_at_a_gate(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    static const struct visit member = { { { "GET /\nCookie: PHPSESSID=" S1, "200\n\n" },
                                           { "GET /account\nCookie: PHPSESSID=" S1, "200\n\n" } } };
    static const struct visit visitor = { { { "GET /\nCookie: PHPSESSID=" S2, "200\n\n" },
                                            { "GET /account\nCookie: PHPSESSID=" S2,
                                              "302\nLocation: /login\n\n" } } };
    static const struct visit passer_by = { { { "GET /\nCookie: PHPSESSID=" S2, "200\n\n" } } };
    static const struct visit blogger = { {
        { "GET /\nCookie: wordpress_logged_in_0a=" S2, "200\n\n" },
    } };
    see(learner, &member, 9, &arena);
    see(learner, &passer_by, 9, &arena);
    see(learner, &blogger, 2, &arena);
    assert_int_equal(start_of(learner, &passer_by, &arena), START_ANONYMOUS);
    assert_int_equal(start_of(learner, &member, &arena), START_ANONYMOUS); /* no gate is known */
    assert_int_equal(start_of(learner, &blogger, &arena), START_LOGGED_IN);
    see(learner, &visitor, 1, &arena);
    assert_int_equal(start_of(learner, &member, &arena), START_LOGGED_IN);
    assert_int_equal(start_of(learner, &visitor, &arena), START_ANONYMOUS);
}

static void test_start__tokens_and_basic_tell(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(login_learner_freep) struct login_learner *learner = login_learner_new();
    static const struct {
        struct visit visit;
        enum session_start start;
    } rows[] = {
        { { { { "GET /api\nAuthorization: Bearer " S1, "200\n\n" } } }, START_LOGGED_IN },
        { { { { "GET /api\nAuthorization: Bearer " S1, "401\n\n" } } }, START_ANONYMOUS },
        { { { { "GET /\nAuthorization: Basic " S1, "200\n\n" } } }, START_BASIC },
        { { { { "POST /login\n" FORM "\n" LOGIN, "200\n\n" },
              { "GET /api\nAuthorization: Bearer " S1, "200\n\n" } } },
          START_ANONYMOUS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(start_of(learner, &rows[i].visit, &arena), rows[i].start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learn__the_login_that_most_visitors_took),
        cmocka_unit_test(test_learn__a_login_without_its_page_is_sent_as_recorded),
        cmocka_unit_test(test_start__a_cookie_that_only_logins_give_tells),
        cmocka_unit_test(test_start__a_cookie_that_everybody_has_tells_nothing_but_gates_do),
        cmocka_unit_test(test_start__a_cookie_from_nowhere_tells_by_its_name_or_at_a_gate),
        cmocka_unit_test(test_start__tokens_and_basic_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
