#include "support/check.h"

#include <stdio.h>

#include "rehearse/session/learned_marks.h"
#include "rehearse/session/mark_set.h"

static bool note(void *ctx, size_t number)
{
    size_t *found = ctx;
    *found = number + 1;
    return false;
}

/* The number of the first mark in it, from 1; 0: none. */
static size_t first_in(const struct mark_set *set, const char *text)
{
    size_t found = 0;
    mark_set_find(set, span_of(text), note, &found);
    return found;
}

static void test_mark_set__finds_marks_in_every_coding(void **state)
{
    (void)state;
    AUTO(mark_set_freep) struct mark_set *set = mark_set_new();
    assert_true(mark_set_add(set, 0, "e-mail address", SPAN("anna@shop.example")));
    assert_true(mark_set_add(set, 1, "name", SPAN("Bert O'Hara")));
    assert_true(mark_set_add(set, 2, "name", SPAN("\xc3\x85sa Lind")));
    assert_true(mark_set_add(set, 3, "user name", SPAN("shopper1")));
    assert_true(mark_set_add(set, 4, "user name", SPAN("shopper12")));
    assert_true(mark_set_add(set, 5, "phone number", SPAN("+49 170 123")));
    static const struct {
        const char *text;
        size_t found;
    } rows[] = {
        { "anna@shop.example", 1 },
        { "<p>Hello Anna@Shop.Example!</p>", 1 },
        { "/login?next=%2Fme%3Fmail%3Danna%40shop.example", 1 },
        { "{\"mail\":\"anna\\u0040shop.example\"}", 1 },
        { "self.__next_f.push([1,\"\\nanna@shop.example\\n\"])", 1 },
        { "<a title=\"anna&#64;shop.example\">", 1 },
        { "<a title=\"anna&#x40;shop.example\">", 1 },
        { "hanna@shop.example", 0 },
        { "anna@shop.examples", 0 },
        { "anna@shop", 0 },
        { "Bert O&#39;Hara", 2 },
        { "q=bert+o%27hara", 2 },
        { "Bert O\\u0027Hara", 2 },
        { "\xc3\x85sa Lind", 3 },
        { "\\u00c5sa Lind", 3 },
        { "&#197;sa Lind", 3 },
        { "%C3%85sa%20Lind", 3 },
        { "shopper1", 4 },
        { "shopper12", 5 },
        { "shopper123", 0 },
        { "user-shopper1;", 4 },
        { "tel:+49 170 123", 6 },
        { "%", 0 },
        { "\\u00", 0 },
        { "&#", 0 },
        { "&#99999999999;", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(first_in(set, rows[i].text) == rows[i].found, rows[i].text);
}

static void test_mark_set__takes_no_text_that_says_nothing_of_anybody(void **state)
{
    (void)state;
    AUTO(mark_set_freep) struct mark_set *set = mark_set_new();
    static const struct {
        const char *kind, *text;
    } rows[] = {
        { "user name", "anna" },
        { "user name", "Customer" },
        { "name", "Young" },
        { "name", "" },
        { "name", "..." },
        { "address", "Berlin" },
        { "phone number", "+++12+" },
        { "customer number", "10427" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(!mark_set_add(set, 0, rows[i].kind, span_of(rows[i].text)), rows[i].text);
    assert_int_equal(mark_set_count(set), 0);
}

static void test_mark_set__finds_nothing_that_two_members_have(void **state)
{
    (void)state;
    AUTO(mark_set_freep) struct mark_set *set = mark_set_new();
    mark_set_add(set, 0, "name", SPAN("Anna Lind"));
    assert_int_equal(first_in(set, "Anna Lind"), 1);
    mark_set_add(set, 0, "name", SPAN("anna lind"));
    assert_int_equal(first_in(set, "Anna Lind"), 1);
    mark_set_add(set, 1, "name", SPAN("anna lind"));
    assert_int_equal(first_in(set, "Anna Lind"), 0);
}

static void test_mark_set__has_room_for_ten_thousand_members_and_an_end(void **state)
{
    (void)state;
    AUTO(mark_set_freep) struct mark_set *set = mark_set_new();
    char text[160];
    uint32_t member = 0;
    snprintf(text, sizeof text, "member%u@some-provider%u.example", member, member % 977);
    while (mark_set_add(set, member, "e-mail address", span_of(text))) {
        member++;
        snprintf(text, sizeof text, "member%u@some-provider%u.example", member, member % 977);
    }
    assert_in_range(member, 10000, 1000000);
    assert_int_equal(first_in(set, "member9999@some-provider229.example"), 10000);
}

struct hit {
    uint32_t owner;
    char found[64];
};

static bool note_learned(void *ctx, const struct learned_mark *mark, struct span found)
{
    struct hit *hit = ctx;
    hit->owner = mark->owner;
    memcpy(hit->found, found.ptr, found.len);
    hit->found[found.len] = '\0';
    return false;
}

static void test_learned_marks__are_found_whole(void **state)
{
    (void)state;
    AUTO(learned_marks_freep) struct learned_marks *learned = learned_marks_new();
    struct learned_mark mark = { 7, "session token", 42, 3 }, other;
    struct span token = SPAN("s%3Aabcdefghijklmnop.QRSTUV");
    assert_false(learned_marks_add(learned, &mark, token, &other));
    assert_false(learned_marks_add(learned, &mark, token, &other));
    static const struct {
        const char *text;
        bool found;
    } rows[] = {
        { "sid=s%3Aabcdefghijklmnop.QRSTUV; Path=/", true },
        { "s%3Aabcdefghijklmnop.QRSTUV", true },
        { "x%3Aabcdefghijklmnop.QRSTUV", false },
        { "abcdefghijklmnop", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hit hit = { 0 };
        learned_marks_find(learned, span_of(rows[i].text), note_learned, &hit);
        check_row((hit.owner == 7) == rows[i].found, rows[i].text);
    }
    mark.owner = 8;
    assert_true(learned_marks_add(learned, &mark, token, &other));
    assert_int_equal(other.owner, 7);
    assert_int_equal(other.session, 42);
}

static void test_learned_marks__forget_the_oldest_and_stay_bounded(void **state)
{
    (void)state;
    AUTO(learned_marks_freep) struct learned_marks *learned = learned_marks_new();
    struct learned_mark mark = { 1, "session token", 1, 1 }, other;
    char text[32];
    for (unsigned i = 0; i < 3 * LEARNED_KEPT; i++) {
        snprintf(text, sizeof text, "token-%08x-end", i * 2654435761u);
        assert_false(learned_marks_add(learned, &mark, span_of(text), &other));
    }
    struct hit hit = { 0 };
    learned_marks_find(learned, span_of(text), note_learned, &hit);
    assert_int_equal(hit.owner, 1);
    snprintf(text, sizeof text, "token-%08x-end", 0u);
    mark.owner = 2;
    assert_false(learned_marks_add(learned, &mark, span_of(text), &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mark_set__finds_marks_in_every_coding),
        cmocka_unit_test(test_mark_set__takes_no_text_that_says_nothing_of_anybody),
        cmocka_unit_test(test_mark_set__finds_nothing_that_two_members_have),
        cmocka_unit_test(test_mark_set__has_room_for_ten_thousand_members_and_an_end),
        cmocka_unit_test(test_learned_marks__are_found_whole),
        cmocka_unit_test(test_learned_marks__forget_the_oldest_and_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
