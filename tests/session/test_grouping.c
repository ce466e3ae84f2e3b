#include <stdio.h>

#include "support/check.h"

#include "rehearse/session/grouping.h"
#include "session/messages.h"

static const int64_t second = 1000000;
static const int64_t start = INT64_C(1772874900) * 1000000;

struct scene {
    struct grouping *grouping;
    struct arena arena;
};

static int set_up(void **state)
{
    struct scene *s = test_calloc(1, sizeof *s);
    s->grouping = grouping_new(NULL);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    grouping_free(s->grouping);
    arena_release(&s->arena);
    test_free(s);
    return 0;
}

static struct grouped place(struct scene *s, const char *client, int64_t at_s, const char *request,
                            const char *response)
{
    struct exchange x = exchange_of(request, response, &s->arena);
    x.client = span_of(client);
    x.start_us = start + at_s * second;
    return grouping_place(s->grouping, &x);
}

static void test_grouping__the_sources_word_comes_first(void **state)
{
    struct scene *s = *state;
    struct exchange x = exchange_of("GET /\nCookie: sid=aaaaaaaa1\n\n", NULL, &s->arena);
    x.session = 7;
    struct grouped g = grouping_place(s->grouping, &x);
    assert_int_equal(g.session, 7);
    assert_string_equal(g.how, "source");
}

/* An entry of a recording whose maker is unknown. */
static struct grouped place_recorded(struct scene *s, uint64_t recording, int64_t at_s,
                                     const char *request, const char *response)
{
    struct exchange x = exchange_of(request, response, &s->arena);
    x.session = recording;
    x.marks |= MARK_SESSION_OF_RECORDING;
    x.start_us = start + at_s * second;
    return grouping_place(s->grouping, &x);
}

#define FIREFOX "User-Agent: Firefox\n"
#define CHROME "User-Agent: Chrome\n"

static void test_grouping__a_recording_without_contradiction_is_one_visitor(void **state)
{
    struct scene *s = *state;
    static const char *const entries[][2] = {
        { "GET /\n" FIREFOX "\n", "200\nSet-Cookie: sid=aaaaaaaa1; HttpOnly\n\n" },
        { "POST /login\n" FIREFOX "Cookie: sid=aaaaaaaa1\n\n",
          "303\nSet-Cookie: sid=bbbbbbbb2; HttpOnly\n\n" },
        { "GET /account\n" FIREFOX "Cookie: sid=bbbbbbbb2\n\n", "200\n\n" },
        { "POST /logout\n" FIREFOX "Cookie: sid=bbbbbbbb2\n\n",
          "303\nSet-Cookie: sid=; Max-Age=0\n\n" },
        { "GET /\n" FIREFOX "\n", "200\n\n" },
    };
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct grouped g = place_recorded(s, 7, (int64_t)i, entries[i][0], entries[i][1]);
        assert_int_equal(g.session, 7);
        assert_string_equal(g.how, "source");
    }
}

static void test_grouping__a_second_user_agent_shows_that_a_recording_holds_several(void **state)
{
    struct scene *s = *state;
    struct grouped first = place_recorded(s, 7, 0, "GET /\n" FIREFOX "\n", NULL);
    struct grouped other = place_recorded(s, 7, 1, "GET /\n" CHROME "\n", NULL);
    struct grouped again = place_recorded(s, 7, 2, "GET /\n" FIREFOX "\n", NULL);
    struct grouped elsewhere = place_recorded(s, 8, 3, "GET /\n" CHROME "\n", NULL);
    assert_int_equal(first.session, 7);
    assert_true(other.session != 7 && other.heuristic);
    assert_int_equal(again.session, 7);
    assert_true(elsewhere.session != other.session);
}

