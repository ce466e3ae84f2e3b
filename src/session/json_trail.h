#ifndef SRC_SESSION_JSON_TRAIL_H
#define SRC_SESSION_JSON_TRAIL_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/session/value_place.h"

/*
 * The values of a JSON document with the way to each of them. Works on documents that
 * are cut, damaged or several in a row: a level that closes without having been opened
 * is passed over. Linear; levels beyond VALUE_DEEPEST are counted, their values not shown.
 */
struct json_step {
    struct span key; /* as it stands, escapes not undone; SPAN_NONE: an element of an array */
    uint64_t index;  /* of an element, from 0 */
};

struct json_trail {
    unsigned depth;
    struct json_step at[VALUE_DEEPEST];
};

/* A string or a number; `raw` as it stands, strings without their quotes. The new value or
 * SPAN_NONE. */
typedef struct span json_trail_fn(void *ctx, const struct json_trail *trail, struct span raw,
                                  bool is_string);

/* `text` itself when nothing was changed, else a text in the arena. */
struct span json_trail_walk(struct span text, json_trail_fn *visit, void *ctx, struct arena *arena);
/* RFC 6901. */
void json_trail_add_pointer(struct strbuf *out, const struct json_trail *trail);
bool json_trail_is(const struct json_trail *trail, struct span pointer);

#endif
