#ifndef REHEARSE_SRC_REPLAY_ADDRESS_PATTERN_H
#define REHEARSE_SRC_REPLAY_ADDRESS_PATTERN_H

#include "ip_address.h"

/* An address, or a network of them, on one port or on any. */
struct address_pattern {
    struct ip_address ip;
    unsigned prefix; /* of 128 */
    uint16_t port;   /* 0: any */
};

/* As production_check_address takes them. */
bool address_pattern_parse(struct address_pattern *ret, struct span text);

#endif
