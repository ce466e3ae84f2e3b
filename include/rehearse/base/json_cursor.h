#ifndef REHEARSE_BASE_JSON_CURSOR_H
#define REHEARSE_BASE_JSON_CURSOR_H

#include <stdbool.h>

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"

/*
 * JSON read in place: a cursor walks borrowed text and hands out spans of it,
 * with no tree and no allocation. Made for log lines, a million at a time; whole
 * documents with a shape of their own are cJSON's.
 *
 *     struct json_cursor c = json_cursor_make(line);
 *     struct span key;
 *     if (json_enter_object(&c))
 *         while (json_next_member(&c, &key))   // cursor stands at the value
 *             if (span_eq(key, SPAN("status"))) value = json_take(&c);
 *             else json_skip(&c);
 *     if (c.failed) ... error at column c.at - c.start + 1
 *
 * Tolerated, because real logs hold it: bytes >= 0x80 that are not UTF-8; a
 * value left out (`"a":,`) or written bare (`"a":-`): JSON_BARE.
 */
enum json_type {
    JSON_NONE = 0, /* nothing here: end, or a fault */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_BARE, /* a value left out, or a word JSON does not know */
};

struct json_cursor {
    const char *at;
    const char *end;
    const char *start;
    int depth;
    bool failed;
};

/* A value as it stands in the text. */
struct json_value {
    enum json_type type;
    struct span raw; /* strings: between the quotes, escapes not undone; others: the whole text */
};

#define JSON_MAX_DEPTH 128

struct json_cursor json_cursor_make(struct span text);
/* What the cursor stands before, without moving. */
enum json_type json_peek(struct json_cursor *c);
bool json_enter_object(struct json_cursor *c);
bool json_enter_array(struct json_cursor *c);
/* The next member's key (raw, escapes not undone), the cursor before its value; false behind the
 * last. */
bool json_next_member(struct json_cursor *c, struct span *ret_key);
/* The cursor before the next element; false behind the last. */
bool json_next_element(struct json_cursor *c);
/* The value here, nested ones whole; the cursor moves behind it. */
struct json_value json_take(struct json_cursor *c);
void json_skip(struct json_cursor *c);
/* Undo the escapes of a raw string: the span itself when it has none, else a copy in the arena. */
struct span json_unescape(struct span raw, struct arena *arena);

#endif
