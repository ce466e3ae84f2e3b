/*
 * What holds for every line source: each line is one item, whatever is in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "rehearse/base/random.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/capture/source.h"
#include "support/check.h"

struct scratch {
    char path[64];
};

static struct scratch scratch_file(struct span bytes)
{
    struct scratch s = { "/tmp/rehearse-lines-XXXXXX" };
    int fd = mkstemp(s.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    close(fd);
    return s;
}

static void scratch_remove(struct scratch *s)
{
    unlink(s->path);
}

struct counts {
    unsigned exchanges, skipped, rejected;
    uint64_t last_line;
    int end;            /* what source_next ended with */
    struct span reason; /* of the last skip or reject: constant */
    uint64_t column;
    struct exchange last; /* in `arena` */
    struct arena arena;
};

static void counts_release(struct counts *c)
{
    arena_release(&c->arena);
}

/* One source over these bytes; every item must be complete and of the next line. */
static struct counts count(const char *format, struct span bytes, struct err *err)
{
    AUTO(scratch_remove) struct scratch s = scratch_file(bytes);
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(source_closep) struct source *source = NULL;
    struct source_options options = { .format = format };
    struct source_item item;
    struct counts c = { .arena = ARENA_INIT };
    assert_int_equal(source_open(&source, s.path, &options, &evidence, err), 0);
    while ((c.end = source_next(source, &item, &arena, err)) > 0) {
        assert_int_equal(item.line, c.last_line + 1);
        c.last_line = item.line;
        c.column = item.column;
        if (c.end == SOURCE_EXCHANGE) {
            assert_true(item.exchange.request.method.len > 0);
            assert_true(item.exchange.request.target.len > 0);
            c.last = exchange_copy(&item.exchange, &c.arena);
            c.exchanges++;
        } else {
            assert_true(item.reason.len > 0);
            c.reason = item.reason;
            c.skipped += c.end == SOURCE_SKIPPED;
            c.rejected += c.end == SOURCE_REJECTED;
        }
        arena_clear(&arena);
    }
    return c;
}

static const char *const line_formats[] = {
    "combined",
    "common",
    "vhost-combined",
    "nginx-main",
    "varnishncsa",
    "traefik",
    "envoy",
    "alb",
    "squid",
    "haproxy",
    "cloudfront",
    "cloudfront-realtime",
    "w3c",
    "json",
    "nginx-json",
    "caddy",
    "traefik-json",
    "envoy-json",
    "haproxy-json",
    "cloudfront-json",
    "cloudflare",
    "fastly",
    "akamai",
    "gcp",
    "varnishncsa-json",
};

static void add_noise(struct strbuf *out, struct random *r)
{
    static const char spice[] = "\"\"\\\\[]{}:,-% #\t'x0123456789/";
    size_t len = random_below(r, 300);
    for (size_t i = 0; i < len; i++) {
        char c = random_below(r, 3) ? spice[random_below(r, sizeof spice - 1)]
                                    : (char)random_below(r, 256);
        strbuf_add_char(out, c == '\n' ? ' ' : c);
    }
    strbuf_add_char(out, '\n');
}

static void test_every_line__is_one_item_in_every_format(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct random random = { 7 };
    for (int i = 0; i < 2000; i++)
        add_noise(&text, &random);
    for (size_t i = 0; i < sizeof line_formats / sizeof *line_formats; i++) {
        struct err err = ERR_INIT;
        AUTO(counts_release) struct counts c = count(line_formats[i], strbuf_span(&text), &err);
        assert_int_equal(c.end, SOURCE_END);
        assert_int_equal(c.exchanges + c.skipped + c.rejected, 2000);
    }
}

static void test_real_lines__cut_anywhere_are_one_item(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line;
    } rows[] = {
        { "combined", "1.2.3.4 - - [07/Mar/2026:10:15:32 +0100] \"GET /a\\x22 HTTP/1.1\" 200 5 "
                      "\"-\" \"M\\\"\"" },
        { "caddy", "{\"ts\":1,\"request\":{\"method\":\"GET\",\"uri\":\"/\",\"headers\":"
                   "{\"Cookie\":[\"a=REDACTED; b=\\u0041\"]}},\"status\":200}" },
        { "haproxy", "h haproxy[1]: 1.2.3.4:5 [07/Mar/2026:10:15:32.114] fe~ b/s 0/0/1/10/11 200 "
                     "5 a=b c=d ---- 2/2/0/0/0 0/0 {x.y|#4a#} {z} \"GET /#2f HTTP/1.1\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct err err = ERR_INIT;
        struct span line = span_of(rows[i].line);
        for (size_t len = 0; len <= line.len; len++) {
            strbuf_add_span(&text, span_head(line, len));
            strbuf_add_char(&text, '\n');
        }
        AUTO(counts_release) struct counts c = count(rows[i].format, strbuf_span(&text), &err);
        assert_int_equal(c.exchanges + c.skipped + c.rejected, line.len + 1);
        assert_true(c.exchanges >= 1);
        assert_true(c.rejected >= line.len / 2);
    }
}

