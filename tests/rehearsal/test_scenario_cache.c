/* The scenario's section "cache": what it says is what keys are made of. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/key/bypass.h"
#include "rehearse/rehearsal/scenario.h"
#include "support/fields.h"

static char folder[] = "/tmp/rehearse-cache-XXXXXX";

static const struct {
    const char *name, *content;
} files[] = {
    { "a.log", "x\n" },
    { "policy.json",
      "{\"MinTTL\": 5, \"MaxTTL\": 60, \"ParametersInCacheKeyAndForwardedToOrigin\": "
      "{\"EnableAcceptEncodingGzip\": true, \"HeadersConfig\": {\"HeaderBehavior\": \"whitelist\", "
      "\"Headers\": [\"X-Flag\"]}, \"CookiesConfig\": {\"CookieBehavior\": \"none\"}, "
      "\"QueryStringsConfig\": {\"QueryStringBehavior\": \"whitelist\", \"QueryStrings\": "
      "[\"a\"]}}}" },
    { "rule.json", "{\"cache_key\": {\"custom_key\": {\"query_string\": {\"exclude\": [\"b\"]}, "
                   "\"header\": {\"exclude_origin\": true}}}}" },
    { "nginx.conf", "proxy_cache z;\nproxy_cache_key $host$uri;\nproxy_cache_bypass $cookie_sid;\n"
                    "proxy_cache_valid 404 1m;\n" },
    { "bad.json", "{\"MinTTL\": true}" },
};

static int make_folder(void **state)
{
    (void)state;
    char path[64];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        assert_int_equal(file_write(path, span_of(files[i].content), 0600, NULL), 0);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        unlink(path);
    }
    return rmdir(folder);
}

#define MINIMAL                                                                                    \
    "capture: {from: a.log}\ntargets: {staging: {hosts: {shop.example: \"127.0.0.1:1\"}}}\n"

static int parse(struct scenario **ret, const char *cache, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, MINIMAL "cache: %s\n", cache);
    return scenario_parse(ret, "s.yaml", strbuf_span(&text), folder, err);
}

static void check_key(const struct scenario_cache *cache, const char *expected)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct http_request request = {
        .method = SPAN("GET"),
        .scheme = SPAN("https"),
        .authority = SPAN("www.shop.example"),
        .target = SPAN("/P//%61?b=2&utm_source=x&a=1"),
        .fields = fields_from("Accept-Language: de-AT,en\nAccept-Encoding: br, gzip\nX-Flag: On\n"
                              "User-Agent: Mozilla/5.0 (iPhone) Mobile\nCookie: sid=1; lang=de\n",
                              &arena),
    };
    check_span(key_of(&cache->key.policy, &request, &arena), expected);
}

static void test_cache__words_make_the_key(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{}", "www.shop.example/P//%61?b=2&utm_source=x&a=1\n" },
        { "{profile: varnish, key: {query: {drop: [utm_*]}, headers: [Accept-Language], cookies: "
          "[]}}",
          "www.shop.example/P//%61?b=2&a=1\nheader.accept-language=de-AT,en\n" },
        { "{key: {query: none, host: false}}", "/P//%61\n" },
        { "{key: {query: {keep: a}, host: false}}", "/P//%61?a=1\n" },
        { "{key: {query: {keep: []}, host: false}}", "/P//%61\n" },
        { "{key: {query: {sort: true}, hosts: {\"www.*\": shop.example}}}",
          "shop.example/P//%61?a=1&b=2&utm_source=x\n" },
        { "{key: {query: none, host: false, path: [case, percent, slashes]}}", "/p/a\n" },
        { "{key: {query: {sort: values, same: [percent, case, empty]}, path: none, host: false}}",
          "?a=1&b=2&utm_source=x\n" },
        { "{key: {query: none, host: false, method: true, scheme: true}}",
          "/P//%61\nmethod=GET\nscheme=https\n" },
        { "{key: {query: none, host: false, headers: [{name: Accept-Language, languages: [en, "
          "de]}, {name: Accept-Encoding, encodings: [gzip, br]}, {name: X-Flag, presence: true}, "
          "{name: X-Flag, fold: true}, {name: X-Flag, contains: o}, {name: X-Flag, except: [on]}, "
          "{name: Accept-Language, first_language: true}]}}",
          "/P//%61\nheader.accept-language=de\nheader.accept-encoding=gzip\nheader.x-flag=*\n"
          "header.x-flag=on\nheader.x-flag=true\nheader.x-flag\nheader.accept-language=de\n" },
        { "{key: {query: none, host: false, device: true}}", "/P//%61\ndevice=mobile\n" },
        { "{key: {query: none, host: false, device: [tablet, bot]}}", "/P//%61\ndevice=desktop\n" },
        { "{key: {query: none, host: false, cookies: all}}",
          "/P//%61\ncookie.lang=de\ncookie.sid=1\n" },
        { "{key: {query: none, host: false, cookies: {drop: sid, presence: [sid]}}}",
          "/P//%61\ncookie.sid=*\ncookie.lang=de\n" },
        { "{key: {query: none, host: false, cookies: [lang]}}", "/P//%61\ncookie.lang=de\n" },
        { "{key: {from: policy.json}}", "/P//%61?a=1\nheader.accept-encoding=gzip\n"
                                        "header.x-flag=On\n" },
        { "{key: {cookies: [lang], cloudfront: policy.json}}",
          "/P//%61?a=1\nheader.accept-encoding=gzip\nheader.x-flag=On\ncookie.lang=de\n" },
        { "{key: {from: policy.json, headers: []}}", "/P//%61?a=1\n" },
        { "{key: {cloudflare: rule.json, headers: []}}",
          "www.shop.example/P//%61?utm_source=x&a=1\nscheme=https\n" },
        { "{key: {nginx: \"$scheme$host$arg_a\"}}",
          "www.shop.example\nscheme=https\nparameter.a=1\n" },
        { "{key: {nginx: nginx.conf}}", "www.shop.example/P/a\n" },
        { "{key: {preset: cloudfront, headers: [host]}}", "www.shop.example/P//%61\n" },
        { "{key: {preset: bunny}}", "www.shop.example/P//%61\n" },
        { "{profile: cloudfront}", "/P//%61\nheader.accept-encoding=br,gzip\n" },
        { "{profile: ats}", "www.shop.example/P//%61?b=2&utm_source=x&a=1\nscheme=https\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        int rc = parse(&s, rows[i][0], &err);
        check_row(rc == 0, err.text);
        check_key(&s->caches[0], rows[i][1]);
        check_key(&s->caches[1], rows[i][1]);
    }
}

static void test_cache__bypass_rules_take_the_place_of_the_profile_s(void **state)
{
    (void)state;
    static const struct {
        const char *cache, *rules;
    } rows[] = {
        { "{profile: varnish}", "header \"Authorization\" is there; header \"Cookie\" is there; " },
        { "{profile: varnish, bypass: []}", "" },
        { "{bypass: [{cookie: \"sess*\"}, {header: X, value: \"on*\"}, {parameter: n, not_empty: "
          "true}, {path: \"/account*\"}, {method: HEAD}, {cookie: a, absent: true}]}",
          "cookie \"sess*\" is there; header \"X\" is \"on*\"; query parameter \"n\" is neither "
          "empty nor \"0\"; path \"/account*\"; method \"HEAD\"; cookie \"a\" is not there; " },
        { "{key: {nginx: nginx.conf}}", "cookie \"sid\" is neither empty nor \"0\"; " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
        check_row(parse(&s, rows[i].cache, &err) == 0, err.text);
        const struct key_policy *policy = &s->caches[0].key.policy;
        for (size_t j = 0; j < policy->bypass_count; j++) {
            bypass_rule_add(&words, &policy->bypass[j]);
            strbuf_add_str(&words, "; ");
        }
        check_span(strbuf_span(&words), rows[i].rules);
    }
}

static void test_cache__own_rules_let_cookies_in_that_the_product_would_pass(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *builtin = NULL;
    AUTO(scenario_freep) struct scenario *own = NULL;
    assert_int_equal(parse(&builtin, "{profile: varnish}", &err), 0);
    assert_true(builtin->caches[0].policy.cookie_passes);
    assert_int_equal(builtin->caches[0].policy.authorized, AUTHORIZED_PASSES);
    assert_int_equal(parse(&own, "{profile: varnish, bypass: [{cookie: sid}]}", &err), 0);
    assert_false(own->caches[0].policy.cookie_passes);
    assert_int_equal(own->caches[0].policy.authorized, AUTHORIZED_IS_STORED);
}

static void test_cache__the_rest_of_the_section(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    int rc = parse(&s,
                   "{profile: cloudfront, key: {from: policy.json}, methods: [OPTIONS], observed: "
                   "X-Hash, ask_for_key: true, bypass: [{path: /a, only: store}], staging: "
                   "{profile: fastly, observed: X-Other}}",
                   &err);
    check_row(rc == 0, err.text);
    assert_true(s->cache_given && s->asks_for_key[1] && !s->asks_for_key[0] &&
                s->caches[0].key_given);
    check_span(s->caches[0].profile, "cloudfront");
    check_span(s->caches[0].field, "X-Hash");
    assert_int_equal(s->caches[0].policy.min_lifetime_s, 5);
    assert_int_equal(s->caches[0].policy.max_lifetime_s, 60);
    assert_int_equal(s->caches[0].key.policy.method_count, 1);
    assert_int_equal(s->caches[0].key.policy.bypass[0].scope, BYPASS_STORE);
    check_span(s->caches[1].profile, "fastly");
    check_span(s->caches[1].field, "X-Other");
    check_key(&s->caches[1], "www.shop.example/P//%61?b=2&utm_source=x&a=1\n");
}

static void test_cache__the_product_of_the_key_is_the_profile_unless_one_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *cache, *profiles[2];
        bool from_key[2];
    } rows[] = {
        { "{key: {from: policy.json}}", { "cloudfront", "cloudfront" }, { true, true } },
        { "{key: {cloudflare: rule.json}}", { "cloudflare", "cloudflare" }, { true, true } },
        { "{key: {nginx: nginx.conf}}", { "nginx", "nginx" }, { true, true } },
        { "{key: {nginx: $host}}", { "nginx", "nginx" }, { true, true } },
        { "{key: {preset: squid}}", { "squid", "squid" }, { true, true } },
        { "{key: {preset: bunny}}", { NULL, NULL }, { false, false } }, /* has no profile */
        { "{key: {query: none}}", { NULL, NULL }, { false, false } },
        { "{profile: fastly, key: {from: policy.json}}", { "fastly", "fastly" }, { false, false } },
        { "{key: {from: policy.json}, staging: {key: {nginx: nginx.conf}}}",
          { "cloudfront", "nginx" },
          { true, true } },
        { "{profile: varnish, staging: {key: {nginx: nginx.conf}}}",
          { "varnish", "nginx" },
          { false, true } },
        { "{key: {from: policy.json}, staging: {profile: fastly}}",
          { "cloudfront", "fastly" },
          { true, false } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        check_row(parse(&s, rows[i].cache, &err) == 0, rows[i].cache);
        for (int side = 0; side < 2; side++) {
            AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
            check_span(s->caches[side].profile, rows[i].profiles[side]);
            check_row(s->caches[side].profile_from_key == rows[i].from_key[side], rows[i].cache);
            scenario_add_cache_text(s, &words);
            if (rows[i].from_key[side])
                check_contains(words.buf, "(as the key is its; profile: names another), key: ");
        }
    }
}

