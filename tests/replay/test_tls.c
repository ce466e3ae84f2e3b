/* HTTP/2 and TLS against a real nginx with a certificate of its own; skipped where nginx or openssl
 * is not installed. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "capture_kit.h"
#include "rehearse/base/file.h"
#include "support/port.h"

struct fixture {
    char folder[64];
    char ca[96];
    int port;
    pid_t nginx;
};

static void write_config(const struct fixture *f, const char *path)
{
    AUTO(strbuf_release) struct strbuf conf = STRBUF_INIT;
    struct err err = ERR_INIT;
    strbuf_addf(&conf,
                "daemon off; worker_processes 1; error_log %s/error.log; pid %s/pid;\nevents {}\n",
                f->folder, f->folder);
    strbuf_addf(&conf,
                "http { access_log off; client_body_temp_path %s/a; proxy_temp_path %s/b; "
                "fastcgi_temp_path %s/c;\n",
                f->folder, f->folder, f->folder);
    strbuf_addf(&conf, "uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n", f->folder, f->folder);
    strbuf_addf(&conf,
                "server { listen 127.0.0.1:%d ssl http2; ssl_certificate %s; ssl_certificate_key "
                "%s/key.pem;\n",
                f->port, f->ca, f->folder);
    strbuf_addf(&conf, "location / { add_header X-Method $request_method; add_header X-Saw-Host "
                       "$http_host; return 200 'hello'; } } }\n");
    kit_must(file_write(path, strbuf_span(&conf), 0600, &err), &err);
}

/* Leaves nginx at 0 where the tools are missing. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char command[512], conf[96];
    *state = f;
    snprintf(f->folder, sizeof f->folder, "/tmp/rehearse-tls-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->ca, sizeof f->ca, "%s/cert.pem", f->folder);
    snprintf(conf, sizeof conf, "%s/nginx.conf", f->folder);
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop.staging.test "
             "-addext subjectAltName=DNS:shop.staging.test "
             "-keyout %s/key.pem -out %s >/dev/null 2>&1",
             f->folder, f->ca);
    if (system(command) != 0 || system("PATH=$PATH:/usr/sbin nginx -v >/dev/null 2>&1") != 0)
        return 0;
    f->port = port_free();
    assert_true(f->port > 0);
    write_config(f, conf);
    f->nginx = fork();
    if (f->nginx == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execlp("nginx", "nginx", "-c", conf, (char *)NULL);
        execl("/usr/sbin/nginx", "nginx", "-c", conf, (char *)NULL);
        _exit(127);
    }
    assert_true(port_answers(f->port));
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    if (f->nginx > 0) {
        kill(f->nginx, SIGTERM);
        waitpid(f->nginx, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf -- %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/* shop.example lives at https://HOST:port, connected to on loopback. */
static int replay_to(struct fixture *f, struct kit *kit, const char *host, bool verify,
                     const char *ca, bool http2)
{
    char place[96], authority[64], address[32];
    kit_open(kit, f->port);
    target_free(kit->target);
    kit->target = target_new("staging", false);
    snprintf(authority, sizeof authority, "%s:%d", host, f->port);
    snprintf(place, sizeof place, "https://%s", authority);
    snprintf(address, sizeof address, "127.0.0.1:%d", f->port);
    kit_must(target_add_host(kit->target, "shop.example", place, &kit->err), &kit->err);
    kit_must(target_add_connect(kit->target, authority, address, &kit->err), &kit->err);
    kit_must(target_set_mutations(kit->target, MUTATIONS_ALLOW, &kit->err), &kit->err);
    target_set_tls(kit->target, verify, ca);
    target_set_http2(kit->target, http2);
    kit->options.target = kit->target;
    struct exchange post = kit_exchange(1, 500, "/b");
    post.request.method = SPAN("POST");
    post.request.body = SPAN("a=b");
    kit_get(kit, 1, 0, "/a");
    kit_put(kit, &post);
    kit_seal(kit);
    return kit_replay(kit);
}

#define skip_without_nginx(f)                                                                      \
    if ((f)->nginx == 0)                                                                           \
    skip()

static void test_http2_over_tls__is_spoken_where_both_can(void **state)
{
    struct fixture *f = *state;
    struct kit kit;
    struct exchange *x;
    skip_without_nginx(f);
    kit_must(replay_to(f, &kit, "shop.staging.test", true, f->ca, true), &kit.err);
    assert_int_equal(kit_session(&kit, 1, &x), 2);
    check_span(x[0].response.version, "HTTP/2");
    check_span(x[0].response.body, "hello");
    check_span(http_fields_value(&x[1].response.fields, SPAN("x-method")), "POST");
    kit_close(&kit);
}

static void test_http1_over_tls__is_spoken_where_http2_is_not_wanted(void **state)
{
    struct fixture *f = *state;
    struct kit kit;
    struct exchange *x;
    skip_without_nginx(f);
    kit_must(replay_to(f, &kit, "shop.staging.test", true, f->ca, false), &kit.err);
    assert_int_equal(kit_session(&kit, 1, &x), 2);
    check_span(x[0].response.version, "HTTP/1.1");
    assert_true(span_starts(http_fields_value(&x[0].response.fields, SPAN("X-Saw-Host")),
                            SPAN("shop.staging.test:")));
    kit_close(&kit);
}

static void test_a_certificate_nobody_vouches_for__is_refused(void **state)
{
    struct fixture *f = *state;
    struct kit kit;
    skip_without_nginx(f);
    assert_int_equal(replay_to(f, &kit, "shop.staging.test", true, NULL, true), E_NETWORK);
    check_span(
        kit_only(&kit, 1)->note,
        "TLS: certificate verification failed: it is self-signed; name it (--ca, tls: {ca: …})");
    kit_close(&kit);
}

static void test_a_certificate_of_another_host__is_refused(void **state)
{
    struct fixture *f = *state;
    struct kit kit;
    skip_without_nginx(f);
    assert_int_equal(replay_to(f, &kit, "other.staging.test", true, f->ca, true), E_NETWORK);
    check_span(kit_only(&kit, 1)->note,
               "TLS: certificate verification failed: it is not valid for this host");
    kit_close(&kit);
}

static void test_without_verification__any_certificate_will_do(void **state)
{
    struct fixture *f = *state;
    struct kit kit;
    skip_without_nginx(f);
    kit_must(replay_to(f, &kit, "other.staging.test", false, NULL, true), &kit.err);
    assert_int_equal(kit.summary.answered, 2);
    kit_close(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http2_over_tls__is_spoken_where_both_can),
        cmocka_unit_test(test_http1_over_tls__is_spoken_where_http2_is_not_wanted),
        cmocka_unit_test(test_a_certificate_nobody_vouches_for__is_refused),
        cmocka_unit_test(test_a_certificate_of_another_host__is_refused),
        cmocka_unit_test(test_without_verification__any_certificate_will_do),
    };
    return cmocka_run_group_tests_name("tls", tests, set_up, tear_down);
}
