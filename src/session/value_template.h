#ifndef SRC_SESSION_VALUE_TEMPLATE_H
#define SRC_SESSION_VALUE_TEMPLATE_H

#include "rehearse/session/value_place.h"

/*
 * A URL as its template and its variable parts, walked side by side: segments of the
 * path that look like identifiers, then query values that are no plain words.
 */
enum { URL_LONGEST = 4096, URL_MAX_PARTS = 64 };

struct url_part {
    struct span raw;  /* as it stands in the URL */
    struct span name; /* of a query item, as it stands; SPAN_NONE for a segment */
};

/* What of a segment is an identifier: all of it, or what stands before a file's extension;
 * SPAN_NONE when nothing is. */
struct span url_identifier(struct span segment);
/* The variable parts, at most URL_MAX_PARTS; 0 for a target over URL_LONGEST. */
unsigned url_parts(struct span target, struct url_part *ret);

/*
 * path?query of a link: absolute, from the root, or relative to `base` (a request's
 * target). SPAN_NONE for what leads to no path: mailto:, data:, a fragment alone.
 */
struct span link_target(struct span link, struct span base, struct arena *arena);

#endif
