/* Segments back into exchanges. */
#include <stdlib.h>
#include <zstd.h>

#include "handle.h"
#include "record.h"

/* SQLite's own limit for a value; a larger length in the file is damage. */
enum { BODY_MAX = 1000000000 };

int store_load_body(struct store *store, uint32_t body_id, struct span *ret, struct arena *arena,
                    struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, GET_BODY, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, body_id);
    rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return store_damaged(store, "a body is missing", err);

    int64_t bytes = sqlite3_column_int64(statement, 0);
    struct span coded = statement_column(statement, 1);
    bool fine = bytes >= 0 && bytes <= BODY_MAX &&
                ZSTD_getFrameContentSize(coded.ptr, coded.len) == (unsigned long long)bytes;
    if (fine) {
        char *body = arena_alloc(arena, (size_t)bytes + 1);
        size_t len = ZSTD_decompress(body, (size_t)bytes, coded.ptr, coded.len);
        fine = !ZSTD_isError(len) && len == (size_t)bytes;
        body[bytes] = '\0';
        if (fine)
            *ret = span_make(body, len);
    }
    statement_done(statement);
    return fine ? 0 : store_damaged(store, "a body does not decompress", err);
}

/* ---- one record ---- */

struct loading {
    struct store *store;
    struct arena *arena; /* the caller's */
    bool bodies;
    struct err *err;
};

