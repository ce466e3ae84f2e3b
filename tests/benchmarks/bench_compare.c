/*
 * The whole of a comparison: a baseline and a run of a million exchanges each, read,
 * paired, judged, and the report written. The files are made first, by another
 * process, through the store: sessions that overlap in time, about ten response fields
 * of which three change nearly every time, bodies that mostly repeat, eight routes,
 * and one difference planted on most of them.
 */
#include <inttypes.h>
#include <sys/stat.h>

#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/random.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/rehearsal/jobs.h"

enum {
    EXCHANGES = 1000000,
    OPEN_SESSIONS = 1000, /* visitors on the site at the same moment */
    PAGES_A_SESSION = 20, /* about */
    PRODUCTS = 20000,
    BODIES = 500, /* different ones of a route */
    AGENTS = 300,
    FIELDS = 24, /* of a message, at most */
};
static const int64_t START_US = 1772874932000000;

/* ---- the site ---- */

enum page { HOME, CATEGORY, PRODUCT, SEARCH, API, ACCOUNT, LEGACY, SCRIPT, PAGES };

/* What one side answers for a kind of page; `next` is what the upgrade changed. */
struct answer {
    const char *type, *cache, *next_cache;
    const char *vary;
};
static const struct answer answers[PAGES] = {
    [HOME] = { "text/html; charset=utf-8", "public, s-maxage=60", "public, s-maxage=60",
               "Accept-Encoding, Accept-Language" },
    [CATEGORY] = { "text/html; charset=utf-8", "public, s-maxage=300", "private, no-store",
                   "Accept-Encoding" },
    [PRODUCT] = { "text/html; charset=utf-8", "public, s-maxage=60, stale-while-revalidate=600",
                  "public, s-maxage=60, stale-while-revalidate=600", "Accept-Encoding" },
    [SEARCH] = { "text/html; charset=utf-8", "private, no-cache", "private, no-cache",
                 "Accept-Encoding" },
    [API] = { "application/json", "no-store", "no-store", "Accept-Encoding" },
    [ACCOUNT] = { "text/html; charset=utf-8", "private, no-store", "private, no-store", "Cookie" },
    [LEGACY] = { "text/html; charset=utf-8", "public, max-age=3600", "public, max-age=3600",
                 "Accept-Encoding" },
    [SCRIPT] = { "text/javascript", "public, max-age=31536000, immutable",
                 "public, max-age=31536000, immutable", "Accept-Encoding, Origin" },
};

struct visit { /* one exchange, before a side answers it */
    enum page page;
    unsigned number;  /* of the product, category, script, … */
    uint64_t visitor; /* counted from 0 */
    uint32_t seq;
    int64_t start_us;
};

struct visitor {
    uint64_t number;
    uint32_t seq, left;
};

struct traffic {
    struct random random;
    struct visitor visitors[OPEN_SESSIONS];
    uint64_t next_number;
    int64_t now_us;
};

static unsigned skewed(struct random *random, unsigned below)
{
    /* Squared, so that few of them get most of the visits. */
    double unit = random_unit(random);
    return (unsigned)(unit * unit * below);
}

static enum page next_page(struct random *random)
{
    static const unsigned up_to[PAGES] = { 8, 22, 57, 67, 82, 85, 87, 100 }; /* percent */
    unsigned at = (unsigned)random_below(random, 100);
    enum page page = HOME;
    while (at >= up_to[page])
        page++;
    return page;
}

static struct visit next_visit(struct traffic *t)
{
    struct visitor *v = &t->visitors[random_below(&t->random, OPEN_SESSIONS)];
    if (v->left == 0)
        *v = (struct visitor){ t->next_number++, 0,
                               1 + (uint32_t)random_below(&t->random, 2 * PAGES_A_SESSION) };
    v->left--;
    t->now_us += (int64_t)random_below(&t->random, 8000);
    enum page page = next_page(&t->random);
    unsigned numbers = page == PRODUCT || page == API ? PRODUCTS : page == SCRIPT ? 400 : 1000;
    return (struct visit){ page, skewed(&t->random, numbers), v->number, v->seq++,
                           START_US + t->now_us };
}

/* ---- one side's answer ---- */

struct side {
    struct store *store;
    bool next; /* the upgrade, on staging */
    struct random random;
    struct arena arena;
    struct strbuf body;
};

static void field(struct side *s, struct http_fields *fields, const char *name, struct span value)
{
    http_fields_add(fields, &s->arena, span_of(name), value);
}

static struct span target_of(struct side *s, const struct visit *v)
{
    switch (v->page) {
    case CATEGORY:
        return arena_printf(&s->arena, "/category/%u?page=%u", v->number / 10, v->number % 10);
    case PRODUCT:
        return arena_printf(&s->arena, "/products/%u", v->number);
    case SEARCH:
        return arena_printf(&s->arena, "/search?q=thing+%u", v->number);
    case API:
        return arena_printf(&s->arena, "/api/products/%u/stock", v->number);
    case ACCOUNT:
        return SPAN("/account");
    case LEGACY:
        return arena_printf(&s->arena, "/old-shop/%u.html", v->number);
    case SCRIPT:
        return arena_printf(&s->arena, "/assets/chunk-%u.js", v->number);
    default:
        return SPAN("/");
    }
}

