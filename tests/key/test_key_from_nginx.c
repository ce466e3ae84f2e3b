#include "support/fields.h"

#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

static struct http_request a_request(struct arena *arena)
{
    return (struct http_request){
        .method = SPAN("HEAD"),
        .scheme = SPAN("https"),
        .authority = SPAN("shop.example"),
        .target = SPAN("/a%2Fb//../p?B=2&a=1&a=3"),
        .fields =
            fields_from("X-Flag: on\nCookie: SID=1; sid=2\nAuthorization: Basic eDp5\n", arena),
    };
}

static void test_nginx__key_string_says_what_is_in_the_key(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "$scheme$proxy_host$request_uri",
          "shop.example/a%2Fb//../p?B=2&a=1&a=3\nscheme=https\n" },
        { "\"$scheme$host$request_uri\"", "shop.example/a%2Fb//../p?B=2&a=1&a=3\nscheme=https\n" },
        { "'$http_host$uri$is_args$args'", "shop.example/a/p?B=2&a=1&a=3\n" },
        { "${host}${uri}", "shop.example/a/p\n" },
        { "$uri", "/a/p\n" },
        { "$request_method|$request_uri", "/a%2Fb//../p?B=2&a=1&a=3\nmethod=HEAD\n" },
        { "$host$arg_b$arg_A$arg_none",
          "shop.example\nparameter.b=2\nparameter.A=1\nparameter.none\n" },
        { "$host$cookie_sid$cookie_x", "shop.example\ncookie.sid=1\ncookie.x\n" },
        { "$host$http_x_flag$http_x_none$remote_user",
          "shop.example\nheader.x-flag=on\nheader.x-none\nheader.authorization=Basic eDp5\n" },
        { "v2:$server_name:$server_port:$uri", "/a/p\n" },
        { "constant", "\n" },
        { "$", "\n" },
        { "${host", "\n" },
        { "\"a \\\"$uri\\\"\"", "/a/p\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        int rc = key_from_nginx(&source, "key", span_of(rows[i][0]), &arena, &err);
        check_row(rc == 0, err.text);
        struct http_request request = a_request(&arena);
        check_span(key_of(&source.policy, &request, &arena), rows[i][1]);
    }
}

static void test_nginx__what_no_request_shows_is_said(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    assert_int_equal(key_from_nginx(&source, "key",
                                    SPAN("$remote_addr$uri$geoip_country_code$is_args"), &arena,
                                    &err),
                     0);
    assert_int_equal(source.policy.unseen_count, 3);
    check_span(source.policy.unseen[0], "$remote_addr");
    check_span(source.policy.unseen[1], "$geoip_country_code");
}

static void test_nginx__names_the_variable_it_does_not_know(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "key:1:1: found no string, expected a proxy_cache_key such as "
              "\"$scheme$proxy_host$request_uri\"" },
        { "\"\"", "key:1:2: found an empty key, expected one such as "
                  "\"$scheme$proxy_host$request_uri\"" },
        { "\"$host", "key:1:1: found a quote that nothing closes" },
        { "$host $uri",
          "key:1:7: found more behind the key, expected one string; put it in quotes" },
        { "\"$host$device\"",
          "key:1:7: found $device, expected a variable that nginx has by itself: "
          "what a map, set or capture makes is not followed; say in the scenario "
          "under cache, key (headers, cookies, query) what it is made of" },
        { "$host$1", "key:1:6: found $1, expected a variable that nginx has by itself: what a map, "
                     "set or capture makes is not followed; say in the scenario under cache, key "
                     "(headers, cookies, query) what it is made of" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        assert_int_equal(key_from_nginx(&source, "key", span_of(rows[i][0]), &arena, &err),
                         E_FORMAT);
        assert_string_equal(err.text, rows[i][1]);
    }
}

