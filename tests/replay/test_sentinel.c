#include "capture_kit.h"

#include "canary.h"
#include "sentinel.h"

#define ACCOUNTS                                                                                   \
    "username,password,email,name\n"                                                               \
    "annalind,secret-of-anna,anna@shop.example,Anna Lind\n"                                        \
    "bertberg,secret-of-bert,bert@shop.example,Bert Berg\n"

struct guard_post {
    char path[64];
    struct identity_pool *pool;
    struct sentinel *sentinel;
    struct watch *watch;
    struct planned *planned;
    struct arena arena;
    uint32_t seq;
};

static void post_open(struct guard_post *g)
{
    struct err err = ERR_INIT;
    memset(g, 0, sizeof *g);
    snprintf(g->path, sizeof g->path, "/tmp/rehearse-sentinel-XXXXXX");
    int fd = mkstemp(g->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, ACCOUNTS, sizeof ACCOUNTS - 1), sizeof ACCOUNTS - 1);
    close(fd);
    kit_must(identity_pool_load(&g->pool, g->path, &err), &err);
    g->sentinel = sentinel_new(g->pool, 7);
    g->watch = watch_new(g->sentinel);
    g->planned = calloc(1, sizeof *g->planned);
}

static void post_close(struct guard_post *g)
{
    watch_free(g->watch);
    sentinel_free(g->sentinel);
    identity_pool_free(g->pool);
    arena_release(&g->arena);
    free(g->planned);
    unlink(g->path);
}

enum { ANNA = 0, BERT = 1, STRANGER = 2 };

static struct session_run run_of(const struct guard_post *g, int who)
{
    return (struct session_run){ .planned = g->planned,
                                 .has_identity = who != STRANGER,
                                 .identity = { .index = (size_t)(who == STRANGER ? 0 : who) } };
}

/* Is an answer of these fields and this body to that visitor a leak? */
static bool leaks(struct guard_post *g, int who, const char *target, const char *field,
                  const char *body)
{
    struct session_run run = run_of(g, who);
    struct outgoing sent = { .wire = { .method = SPAN("GET"), .target = span_of(target) } };
    struct exchange x = exchange_blank();
    struct span value = span_of(field), name = span_cut(&value, ':');
    x.session = (uint64_t)who + 1;
    x.seq = g->seq++;
    x.response.status = 200;
    x.response.body = span_of(body);
    if (name.len)
        http_fields_add(&x.response.fields, &g->arena, name, span_trim(value));
    watch_answer(g->watch, &run, &sent, &x);
    bool any = watch_has_remarks(g->watch);
    if (any) { /* forget them */
        struct kit kit;
        kit_open(&kit, 1);
        struct journal *journal;
        struct journal_options options = { .run = kit.run, .on_room = NULL };
        kit_must(journal_open(&journal, &options, &kit.err), &kit.err);
        struct journal_batch *batch = journal_take_batch(journal);
        watch_put_remarks(g->watch, g->planned, batch);
        journal_hand_over(journal, batch);
        kit_must(journal_close(journal, &kit.err), &kit.err);
        kit_close(&kit);
    }
    return any;
}

static void begin(struct guard_post *g, int who)
{
    struct session_run run = run_of(g, who);
    watch_begin(g->watch, &run);
}

struct answer {
    int who;
    const char *target, *field, *body;
    bool leak;
};

static void check_answers(const struct answer *rows, size_t count)
{
    struct guard_post g;
    post_open(&g);
    begin(&g, ANNA);
    begin(&g, BERT);
    for (size_t i = 0; i < count; i++)
        check_row(leaks(&g, rows[i].who, rows[i].target, rows[i].field, rows[i].body) ==
                      rows[i].leak,
                  rows[i].body[0] ? rows[i].body : rows[i].field);
    post_close(&g);
}

