/* Which visits count as gone as in production. */
#include "session_outcome.h"
#include "support/check.h"

static struct exchange answered(int status, uint32_t marks)
{
    struct exchange x = exchange_blank();
    x.request.method = SPAN("GET");
    x.request.target = SPAN("/");
    x.response.status = status;
    x.marks = marks;
    return x;
}

static struct session_outcomes outcome_of(int production, const struct exchange *staging)
{
    struct session_outcome o = { 0 };
    struct session_outcomes counts = { 0 };
    struct exchange same = answered(200, 0), p = answered(production, 0);
    session_outcome_add(&o, &same, &same);
    session_outcome_add(&o, &p, staging);
    session_outcome_count(&o, &counts);
    assert_int_equal(counts.sessions, 1);
    return counts;
}

static void test_outcome__every_request_must_be_answered_as_in_production(void **state)
{
    (void)state;
    static const struct {
        int production, staging;
        uint32_t marks;
        unsigned alike;
    } rows[] = {
        { 200, 200, 0, 1 },
        { 304, 200, 0, 1 }, /* a page that the visitor's browser had */
        { 200, 304, 0, 1 },
        { 302, 302, 0, 1 },
        { 302, 200, 0, 0 },
        { 200, 404, 0, 0 },
        { 200, 0, MARK_NOT_SENT, 0 },
        { 200, 200, MARK_FAILED, 0 },
        { 0, 500, 0, 1 }, /* what production answered is not known */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange t = answered(rows[i].staging, rows[i].marks);
        assert_int_equal(outcome_of(rows[i].production, &t).as_in_production, rows[i].alike);
    }
    assert_int_equal(outcome_of(200, NULL).as_in_production, 0);
}

static void test_outcome__members_are_counted_for_themselves(void **state)
{
    (void)state;
    struct session_outcome o = { 0 };
    struct session_outcomes counts = { 0 };
    struct exchange page = answered(200, 0), login = answered(302, 0);
    struct exchange without = answered(200, MARK_CREDENTIAL_UNRESOLVED);
    struct http_field cookie = { SPAN("Cookie"), SPAN("sessionid=p~AAAAAAAAAAAAAAAAAAAAAA"), 0 };
    struct http_field token = { SPAN("Cookie"), SPAN("csrftoken=p~AAAAAAAAAAAAAAAAAAAAAA"), 0 };
    struct exchange member = page, stranger = page;
    member.request.fields = (struct http_fields){ &cookie, 1, 1 };
    stranger.request.fields = (struct http_fields){ &token, 1, 1 };
    login.request.method = SPAN("POST");
    login.request.body = SPAN("username=anna&password=p");
    session_outcome_add(&o, &page, &page);
    session_outcome_count(&o, &counts);
    session_outcome_add(&o, &login, &login);
    session_outcome_count(&o, &counts);
    session_outcome_add(&o, &member, &without);
    session_outcome_add(&o, &page, NULL);
    session_outcome_count(&o, &counts);
    session_outcome_add(&o, &stranger, &without);
    session_outcome_count(&o, &counts);
    assert_int_equal(counts.sessions, 4);
    assert_int_equal(counts.as_in_production, 3);
    assert_int_equal(counts.members, 2);
    assert_int_equal(counts.members_as_in_production, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__every_request_must_be_answered_as_in_production),
        cmocka_unit_test(test_outcome__members_are_counted_for_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
