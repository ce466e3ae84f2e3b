/*
 * How fast the bindings of a capture are found, and in how much memory: 100,000
 * exchanges in sessions of ten, pages and JSON of about 10 kB each, no two alike (1 GB).
 * The search runs in a process of its own, so that its peak of resident memory is its own.
 * Prints one JSON object a line.
 */
#include "bench.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/random.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/store/store.h"

#include "../../src/rehearsal/import_bindings.h"

enum {
    SESSIONS = 10000,
    STEPS = 10, /* exchanges of a session */
    PRODUCTS = 20000,
    LINKS = 69, /* of a page or a list */
};

struct visitor {
    struct random random;
    unsigned number;
    char token[33]; /* the page's, against forgery; another one on each page */
};

static void new_token(struct visitor *v)
{
    for (int i = 0; i < 32; i++)
        v->token[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[random_below(
            &v->random, 62)];
    v->token[32] = '\0';
}

static void add_words(struct visitor *v, struct strbuf *out, unsigned count)
{
    static const char *const words[] = { "fine ",  "thing ", "with ",   "a ",     "long ",
                                         "story ", "and ",   "strong ", "soles ", "in " };
    while (count--)
        strbuf_add_str(out, words[random_below(&v->random, sizeof words / sizeof *words)]);
}

static void add_page(struct visitor *v, struct strbuf *out)
{
    new_token(v);
    strbuf_addf(out,
                "<!doctype html><html><head><title>Shop</title><meta name=\"csrf-token\" "
                "content=\"%s\"></head><body>",
                v->token);
    for (int i = 0; i < LINKS; i++) {
        unsigned product = (unsigned)random_below(&v->random, PRODUCTS);
        strbuf_addf(out,
                    "<div class=\"card\" data-product=\"%u\"><a href=\"/products/%u/a-thing\">",
                    product, product);
        add_words(v, out, 8);
        strbuf_add_str(out, "</a></div>\n");
    }
    strbuf_addf(out,
                "<form action=\"/cart/%u/lines\" method=\"post\"><input type=\"hidden\" "
                "name=\"authenticity_token\" value=\"%s\"></form><script>window.state = "
                "{\"cartId\": %u, \"total\": %u}</script></body></html>",
                v->number, v->token, v->number, (unsigned)random_below(&v->random, 1000));
}

static void add_list(struct visitor *v, struct strbuf *out)
{
    strbuf_addf(out, "{\"cart\":{\"id\":%u,\"lines\":[", v->number);
    for (int i = 0; i < LINKS; i++) {
        strbuf_addf(out, "%s{\"id\":%u,\"product\":%u,\"text\":\"", i ? "," : "",
                    v->number * 100 + (unsigned)i, (unsigned)random_below(&v->random, PRODUCTS));
        add_words(v, out, 22);
        strbuf_addf(out, "\",\"price\":\"%u.99\"}", (unsigned)random_below(&v->random, 100));
    }
    strbuf_add_str(out, "]}}");
}

/* A journey: pages and lists in turn; every other request is a write with the page's token. */
static void make_exchange(struct visitor *v, unsigned step, struct exchange *x, struct strbuf *body,
                          struct arena *arena)
{
    bool list = step % 2;
    strbuf_clear(body);
    *x = exchange_blank();
    x->session = (uint64_t)v->number * 0x9e3779b97f4a7c15u | 1;
    x->start_us = 1772000000000000 + (int64_t)(step * SESSIONS + v->number) * 1000;
    x->marks = MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS;
    x->request.scheme = SPAN("https");
    x->request.authority = SPAN("shop.example");
    x->request.method = list ? SPAN("POST") : SPAN("GET");
    x->request.target = list ? arena_printf(arena, "/cart/%u/lines", v->number)
                             : arena_printf(arena, "/products/%u/a-thing",
                                            (unsigned)random_below(&v->random, PRODUCTS));
    http_fields_add(&x->request.fields, arena, SPAN("Cookie"),
                    arena_printf(arena, "sessionid=p~%022u", v->number));
    if (list) {
        http_fields_add(&x->request.fields, arena, SPAN("Content-Type"),
                        SPAN("application/x-www-form-urlencoded"));
        x->request.body =
            arena_printf(arena, "authenticity_token=%s&line=%u", v->token, v->number * 100 + 3);
        add_list(v, body);
    } else {
        add_page(v, body);
    }
    x->response.status = 200;
    http_fields_add(&x->response.fields, arena, SPAN("Content-Type"),
                    list ? SPAN("application/json") : SPAN("text/html; charset=utf-8"));
    x->response.body = strbuf_span(body);
    x->response.body_bytes = (int64_t)body->len;
}

static uint64_t make_capture(const char *path)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    static struct visitor visitors[SESSIONS];
    struct err err = ERR_INIT;
    uint64_t bytes = 0;
    bench_need(store_create(&store, path, STORE_CAPTURE, true, &err), &err);
    for (unsigned step = 0; step < STEPS; step++)
        for (unsigned i = 0; i < SESSIONS; i++) {
            struct visitor *v = &visitors[i];
            if (step == 0)
                *v = (struct visitor){ .random = { i + 1 }, .number = 1000 + i };
            struct exchange x;
            make_exchange(v, step, &x, &body, &arena);
            bytes += body.len;
            bench_need(store_put_exchange(store, &x, 1, &err), &err);
            arena_clear(&arena);
        }
    bench_need(store_finish(store, &err), &err);
    return bytes;
}

