#ifndef REHEARSE_SRC_CACHE_RANGE_H
#define REHEARSE_SRC_CACHE_RANGE_H

#include "rehearse/cache/decision.h"

/* Range and Content-Range in bytes: RFC 9110 section 14. */

/* "bytes=0-4" with one range. False for other units, several ranges, and what cannot be. */
bool range_parse(struct span text, struct byte_range *ret);

enum range_fit {
    RANGE_IS_HELD = 0,
    RANGE_IS_MISSING,
    RANGE_IS_BEHIND, /* unsatisfiable: behind the end of the representation */
};
/* The bytes asked for, out of what is held; sets from, to, first, last and complete of *ret. */
enum range_fit range_fit(const struct stored_response *stored, struct byte_range asked,
                         struct cache_decision *ret);
/* How many bytes of the body are held; -1 unknown. */
int64_t held_bytes(const struct stored_response *stored);

#endif
