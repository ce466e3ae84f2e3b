/*
 * The gate matrix of 1,000 routes by 10 personas against nginx: a visit to each route by
 * members and strangers, half of the routes behind a login. What the job takes beside the
 * time of its requests, and what these take.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "../support/port.h"
#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/rehearsal/gates.h"

enum { ROUTES = 1000, MEMBERS = 20, STRANGERS = 20, PERSONAS = 10, ACCOUNTS = 20 };
#define START_US 1772874932000000

struct bench {
    char folder[64];
    char capture[96], run[96], accounts[96];
    int port;
    pid_t nginx;
};

static void start_nginx(struct bench *b)
{
    AUTO(strbuf_release) struct strbuf conf = STRBUF_INIT;
    struct err err = ERR_INIT;
    char path[128];
    snprintf(path, sizeof path, "%s/nginx.conf", b->folder);
    b->port = port_free();
    if (b->port < 0)
        bench_die("no free port");
    strbuf_addf(
        &conf,
        "daemon off; worker_processes 1; error_log %s/error.log; pid %s/pid;\n"
        "events { worker_connections 4000; }\nhttp { access_log off; keepalive_requests 1000000;\n"
        "client_body_temp_path %s/body; proxy_temp_path %s/proxy; fastcgi_temp_path %s/fastcgi;\n"
        "uwsgi_temp_path %s/uwsgi; scgi_temp_path %s/scgi;\n"
        "map $cookie_sessionid $member { default 0; good-session-of-a-member 1; }\n"
        "server { listen 127.0.0.1:%d backlog=4096; default_type text/html;\n"
        "location = /login { if ($request_method = POST) { add_header Set-Cookie "
        "'sessionid=good-session-of-a-member; Path=/; HttpOnly'; return 302 /; }\n"
        "return 200 '<title>Log in</title><form method=post action=/login><input name=username>"
        "<input type=password name=password></form>'; }\n"
        "location /own- { if ($member = 0) { return 302 /login; }\n"
        "return 200 '<!doctype html><html lang=en><title>Your own</title>'; }\n"
        "location / { return 200 '<!doctype html><html lang=en><title>A page</title>'; } } }\n",
        b->folder, b->folder, b->folder, b->folder, b->folder, b->folder, b->folder, b->port);
    bench_need(file_write(path, strbuf_span(&conf), 0600, &err), &err);
    b->nginx = fork();
    if (b->nginx == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execlp("nginx", "nginx", "-c", path, (char *)NULL);
        execl("/usr/sbin/nginx", "nginx", "-c", path, (char *)NULL);
        _exit(127);
    }
    if (!port_answers(b->port))
        bench_die("nginx does not start (is it installed?)");
}

/* ---- the traffic ---- */

static void name_route(char name[32], unsigned route)
{
    snprintf(name, 32, "/%s-%u", route % 2 ? "own" : "page", route);
}

struct visit {
    struct store *capture;
    struct arena arena;
    uint64_t session;
    int64_t at_us;
    bool member, bot;
};

static void put(struct visit *v, const char *target, bool post, int status, const char *location)
{
    struct err err = ERR_INIT;
    struct exchange x = exchange_blank();
    x.session = v->session;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    x.start_us = v->at_us += 1000;
    x.duration_us = 500;
    x.request.method = post ? SPAN("POST") : SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(target);
    http_fields_add(&x.request.fields, &v->arena, SPAN("User-Agent"),
                    v->bot ? SPAN("Mozilla/5.0 (compatible; Googlebot/2.1)")
                           : SPAN("Mozilla/5.0 Firefox/145.0"));
    http_fields_add(&x.request.fields, &v->arena, SPAN("Accept-Language"),
                    v->session % 2 ? SPAN("de") : SPAN("en"));
    if (v->member)
        http_fields_add(&x.request.fields, &v->arena, SPAN("Cookie"),
                        SPAN("sessionid=p~AAAAAAAAAAAAAAAAAAAAAA"));
    if (post) {
        x.request.body =
            SPAN("username=p~BBBBBBBBBBBBBBBBBBBBBB&password=p~CCCCCCCCCCCCCCCCCCCCCC");
        http_fields_add(&x.request.fields, &v->arena, SPAN("Content-Type"),
                        SPAN("application/x-www-form-urlencoded"));
        http_fields_add(&x.response.fields, &v->arena, SPAN("Set-Cookie"),
                        SPAN("sessionid=p~AAAAAAAAAAAAAAAAAAAAAA; Path=/; HttpOnly"));
    }
    x.response.status = status;
    if (location)
        http_fields_add(&x.response.fields, &v->arena, SPAN("Location"), span_of(location));
    http_fields_add(&x.response.fields, &v->arena, SPAN("Content-Type"), SPAN("text/html"));
    if (!location)
        x.response.body = SPAN("<!doctype html><html lang=en><title>A page</title>");
    bench_need(store_put_exchange(v->capture, &x, 1, &err), &err);
    arena_clear(&v->arena);
}

