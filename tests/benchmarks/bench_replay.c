/*
 * Replay, every response verified and journaled, against what a bare libcurl
 * multi-socket loop does with the same requests: same nginx, same core, same run,
 * in turns. And the memory of ten thousand sessions at once. nginx has one core, the
 * client (its threads together) another. Each measurement runs in a process of its
 * own. Prints one JSON object a line; figures of the single rounds go to stderr.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "../support/port.h"
#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/replay/replay.h"

enum {
    ROUNDS = 5,
    SESSIONS = 2000,
    REQUESTS_A_SESSION = 30,
    REQUESTS = SESSIONS * REQUESTS_A_SESSION,
    AT_ONCE = 64, /* requests in flight, both sides */
    PAGES = 500,
    MANY_SESSIONS = 10000,
    MANY_REQUESTS = 5,
    THINK_MS = 3000,
    CLIENT_CORE = 0,
    SERVER_CORE = 1,
};
#define START_US 1772874932000000

struct bench {
    char folder[64];
    int port;
    pid_t nginx;
};

static void pin_to(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fprintf(stderr, "bench_replay: core %d is not to be had, going on unpinned\n", core);
}

/* ---- nginx ---- */

static void write_config(const struct bench *b, const char *path)
{
    AUTO(strbuf_release) struct strbuf conf = STRBUF_INIT;
    struct err err = ERR_INIT;
    strbuf_addf(
        &conf,
        "daemon off; worker_processes 1; error_log %s/error.log; pid %s/pid;\n"
        "worker_rlimit_nofile 30000;\n"
        "events { worker_connections 20000; }\n"
        "http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300;\n"
        "client_body_temp_path %s/body; proxy_temp_path %s/proxy; fastcgi_temp_path %s/fastcgi;\n"
        "uwsgi_temp_path %s/uwsgi; scgi_temp_path %s/scgi;\n"
        "server { listen 127.0.0.1:%d backlog=4096; default_type text/html;\n"
        "location / { add_header Cache-Control 'public, max-age=60, s-maxage=300'; add_header Vary "
        "Accept-Encoding;\n"
        "add_header X-Content-Type-Options nosniff; add_header Strict-Transport-Security "
        "'max-age=31536000';\n"
        "return 200 '<!doctype html><title>A fine thing</title><p>",
        b->folder, b->folder, b->folder, b->folder, b->folder, b->folder, b->folder, b->port);
    for (unsigned i = 0; i < 30; i++)
        strbuf_add_str(&conf, "A fine thing for the house. ");
    strbuf_add_str(&conf, "</p>'; } } }\n");
    if (file_write(path, strbuf_span(&conf), 0600, &err) < 0)
        bench_die(err.text);
}

static void start_nginx(struct bench *b)
{
    char conf[128];
    snprintf(conf, sizeof conf, "%s/nginx.conf", b->folder);
    b->port = port_free();
    if (b->port < 0)
        bench_die("no free port");
    write_config(b, conf);
    b->nginx = fork();
    if (b->nginx == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        pin_to(SERVER_CORE);
        execlp("nginx", "nginx", "-c", conf, (char *)NULL);
        execl("/usr/sbin/nginx", "nginx", "-c", conf, (char *)NULL);
        _exit(127);
    }
    if (!port_answers(b->port))
        bench_die("nginx does not start (is it installed?)");
}

/* ---- the traffic ---- */

