#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "support/check.h"

#include "nginx_conf.h"

/* A folder with these files in it, for one test. */
struct folder {
    char path[64];
    const char *files[4];
};

static struct folder folder_make(void)
{
    struct folder f = { .path = "/tmp/rehearse-conf-XXXXXX" };
    assert_non_null(mkdtemp(f.path));
    return f;
}

static void folder_put(struct folder *f, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    assert_int_equal(file_write(path, span_of(text), 0600, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        if (!f->files[i]) {
            f->files[i] = name;
            return;
        }
}

static void folder_remove(struct folder *f)
{
    char path[256];
    for (size_t i = 0; i < 4 && f->files[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", f->path, f->files[i]);
        unlink(path);
    }
    rmdir(f->path);
}

static int load(struct folder *f, const char *name, const char *log_path, struct span *ret_first,
                size_t *ret_len, struct err *err)
{
    AUTO(log_format_freep) struct log_format *format = NULL;
    static char first[64];
    char path[256];
    snprintf(path, sizeof path, "%s/nginx.conf", f->path);
    int rc = nginx_conf_log_format(&format, path, name, log_path, err);
    if (rc < 0)
        return rc;
    snprintf(first, sizeof first, "%.*s", SPAN_ARG(format->steps[0].variable));
    *ret_first = span_of(first);
    *ret_len = format->len;
    return 0;
}

static const char main_conf[] = "user www; # a comment with 'quotes\n"
                                "events { worker_connections 10; }\n"
                                "http {\n"
                                "  include mime.types;\n"
                                "  log_format main '$remote_addr - \"$request\" '\n"
                                "                  '$status ${body_bytes_sent}';\n"
                                "  log_format j escape=json '{\"r\":\"$request\",\"s\":$status}';\n"
                                "  access_log /var/log/nginx/access.log main;\n"
                                "  if ($a ~ \"{\") { set $b '}'; }\n"
                                "  include sites-*.conf;\n"
                                "}\n";

static void test_conf__gives_the_format_the_log_was_written_with(void **state)
{
    (void)state;
    static const struct {
        const char *name, *log, *first;
        size_t len;
    } rows[] = {
        { NULL, "logs/access.log-20260307.gz", "$remote_addr", 4 },
        { NULL, "api.log.1", "$request", 2 },
        { NULL, "/x/shop_access.log", "$time_local", 2 },
        { "j", "logs/access.log", "$request", 2 },
        { "combined", "logs/access.log", "$remote_addr", 8 },
    };
    AUTO(folder_remove) struct folder f = folder_make();
    folder_put(&f, "nginx.conf", main_conf);
    folder_put(&f, "sites-a.conf", "server { access_log logs/api.log j buffer=32k; }\n");
    folder_put(&f, "sites-b.conf",
               "log_format site '[$time_local] \"$request\"';\n"
               "access_log logs/shop_access.log site; access_log off;\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        struct span first = SPAN_NONE;
        size_t len = 0;
        if (load(&f, rows[i].name, rows[i].log, &first, &len, &err) < 0)
            fail_msg("%s", err.text);
        check_span(first, rows[i].first);
        assert_int_equal(len, rows[i].len);
    }
}

static void test_conf__errors_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *conf, *name, *what;
        int code;
    } rows[] = {
        { "log_format a '$request $status;\n", NULL, "line 1: the quote", E_USAGE },
        { "\n\nlog_format a escape=xml '$request';\n", NULL, "line 3", E_USAGE },
        { "\nlog_format a '$status$request';\n", "a", "line 2: log_format a", E_USAGE },
        { "log_format a;\n", NULL, "needs a name", E_USAGE },
        { "log_format a '$request'; log_format b '$request x';", NULL, "Name one of a, b",
          E_USAGE },
        { "log_format a '$request';", "c", "no log_format named \"c\"", E_NOT_FOUND },
        { "events {}", NULL, "no log_format in it", E_NOT_FOUND },
        { "include nginx.conf;", NULL, "files deep", E_LIMIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(folder_remove) struct folder f = folder_make();
        struct err err = ERR_INIT;
        struct span first;
        size_t len;
        folder_put(&f, "nginx.conf", rows[i].conf);
        assert_int_equal(load(&f, rows[i].name, "other.log", &first, &len, &err), rows[i].code);
        check_contains(err.text, rows[i].what);
        check_contains(err.text, f.path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conf__gives_the_format_the_log_was_written_with),
        cmocka_unit_test(test_conf__errors_name_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
