#ifndef REHEARSE_SRC_REPLAY_KNOWN_PRODUCTION_H
#define REHEARSE_SRC_REPLAY_KNOWN_PRODUCTION_H

#include "address_pattern.h"
#include "certificate.h"
#include "host_name.h"
#include "rehearse/replay/production.h"
#include "resolve.h"

/*
 * Where production is: its names, the addresses they have, and its certificates. Of
 * one thread at a time.
 */

/* More than a target's map may hold. Names of a capture beyond these are some crawler's: they are
 * neither kept nor asked of DNS. */
enum { KNOWN_NAMES_MAX = RESOLVE_NAMES_MAX, KNOWN_ADDRESSES_MAX = 4096 };
/* In place of a name's number: by the user's word. */
enum { KNOWN_AS_GIVEN = KNOWN_NAMES_MAX };

struct known_address {
    struct address_pattern pattern;
    size_t name; /* whose it is */
};

struct known_production {
    const struct resolver *resolver; /* borrowed */
    int64_t left_us;                 /* of the time DNS may take */
    bool given;                      /* addresses are, so DNS is not asked */
    struct host_name *names;         /* owned array of KNOWN_NAMES_MAX */
    size_t name_count;
    struct known_address *addresses; /* owned array */
    size_t address_count, address_cap;
    unsigned char (*fingerprints)[FINGERPRINT_BYTES]; /* owned array */
    size_t fingerprint_count;
    int64_t resolved_ns; /* when DNS was asked last */
    size_t dropped;      /* names beyond the most */
    size_t late;         /* names that DNS said nothing of in time */
};

void known_init(struct known_production *k, const struct resolver *resolver, int64_t resolve_us);
void known_release(struct known_production *k);

/* A name, unless it is known or there are too many; E_USAGE when it is no host. */
int known_add_name(struct known_production *k, struct span text, struct err *err);
int known_add_facts(struct known_production *k, const struct production_facts *facts,
                    struct err *err);
/* Ask DNS, in the time that is left for it, for the names from number `first` on. */
void known_resolve(struct known_production *k, size_t first);
/* Ask for all of them anew, in mid-run, where connections wait for it. */
void known_resolve_again(struct known_production *k);
/* Ask for other names than production's, in the time that is left. */
void known_ask(struct known_production *k, const char *const *hosts, size_t count,
               struct resolution *ret);

/* The production name that a host is on this port, or NULL. Addresses are compared as such, not
 * here. */
const struct host_name *known_name(const struct known_production *k, const struct host_name *host,
                                   uint16_t port);
/* On the port it has by itself, or by either scheme. */
bool known_is_name(const struct known_production *k, const struct host_name *host);
const struct known_address *known_address(const struct known_production *k,
                                          const struct ip_address *ip, uint16_t port);
/* "an address of production (shop.example)". */
void known_add_owner(struct strbuf *out, const struct known_production *k,
                     const struct known_address *address);
bool known_has_fingerprint(const struct known_production *k,
                           const unsigned char print[FINGERPRINT_BYTES]);

#endif
