#include "support/fields.h"

#include "rehearse/key/key_source.h"

#define ALL_NONE                                                                                   \
    "\"HeadersConfig\":{\"HeaderBehavior\":\"none\"},\"CookiesConfig\":{\"CookieBehavior\":"       \
    "\"none\"},\"QueryStringsConfig\":{\"QueryStringBehavior\":\"none\"}"
#define POLICY(parameters)                                                                         \
    "{\"Name\":\"p\",\"MinTTL\":0,\"ParametersInCacheKeyAndForwardedToOrigin\":{" parameters "}}"

static struct http_request a_request(struct arena *arena)
{
    return (struct http_request){
        .method = SPAN("GET"),
        .scheme = SPAN("https"),
        .authority = SPAN("www.shop.example"),
        .target = SPAN("/p?b=2&utm_source=x&a=1"),
        .fields = fields_from("Accept-Encoding: gzip, deflate, br\nX-Flag: on\nOrigin: o\n"
                              "User-Agent: Mozilla/5.0 (iPhone) Mobile\n"
                              "Cookie: sid=1; currency=EUR; exp_a=2\n",
                              arena),
    };
}

static void test_cloudfront__policy_says_what_is_in_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key;
    } rows[] = {
        { POLICY(ALL_NONE), "/p\n" },
        { "{\"CachePolicy\":{\"Id\":\"x\",\"LastModifiedTime\":\"y\",\"CachePolicyConfig\":" POLICY(
              ALL_NONE) "},\"ETag\":\"E\"}",
          "/p\n" },
        { "{\"Type\":\"AWS::CloudFront::CachePolicy\",\"Properties\":{"
          "\"CachePolicyConfig\":" POLICY(
              "\"QueryStringsConfig\":{\"QueryStringBehavior\":\"whitelist\","
              "\"QueryStrings\":[\"a\"]}") "}}",
          "/p?a=1\n" },
        { POLICY("\"EnableAcceptEncodingGzip\":true,\"EnableAcceptEncodingBrotli\":true"),
          "/p\nheader.accept-encoding=br,gzip\n" },
        { POLICY("\"EnableAcceptEncodingGzip\":true"), "/p\nheader.accept-encoding=gzip\n" },
        { POLICY("\"EnableAcceptEncodingBrotli\":true"), "/p\nheader.accept-encoding=br\n" },
        { POLICY("\"QueryStringsConfig\":{\"QueryStringBehavior\":\"allExcept\","
                 "\"QueryStrings\":{\"Quantity\":1,\"Items\":[\"utm_source\"]}}"),
          "/p?b=2&a=1\n" },
        { POLICY("\"QueryStringsConfig\":{\"QueryStringBehavior\":\"all\"}"),
          "/p?b=2&utm_source=x&a=1\n" },
        { POLICY("\"CookiesConfig\":{\"CookieBehavior\":\"all\"}"),
          "/p\ncookie.currency=EUR\ncookie.exp_a=2\ncookie.sid=1\n" },
        { POLICY("\"CookiesConfig\":{\"CookieBehavior\":\"whitelist\",\"Cookies\":"
                 "{\"Quantity\":1,\"Items\":[\"exp_*\"]}}"),
          "/p\ncookie.exp_a=2\n" },
        { POLICY("\"CookiesConfig\":{\"CookieBehavior\":\"allExcept\",\"Cookies\":"
                 "{\"Quantity\":1,\"Items\":[\"sid\"]}}"),
          "/p\ncookie.currency=EUR\ncookie.exp_a=2\n" },
        { POLICY("\"HeadersConfig\":{\"HeaderBehavior\":\"whitelist\",\"Headers\":"
                 "{\"Quantity\":3,\"Items\":[\"Host\",\"x-flag\",\"X-Not\"]}}"),
          "www.shop.example/p\nheader.x-flag=on\nheader.x-not\n" },
        { POLICY("\"HeadersConfig\":{\"HeaderBehavior\":\"whitelist\",\"Headers\":"
                 "{\"Items\":[\"CloudFront-Is-Mobile-Viewer\",\"CloudFront-Is-Desktop-Viewer\"]}}"),
          "/p\nCloudFront-Is-Mobile-Viewer=true\nCloudFront-Is-Desktop-Viewer=false\n" },
        { "\xef\xbb\xbf" POLICY("\"EnableAcceptEncodingBrotli\":null," ALL_NONE), "/p\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        int rc = key_from_text(&source, "p.json", span_of(rows[i].text), &arena, &err);
        check_row(rc == 0, err.text);
        struct http_request request = a_request(&arena);
        check_span(key_of(&source.policy, &request, &arena), rows[i].key);
        check_span(source.product, "cloudfront");
    }
}

