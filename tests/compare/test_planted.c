/*
 * Every regression of the kind people ship, planted alone among ordinary traffic
 * with ordinary noise: it gives its own finding and no other.
 */
#include "scene.h"

#define HSTS "Strict-Transport-Security: max-age=31536000\n"
#define PAGE_FIELDS "Content-Type: text/html; charset=utf-8\n" HSTS "X-Frame-Options: DENY\n"

enum { VISITORS = 12 };

/* Changed by a case; NULL: as in production. */
struct plan {
    const char *home, *product, *api, *account_anonymous, *account_member, *legacy, *search, *cart;
    const char *for_bots; /* product pages for crawlers */
    const char *all_extra; /* one more field line on every answer */
    bool drop_hsts;
};

static char *noise(struct scene *s, const char *text, unsigned n, bool staging)
{
    static const char hex[] = "0123456789abcdef";
    char id[17] = "";
    unsigned seed = n * 2654435761u + staging * 97u + 12345u;
    for (int i = 0; i < 16; i++) {
        seed = seed * 1664525u + 1013904223u;
        id[i] = hex[seed >> 28];
    }
    struct span status = span_of(text);
    struct span rest = status;
    status = span_cut(&rest, '\n');
    struct span out = arena_printf(
        &s->arena, "%.*s\nDate: Sat, 07 Mar 2026 09:15:%02u GMT\nX-Request-Id: %s\nAge: %u\nX-Cache: %s\n%.*s",
        SPAN_ARG(status), (n + staging) % 60, id, n * (staging ? 3u : 7u) % 50,
        (n + staging) % 3 ? "HIT" : "MISS", SPAN_ARG(rest));
    char *copy = arena_alloc(&s->arena, out.len + 1);
    memcpy(copy, out.ptr, out.len);
    copy[out.len] = '\0';
    return copy;
}

static const char *without_hsts(struct scene *s, const char *text)
{
    struct span t = span_of(text);
    ptrdiff_t at = span_find(t, SPAN(HSTS));
    if (at < 0)
        return text;
    return arena_printf(&s->arena, "%.*s%.*s", (int)at, t.ptr, SPAN_ARG(span_from(t, (size_t)at + sizeof HSTS - 1))).ptr;
}

static void visit(struct scene *s, const struct plan *plan, const char *request, const char *production,
                  const char *staging)
{
    const char *answer = staging ? staging : production;
    if (plan->drop_hsts)
        answer = without_hsts(s, answer);
    if (plan->all_extra) {
        struct span rest = span_of(answer), status = span_cut(&rest, '\n');
        answer = arena_printf(&s->arena, "%.*s\n%s%.*s", SPAN_ARG(status), plan->all_extra, SPAN_ARG(rest)).ptr;
    }
    unsigned n = (unsigned)(s->session * 100 + s->seq);
    pair(s, request, noise(s, production, n, false), noise(s, answer, n, true));
}

static const char product_page[] =
    "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\nVary: Accept-Language\nETag: \"x\"\n\n"
    "<html lang=en><body><main id=product><h1>Shoe</h1><section class=reviews><p>good</p></section>"
    "<form class=buy><input name=csrf value=aa11><button>Buy</button></form></main></body></html>";

