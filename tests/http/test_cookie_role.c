#include "support/check.h"

#include "rehearse/http/cookie_role.h"

static void test_cookie_role__known_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum cookie_role role;
    } rows[] = {
        { "PHPSESSID", COOKIE_SESSION },
        { "connect.sid", COOKIE_SESSION },
        { "koa.sess.sig", COOKIE_SESSION },
        { "JSESSIONID", COOKIE_SESSION },
        { "SESSION", COOKIE_SESSION },
        { "remember-me", COOKIE_SESSION },
        { "_shop_session", COOKIE_SESSION },
        { "_session_id", COOKIE_SESSION },
        { "sessionid", COOKIE_SESSION },
        { "session", COOKIE_SESSION },
        { "laravel_session", COOKIE_SESSION },
        { "my-shop-session", COOKIE_SESSION },
        { "remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d", COOKIE_SESSION },
        { "ASP.NET_SessionId", COOKIE_SESSION },
        { ".ASPXAUTH", COOKIE_SESSION },
        { ".AspNetCore.CookiesC1", COOKIE_SESSION },
        { "__Secure-next-auth.session-token.0", COOKIE_SESSION },
        { "authjs.session-token", COOKIE_SESSION },
        { "better-auth.session_token", COOKIE_SESSION },
        { "sb-abcdefgh-auth-token.1", COOKIE_SESSION },
        { "wordpress_logged_in_0123456789abcdef0123456789abcdef", COOKIE_SESSION },
        { "wp_woocommerce_session_0123456789abcdef", COOKIE_SESSION },
        { "SSESS0123456789abcdef0123456789abcdef", COOKIE_SESSION },
        { "dwsid", COOKIE_SESSION },
        { "__session", COOKIE_SESSION },
        { "csrftoken", COOKIE_CSRF },
        { "XSRF-TOKEN", COOKIE_CSRF },
        { "_csrf", COOKIE_CSRF },
        { "__Host-authjs.csrf-token", COOKIE_CSRF },
        { "__Host-psifi.x-csrf-token", COOKIE_CSRF },
        { ".AspNetCore.Antiforgery.9TtSrW0hzOs", COOKIE_CSRF },
        { "__RequestVerificationToken", COOKIE_CSRF },
        { "form_key", COOKIE_CSRF },
        { "NEXT_LOCALE", COOKIE_VARIANT },
        { "locale", COOKIE_VARIANT },
        { "lang", COOKIE_VARIANT },
        { "currency", COOKIE_VARIANT },
        { "cart_currency", COOKIE_VARIANT },
        { "cookie_consent", COOKIE_VARIANT },
        { "ab_checkout", COOKIE_VARIANT },
        { "theme", COOKIE_VARIANT },
        { "X-Magento-Vary", COOKIE_VARIANT },
        { "AWSALBCORS", COOKIE_STICKINESS },
        { "BIGipServerpool_web", COOKIE_STICKINESS },
        { "ARRAffinitySameSite", COOKIE_STICKINESS },
        { "__cf_bm", COOKIE_BOT },
        { "incap_ses_1234_567", COOKIE_BOT },
        { "datadome", COOKIE_BOT },
        { "_ga_ABC123", COOKIE_ANALYTICS },
        { "_fbp", COOKIE_ANALYTICS },
        { "_hjSessionUser_1", COOKIE_ANALYTICS },
        { "OptanonConsent", COOKIE_ANALYTICS },
        { "basket_hint", COOKIE_UNKNOWN },
        { "", COOKIE_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(cookie_role(span_of(rows[i].name)) == rows[i].role, rows[i].name);
}

static void test_cookie_role__a_name_without_end_is_unknown(void **state)
{
    (void)state;
    char name[100000];
    memset(name, 's', sizeof name);
    assert_int_equal(cookie_role(span_make(name, sizeof name)), COOKIE_UNKNOWN);
}

static void test_cookie_role__kept_answers_are_the_same(void **state)
{
    (void)state;
    struct cookie_roles kept = { 0 };
    for (int round = 0; round < 2; round++) {
        assert_int_equal(cookie_role_kept(&kept, SPAN("sid")), COOKIE_SESSION);
        assert_int_equal(cookie_role_kept(&kept, SPAN("locale")), COOKIE_VARIANT);
        assert_int_equal(cookie_role_kept(&kept, SPAN("")), COOKIE_UNKNOWN);
    }
}

static void test_cookie_may_log_in__asks_the_table_first_and_words_then(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool may;
    } rows[] = {
        { "connect.sid", true },      { "__Host-auth", true },  { "shopUser", true },
        { "member_logged_in", true }, { "csrftoken", false },   { "_hjSessionUser_1", false },
        { "currency", false },        { "basket_hint", false }, { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span name = span_of(rows[i].name);
        check_row(cookie_may_log_in(name, cookie_role(name)) == rows[i].may, rows[i].name);
    }
}

static void test_cookie_family__installations_of_one_product_are_twins(void **state)
{
    (void)state;
    int family = cookie_family(SPAN("wordpress_logged_in_0123"));
    assert_int_not_equal(family, COOKIE_NO_FAMILY);
    assert_int_equal(cookie_family(SPAN("__Secure-wordpress_logged_in_4567")), family);
    assert_int_not_equal(cookie_family(SPAN("wordpress_sec_4567")), family);
    assert_int_equal(cookie_family(SPAN("one_session")), COOKIE_NO_FAMILY);
    assert_int_equal(cookie_family(SPAN("sid")), COOKIE_NO_FAMILY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookie_role__known_names),
        cmocka_unit_test(test_cookie_role__a_name_without_end_is_unknown),
        cmocka_unit_test(test_cookie_role__kept_answers_are_the_same),
        cmocka_unit_test(test_cookie_may_log_in__asks_the_table_first_and_words_then),
        cmocka_unit_test(test_cookie_family__installations_of_one_product_are_twins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
