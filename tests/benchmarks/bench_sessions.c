/*
 * Ten thousand sessions logged in at once: each by a form of its own, as an account of its
 * own, with a jar of its own, and each goes on for a while behind the gate. nginx stands in
 * for staging. What is printed is the client's peak of memory, all of it, and how fast
 * logins went. That all were logged in at the same time, and came through the gate, is
 * looked up in the run file.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "../support/port.h"
#include "bench.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/replay/replay.h"

enum {
    SESSIONS = 10000,
    REQUESTS_A_SESSION = 5,
    THINK_MS = 5000,
    LIMIT_MB = 400,
};
#define START_US 1772874932000000

struct bench {
    char folder[64];
    char capture[96], run[96], accounts[96];
    int port;
    pid_t nginx;
};

/* ---- staging ---- */

static void add_config(struct strbuf *conf, const struct bench *b)
{
    const char *f = b->folder;
    strbuf_addf(conf,
                "daemon off; worker_processes 1; error_log %s/error.log; pid %s/pid;\n"
                "worker_rlimit_nofile 30000; events { worker_connections 20000; }\n"
                "http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300;\n"
                "client_body_temp_path %s/1; proxy_temp_path %s/2; fastcgi_temp_path %s/3;\n"
                "uwsgi_temp_path %s/4; scgi_temp_path %s/5; default_type text/html;\n"
                "map $cookie_sessionid $inside { default 0; \"~^[0-9a-f]{32}$\" 1; }\n"
                "server { listen 127.0.0.1:%d backlog=4096;\n",
                f, f, f, f, f, f, f, b->port);
    strbuf_add_str(
        conf,
        "location = /login {\n"
        "  add_header Set-Cookie 'sessionid=$request_id; Path=/; HttpOnly; SameSite=Lax' always;\n"
        "  add_header Set-Cookie 'csrftoken=$request_id; Path=/; SameSite=Lax' always;\n"
        "  add_header Set-Cookie 'cart=$request_id; Path=/' always;\n"
        "  if ($request_method = POST) { return 302 /account; }\n"
        "  return 200 '<form method=post><input type=hidden name=csrfmiddlewaretoken "
        "value=\"$request_id\"><input name=username><input type=password name=password></form>'; "
        "}\n"
        "location / { if ($inside = 0) { return 302 /login?next=$uri; }\n"
        "  add_header Cache-Control 'private, no-store'; return 200 '<h1>Hello</h1>'; } } }\n");
}

