#ifndef REHEARSE_HTTP_STRUCTURED_H
#define REHEARSE_HTTP_STRUCTURED_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"

/*
 * Structured fields (RFC 9651) read in place: a cursor walks the value of a field
 * and hands out its members as spans of it, with no tree and no allocation. The
 * grammar is strict: any failure means that the whole field counts as absent, so
 * ask sf_list_valid() or sf_dictionary_valid() before obeying the first member.
 */
enum sf_type {
    SF_NONE = 0,
    SF_INTEGER,
    SF_DECIMAL,
    SF_STRING,
    SF_TOKEN,
    SF_BYTES,
    SF_BOOLEAN,
    SF_DATE,
    SF_DISPLAY,
    SF_INNER_LIST,
};

struct sf_value {
    enum sf_type type;
    int64_t number; /* integers and dates; decimals in thousandths; booleans 0 or 1 */
    struct span
        text; /* strings, tokens, bytes, display strings: without delimiters, escapes not undone;
                 inner lists: what stands between the parentheses; numbers: as written */
};

/* A member of a list, a dictionary, an inner list, or a parameter. */
struct sf_member {
    struct span key; /* SPAN_NONE in lists */
    struct sf_value value;
    struct span parameters; /* raw, for sf_next_parameter(); empty when none */
};

struct sf_cursor {
    struct span rest;
    bool started;
    bool failed;
};

/* Lines of one field are joined with ", " first (http_fields_joined). */
struct sf_cursor sf_cursor_make(struct span value);
/* The next member; false at the end and on failure (`failed` says which). */
bool sf_next_list_member(struct sf_cursor *c, struct sf_member *ret);
/* As above. A key may come again: the last one counts. */
bool sf_next_dictionary_member(struct sf_cursor *c, struct sf_member *ret);
/* The one item a field of type Item is. */
bool sf_item(struct span value, struct sf_member *ret);
/* Items of an inner list's text. */
bool sf_next_inner_item(struct sf_cursor *c, struct sf_member *ret);
/* Of a member's `parameters`; `ret->key` and `ret->value` are set. The last of a name counts. */
bool sf_next_parameter(struct sf_cursor *c, struct sf_member *ret);

bool sf_list_valid(struct span value);
bool sf_dictionary_valid(struct span value);
/* The parameter of that name; type SF_NONE when absent. */
struct sf_value sf_parameter(struct span parameters, struct span name);
/*
 * What a value that was read means: strings with their escapes undone, byte
 * sequences out of base64, display strings as UTF-8, the rest as written. `text`
 * itself when there is nothing to undo, else a copy in the arena. Bytes may hold
 * NUL, display strings too.
 */
struct span sf_text(const struct sf_value *value, struct arena *arena);

#endif
