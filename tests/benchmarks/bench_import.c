/*
 * How fast logs become a capture, and in how much memory. A million lines, always
 * the same, are made in a temporary folder; each import runs in a process of its
 * own, so that its peak of resident memory is its own. Prints one JSON object a line.
 */
#include <inttypes.h>
#include <sys/stat.h>

#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/random.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/rehearsal/import.h"

enum {
    LINES = 1000000,
    OPEN_SESSIONS = 2000, /* visitors on the site at the same moment */
    PAGES_A_SESSION = 20,
    PRODUCTS = 20000,
    AGENTS = 300,
};

/* ---- the traffic: sessions that begin, go on and end, in the order of time ---- */

struct visitor {
    uint64_t number;
    unsigned left; /* requests to come */
    unsigned agent;
    char page[64]; /* the last one: the next request's Referer */
};

struct traffic {
    struct random random;
    struct visitor visitors[OPEN_SESSIONS];
    uint64_t next_number;
    int64_t now_ms;
};

struct request {
    const struct visitor *visitor;
    int64_t now_ms;
    char target[64], referer[96];
    unsigned status, bytes;
};

static void next_target(struct traffic *t, char target[64])
{
    /* Squared, so that few products get most of the visits. */
    double skewed = random_unit(&t->random);
    unsigned product = (unsigned)(skewed * skewed * PRODUCTS);
    unsigned kind = (unsigned)random_below(&t->random, 100);
    if (kind < 70)
        snprintf(target, 64, "/products/%u/a-fine-thing", product);
    else if (kind < 80)
        snprintf(target, 64, "/search?q=thing+%u", (unsigned)random_below(&t->random, 1000000));
    else
        snprintf(target, 64, "/assets/chunk-%u.js", (unsigned)random_below(&t->random, 400));
}

static struct request next_request(struct traffic *t)
{
    struct visitor *v = &t->visitors[random_below(&t->random, OPEN_SESSIONS)];
    if (v->left == 0) {
        v->number = t->next_number++;
        v->left = 1 + (unsigned)random_below(&t->random, 2 * PAGES_A_SESSION);
        v->agent = (unsigned)random_below(&t->random, AGENTS);
        v->page[0] = '\0';
    }
    v->left--;
    t->now_ms += (int64_t)random_below(&t->random, 40);
    struct request r = { .visitor = v, .now_ms = t->now_ms };
    snprintf(r.referer, sizeof r.referer, "%s%s", v->page[0] ? "https://shop.example" : "-",
             v->page);
    next_target(t, r.target);
    if (r.target[1] != 'a')
        snprintf(v->page, sizeof v->page, "%s", r.target);
    r.status = random_below(&t->random, 20) ? 200 : 404;
    r.bytes = (unsigned)random_below(&t->random, 60000);
    return r;
}

