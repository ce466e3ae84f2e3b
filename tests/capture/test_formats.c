/*
 * Every format against a golden file: fixtures/logs/<name>.log and what is read
 * from it, <name>.golden. With REHEARSE_WRITE_GOLDEN set the goldens are written
 * anew, to be read by a person before they are kept.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dump.h"
#include "rehearse/base/file.h"

struct sample {
    const char *file;
    const char *format; /* that detection must come to */
    struct source_options options;
};

static const struct sample samples[] = {
    { .file = "combined", .format = "combined" },
    { .file = "common", .format = "common" },
    { .file = "vhost-combined", .format = "vhost-combined" },
    { .file = "nginx-main", .format = "nginx-main" },
    { .file = "varnishncsa", .format = "varnishncsa" },
    { .file = "traefik", .format = "traefik" },
    { .file = "envoy", .format = "envoy" },
    { .file = "alb", .format = "alb" },
    { .file = "squid", .format = "squid" },
    { .file = "haproxy", .format = "haproxy", .options = { .utc_offset_s = 3600 } },
    { .file = "haproxy-captures",
      .format = "haproxy",
      .options = { .format = "haproxy",
                   .field_map = "request.Accept-Language=req.0,host=req.1,"
                                "response.Location=res.0" } },
    { .file = "cloudfront", .format = "cloudfront" },
    { .file = "cloudfront-realtime", .format = "cloudfront-realtime" },
    { .file = "w3c", .format = "w3c" },
    { .file = "nginx-json", .format = "nginx-json" },
    { .file = "caddy", .format = "caddy" },
    { .file = "traefik-json", .format = "traefik-json" },
    { .file = "envoy-json", .format = "envoy-json" },
    { .file = "haproxy-json", .format = "haproxy-json" },
    { .file = "cloudfront-json", .format = "cloudfront-json" },
    { .file = "cloudflare", .format = "cloudflare" },
    { .file = "fastly", .format = "fastly" },
    { .file = "akamai", .format = "akamai" },
    { .file = "gcp", .format = "gcp" },
    { .file = "varnishncsa-json", .format = "varnishncsa-json" },
    { .file = "nginx-extended",
      .format = "log-format",
      .options = { .log_format =
                       "log_format ext '$remote_addr [$time_local] $msec $request_time '\n"
                       "  '\"$request_method $scheme://$host$request_uri $server_protocol\" '\n"
                       "  '$status $body_bytes_sent \"$http_cookie\" \"$cookie_sid\" '\n"
                       "  '\"$sent_http_set_cookie\" \"$sent_http_cache_control\" '\n"
                       "  '$upstream_cache_status \"$request_body\" ${request_id}';",
                   .scheme = "http" } },
    { .file = "apache-extended",
      .format = "log-format",
      .options = { .log_format =
                       "LogFormat \"%v:%p %a %u %{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t \\\"%m %U%q "
                       "%H\\\" %>s %B %D \\\"%{Accept-Language}i\\\" \\\"%{lang}C\\\" "
                       "\\\"%{Vary}o\\\" %X %{UNIQUE_ID}e\" ext",
                   .authority = "unused.example" } },
    { .file = "nginx-escape-json",
      .format = "log-format",
      .options = { .log_format = "log_format j escape=json '{\"t\":$msec,\"r\":\"$request\",' "
                                 "'\"s\":$status,\"ua\":\"$http_user_agent\",'"
                                 " '\"d\":$request_time}';" } },
    { .file = "syslog", .format = "combined" },
    { .file = "json", .format = "json" },
    { .file = "field-map",
      .format = "json",
      .options = { .field_map = "time=when.at,method=http.verb,target=http.uri,host=http.host,"
                                "status=code,request_headers=http.in,response_headers=http.out,"
                                "duration_ms=took,cookie.sid=sid",
                   .scheme = "https" } },
};

static void read_all(struct strbuf *out, const struct sample *sample)
{
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(source_closep) struct source *source = NULL;
    struct err err = ERR_INIT;
    struct source_item item;
    char path[4096];
    int rc;
    snprintf(path, sizeof path, FIXTURES "/logs/%s.log", sample->file);
    if (source_open(&source, path, &sample->options, &evidence, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(source_format_name(source), sample->format);
    assert_int_equal(strncmp(evidence.buf, sample->format, strlen(sample->format)), 0);
    while ((rc = source_next(source, &item, &arena, &err)) > 0) {
        dump_item(out, rc, &item);
        arena_clear(&arena);
    }
    assert_int_equal(rc, 0);
}

static void test_formats__read_what_the_goldens_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        AUTO(strbuf_release) struct strbuf got = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf want = STRBUF_INIT;
        struct err err = ERR_INIT;
        char path[4096];
        snprintf(path, sizeof path, FIXTURES "/logs/%s.golden", samples[i].file);
        read_all(&got, &samples[i]);
        if (getenv("REHEARSE_WRITE_GOLDEN"))
            assert_int_equal(file_write(path, strbuf_span(&got), 0644, &err), 0);
        if (file_read(&want, path, 1u << 20, &err) < 0)
            fail_msg("%s", err.text);
        if (!span_eq(strbuf_span(&got), strbuf_span(&want)))
            print_error("%s\n", samples[i].file);
        assert_string_equal(got.buf, want.buf);
    }
}

static void test_formats__all_have_a_name_of_their_own_and_a_summary(void **state)
{
    (void)state;
    for (size_t i = 0; source_formats[i]; i++) {
        assert_non_null(source_formats[i]->summary);
        for (size_t before = 0; before < i; before++)
            assert_string_not_equal(source_formats[before]->name, source_formats[i]->name);
    }
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    struct source *source = NULL;
    struct err err = ERR_INIT;
    struct source_options options = { .format = "no such format" };
    assert_int_equal(source_open(&source, FIXTURES "/logs/combined.log", &options, &evidence, &err),
                     E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats__read_what_the_goldens_say),
        cmocka_unit_test(test_formats__all_have_a_name_of_their_own_and_a_summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