static bool logged_in(const struct visit *v)
{
    return v->visitor % 4 == 0;
}

static void ask(struct side *s, const struct visit *v, struct http_request *q)
{
    q->method = SPAN("GET");
    q->scheme = SPAN("https");
    q->version = SPAN("HTTP/1.1");
    q->authority = s->next ? SPAN("shop.staging.test") : SPAN("shop.example");
    q->target = target_of(s, v);
    field(s, &q->fields, "User-Agent",
          arena_printf(&s->arena, "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/%u.0",
                       (unsigned)(v->visitor % AGENTS)));
    field(s, &q->fields, "Accept",
          v->page == API ? SPAN("application/json") : SPAN("text/html,*/*;q=0.8"));
    field(s, &q->fields, "Accept-Language",
          v->visitor % 3 ? SPAN("en-US,en;q=0.9") : SPAN("de-DE,de;q=0.9"));
    field(s, &q->fields, "Accept-Encoding", SPAN("gzip, deflate, br"));
    if (logged_in(v))
        field(s, &q->fields, "Cookie", arena_printf(&s->arena, "sid=p~%022" PRIu64, v->visitor));
}

static void write_html(struct side *s, const struct visit *v)
{
    unsigned number = v->number % BODIES;
    strbuf_addf(&s->body,
                "<!doctype html><html lang=en><head><title>Page %u</title>"
                "<link rel=canonical href=\"https://%s/%u\"></head><body><main id=page%d>",
                number, s->next ? "shop.staging.test" : "shop.example", number, (int)v->page);
    for (unsigned i = 0; i < 12; i++)
        strbuf_addf(
            &s->body,
            "<article class=card><h2>Thing %u</h2><p>A fine thing for the house, number %u.</p>"
            "<a href=/products/%u>More</a></article>",
            number + i, i, number * 7 + i);
    if (v->page == PRODUCT && !s->next)
        strbuf_add_str(&s->body, "<section class=reviews><h3>Reviews</h3><p>good</p></section>");
    strbuf_add_str(&s->body, "</main></body></html>");
}

static struct span body_of(struct side *s, const struct visit *v)
{
    strbuf_clear(&s->body);
    if (v->page == API)
        strbuf_addf(&s->body,
                    "{\"id\":%u,\"name\":\"A fine thing\",\"price\":%u,%s\"tags\":[\"a\",\"b\"]}",
                    v->number % BODIES, v->number % 90, s->next ? "" : "\"stock\":3,");
    else if (v->page == SCRIPT)
        strbuf_addf(&s->body, "export const chunk = %u;\n", v->number);
    else
        write_html(s, v);
    return strbuf_span(&s->body);
}

static void answer(struct side *s, const struct visit *v, struct http_response *a)
{
    const struct answer *of = &answers[v->page];
    struct http_fields *f = &a->fields;
    bool gated = v->page == ACCOUNT && !logged_in(v) && !s->next;
    bool fails = v->page == SEARCH && s->next && random_below(&s->random, 50) == 0;
    a->version = SPAN("HTTP/1.1");
    a->status = gated ? 302 : v->page == LEGACY ? 301 : fails ? 500 : 200;
    field(s, f, "Content-Type", span_of(of->type));
    field(s, f, "Cache-Control", span_of(s->next ? of->next_cache : of->cache));
    field(s, f, "Vary", span_of(of->vary));
    field(s, f, "Strict-Transport-Security", SPAN("max-age=31536000; includeSubDomains"));
    field(s, f, "X-Frame-Options", SPAN("DENY"));
    field(s, f, "Content-Security-Policy",
          SPAN("default-src 'self'; img-src *; script-src 'self' https://cdn.example"));
    field(s, f, "Server", SPAN("nginx"));
    field(s, f, "X-Request-Id", arena_printf(&s->arena, "%016" PRIx64, random_next(&s->random)));
    field(s, f, "ETag", arena_printf(&s->arena, "\"%d-%u\"", (int)v->page, v->number));
    unsigned second = (unsigned)((v->start_us - START_US) / 1000000 % 86400);
    field(s, f, "Date",
          arena_printf(&s->arena, "Sun, 08 Mar 2026 %02u:%02u:%02u GMT", second / 3600,
                       second / 60 % 60, second % 60));
    if (gated)
        field(s, f, "Location", SPAN("/login?next=%2Faccount"));
    else if (v->page == LEGACY)
        field(s, f, "Location",
              s->next ? SPAN("/") : arena_printf(&s->arena, "/products/%u", v->number));
    if (v->page == HOME && v->seq == 0)
        field(s, f, "Set-Cookie",
              arena_printf(&s->arena, "sid=p~%022" PRIu64 "; Path=/; Secure; %sSameSite=Lax",
                           v->visitor, s->next ? "" : "HttpOnly; "));
    if (a->status == 200) {
        a->body = body_of(s, v);
        a->body_bytes = (int64_t)a->body.len;
    }
}

