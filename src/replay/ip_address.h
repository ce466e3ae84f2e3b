#ifndef REHEARSE_SRC_REPLAY_IP_ADDRESS_H
#define REHEARSE_SRC_REPLAY_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * An IP address in one form, whatever it was written or sent as: IPv4 and every
 * IPv6 form of it (mapped, compatible, NAT64, 6to4) are the same sixteen bytes, and so are the
 * addresses of this machine's own loop (127.0.0.0/8, ::1, 0.0.0.0, ::).
 */
struct ip_address {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
};

/* Dotted IPv4 of four decimal parts, or IPv6 with or without brackets. False when it is neither. */
bool ip_parse(struct ip_address *ret, struct span text);
/* False for another family; the port in host order. */
bool ip_of_sockaddr(struct ip_address *ret, uint16_t *ret_port, const struct sockaddr *address,
                    socklen_t len);
bool ip_is_loopback(const struct ip_address *a);
bool ip_is_v4(const struct ip_address *a);
/* The same in the first `prefix` bits of 128? */
bool ip_same(const struct ip_address *a, const struct ip_address *b, unsigned prefix);
void ip_add(struct strbuf *out, const struct ip_address *a);

#endif
