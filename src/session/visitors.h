#ifndef REHEARSE_SESSION_VISITORS_H
#define REHEARSE_SESSION_VISITORS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What tells visitors apart (cookie values, tokens, address and user agent), by
 * its hash: a table of fixed size. When a set is full, the entry seen longest ago
 * makes room.
 */
struct visitors;

struct visit {
    uint64_t session; /* 0: none is open */
    uint64_t visitor;
    int64_t last_us;
};

struct visitors *visitors_new(void);
void visitors_free(struct visitors *visitors);
/* NULL when unknown. Good until the next visitors_put. `key` is not 0. */
struct visit *visitors_find(struct visitors *visitors, uint64_t key);
/* The entry of `key`, made (zeroed) when it was unknown. */
struct visit *visitors_put(struct visitors *visitors, uint64_t key);

#endif
