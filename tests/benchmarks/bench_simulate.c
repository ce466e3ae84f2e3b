/*
 * A cache in virtual time: four million requests for a million URLs, by Zipf 0.9, with
 * lifetimes from none to a day, one URL in eight varying by language, a capacity that
 * holds a quarter of them, and LRU. The exchanges are read by the rules first, as from
 * a capture; what is timed is the model. Held against it: the same requests through a
 * bare LRU of keys, which knows of no time, no Vary and no headers.
 */
#include <math.h>
#include <string.h>

#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/random.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/model/model_reader.h"

enum {
    REQUESTS = 4000000,
    URLS = 1000000,
    ROUNDS = 3,
    BATCH = 4096,
    LANGUAGES = 4,
};
static const double ZIPF = 0.9;
static const int64_t START_US = 1772874932000000;

/* ---- the traffic ---- */

/* Place n of the ranks is asked for with a weight of 1 / n^0.9: its share of the sum so far. */
static double *make_ranks(void)
{
    double *upto = xcalloc(URLS, sizeof *upto), sum = 0;
    for (int i = 0; i < URLS; i++)
        upto[i] = sum += pow(i + 1, -ZIPF);
    for (int i = 0; i < URLS; i++)
        upto[i] /= sum;
    return upto;
}

static unsigned pick(const double *upto, double unit)
{
    unsigned low = 0, high = URLS - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (upto[middle] < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const char *const lifetimes[] = {
    "public, max-age=60", "public, max-age=600", "s-maxage=3600, max-age=0",
    "max-age=86400",      "private, no-store",   "max-age=30, stale-while-revalidate=60",
    "no-cache, public",   "max-age=300",
};
static const char *const languages[LANGUAGES] = { "de", "en", "fr", "en-GB, en;q=0.8" };

static void make_exchange(struct exchange *x, unsigned url, unsigned language, struct arena *arena)
{
    *x = exchange_blank();
    x->marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    x->request.method = SPAN("GET");
    x->request.scheme = SPAN("https");
    x->request.authority = SPAN("shop.example");
    x->request.target = arena_printf(arena, "/products/%u", url);
    http_fields_add(&x->request.fields, arena, SPAN("Accept-Language"),
                    span_of(languages[language]));
    x->response.status = 200;
    x->response.body_bytes = 2000 + url % 5000;
    http_fields_add(&x->response.fields, arena, SPAN("Cache-Control"), span_of(lifetimes[url % 8]));
    http_fields_add(&x->response.fields, arena, SPAN("ETag"), arena_printf(arena, "\"%u\"", url));
    if (url / 8 % 8 == 0)
        http_fields_add(&x->response.fields, arena, SPAN("Vary"), SPAN("Accept-Language"));
    x->first_byte_us = x->duration_us = 20000;
}

/* Every URL in every language is read once; a request is one of those at another moment. */
static struct model_request *read_urls(struct model_reader *reader)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct model_request *known = xcalloc((size_t)URLS * LANGUAGES, sizeof *known);
    for (unsigned i = 0; i < URLS * LANGUAGES; i++) {
        struct exchange x;
        arena_clear(&arena);
        make_exchange(&x, i / LANGUAGES, i % LANGUAGES, &arena);
        model_reader_read(
            reader, &(struct model_reading){ &x, &x, OUTCOME_MISS, i / LANGUAGES % 10 }, &known[i]);
    }
    return known;
}

static struct model_request *make_traffic(struct model_reader *reader)
{
    struct random random = { 7 };
    double *upto = make_ranks();
    struct model_request *known = read_urls(reader);
    struct model_request *all = xcalloc(REQUESTS, sizeof *all);
    int64_t now_us = START_US;
    for (unsigned i = 0; i < REQUESTS; i++) {
        unsigned url = pick(upto, random_unit(&random));
        all[i] = known[url * LANGUAGES + (unsigned)random_below(&random, LANGUAGES)];
        all[i].at_us = now_us += (int64_t)random_below(&random, 2000);
    }
    free(known);
    free(upto);
    return all;
}

/* ---- the model ---- */

struct outcome {
    double seconds, hit_ratio, bytes_per_object;
};

static struct outcome run_model(const struct model_request *all, const struct model_reader *reader,
                                const struct variant_space *space, uint64_t capacity)
{
    static struct model_result results[BATCH];
    const struct model_options options = { .capacity_bytes = capacity };
    struct model_counts counts = { 0 };
    struct model *model = model_new(&options, space);
    model_reader_teach(reader, model);
    int64_t started_ns = clock_now_ns();
    for (size_t i = 0; i < REQUESTS; i += BATCH) {
        size_t n = REQUESTS - i < BATCH ? REQUESTS - i : BATCH;
        model_run(model, &all[i], n, results);
        for (size_t k = 0; k < n; k++)
            model_count(&counts, results[k], all[i + k].bytes);
    }
    double seconds = (double)(clock_now_ns() - started_ns) / 1e9;
    struct model_size size = model_size(model);
    struct outcome ret = { seconds, model_hit_ratio(&counts),
                           (double)size.memory / (double)size.peak_objects };
    model_free(model);
    return ret;
}

/* ---- the peer: keys in a hash table with a list through it ---- */

struct entry {
    uint64_t key;
    uint32_t newer, older, chain;
};

struct lru {
    struct entry *entries; /* from 1 */
    uint32_t *index;
    uint32_t used, most, newest, oldest;
    uint64_t mask;
};

static void unlink_entry(struct lru *l, struct entry *e)
{
    *(e->newer ? &l->entries[e->newer].older : &l->newest) = e->older;
    *(e->older ? &l->entries[e->older].newer : &l->oldest) = e->newer;
}

static void push_entry(struct lru *l, uint32_t n)
{
    l->entries[n].newer = 0;
    l->entries[n].older = l->newest;
    *(l->newest ? &l->entries[l->newest].newer : &l->oldest) = n;
    l->newest = n;
}

static uint32_t take_oldest(struct lru *l)
{
    uint32_t n = l->oldest;
    unlink_entry(l, &l->entries[n]);
    uint32_t *link = &l->index[l->entries[n].key & l->mask];
    while (*link != n)
        link = &l->entries[*link].chain;
    *link = l->entries[n].chain;
    return n;
}

static bool ask(struct lru *l, uint64_t key)
{
    uint32_t n = l->index[key & l->mask];
    while (n && l->entries[n].key != key)
        n = l->entries[n].chain;
    if (n) {
        unlink_entry(l, &l->entries[n]);
        push_entry(l, n);
        return true;
    }
    n = l->used < l->most ? ++l->used : take_oldest(l);
    l->entries[n].key = key;
    l->entries[n].chain = l->index[key & l->mask];
    l->index[key & l->mask] = n;
    push_entry(l, n);
    return false;
}

static double run_bare(const struct model_request *all, uint32_t most)
{
    struct lru l = { .most = most, .mask = (1u << 20) - 1 };
    volatile uint64_t hits = 0;
    uint64_t found = 0;
    l.entries = xcalloc(most + 1, sizeof *l.entries);
    l.index = xcalloc(l.mask + 1, sizeof *l.index);
    int64_t started_ns = clock_now_ns();
    for (size_t i = 0; i < REQUESTS; i++)
        found += ask(&l, all[i].key);
    hits = found;
    (void)hits;
    double seconds = (double)(clock_now_ns() - started_ns) / 1e9;
    free(l.entries);
    free(l.index);
    return seconds;
}

/* ---- */

int main(void)
{
    const uint64_t capacity = (uint64_t)URLS / 4 * 4500;
    struct variant_space *space = variant_space_new();
    /* Known before the first request is read, as simulate knows them from the file's field lines.
     */
    struct span language = SPAN("accept-language");
    variant_space_set(space, &(struct vary){ .names = &language, .len = 1 });
    struct model_reader *reader = model_reader_new(&(struct model_reader_options){
        .policy = &cache_policy_rfc, .key = &(const struct key_policy){ 0 }, .space = space });
    struct model_request *all = make_traffic(reader);
    struct outcome best = { .seconds = INFINITY };
    double bare = INFINITY;
    struct rusage usage;

    for (int i = 0; i < ROUNDS; i++) {
        struct outcome o = run_model(all, reader, space, capacity);
        if (o.seconds < best.seconds)
            best = o;
        bare = fmin(bare, run_bare(all, URLS / 4));
    }
    getrusage(RUSAGE_SELF, &usage);
    bench_print((struct metric){ "simulate", "requests_per_s", "1/s", REQUESTS / best.seconds,
                                 bare / best.seconds, "bare LRU of keys" });
    bench_print(
        (struct metric){ "simulate", "bytes_per_object", "bytes", best.bytes_per_object, 0, NULL });
    bench_print((struct metric){ "simulate", "hit_ratio", "", best.hit_ratio, 0, NULL });
    bench_print((struct metric){ "simulate", "rss_mb", "MB", bench_rss_mb(&usage), 0, NULL });
    free(all);
    model_reader_free(reader);
    variant_space_free(space);
}
