/*
 * How long one key takes, under the policies that people have. Requests of a shop:
 * 4,096 different targets, with and without parameters, and the fields of a browser.
 */
#include <time.h>

#include "bench.h"
#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

enum { REQUESTS = 4096, ROUNDS = 500 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct http_request *make_requests(struct arena *arena)
{
    static const char *const queries[] = { "", "?page=2", "?sort=price&page=3",
                                           "?utm_source=mail&utm_campaign=spring&id=7",
                                           "?b=2&a=1&color=red&size=42" };
    static const char fields[] =
        "User-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/131.0.0.0 Mobile Safari/537.36\nAccept: text/html,application/xhtml+xml\n"
        "Accept-Language: de-AT,de;q=0.9,en;q=0.5\nAccept-Encoding: gzip, deflate, br, zstd\n"
        "Referer: https://shop.example/\nCookie: sid=p~abcdefghijklmnop; currency=EUR; consent=1\n"
        "Sec-Fetch-Mode: navigate\nSec-Fetch-Site: same-origin\n";
    struct http_request *requests = arena_calloc(arena, REQUESTS, sizeof *requests);
    size_t bad;
    for (int i = 0; i < REQUESTS; i++) {
        requests[i] = (struct http_request){
            .method = SPAN("GET"),
            .scheme = SPAN("https"),
            .authority = SPAN("shop.example"),
            .target =
                arena_printf(arena, "/products/category-%d/item-%d%s", i % 37, i, queries[i % 5]),
        };
        http_fields_parse(&requests[i].fields, span_of(fields), arena, &bad);
    }
    return requests;
}

static void measure(const char *name, const struct key_policy *policy,
                    const struct http_request *requests)
{
    AUTO(strbuf_release) struct strbuf key = STRBUF_INIT;
    struct bypass bypass;
    size_t bytes = 0;
    double start = now_s();
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < REQUESTS; i++) {
            strbuf_clear(&key);
            key_add(&key, policy, &requests[i]);
            bytes += key.len;
            bytes += bypass_of(policy, &requests[i], &bypass);
        }
    double each_ns = (now_s() - start) / ((double)REQUESTS * ROUNDS) * 1e9;
    if (bytes == 0)
        bench_die("no key");
    bench_print(
        (struct metric){ .bench = "keys", .name = name, .unit = "ns/key", .value = each_ns });
}

static struct key_policy policy_of(const char *text, struct arena *arena)
{
    struct key_source source;
    struct err err = ERR_INIT;
    bench_need(key_from_text(&source, "bench", span_of(text), arena, &err), &err);
    return source.policy;
}

int main(void)
{
    static const struct span drop[] = { { "utm_*", 5 }, { "gclid", 5 } };
    static const struct span languages[] = { { "en", 2 }, { "de", 2 } };
    static const struct span cookies[] = { { "currency", 8 } };
    static const struct key_input inputs[] = { { .name = { "Accept-Language", 15 },
                                                 .rule = KEY_LANGUAGE,
                                                 .values = languages,
                                                 .value_count = 2 } };
    static const struct key_input device[] = { { .name = { "User-Agent", 10 },
                                                 .rule = KEY_DEVICE } };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    const struct http_request *requests = make_requests(&arena);
    struct key_policy policies[] = {
        { .query = KEY_QUERY_ALL },
        { .query = KEY_QUERY_DROP, .query_names = drop, .query_count = 2 },
        { .query_sort = true },
        { .path = KEY_PATH_PERCENT | KEY_PATH_DOTS | KEY_PATH_SLASHES },
        { .inputs = inputs, .input_count = 1, .cookies = cookies, .cookie_count = 1 },
        { .inputs = device, .input_count = 1 },
        key_preset(SPAN("varnish"))->policy,
        key_preset(SPAN("cloudfront"))->policy,
        key_preset(SPAN("cloudflare"))->policy,
        policy_of("$scheme$proxy_host$uri$is_args$args$cookie_currency", &arena),
    };
    static const char *const names[] = { "zeroed policy",     "query drop",
                                         "query sorted",      "path normalised",
                                         "language, cookie",  "device",
                                         "preset varnish",    "preset cloudfront",
                                         "preset cloudflare", "nginx string" };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct key_policy ready = key_policy_ready(&policies[i], &arena);
        measure(names[i], &ready, requests);
    }
    return 0;
}
