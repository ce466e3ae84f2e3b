#ifndef REHEARSE_BASE_GLOB_H
#define REHEARSE_BASE_GLOB_H

#include "rehearse/base/span.h"

/*
 * Does the whole of `text` fit `pattern`, in which '*' stands for any run of bytes
 * and everything else for itself? Goes back to the last star only: a hostile text
 * costs its length times the pattern's at most.
 */
bool glob_matches(struct span pattern, struct span text);
/* ASCII case folded. */
bool glob_imatches(struct span pattern, struct span text);

#endif