static void journey(struct scene *s, const struct plan *plan)
{
    for (unsigned v = 0; v < VISITORS; v++) {
        const char *language = v % 3 == 2 ? "de-DE,de;q=0.9" : "en-US,en;q=0.9";
        bool member = v % 2;
        char cookie[64], text[300];
        snprintf(cookie, sizeof cookie, member ? "Cookie: sid=p~%022u" : "X-Nothing: %u", v);
#define ASK(path) (snprintf(text, sizeof text, "GET " path "\nAccept-Language: %s\n%s", language, cookie), text)
        visit(s, plan, ASK("/"), "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\n", plan->home);
        snprintf(text, sizeof text, "GET /products/%u\nAccept-Language: %s\n%s", v % 4, language, cookie);
        visit(s, plan, text, product_page, plan->product);
        snprintf(text, sizeof text, "GET /api/items/%u\n%s", v % 4, cookie);
        visit(s, plan, text,
              "200\nContent-Type: application/json\n" HSTS "Cache-Control: s-maxage=300\n\n"
              "{\"id\":1,\"price\":{\"amount\":12,\"currency\":\"EUR\"},\"tags\":[\"a\"]}", plan->api);
        if (member)
            visit(s, plan, ASK("/account"), "200\n" PAGE_FIELDS "Cache-Control: private, no-store\n",
                  plan->account_member);
        else
            visit(s, plan, ASK("/account"), "302\nLocation: https://shop.example/login?next=%2Faccount\n"
                  HSTS "Cache-Control: no-store\n", plan->account_anonymous);
        snprintf(text, sizeof text, "GET /old/%u\n%s", v, cookie);
        visit(s, plan, text, "301\nLocation: /products/item\n" HSTS, plan->legacy);
        snprintf(text, sizeof text, "GET /search?q=word%u\n%s", v, cookie);
        visit(s, plan, text, "200\n" PAGE_FIELDS "Cache-Control: no-store\n", plan->search);
        visit(s, plan, "POST /cart/add", "303\nLocation: /cart\nSet-Cookie: cart=c12ab34; Path=/; "
              "HttpOnly; Secure; SameSite=Lax\n" HSTS, plan->cart);
        snprintf(text, sizeof text, "GET /products/%u\nUser-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)", v % 4);
        visit(s, plan, text, product_page, plan->for_bots ? plan->for_bots : plan->product);
        next_session(s);
    }
}

static void play(struct scene *s, const struct plan *plan)
{
    scene_open(s);
    journey(s, plan);
}

static void test_planted__nothing_gives_nothing(void **state)
{
    (void)state;
    struct scene s;
    play(&s, &(struct plan){ 0 });
    check_none(&s);
}

struct row {
    const char *name;
    struct plan plan;
    const char *kind, *field, *route;
    enum finding_severity least;
};

static const struct row rows[] = {
    { "status 500", { .product = "500\n" PAGE_FIELDS }, "status", "", "/products/:id", SEVERITY_CRITICAL },
    { "301 to 302", { .legacy = "302\nLocation: /products/item\n" HSTS }, "redirect.status", "",
      "/old/:id", SEVERITY_MINOR },
    { "redirect target", { .legacy = "301\nLocation: /\n" HSTS }, "redirect.target", "Location", "/old/:id",
      SEVERITY_MAJOR },
    { "redirect to itself", { .home = "302\nLocation: http://127.0.0.1:8443/\n" HSTS }, "redirect.loop",
      "Location", "/", SEVERITY_CRITICAL },
    { "gate opened", { .account_anonymous = "200\n" PAGE_FIELDS "Cache-Control: private, no-store\n" },
      "gate.opened", "", "/account", SEVERITY_CRITICAL },
    { "gate closed", { .account_member = "302\nLocation: /login?next=%2Faccount\n" HSTS }, "gate.closed", "",
      "/account", SEVERITY_MAJOR },
    { "gate changed", { .account_anonymous = "401\nWWW-Authenticate: Basic realm=x\n" HSTS }, "gate.changed",
      "", "/account", SEVERITY_MAJOR },
    { "HSTS gone", { .drop_hsts = true }, "header.removed", "Strict-Transport-Security", "*", SEVERITY_MAJOR },
    { "X-Powered-By", { .all_extra = "X-Powered-By: Framework 16\n" }, "header.added", "X-Powered-By", "*",
      SEVERITY_MINOR },
    { "X-Frame-Options", { .home = "200\nContent-Type: text/html; charset=utf-8\n" HSTS
      "X-Frame-Options: SAMEORIGIN\nCache-Control: public, s-maxage=60\n" }, "header.changed",
      "X-Frame-Options", "/", SEVERITY_MAJOR },
    { "home not stored", { .home = "200\n" PAGE_FIELDS "Cache-Control: private, no-store\nExpires: 0\n" },
      "cache.storability", "Cache-Control", "/", SEVERITY_MAJOR },
    { "lifetime", { .api = "200\nContent-Type: application/json\n" HSTS "Cache-Control: s-maxage=5\n\n"
      "{\"id\":1,\"price\":{\"amount\":12,\"currency\":\"EUR\"},\"tags\":[\"a\"]}" }, "cache.lifetime",
      "Cache-Control", "/api/items/:id", SEVERITY_MAJOR },
    { "member page public", { .account_member = "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\n" },
      "cache.private-leak", "Cache-Control", "/account", SEVERITY_CRITICAL },
    { "session cookie lost HttpOnly", { .cart = "303\nLocation: /cart\nSet-Cookie: cart=z99ab11; Path=/; "
      "Secure; SameSite=Lax\n" HSTS }, "cookie.attribute", "cart", "/cart/add", SEVERITY_MAJOR },
    { "cookie removed", { .cart = "303\nLocation: /cart\n" HSTS }, "cookie.removed", "cart", "/cart/add",
      SEVERITY_MAJOR },
    { "cookie added", { .home = "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\n"
      "Set-Cookie: promo=1; Path=/\n" }, "cookie.added", "promo", "/", SEVERITY_MINOR },
    { "JSON as HTML", { .api = "200\nContent-Type: text/html\n" HSTS "Cache-Control: s-maxage=300\n\n"
      "{\"id\":1,\"price\":{\"amount\":12,\"currency\":\"EUR\"},\"tags\":[\"a\"]}" }, "body.type",
      "Content-Type", "/api/items/:id", SEVERITY_MAJOR },
    { "JSON member gone", { .api = "200\nContent-Type: application/json\n" HSTS "Cache-Control: s-maxage=300\n\n"
      "{\"id\":1,\"price\":{\"amount\":12},\"tags\":[]}" }, "body.structure", "$/price/currency",
      "/api/items/:id", SEVERITY_MAJOR },
    { "Googlebot blocked", { .for_bots = "403\n" HSTS }, "bot", "", "/products/:id", SEVERITY_CRITICAL },
    { "cart accepts anything", { .cart = "303\nLocation: /cart\n" HSTS "Set-Cookie: cart=c12ab34; Path=/; "
      "HttpOnly; Secure; SameSite=Lax\nX-Checked: no\n" }, "header.added", "X-Checked", "/cart/add",
      SEVERITY_INFO },
};

