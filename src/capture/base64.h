#ifndef REHEARSE_CAPTURE_BASE64_H
#define REHEARSE_CAPTURE_BASE64_H

#include "rehearse/base/arena.h"

/*
 * RFC 4648, section 4, and the URL alphabet of section 5. White space is passed
 * over, padding may be missing. False for any other byte: *ret is untouched then.
 */
bool base64_decode(struct span *ret, struct span text, struct arena *arena);

#endif