static void
test_cache__the_profile_of_the_key_brings_its_rules_and_keeps_the_lifetimes(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    assert_int_equal(parse(&s, "{key: {nginx: nginx.conf}}", &err), 0);
    assert_true(s->caches[0].policy.needs_lifetime);
    assert_int_equal(s->caches[0].policy.default_count, 1);
    assert_int_equal(s->caches[0].policy.defaults[0].status, 404);
}

static void test_cache__without_the_section_nothing_is_given(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    struct http_field asks[SCENARIO_ASKS_MAX];
    assert_int_equal(scenario_parse(&s, "s.yaml", SPAN(MINIMAL), folder, &err), 0);
    assert_null(s->cache_given);
    assert_false(s->caches[0].key_given);
    assert_int_equal(scenario_asks(s, 1, asks), 0);
    check_span(span_of(s->caches[0].policy.name), cache_policy_cdn.name);
}

static void test_cache__asks_as_the_product_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *cache, *first;
        size_t count;
    } rows[] = {
        { "{ask_for_key: true, profile: fastly}", "Fastly-Debug", 1 },
        { "{ask_for_key: true, profile: akamai}", "Pragma", 1 },
        { "{ask_for_key: true, profile: ats}", "X-Debug", 1 },
        { "{ask_for_key: true, profile: varnish}", NULL, 0 },
        { "{ask_for_key: true}", "Pragma", 3 },
        { "{ask_for_key: both, profile: varnish, staging: {profile: fastly}}", "Fastly-Debug", 1 },
        { "{ask_for_key: false, profile: fastly}", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        struct http_field asks[SCENARIO_ASKS_MAX] = { { .name = { NULL, 0 } } };
        check_row(parse(&s, rows[i].cache, &err) == 0, err.text);
        assert_int_equal(scenario_asks(s, 1, asks), rows[i].count);
        check_span(asks[0].name, rows[i].first);
    }
}