static void go_everywhere(struct visit *v)
{
    if (v->member) {
        v->member = false;
        put(v, "/login", false, 200, NULL);
        put(v, "/login", true, 302, "/");
        v->member = true;
    }
    for (unsigned r = 0; r < ROUTES; r++) {
        char name[32];
        name_route(name, r);
        bool closed = r % 2 && !v->member;
        put(v, name, false, closed ? 302 : 200, closed ? "/login" : NULL);
    }
}

static void write_capture(const struct bench *b)
{
    struct err err = ERR_INIT;
    struct visit v = { .at_us = START_US };
    bench_need(store_create(&v.capture, b->capture, STORE_CAPTURE, true, &err), &err);
    for (unsigned s = 0; s < MEMBERS + STRANGERS; s++) {
        v.session = s + 1;
        v.member = s < MEMBERS;
        v.bot = s == MEMBERS;
        go_everywhere(&v);
    }
    bench_need(store_commit(v.capture, &err), &err);
    bench_need(store_finish(v.capture, &err), &err);
    store_close(v.capture);
    arena_release(&v.arena);
}

static void write_accounts(const struct bench *b)
{
    AUTO(strbuf_release) struct strbuf csv = STRBUF_INIT;
    struct err err = ERR_INIT;
    strbuf_add_str(&csv, "username,password\n");
    for (unsigned i = 0; i < ACCOUNTS; i++)
        strbuf_addf(&csv, "user%u,secret%u\n", i, i);
    bench_need(file_write(b->accounts, strbuf_span(&csv), 0600, &err), &err);
}

/* ---- the job ---- */

static void fill_personas(struct persona personas[PERSONAS])
{
    static const char *const names[] = { "anonymous", "member",  "expired",  "tampered",
                                         "googlebot", "bingbot", "applebot", "gptbot" };
    static const struct persona_item german[] = { { { "Accept-Language", 15 }, { "de", 2 } } };
    static const struct persona_item flag[] = { { { "preview", 7 }, { "on", 2 } } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        persona_named(&personas[i], span_of(names[i]));
    personas[8] = (struct persona){ .name = SPAN("german"),
                                    .kind = PERSONA_LOCALE,
                                    .language = SPAN("de"),
                                    .fields = german,
                                    .field_count = 1 };
    personas[9] = (struct persona){ .name = SPAN("preview on"),
                                    .kind = PERSONA_FLAG,
                                    .flag = SPAN("preview"),
                                    .flag_on = true,
                                    .cookies = flag,
                                    .cookie_count = 1 };
}

static void run(struct bench *b)
{
    static char names[ROUTES][32];
    static struct route_rule rules[ROUTES];
    struct persona personas[PERSONAS];
    struct gate_matrix matrix = { .arena = ARENA_INIT };
    struct target *target = target_new("staging", false);
    struct err err = ERR_INIT;
    char place[64];
    snprintf(place, sizeof place, "http://127.0.0.1:%d", b->port);
    bench_need(target_add_host(target, "*", place, &err), &err);
    bench_need(target_set_mutations(target, MUTATIONS_ALLOW, &err), &err); /* logins are posts */
    for (unsigned r = 0; r < ROUTES; r++) {
        name_route(names[r], r);
        rules[r] = (struct route_rule){ .match = span_of(names[r]), .stale_at_most_s = -1 };
    }
    fill_personas(personas);
    const struct gates_job job = { .capture = b->capture,
                                   .out = b->run,
                                   .personas = personas,
                                   .persona_count = PERSONAS,
                                   .rules = rules,
                                   .rule_count = ROUTES,
                                   .accounts = b->accounts,
                                   .options = { .target = target } };
    int64_t begun = clock_now_ns();
    bench_need(gates_job_run(&job, &matrix, &err), &err);
    double total = (double)(clock_now_ns() - begun) / 1e9;
    double sending = (double)matrix.elapsed_us / 1e6;
    if (matrix.cells_asked < (uint64_t)ROUTES * PERSONAS || matrix.cells_differing)
        bench_die("the matrix is not whole, or differs");
    bench_print((struct metric){
        .bench = "gates", .name = "cells", .unit = "cells", .value = (double)matrix.cells_asked });
    bench_print((struct metric){
        .bench = "gates", .name = "time of the requests", .unit = "s", .value = sending });
    bench_print((struct metric){ .bench = "gates",
                                 .name = "beside the requests",
                                 .unit = "s",
                                 .value = total - sending,
                                 .ratio = (total - sending) / 2,
                                 .against = "2 s" });
    gate_matrix_release(&matrix);
    target_free(target);
}

int main(void)
{
    struct bench b = { .folder = "/tmp/bench-gates-XXXXXX" };
    setenv("REHEARSE_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0);
    bench_make_folder(b.folder);
    snprintf(b.capture, sizeof b.capture, "%s/shop.capture", b.folder);
    snprintf(b.run, sizeof b.run, "%s/gates.run", b.folder);
    snprintf(b.accounts, sizeof b.accounts, "%s/accounts.csv", b.folder);
    write_capture(&b);
    write_accounts(&b);
    start_nginx(&b);
    run(&b);
    kill(b.nginx, SIGTERM);
    waitpid(b.nginx, NULL, 0);
    bench_remove_folder(b.folder);
    return 0;
}
