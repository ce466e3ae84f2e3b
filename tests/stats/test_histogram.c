#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "rehearse/stats/histogram.h"

/* Between two others, so that neither end of the range is what is read. */
static double read_back(uint64_t value)
{
    struct histogram h = HISTOGRAM_INIT;
    histogram_add(&h, 0);
    histogram_add(&h, value);
    histogram_add(&h, UINT64_MAX);
    assert_true(h.len < 2000);
    double middle = histogram_quantile(&h, 0.5);
    histogram_release(&h);
    return middle;
}

static void test_histogram__value_reads_back_within_its_bucket(void **state)
{
    (void)state;
    for (uint64_t v = 0; v < 5000000; v = v * 9 / 8 + 1)
        assert_true(fabs(read_back(v) - (double)v) <= (double)v * 0.032 + 0.5);
}

static void test_histogram__buckets_rise_with_values(void **state)
{
    (void)state;
    struct histogram h = HISTOGRAM_INIT;
    size_t last = 1;
    for (uint64_t v = 0; v < 100000; v++) {
        histogram_add(&h, v);
        assert_true(h.len == last || h.len == last + 1);
        last = h.len;
    }
    histogram_release(&h);
}

static void test_histogram__quantiles(void **state)
{
    (void)state;
    struct histogram h = HISTOGRAM_INIT;
    assert_true(isnan(histogram_quantile(&h, 0.5)));
    for (uint64_t v = 1; v <= 1000; v++)
        histogram_add(&h, v);
    assert_int_equal(h.total, 1000);
    assert_int_equal(h.min, 1);
    assert_int_equal(h.max, 1000);
    assert_true(fabs(histogram_quantile(&h, 0.5) - 500) < 17);
    assert_true(fabs(histogram_quantile(&h, 0.95) - 950) < 32);
    assert_true(histogram_quantile(&h, 1.0) == 1000);
    histogram_release(&h);
}

static void test_histogram__scaled_values_are_so_many_times_as_large(void **state)
{
    (void)state;
    struct histogram h = HISTOGRAM_INIT, twice = HISTOGRAM_INIT, most = HISTOGRAM_INIT;
    for (uint64_t v = 1; v <= 1000; v++)
        histogram_add(&h, v);
    histogram_add_scaled(&twice, &h, 2);
    assert_int_equal(twice.total, 1000);
    for (double q = 0.1; q < 1; q += 0.1)
        assert_true(fabs(histogram_quantile(&twice, q) - 2000 * q) <= 2000 * q * 0.064 + 1);
    histogram_add_scaled(&most, &h, 1e300);
    assert_int_equal(most.total, 1000);
    histogram_release(&h);
    histogram_release(&twice);
    histogram_release(&most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram__value_reads_back_within_its_bucket),
        cmocka_unit_test(test_histogram__buckets_rise_with_values),
        cmocka_unit_test(test_histogram__quantiles),
        cmocka_unit_test(test_histogram__scaled_values_are_so_many_times_as_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