static const char *const request_fields[][2] = {
    { "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                    "Chrome/126.0.0.0 Safari/537.36" },
    { "Accept",
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8" },
    { "Accept-Language", "de-DE,de;q=0.9,en;q=0.8" },
    { "Accept-Encoding", "gzip, deflate, br" },
    { "Referer", "https://shop.example/products" },
    { "Cookie", "locale=de" },
};
static const char *const response_fields[][2] = {
    { "Server", "nginx/1.22.1" },
    { "Date", "Sat, 07 Mar 2026 09:15:32 GMT" },
    { "Content-Type", "text/html" },
    { "Connection", "keep-alive" },
    { "Cache-Control", "public, max-age=60, s-maxage=300" },
    { "Vary", "Accept-Encoding" },
    { "X-Content-Type-Options", "nosniff" },
    { "Strict-Transport-Security", "max-age=31536000" },
};
enum {
    REQUEST_FIELDS = sizeof request_fields / sizeof *request_fields,
    RESPONSE_FIELDS = sizeof response_fields / sizeof *response_fields,
};

static void page_of(char target[64], unsigned number)
{
    snprintf(target, 64, "/products/%u/a-fine-thing-for-the-house", number % PAGES);
}

static void put(struct store *capture, uint64_t session, unsigned number, int64_t start_us,
                struct arena *arena)
{
    char target[64];
    struct err err = ERR_INIT;
    struct exchange x = exchange_blank();
    page_of(target, number);
    x.session = session;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_ALL_REQUEST_FIELDS;
    x.start_us = start_us;
    x.duration_us = 1000;
    x.request.method = SPAN("GET");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example");
    x.request.target = span_of(target);
    x.response.status = 200;
    for (size_t i = 0; i < REQUEST_FIELDS; i++)
        http_fields_add(&x.request.fields, arena, span_of(request_fields[i][0]),
                        span_of(request_fields[i][1]));
    for (size_t i = 0; i < RESPONSE_FIELDS; i++)
        http_fields_add(&x.response.fields, arena, span_of(response_fields[i][0]),
                        span_of(response_fields[i][1]));
    if (store_put_exchange(capture, &x, 1, &err) < 0)
        bench_die(err.text);
}

static void write_capture(const char *path, unsigned sessions, unsigned requests, int64_t think_us)
{
    struct store *capture;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    if (store_create(&capture, path, STORE_CAPTURE, true, &err) < 0)
        bench_die(err.text);
    for (unsigned r = 0; r < requests; r++)
        for (unsigned s = 0; s < sessions; s++) {
            /* All sessions begin within two seconds. */
            put(capture, s + 1, s * 7 + r,
                START_US + (int64_t)s * 2000000 / sessions + r * think_us, &arena);
            arena_clear(&arena);
        }
    if (store_finish(capture, &err) < 0)
        bench_die(err.text);
    store_close(capture);
    arena_release(&arena);
}

struct capture_wanted {
    const char *path;
    unsigned sessions, requests;
    int64_t think_us;
};

static void make_wanted(const void *ctx, void *answer)
{
    const struct capture_wanted *w = ctx;
    (void)answer;
    write_capture(w->path, w->sessions, w->requests, w->think_us);
}

/* In a process of its own: what it takes is not counted as the client's. */
static void make_capture(struct capture_wanted wanted)
{
    char made = 0;
    bench_apart(make_wanted, &wanted, &made, sizeof made);
}

/* ---- one measurement, in a process of its own ---- */

struct measured {
    double requests_a_second;
    double rss_mb; /* peak */
    uint64_t answered;
};

typedef struct measured measure_fn(const struct bench *b);

struct measuring {
    const struct bench *bench;
    measure_fn *fn;
};

static void measure_pinned(const void *ctx, void *answer)
{
    const struct measuring *m = ctx;
    pin_to(CLIENT_CORE);
    *(struct measured *)answer = m->fn(m->bench);
}

static struct measured in_own_process(const struct bench *b, measure_fn *fn)
{
    const struct measuring measuring = { b, fn };
    struct measured m = { 0 };
    struct rusage usage = bench_apart(measure_pinned, &measuring, &m, sizeof m);
    m.rss_mb = bench_rss_mb(&usage);
    return m;
}

static struct measured replay_capture(const struct bench *b, const char *capture_name,
                                      unsigned concurrency, double speed)
{
    char capture_path[96], run_path[96], place[64];
    struct store *capture = NULL, *run = NULL;
    struct replay_summary summary;
    struct err err = ERR_INIT;
    snprintf(capture_path, sizeof capture_path, "%s/%s", b->folder, capture_name);
    snprintf(run_path, sizeof run_path, "%s/bench.run", b->folder);
    snprintf(place, sizeof place, "http://127.0.0.1:%d", b->port);
    struct target *target = target_new("staging", false);
    if (target_add_host(target, "shop.example", place, &err) < 0 ||
        store_open(&capture, capture_path, false, &err) < 0 ||
        store_create(&run, run_path, STORE_RUN, true, &err) < 0)
        bench_die(err.text);
    struct replay_options options = { .target = target,
                                      .concurrency = concurrency,
                                      .speed = speed };
    if (replay_run(capture, run, &options, &summary, &err) < 0)
        bench_die(err.text);
    if (summary.answered != summary.planned || summary.status_same != summary.planned ||
        summary.fields_same != summary.planned) {
        fprintf(stderr, "answered %llu, status same %llu, fields same %llu of %llu\n",
                (unsigned long long)summary.answered, (unsigned long long)summary.status_same,
                (unsigned long long)summary.fields_same, (unsigned long long)summary.planned);
        bench_die("not every response was answered and verified as recorded");
    }
    store_close(run);
    store_close(capture);
    target_free(target);
    return (struct measured){ .requests_a_second =
                                  (double)summary.answered * 1e6 / (double)summary.elapsed_us,
                              .answered = summary.answered };
}

static struct measured measure_replay(const struct bench *b)
{
    return replay_capture(b, "fast.capture", AT_ONCE, REPLAY_SPEED_MAX);
}

static struct measured measure_many(const struct bench *b)
{
    return replay_capture(b, "many.capture", MANY_SESSIONS, 1);
}

/* ---- the bare loop: libcurl's multi-socket interface on libevent, and nothing else ---- */

struct bare {
    struct event_base *base;
    struct event timer;
    CURLM *multi;
    struct curl_slist *fields;
    unsigned begun, done;
    int port;
};

struct bare_socket {
    struct event event;
    struct bare *bare;
};

static size_t bare_body(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * count;
}

static void bare_begin(struct bare *bare, CURL *easy)
{
    char target[64], url[128];
    page_of(target, bare->begun++);
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", bare->port, target);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_multi_add_handle(bare->multi, easy);
}

static void bare_collect(struct bare *bare)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(bare->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        if (message->data.result != CURLE_OK)
            bench_die("the bare loop's request failed");
        curl_multi_remove_handle(bare->multi, easy);
        bare->done++;
        if (bare->begun < REQUESTS)
            bare_begin(bare, easy);
        else
            curl_easy_cleanup(easy);
    }
    if (bare->done == REQUESTS)
        event_base_loopbreak(bare->base);
}

static void on_bare_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct bare *bare = ctx;
    int running;
    (void)fd;
    (void)what;
    curl_multi_socket_action(bare->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    bare_collect(bare);
}

static void on_bare_event(evutil_socket_t fd, short what, void *ctx)
{
    struct bare_socket *s = ctx;
    struct bare *bare = s->bare;
    int running;
    curl_multi_socket_action(bare->multi, fd,
                             (what & EV_READ ? CURL_CSELECT_IN : 0) |
                                 (what & EV_WRITE ? CURL_CSELECT_OUT : 0),
                             &running);
    bare_collect(bare);
}

static int on_bare_curl_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct bare *bare = ctx;
    struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
    (void)multi;
    if (timeout_ms < 0)
        event_del(&bare->timer);
    else
        event_add(&bare->timer, &tv);
    return 0;
}

