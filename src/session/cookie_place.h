#ifndef REHEARSE_SESSION_COOKIE_PLACE_H
#define REHEARSE_SESSION_COOKIE_PLACE_H

#include "rehearse/base/span.h"

/* Where a cookie comes from and goes to: the matching rules of RFC 6265bis, section 5.1. */
enum { LONGEST_HOST = 255 };

struct cookie_place {
    char bytes[LONGEST_HOST + 1];
    struct span host; /* canonical: lower case, no port, no final dot; in bytes */
    struct span path; /* of the request target, borrowed; begins with '/' */
    bool is_address;  /* an IP address: it has no parent domains */
    bool secure;      /* Secure cookies may be set and sent */
};

/* Section 5.1.2. False when the authority is no host name. The place must not be moved afterwards.
 */
bool cookie_place_init(struct cookie_place *ret, struct span scheme, struct span authority,
                       struct span target);
/* Section 5.1.3; both canonical. */
bool domain_matches(struct span host, bool is_address, struct span domain);
/* Section 5.1.4. */
bool path_matches(struct span request_path, struct span cookie_path);
struct span default_path(struct span request_path);
/* By libpsl's built-in list; a name of one label counts as one. `domain` is canonical. */
bool is_public_suffix(struct span domain);

#endif