static void put(struct side *s, const struct visit *v)
{
    struct err err = ERR_INIT;
    struct exchange x = exchange_blank();
    x.session = hash_mix(1, v->visitor) | 1; /* as grouping does, ids say nothing of the order */
    x.seq = x.planned = v->seq;
    x.marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    x.start_us = v->start_us;
    x.first_byte_us = 10000 + (int64_t)random_below(&s->random, 30000);
    x.duration_us = x.first_byte_us + 2000;
    ask(s, v, &x.request);
    answer(s, v, &x.response);
    bench_need(store_put_exchange(s->store, &x, 1, &err), &err);
    arena_clear(&s->arena);
}

/* ---- the files ---- */

struct paths {
    char folder[48], baseline[64], run[64], report[64], page[96];
};

static void write_side(const char *path, bool next)
{
    static struct traffic traffic; /* large for a stack */
    traffic = (struct traffic){ .random = { 1 } };
    struct side s = {
        .next = next, .random = { next ? 3 : 2 }, .arena = ARENA_INIT, .body = STRBUF_INIT
    };
    struct err err = ERR_INIT;
    bench_need(store_create(&s.store, path, next ? STORE_RUN : STORE_BASELINE, true, &err), &err);
    if (next)
        bench_need(store_put_meta(s.store, "target.host.000",
                                  SPAN("shop.example\thttps\tshop.staging.test"), &err),
                   &err);
    bench_need(
        store_put_meta(s.store, "target.name", next ? SPAN("staging") : SPAN("production"), &err),
        &err);
    for (unsigned i = 0; i < EXCHANGES; i++) {
        struct visit v = next_visit(&traffic);
        put(&s, &v);
    }
    bench_need(store_finish(s.store, &err), &err);
    bench_need(store_commit(s.store, &err), &err);
    store_close(s.store);
    arena_release(&s.arena);
    strbuf_release(&s.body);
}

static void make_files(const void *ctx, void *answer)
{
    const struct paths *paths = ctx;
    (void)answer;
    write_side(paths->baseline, false);
    write_side(paths->run, true);
}

/* ---- the job ---- */

struct measured {
    double seconds, judged_seconds;
    uint64_t compared;
    size_t findings;
};

static void compare_and_report(const void *ctx, void *ret)
{
    const struct paths *paths = ctx;
    struct measured *m = ret;
    struct compare_job job = { .baseline = paths->baseline, .run = paths->run };
    struct compare_result result = { 0 };
    struct err err = ERR_INIT;
    int64_t begun = clock_now_ns();
    bench_need(compare_job_run(&job, &result, &err), &err);
    m->judged_seconds = (double)(clock_now_ns() - begun) / 1e9;
    bench_need(report_write(&result.facts, paths->report, &err), &err);
    m->seconds = (double)(clock_now_ns() - begun) / 1e9;
    m->compared = result.facts.summary.compared;
    m->findings = result.findings.len;
    compare_result_release(&result);
}

static double kilobytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (double)st.st_size / 1e3 : 0;
}

/* What other work on the machine does not add to. */
static double cpu_seconds(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static struct paths paths_in(const char *folder)
{
    struct paths p;
    snprintf(p.folder, sizeof p.folder, "%s", folder);
    snprintf(p.baseline, sizeof p.baseline, "%s/a.baseline", p.folder);
    snprintf(p.run, sizeof p.run, "%s/b.run", p.folder);
    snprintf(p.report, sizeof p.report, "%s/report", p.folder);
    snprintf(p.page, sizeof p.page, "%s/index.html", p.report);
    return p;
}

int main(void)
{
    char folder[] = "/tmp/rehearse-bench-compare-XXXXXX";
    bench_make_folder(folder);
    struct paths paths = paths_in(folder);
    char made = 0;
    bench_apart(make_files, &paths, &made, sizeof made);
    struct measured m = { 0 };
    struct rusage usage = bench_apart(compare_and_report, &paths, &m, sizeof m);
    fprintf(stderr,
            "%zu findings in %" PRIu64
            " compared exchanges; baseline and run %.0f MB; %.2f s of CPU\n",
            m.findings, m.compared, (kilobytes(paths.baseline) + kilobytes(paths.run)) / 1e3,
            cpu_seconds(&usage));
    bench_print((struct metric){ "compare", "seconds_per_million", "s", m.seconds * 1e6 / EXCHANGES,
                                 0, NULL });
    bench_print((struct metric){ "compare", "judged_seconds_per_million", "s",
                                 m.judged_seconds * 1e6 / EXCHANGES, 0, NULL });
    bench_print((struct metric){ "compare", "rss_mb", "MB", bench_rss_mb(&usage), 0, NULL });
    bench_print((struct metric){ "compare", "html_kb", "kB", kilobytes(paths.page), 0, NULL });
    bench_remove_folder(paths.folder);
    return 0;
}