static void test_huge_field__is_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *format, *before, *after;
    } rows[] = {
        { "combined", "1.2.3.4 - - [07/Mar/2026:10:15:32 +0100] \"GET / HTTP/1.1\" 200 5 \"-\" \"",
          "\"\n" },
        { "nginx-json", "{\"request_method\":\"GET\",\"uri\":\"/\",\"status\":200,\"ua\":\"",
          "\"}\n" },
    };
    enum { HUGE_BYTES = 1 << 20 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_add_str(&text, rows[i].before);
        for (int k = 0; k < HUGE_BYTES / 2; k++)
            strbuf_add_str(&text, "\\\\");
        strbuf_add_str(&text, rows[i].after);
        AUTO(counts_release) struct counts c = count(rows[i].format, strbuf_span(&text), &err);
        assert_int_equal(c.exchanges, 1);
        struct span ua = http_fields_value(&c.last.request.fields, SPAN("User-Agent"));
        assert_int_equal(ua.len, HUGE_BYTES / 2);
    }
}

static void test_truncated_gzip__keeps_what_came_before(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf gz = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct random random = { 3 };
    for (int i = 0; i < 5000; i++)
        strbuf_addf(&text,
                    "1.2.3.4 - - [07/Mar/2026:10:15:32 +0100] \"GET /%llu HTTP/1.1\" 200 5\n",
                    (unsigned long long)random_next(&random));
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t bound = deflateBound(&z, text.len);
    z.next_in = (Bytef *)text.buf;
    z.avail_in = (uInt)text.len;
    z.next_out = (Bytef *)strbuf_room(&gz, bound);
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t packed = z.total_out;
    deflateEnd(&z);

    AUTO(counts_release) struct counts c = count(NULL, span_make(gz.buf, packed / 2), &err);
    assert_int_equal(c.end, E_FORMAT);
    assert_true(c.exchanges > 1000);
    assert_int_equal(c.rejected, 1); /* the line it breaks off in */
    check_span(c.reason, "the line is cut");
    check_contains(err.text, "breaks off");
}

/* One line of combined, and what must come of it. */
static void test_combined__judges_requests(void **state)
{
    (void)state;
    static const struct {
        const char *request, *status;
        unsigned exchanges;
        const char *reason;
        unsigned marks;
    } rows[] = {
        { "GET / HTTP/1.1", "200", 1, NULL, 0 },
        { "GET / HTTP/1.1", "304", 1, NULL, MARK_RECORDED_304 },
        { "GET / HTTP/1.1", "499", 1, NULL, MARK_CLIENT_ABORTED },
        { "GET / HTTP/1.1", "000", 1, NULL, MARK_CLIENT_ABORTED },
        { "GET / HTTP/1.1", "0", 1, NULL, MARK_CLIENT_ABORTED },
        { "POST / HTTP/1.1", "200", 1, NULL, MARK_REQUEST_BODY_MISSING },
        { "GET / HTTP/1.1", "99", 0, "no status code", 0 },
        { "GET / HTTP/1.1", "1000", 0, "no status code", 0 },
        { "-", "408", 0, "not an HTTP request", 0 },
        { "\\x16\\x03\\x01", "400", 0, "not an HTTP request", 0 },
        { "", "400", 0, "not an HTTP request", 0 },
        { "SSH-2.0-OpenSSH_9.6", "400", 0, "not an HTTP request", 0 },
        { "GET\\x00 / HTTP/1.1", "400", 0, "not an HTTP request", 0 },
        { "GET /\\x01 HTTP/1.1", "400", 0, "no usable request target", 0 },
        { "GET /\\n HTTP/1.1", "400", 0, "no usable request target", 0 },
        { "GET relative HTTP/1.1", "400", 0, "no usable request target", 0 },
        { "GET javascript:x HTTP/1.1", "400", 0, "no usable request target", 0 },
        { "GET http:// HTTP/1.1", "400", 0, "no usable request target", 0 },
        { "CONNECT a.example:443 HTTP/1.1", "200", 0, "a CONNECT tunnel", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_addf(&line, "1.2.3.4 - - [07/Mar/2026:10:15:32 +0100] \"%s\" %s 5 \"-\" \"-\"\n",
                    rows[i].request, rows[i].status);
        AUTO(counts_release) struct counts c = count("combined", strbuf_span(&line), &err);
        check_row(c.exchanges == rows[i].exchanges, rows[i].request);
        if (rows[i].reason)
            check_span(c.reason, rows[i].reason);
        else
            assert_int_equal(c.last.marks, rows[i].marks);
    }
}

static void test_absolute_targets__are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *target, *scheme, *authority, *path;
    } rows[] = {
        { "http://Shop.Example/p?x", "http", "shop.example", "/p?x" },
        { "HTTPS://u:p@shop.example:443/p", "https", "shop.example", "/p" },
        { "http://shop.example:8080", "http", "shop.example:8080", "/" },
        { "http://shop.example?x=1", "http", "shop.example", "/?x=1" },
        { "http://[::1]:80/a#f", "http", "[::1]", "/a" },
        { "/a#f", NULL, NULL, "/a" },
        { "//a/b", NULL, NULL, "//a/b" },
        { "/%2F%e4;x=1?", NULL, NULL, "/%2F%e4;x=1?" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_addf(&line, "1.2.3.4 - - [07/Mar/2026:10:15:32 +0100] \"GET %s HTTP/2.0\" 200 5\n",
                    rows[i].target);
        AUTO(counts_release) struct counts c = count("common", strbuf_span(&line), &err);
        check_row(c.exchanges == 1, rows[i].target);
        check_span(c.last.request.scheme, rows[i].scheme);
        check_span(c.last.request.authority, rows[i].authority);
        check_span(c.last.request.target, rows[i].path);
        check_span(c.last.request.version, "HTTP/2");
    }
}

