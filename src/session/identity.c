#include "rehearse/session/identity.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "csv.h"
#include "rehearse/base/file.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum {
    MAX_FILE = 64 * 1024 * 1024,
    MAX_ACCOUNTS = 1000000,
};

struct account {
    struct span *values; /* one a column, in the arena */
    bool in_use;
    bool unregistered;
    uint8_t failures;  /* in a row; IDENTITY_TRIES: not to be given again */
    int64_t code_step; /* of the last one-time code; 0: none yet */
};

struct identity_pool {
    struct strbuf text; /* the file; values are borrowed from it */
    struct arena arena;
    struct span columns[CSV_MAX_COLUMNS];
    size_t column_count;
    size_t username, password; /* columns */
    struct account *accounts;  /* owned */
    size_t len, cap;
    pthread_mutex_t lock; /* guards what changes of the accounts, and the rest */
    size_t taken;
    size_t spent;         /* that failed for good */
    struct strbuf reason; /* of the last one of these */
};

static const char *const username_columns[] = { "username", "user", "login", "email" };

static bool find_column(const struct identity_pool *pool, const char *name, size_t *ret)
{
    for (size_t i = 0; i < pool->column_count; i++)
        if (span_ieq(pool->columns[i], span_of(name))) {
            *ret = i;
            return true;
        }
    return false;
}

static bool find_username_column(struct identity_pool *pool)
{
    for (size_t i = 0; i < sizeof username_columns / sizeof *username_columns; i++)
        if (find_column(pool, username_columns[i], &pool->username))
            return true;
    return false;
}

/* A file without header line shows accounts there, so the text says nothing of what it found. */
static int read_columns(struct identity_pool *pool, struct csv *csv, struct err *err)
{
    int count = csv_next(csv, pool->columns, err);
    if (count < 0)
        return count;
    pool->column_count = (size_t)count;
    if (!find_username_column(pool) || !find_column(pool, "password", &pool->password))
        return err_set(err, E_FORMAT,
                       "%s:%zu: the header line must name the columns, with username (or user, "
                       "login, email) and password among them",
                       csv->path, csv->line);
    return 0;
}

static int add_account(struct identity_pool *pool, const struct csv *csv, const struct span *values,
                       size_t count, struct err *err)
{
    if (count != pool->column_count)
        return err_set(err, E_FORMAT,
                       "%s:%zu: found %zu values, expected %zu as in the header line", csv->path,
                       csv->line, count, pool->column_count);
    if (values[pool->username].len == 0 || values[pool->password].len == 0)
        return err_set(err, E_FORMAT, "%s:%zu: an account needs a user name and a password",
                       csv->path, csv->line);
    if (pool->len == MAX_ACCOUNTS)
        return err_set(err, E_LIMIT, "%s:%zu: more than %d accounts", csv->path, csv->line,
                       MAX_ACCOUNTS);
    pool->accounts = array_room(pool->accounts, &pool->cap, pool->len + 1, sizeof *pool->accounts);
    struct account *account = &pool->accounts[pool->len++];
    *account = (struct account){ .values = NULL };
    account->values = arena_alloc(&pool->arena, count * sizeof *values);
    memcpy(account->values, values, count * sizeof *values);
    return 0;
}

static int read_accounts(struct identity_pool *pool, struct csv *csv, struct err *err)
{
    struct span values[CSV_MAX_COLUMNS];
    int count;

    while ((count = csv_next(csv, values, err)) > 0) {
        int rc = add_account(pool, csv, values, (size_t)count, err);
        if (rc < 0)
            return rc;
    }
    if (count == 0 && pool->len == 0)
        return err_set(err, E_FORMAT, "%s: no account: only a header line", csv->path);
    return count;
}