static void start_nginx(struct bench *b)
{
    AUTO(strbuf_release) struct strbuf conf = STRBUF_INIT;
    char path[128];
    struct err err = ERR_INIT;
    snprintf(path, sizeof path, "%s/nginx.conf", b->folder);
    b->port = port_free();
    if (b->port < 0)
        bench_die("no free port");
    add_config(&conf, b);
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

static const char *const request_fields[][2] = {
    { "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                    "Chrome/126.0.0.0 Safari/537.36" },
    { "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
    { "Accept-Language", "de-DE,de;q=0.9,en;q=0.8" },
};

/* A visitor who came logged in: his cookie is a pseudonym of his own. */
static void put(struct store *capture, uint64_t session, unsigned request, struct arena *arena)
{
    char target[64];
    struct err err = ERR_INIT;
    struct exchange x = exchange_blank();
    snprintf(target, sizeof target, "/account/orders/%u", request);
    x.session = session;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    x.start_us = START_US + (int64_t)session * 2000000 / SESSIONS + request * THINK_MS * 1000ll;
    x.duration_us = 1000;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(target);
    x.response.status = 200;
    for (size_t i = 0; i < sizeof request_fields / sizeof *request_fields; i++)
        http_fields_add(&x.request.fields, arena, span_of(request_fields[i][0]),
                        span_of(request_fields[i][1]));
    http_fields_add(&x.request.fields, arena, SPAN("Cookie"),
                    arena_printf(arena, "sessionid=p~%022llu", (unsigned long long)session));
    http_fields_add(&x.response.fields, arena, SPAN("Content-Type"), SPAN("text/html"));
    bench_need(store_put_exchange(capture, &x, 1, &err), &err);
}

static void make_capture(const void *ctx, void *answer)
{
    const struct bench *b = ctx;
    struct arena arena = ARENA_INIT;
    struct store *capture;
    struct err err = ERR_INIT;
    (void)answer;
    bench_need(store_create(&capture, b->capture, STORE_CAPTURE, true, &err), &err);
    for (unsigned r = 0; r < REQUESTS_A_SESSION; r++)
        for (unsigned s = 0; s < SESSIONS; s++) {
            put(capture, s + 1, r, &arena);
            arena_clear(&arena);
        }
    bench_need(store_finish(capture, &err), &err);
    store_close(capture);
    arena_release(&arena);
}

static void make_accounts(const struct bench *b)
{
    AUTO(strbuf_release) struct strbuf csv = STRBUF_INIT;
    struct err err = ERR_INIT;
    strbuf_add_str(&csv, "username,password\n");
    for (unsigned i = 0; i < SESSIONS; i++)
        strbuf_addf(&csv, "visitor%u,secret of %u\n", i, i);
    bench_need(file_write(b->accounts, strbuf_span(&csv), 0600, &err), &err);
}

/* ---- the measurement ---- */

struct measured {
    uint64_t logins;
};

static void replay(const void *ctx, void *answer)
{
    const struct bench *b = ctx;
    struct measured *m = answer;
    static const struct login_step step = { .kind = LOGIN_FORM, .url = { "/login", 6 } };
    static const struct login_plan plan = { &step, 1, false };
    struct store *capture = NULL, *run = NULL;
    struct identity_pool *pool = NULL;
    struct replay_summary summary;
    struct err err = ERR_INIT;
    char place[64];
    snprintf(place, sizeof place, "http://127.0.0.1:%d", b->port);
    struct target *target = target_new("staging", false);
    bench_need(target_add_host(target, "shop.example", place, &err), &err);
    bench_need(target_set_mutations(target, MUTATIONS_ALLOW, &err), &err);
    bench_need(identity_pool_load(&pool, b->accounts, &err), &err);
    bench_need(store_open(&capture, b->capture, false, &err), &err);
    bench_need(store_create(&run, b->run, STORE_RUN, true, &err), &err);
    const struct replay_options options = {
        .target = target,
        .identities = pool,
        .login = &plan,
        .identities_for_all = true,
        .concurrency = SESSIONS,
        .speed = 1,
    };
    bench_need(replay_run(capture, run, &options, &summary, &err), &err);
    if (summary.logins != SESSIONS || summary.status_same != SESSIONS * REQUESTS_A_SESSION)
        bench_die("not every session was logged in and came through the gate");
    m->logins = summary.logins;
    store_close(run);
    store_close(capture);
    identity_pool_free(pool);
    target_free(target);
}

/* From the first login's begin to the last one's end, and the first session's last request. */
struct span_of_time {
    int64_t first_us, logged_in_us, first_over_us;
};

static void see_session(const struct exchange *x, size_t count, struct span_of_time *t)
{
    for (size_t i = 0; i < count; i++)
        if (x[i].marks & MARK_LOGIN_STEP) {
            if (x[i].start_us < t->first_us)
                t->first_us = x[i].start_us;
            if (x[i].start_us + x[i].duration_us > t->logged_in_us)
                t->logged_in_us = x[i].start_us + x[i].duration_us;
        }
    if (count && x[count - 1].start_us < t->first_over_us)
        t->first_over_us = x[count - 1].start_us;
}

static void look_up(const void *ctx, void *answer)
{
    const struct bench *b = ctx;
    struct span_of_time t = { INT64_MAX, 0, INT64_MAX };
    struct arena arena = ARENA_INIT;
    struct store *run = NULL;
    struct store_sessions *walk;
    struct store_session session;
    struct err err = ERR_INIT;
    bench_need(store_open(&run, b->run, false, &err), &err);
    bench_need(store_sessions_open(&walk, run, STORE_BY_ID, &err), &err);
    while (store_sessions_next(walk, &session, &err) > 0) {
        struct exchange *x;
        size_t count;
        arena_clear(&arena);
        bench_need(store_load_session(run, session.id, false, &x, &count, &arena, &err), &err);
        see_session(x, count, &t);
    }
    store_sessions_close(walk);
    store_close(run);
    arena_release(&arena);
    *(struct span_of_time *)answer = t;
}

int main(void)
{
    struct bench b = { .folder = "/tmp/rehearse-bench-XXXXXX" };
    struct measured m = { 0 };
    struct span_of_time t;
    char made = 0;
    bench_make_folder(b.folder);
    snprintf(b.capture, sizeof b.capture, "%s/sessions.capture", b.folder);
    snprintf(b.run, sizeof b.run, "%s/sessions.run", b.folder);
    snprintf(b.accounts, sizeof b.accounts, "%s/accounts.csv", b.folder);
    start_nginx(&b);
    make_accounts(&b);
    bench_apart(make_capture, &b, &made, sizeof made);
    struct rusage usage = bench_apart(replay, &b, &m, sizeof m);
    bench_apart(look_up, &b, &t, sizeof t);
    kill(b.nginx, SIGTERM);
    waitpid(b.nginx, NULL, 0);
    bench_remove_folder(b.folder);
    if (t.logged_in_us >= t.first_over_us)
        bench_die(
            "a session was over before the last was logged in: they were not logged in at once");
    double rss_mb = bench_rss_mb(&usage);
    bench_print((struct metric){ "sessions", "memory of 10000 sessions logged in at once", "MB",
                                 rss_mb, rss_mb / LIMIT_MB, "400 MB" });
    bench_print((struct metric){ "sessions", "logins", "1/s",
                                 (double)m.logins * 1e6 / (double)(t.logged_in_us - t.first_us), 0,
                                 NULL });
    return 0;
}