static void test_masked_credentials__are_dropped_and_marked(void **state)
{
    (void)state;
    static const struct {
        const char *cookie, *left; /* NULL: no Cookie line at all */
        bool masked;
    } rows[] = {
        { "sid=abc", "sid=abc", false },
        { "REDACTED", NULL, true },
        { "sid=REDACTED; lang=en; t=xxxxx", "lang=en", true },
        { "sid=***", NULL, true },
        { "a;a;a=***;", "=a; =a", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_addf(&line,
                    "{\"method\":\"GET\",\"uri\":\"/\",\"status\":200,\"http_cookie\":\"%s\"}\n",
                    rows[i].cookie);
        AUTO(counts_release) struct counts c = count("nginx-json", strbuf_span(&line), &err);
        assert_int_equal(c.exchanges, 1);
        assert_int_equal((c.last.marks & MARK_CREDENTIALS_MASKED) != 0, rows[i].masked);
        const struct http_field *f = http_fields_first(&c.last.request.fields, SPAN("Cookie"));
        if (rows[i].left)
            check_span(f->value, rows[i].left);
        else
            assert_null(f);
    }
}

static void test_detection__says_so_when_nothing_fits(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
    } rows[] = {
        { "", "empty" },
        { "once upon a time\nthere was a file\n", "once upon a time" },
        { "\x01\x02\x03\xff\n\x00", "\\x01\\x02" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(scratch_remove) struct scratch s = scratch_file(span_of(rows[i].text));
        AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
        struct source *source = NULL;
        struct source_options options = { 0 };
        struct err err = ERR_INIT;
        assert_int_equal(source_open(&source, s.path, &options, &evidence, &err), E_FORMAT);
        assert_null(source);
        check_contains(err.text, rows[i].what);
    }
}

static void test_options__wrong_ones_are_usage_errors(void **state)
{
    (void)state;
    static const struct {
        struct source_options options;
        int code;
        const char *what;
    } rows[] = {
        { { .format = "nope" }, E_USAGE, "no format is named \"nope\"" },
        { { .format = "log-format" }, E_USAGE, "--log-format" },
        { { .log_format = "$status$request" }, E_USAGE, "column 8" },
        { { .nginx_conf = "/nowhere/nginx.conf" }, E_IO, "/nowhere/nginx.conf" },
        { { .field_map = "status" }, E_USAGE, "column 1" },
        { { .field_map = "status=a,nope=b" }, E_USAGE, "column 10: found \"nope\"" },
        { { .field_map = "status=a..b" }, E_USAGE, "empty name" },
        { { .field_map = "status=a.b.c.d.e.f.g.h.i.j" }, E_LIMIT, "deep" },
    };
    AUTO(scratch_remove) struct scratch s = scratch_file(SPAN("{}\n"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
        struct source *source = NULL;
        struct err err = ERR_INIT;
        int rc = source_open(&source, s.path, &rows[i].options, &evidence, &err);
        check_row(rc < 0, rows[i].what);
        if (rows[i].code != E_IO)
            assert_int_equal(rc, rows[i].code);
        check_contains(err.text, rows[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_line__is_one_item_in_every_format),
        cmocka_unit_test(test_real_lines__cut_anywhere_are_one_item),
        cmocka_unit_test(test_huge_field__is_read_whole),
        cmocka_unit_test(test_truncated_gzip__keeps_what_came_before),
        cmocka_unit_test(test_combined__judges_requests),
        cmocka_unit_test(test_absolute_targets__are_taken_apart),
        cmocka_unit_test(test_masked_credentials__are_dropped_and_marked),
        cmocka_unit_test(test_detection__says_so_when_nothing_fits),
        cmocka_unit_test(test_options__wrong_ones_are_usage_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