static const char conf[] =
    "# the shop\n"
    "http {\n"
    "  map $http_cookie $skip { default 0; ~sid 1; }\n"
    "  server {\n"
    "    server_name a.example b.example;\n"
    "    location / {\n"
    "      proxy_pass http://backend/;\n"
    "      proxy_cache shop; # zone\n"
    "      proxy_cache_key \"$scheme$proxy_host$uri$is_args$args\";\n"
    "      proxy_cache_bypass $cookie_session $arg_nocache$http_x_no $skip;\n"
    "      proxy_no_cache $cookie_session $http_authorization 0;\n"
    "      proxy_cache_methods GET HEAD POST;\n"
    "      proxy_cache_valid 200 302 10m;\n"
    "      proxy_cache_valid any 1h30m;\n"
    "      proxy_cache_valid 5;\n"
    "      proxy_cache_valid 404 0;\n"
    "    }\n"
    "  }\n"
    "}\n";

static void check_rule(const struct bypass_rule *rule, const char *words, enum bypass_scope scope)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    bypass_rule_add(&out, rule);
    check_span(strbuf_span(&out), words);
    assert_int_equal(rule->scope, scope);
}

static void test_nginx_conf__key_conditions_methods_and_lifetimes_are_read(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    int rc = key_from_text(&source, "nginx.conf", span_of(conf), &arena, &err);
    check_row(rc == 0, err.text);
    struct http_request request = a_request(&arena);
    check_span(key_of(&source.policy, &request, &arena), "/a/p?B=2&a=1&a=3\nscheme=https\n");
    check_span(source.title, "$scheme$proxy_host$uri$is_args$args");
    assert_int_equal(source.policy.bypass_count, 4);
    check_rule(&source.policy.bypass[0], "cookie \"session\" is neither empty nor \"0\"",
               BYPASS_BOTH);
    check_rule(&source.policy.bypass[1], "query parameter \"nocache\" is neither empty nor \"0\"",
               BYPASS_READ);
    check_rule(&source.policy.bypass[2], "header \"x-no\" is neither empty nor \"0\"", BYPASS_READ);
    check_rule(&source.policy.bypass[3], "header \"authorization\" is neither empty nor \"0\"",
               BYPASS_STORE);
    assert_int_equal(source.policy.method_count, 1);
    assert_int_equal(source.note_count, 2);
    check_span(source.notes[0],
               "line 10: proxy_cache_bypass $skip is not followed (a map or set makes it); say "
               "under cache, bypass, which requests it means");
    static const struct range_lifetime lifetimes[] = {
        { 200, 200, 600 }, { 302, 302, 600 }, { 100, 999, 5400 }, { 200, 200, 5 },
        { 301, 301, 5 },   { 302, 302, 5 },   { 404, 404, -1 },
    };
    assert_int_equal(source.by_status_count, sizeof lifetimes / sizeof *lifetimes);
    for (size_t i = 0; i < source.by_status_count; i++) {
        assert_int_equal(source.by_status[i].first, lifetimes[i].first);
        assert_int_equal(source.by_status[i].last, lifetimes[i].last);
        assert_int_equal(source.by_status[i].lifetime_s, lifetimes[i].lifetime_s);
    }
}

static void test_nginx_conf__two_upstreams_keep_hosts_apart(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "proxy_cache z; proxy_pass http://a;", "/p\nscheme=https\n" },
        { "proxy_cache z; proxy_pass http://a/x; proxy_pass http://a/y;", "/p\nscheme=https\n" },
        { "proxy_cache z; proxy_pass http://a; proxy_pass http://b;", "h/p\nscheme=https\n" },
        { "proxy_cache z; proxy_pass http://$host;", "h/p\nscheme=https\n" },
        { "proxy_cache z;", "h/p\nscheme=https\n" },
        { "proxy_cache z; proxy_cache_key $host$uri; proxy_pass http://a;", "h/p\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        int rc = key_from_nginx_conf(&source, "c", span_of(rows[i][0]), &arena, &err);
        check_row(rc == 0, err.text);
        struct http_request request = { .scheme = SPAN("https"),
                                        .authority = SPAN("h"),
                                        .target = SPAN("/p") };
        check_span(key_of(&source.policy, &request, &arena), rows[i][1]);
    }
}