static void test_cache__is_written_as_it_was_read(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    AUTO(scenario_freep) struct scenario *again = NULL;
    AUTO(strbuf_release) struct strbuf first = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf second = STRBUF_INIT;
    check_row(parse(&s,
                    "{profile: fastly, key: {query: {drop: [utm_*], sort: true}, headers: [{name: "
                    "X, presence: true}], cookies: [\"x \\\"y\\\"\"]}, bypass: []}",
                    &err) == 0,
              err.text);
    scenario_add_yaml(s, &first);
    check_contains(first.buf,
                   "cache: {\"profile\": \"fastly\", \"key\": {\"query\": {\"drop\": [\"utm_*\"], "
                   "\"sort\": true}, \"headers\": [{\"name\": \"X\", \"presence\": "
                   "true}], \"cookies\": [\"x \\\"y\\\"\"]}, \"bypass\": []}\n");
    check_row(scenario_parse(&again, "s.yaml", strbuf_span(&first), folder, &err) == 0, err.text);
    scenario_add_yaml(again, &second);
    check_span(strbuf_span(&second), first.buf);
}

static void test_cache__says_in_words_what_it_took_from_a_file(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(scenario_freep) struct scenario *s = NULL;
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    check_row(
        parse(&s,
              "{profile: cloudfront, key: {from: policy.json}, bypass: [{cookie: sid}, {path: "
              "/a}], staging: {profile: rfc, bypass: []}}",
              &err) == 0,
        err.text);
    scenario_add_cache_text(s, &out);
    check_contains(
        out.buf, "cache     cloudfront, key: method; path; of the query only a; header "
                 "Accept-Encoding by which it accepts of gzip; header X-Flag\n"
                 "          past it when cookie \"sid\" is there, or path \"/a\"\n"
                 "          its key also holds what no request shows: which distribution answers");
    check_contains(out.buf, "\nstaging's rfc, key: scheme; host; path; query");
}

