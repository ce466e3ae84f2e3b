#ifndef REHEARSE_REPLAY_PRODUCTION_H
#define REHEARSE_REPLAY_PRODUCTION_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

/*
 * Production, as far as the user says what it is: what a run to anywhere else must
 * not meet. The names of the target's map count without being said here, and their
 * addresses are asked of DNS unless `addresses` are given. A zeroed one says nothing.
 */
enum production_shared {
    SHARES_ADDRESS = 1u << 0,     /* one CDN before both: names tell them apart */
    SHARES_CERTIFICATE = 1u << 1, /* one certificate for both */
    SHARES_HOST = 1u << 2, /* places of the map that are production's own: safe requests only */
};

struct production_facts {     /* all borrowed */
    const char *const *names; /* host[:port] or a URL */
    size_t name_count;
    const char *const *addresses; /* as production_check_address takes them */
    size_t address_count;
    const char *const *certificates; /* as production_check_certificate takes them */
    size_t certificate_count;
    unsigned shared; /* SHARES_…: what staging has in common with it, by the user's word */
};

/* "address", "certificate", "host". */
bool production_shared_named(struct span word, unsigned *ret_bit);
/* By turns; NULL behind the last. *ret_bit is its bit. */
const char *production_shared_word(size_t number, unsigned *ret_bit);

/* "203.0.113.7", "203.0.113.7:443", "2001:db8::1", "[2001:db8::1]:443", "198.51.100.0/24"; else
 * E_USAGE. */
int production_check_address(const char *text, struct err *err);
/* The SHA-256 of a certificate in hex, colons allowed; else E_USAGE. */
int production_check_certificate(const char *text, struct err *err);

#endif