static void test_nginx_conf__says_where_it_is_not_one(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "server { proxy_cache off; }",
          "c: found neither proxy_cache_key nor proxy_cache, expected an nginx configuration with "
          "a "
          "cache; includes are not followed, so name the file they stand in" },
        { "proxy_cache_key $a;\n", "c:1:17: found $a" },
        { "\n  proxy_cache_key $host $uri;", "c:2:3: found \"proxy_cache_key\"" },
        { "proxy_cache_key $host;\nproxy_cache_key $uri;",
          "c:2:17: found another proxy_cache_key than on line 1" },
        { "proxy_cache_key \"$host;", "c:1:18: found \"\", expected a quote that is closed" },
        { "proxy_cache_key $host", "c:1:17: found \"$host\", expected a ';' behind it" },
        { "a { proxy_cache z }", "c:1:17: found \"z\", expected a ';' behind it" },
        { "}", "c:1:1: found \"\", expected no '}', since no block is open" },
        { "a {", "c:1:4: found \"\", expected a '}' for each block" },
        { "proxy_cache_methods DELETE;", "c:1:21: found \"DELETE\", expected GET, HEAD or POST" },
        { "proxy_cache_valid 200 x;",
          "c:1:23: found \"x\", expected proxy_cache_valid with a time" },
        { "proxy_cache_valid ok 5m;", "c:1:19: found \"ok\", expected a status code or any" },
        { "proxy_cache_valid;", "c:1:1: found \"proxy_cache_valid\", expected proxy_cache_valid" },
        { "proxy_cache_valid 99999999999999y;", "c:1:19: found \"99999999999999y\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        assert_int_equal(key_from_nginx_conf(&source, "c", span_of(rows[i][0]), &arena, &err),
                         E_FORMAT);
        check_contains(err.text, rows[i][1]);
    }
}

static void test_text__that_is_nothing_known_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "key", "<xml/>", "[1]", "\x7f\x45LF" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        assert_int_equal(key_from_text(&source, "f", span_of(rows[i]), &arena, &err), E_FORMAT);
        check_contains(err.text, "f:1:1: found none of the formats known here");
    }
}

static void test_preset__every_product_has_its_defaults(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "akamai", "h/p?a=1\n" },
        { "apache", "h/p?a=1\nscheme=https\n" },
        { "bunny", "h/p\n" },
        { "CloudFront", "/p\nheader.accept-encoding=gzip\n" },
        { "fastly", "h/p?a=1\n" },
        { "google", "h/p?a=1\nscheme=https\n" },
        { "haproxy", "h/p?a=1\n" },
        { "nginx", "h/p?a=1\nscheme=https\n" },
        { "rfc", "h/p?a=1\nscheme=https\n" },
        { "squid", "h/p?a=1\nscheme=https\n" },
        { "trafficserver", "h/p?a=1\nscheme=https\n" },
        { "varnish", "h/p?a=1\n" },
        { "vercel", "h/p?a=1\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        const struct key_source *source = key_preset(span_of(rows[i][0]));
        assert_non_null(source);
        struct http_request request = { .method = SPAN("GET"),
                                        .scheme = SPAN("https"),
                                        .authority = SPAN("h"),
                                        .target = SPAN("/p?a=1"),
                                        .fields = fields_from("Accept-Encoding: gzip\n", &arena) };
        check_span(key_of(&source->policy, &request, &arena), rows[i][1]);
    }
    assert_null(key_preset(SPAN("lighttpd")));
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    key_preset_names_add(&names);
    check_contains(names.buf, "akamai, apache, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nginx__key_string_says_what_is_in_the_key),
        cmocka_unit_test(test_nginx__what_no_request_shows_is_said),
        cmocka_unit_test(test_nginx__names_the_variable_it_does_not_know),
        cmocka_unit_test(test_nginx_conf__key_conditions_methods_and_lifetimes_are_read),
        cmocka_unit_test(test_nginx_conf__two_upstreams_keep_hosts_apart),
        cmocka_unit_test(test_nginx_conf__says_where_it_is_not_one),
        cmocka_unit_test(test_text__that_is_nothing_known_is_refused),
        cmocka_unit_test(test_preset__every_product_has_its_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
