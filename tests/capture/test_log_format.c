#include "support/check.h"
#include "rehearse/base/strbuf.h"

#include "log_format.h"

static void test_compile__names_column_and_expectation(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *what;
    } rows[] = {
        { "$status$request", "column 8", "$request follows $status" },
        { "\"$status $host$scheme $request\"", "column 15", "$scheme follows $host" },
        { "$request $ x", "column 10", "variable's name" },
        { "$request ${status", "column 18", "'}'" },
        { "%h %{Referer i \"%r\"", "column 5", "'}'" },
        { "%h \"%r\" %>", "column 11", "a letter" },
        { "%h \"%r\" %{x}", "column 13", "a letter" },
        { "%h \"%r\" %b %Z", "column 13", "%Z is no directive" },
        { "%h%l \"%r\"", "column 3", "%l follows %h" },
        { "nothing at all", "", "no variable" },
        { "", "", "no variable" },
        { "$status $remote_addr", "", "what was requested" },
        { "%h %>s", "", "what was requested" },
        { "log_format main '$request", "", "quote" },
        { "log_format main '$request' $status", "", "quote" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log_format *f = NULL;
        struct err err = ERR_INIT;
        assert_int_equal(log_format_compile(&f, span_of(rows[i].text), &err), E_USAGE);
        assert_null(f);
        check_contains(err.text, rows[i].where);
        check_contains(err.text, rows[i].what);
    }
}

/* The format as compiled: literals as they are, variables with what they mean as <role>. */
static void show(struct strbuf *out, const struct log_format *f)
{
    strbuf_add_span(out, f->head);
    for (size_t i = 0; i < f->len; i++)
        strbuf_addf(out, "<%.*s>%.*s", SPAN_ARG(f->steps[i].variable),
                    SPAN_ARG(f->steps[i].until));
}

static void test_compile__takes_the_configuration_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "$remote_addr \"$request\"", "<$remote_addr> \"<$request>\"" },
        { "'$remote_addr \"$request\"'", "<$remote_addr> \"<$request>\"" },
        { "\"%h \\\"%r\\\" %b\"", "<%h> \"<%r>\" <%b>" },
        { "\"%h \\\"%r\\\" %b\" common", "<%h> \"<%r>\" <%b>" },
        { "LogFormat \"%h \\\"%r\\\"\" x", "<%h> \"<%r>\"" },
        { "CustomLog logs/a.log \"%h \\\"%r\\\"\"", "<%h> \"<%r>\"" },
        { "log_format m '$remote_addr '\n   '\"$request\"';", "<$remote_addr> \"<$request>\"" },
        { "log_format m escape=json '{\"r\":\"$request\"}';", "{\"r\":\"<$request>\"}" },
        { "\"$request\" $status", "\"<$request>\" <$status>" },
        { "%h \\\"%r\\\"", "<%h> \"<%r>\"" },
        { "%h %t %r", "<%h> [<%t>] <%r>" },
        { "%h %!200,304{Referer}i %%%>s %r", "<%h> <%!200,304{Referer}i> %<%>s> <%r>" },
        { "${request_method}|$request_uri", "<${request_method}>|<$request_uri>" },
        { "$scheme://$host$request_uri", "<$scheme>://<$host><$request_uri>" },
        { "%m %U%q %H", "<%m> <%U> <%H>" },
        { "$request_method $uri$is_args$args x", "<$request_method> <$uri> x" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf got = STRBUF_INIT;
        AUTO(log_format_freep) struct log_format *f = NULL;
        struct err err = ERR_INIT;
        if (log_format_compile(&f, span_of(rows[i].text), &err) < 0)
            fail_msg("%s: %s", rows[i].text, err.text);
        show(&got, f);
        assert_string_equal(got.buf, rows[i].want);
    }
}

