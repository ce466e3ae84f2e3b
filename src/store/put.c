/* Exchanges into segments: encoded at once, written when a segment is worth a row. */
#include "handle.h"
#include "record.h"

#include <assert.h>

#include "rehearse/base/mem.h"

/* Members whose value hardly changes from one exchange to the next, each with a memo of its own. */
enum memo {
    MEMO_METHOD,
    MEMO_SCHEME,
    MEMO_AUTHORITY,
    MEMO_REQUEST_VERSION,
    MEMO_RESPONSE_VERSION,
    MEMO_USER,
    MEMO_CACHE,
    MEMO_NOTE,
    MEMO_WORD, /* the last is for everything else */
};

/*
 * Numbers come from captures, so from anyone. Past 10^17 (the year 5138 in
 * microseconds, or 100 petabytes) they are cut: differences of two still fit.
 */
static int64_t bounded(int64_t n)
{
    const int64_t most = 100000000000000000;
    return n > most ? most : n < -most ? -most : n;
}

/* -1, unknown, is the most common value: as 0 it takes no room. */
static int64_t known(int64_t n)
{
    return n < 0 ? 0 : bounded(n) + 1;
}

/* What an exchange looks up in the table of texts: all but the words that have a memo. */
struct keys {
    struct intern_key target, client;
    struct intern_key *fields; /* of the request, then of the response */
};

static struct keys keys_of(struct store *store, const struct exchange *x)
{
    const struct http_fields *request = &x->request.fields, *response = &x->response.fields;
    size_t len = (size_t)request->len + response->len;
    store->field_keys =
        array_room(store->field_keys, &store->field_keys_cap, len + 1, sizeof *store->field_keys);
    store->field_ids =
        array_room(store->field_ids, &store->field_ids_cap, len + 1, sizeof *store->field_ids);
    struct keys keys = { .fields = store->field_keys };
    if (!span_is_none(x->request.target))
        keys.target = intern_key_of_text(store, TEXT_TARGET, x->request.target);
    if (!span_is_none(x->client))
        keys.client = intern_key_of_text(store, TEXT_WORD, x->client);
    for (uint32_t i = 0; i < request->len; i++)
        keys.fields[i] = intern_key_of_field(store, &request->at[i]);
    for (uint32_t i = 0; i < response->len; i++)
        keys.fields[request->len + i] = intern_key_of_field(store, &response->at[i]);
    return keys;
}

