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
};

int identity_pool_load(struct identity_pool **ret, const char *path, struct err *err);
void identity_pool_free(struct identity_pool *pool);
size_t identity_pool_size(const struct identity_pool *pool);
/* False when every account is in use. */
bool identity_take(struct identity_pool *pool, uint64_t session, struct identity *ret);
void identity_give_back(struct identity_pool *pool, const struct identity *identity);
/* Other columns by name; SPAN_NONE when absent. */
struct span identity_value(const struct identity_pool *pool, const struct identity *identity,
                           const char *column);
/*
 * Put the identity into a recorded login: a form or JSON body (or Basic
 * Authorization) whose user name and password are pseudonyms or known login
 * fields; a field for an e-mail address gets the one of the account, where there is
 * one. Changed parts are in `arena`. False when the request is no login.
 */
bool identity_apply(const struct identity *identity, struct http_request *request,
                    struct arena *arena);
/* A request that carries a password field: the login (or registration) step of a session. */
bool request_is_login(const struct http_request *request);

AUTO_FREE(struct identity_pool, identity_pool_free);

#endif
