/*
 * A site that is restless in every way at once, against itself: identifiers of
 * all sorts, values that alternate, fields and cookies that come and go, lifetimes
 * that count down, parts of pages that are there at times. Nothing of it is a finding.
 */
#include "scene.h"

#include "rehearse/base/random.h"

static void token(struct random *r, char *out, unsigned len, const char *alphabet)
{
    size_t letters = strlen(alphabet);
    for (unsigned i = 0; i < len; i++)
        out[i] = alphabet[random_below(r, letters)];
    out[len] = '\0';
}

static void answer(struct random *r, char *out, size_t size, unsigned page)
{
    static const char base62[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char hex[9], small[7], wide[23], digits[8], word[13];
    token(r, hex, 8, "0123456789abcdef");
    token(r, small, 6, "0123456789abcdefghijklmnopqrstuvwxyz");
    token(r, wide, 22, base62);
    token(r, digits, 3 + (unsigned)random_below(r, 4), "0123456789");
    token(r, word, 12, "0123456789abcdefghijklmnopqrstuvwxyz");
    snprintf(
        out, size,
        "200\nContent-Type: text/html\nX-Hex: %s\nX-Small: %s\nX-Wide: %s\nX-Number: %s\nX-Word: "
        "%s\n"
        "ETag: \"%s\"\nX-Page: p%u\nCache-Control: public, max-age=%u, s-maxage=600\nX-Cache: %s\n"
        "X-Pool: pool-%c\n%s%s\n<html><body><main><p>a</p>%s%s</main></body></html>",
        hex, small, wide, digits, word, wide, page, (unsigned)random_below(r, 600),
        random_below(r, 2) ? "HIT" : "MISS", (char)('a' + random_below(r, 4)),
        random_below(r, 3) ? "" : "X-Sometimes: yes\n",
        random_below(r, 4) ? "" : "Set-Cookie: exp=1; Path=/\n",
        random_below(r, 2) ? "<div class=promo>x</div>" : "",
        random_below(r, 10) ? "" : "<aside id=rare>x</aside>");
}

static void visit(struct scene *s, uint64_t seed, unsigned pairs)
{
    struct random r = { seed };
    char request[64], production[1200], staging[1200];
    scene_open(s);
    for (unsigned i = 0; i < pairs; i++) {
        unsigned page = (unsigned)random_below(&r, 5);
        snprintf(request, sizeof request, "GET /p/%u", page);
        answer(&r, production, sizeof production, page);
        answer(&r, staging, sizeof staging, page);
        pair(s, request, production, staging);
        if (random_below(&r, 4) == 0)
            next_session(s);
    }
}

static void test_noise__restless_site_against_itself_gives_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct scene s;
        visit(&s, seed * 7919, 400);
        check_none(&s);
    }
}

static void test_noise__one_true_change_shows_through_it(void **state)
{
    (void)state;
    struct random r = { 4711 };
    struct scene s;
    char production[1300], staging[1300], all[1200];
    scene_open(&s);
    for (unsigned i = 0; i < 200; i++) {
        answer(&r, all, sizeof all, 1);
        snprintf(production, sizeof production, "200\nX-Frame-Options: DENY\n%s", all + 4);
        answer(&r, staging, sizeof staging, 1);
        pair(&s, "GET /p/1", production, staging);
        if (i % 5 == 4)
            next_session(&s);
    }
    const struct finding *f =
        check_one(&s, "header.removed", "X-Frame-Options", "/p/:id", SEVERITY_MAJOR);
    assert_int_equal(f->exchanges, 200);
    assert_int_equal(f->sessions, 40);
    scene_close(&s);
}

/*
 * A cache that keeps one copy for all, before an origin that marks its answers to
 * crawlers: who came first to a page decides what everybody is given there.
 */
enum { PAGES = 40, ASKS = 600 };
struct kept_world {
    unsigned page[ASKS];
    bool bot[ASKS];
    unsigned first[2][PAGES]; /* who filled the cache: production's, staging's */
};

static void make_world(struct kept_world *w, uint64_t seed)
{
    struct random r = { seed };
    memset(w, 0, sizeof *w);
    for (unsigned i = 0; i < ASKS; i++) {
        w->page[i] = (unsigned)(random_below(&r, PAGES) * random_below(&r, PAGES) / PAGES);
        w->bot[i] = random_below(&r, 4) == 0;
        for (int side = 0; side < 2; side++) /* replay mixes the order of sessions near in time */
            if (w->first[side][w->page[i]] == 0 || random_below(&r, 60) == 0)
                w->first[side][w->page[i]] = i;
    }
}

static void kept_answer(const struct kept_world *w, int side, unsigned i, const char *more,
                        char *out, size_t size)
{
    unsigned first = w->first[side][w->page[i]];
    snprintf(out, size, "200\nContent-Type: text/html\nX-Cache: %s\n%s%s\n<p>a</p>",
             first == i ? "MISS" : "HIT", w->bot[first] ? "X-Robots-Tag: large\n" : "", more);
}

/* The page `lost` has no X-Frame-Options on staging; production has it on every second page. */
static void visit_kept(struct scene *s, uint64_t seed, unsigned lost)
{
    struct kept_world w;
    char request[160], answer[2][400];
    make_world(&w, seed);
    scene_open(s);
    for (unsigned i = 0; i < ASKS; i++) {
        snprintf(request, sizeof request, "GET /p/%u\nUser-Agent: %s\nAccept: text/html", w.page[i],
                 w.bot[i] ? "Mozilla/5.0 (compatible; Googlebot/2.1)" : "Mozilla/5.0");
        for (int side = 0; side < 2; side++) {
            bool framed = w.page[i] % 2 && !(side && w.page[i] == lost);
            kept_answer(&w, side, i, framed ? "X-Frame-Options: DENY\n" : "", answer[side],
                        sizeof answer[side]);
        }
        pair(s, request, answer[0], answer[1]);
        if (i % 10 == 9)
            next_session(s);
    }
}

static void test_noise__who_filled_the_cache_first_is_no_change(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct scene s;
        visit_kept(&s, seed * 104729, PAGES);
        check_none(&s);
    }
}

static void test_noise__one_kept_page_that_changed_is_a_change(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct scene s;
        visit_kept(&s, seed * 104729, 3);
        check_one(&s, "header.removed", "X-Frame-Options", "/p/:id", SEVERITY_MAJOR);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise__restless_site_against_itself_gives_nothing),
        cmocka_unit_test(test_noise__one_true_change_shows_through_it),
        cmocka_unit_test(test_noise__who_filled_the_cache_first_is_no_change),
        cmocka_unit_test(test_noise__one_kept_page_that_changed_is_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
