#include "support/check.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"

static void test_map__an_empty_one_has_nothing(void **state)
{
    (void)state;
    struct map map = MAP_INIT;
    assert_null(map_get(&map, 1));
    assert_null(map_get(&map, 0));
    map_clear(&map);
    map_release(&map);
}

static void test_map__keeps_many_keys_zero_too(void **state)
{
    (void)state;
    struct map map = MAP_INIT;
    for (uint64_t i = 0; i < 10000; i++) {
        bool made;
        *map_put(&map, i * 64, 0, &made) = i;
        assert_true(made);
    }
    for (uint64_t i = 0; i < 10000; i++) {
        assert_non_null(map_get(&map, i * 64));
        assert_int_equal(*map_get(&map, i * 64), i);
    }
    assert_null(map_get(&map, 1));
    map_release(&map);
}

static void test_map__a_key_that_is_there_keeps_its_value(void **state)
{
    (void)state;
    struct map map = MAP_INIT;
    bool made = true;
    map_put(&map, 7, 70, NULL);
    assert_int_equal(*map_put(&map, 7, 71, &made), 70);
    assert_false(made);
    map_put(&map, 0, 5, NULL);
    assert_int_equal(*map_put(&map, 0, 6, &made), 5);
    assert_false(made);
    map_clear(&map);
    assert_null(map_get(&map, 7));
    assert_null(map_get(&map, 0));
    map_release(&map);
}

static void test_strset__numbers_texts_in_order_of_arrival(void **state)
{
    (void)state;
    AUTO(strset_release) struct strset set = STRSET_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    assert_int_equal(strset_find(&set, SPAN("a")), STRSET_ABSENT);
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(strset_add(&set, arena_printf(&arena, "text %u", i)), i);
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(strset_add(&set, arena_printf(&arena, "text %u", i)), i);
    assert_int_equal(strset_find(&set, SPAN("text 4999")), 4999);
    check_span(strset_text(&set, 17), "text 17");
    assert_int_equal(strset_find(&set, SPAN("text 5000")), STRSET_ABSENT);
}

static void test_strset__owns_its_texts(void **state)
{
    (void)state;
    AUTO(strset_release) struct strset set = STRSET_INIT;
    char text[] = "abc";
    strset_add(&set, span_of(text));
    text[0] = 'x';
    check_span(strset_text(&set, 0), "abc");
    assert_int_equal(strset_add(&set, SPAN("")), 1);
    assert_int_equal(strset_add(&set, SPAN_NONE), 1);
    check_span(strset_text(&set, 1), "");
}

static void test_arena__memory_is_aligned_and_stays(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    char *first = arena_alloc(&arena, 3);
    memcpy(first, "abc", 3);
    for (size_t size = 0; size < 20000; size += 97) {
        char *p = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        memset(p, 'x', size);
    }
    assert_memory_equal(first, "abc", 3);
    const char *zeros = arena_calloc(&arena, 100, 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeros[i], 0);
}

static void test_arena__copies_are_terminated_and_none_stays_none(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span copy = arena_copy(&arena, span_head(SPAN("abcdef"), 3));
    assert_string_equal(copy.ptr, "abc");
    check_span(arena_copy(&arena, SPAN_NONE), NULL);
    check_span(arena_copy(&arena, SPAN("")), "");
    check_span(arena_printf(&arena, "%d %s", 7, "x"), "7 x");
    arena_clear(&arena);
    assert_int_equal(arena.used, 0);
    check_span(arena_copy(&arena, SPAN("again")), "again");
}

static void test_hash__is_the_same_on_every_machine(void **state)
{
    (void)state;
    /* XXH3 of nothing, from its own test vectors. */
    assert_true(hash64(SPAN("")) == UINT64_C(0x2d06800538d394c2));
    assert_true(hash64(SPAN_NONE) == hash64(SPAN("")));
    assert_true(hash64(SPAN("a")) != hash64(SPAN("b")));
    assert_true(hash64_seeded(SPAN("a"), 1) != hash64_seeded(SPAN("a"), 2));
    assert_true(hash_mix(hash_mix(0, 1), 2) != hash_mix(hash_mix(0, 2), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map__an_empty_one_has_nothing),
        cmocka_unit_test(test_map__keeps_many_keys_zero_too),
        cmocka_unit_test(test_map__a_key_that_is_there_keeps_its_value),
        cmocka_unit_test(test_strset__numbers_texts_in_order_of_arrival),
        cmocka_unit_test(test_strset__owns_its_texts),
        cmocka_unit_test(test_arena__memory_is_aligned_and_stays),
        cmocka_unit_test(test_arena__copies_are_terminated_and_none_stays_none),
        cmocka_unit_test(test_hash__is_the_same_on_every_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
