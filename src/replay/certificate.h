#ifndef REHEARSE_SRC_REPLAY_CERTIFICATE_H
#define REHEARSE_SRC_REPLAY_CERTIFICATE_H

#include <stdbool.h>

#include "ip_address.h"

/*
 * What a server's certificate says of itself: the names it is for (RFC 5280, section
 * 4.2.1.6; its common name where it has none), read from the DER bytes, and its
 * fingerprint. Validity is the TLS library's business.
 */
enum { CERTIFICATE_MAX = 262144, FINGERPRINT_BYTES = 32 };

/* From PEM text, the first certificate in it; false when there is none or it is too large. */
bool certificate_of_pem(struct strbuf *ret_der, struct span pem);

/* Each name it is for: a host, "*.host", or an address in text. Bytes of the certificate's own:
 * anything may be in them. Non-zero from fn ends the walk and is returned. */
typedef int certificate_name_fn(void *ctx, struct span name);
int certificate_each_name(struct span der, certificate_name_fn *fn, void *ctx);

/* Does a certificate's name cover this host (RFC 9525, section 6.3: a star is one whole label on
 * the left)? `host` in lower case. */
bool certificate_name_covers(struct span name, struct span host);

/* SHA-256 of the DER bytes. */
void certificate_fingerprint(unsigned char ret[FINGERPRINT_BYTES], struct span der);
/* Hex, colons and case as they come; false when it is no SHA-256. */
bool fingerprint_parse(unsigned char ret[FINGERPRINT_BYTES], struct span text);

#endif