struct answer {
    double seconds;
    uint64_t bindings;
};

static uint64_t count_bindings(struct store *store)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    struct store_binding *bindings;
    struct err err = ERR_INIT;
    uint64_t all = 0;
    size_t count;
    bench_need(store_sessions_open(&walk, store, STORE_BY_ID, &err), &err);
    while (store_sessions_next(walk, &session, &err) == 1) {
        bench_need(store_load_bindings(store, session.id, &bindings, &count, &arena, &err), &err);
        all += count;
        arena_clear(&arena);
    }
    return all;
}

/* As an import shows them, one after the other. */
static void meet(struct import_bindings *bindings, struct store *store)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    struct exchange *x;
    struct err err = ERR_INIT;
    size_t count;
    bench_need(store_sessions_open(&walk, store, STORE_BY_START, &err), &err);
    while (store_sessions_next(walk, &session, &err) == 1) {
        bench_need(store_load_session(store, session.id, false, &x, &count, &arena, &err), &err);
        for (size_t i = 0; i < count; i++)
            import_bindings_meet(bindings, &x[i], &arena);
        arena_clear(&arena);
    }
}

static void search(const void *ctx, void *ret)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(import_bindings_freep) struct import_bindings *bindings = NULL;
    struct answer *answer = ret;
    const struct import_options options = { 0 };
    struct err err = ERR_INIT;
    bench_need(store_open(&store, ctx, true, &err), &err);
    int64_t start = clock_now_ns();
    bindings = import_bindings_new(store, &options);
    meet(bindings, store);
    uint64_t found;
    bench_need(import_bindings_find(bindings, &found, &err), &err);
    bench_need(store_commit(store, &err), &err);
    answer->seconds = (double)(clock_now_ns() - start) / 1e9;
    answer->bindings = count_bindings(store);
}

static void print_metric(const char *name, double value, const char *unit)
{
    bench_print((struct metric){ .bench = "bindings", .name = name, .unit = unit, .value = value });
}

int main(void)
{
    char folder[] = "/tmp/rehearse-bench-bindings-XXXXXX";
    char capture[64];
    struct answer answer;
    bench_make_folder(folder);
    snprintf(capture, sizeof capture, "%s/shop.capture", folder);
    uint64_t bytes = make_capture(capture);
    struct rusage usage = bench_apart(search, capture, &answer, sizeof answer);
    print_metric("exchanges", SESSIONS * STEPS, "exchanges");
    print_metric("bodies_mb", (double)bytes / 1e6, "MB");
    print_metric("bindings", (double)answer.bindings, "bindings");
    print_metric("seconds", answer.seconds, "s");
    print_metric("cpu_seconds",
                 (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
                     (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
                 "s");
    print_metric("rss_mb", bench_rss_mb(&usage), "MB");
    bench_remove_folder(folder);
    return 0;
}