static void test_sentinel__tells_members_own_from_others(void **state)
{
    (void)state;
    static const struct answer rows[] = {
        { ANNA, "/me", "", "Hello Anna Lind", false },
        { BERT, "/me", "", "Hello Anna Lind", true },
        { STRANGER, "/", "", "Hello Anna Lind", true },
        { BERT, "/", "", "Hello Bert Berg", false },
        { BERT, "/", "", "secret-of-anna", false }, /* no password is looked for */
        { STRANGER, "/", "Location: /x?m=anna%40shop.example", "", true },
        { STRANGER, "/x?m=anna%40shop.example", "", "You said anna@shop.example", false },
        { STRANGER, "/", "Content-Type: image/png", "anna@shop.example", false },
        { STRANGER, "/", "Content-Type: image/svg+xml", "anna@shop.example", true },
        { STRANGER, "/", "", "", false },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

static void test_sentinel__follows_session_tokens(void **state)
{
    (void)state;
    static const struct answer rows[] = {
        { ANNA, "/login", "Set-Cookie: sessionid=0123456789abcdef; Path=/", "", false },
        { ANNA, "/me", "Set-Cookie: sessionid=0123456789abcdef; Path=/", "", false },
        { BERT, "/me", "Set-Cookie: sessionid=fedcba9876543210; Path=/", "", false },
        { BERT, "/me", "Set-Cookie: sessionid=0123456789abcdef; Path=/", "", true },
        { STRANGER, "/", "Set-Cookie: sessionid=0123456789abcdef; Path=/", "", true },
        { STRANGER, "/", "", "<input value=\"fedcba9876543210\">", true },
        { STRANGER, "/", "Set-Cookie: sessionid=1111222233334444", "", false },
        /* A page that holds nothing but its owner's token, given to him and then, the same bytes, to
         * another. */
        { ANNA, "/own", "", "your token is 0123456789abcdef", false },
        { BERT, "/own", "", "your token is 0123456789abcdef", true },
        { ANNA, "/", "Set-Cookie: currency=0123456789abcdefg", "", false },
        { BERT, "/", "Set-Cookie: currency=0123456789abcdefg", "", false },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

static void test_sentinel__takes_what_strangers_were_shown_before_for_public(void **state)
{
    (void)state;
    struct guard_post g;
    post_open(&g);
    assert_false(leaks(&g, STRANGER, "/", "", "A fine mug, says Anna Lind"));
    begin(&g, ANNA);
    assert_false(leaks(&g, STRANGER, "/", "", "A fine mug, says Anna Lind."));
    /* What a cache holds may be of an earlier run. */
    assert_true(leaks(&g, STRANGER, "/", "Cache-Status: edge; hit", "Bert Berg"));
    post_close(&g);
}

static void test_canary__goes_into_free_text_of_cart_and_account(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body;
        unsigned count;
    } rows[] = {
        { "POST", "/cart/add", "product=7&gift_note=with+love", 1 },
        { "POST", "/cart/add", "product=7&gift_note=", 0 },
        { "POST", "/cart/add", "product=7&gift_note=12", 0 },
        { "POST", "/cart/add", "product=7&quantity=1", 0 },
        { "POST", "/reviews/add", "product=7&comment=fine", 0 },
        { "POST", "/account/profile", "first_name=Ann&last_name=Lee&city=Bonn", 2 },
        { "GET", "/cart", "gift_note=with+love", 0 },
        { "POST", "/cart/add", "", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct http_request r = { .method = span_of(rows[i].method),
                                  .target = span_of(rows[i].target),
                                  .body = span_of(rows[i].body) };
        http_fields_add(&r.fields, &arena, SPAN("Content-Type"),
                        SPAN("application/x-www-form-urlencoded"));
        unsigned count = canary_apply(&r, 7, 3, &arena);
        char text[CANARY_LENGTH + 1];
        canary_text(text, 7, 3);
        check_row(count == rows[i].count, rows[i].body);
        check_row((span_find(r.body, span_of(text)) >= 0) == (count > 0), rows[i].body);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentinel__tells_members_own_from_others),
        cmocka_unit_test(test_sentinel__follows_session_tokens),
        cmocka_unit_test(test_sentinel__takes_what_strangers_were_shown_before_for_public),
        cmocka_unit_test(test_canary__goes_into_free_text_of_cart_and_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
