/* Who is logged in when, by what was recorded of a session. */
#include "visitor_standing.h"
#include "support/check.h"

enum { MAX = 8 };

/* Lines: "GET /a 200", "POST /login 302 /account", with "+sid" the answer gives a session, with
 * "=sid" the request brings one, with "?" its cookies were not recorded, with "!" its body. */
static struct exchange exchange_of(const char *line, struct arena *arena)
{
    struct exchange x = exchange_blank();
    struct span rest = span_of(line);
    uint64_t status = 0;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    x.request.authority = SPAN("shop.example");
    x.request.method = span_cut(&rest, ' ');
    x.request.target = span_cut(&rest, ' ');
    assert_true(span_to_u64(span_cut(&rest, ' '), &status));
    x.response.status = (int)status;
    while (!span_is_none(rest)) {
        struct span word = span_cut(&rest, ' ');
        if (span_eq(word, SPAN("+sid")))
            http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), SPAN("sessionid=p~1"));
        else if (span_eq(word, SPAN("=sid")))
            http_fields_add(&x.request.fields, arena, SPAN("Cookie"), SPAN("sessionid=p~1"));
        else if (span_eq(word, SPAN("!")))
            x.marks |= MARK_REQUEST_BODY_MISSING;
        else if (span_eq(word, SPAN("?")))
            x.marks &= ~(uint32_t)MARK_ALL_REQUEST_FIELDS;
        else
            http_fields_add(&x.response.fields, arena, SPAN("Location"), word);
    }
    if (span_eq(x.request.method, SPAN("POST")) && !(x.marks & MARK_REQUEST_BODY_MISSING) &&
        span_find(x.request.target, SPAN("login")) >= 0) {
        x.request.body = SPAN("username=p~u&password=p~p");
        http_fields_add(&x.request.fields, arena, SPAN("Content-Type"),
                        SPAN("application/x-www-form-urlencoded"));
    }
    return x;
}

/* A letter for each exchange: a anonymous, m member, u unknown. */
static void standings(const char *const lines[MAX], char ret[MAX + 1])
{
    struct arena arena = ARENA_INIT;
    struct login_learner *learner = login_learner_new();
    struct exchange x[MAX];
    size_t count = 0;
    for (; count < MAX && lines[count]; count++)
        x[count] = exchange_of(lines[count], &arena);
    login_learner_see(learner, x, count);
    struct visitor_standing s = visitor_standing_at_start(learner, x, count);
    for (size_t i = 0; i < count; i++) {
        ret[i] = "uam"[s.now];
        visitor_standing_pass(&s, &x[i]);
    }
    ret[count] = '\0';
    login_learner_free(learner);
    arena_release(&arena);
}

static void test_standing__follows_logins_and_logouts(void **state)
{
    (void)state;
    static const struct {
        const char *lines[MAX];
        const char *expected;
    } rows[] = {
        { { "GET / 200", "POST /login 302 /account +sid", "GET /account 200 =sid",
            "POST /logout 302 / =sid", "GET / 200" },
          "aamma" },
        /* The page again: it did not work. */
        { { "POST /login 401", "GET /account 302 /login" }, "aa" },
        { { "POST /login 302 /login?error", "GET / 200" }, "aa" },
        { { "POST /login 200 +sid", "GET /account 200 =sid" }, "am" },
        /* Turned away: the login is over, or there never was one. */
        { { "POST /login 303 / +sid", "GET /account 302 /login =sid", "GET / 200" }, "ama" },
        { { "GET / 200 =sid", "GET /account 302 /login =sid" }, "aa" },
        /* A session from before, of which nothing is known. */
        { { "GET / 200 =sid", "GET /cart 200 =sid" }, "uu" },
        /* Given in this very session, without a login. */
        { { "GET / 200 +sid", "GET /cart 200 =sid" }, "aa" },
        { { "GET / 200 ?", "GET /cart 200 ?" }, "uu" },
        /* Where no cookie is recorded, being turned away tells of that one request. */
        { { "GET /account 302 /login ?", "POST /login 302 / ? !", "GET / 200 ?" }, "uuu" },
        /* A form was sent whose body was not recorded: it may have been the login. */
        { { "GET /account 302 /login", "POST /x 302 / !", "GET / 200" }, "aau" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char found[MAX + 1];
        standings(rows[i].lines, found);
        check_row(span_eq(span_of(found), span_of(rows[i].expected)), found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standing__follows_logins_and_logouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