static void test_compile__bounds_what_it_takes(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct log_format *f = NULL;
    struct err err = ERR_INIT;
    for (int i = 0; i < 600; i++)
        strbuf_add_str(&text, "$request ");
    assert_int_equal(log_format_compile(&f, strbuf_span(&text), &err), E_LIMIT);
    while (text.len <= 64 * 1024)
        strbuf_add_str(&text, "$request ");
    assert_int_equal(log_format_compile(&f, strbuf_span(&text), &err), E_LIMIT);
}

/* Of several values for one role the finer or surer one is taken. */
static void test_compile__prefers_the_surer_of_two(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum role role;
        const char *wanted;
    } rows[] = {
        { "$time_local $msec $request", ROLE_TIME, "$msec" },
        { "$host $http_host $request", ROLE_AUTHORITY, "$http_host" },
        { "%T %D %r", ROLE_DURATION, "%D" },
        { "%s %>s %r", ROLE_STATUS, "%>s" },
        { "$upstream_http_vary $sent_http_vary $request", ROLE_RESPONSE_FIELD, "$sent_http_vary" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(log_format_freep) struct log_format *f = NULL;
        unsigned found = 0;
        assert_int_equal(log_format_compile(&f, span_of(rows[i].text), NULL), 0);
        for (size_t k = 0; k < f->len; k++)
            if (f->steps[k].meaning.role == rows[i].role) {
                check_span(f->steps[k].variable, rows[i].wanted);
                found++;
            }
        assert_int_equal(found, 1);
    }
}

/* The value of `role` that `line` has under `format`; none when it does not match. */
static struct span value_in(const char *format, const char *line, enum role role,
                            struct record *r, struct arena *arena)
{
    static const struct record_rules rules = { 0 };
    AUTO(log_format_freep) struct log_format *f = NULL;
    struct log_mismatch why;
    assert_int_equal(log_format_compile(&f, span_of(format), NULL), 0);
    record_begin(r, &rules, span_of(line), arena);
    return log_format_match(f, r, &why) ? record_value(r, role) : SPAN_NONE;
}

static void test_match__finds_the_request_among_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line, *want;
    } rows[] = {
        { "\"%r\" %>s", "\"GET / HTTP/1.1\" 200", "GET / HTTP/1.1" },
        { "\"%r\" %>s", "\"GET /\\\"x\\\" HTTP/1.1\" 200", "GET /\"x\" HTTP/1.1" },
        { "\"%r\" %>s", "\"GET /\\x22\\x5C HTTP/1.1\" 200", "GET /\"\\ HTTP/1.1" },
        { "\"%r\" %>s", "\"GET /a\" b HTTP/1.1\" 200", "GET /a\" b HTTP/1.1" },
        { "\"%r\" %>s", "\"GET /\\\\\" 200", "GET /\\" },
        { "\"%r\" %>s", "\"GET / HTTP/1.1\" ", NULL },
        { "\"%r\" %>s", "\"GET / HTTP/1.1", NULL },
        { "\"%r\" %>s", "", NULL },
        { "%>s \"%r\"", "200 \"GET / HTTP/1.1\"", "GET / HTTP/1.1" },
        { "%>s \"%r\"", "200 \"GET / HTTP/1.1\" more", NULL },
        { "%>s \"%r\" \"%{A}i\"", "200 \"GET /\" \"a\"b\"", "GET /" },
        { "{\"r\":\"$request\",\"s\":$status}", "{\"r\":\"GET \\/\\u0041\",\"s\":}", "GET /A" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct record r;
        check_span(value_in(rows[i].format, rows[i].line, ROLE_REQUEST_LINE, &r, &arena),
                   rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile__names_column_and_expectation),
        cmocka_unit_test(test_compile__takes_the_configuration_as_it_is),
        cmocka_unit_test(test_compile__bounds_what_it_takes),
        cmocka_unit_test(test_compile__prefers_the_surer_of_two),
        cmocka_unit_test(test_match__finds_the_request_among_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