static void test_grouping__a_strangers_cookie_shows_that_a_recording_holds_several(void **state)
{
    struct scene *s = *state;
    struct grouped a = place_recorded(s, 7, 0, "GET /\n" FIREFOX "Cookie: sid=aaaaaaaa1\n\n", NULL);
    struct grouped b = place_recorded(s, 7, 1, "GET /\n" FIREFOX "Cookie: sid=bbbbbbbb2\n\n", NULL);
    struct grouped a2 =
        place_recorded(s, 7, 2, "GET /\n" FIREFOX "Cookie: sid=aaaaaaaa1\n\n", NULL);
    struct grouped b2 =
        place_recorded(s, 7, 3, "GET /\n" FIREFOX "Cookie: sid=bbbbbbbb2\n\n", NULL);
    assert_int_equal(a.session, 7);
    assert_true(b.session != 7);
    assert_int_equal(a2.session, a.session);
    assert_int_equal(b2.session, b.session);
}

static void test_grouping__in_a_recording_of_several_the_language_tells_who(void **state)
{
    struct scene *s = *state;
    static const char german[] = "GET /\n" FIREFOX "Accept-Language: de\n\n";
    static const char english[] = "GET /\n" FIREFOX "Accept-Language: en\n\n";
    struct grouped first = place_recorded(s, 7, 0, german, NULL);
    struct grouped fetched = place_recorded(s, 7, 1, english, NULL);
    struct grouped newcomer = place_recorded(s, 7, 2, "GET /\n" CHROME "\n", NULL);
    struct grouped other = place_recorded(s, 7, 3, english, NULL);
    struct grouped again = place_recorded(s, 7, 4, german, NULL);
    assert_int_equal(first.session, 7);
    assert_int_equal(fetched.session, 7); /* alone it is no proof: a page may have asked so */
    assert_true(newcomer.session != 7);
    assert_true(other.session != 7 && other.session != newcomer.session);
    assert_int_equal(again.session, 7);
}

static void test_grouping__a_session_cookie_makes_a_session(void **state)
{
    struct scene *s = *state;
    struct grouped a =
        place(s, "10.0.0.1", 0, "GET /\nCookie: theme=dark; sid=aaaaaaaa1\n\n", NULL);
    struct grouped b =
        place(s, "10.0.0.1", 1, "GET /\nCookie: sid=bbbbbbbb2; theme=dark\n\n", NULL);
    struct grouped again = place(s, "10.9.9.9", 9000, "GET /\nCookie: sid=aaaaaaaa1\n\n", NULL);
    assert_true(a.session != 0 && a.session != b.session);
    assert_int_equal(a.session, again.session);
    assert_string_equal(a.how, "cookie");
    check_span(a.cookie, "sid");
    assert_false(a.heuristic);
}

static void test_grouping__a_login_that_rotates_the_cookie_stays_one_session(void **state)
{
    struct scene *s = *state;
    struct grouped before =
        place(s, "10.0.0.1", 0, "GET /login\nCookie: sid=before-the-login\n\n", NULL);
    struct grouped login =
        place(s, "10.0.0.1", 5, "POST /login\nCookie: sid=before-the-login\n\n",
              "302\nSet-Cookie: sid=behind-the-login; HttpOnly\nSet-Cookie: theme=dark\n\n");
    struct grouped after =
        place(s, "10.0.0.2", 60, "GET /account\nCookie: sid=behind-the-login\n\n", NULL);
    assert_int_equal(before.session, login.session);
    assert_int_equal(before.session, after.session);
    assert_int_equal(before.visitor, after.visitor);
}

static void test_grouping__a_cookie_that_changes_with_every_response_stays_one_session(void **state)
{
    struct scene *s = *state;
    uint64_t first = 0;
    for (int i = 0; i < 50; i++) {
        char request[128], response[128];
        snprintf(request, sizeof request, "GET /\nCookie: laravel_session=value-number-%d\n\n", i);
        snprintf(response, sizeof response, "200\nSet-Cookie: laravel_session=value-number-%d\n\n",
                 i + 1);
        struct grouped g = place(s, "10.0.0.1", i, request, response);
        if (i == 0)
            first = g.session;
        assert_int_equal(g.session, first);
    }
}

static void test_grouping__the_first_visit_joins_the_cookie_it_was_given(void **state)
{
    struct scene *s = *state;
    struct grouped first = place(s, "10.0.0.1", 0, "GET /\nUser-Agent: F\n\n",
                                 "200\nSet-Cookie: connect.sid=s%3Aone-visitor\n\n");
    struct grouped next = place(
        s, "10.0.0.1", 1, "GET /a\nUser-Agent: F\nCookie: connect.sid=s%3Aone-visitor\n\n", NULL);
    assert_int_equal(first.session, next.session);
    assert_string_equal(first.how, "cookie");
}