static void test_planted__each_gives_exactly_its_finding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        print_message("%s\n", rows[i].name);
        play(&s, &rows[i].plan);
        check_one(&s, rows[i].kind, rows[i].field,
                  rows[i].route,
                  rows[i].least);
        scene_close(&s);
    }
}

static void test_planted__vary_that_lost_the_language(void **state)
{
    (void)state;
    struct scene s;
    play(&s, &(struct plan){ .product =
        "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\nETag: \"x\"\n\n"
        "<html lang=en><body><main id=product><h1>Shoe</h1><section class=reviews><p>good</p></section>"
        "<form class=buy><input name=csrf value=bb><button>Buy</button></form></main></body></html>" });
    const struct finding *f = check_one(&s, "cache.vary", "Vary", "/products/:id", SEVERITY_MAJOR);
    assert_true(span_find(f->title, SPAN("accept-language")) >= 0);
    scene_close(&s);
}

static void test_planted__section_lost_from_a_page(void **state)
{
    (void)state;
    struct scene s;
    play(&s, &(struct plan){ .product =
        "200\n" PAGE_FIELDS "Cache-Control: public, s-maxage=60\nVary: Accept-Language\nETag: \"y\"\n\n"
        "<html lang=en><body><main id=product><h1>Shoe</h1>"
        "<form class=buy><input name=csrf value=bb><button>Buy</button></form></main></body></html>" });
    check_one(&s, "body.structure", "html/body/main#product/section.reviews", "/products/:id",
              SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_planted__german_visitors_get_english(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned v = 0; v < 10; v++) {
        bool german = v % 2;
        pair(&s, german ? "GET /guide\nAccept-Language: de" : "GET /guide\nAccept-Language: en",
             german ? "200\nContent-Type: text/html\nContent-Language: de\n\n<html lang=de><body><p>a</p></body></html>"
                    : "200\nContent-Type: text/html\nContent-Language: en\n\n<html lang=en><body><p>a</p></body></html>",
             "200\nContent-Type: text/html\nContent-Language: en\n\n<html lang=en><body><p>a</p></body></html>");
        next_session(&s);
    }
    check_one(&s, "locale", "Content-Language", "/guide", SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_planted__german_visitors_get_english_by_the_page_alone(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    pair(&s, "GET /guide\nAccept-Language: de",
         "200\nContent-Type: text/html\n\n<html lang=de><body><p>a</p></body></html>",
         "200\nContent-Type: text/html\n\n<html lang=en><body><p>a</p></body></html>");
    check_one(&s, "locale", "html lang", "/guide", SEVERITY_MAJOR);
    scene_close(&s);
}

static void test_planted__answers_ten_times_larger(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (unsigned v = 0; v < 12; v++) {
        char request[64];
        snprintf(request, sizeof request, "GET /search?q=w%u", v);
        struct exchange p = read_exchange(&s, request, "200\nContent-Type: application/json\n", false);
        struct exchange t = read_exchange(&s, request, "200\nContent-Type: application/json\n", true);
        p.response.body_bytes = 2000 + 900 * v;
        t.response.body_bytes = 10 * p.response.body_bytes;
        add_exchanges(&s, &p, &t, NULL, 0);
    }
    check_one(&s, "body.size", "", "/search", SEVERITY_MAJOR);
    scene_close(&s);
}

static void add_timed(struct scene *s, const char *request, int64_t production_us, int64_t staging_us)
{
    struct exchange p = read_exchange(s, request, "200\nContent-Type: text/html\n", false);
    struct exchange t = read_exchange(s, request, "200\nContent-Type: text/html\n", true);
    p.duration_us = production_us;
    t.duration_us = staging_us;
    add_exchanges(s, &p, &t, NULL, 0);
}

static void test_planted__search_became_slow(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 40; v++) {
        add_timed(&s, "GET /search?q=1", 20000 + v * 400, 170000 + v * 500);
        add_timed(&s, "GET /", 5000 + v * 400, 5200 + v * 390);
    }
    check_one(&s, "latency", "", "/search", SEVERITY_MAJOR);
    scene_close(&s);
}

/* Visitors of the home page that a cache answered `production_says` and `staging_says`, one every
 * `pace_us` on staging. */
static void add_visits(struct scene *s, const char *production_says, const char *staging_says,
                       int64_t pace_us)
{
    for (int v = 0; v < 200; v++) {
        char p_text[120], t_text[120];
        snprintf(p_text, sizeof p_text, "200\nContent-Type: text/html\nCache-Status: edge; %s\n",
                 v ? production_says : "fwd=uri-miss");
        snprintf(t_text, sizeof t_text, "200\nContent-Type: text/html\nCache-Status: edge; %s\n",
                 v ? staging_says : "fwd=uri-miss");
        struct exchange p = read_exchange(s, "GET /", p_text, false);
        struct exchange t = read_exchange(s, "GET /", t_text, true);
        p.start_us = 1000000 + v * 1000000;
        t.start_us = 1000000 + v * pace_us;
        p.duration_us = t.duration_us = 50000;
        add_exchanges(s, &p, &t, NULL, 0);
        next_session(s);
    }
}

static void test_planted__cache_that_keeps_nothing_any_more(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    add_visits(&s, "hit", "fwd=miss", 100000);
    check_one(&s, "cache.hit-ratio", "", "/", SEVERITY_MINOR);
    scene_close(&s);
}

/* A replay without think times has everybody at the door before the first answer is there. */
static void test_planted__misses_of_visitors_that_come_at_once_are_no_finding(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    add_visits(&s, "hit", "fwd=miss", 100);
    check_none(&s);
}

static void test_planted__requests_that_waited_for_one_fetch_are_no_finding(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    add_visits(&s, "hit", "fwd=miss; stored; collapsed", 100000);
    check_none(&s);
}

static void test_planted__stream_is_cut(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 3; v++) {
        struct exchange p = read_exchange(&s, "GET /live", "200\nContent-Type: text/html\n", false);
        struct exchange t = read_exchange(&s, "GET /live", "200\nContent-Type: text/html\n", true);
        t.marks |= MARK_FAILED;
        t.note = SPAN("the connection was closed before the last chunk");
        add_exchanges(&s, &p, &t, NULL, 0);
    }
    const struct finding *f = check_one(&s, "transport", "", "/live", SEVERITY_CRITICAL);
    assert_true(span_find(f->staging, SPAN("last chunk")) >= 0);
    scene_close(&s);
}

static void test_planted__hops_that_come_back_are_a_loop(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    struct exchange p = read_exchange(&s, "GET /sale/", "200\nContent-Type: text/html\n", false);
    struct exchange t = read_exchange(&s, "GET /sale/", "301\nLocation: /sale\n", true);
    struct exchange hops[3] = {
        read_exchange(&s, "GET /sale", "301\nLocation: /sale/\n", true),
        read_exchange(&s, "GET /sale/", "301\nLocation: /sale\n", true),
        read_exchange(&s, "GET /sale", "301\nLocation: /sale/\n", true),
    };
    add_exchanges(&s, &p, &t, hops, 3);
    check_one(&s, "redirect.loop", "Location", "/sale/", SEVERITY_CRITICAL);
    scene_close(&s);
}

static void test_planted__form_without_token_is_accepted(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    pair(&s, "POST /cart/add", "403\nContent-Type: text/html\n", "303\nLocation: /cart\n");
    check_one(&s, "csrf.unenforced", "", "/cart/add", SEVERITY_CRITICAL);
    scene_close(&s);
}

#define KEYED(key) "200\nContent-Type: text/html\nCache-Status: edge; hit; key=\"" key "\"\n"

static void test_planted__campaign_items_split_the_key(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 3; v++) {
        pair(&s, "GET /p/1", KEYED("shop.example/p/1"), KEYED("127.0.0.1:8443/p/1"));
        pair(&s, "GET /p/1?utm_source=x", KEYED("shop.example/p/1"),
             KEYED("127.0.0.1:8443/p/1?utm_source=x"));
        pair(&s, "GET /p/1?gclid=123", KEYED("shop.example/p/1"), KEYED("127.0.0.1:8443/p/1?gclid=123"));
        pair(&s, "GET /?utm_source=mail", KEYED("shop.example/"), KEYED("127.0.0.1:8443/?utm_source=mail"));
        pair(&s, "GET /", KEYED("shop.example/"), KEYED("127.0.0.1:8443/"));
        next_session(&s);
    }
    const struct finding *f = check_one(&s, "cache.key-split", NULL, "*", SEVERITY_MAJOR);
    assert_true(span_find(f->title, SPAN("utm_source")) >= 0);
    assert_true(span_find(f->title, SPAN("gclid")) >= 0);
    scene_close(&s);
}

