#include "support/fields.h"

#include "rehearse/key/key_source.h"

static struct http_request a_request(struct arena *arena)
{
    return (struct http_request){
        .method = SPAN("GET"),
        .scheme = SPAN("https"),
        .authority = SPAN("shop.example"),
        .target = SPAN("/p?b=2&a=1"),
        .fields =
            fields_from("Accept: image/avif,image/webp\nAccept-Language: de-AT,en\nX-Flag: on\n"
                        "User-Agent: Mozilla/5.0 (iPad)\nCookie: sid=1; lang=de\n",
                        arena),
    };
}

/* Cloudflare's default inputs, which this request has none of. */
#define NO_ORIGIN                                                                                  \
    "header.x-http-method-override\nheader.x-http-method\nheader.x-method-override\n"              \
    "header.x-forwarded-host\nheader.x-host\nheader.x-forwarded-scheme\nheader.x-original-url\n"   \
    "header.x-rewrite-url\nheader.forwarded\n"
#define USUAL "header.origin\n" NO_ORIGIN

static void test_cloudflare__rule_says_what_is_in_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path, *inputs;
    } rows[] = {
        { "{\"cache\":true}", "?b=2&a=1", USUAL },
        { "{\"action\":\"set_cache_settings\",\"expression\":\"true\",\"action_parameters\":{"
          "\"cache_key\":{\"ignore_query_strings_order\":true}}}",
          "?a=1&b=2", USUAL },
        { "{\"rules\":[{\"action\":\"other\",\"action_parameters\":{\"cache_key\":1}},{\"action\":"
          "\"set_cache_settings\",\"action_parameters\":{\"cache_key\":{\"custom_key\":{"
          "\"query_string\":{\"include\":[\"a\"]}}}}}]}",
          "?a=1", USUAL },
        { "{\"result\":{\"rules\":[{\"action\":\"set_cache_settings\",\"action_parameters\":"
          "{\"cache_key\":{}}}]},\"success\":true,\"errors\":[]}",
          "?b=2&a=1", USUAL },
        { "{\"custom_key\":{\"query_string\":{\"include\":[\"*\"]}}}", "?b=2&a=1", USUAL },
        { "{\"query_string\":{\"include\":{\"list\":[\"b\"]}}}", "?b=2", USUAL },
        { "{\"query_string\":{\"include\":{\"list\":\"*\"}}}", "?b=2&a=1", USUAL },
        { "{\"query_string\":{\"include\":{\"all\":true}}}", "?b=2&a=1", USUAL },
        { "{\"query_string\":{\"include\":[]}}", "", USUAL },
        { "{\"query_string\":{\"exclude\":[\"*\"]}}", "", USUAL },
        { "{\"query_string\":{\"exclude\":{\"all\":true}}}", "", USUAL },
        { "{\"query_string\":{\"exclude\":[\"b\"]}}", "?a=1", USUAL },
        { "{\"header\":{\"exclude_origin\":true,\"include\":[\"x-flag\"],\"check_presence\":"
          "[\"accept\",\"x-no\"],\"contains\":{\"accept\":[\"image/png\",\"image/webp\"],"
          "\"x-flag\":[\"off\"],\"x-not\":[\"y\"]}}}",
          "?b=2&a=1",
          "header.accept=true\nheader.x-flag=false\nheader.x-not\n" NO_ORIGIN
          "header.x-flag=on\nheader.accept=*\nheader.x-no\n" },
        { "{\"cookie\":{\"include\":[\"lang\"],\"check_presence\":[\"sid\",\"no\"]}}", "?b=2&a=1",
          USUAL "cookie.sid=*\ncookie.no\ncookie.lang=de\n" },
        { "{\"user\":{\"device_type\":true,\"lang\":true,\"geo\":true}}", "?b=2&a=1",
          USUAL "device=tablet\nlanguage=de\nheader.cf-ipcountry\n" },
        { "{\"cache_key\":{\"cache_by_device_type\":true}}", "?b=2&a=1", USUAL "device=tablet\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        int rc = key_from_text(&source, "rule.json", span_of(rows[i].text), &arena, &err);
        check_row(rc == 0, err.text);
        check_row(source.note_count == 0, rows[i].text);
        struct http_request request = a_request(&arena);
        struct span key = arena_printf(&arena, "shop.example/p%s\nscheme=https\n%s", rows[i].path,
                                       rows[i].inputs);
        check_span(key_of(&source.policy, &request, &arena), key.ptr);
    }
}

static void test_cloudflare__the_rest_of_a_rule_is_handed_back(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    struct span text = SPAN(
        "{\"description\":\"static\",\"expression\":\"http.host eq \\\"a\\\"\",\"cache\":false,"
        "\"cache_key\":{\"cache_deception_armor\":true},\"vary\":{},\"new\":[{}],\"host\":"
        "{\"resolved\":true},\"browser_ttl\":{\"mode\":\"x\"},"
        "\"edge_ttl\":{\"mode\":\"override_origin\",\"default\":60,\"status_code_ttl\":["
        "{\"status_code\":404,\"value\":-1},{\"status_code_range\":{\"from\":500},\"value\":0},"
        "{\"status_code_value\":200,\"value\":7}]}}");
    assert_int_equal(key_from_cloudflare(&source, "r", text, &arena, &err), 0);
    check_span(source.title, "static");
    assert_true(source.never_caches && source.deception_armor);
    assert_true(source.lifetimes.overrides_origin);
    assert_int_equal(source.lifetimes.default_s, 60);
    assert_int_equal(source.by_status_count, 3);
    assert_int_equal(source.by_status[0].first, 404);
    assert_int_equal(source.by_status[0].lifetime_s, -1);
    assert_int_equal(source.by_status[1].last, 999);
    assert_int_equal(source.by_status[2].lifetime_s, 7);
    assert_int_equal(source.note_count, 4);
    check_span(source.notes[2],
               "cache_deception_armor: it keeps out responses whose Content-Type is "
               "not what the path's extension says; here they are taken as "
               "stored, so hits may be forecast that it refuses");
    check_span(source.notes[3], "the rule's expression, http.host eq \"a\": key and lifetimes of "
                                "the rule are taken for every request, also where it does not "
                                "apply");
    assert_int_equal(source.policy.unseen_count, 2);
}

