#ifndef REHEARSE_SESSION_BODY_TYPE_H
#define REHEARSE_SESSION_BODY_TYPE_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"

/*
 * Logs give request bodies without their Content-Type, and servers read no form
 * without it. The type that a body has by its look: a form's, JSON's, multipart's with its
 * boundary (in `arena`); SPAN_NONE for everything else.
 */
struct span body_type_by_look(struct span body, struct arena *arena);

#endif
