#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "rehearse/stats/significance.h"

static struct histogram spread(uint64_t from, uint64_t step, unsigned count)
{
    struct histogram h = HISTOGRAM_INIT;
    for (unsigned i = 0; i < count; i++)
        histogram_add(&h, from + i * step);
    return h;
}

static void test_mann_whitney__same_distribution_is_no_difference(void **state)
{
    (void)state;
    struct histogram a = spread(1000, 17, 200), b = spread(1003, 17, 200);
    struct mann_whitney m = mann_whitney(&a, &b);
    assert_true(m.p > 0.5);
    assert_true(fabs(m.superiority - 0.5) < 0.02);
    histogram_release(&a);
    histogram_release(&b);
}

static void test_mann_whitney__shifted_distribution_is_one(void **state)
{
    (void)state;
    struct histogram a = spread(1000, 10, 40), b = spread(3000, 10, 40), none = HISTOGRAM_INIT;
    struct mann_whitney m = mann_whitney(&a, &b);
    assert_true(m.p < 1e-9);
    assert_true(m.superiority == 1.0);
    assert_true(mann_whitney(&a, &none).p == 1.0);
    histogram_release(&a);
    histogram_release(&b);
}

static void test_sign_test__exact_values(void **state)
{
    (void)state;
    assert_true(sign_test_p(0, 0) == 1);
    assert_true(fabs(sign_test_p(1, 0) - 1) < 1e-9);
    assert_true(fabs(sign_test_p(8, 0) - 2.0 / 256) < 1e-9);
    assert_true(fabs(sign_test_p(5, 5) - 1) < 1e-9);
    assert_true(sign_test_p(700, 500) < 1e-6);
    assert_true(sign_test_p(603, 600) > 0.5);
}

static void test_two_shares__far_apart_and_close(void **state)
{
    (void)state;
    assert_true(two_shares_p(90, 100, 20, 100) < 1e-9);
    assert_true(two_shares_p(50, 100, 48, 100) > 0.5);
    assert_true(two_shares_p(100, 100, 100, 100) == 1);
    assert_true(two_shares_p(0, 0, 1, 1) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mann_whitney__same_distribution_is_no_difference),
        cmocka_unit_test(test_mann_whitney__shifted_distribution_is_one),
        cmocka_unit_test(test_sign_test__exact_values),
        cmocka_unit_test(test_two_shares__far_apart_and_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
