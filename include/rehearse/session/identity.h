#ifndef REHEARSE_SESSION_IDENTITY_H
#define REHEARSE_SESSION_IDENTITY_H

#include "rehearse/base/err.h"
#include "rehearse/http/exchange.h"

/*
 * Staging accounts that stand in for production's visitors. The accounts come
 * from a CSV file with a header line: username, password, email and any other column.
 * A session gets one at a time, chosen by its id, so the same session gets the
 * same account in every run with the same pool; an account in use is not given
 * twice. Thread-safe.
 */
struct identity_pool;

struct identity {
    struct span username; /* borrowed from the pool */
    struct span password;
    size_t index;
    struct span email; /* of the column email; SPAN_NONE without one */
    struct span totp;  /* of the column totp: the secret of a second factor; SPAN_NONE */
};

int identity_pool_load(struct identity_pool **ret, const char *path, struct err *err);
void identity_pool_free(struct identity_pool *pool);
/*
 * `count` accounts that are still to be registered. Names and addresses come from
 * `seed` alone, so the next run finds the same accounts; the passwords from `key` too
 * (IDENTITY_KEY_BYTES), so that who knows the seed does not know them.
 */
enum { IDENTITY_KEY_BYTES = 32, IDENTITY_MADE_MAX = 100000 };
struct identity_pool *identity_pool_make(size_t count, uint64_t seed, const unsigned char *key);
/* Leave only those accounts that `keep` says yes to; before any is taken. */
typedef bool identity_keep_fn(void *ctx, const struct identity_pool *pool,
                              const struct identity *identity);
void identity_pool_filter(struct identity_pool *pool, identity_keep_fn *keep, void *ctx);
size_t identity_pool_size(const struct identity_pool *pool);
/* The file's columns by place, as the header line has them; and what an account has there. */
size_t identity_pool_columns(const struct identity_pool *pool);
struct span identity_pool_column(const struct identity_pool *pool, size_t column);
struct span identity_pool_value(const struct identity_pool *pool, size_t index, size_t column);
/* False when every account is in use, or has failed. */
bool identity_take(struct identity_pool *pool, uint64_t session, struct identity *ret);
void identity_give_back(struct identity_pool *pool, const struct identity *identity);
/* Any column by name; SPAN_NONE when absent. */
struct span identity_value(const struct identity_pool *pool, const struct identity *identity,
                           const char *column);
/*
 * Its login failed, for `reason` (copied; no credential in it). An account that is to
 * blame is not given again; one that is not, not after IDENTITY_TRIES failures in a row.
 */
enum { IDENTITY_TRIES = 3 };
void identity_failed(struct identity_pool *pool, const struct identity *identity,
                     struct span reason, bool to_blame);
void identity_worked(struct identity_pool *pool, const struct identity *identity);
/*
 * Its one-time code of that time step is about to be sent. True when one of this step, or
 * of a later one, was sent before: sites may take a code once only (RFC 6238, section 5.2).
 */
bool identity_uses_code(struct identity_pool *pool, const struct identity *identity, int64_t step);
/* No account will ever come free; why the last one failed, in `arena`. SPAN_NONE while some may. */
struct span identity_pool_spent(struct identity_pool *pool, struct arena *arena);
/* An account of identity_pool_make: does staging know it by now? */
bool identity_is_registered(struct identity_pool *pool, const struct identity *identity);
void identity_registered(struct identity_pool *pool, const struct identity *identity);
/* Other columns by name; SPAN_NONE when absent. */
struct span identity_value(const struct identity_pool *pool, const struct identity *identity,
                           const char *column);
/*
 * Put the identity into a recorded login: a form or JSON body (or Basic
 * Authorization) whose user name and password are pseudonyms or known login
 * fields; a field for an e-mail address gets the one of the account, where there is
 * one; so does a one-time code, where the account has a secret for them, of the moment
 * `now_s`. Changed parts are in `arena`. False when the request is no login.
 */
bool identity_apply(const struct identity *identity, struct http_request *request, int64_t now_s,
                    struct arena *arena);
/* A request that carries a password field: the login (or registration) step of a session. */
bool request_is_login(const struct http_request *request);
/* How many: one is a login's; more are sent where an account is made or a password is changed. */
unsigned request_passwords(const struct http_request *request);

AUTO_FREE(struct identity_pool, identity_pool_free);

#endif