static int fields_of(struct store *store, const struct http_fields *fields,
                     const struct intern_key *keys, uint32_t *ids, struct err *err)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        int rc = intern_field(store, &fields->at[i], keys[i], &ids[i], err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int words_of(struct store *store, const struct exchange *x, struct record *r,
                    struct err *err)
{
    const struct {
        enum record_place place;
        enum memo memo;
        struct span word;
    } members[] = {
        { AT_METHOD, MEMO_METHOD, x->request.method },
        { AT_SCHEME, MEMO_SCHEME, x->request.scheme },
        { AT_AUTHORITY, MEMO_AUTHORITY, x->request.authority },
        { AT_REQUEST_VERSION, MEMO_REQUEST_VERSION, x->request.version },
        { AT_RESPONSE_VERSION, MEMO_RESPONSE_VERSION, x->response.version },
        { AT_USER, MEMO_USER, x->user },
        { AT_CACHE, MEMO_CACHE, x->cache },
        { AT_NOTE, MEMO_NOTE, x->note },
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        uint32_t id = 0;
        int rc = intern_word(store, members[i].memo, members[i].word, &id, err);
        if (rc < 0)
            return rc;
        r->at[members[i].place] = id;
    }
    return 0;
}

static int texts_of(struct store *store, const struct exchange *x, const struct keys *keys,
                    struct record *r, struct err *err)
{
    uint32_t target = 0, client = 0;
    int rc = words_of(store, x, r, err);
    if (rc == 0 && !span_is_none(x->request.target))
        rc = intern_text(store, TEXT_TARGET, x->request.target, keys->target, &target, err);
    if (rc == 0 && !span_is_none(x->client))
        rc = intern_text(store, TEXT_WORD, x->client, keys->client, &client, err);
    r->at[AT_TARGET] = target;
    r->at[AT_CLIENT] = client;
    return rc;
}

static int bodies_of(struct store *store, const struct exchange *x, struct record *r,
                     struct err *err)
{
    uint32_t id = 0;
    int rc = intern_body(store, x->request.body, &id, err);
    if (rc < 0)
        return rc;
    r->at[AT_REQUEST_BODY] = id;
    rc = intern_body(store, x->response.body, &id, err);
    r->at[AT_RESPONSE_BODY] = rc < 0 ? 0 : id;
    return rc;
}

static void numbers_of(const struct store *store, const struct exchange *x, struct record *r)
{
    r->at[AT_STATUS] = x->response.status;
    r->at[AT_MARKS] = x->marks;
    r->at[AT_DURATION] = known(x->duration_us);
    r->at[AT_FIRST_BYTE] = known(x->first_byte_us);
    r->at[AT_RESPONSE_BYTES] = known(x->response.body_bytes);
    r->at[AT_REQUEST_BYTES] = known(x->request.body_bytes);
    r->at[AT_SEQ] = store->kind == STORE_CAPTURE ? 0 : x->seq;
    r->at[AT_PLANNED] = x->planned;
}

static int make_record(struct store *store, const struct exchange *x, struct record *r,
                       struct err *err)
{
    struct keys keys = keys_of(store, x);
    uint32_t requests = x->request.fields.len;
    r->request_fields = store->field_ids;
    r->response_fields = store->field_ids + requests;
    r->at[AT_REQUEST_FIELDS] = requests;
    r->at[AT_RESPONSE_FIELDS] = x->response.fields.len;
    numbers_of(store, x, r);
    int rc = texts_of(store, x, &keys, r, err);
    if (rc == 0)
        rc = fields_of(store, &x->request.fields, keys.fields, store->field_ids, err);
    if (rc == 0)
        rc = fields_of(store, &x->response.fields, keys.fields + requests,
                       store->field_ids + requests, err);
    return rc < 0 ? rc : bodies_of(store, x, r, err);
}

/* ---- segments ---- */

static int put_segment(struct store *store, const struct pending_session *s, struct span exchanges,
                       struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, PUT_SEGMENT, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)s->id);
    sqlite3_bind_int64(statement, 2, s->attempt);
    sqlite3_bind_int64(statement, 3, s->base_us);
    sqlite3_bind_int64(statement, 4, s->first_us);
    sqlite3_bind_int64(statement, 5, s->last_us);
    sqlite3_bind_int64(statement, 6, s->n);
    sqlite3_bind_int64(statement, 7, s->how);
    sqlite3_bind_int64(statement, 8, s->identity);
    sqlite3_bind_int64(statement, 9, s->outcome);
    statement_bind_span(statement, 10, exchanges);
    return statement_run(store, statement, err);
}

/* Write one pending session as a segment and drop it from the pool. */
static int flush_session(struct store *store, struct pending_session *session, struct err *err)
{
    struct strbuf *all = &store->segment;
    strbuf_clear(all);
    strbuf_add_char(all, '[');
    pending_collect(&store->pending, session, all);
    strbuf_add_char(all, ']');
    int rc = put_segment(store, session, strbuf_span(all), err);
    if (rc == 0)
        pending_drop(&store->pending, session);
    return rc;
}