static int texts_of(struct loading *l, const struct record *r, struct exchange *x)
{
    const struct {
        enum record_place place;
        struct span *text;
    } members[] = {
        { AT_METHOD, &x->request.method },
        { AT_SCHEME, &x->request.scheme },
        { AT_AUTHORITY, &x->request.authority },
        { AT_TARGET, &x->request.target },
        { AT_REQUEST_VERSION, &x->request.version },
        { AT_RESPONSE_VERSION, &x->response.version },
        { AT_CLIENT, &x->client },
        { AT_USER, &x->user },
        { AT_CACHE, &x->cache },
        { AT_NOTE, &x->note },
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        int64_t id = r->at[members[i].place];
        int rc = id ? text_cache_get(l->store, id, members[i].text, l->err) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int fields_of(struct loading *l, const uint32_t *ids, int64_t len, struct http_fields *ret)
{
    if (len == 0)
        return 0;
    ret->at = arena_alloc(l->arena, (size_t)len * sizeof *ret->at);
    for (int64_t i = 0; i < len; i++) {
        int rc = text_cache_get_field(l->store, ids[i], &ret->at[i], l->err);
        if (rc < 0)
            return rc;
    }
    ret->len = ret->cap = (uint32_t)len;
    return 0;
}

static int bodies_of(struct loading *l, const struct record *r, struct exchange *x)
{
    const int64_t *at = r->at;
    if (at[AT_REQUEST_BODY] < 0 || at[AT_REQUEST_BODY] > UINT32_MAX || at[AT_RESPONSE_BODY] < 0 ||
        at[AT_RESPONSE_BODY] > UINT32_MAX)
        return store_damaged(l->store, "a body's number is out of range", l->err);
    x->body_id = (uint32_t)at[AT_RESPONSE_BODY];
    int rc = 0;
    if (at[AT_REQUEST_BODY])
        rc = store_load_body(l->store, (uint32_t)at[AT_REQUEST_BODY], &x->request.body, l->arena,
                             l->err);
    if (rc == 0 && l->bodies && x->body_id)
        rc = store_load_body(l->store, x->body_id, &x->response.body, l->arena, l->err);
    return rc;
}

/* 36,000 years, or an exabyte: what is more is damage, and sums of what is less do not overflow. */
static bool is_within(int64_t n)
{
    return n >= -(INT64_C(1) << 60) && n <= INT64_C(1) << 60;
}

static int exchange_of(struct loading *l, const struct record *r, int64_t base_us,
                       struct exchange *x)
{
    const int64_t *at = r->at;
    if (!is_within(base_us) || !is_within(at[AT_START]) || !is_within(at[AT_FIRST_BYTE]) ||
        !is_within(at[AT_DURATION]) || !is_within(at[AT_REQUEST_BYTES]) ||
        !is_within(at[AT_RESPONSE_BYTES]))
        return store_damaged(l->store, "a time or a size is out of range", l->err);
    x->start_us = base_us + at[AT_START];
    x->seq = (uint32_t)at[AT_SEQ];
    x->planned = (uint32_t)at[AT_PLANNED];
    x->marks = (uint32_t)at[AT_MARKS];
    x->first_byte_us = at[AT_FIRST_BYTE] - 1;
    x->duration_us = at[AT_DURATION] - 1;
    x->request.body_bytes = at[AT_REQUEST_BYTES] - 1;
    x->response.body_bytes = at[AT_RESPONSE_BYTES] - 1;
    x->response.status = (int)at[AT_STATUS];
    int rc = texts_of(l, r, x);
    if (rc == 0)
        rc = fields_of(l, r->request_fields, at[AT_REQUEST_FIELDS], &x->request.fields);
    if (rc == 0)
        rc = fields_of(l, r->response_fields, at[AT_RESPONSE_FIELDS], &x->response.fields);
    if (rc == 0 && (at[AT_REQUEST_BODY] | at[AT_RESPONSE_BODY]))
        rc = bodies_of(l, r, x);
    return rc;
}

/* ---- one session ---- */

/* A growing list in the arena: how many there are is known only at the end of the walk. */
struct exchange_list {
    struct exchange *at;
    size_t len, cap;
};

static void make_room(struct exchange_list *list, size_t more, struct arena *arena)
{
    if (list->len + more <= list->cap)
        return;
    size_t cap = list->len + (more > list->len ? more : list->len);
    struct exchange *at = arena_alloc(arena, cap * sizeof *at);
    if (list->len)
        memcpy(at, list->at, list->len * sizeof *at);
    list->at = at;
    list->cap = cap;
}

static int load_segment(struct loading *l, sqlite3_stmt *row, uint64_t session,
                        struct exchange_list *list)
{
    int64_t base_us = sqlite3_column_int64(row, 0);
    int64_t n = sqlite3_column_int64(row, 1);
    struct span text = statement_column(row, 2);
    /* "[]" and more is the least an exchange takes: the count cannot ask for more memory than the
     * text warrants. */
    if (n < 0 || (uint64_t)n > text.len / 3)
        return store_damaged(l->store, "a segment is cut", l->err);
    make_room(list, (size_t)n, l->arena);

    struct record_reader reader = record_reader_make(text);
    struct record record;
    for (; n > 0 && record_read(&reader, &record, l->arena); n--) {
        struct exchange *x = &list->at[list->len++];
        *x = exchange_blank();
        x->session = session;
        int rc = exchange_of(l, &record, base_us, x);
        if (rc < 0)
            return rc;
    }
    if (n || reader.failed || reader.at != reader.end)
        return store_damaged(l->store, "a segment is not what it says", l->err);
    return 0;
}

struct place {
    int64_t key;
    size_t index;
};

static int by_key_then_index(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int64_t key_of(const struct store *store, const struct exchange *x)
{
    return store->kind == STORE_CAPTURE ? x->start_us : (int64_t)x->seq;
}

static bool in_order(const struct store *store, const struct exchange_list *list)
{
    for (size_t i = 1; i < list->len; i++)
        if (key_of(store, &list->at[i - 1]) > key_of(store, &list->at[i]))
            return false;
    return true;
}

/* By start, or by seq for runs; what is equal stays in order of arrival. */
static void put_in_order(const struct store *store, struct exchange_list *list, struct arena *arena)
{
    if (in_order(store, list))
        return;
    struct place *places = arena_alloc(arena, list->len * sizeof *places);
    for (size_t i = 0; i < list->len; i++)
        places[i] = (struct place){ key_of(store, &list->at[i]), i };
    qsort(places, list->len, sizeof *places, by_key_then_index);
    struct exchange *sorted = arena_alloc(arena, list->len * sizeof *sorted);
    for (size_t i = 0; i < list->len; i++)
        sorted[i] = list->at[places[i].index];
    list->at = sorted;
}

int store_load_session(struct store *store, uint64_t id, bool bodies, struct exchange **ret,
                       size_t *ret_count, struct arena *arena, struct err *err)
{
    struct loading loading = { store, arena, bodies, err };
    struct exchange_list list = { NULL, 0, 0 };
    sqlite3_stmt *row;
    text_cache_trim(&store->texts);
    int rc = text_cache_preload(store, err);
    if (rc < 0)
        return rc;
    rc = statement_of(store, SEGMENTS_OF_SESSION, &row, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(row, 1, (sqlite3_int64)id);
    while ((rc = statement_step(store, row, err)) == 1)
        if ((rc = load_segment(&loading, row, id, &list)) < 0)
            break;
    statement_done(row);
    if (rc < 0)
        return rc;
    put_in_order(store, &list, arena);
    if (store->kind == STORE_CAPTURE)
        for (size_t i = 0; i < list.len; i++)
            list.at[i].seq = (uint32_t)i;
    *ret = list.at;
    *ret_count = list.len;
    return 0;
}
