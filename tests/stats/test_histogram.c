#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "rehearse/stats/histogram.h"

static void test_histogram__value_reads_back_within_its_bucket(void **state)
{
    (void)state;
    for (uint64_t v = 0; v < 5000000; v = v * 9 / 8 + 1) {
        double middle = histogram_middle(histogram_bucket(v));
        assert_true(fabs(middle - (double)v) <= (double)v * 0.032 + 0.5);
    }
    assert_true(histogram_bucket(UINT64_MAX) < 2000);
}

static void test_histogram__buckets_rise_with_values(void **state)
{
    (void)state;
    size_t last = 0;
    for (uint64_t v = 0; v < 100000; v++) {
        size_t bucket = histogram_bucket(v);
        assert_true(bucket == last || bucket == last + 1);
        last = bucket;
    }
}

static void test_histogram__quantiles_and_merge(void **state)
{
    (void)state;
    struct histogram a = HISTOGRAM_INIT, b = HISTOGRAM_INIT;
    assert_true(isnan(histogram_quantile(&a, 0.5)));
    for (uint64_t v = 1; v <= 500; v++)
        histogram_add(&a, v);
    for (uint64_t v = 501; v <= 1000; v++)
        histogram_add(&b, v);
    histogram_merge(&a, &b);
    assert_int_equal(a.total, 1000);
    assert_int_equal(a.min, 1);
    assert_int_equal(a.max, 1000);
    assert_true(fabs(histogram_quantile(&a, 0.5) - 500) < 17);
    assert_true(fabs(histogram_quantile(&a, 0.95) - 950) < 32);
    assert_true(histogram_quantile(&a, 1.0) == 1000);
    assert_true(fabs(histogram_mean(&a) - 500.5) < 10);
    histogram_release(&a);
    histogram_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram__value_reads_back_within_its_bucket),
        cmocka_unit_test(test_histogram__buckets_rise_with_values),
        cmocka_unit_test(test_histogram__quantiles_and_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