static void test_grouping__a_new_cookie_takes_over_the_anonymous_pages_before(void **state)
{
    struct scene *s = *state;
    struct grouped page = place(s, "10.0.0.1", 0, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped login = place(s, "10.0.0.1", 20, "POST /login\nUser-Agent: F\n\n",
                                 "302\nSet-Cookie: sid=first-person\n\n");
    assert_true(page.heuristic);
    assert_int_equal(page.session, login.session);
    /* The next person behind that address does not join. */
    struct grouped other = place(s, "10.0.0.1", 30, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped second_login = place(s, "10.0.0.1", 31, "POST /login\nUser-Agent: F\n\n",
                                        "302\nSet-Cookie: sid=second-person\n\n");
    assert_true(other.session != login.session);
    assert_int_equal(other.session, second_login.session);
}

static void test_grouping__a_returning_visitor_joins_no_old_anonymous_visit(void **state)
{
    struct scene *s = *state;
    struct grouped page = place(s, "10.0.0.1", 0, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped known =
        place(s, "10.0.0.1", 60, "GET /\nUser-Agent: F\nCookie: sid=came-before\n\n", NULL);
    assert_true(page.session != known.session);
}

static void test_grouping__a_login_without_its_set_cookie_stays_one_session(void **state)
{
    struct scene *s = *state;
    const char *login = "POST /login\nUser-Agent: F\nCookie: sid=before-the-login\n\n";
    const char *after = "GET /account\nUser-Agent: F\nCookie: sid=behind-the-login\n\n";
    const char *other = "GET /\nUser-Agent: F\nCookie: sid=somebody-else-there\n\n";
    struct grouped a = place(s, "10.0.0.1", 0, login, "302\n\n");
    struct grouped elsewhere = place(s, "10.0.0.2", 1, other, NULL);
    struct grouped b = place(s, "10.0.0.1", 1, after, NULL);
    struct grouped c =
        place(s, "10.0.0.1", 2, "GET /\nUser-Agent: F\nCookie: sid=third-person-there\n\n", NULL);
    assert_int_equal(a.session, b.session);
    assert_true(elsewhere.session != a.session && c.session != a.session);
    /* Behind a GET, or much later, a new value is another visitor. */
    struct grouped d =
        place(s, "10.0.0.3", 0, "GET /\nUser-Agent: F\nCookie: sid=dddddddd1\n\n", NULL);
    struct grouped e =
        place(s, "10.0.0.3", 1, "GET /\nUser-Agent: F\nCookie: sid=eeeeeeee2\n\n", NULL);
    assert_true(d.session != e.session);
    struct grouped f =
        place(s, "10.0.0.4", 0, "POST /\nUser-Agent: F\nCookie: sid=ffffffff1\n\n", NULL);
    struct grouped g =
        place(s, "10.0.0.4", 60, "GET /\nUser-Agent: F\nCookie: sid=gggggggg2\n\n", NULL);
    assert_true(f.session != g.session);
}

static void test_grouping__a_deleted_cookie_links_nothing(void **state)
{
    struct scene *s = *state;
    struct grouped a = place(s, "10.0.0.1", 0, "POST /logout\nCookie: sid=aaaaaaaa1\n\n",
                             "302\nSet-Cookie: sid=deleted-value; Max-Age=0\n\n");
    struct grouped b = place(s, "10.0.0.2", 1, "GET /\nCookie: sid=deleted-value\n\n", NULL);
    assert_true(a.session != b.session);
}

static void test_grouping__short_values_are_nobodys_session(void **state)
{
    struct scene *s = *state;
    struct grouped g = place(s, "10.0.0.1", 0, "GET /\nCookie: session=guest\n\n", NULL);
    assert_true(g.heuristic);
}

static void test_grouping__the_users_names_are_taken_at_their_word(void **state)
{
    (void)state;
    static const char *const names[] = { "who", NULL };
    struct grouping_options options = { .cookies = names };
    AUTO(grouping_freep) struct grouping *grouping = grouping_new(&options);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_of("GET /\nCookie: sid=aaaaaaaa1; who=7\n\n", NULL, &arena);
    struct exchange y = exchange_of("GET /\nCookie: sid=aaaaaaaa1; who=8\n\n", NULL, &arena);
    struct grouped a = grouping_place(grouping, &x), b = grouping_place(grouping, &y);
    check_span(a.cookie, "who");
    assert_true(a.session != b.session);
}

static void test_grouping__a_renewed_jwt_is_the_same_visitor(void **state)
{
    struct scene *s = *state;
    /* {"sub":"user-42","iat":1} and {"sub":"user-42","iat":2} */
    struct grouped a = place(s, "10.0.0.1", 0,
                             "GET /\nAuthorization: Bearer eyJhbGciOiJub25lIn0."
                             "eyJzdWIiOiJ1c2VyLTQyIiwiaWF0IjoxfQ.c2ln\n\n",
                             NULL);
    struct grouped b = place(s, "10.0.0.2", 0,
                             "GET /\nAuthorization: Bearer eyJhbGciOiJub25lIn0."
                             "eyJzdWIiOiJ1c2VyLTQyIiwiaWF0IjoyfQ.b3RoZXI\n\n",
                             NULL);
    assert_string_equal(a.how, "bearer");
    assert_int_equal(a.session, b.session);
}

static void test_grouping__a_cookie_renewed_by_a_script_goes_by_its_sid(void **state)
{
    struct scene *s = *state;
    /* {"sid":"sess_1","exp":1}, the same with "exp":2, and another sid */
    struct grouped a = place(
        s, "10.0.0.1", 0,
        "GET /\nCookie: __session=eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZXNzXzEiLCJleHAiOjF9.c2ln\n\n",
        NULL);
    struct grouped b = place(
        s, "10.0.0.2", 90,
        "GET /\nCookie: __session=eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZXNzXzEiLCJleHAiOjJ9.c2ln\n\n",
        NULL);
    struct grouped c = place(
        s, "10.0.0.3", 0,
        "GET /\nCookie: __session=eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZXNzXzIiLCJleHAiOjF9.c2ln\n\n",
        NULL);
    assert_int_equal(a.session, b.session);
    assert_true(a.session != c.session);
}

static void test_grouping__basic_goes_by_the_user_not_the_password(void **state)
{
    struct scene *s = *state;
    /* anna:one, anna:two, bert:one */
    struct grouped a =
        place(s, "10.0.0.1", 0, "GET /\nAuthorization: Basic YW5uYTpvbmU=\n\n", NULL);
    struct grouped b =
        place(s, "10.0.0.2", 0, "GET /\nAuthorization: Basic YW5uYTp0d28=\n\n", NULL);
    struct grouped c =
        place(s, "10.0.0.3", 0, "GET /\nAuthorization: Basic YmVydDpvbmU=\n\n", NULL);
    assert_int_equal(a.session, b.session);
    assert_true(a.session != c.session);
}

static void test_grouping__address_and_agent_are_cut_at_idle_gaps(void **state)
{
    struct scene *s = *state;
    struct grouped a = place(s, "10.0.0.1", 0, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped b = place(s, "10.0.0.1", 1799, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped c = place(s, "10.0.0.1", 1799 + 1801, "GET /\nUser-Agent: F\n\n", NULL);
    struct grouped other = place(s, "10.0.0.1", 0, "GET /\nUser-Agent: G\n\n", NULL);
    assert_int_equal(a.session, b.session);
    assert_true(a.session != c.session);
    assert_int_equal(a.visitor, c.visitor);
    assert_true(a.visitor != other.visitor);
    assert_true(a.heuristic);
}

static void test_grouping__the_logs_user_stands_above_the_address(void **state)
{
    struct scene *s = *state;
    struct exchange x = exchange_of("GET /\nUser-Agent: F\n\n", NULL, &s->arena);
    struct exchange y = x;
    x.client = SPAN("10.0.0.1");
    y.client = SPAN("10.0.0.2");
    x.user = y.user = SPAN("anna");
    struct grouped a = grouping_place(s->grouping, &x), b = grouping_place(s->grouping, &y);
    assert_int_equal(a.session, b.session);
    assert_string_equal(a.how, "user");
    assert_false(a.heuristic);
}

static void test_grouping__ids_are_the_same_in_another_run(void **state)
{
    (void)state;
    AUTO(grouping_freep) struct grouping *one = grouping_new(NULL);
    AUTO(grouping_freep) struct grouping *two = grouping_new(NULL);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange x = exchange_of("GET /\nUser-Agent: F\n\n", NULL, &arena);
    x.client = SPAN("10.0.0.1");
    x.start_us = start;
    assert_int_equal(grouping_place(one, &x).session, grouping_place(two, &x).session);
}

static void test_grouping__forgets_the_oldest_and_goes_on(void **state)
{
    struct scene *s = *state;
    uint64_t last = 0;
    for (int i = 0; i < 400000; i++) {
        char cookie[40];
        int len = snprintf(cookie, sizeof cookie, "sid=visitor-%d", i);
        struct http_field field = { SPAN("Cookie"), span_make(cookie, (size_t)len), 0 };
        struct exchange x = exchange_blank();
        x.request.fields = (struct http_fields){ &field, 1, 1 };
        x.start_us = start + i;
        last = grouping_place(s->grouping, &x).session;
    }
    assert_int_equal(place(s, "10.0.0.1", 1, "GET /\nCookie: sid=visitor-399999\n\n", NULL).session,
                     last);
}

static void test_sample__is_stable_and_near_its_share(void **state)
{
    (void)state;
    int in = 0;
    for (uint64_t v = 1; v <= 100000; v++) {
        bool kept = grouping_in_sample(v, 0.1);
        in += kept;
        assert_int_equal(kept, grouping_in_sample(v, 0.1));
        /* A larger share keeps all that a smaller one keeps. */
        assert_true(!kept || grouping_in_sample(v, 0.2));
        assert_true(grouping_in_sample(v, 1.0));
        assert_false(grouping_in_sample(v, 0.0));
    }
    assert_in_range(in, 9700, 10300);
    /* The same visitors on every machine, in every version. */
    assert_true(grouping_in_sample(5, 0.5) == grouping_in_sample(5, 0.5));
}

int main(void)
{
#define scene_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        scene_test(test_grouping__the_sources_word_comes_first),
        scene_test(test_grouping__a_recording_without_contradiction_is_one_visitor),
        scene_test(test_grouping__a_second_user_agent_shows_that_a_recording_holds_several),
        scene_test(test_grouping__in_a_recording_of_several_the_language_tells_who),
        scene_test(test_grouping__a_strangers_cookie_shows_that_a_recording_holds_several),
        scene_test(test_grouping__a_session_cookie_makes_a_session),
        scene_test(test_grouping__a_login_that_rotates_the_cookie_stays_one_session),
        scene_test(test_grouping__a_cookie_that_changes_with_every_response_stays_one_session),
        scene_test(test_grouping__the_first_visit_joins_the_cookie_it_was_given),
        scene_test(test_grouping__a_new_cookie_takes_over_the_anonymous_pages_before),
        scene_test(test_grouping__a_returning_visitor_joins_no_old_anonymous_visit),
        scene_test(test_grouping__a_login_without_its_set_cookie_stays_one_session),
        scene_test(test_grouping__a_deleted_cookie_links_nothing),
        scene_test(test_grouping__short_values_are_nobodys_session),
        cmocka_unit_test(test_grouping__the_users_names_are_taken_at_their_word),
        scene_test(test_grouping__a_renewed_jwt_is_the_same_visitor),
        scene_test(test_grouping__a_cookie_renewed_by_a_script_goes_by_its_sid),
        scene_test(test_grouping__basic_goes_by_the_user_not_the_password),
        scene_test(test_grouping__address_and_agent_are_cut_at_idle_gaps),
        scene_test(test_grouping__the_logs_user_stands_above_the_address),
        cmocka_unit_test(test_grouping__ids_are_the_same_in_another_run),
        scene_test(test_grouping__forgets_the_oldest_and_goes_on),
        cmocka_unit_test(test_sample__is_stable_and_near_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
