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
          "what a map, set or capture makes is not followed from the string alone; give the "
          "configuration, or say in the scenario under cache, key (headers, cookies, query) what "
          "it is made of" },
        { "$host$1", "key:1:6: found $1, expected a variable that nginx has by itself: what a map, "
                     "set or capture makes is not followed from the string alone; give the "
                     "configuration, or say in the scenario under cache, key (headers, cookies, "
                     "query) what it is made of" },
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
    assert_int_equal(source.policy.bypass_count, 5);
    check_rule(&source.policy.bypass[0], "cookie \"session\" is neither empty nor \"0\"",
               BYPASS_BOTH);
    check_rule(&source.policy.bypass[1], "query parameter \"nocache\" is neither empty nor \"0\"",
               BYPASS_READ);
    check_rule(&source.policy.bypass[2], "header \"x-no\" is neither empty nor \"0\"", BYPASS_READ);
    check_rule(&source.policy.bypass[3], "variable \"$skip\" is neither empty nor \"0\"",
               BYPASS_READ);
    check_rule(&source.policy.bypass[4], "header \"authorization\" is neither empty nor \"0\"",
               BYPASS_STORE);
    assert_int_equal(source.policy.method_count, 1);
    assert_int_equal(source.note_count, 1);
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

/* Request fields and target; what the key is, behind the host, where the configuration is read. */
static const struct made_row {
    const char *conf, *key_string, *fields, *target, *key;
} made_rows[] = {
    /* map: equal texts in any case, the default, patterns in the file's order */
    { "map $cookie_plan $plan { default free; Gold paid; ~^sil paid; ~*^BRO some; }", "$plan",
      "Cookie: plan=gOLD\n", "/", "\nvariable.plan=paid\n" },
    { "map $cookie_plan $plan { default free; Gold paid; ~^sil paid; ~*^BRO some; }", "$plan",
      "Cookie: plan=silver\n", "/", "\nvariable.plan=paid\n" },
    { "map $cookie_plan $plan { default free; Gold paid; ~^sil paid; ~*^BRO some; }", "$plan",
      "Cookie: plan=SILVER\n", "/", "\nvariable.plan=free\n" },
    { "map $cookie_plan $plan { default free; Gold paid; ~^sil paid; ~*^BRO some; }", "$plan",
      "Cookie: plan=bronze\n", "/", "\nvariable.plan=some\n" },
    { "map $cookie_plan $plan { default free; \"\" none; ~.* all; }", "$plan", "", "/",
      "\nvariable.plan=none\n" },
    { "map $cookie_plan $plan { ~.* all; }", "$plan", "", "/", "\nvariable.plan\n" },
    { "map $arg_a $v { volatile; \\default 1; default 2; a 3; a 4; }", "$v", "", "/?a=default",
      "\nvariable.v=1\n" },
    { "map $arg_a $v { volatile; \\default 1; default 2; a 3; a 4; }", "$v", "", "/?A=A",
      "\nvariable.v=3\n" },
    { "map $http_user_agent $kind { default d; ~*(iphone|android.+mobile) m; }", "$host$kind",
      "User-Agent: X (Linux; Android 9) Mobile\n", "/", "shop.example\nvariable.kind=m\n" },
    /* hostnames */
    { "map $host $s { hostnames; default 0; .shop.example 1; *.x.shop.example 2; www.* 3; }", "$s",
      "", "/", "\nvariable.s=1\n" },
    /* values made of variables and groups */
    { "map $uri $area { default \"\"; \"~^/(?<lang>[a-z]{2})/([^/]*)\" \"$lang-$2$1x\"; }", "$area",
      "", "/d%65//b/c", "\nvariable.area=de-bdex\n" },
    { "map $a $b { default $arg_x; 1 one; } map $arg_y $a { default \"$arg_y$is_args\"; 2 1; }",
      "$b", "", "/?x=7&y=2", "\nvariable.b=one\n" },
    { "map $a $b { default $arg_x; 1 one; } map $arg_y $a { default \"$arg_y$is_args\"; 2 1; }",
      "$b", "", "/?x=7&y=1", "\nvariable.b=7\n" },
    { "map \"$scheme:$request_method:$http_host:$args:$request_uri\" $v { default $https; ~(.*) "
      "$1; }",
      "$v", "", "/p?q", "\nvariable.v=https:GET:SHOP.example:80:q:/p?q\n" },
    { "map $http_cookie $v { default 0; \"a=1; b=2\" 1; }", "$v", "Cookie: a=1\nCookie: b=2\n", "/",
      "\nvariable.v=1\n" },
    /* set: what is the same in every request is read as if it stood in the key */
    { "set $k \"$host$uri\"; set $all $k$cookie_a;", "$all", "Cookie: a=1\n", "/p?q",
      "shop.example/p\ncookie.a=1\n" },
    { "set $b $arg_x; set $a $b; set $b $arg_y;", "$a", "", "/?x=1&y=2", "\nvariable.a=1\n" },
    { "set $a $b; set $b $arg_y;", "$a", "", "/?x=1&y=2", "\nvariable.a\n" },
    { "set $m \"\"; if ($http_user_agent ~* \"(iphone)\") { set $m $1; } set $m \"${m}!\";",
      "$uri$m", "User-Agent: iPhone\n", "/p", "/p\nvariable.m=iPhone!\n" },
    { "set $m \"\"; if ($http_user_agent ~* \"(iphone)\") { set $m $1; } set $m \"${m}!\";",
      "$uri$m", "User-Agent: Desk\n", "/p", "/p\nvariable.m=!\n" },
    { "set $m 0; if ($arg_a) { set $m 1; } if ($arg_a = x) { set $m 2; } if ($arg_a != x) { set $n "
      "$m; }",
      "$m$n", "", "/?a=x", "\nvariable.m=2\nvariable.n\n" },
    { "set $m 0; if ($arg_a) { set $m 1; } if ($arg_a = x) { set $m 2; } if ($arg_a != x) { set $n "
      "$m; }",
      "$m$n", "", "/?a=0", "\nvariable.m=0\nvariable.n=0\n" },
    { "set $m 0; if ( $uri !~ ^/a ) { set $m 1; set $uri2 $uri; }", "$m$uri2", "", "/b",
      "\nvariable.m=1\nvariable.uri2=/b\n" },
    { "set $skip 0; if ($skip = 0) { set $skip 1; set $other yes; }", "$skip$other", "", "/",
      "\nvariable.skip=1\nvariable.other=yes\n" },
    /* blocks: the outer one's first; what stands beside the key's does not count */
    { "server { location /a { set $v a; } location /b { set $v \"$v$arg_x\"; KEY } set $v s; }",
      "$v", "", "/?x=1", "\nvariable.v=s1\n" },
};