static struct identity_pool *pool_new(void)
{
    struct identity_pool *pool = xcalloc(1, sizeof *pool);
    pool->text = pool->reason = (struct strbuf)STRBUF_INIT;
    pool->arena = (struct arena)ARENA_INIT;
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

int identity_pool_load(struct identity_pool **ret, const char *path, struct err *err)
{
    AUTO(identity_pool_freep) struct identity_pool *pool = pool_new();
    int rc = file_read(&pool->text, path, MAX_FILE, err);
    if (rc < 0)
        return rc;
    struct csv csv = csv_make(strbuf_span(&pool->text), path, &pool->arena);
    rc = read_columns(pool, &csv, err);
    if (rc < 0)
        return rc;
    rc = read_accounts(pool, &csv, err);
    if (rc < 0)
        return rc;
    *ret = pool;
    pool = NULL; /* handed over */
    return 0;
}

void identity_pool_free(struct identity_pool *pool)
{
    if (!pool)
        return;
    if (pool->text.cap)
        sodium_memzero(pool->text.buf, pool->text.cap);
    strbuf_release(&pool->text);
    strbuf_release(&pool->reason);
    arena_release(&pool->arena);
    free(pool->accounts);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

size_t identity_pool_size(const struct identity_pool *pool)
{
    return pool->len;
}

static struct identity identity_at(const struct identity_pool *pool, size_t index)
{
    const struct span *values = pool->accounts[index].values;
    return (struct identity){ .username = values[pool->username],
                              .password = values[pool->password],
                              .index = index };
}

void identity_pool_filter(struct identity_pool *pool, identity_keep_fn *keep, void *ctx)
{
    size_t kept = 0;
    assert(pool->taken == 0);
    for (size_t i = 0; i < pool->len; i++) {
        const struct identity identity = identity_at(pool, i);
        if (keep(ctx, pool, &identity))
            pool->accounts[kept++] = pool->accounts[i];
    }
    pool->len = kept;
}

/* From the session's own place on, the first that is free. */
static bool find_free(const struct identity_pool *pool, uint64_t session, size_t *ret)
{
    size_t start = (size_t)(hash_mix(0, session) % pool->len);
    for (size_t i = 0; i < pool->len; i++) {
        *ret = (start + i) % pool->len;
        if (!pool->accounts[*ret].in_use && pool->accounts[*ret].failures < IDENTITY_TRIES)
            return true;
    }
    return false;
}

bool identity_take(struct identity_pool *pool, uint64_t session, struct identity *ret)
{
    size_t index;

    pthread_mutex_lock(&pool->lock);
    bool found = pool->taken + pool->spent < pool->len && find_free(pool, session, &index);
    if (found) {
        pool->accounts[index].in_use = true;
        pool->taken++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!found)
        return false;
    *ret = identity_at(pool, index);
    ret->email = identity_value(pool, ret, "email");
    ret->totp = identity_value(pool, ret, "totp");
    return true;
}

void identity_give_back(struct identity_pool *pool, const struct identity *identity)
{
    assert(identity->index < pool->len);
    pthread_mutex_lock(&pool->lock);
    assert(pool->accounts[identity->index].in_use);
    pool->accounts[identity->index].in_use = false;
    pool->taken--;
    pthread_mutex_unlock(&pool->lock);
}

size_t identity_pool_columns(const struct identity_pool *pool)
{
    return pool->column_count;
}

struct span identity_pool_column(const struct identity_pool *pool, size_t column)
{
    assert(column < pool->column_count);
    return pool->columns[column];
}

struct span identity_pool_value(const struct identity_pool *pool, size_t index, size_t column)
{
    assert(index < pool->len && column < pool->column_count);
    return pool->accounts[index].values[column];
}

struct span identity_value(const struct identity_pool *pool, const struct identity *identity,
                           const char *column)
{
    size_t i;
    assert(identity->index < pool->len);
    return find_column(pool, column, &i) ? pool->accounts[identity->index].values[i] : SPAN_NONE;
}

/* ---- accounts that fail ---- */

void identity_failed(struct identity_pool *pool, const struct identity *identity,
                     struct span reason, bool to_blame)
{
    struct account *account = &pool->accounts[identity->index];
    pthread_mutex_lock(&pool->lock);
    if (account->failures < IDENTITY_TRIES) {
        account->failures = to_blame ? IDENTITY_TRIES : (uint8_t)(account->failures + 1);
        pool->spent += account->failures == IDENTITY_TRIES;
    }
    strbuf_clear(&pool->reason);
    strbuf_add_span(&pool->reason, reason);
    pthread_mutex_unlock(&pool->lock);
}

void identity_worked(struct identity_pool *pool, const struct identity *identity)
{
    struct account *account = &pool->accounts[identity->index];
    pthread_mutex_lock(&pool->lock);
    if (account->failures < IDENTITY_TRIES)
        account->failures = 0;
    pthread_mutex_unlock(&pool->lock);
}

struct span identity_pool_spent(struct identity_pool *pool, struct arena *arena)
{
    pthread_mutex_lock(&pool->lock);
    struct span reason =
        pool->spent == pool->len ? arena_copy(arena, strbuf_span(&pool->reason)) : SPAN_NONE;
    pthread_mutex_unlock(&pool->lock);
    return reason;
}

bool identity_uses_code(struct identity_pool *pool, const struct identity *identity, int64_t step)
{
    struct account *account = &pool->accounts[identity->index];
    pthread_mutex_lock(&pool->lock);
    bool used = account->code_step >= step;
    if (!used)
        account->code_step = step;
    pthread_mutex_unlock(&pool->lock);
    return used;
}

/* ---- accounts that are made ---- */

bool identity_is_registered(struct identity_pool *pool, const struct identity *identity)
{
    pthread_mutex_lock(&pool->lock);
    bool known = !pool->accounts[identity->index].unregistered;
    pthread_mutex_unlock(&pool->lock);
    return known;
}

void identity_registered(struct identity_pool *pool, const struct identity *identity)
{
    pthread_mutex_lock(&pool->lock);
    pool->accounts[identity->index].unregistered = false;
    pthread_mutex_unlock(&pool->lock);
}

enum { MADE_USERNAME, MADE_PASSWORD, MADE_EMAIL, MADE_COLUMNS };

/* 128 bits, and in front what rules for passwords ask for: a capital, a small letter, a digit and a
 * sign. */
static struct span made_password(uint64_t seed, size_t number, const unsigned char *key,
                                 struct arena *arena)
{
    unsigned char hash[16];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    const uint64_t which[] = { seed, number };
    crypto_generichash(hash, sizeof hash, (const unsigned char *)which, sizeof which, key,
                       IDENTITY_KEY_BYTES);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return arena_printf(arena, "Rh7!%s", text);
}

struct identity_pool *identity_pool_make(size_t count, uint64_t seed, const unsigned char *key)
{
    static const char *const names[MADE_COLUMNS] = { "username", "password", "email" };
    struct identity_pool *pool = pool_new();
    assert(count > 0 && count <= IDENTITY_MADE_MAX);
    for (size_t i = 0; i < MADE_COLUMNS; i++)
        pool->columns[i] = span_of(names[i]);
    pool->column_count = MADE_COLUMNS;
    pool->username = MADE_USERNAME;
    pool->password = MADE_PASSWORD;
    pool->accounts = array_room(pool->accounts, &pool->cap, count, sizeof *pool->accounts);
    for (; pool->len < count; pool->len++) {
        struct span *values = arena_calloc(&pool->arena, MADE_COLUMNS, sizeof *values);
        values[MADE_USERNAME] =
            arena_printf(&pool->arena, "rehearse%08x%05zu", (unsigned)hash_mix(0, seed), pool->len);
        values[MADE_PASSWORD] = made_password(seed, pool->len, key, &pool->arena);
        values[MADE_EMAIL] =
            arena_printf(&pool->arena, "%s@example.com", values[MADE_USERNAME].ptr);
        pool->accounts[pool->len] = (struct account){ .values = values, .unregistered = true };
    }
    return pool;
}