static void test_cloudfront__lifetimes_are_handed_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t min_s, default_s, max_s;
        bool never;
    } rows[] = {
        { "{\"MinTTL\":1,\"DefaultTTL\":60,\"MaxTTL\":600,", 1, 60, 600, false },
        { "{", 0, 86400, 31536000, false },
        { "{\"MinTTL\":100000,", 100000, 100000, 31536000, false },
        { "{\"MinTTL\":40000000,", 40000000, 40000000, 40000000, false },
        { "{\"MinTTL\":0,\"DefaultTTL\":0,\"MaxTTL\":0,", 0, 0, 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        struct span text = arena_printf(
            &arena, "%s\"ParametersInCacheKeyAndForwardedToOrigin\":{}}", rows[i].text);
        check_row(key_from_cloudfront(&source, "p", text, &arena, &err) == 0, err.text);
        assert_int_equal(source.lifetimes.min_s, rows[i].min_s);
        assert_int_equal(source.lifetimes.default_s, rows[i].default_s);
        assert_int_equal(source.lifetimes.max_s, rows[i].max_s);
        assert_int_equal(source.never_caches, rows[i].never);
    }
}

static void test_cloudfront__what_no_request_shows_is_said(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    struct span text =
        SPAN(POLICY("\"HeadersConfig\":{\"HeaderBehavior\":\"whitelist\",\"Headers\":"
                    "[\"CloudFront-Viewer-Country\"]},\"New\":1"));
    assert_int_equal(key_from_cloudfront(&source, "p", text, &arena, &err), 0);
    assert_int_equal(source.policy.unseen_count, 2);
    check_span(source.policy.unseen[0], "CloudFront-Viewer-Country, which CloudFront itself sets");
    assert_int_equal(source.note_count, 1);
    check_span(source.notes[0], "line 1: \"New\" is not known here and was passed over");
    check_span(source.title, "p");
}

static void test_cloudfront__says_where_a_file_is_not_one(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "p.json:1:1: found the end of the file, expected an object" },
        { "[]", "p.json:1:1: found a list, expected an object" },
        { "{\"a\":1}", "p.json: found JSON without \"ParametersInCacheKeyAndForwardedToOrigin\", "
                       "expected a CloudFront cache policy as `aws cloudfront get-cache-policy` "
                       "prints it" },
        { "{\"MinTTL\": \"1\"}", "p.json:1:12: found \"1\", expected a whole number" },
        { "{\"MinTTL\": 1.5}", "p.json:1:12: found \"1.5\", expected a whole number" },
        { "{\"MinTTL\": 99999999999999999999}",
          "p.json:1:12: found \"99999999999999999999\", expected a whole number" },
        { "{\"MinTTL\":\n -1}",
          "p.json:2:2: found \"-1\", expected a number of seconds, not negative" },
        { "{\"MinTTL\": 1", "p.json:1:13: found the end of the file, expected a member of the "
                            "object, or its end" },
        { "{\"MinTTL\": 1,}", "p.json:1:14: found \"}\", expected a member of the object, or its "
                              "end" },
        { POLICY(ALL_NONE) " x", "p.json:1:206: found \"x\", expected the end of the file" },
        { "{\"ParametersInCacheKeyAndForwardedToOrigin\":[]}",
          "p.json:1:45: found a list, expected an object" },
        { POLICY("\"HeadersConfig\":{\"HeaderBehavior\":\"all\"}"),
          "p.json:1:102: found \"all\", expected none or whitelist: a cache policy has no other "
          "for "
          "headers" },
        { POLICY("\"CookiesConfig\":{\"CookieBehavior\":\"some\"}"),
          "p.json:1:102: found \"some\", expected none, whitelist, allExcept or all" },
        { POLICY("\"CookiesConfig\":{\"CookieBehavior\":\"whitelist\"}"),
          "p.json:1:84: found an object, expected names, which whitelist and allExcept need" },
        { POLICY("\"CookiesConfig\":{\"Cookies\":{\"Quantity\":2,\"Items\":[\"a\"]}}"),
          "p.json:1:95: found an object, expected as many Items as its Quantity says" },
        { POLICY("\"CookiesConfig\":{\"Cookies\":{\"Items\":[1]}}"),
          "p.json:1:105: found \"1\", expected a text in quotes" },
        { "{\"CachePolicy\":{\"CachePolicy\":{\"CachePolicy\":{\"CachePolicy\":{\"CachePolicy\":{}}"
          "}}}}",
          "p.json:1:76: found an object, expected a CachePolicyConfig less deep" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        assert_int_equal(key_from_cloudfront(&source, "p.json", span_of(rows[i][0]), &arena, &err),
                         E_FORMAT);
        assert_string_equal(err.text, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cloudfront__policy_says_what_is_in_the_key),
        cmocka_unit_test(test_cloudfront__lifetimes_are_handed_back),
        cmocka_unit_test(test_cloudfront__what_no_request_shows_is_said),
        cmocka_unit_test(test_cloudfront__says_where_a_file_is_not_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
