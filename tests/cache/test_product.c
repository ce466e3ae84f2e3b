#include "support/check.h"

#include "rehearse/cache/product.h"
#include "rehearse/cache/profile.h"

static const char *product_of(const char *field, const char *value)
{
    size_t count;
    const struct product_sign *signs = product_signs(&count);
    for (size_t i = 0; i < count; i++)
        if (span_ieq(signs[i].field, span_of(field)) &&
            product_sign_fits(&signs[i], span_of(value)))
            return signs[i].product.ptr;
    return NULL;
}

static void test_product__gives_itself_away_by_a_field(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "cf-ray", "8e1-FRA", "cloudflare" },
        { "X-Amz-Cf-Id", "abc==", "cloudfront" },
        { "X-Cache", "TCP_HIT from a23-1-2-3.deploy.akamaitechnologies.com (AkamaiGHost/1) (-)",
          "akamai" },
        { "X-Cache", "HIT", NULL },
        { "X-Timer", "S1415969775.123456,VS0,VE12", "fastly" },
        { "X-Timer", "12ms", NULL },
        { "X-Varnish", "65562 32771", "varnish" },
        { "X-Varnish", "", NULL },
        { "Via", "http/1.1 edge (ApacheTrafficServer/10.0.0 [cMsSfW])", "trafficserver" },
        { "Via", "1.1 proxy (squid/6.6)", "squid" },
        { "Via", "1.1 GOOGLE", "google" },
        { "Via", "1.1 vegur", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *product = product_of(rows[i][0], rows[i][1]);
        check_span(span_of(product), rows[i][2]);
    }
}

static void test_product__that_is_named_has_a_profile(void **state)
{
    (void)state;
    size_t count;
    const struct product_sign *signs = product_signs(&count);
    for (size_t i = 0; i < count; i++)
        check_row(cache_profile_named(signs[i].product), signs[i].product.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product__gives_itself_away_by_a_field),
        cmocka_unit_test(test_product__that_is_named_has_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