static void test_cache__says_where_it_is_wrong(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "varnish", "s.yaml:3:8: cache: found \"varnish\", expected a map" },
        { "{profil: varnish}", "s.yaml:3:9: unknown key \"profil\"; did you mean \"profile\"?" },
        { "{profile: lighttpd}", "s.yaml:3:18: profile: found \"lighttpd\", expected one of rfc, "
                                 "akamai, apache" },
        { "{profile: []}", "s.yaml:3:18: profile: found a list, expected one of rfc" },
        { "{key: {quer: all}}", "s.yaml:3:15: unknown key \"quer\"; did you mean \"query\"?" },
        { "{key: all}", "s.yaml:3:14: key: found \"all\", expected a map: query, headers" },
        { "{key: {query: some}}",
          "query: found \"some\", expected all, none, or a map with keep or drop" },
        { "{key: {query: {keep: a, drop: b}}}", "expected keep or drop, not both" },
        { "{key: {query: {sort: maybe}}}", "sort: found \"maybe\", expected true or false" },
        { "{key: {query: {same: [x]}}}", "expected percent, case or empty" },
        { "{key: {path: [x]}}",
          "expected case, percent, decode, dots, slashes, leading_slashes or" },
        { "{key: {cookies: {keep: a, drop: b}}}", "expected keep or drop, not both" },
        { "{key: {headers: [{languages: [de]}]}}", "missing: \"name\" of the header" },
        { "{key: {headers: [{name: A, fold: true, presence: true}]}}",
          "expected one of languages" },
        { "{key: {headers: [{name: A, languages: []}]}}",
          "expected at least one value in the list" },
        { "{key: {headers: [[a]]}}", "expected a text" },
        { "{key: {headers: [\"X-A\\r\\nX-B\"]}}",
          "s.yaml:3:26: found \"X-A\\x0d\\x0aX-B\", expected the name of a field" },
        { "{key: {headers: [{name: \"X A\"}]}}",
          "name: found \"X A\", expected the name of a field" },
        { "{bypass: [{header: \"X\\n\"}]}",
          "header: found \"X\\x0a\", expected the name of a field" },
        { "{observed: \"X:\"}", "observed: found \"X:\", expected the name of a field" },
        { "{staging: {observed: \"\\u00fc\"}}", "expected the name of a field" },
        { "{key: {device: [phone]}}", "expected true, false, or a list of mobile, tablet" },
        { "{key: {hosts: [a]}}", "expected a map of host names" },
        { "{key: {preset: lighttpd}}", "expected one of akamai, apache" },
        { "{key: {from: policy.json, nginx: $uri}}",
          "s.yaml:3:34: found \"nginx\" beside \"from\", expected one place that the key comes "
          "from" },
        { "{key: {from: none.json}}", "s.yaml:3:21: " },
        { "{key: {from: a.log}}", "found none of the formats known here" },
        { "{key: {cloudfront: bad.json}}",
          "bad.json:1:12: found \"true\", expected a whole number" },
        { "{key: {nginx: $host$device}}",
          "s.yaml:3:22: proxy_cache_key:1:7: found $device, expected a variable that nginx has" },
        { "{ask_for_key: production}", "expected true (staging is asked), both" },
        { "{bypass: {}}", "expected a list of rules" },
        { "{bypass: [{}]}", "expected one of cookie, header, parameter, path and method" },
        { "{bypass: [{cookie: a, path: /b}]}", "expected one of cookie, header, parameter, path" },
        { "{bypass: [{cookie: a, value: b, absent: true}]}", "expected one of value, not_empty" },
        { "{bypass: [{cookie: a, only: never}]}", "expected read (not answered from the cache)" },
        { "{staging: {ask_for_key: true}}", "unknown key \"ask_for_key\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        AUTO(scenario_freep) struct scenario *s = NULL;
        int rc = parse(&s, rows[i][0], &err);
        check_row(rc == E_USAGE, rows[i][0]);
        check_contains(err.text, rows[i][1]);
        check_contains(err.text, "s.yaml:3:");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache__words_make_the_key),
        cmocka_unit_test(test_cache__bypass_rules_take_the_place_of_the_profile_s),
        cmocka_unit_test(test_cache__own_rules_let_cookies_in_that_the_product_would_pass),
        cmocka_unit_test(test_cache__the_rest_of_the_section),
        cmocka_unit_test(test_cache__the_product_of_the_key_is_the_profile_unless_one_is_named),
        cmocka_unit_test(
            test_cache__the_profile_of_the_key_brings_its_rules_and_keeps_the_lifetimes),
        cmocka_unit_test(test_cache__without_the_section_nothing_is_given),
        cmocka_unit_test(test_cache__asks_as_the_product_wants_it),
        cmocka_unit_test(test_cache__is_written_as_it_was_read),
        cmocka_unit_test(test_cache__says_in_words_what_it_took_from_a_file),
        cmocka_unit_test(test_cache__says_where_it_is_wrong),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