static void test_cloudflare__lifetimes_of_the_other_modes(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    assert_int_equal(key_from_cloudflare(&source, "r",
                                         SPAN("{\"edge_ttl\":{\"mode\":\"bypass_by_default\"}}"),
                                         &arena, &err),
                     0);
    assert_int_equal(source.lifetimes.default_s, 0);
    assert_int_equal(key_from_cloudflare(&source, "r",
                                         SPAN("{\"edge_ttl\":{\"mode\":\"respect_origin\"}}"),
                                         &arena, &err),
                     0);
    assert_int_equal(source.lifetimes.default_s, -1);
    assert_false(source.lifetimes.overrides_origin);
}

static void test_cloudflare__says_where_a_file_is_not_one(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{}", "r: found JSON without \"cache_key\", \"custom_key\", \"edge_ttl\" or \"cache\", "
                "expected a Cloudflare cache rule (action set_cache_settings)" },
        { "{\"action\":\"block\",\"cache\":true}",
          "r: found a rule with the action \"block\", expected set_cache_settings" },
        { "{\"cache\":1}", "r:1:10: found \"1\", expected true or false" },
        { "{\"query_string\":{\"include\":[\"a\"],\"exclude\":[\"b\"]}}",
          "r:1:44: found a list, expected include or exclude, not both" },
        { "{\"query_string\":{\"exclude\":[\"a\"],\"include\":[\"b\"]}}",
          "r:1:44: found a list, expected include or exclude, not both" },
        { "{\"query_string\":{\"include\":\"a\"}}",
          "r:1:28: found \"a\", expected \"*\" or a list of names" },
        { "{\"header\":{\"contains\":[]}}",
          "r:1:23: found a list, expected an object of header names, each with a list of values" },
        { "{\"header\":{\"contains\":{\"a\":{}}}}", "r:1:28: found an object, expected a list" },
        { "{\"edge_ttl\":{\"mode\":\"x\"}}",
          "r:1:21: found \"x\", expected respect_origin, override_origin or bypass_by_default" },
        { "{\"edge_ttl\":{\"status_code_ttl\":[{\"status_code\":200,\"value\":\"x\"}]}}",
          "r:1:60: found \"x\", expected seconds, no-store or no-cache" },
        { "{\"edge_ttl\":{\"status_code_ttl\":[{\"value\":1}]}}",
          "r:1:33: found an object, expected status_code or status_code_range, 100 to 999, and a "
          "value of -1 or more" },
        { "{\"rules\":[{\"action\":\"set_cache_settings\"},{\"action\":\"set_cache_settings\"}]}",
          "r:1:43: found an object, expected one rule with set_cache_settings: keep the one that "
          "is "
          "to be rehearsed, and leave the others out" },
        { "{\"rules\":[1]}", "r:1:11: found \"1\", expected a rule" },
        { "{\"cache_key\":{\"custom_key\":{\"cookie\":{\"include\":[\"a\"",
          "r:1:53: found the end "
          "of the file, expected an element of the list, or its end" },
        { "{\"cache\":tru}", "r:1:10: found \"tru\", expected true or false" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        assert_int_equal(key_from_cloudflare(&source, "r", span_of(rows[i][0]), &arena, &err),
                         E_FORMAT);
        assert_string_equal(err.text, rows[i][1]);
    }
}

static void test_cloudflare__a_file_of_a_thousand_times_a_thousand_is_refused_or_read(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    strbuf_add_str(&text, "{\"cookie\":{\"include\":[\"a\"");
    for (int i = 0; i < 1000000; i++)
        strbuf_add_str(&text, ",\"a\"");
    strbuf_add_str(&text, "]}}");
    assert_int_equal(key_from_cloudflare(&source, "r", strbuf_span(&text), &arena, &err), E_FORMAT);
    check_contains(err.text, "at most 10000");
    strbuf_clear(&text);
    strbuf_add_str(&text, "{\"cache\":");
    for (int i = 0; i < 100000; i++)
        strbuf_add_char(&text, '[');
    assert_int_equal(key_from_cloudflare(&source, "r", strbuf_span(&text), &arena, &err), E_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cloudflare__rule_says_what_is_in_the_key),
        cmocka_unit_test(test_cloudflare__the_rest_of_a_rule_is_handed_back),
        cmocka_unit_test(test_cloudflare__lifetimes_of_the_other_modes),
        cmocka_unit_test(test_cloudflare__says_where_a_file_is_not_one),
        cmocka_unit_test(test_cloudflare__a_file_of_a_thousand_times_a_thousand_is_refused_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