int store_flush_all(struct store *store, struct err *err)
{
    struct pending_session *oldest;
    while ((oldest = pending_oldest(&store->pending))) {
        int rc = flush_session(store, oldest, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The pending session of that id and attempt with room for `bytes`, made when there is none. */
static int pending_for(struct store *store, uint64_t id, uint32_t attempt, size_t bytes,
                       struct pending_session **ret, struct err *err)
{
    struct pending *pending = &store->pending;
    struct pending_session *s = pending_find(pending, id);
    if (s && s->n == 0 && s->outcome == 0)
        s->attempt = attempt; /* nothing but a note so far: it goes with what follows it */
    if (s && (s->attempt != attempt || s->bytes + bytes > PENDING_SEGMENT_MAX)) {
        int rc = flush_session(store, s, err);
        if (rc < 0)
            return rc;
        s = NULL;
    }
    while (!pending_has_room(pending, bytes)) {
        struct pending_session *oldest = pending_oldest(pending);
        s = s == oldest ? NULL : s;
        int rc = flush_session(store, oldest, err);
        if (rc < 0)
            return rc;
    }
    *ret = s ? s : pending_add(pending, id, attempt);
    return 0;
}

static void account(struct pending_session *s, int64_t start_us)
{
    if (s->n++ == 0) {
        s->first_us = s->last_us = start_us;
        return;
    }
    if (start_us < s->first_us)
        s->first_us = start_us;
    if (start_us > s->last_us)
        s->last_us = start_us;
}

/* One too large for the pool is a segment by itself. */
static int put_alone(struct store *store, struct pending_session whole, struct record *record,
                     struct err *err)
{
    struct pending_session *before = pending_find(&store->pending, whole.id);
    int rc = before ? flush_session(store, before, err) : 0;
    if (rc < 0)
        return rc;
    strbuf_clear(&store->segment);
    strbuf_add_char(&store->segment, '[');
    record->at[AT_START] = 0;
    record_write(&store->segment, record);
    strbuf_add_char(&store->segment, ']');
    return put_segment(store, &whole, strbuf_span(&store->segment), err);
}

int store_put_exchange(struct store *store, const struct exchange *x, uint32_t attempt,
                       struct err *err)
{
    assert(x->session != 0 && attempt != 0);
    struct record record = { 0 };
    int64_t start_us = bounded(x->start_us);
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = make_record(store, x, &record, err);
    if (rc < 0)
        return rc;

    size_t most = record_most(&record);
    if (most > PENDING_SEGMENT_MAX)
        return put_alone(store,
                         (struct pending_session){ .id = x->session,
                                                   .attempt = attempt,
                                                   .n = 1,
                                                   .base_us = start_us,
                                                   .first_us = start_us,
                                                   .last_us = start_us },
                         &record, err);
    struct pending_session *s;
    rc = pending_for(store, x->session, attempt, most, &s, err);
    if (rc < 0)
        return rc;
    if (s->n == 0)
        s->base_us = start_us;
    record.at[AT_START] = start_us - s->base_us;
    strbuf_clear(&store->record);
    if (s->n)
        strbuf_add_char(&store->record, ',');
    record_write(&store->record, &record);
    pending_append(&store->pending, s, strbuf_span(&store->record));
    account(s, start_us);
    return 0;
}

/* ---- what is known of a session beside its exchanges ---- */

int store_put_session_note(struct store *store, uint64_t id, struct span how, struct span identity,
                           struct err *err)
{
    uint32_t how_id, identity_id;
    struct pending_session *s = NULL;
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = intern_word(store, MEMO_WORD, how, &how_id, err);
    if (rc == 0)
        rc = intern_word(store, MEMO_WORD, identity, &identity_id, err);
    if (rc < 0)
        return rc;
    s = pending_find(&store->pending, id);
    /* Alone it belongs to no attempt: which note came last is told by where it lies. */
    if (!s)
        rc = pending_for(store, id, /* attempt= */ 1, 0, &s, err);
    if (rc < 0)
        return rc;
    s->how = how_id ? how_id : s->how;
    s->identity = identity_id ? identity_id : s->identity;
    return 0;
}

int store_end_session(struct store *store, uint64_t id, uint32_t attempt, struct span outcome,
                      struct err *err)
{
    uint32_t outcome_id;
    struct pending_session *s = NULL;
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = intern_word(store, MEMO_WORD, span_is_none(outcome) ? SPAN("") : outcome, &outcome_id,
                         err);
    if (rc == 0)
        rc = pending_for(store, id, attempt, 0, &s, err);
    if (rc == 0)
        s->outcome = outcome_id;
    return rc;
}