static int on_bare_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct bare *bare = ctx;
    struct bare_socket *s = socket_ctx;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            event_del(&s->event);
            free(s);
        }
        return 0;
    }
    if (!s) {
        s = xcalloc(1, sizeof *s);
        s->bare = bare;
        curl_multi_assign(bare->multi, fd, s);
    } else
        event_del(&s->event);
    short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0));
    event_assign(&s->event, bare->base, fd, events, on_bare_event, s);
    event_add(&s->event, NULL);
    return 0;
}

static struct measured measure_bare(const struct bench *b)
{
    struct bare bare = { .port = b->port };
    char line[256];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bare.base = event_base_new();
    bare.multi = curl_multi_init();
    event_assign(&bare.timer, bare.base, -1, 0, on_bare_timer, &bare);
    curl_multi_setopt(bare.multi, CURLMOPT_SOCKETFUNCTION, on_bare_curl_socket);
    curl_multi_setopt(bare.multi, CURLMOPT_SOCKETDATA, &bare);
    curl_multi_setopt(bare.multi, CURLMOPT_TIMERFUNCTION, on_bare_curl_timer);
    curl_multi_setopt(bare.multi, CURLMOPT_TIMERDATA, &bare);
    curl_multi_setopt(bare.multi, CURLMOPT_MAXCONNECTS, (long)AT_ONCE * 2);
    for (size_t i = 0; i < REQUEST_FIELDS; i++) {
        snprintf(line, sizeof line, "%s: %s", request_fields[i][0], request_fields[i][1]);
        bare.fields = curl_slist_append(bare.fields, line);
    }
    int64_t begun_ns = clock_now_ns();
    for (unsigned i = 0; i < AT_ONCE; i++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"); /* as ours: the environment is not read for each request */
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bare.fields);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, bare_body);
        bare_begin(&bare, easy);
    }
    event_base_dispatch(bare.base);
    double seconds = (double)(clock_now_ns() - begun_ns) / 1e9;
    return (struct measured){ .requests_a_second = bare.done / seconds, .answered = bare.done };
}

/* ---- the bench ---- */

static void bench_rate(const struct bench *b)
{
    /* The best round of each side is the one that other work on the machine disturbed least. */
    double ours = 0, theirs = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        double bare = in_own_process(b, measure_bare).requests_a_second;
        double replayed = in_own_process(b, measure_replay).requests_a_second;
        fprintf(stderr, "round %u: bare %.0f/s, replay %.0f/s\n", i + 1, bare, replayed);
        ours = replayed > ours ? replayed : ours;
        theirs = bare > theirs ? bare : theirs;
    }
    bench_print((struct metric){ "replay", "verified_vs_bare_loop", "requests/s", ours,
                                 ours / theirs, "bare libcurl multi-socket loop" });
}

static void bench_many(const struct bench *b)
{
    struct measured m = in_own_process(b, measure_many);
    bench_print((struct metric){ "replay", "sessions_10000_rss_mb", "MB", m.rss_mb, m.rss_mb / 256,
                                 "256 MB" });
}

int main(void)
{
    struct bench b = { .port = 0 };
    char path[96];
    snprintf(b.folder, sizeof b.folder, "/tmp/rehearse-bench-XXXXXX");
    bench_make_folder(b.folder);
    start_nginx(&b);
    snprintf(path, sizeof path, "%s/fast.capture", b.folder);
    make_capture((struct capture_wanted){ path, SESSIONS, REQUESTS_A_SESSION, 10000 });
    bench_rate(&b);
    snprintf(path, sizeof path, "%s/many.capture", b.folder);
    make_capture((struct capture_wanted){ path, MANY_SESSIONS, MANY_REQUESTS, THINK_MS * 1000 });
    bench_many(&b);
    kill(b.nginx, SIGTERM);
    waitpid(b.nginx, NULL, 0);
    bench_remove_folder(b.folder);
    return 0;
}