static void put_conf(struct strbuf *out, const struct made_row *row)
{
    struct span rest = span_of(row->conf);
    ptrdiff_t at = span_find(rest, SPAN("KEY"));
    strbuf_add_str(out, "proxy_cache z; ");
    strbuf_add_span(out, at < 0 ? rest : span_head(rest, (size_t)at));
    strbuf_addf(out, " proxy_cache_key \"%s\";\n", row->key_string);
    if (at >= 0)
        strbuf_add_span(out, span_from(rest, (size_t)at + 3));
}

static void test_nginx_conf__follows_map_set_and_if(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof made_rows / sizeof *made_rows; i++) {
        const struct made_row *row = &made_rows[i];
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        put_conf(&text, row);
        int rc = key_from_nginx_conf(&source, "c", strbuf_span(&text), &arena, &err);
        check_row(rc == 0, err.text[0] ? err.text : row->conf);
        const struct http_request request = { .method = SPAN("GET"),
                                              .scheme = SPAN("https"),
                                              .authority = SPAN("SHOP.example:80"),
                                              .target = span_of(row->target),
                                              .fields = fields_from(row->fields, &arena) };
        struct http_request plain = request;
        plain.authority = SPAN("shop.example");
        bool whole = span_find(span_of(row->conf), SPAN("http_host")) >= 0;
        check_span(key_of(&source.policy, whole ? &request : &plain, &arena), row->key);
    }
}

/* What a condition makes of a request: past the cache or not. */
static void test_nginx_conf__follows_conditions_that_maps_and_ifs_make(void **state)
{
    (void)state;
    static const char made[] =
        "map $http_cookie $has_login { default 0; ~*wordpress_logged_in 1; }\n"
        "map $request_method $is_post { default \"\"; POST 1; }\n"
        "server {\n"
        "  proxy_cache z;\n"
        "  set $skip 0;\n"
        "  if ($query_string != \"\") { set $skip 1; }\n"
        "  if ($request_uri ~* \"/wp-admin/|/xmlrpc.php\") { set $skip 1; }\n"
        "  location / { proxy_cache_bypass $skip $has_login$is_post; proxy_no_cache $skip; }\n"
        "}\n";
    static const struct {
        const char *method, *target, *fields;
        bool reads, stores;
    } rows[] = {
        { "GET", "/", "", true, true }, /* "0", and "0" with nothing behind it */
        { "GET", "/?q=1", "", false, false },
        { "GET", "/WP-admin/x", "", false, false },
        { "GET", "/", "Cookie: wordpress_logged_in_x=1\n", false, true },
        { "POST", "/", "", false, false },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    int rc = key_from_nginx_conf(&source, "c", span_of(made), &arena, &err);
    check_row(rc == 0, err.text);
    assert_int_equal(source.note_count, 0);
    assert_int_equal(source.policy.bypass_count, 2);
    assert_int_equal(source.policy.bypass[0].scope, BYPASS_BOTH);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bypass b = { .reads = true, .stores = true };
        const struct http_request request = { .method = span_of(rows[i].method),
                                              .scheme = SPAN("https"),
                                              .authority = SPAN("h"),
                                              .target = span_of(rows[i].target),
                                              .fields = fields_from(rows[i].fields, &arena) };
        bypass_of(&source.policy, &request, &b);
        check_row(b.reads == rows[i].reads && b.stores == rows[i].stores, rows[i].target);
    }
}

