#ifndef TESTS_STORE_STORE_KIT_H
#define TESTS_STORE_STORE_KIT_H

/* A store in a folder of its own for each test, and what goes into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/store/store.h"

struct place {
    char folder[64];
    char file[96];
};

static inline int set_up(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/rehearse-store-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    snprintf(p->file, sizeof p->file, "%s/f", p->folder);
    *state = p;
    return 0;
}

static inline int tear_down(void **state)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->file, suffixes[i]);
        unlink(name);
    }
    int rc = rmdir(p->folder);
    free(p);
    return rc;
}

static inline const char *file_of(void **state)
{
    return ((struct place *)*state)->file;
}

static inline struct store *created(void **state, enum store_kind kind)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    if (store_create(&store, file_of(state), kind, /* replace= */ false, &err) < 0)
        fail_msg("%s", err.text);
    return store;
}

static inline struct store *opened(void **state, bool writable)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    if (store_open(&store, file_of(state), writable, &err) < 0)
        fail_msg("%s", err.text);
    return store;
}

static inline int open_code(void **state, struct err *err)
{
    struct store *store = NULL;
    int rc = store_open(&store, file_of(state), /* writable= */ false, err);
    store_close(store);
    return rc;
}

static inline void finish(struct store *store)
{
    struct err err = ERR_INIT;
    if (store_finish(store, &err) < 0)
        fail_msg("%s", err.text);
    store_close(store);
}

static inline void put(struct store *store, const struct exchange *x, uint32_t attempt)
{
    struct err err = ERR_INIT;
    if (store_put_exchange(store, x, attempt, &err) < 0)
        fail_msg("%s", err.text);
}

static inline struct exchange *load(struct store *store, uint64_t id, size_t *count,
                                    struct arena *arena)
{
    struct exchange *all = NULL;
    struct err err = ERR_INIT;
    if (store_load_session(store, id, /* bodies= */ true, &all, count, arena, &err) < 0)
        fail_msg("%s", err.text);
    return all;
}

static inline struct exchange simple(uint64_t session, int64_t start_us, const char *target)
{
    struct exchange x = exchange_blank();
    x.session = session;
    x.start_us = start_us;
    x.request.method = SPAN("GET");
    x.request.target = span_of(target);
    x.response.status = 200;
    return x;
}

#define assert_span(got, wanted)                                                                   \
    do {                                                                                           \
        struct span got_ = (got), wanted_ = (wanted);                                              \
        assert_int_equal(span_is_none(got_), span_is_none(wanted_));                               \
        assert_int_equal(got_.len, wanted_.len);                                                   \
        if (got_.len)                                                                              \
            assert_memory_equal(got_.ptr, wanted_.ptr, got_.len);                                  \
    } while (0)

static inline void assert_fields(const struct http_fields *got, const struct http_fields *wanted)
{
    assert_int_equal(got->len, wanted->len);
    for (uint32_t i = 0; i < got->len; i++) {
        assert_span(got->at[i].name, wanted->at[i].name);
        assert_span(got->at[i].value, wanted->at[i].value);
        assert_int_not_equal(got->at[i].id, 0);
    }
}

static inline void assert_same(const struct exchange *got, const struct exchange *wanted)
{
    assert_int_equal(got->session, wanted->session);
    assert_int_equal(got->marks, wanted->marks);
    assert_int_equal(got->start_us, wanted->start_us);
    assert_int_equal(got->first_byte_us, wanted->first_byte_us);
    assert_int_equal(got->duration_us, wanted->duration_us);
    assert_int_equal(got->planned, wanted->planned);
    assert_span(got->request.method, wanted->request.method);
    assert_span(got->request.scheme, wanted->request.scheme);
    assert_span(got->request.authority, wanted->request.authority);
    assert_span(got->request.target, wanted->request.target);
    assert_span(got->request.version, wanted->request.version);
    assert_span(got->request.body, wanted->request.body);
    assert_int_equal(got->request.body_bytes, wanted->request.body_bytes);
    assert_fields(&got->request.fields, &wanted->request.fields);
    assert_int_equal(got->response.status, wanted->response.status);
    assert_span(got->response.version, wanted->response.version);
    assert_span(got->response.body, wanted->response.body);
    assert_int_equal(got->response.body_bytes, wanted->response.body_bytes);
    assert_fields(&got->response.fields, &wanted->response.fields);
    assert_span(got->client, wanted->client);
    assert_span(got->user, wanted->user);
    assert_span(got->cache, wanted->cache);
    assert_span(got->note, wanted->note);
}

/* With something in every member. */
static inline struct exchange full(struct arena *arena)
{
    struct exchange x = simple(0xfedcba9876543210u, 1700000000123456, "/p/1?a=%20&b");
    x.seq = 3;
    x.marks = MARK_ALL_RESPONSE_FIELDS | MARK_PREFLIGHT | MARK_FAILED;
    x.first_byte_us = 0;
    x.duration_us = 123456;
    x.planned = 7;
    x.request.method = SPAN("POST");
    x.request.scheme = SPAN("https");
    x.request.authority = SPAN("shop.example:8443");
    x.request.version = SPAN("HTTP/2");
    x.request.body = SPAN("a=1\0b");
    x.request.body_bytes = 5;
    x.response.version = SPAN("HTTP/1.1");
    x.response.body = SPAN("");
    x.response.body_bytes = 0;
    x.client = SPAN("2001:db8::1");
    x.user = SPAN("");
    x.cache = SPAN("HIT");
    x.note = SPAN("bytes \xff\x01 of anyone");
    http_fields_add(&x.request.fields, arena, SPAN("Cookie"), SPAN_NONE);
    http_fields_add(&x.request.fields, arena, SPAN("Accept"), SPAN(""));
    http_fields_add(&x.request.fields, arena, SPAN("X-Odd"), SPAN("a: b: c"));
    http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), SPAN("a=1"));
    http_fields_add(&x.response.fields, arena, SPAN("Set-Cookie"), SPAN("a=1"));
    http_fields_add(&x.response.fields, arena, SPAN("set-cookie"), SPAN("a=1"));
    return x;
}

static inline int take_row(void *ctx, int columns, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < columns; i++)
        strbuf_addf(ctx, "%s|", values[i] ? values[i] : "NULL");
    return 0;
}

/* As the sqlite3 shell would: each row's columns, with '|' behind each. */
static inline void ask(void **state, const char *sql, struct strbuf *out)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    strbuf_clear(out);
    assert_int_equal(sqlite3_open(file_of(state), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, take_row, out, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
