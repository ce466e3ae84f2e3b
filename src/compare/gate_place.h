#ifndef SRC_COMPARE_GATE_PLACE_H
#define SRC_COMPARE_GATE_PLACE_H

#include "rehearse/base/span.h"

/* Does a URL or a path lead to a login page or an identity provider's door, by its segments? */
bool is_login_place(struct span location);

#endif
