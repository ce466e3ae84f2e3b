#ifndef REHEARSE_HTTP_ETAG_H
#define REHEARSE_HTTP_ETAG_H

#include "rehearse/base/span.h"

/* Entity tags (RFC 9110 section 8.8.3) and how they compare (section 8.8.3.2). */
struct etag {
    struct span opaque; /* between the quotes; borrowed */
    bool weak;          /* W/ in front */
    bool unquoted;      /* no grammar allows it, servers send it: taken as it stands */
};

/* False when there is nothing to take. */
bool etag_parse(struct etag *ret, struct span text);
/* Cut the next tag off a list (If-None-Match, If-Match); false when *rest holds no more. */
bool etag_next(struct span *rest, struct etag *ret);
/* Equal, whatever W/ says: enough to answer 304. */
bool etag_weak_eq(const struct etag *a, const struct etag *b);
/* Equal and neither weak: the bytes are the same. */
bool etag_strong_eq(const struct etag *a, const struct etag *b);

#endif
