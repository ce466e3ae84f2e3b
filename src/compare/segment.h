#ifndef SRC_COMPARE_SEGMENT_H
#define SRC_COMPARE_SEGMENT_H

#include "rehearse/base/span.h"

/* What one piece of a path looks like, by itself. */
enum segment_kind {
    SEGMENT_WORD = 0,
    SEGMENT_NUMBER, /* 42 */
    SEGMENT_DATE,   /* 2026-03-07 */
    SEGMENT_HASH,   /* a UUID, a hex digest, an opaque token */
    SEGMENT_KINDS,
};

enum segment_kind segment_kind_of(struct span segment);
/* The parameter's name in a route: ":id", ":date"; ":name" for words that take many values. */
struct span segment_parameter(enum segment_kind kind);
/* ".js" of "app.3f2a.js"; empty without one. Only short alphabetic endings count. */
struct span segment_extension(struct span segment);

#endif