static void test_nginx_conf__says_what_of_a_variable_it_cannot_follow(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "neither a map nor a set here makes $v" },
        { "map $geoip_country_code $v { default 1; }",
          "neither a map nor a set here makes $geoip_country_code" },
        { "map $uri $v { include a.map; }", "line 1: the map includes a file" },
        { "map $uri $v { a b c; }", "line 1: a line of a map with more or less than two words" },
        { "map $uri $v { ~(?=a) 1; }", "line 1: the pattern has a group that looks around, goes "
                                       "back or sets an option at its byte 1" },
        { "map $uri $v { \"~(a)\\1\" 1; }", "line 1: the pattern has a reference back to a group" },
        { "map $v $v { a 1; }", "line 1: the map of $v is made of itself, or of too many others" },
        { "map $w $v { a 1; } map $arg_a $w { b $v; }", "is made of itself" },
        { "set $v $1;", "neither a map nor a set here makes $1" },
        { "set $v $w;", "neither a map nor a set here makes $w" },
        { "if (-f $request_filename) { set $v 1; }",
          "line 1: an if of a kind that is not followed" },
        { "if ($uri ~ \"(\") { set $v 1; }", "the pattern has a '(' that nothing closes" },
        { "location /a { set $v $uri; }\nlocation /b { set $v 2; }",
          "lines 1 and 2 set $v in blocks side by side" },
        { "if ($arg_a) { break; }\nset $v $uri; set $v 1;",
          "line 1: behind a break no set counts" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct err err = ERR_INIT;
        struct key_source source;
        strbuf_addf(&text, "%s\nproxy_cache_key $host$v;", rows[i][0]);
        int rc = key_from_nginx_conf(&source, "c", strbuf_span(&text), &arena, &err);
        check_row(rc == E_FORMAT, rows[i][0]);
        check_contains(err.text, ":22: found $v, which cannot be followed: ");
        check_contains(err.text, rows[i][1]);
        strbuf_clear(&text);
        strbuf_addf(&text, "%s\nproxy_cache z; proxy_cache_bypass $v;", rows[i][0]);
        rc = key_from_nginx_conf(&source, "c", strbuf_span(&text), &arena, &err);
        check_row(rc == 0 && source.note_count >= 1, rows[i][0]);
        AUTO(strbuf_release) struct strbuf note = STRBUF_INIT;
        strbuf_add_span(&note, source.notes[source.note_count - 1]);
        check_contains(note.buf, "proxy_cache_bypass $v is not followed (");
        check_contains(note.buf, rows[i][1]);
    }
}

/* Each makes twice the next: 2^30 values, were they all made. */
static void test_nginx_conf__what_maps_make_of_maps_stays_bounded(void **state)
{
    (void)state;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct key_source source;
    strbuf_add_str(&text, "map $uri $m0 { default abcdefgh; }\n");
    for (int i = 1; i < 30; i++)
        strbuf_addf(&text, "map $m%d $m%d { default $m%d$m%d; }\n", i - 1, i, i - 1, i - 1);
    strbuf_add_str(&text, "proxy_cache_key $m29;");
    int rc = key_from_nginx_conf(&source, "c", strbuf_span(&text), &arena, &err);
    check_row(rc == 0, err.text);
    struct http_request request = a_request(&arena);
    assert_true(key_of(&source.policy, &request, &arena).len < 20000);
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
        cmocka_unit_test(test_nginx_conf__follows_map_set_and_if),
        cmocka_unit_test(test_nginx_conf__follows_conditions_that_maps_and_ifs_make),
        cmocka_unit_test(test_nginx_conf__says_what_of_a_variable_it_cannot_follow),
        cmocka_unit_test(test_nginx_conf__what_maps_make_of_maps_stays_bounded),
        cmocka_unit_test(test_nginx_conf__two_upstreams_keep_hosts_apart),
        cmocka_unit_test(test_nginx_conf__says_where_it_is_not_one),
        cmocka_unit_test(test_text__that_is_nothing_known_is_refused),
        cmocka_unit_test(test_preset__every_product_has_its_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