static void test_planted__currency_dropped_from_the_key(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    for (int v = 0; v < 3; v++) {
        pair(&s, "GET /p/1\nCookie: sid=a; currency=EUR", KEYED("shop.example/p/1|cookie.currency=EUR"),
             KEYED("127.0.0.1:8443/p/1"));
        pair(&s, "GET /p/1\nCookie: sid=b; currency=USD", KEYED("shop.example/p/1|cookie.currency=USD"),
             KEYED("127.0.0.1:8443/p/1"));
        next_session(&s);
    }
    const struct finding *f = check_one(&s, "cache.key-merge", NULL, "/p/:id", SEVERITY_CRITICAL);
    assert_true(span_find(f->title, SPAN("cookie currency")) >= 0);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted__nothing_gives_nothing),
        cmocka_unit_test(test_planted__each_gives_exactly_its_finding),
        cmocka_unit_test(test_planted__vary_that_lost_the_language),
        cmocka_unit_test(test_planted__section_lost_from_a_page),
        cmocka_unit_test(test_planted__german_visitors_get_english),
        cmocka_unit_test(test_planted__german_visitors_get_english_by_the_page_alone),
        cmocka_unit_test(test_planted__answers_ten_times_larger),
        cmocka_unit_test(test_planted__search_became_slow),
        cmocka_unit_test(test_planted__cache_that_keeps_nothing_any_more),
        cmocka_unit_test(test_planted__misses_of_visitors_that_come_at_once_are_no_finding),
        cmocka_unit_test(test_planted__requests_that_waited_for_one_fetch_are_no_finding),
        cmocka_unit_test(test_planted__stream_is_cut),
        cmocka_unit_test(test_planted__hops_that_come_back_are_a_loop),
        cmocka_unit_test(test_planted__form_without_token_is_accepted),
        cmocka_unit_test(test_planted__campaign_items_split_the_key),
        cmocka_unit_test(test_planted__currency_dropped_from_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