/* 2026-03-02 and the days after it, which stay within the month. */
static void add_time(struct strbuf *out, int64_t now_ms)
{
    int64_t s = now_ms / 1000;
    strbuf_addf(out, "%02d/Mar/2026:%02d:%02d:%02d +0000", (int)(2 + s / 86400),
                (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
}

static void add_agent(struct strbuf *out, unsigned agent)
{
    strbuf_addf(out, "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/%u.0", agent);
}

static void add_address(struct strbuf *out, uint64_t number)
{
    strbuf_addf(out, "10.%u.%u.%u", (unsigned)(number >> 16 & 255), (unsigned)(number >> 8 & 255),
                (unsigned)(number & 255));
}

static void add_combined(struct strbuf *out, const struct request *r)
{
    add_address(out, r->visitor->number);
    strbuf_add_str(out, " - - [");
    add_time(out, r->now_ms);
    strbuf_addf(out, "] \"GET %s HTTP/1.1\" %u %u \"%s\" \"", r->target, r->status, r->bytes,
                r->referer);
    add_agent(out, r->visitor->agent);
    strbuf_add_str(out, "\"\n");
}

static void add_json(struct strbuf *out, const struct request *r)
{
    strbuf_addf(out, "{\"time_local\":\"");
    add_time(out, r->now_ms);
    strbuf_add_str(out, "\",\"remote_addr\":\"");
    add_address(out, r->visitor->number);
    strbuf_addf(out,
                "\",\"remote_user\":\"\",\"request\":\"GET %s HTTP/1.1\",\"status\":\"%u\","
                "\"body_bytes_sent\":\"%u\",\"request_time\":\"0.%03u\",\"http_referer\":\"%s\","
                "\"http_user_agent\":\"",
                r->target, r->status, r->bytes, r->bytes % 1000, r->referer);
    add_agent(out, r->visitor->agent);
    strbuf_add_str(out, "\"}\n");
}

typedef void add_line_fn(struct strbuf *out, const struct request *r);

static void make_log(const char *path, add_line_fn *add_line)
{
    enum { FLUSH_AT = 1 << 20 };
    static struct traffic traffic; /* large for a stack */
    traffic = (struct traffic){ .random = { 1 } };
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < LINES; i++) {
        struct request r = next_request(&traffic);
        add_line(&out, &r);
        if (out.len > FLUSH_AT || i == LINES - 1) {
            fwrite(out.buf, 1, out.len, file);
            strbuf_clear(&out);
        }
    }
    fclose(file);
}

/* ---- measuring ---- */

struct import_of {
    const char *log, *out;
    double sample;
};

static void import_log(const void *ctx, void *answer)
{
    const struct import_of *of = ctx;
    const char *const paths[] = { of->log };
    struct import_options options = { .paths = paths,
                                      .path_count = 1,
                                      .out = of->out,
                                      .replace = true,
                                      .sample = of->sample,
                                      .source = { .authority = "shop.example" } };
    struct import_summary summary = { 0 };
    struct err err = ERR_INIT;
    int64_t start = clock_now_ns();
    bench_need(import_run(&options, &summary, &err), &err);
    *(double *)answer = (double)(clock_now_ns() - start) / 1e9;
    if (summary.read != LINES || summary.rejected) {
        fprintf(stderr, "%s: read %" PRIu64 ", rejected %" PRIu64 "\n", of->log, summary.read,
                summary.rejected);
        bench_die("not every line was imported");
    }
    import_summary_release(&summary);
}

struct measured {
    double lines_per_s;
    double rss_mb;
};

static struct measured measure(const char *log, const char *out, double sample)
{
    const struct import_of of = { log, out, sample };
    double seconds = 0;
    struct rusage usage = bench_apart(import_log, &of, &seconds, sizeof seconds);
    return (struct measured){ LINES / seconds, bench_rss_mb(&usage) };
}

static void print_metric(const char *name, double value, const char *unit)
{
    bench_print((struct metric){ .bench = "import", .name = name, .unit = unit, .value = value });
}

static double megabytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (double)st.st_size / 1e6 : 0;
}

int main(void)
{
    char folder[] = "/tmp/rehearse-bench-import-XXXXXX";
    char log[64], out[64];
    bench_make_folder(folder);
    snprintf(log, sizeof log, "%s/access.log", folder);
    snprintf(out, sizeof out, "%s/out.capture", folder);

    make_log(log, add_combined);
    print_metric("combined_mb", megabytes(log), "MB");
    struct measured whole = measure(log, out, 1.0);
    print_metric("combined_lines_per_s", whole.lines_per_s, "lines/s");
    print_metric("combined_rss_mb", whole.rss_mb, "MB");
    print_metric("combined_capture_mb", megabytes(out), "MB");
    struct measured sampled = measure(log, out, 0.01);
    print_metric("combined_sampled_lines_per_s", sampled.lines_per_s, "lines/s");
    print_metric("combined_sampled_rss_mb", sampled.rss_mb, "MB");

    make_log(log, add_json);
    print_metric("json_mb", megabytes(log), "MB");
    struct measured json = measure(log, out, 1.0);
    print_metric("json_lines_per_s", json.lines_per_s, "lines/s");
    print_metric("json_rss_mb", json.rss_mb, "MB");

    bench_remove_folder(folder);
    return 0;
}
