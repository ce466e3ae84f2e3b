#ifndef REHEARSE_SRC_REPLAY_HOST_NAME_H
#define REHEARSE_SRC_REPLAY_HOST_NAME_H

#include "ip_address.h"

/*
 * A host and port as libcurl will take them, so that what is looked at is what is
 * connected to: lower case, punycode, escapes undone, no dot at the end, and every
 * way to write an IPv4 address (0x7f.1, 2130706433, 0177.0.0.1) as its address.
 */
enum { HOST_NAME_MAX = 255 };

struct host_name {
    char text[HOST_NAME_MAX + 1]; /* without brackets; "" never */
    bool is_ip;
    struct ip_address ip; /* with is_ip */
    uint16_t port;        /* 0: none written */
};

/* `text`: host, host:port, [v6]:port, or a URL with a scheme. False when libcurl takes it for none.
 */
bool host_name_of(struct host_name *ret, struct span text);
bool host_name_same(const struct host_name *a, const struct host_name *b);

#endif
