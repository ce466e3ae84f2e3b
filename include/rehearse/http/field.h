#ifndef REHEARSE_HTTP_FIELD_H
#define REHEARSE_HTTP_FIELD_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"

/*
 * Header fields (RFC 9110, section 5) in the order they came, as lines: a name
 * that came twice is here twice. Names keep their spelling and are compared
 * case-folded. Names and values are borrowed, usually from the exchange's arena.
 */
struct http_field {
    struct span name;
    struct span value; /* SPAN_NONE: the source would have shown the field, and it was not there */
    uint32_t id;       /* the store's number for this line, 0 when it has none */
};

struct http_fields {
    struct http_field *at; /* in the arena given to http_fields_add */
    uint32_t len;
    uint32_t cap;
};

/* The array grows in `arena`; name and value are kept as they are, not copied. */
void http_fields_add(struct http_fields *fields, struct arena *arena, struct span name,
                     struct span value);
/* The first line of that name, or NULL. */
const struct http_field *http_fields_first(const struct http_fields *fields, struct span name);
/* The first line's value; SPAN_NONE when absent. */
struct span http_fields_value(const struct http_fields *fields, struct span name);
/*
 * All lines of that name as one value, joined with ", " (section 5.3); borrowed
 * when there is one line, else in the arena. SPAN_NONE when absent. Not for
 * Set-Cookie, whose lines do not join.
 */
struct span http_fields_joined(const struct http_fields *fields, struct span name,
                               struct arena *arena);
/* Drop every line of that name; returns how many. */
unsigned http_fields_remove(struct http_fields *fields, struct span name);
/* Replace the first line of that name and drop the others, or add one. */
void http_fields_set(struct http_fields *fields, struct arena *arena, struct span name,
                     struct span value);
/*
 * Parse "Name: value" lines ended by CRLF or LF, up to an empty line or the end.
 * Folded lines are joined (section 5.5 obs-fold). Returns the bytes read, or -1
 * for a line that is no field, with its place in *ret_bad.
 */
ptrdiff_t http_fields_parse(struct http_fields *ret, struct span text, struct arena *arena,
                            size_t *ret_bad);

/* How long the quoted string at the front of s is, quotes counted (RFC 9110, section 5.6.4); all of
 * s when it is not closed. */
size_t http_quoted_length(struct span s, bool *ret_closed);

#endif
