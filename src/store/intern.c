#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

#include "handle.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/field.h"

/* Level 1 and a small window: bodies are many and small, and import promises to stay small too. */
enum { BODY_LEVEL = 1, BODY_WINDOW_LOG = 18 };

static void make_slots(struct intern_table *table)
{
    if (!table->slots)
        table->slots = xcalloc(INTERN_SLOTS, sizeof *table->slots);
}

/* The slot of this hash, or the empty one where it would go. */
static struct intern_slot *slot_of(const struct intern_table *table, uint64_t hash, uint32_t len)
{
    size_t at = (size_t)hash & (INTERN_SLOTS - 1);
    while (table->slots[at].id && (table->slots[at].hash != hash || table->slots[at].len != len))
        at = (at + 1) & (INTERN_SLOTS - 1);
    return &table->slots[at];
}

/* Returns whether the table had to be emptied for it. */
static bool remember(struct intern_table *table, uint64_t hash, uint32_t len, uint32_t id)
{
    bool full = table->len == INTERN_FULL;
    if (full) {
        memset(table->slots, 0, INTERN_SLOTS * sizeof *table->slots);
        table->len = 0;
    }
    *slot_of(table, hash, len) = (struct intern_slot){ hash, len, id };
    table->len++;
    return full;
}

int intern_init(struct store *store, bool fresh, struct err *err)
{
    make_slots(&store->intern.texts);
    make_slots(&store->intern.bodies);
    store->intern.bodies_complete = fresh;
    if (fresh)
        return 0;
    sqlite3_stmt *statement;
    int rc = statement_of(store, MAX_TEXT, &statement, err);
    if (rc < 0)
        return rc;
    rc = statement_step(store, statement, err);
    if (rc < 0)
        return rc;
    store->intern.last_text = (uint32_t)sqlite3_column_int64(statement, 0);
    statement_done(statement);
    return 0;
}

void intern_release(struct intern *intern)
{
    free(intern->texts.slots);
    free(intern->bodies.slots);
    strbuf_release(&intern->line);
    strbuf_release(&intern->coded);
    ZSTD_freeCCtx(intern->zstd);
}

static int put_text(struct store *store, enum text_kind kind, struct span text, uint32_t *ret,
                    struct err *err)
{
    if (store->intern.last_text == UINT32_MAX)
        return err_set(err, E_LIMIT, "%s: more than 4,294,967,295 different texts", store->path);
    sqlite3_stmt *statement;
    int rc = statement_of(store, PUT_TEXT, &statement, err);
    if (rc < 0)
        return rc;
    uint32_t id = store->intern.last_text + 1;
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int(statement, 2, (int)kind);
    statement_bind_span(statement, 3, text);
    rc = statement_run(store, statement, err);
    if (rc < 0)
        return rc;
    *ret = store->intern.last_text = id;
    return 0;
}

static struct intern_key fetched(struct store *store, uint64_t hash, size_t len)
{
    __builtin_prefetch(&store->intern.texts.slots[hash & (INTERN_SLOTS - 1)]);
    return (struct intern_key){ hash, (uint32_t)len };
}

struct intern_key intern_key_of_text(struct store *store, enum text_kind kind, struct span text)
{
    return fetched(store, hash_mix((uint64_t)kind, hash64(text)), text.len);
}

/* Hashed in two parts, so that a line seen before need not be put together. */
struct intern_key intern_key_of_field(struct store *store, const struct http_field *field)
{
    bool absent = span_is_none(field->value);
    uint64_t hash = hash_mix(hash64(field->name) + TEXT_FIELD, absent ? 0 : hash64(field->value));
    return fetched(store, hash, field->name.len + (absent ? 0 : 2 + field->value.len));
}

int intern_text(struct store *store, enum text_kind kind, struct span text, struct intern_key key,
                uint32_t *ret, struct err *err)
{
    struct intern_slot *slot = slot_of(&store->intern.texts, key.hash, key.len);
    if (slot->id) {
        *ret = slot->id;
        return 0;
    }
    int rc = put_text(store, kind, text, ret, err);
    if (rc == 0)
        remember(&store->intern.texts, key.hash, key.len, *ret);
    return rc;
}

