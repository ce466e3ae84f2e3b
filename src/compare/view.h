#ifndef SRC_COMPARE_VIEW_H
#define SRC_COMPARE_VIEW_H

#include "rehearse/http/exchange.h"

/*
 * A recording may know few response fields, or only the first Set-Cookie. Then
 * both sides are reduced to what both know: what one side cannot have shown is
 * no difference. Returns `x` itself where nothing has to go.
 */
const struct exchange *view_of(const struct exchange *x, const struct exchange *other,
                               struct arena *scratch);

#endif
