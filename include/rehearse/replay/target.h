#ifndef REHEARSE_REPLAY_TARGET_H
#define REHEARSE_REPLAY_TARGET_H

#include "rehearse/base/err.h"
#include "rehearse/http/exchange.h"
#include "rehearse/http/mutation.h"

/*
 * An environment to send to: which production names it answers for and where
 * they live, and what may be sent there. Only hosts of the map are ever reached.
 */
struct target;

enum target_mutations { MUTATIONS_REFUSE = 0, MUTATIONS_ALLOW };

/* `name` is "staging", "production", …; production can never be given MUTATIONS_ALLOW. */
struct target *target_new(const char *name, bool production);
void target_free(struct target *target);
const char *target_name(const struct target *target);
bool target_is_production(const struct target *target);
/*
 * `production_host` (host[:port], or "*" for all others) lives at `place`:
 * "http://127.0.0.1:8080", "https://shop.staging.test:8443", or host[:port], which
 * keeps the recorded scheme (https when that is unknown).
 */
int target_add_host(struct target *target, const char *production_host, const char *place,
                    struct err *err);
/* Open connections for `authority` at `address` ("127.0.0.1:8443") instead of asking DNS. */
int target_add_connect(struct target *target, const char *authority, const char *address,
                       struct err *err);
/* For every class. E_USAGE for production. */
int target_set_mutations(struct target *target, enum target_mutations mutations, struct err *err);
/* For one class. */
int target_set_class(struct target *target, enum mutation_class class,
                     enum target_mutations mutations, struct err *err);
/* At most so many unsafe requests in a run; UINT64_MAX, as at first: no limit. */
void target_set_write_budget(struct target *target, uint64_t requests);
void target_set_tls(struct target *target, bool verify,
                    const char *ca_file); /* ca_file NULL: the system's */
void target_set_http2(struct target *target, bool allowed);
/* MUTATIONS_ALLOW when any class is allowed. */
enum target_mutations target_mutations(const struct target *target);
enum target_mutations target_class(const struct target *target, enum mutation_class class);
uint64_t target_write_budget(const struct target *target);

/* "http://host:port" or "socks5h://host:port": every connection goes through it. */
int target_set_proxy(struct target *target, const char *proxy, struct err *err);
const char *target_proxy(const struct target *target); /* or NULL: none, whatever the environment
                                                          names */
/* The connect overrides; returns the count, *ret borrowed. */
struct target_connect {
    struct span authority;
    const char *address; /* host:port */
};
size_t target_connects(const struct target *target, const struct target_connect **ret);

/* Where a recorded request goes. False when its host is not in the map. Spans borrowed from the
 * target or the request. */
struct target_place {
    struct span scheme;
    struct span authority; /* of the Host field */
};
bool target_place_of(const struct target *target, const struct http_request *recorded,
                     struct target_place *ret);
/* Is `authority` one of the target's own places? Default ports may be written or left out. */
bool target_holds(const struct target *target, struct span authority);
/* The production name behind a place of the target, SPAN_NONE when it is none. */
struct span target_production_name(const struct target *target, struct span authority);
/*
 * Would a request to `authority` arrive at production, as far as the map tells: the
 * target is production, or the place is itself a production name of the map and no
 * connect override leads elsewhere.
 */
bool target_reaches_production(const struct target *target, struct span authority);
/* Production names and places, for translating back; returns the count, *ret borrowed. */
struct target_host {
    struct span production;
    struct span scheme; /* SPAN_NONE: keeps the recorded one */
    struct span authority;
};
size_t target_hosts(const struct target *target, const struct target_host **ret);
/* What the transport needs: NULL when no override. */
const char *target_connect_address(const struct target *target, struct span authority);
bool target_tls_verify(const struct target *target);
const char *target_ca_file(const struct target *target);
bool target_http2(const struct target *target);

AUTO_FREE(struct target, target_free);

#endif
