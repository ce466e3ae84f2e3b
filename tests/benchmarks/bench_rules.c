/*
 * The rules of a shared cache, a request at a time: reading what a message says about
 * caching, deciding from it, and both with the taking of an answer. The messages are
 * those of a storefront: fourteen fields a response, nine a request. Held against
 * each other: a decision from what was judged before, and one that reads all anew.
 */
#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/cache/decision.h"
#include "rehearse/cache/storability.h"

enum { ROUNDS = 3, TIMES = 1000000, MESSAGES = 8 };
static const int64_t NOW_S = 1772874932;

static const char *const cache_controls[MESSAGES] = {
    "public, max-age=60",
    "s-maxage=3600, max-age=0, must-revalidate",
    "public, s-maxage=60, stale-while-revalidate=600",
    "max-age=86400",
    "public, max-age=31536000, immutable",
    "max-age=30, stale-while-revalidate=60, stale-if-error=86400",
    "no-cache, public",
    "max-age=300",
};

struct scene {
    struct arena arena;
    struct http_request requests[MESSAGES];
    struct http_response responses[MESSAGES];
    struct judged_request asked[MESSAGES];
    struct judged_response judged[MESSAGES];
    struct stored_response unread[MESSAGES], read[MESSAGES];
};

static void add(struct scene *s, struct http_fields *fields, const char *name, const char *value)
{
    http_fields_add(fields, &s->arena, span_of(name), span_of(value));
}

static void make_request(struct scene *s, struct http_request *r)
{
    *r = (struct http_request){ .method = SPAN("GET"),
                                .scheme = SPAN("https"),
                                .authority = SPAN("shop.example"),
                                .target = SPAN("/products/7?color=red") };
    add(s, &r->fields, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101");
    add(s, &r->fields, "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9");
    add(s, &r->fields, "Accept-Language", "de,en;q=0.5");
    add(s, &r->fields, "Accept-Encoding", "gzip, deflate, br, zstd");
    add(s, &r->fields, "Referer", "https://shop.example/");
    add(s, &r->fields, "Cookie", "sid=4711; consent=yes; currency=EUR");
    add(s, &r->fields, "Sec-Fetch-Dest", "document");
    add(s, &r->fields, "Sec-Fetch-Mode", "navigate");
    add(s, &r->fields, "Upgrade-Insecure-Requests", "1");
}

static void make_response(struct scene *s, struct http_response *r, const char *cache_control)
{
    *r = (struct http_response){ .status = 200, .body_bytes = 12345 };
    add(s, &r->fields, "Content-Type", "text/html; charset=utf-8");
    add(s, &r->fields, "Content-Encoding", "gzip");
    add(s, &r->fields, "Date", "Sat, 07 Mar 2026 09:15:32 GMT");
    add(s, &r->fields, "Cache-Control", cache_control);
    add(s, &r->fields, "ETag", "W/\"4f2a-91\"");
    add(s, &r->fields, "Last-Modified", "Fri, 06 Mar 2026 09:15:32 GMT");
    add(s, &r->fields, "Vary", "Accept-Encoding");
    add(s, &r->fields, "Age", "3");
    add(s, &r->fields, "Server", "shop");
    add(s, &r->fields, "X-Frame-Options", "DENY");
    add(s, &r->fields, "X-Content-Type-Options", "nosniff");
    add(s, &r->fields, "Strict-Transport-Security", "max-age=31536000");
    add(s, &r->fields, "Content-Security-Policy", "default-src 'self'; img-src *");
    add(s, &r->fields, "Referrer-Policy", "same-origin");
}

static void make_scene(struct scene *s, const struct cache_policy *policy)
{
    struct exchange_times times = { NOW_S, NOW_S };
    for (int i = 0; i < MESSAGES; i++) {
        make_request(s, &s->requests[i]);
        make_response(s, &s->responses[i], cache_controls[i]);
        judge_request(&s->asked[i], policy, &s->requests[i]);
        judge_response(&s->judged[i], policy, &s->responses[i]);
        s->unread[i] = (struct stored_response){ .asked = &s->requests[i],
                                                 .response = &s->responses[i],
                                                 .times = times };
        s->read[i] = s->unread[i];
        s->read[i].judged = &s->judged[i];
        s->read[i].asked = NULL; /* the caller's key holds the variant */
    }
}

/* Each gives back a number that depends on all it did. */
typedef int64_t work_fn(const struct scene *s, const struct cache_policy *policy, int i);

static int64_t judge_asked(const struct scene *s, const struct cache_policy *policy, int i)
{
    struct judged_request r;
    judge_request(&r, policy, &s->requests[i % MESSAGES]);
    return r.asks;
}

static int64_t judge_answer(const struct scene *s, const struct cache_policy *policy, int i)
{
    struct judged_response r;
    judge_response(&r, policy, &s->responses[i % MESSAGES]);
    return r.says;
}

static int64_t decide_judged(const struct scene *s, const struct cache_policy *policy, int i)
{
    int m = i % MESSAGES;
    struct cache_decision d =
        cache_decide_judged(policy, &s->requests[m], &s->asked[m], &s->read[m], 1, NOW_S + i % 100);
    return d.step + d.age_s;
}

static int64_t decide_unread(const struct scene *s, const struct cache_policy *policy, int i)
{
    int m = i % MESSAGES;
    struct cache_decision d =
        cache_decide(policy, &s->requests[m], &s->unread[m], 1, NOW_S + i % 100);
    return d.step + d.age_s;
}

static int64_t decide_and_take(const struct scene *s, const struct cache_policy *policy, int i)
{
    int m = i % MESSAGES;
    struct exchange_times times = { NOW_S, NOW_S };
    struct cache_decision d =
        cache_decide_judged(policy, &s->requests[m], &s->asked[m], NULL, 0, NOW_S);
    struct cache_reception r =
        cache_receive(policy, &s->requests[m], &d, NULL, &s->responses[m], times, NOW_S);
    return (int64_t)d.step + (int64_t)r.taking;
}

static int64_t judge_storability(const struct scene *s, const struct cache_policy *policy, int i)
{
    int m = i % MESSAGES;
    return storability_of(policy, &s->requests[m], &s->responses[m]).storable;
}

/* The best of some rounds, in millions a second. */
static double rate(const struct scene *s, const struct cache_policy *policy, work_fn *work)
{
    static volatile int64_t sink;
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t sum = 0, start = clock_now_ns();
        for (int i = 0; i < TIMES; i++)
            sum += work(s, policy, i);
        sink = sum;
        double now = TIMES * 1e3 / (double)(clock_now_ns() - start);
        best = now > best ? now : best;
    }
    (void)sink;
    return best;
}

int main(void)
{
    static const struct {
        const char *name;
        work_fn *work;
    } rows[] = {
        { "decision from judged fields", decide_judged },
        { "decision from fields", decide_unread },
        { "decision and taking of an answer", decide_and_take },
        { "storability from fields", judge_storability },
        { "response judged", judge_answer },
        { "request judged", judge_asked },
    };
    const struct cache_policy *policy = &cache_policy_cdn;
    struct scene s = { .arena = ARENA_INIT };
    make_scene(&s, policy);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        bench_print((struct metric){ "rules", rows[i].name, "million/s",
                                     rate(&s, policy, rows[i].work), 0, NULL });
    arena_release(&s.arena);
    return 0;
}