int intern_word(struct store *store, unsigned place, struct span word, uint32_t *ret,
                struct err *err)
{
    assert(place < INTERN_MEMOS);
    struct intern_memo *memo = &store->intern.memos[place];
    if (span_is_none(word)) {
        *ret = 0;
        return 0;
    }
    if (memo->id && memo->len == word.len && memcmp(memo->bytes, word.ptr, word.len) == 0) {
        *ret = memo->id;
        return 0;
    }
    int rc =
        intern_text(store, TEXT_WORD, word, intern_key_of_text(store, TEXT_WORD, word), ret, err);
    if (rc == 0 && word.len <= INTERN_MEMO_BYTES) {
        memo->id = *ret;
        memo->len = (uint32_t)word.len;
        memcpy(memo->bytes, word.ptr, word.len);
    }
    return rc;
}

int intern_field(struct store *store, const struct http_field *field, struct intern_key key,
                 uint32_t *ret, struct err *err)
{
    struct intern_slot *slot = slot_of(&store->intern.texts, key.hash, key.len);
    if (slot->id) {
        *ret = slot->id;
        return 0;
    }
    struct strbuf *line = &store->intern.line;
    strbuf_clear(line);
    strbuf_add_span(line, field->name);
    if (!span_is_none(field->value)) {
        strbuf_add(line, ": ", 2);
        strbuf_add_span(line, field->value);
    }
    int rc = put_text(store, TEXT_FIELD, strbuf_span(line), ret, err);
    if (rc == 0)
        remember(&store->intern.texts, key.hash, key.len, *ret);
    return rc;
}

static int compress(struct store *store, struct span body, struct err *err)
{
    struct intern *in = &store->intern;
    if (!in->zstd) {
        in->zstd = ZSTD_createCCtx();
        assert(in->zstd);
        ZSTD_CCtx_setParameter(in->zstd, ZSTD_c_compressionLevel, BODY_LEVEL);
        ZSTD_CCtx_setParameter(in->zstd, ZSTD_c_windowLog, BODY_WINDOW_LOG);
    }
    strbuf_clear(&in->coded);
    size_t room = ZSTD_compressBound(body.len);
    size_t len = ZSTD_compress2(in->zstd, strbuf_room(&in->coded, room), room, body.ptr, body.len);
    if (ZSTD_isError(len))
        return err_set(err, E_IO, "%s: a body of %zu bytes does not compress: %s", store->path,
                       body.len, ZSTD_getErrorName(len));
    strbuf_grew(&in->coded, len);
    return 0;
}

/* 1 and the number of a body that is in the file, 0 when it is not there. */
static int find_body(struct store *store, const struct hash128 *hash, uint32_t *ret,
                     struct err *err)
{
    sqlite3_stmt *statement;
    int rc = statement_of(store, FIND_BODY, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_blob(statement, 1, hash, sizeof *hash, SQLITE_STATIC);
    rc = statement_step(store, statement, err);
    if (rc == 1) {
        *ret = (uint32_t)sqlite3_column_int64(statement, 0);
        statement_done(statement);
    }
    return rc;
}

static int put_body(struct store *store, struct span body, const struct hash128 *hash,
                    uint32_t *ret, struct err *err)
{
    int rc = compress(store, body, err);
    if (rc < 0)
        return rc;
    sqlite3_stmt *statement;
    rc = statement_of(store, PUT_BODY, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_blob(statement, 1, hash, sizeof *hash, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)body.len);
    sqlite3_bind_blob64(statement, 3, store->intern.coded.buf, store->intern.coded.len,
                        SQLITE_STATIC);
    rc = statement_run(store, statement, err);
    if (rc == 0)
        *ret = (uint32_t)sqlite3_last_insert_rowid(store->db);
    return rc;
}

int intern_body(struct store *store, struct span body, uint32_t *ret, struct err *err)
{
    if (span_is_none(body)) {
        *ret = 0;
        return 0;
    }
    struct intern *in = &store->intern;
    struct hash128 hash = hash128(body);
    /* The slot's `len` holds more of the hash: what is remembered is 96 bits of it. */
    uint32_t more = (uint32_t)hash.high;
    struct intern_slot *slot = slot_of(&in->bodies, hash.low, more);
    if (slot->id) {
        *ret = slot->id;
        return 0;
    }
    int rc = in->bodies_complete ? 0 : find_body(store, &hash, ret, err);
    if (rc == 0)
        rc = put_body(store, body, &hash, ret, err);
    if (rc < 0)
        return rc;
    if (remember(&in->bodies, hash.low, more, *ret))
        in->bodies_complete = false;
    return 0;
}
