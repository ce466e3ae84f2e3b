#ifndef SRC_COMPARE_SHAPE_H
#define SRC_COMPARE_SHAPE_H

#include "rehearse/base/strbuf.h"

/*
 * What stays the same of a value that is never the same: runs of digits become
 * '#', tokens nobody chose (hashes, UUIDs, random identifiers, pseudonyms) become
 * '@', a date becomes "(time)". `region-eu; id=3f9a12bc; n=12` has the shape
 * `region-eu; id=@; n=#`.
 */
void shape_add(struct strbuf *out, struct span value);
/* No digits, no token, no time in it: the shape is the value. */
bool shape_is_plain(struct span shape);
bool shape_has_opaque(struct span shape);

/* Does this token look made by a machine? "3f9a12bc" yes, "summer-sale-2026" no. */
bool shape_token_is_opaque(struct span token);

#endif
