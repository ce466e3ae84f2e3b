#ifndef REHEARSE_HTTP_STRUCTURED_WRITE_H
#define REHEARSE_HTTP_STRUCTURED_WRITE_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/structured.h"

/*
 * Structured fields written (RFC 9651, section 4.1). The writer puts in what stands
 * between the parts: commas, spaces, '=', ';'.
 *
 *     struct sf_writer w = sf_write_list(&out);
 *     sf_write_token(&w, SPAN("edge"));
 *     sf_write_parameter(&w, SPAN("hit"));     // no value behind it: true
 *     sf_write_parameter(&w, SPAN("ttl"));
 *     sf_write_integer(&w, 30);
 *     if (!sf_write_end(&w))
 *         ...  w.fault says why; `out` is as it was before
 *
 * What cannot be written (a control byte in a string, a number that is too large)
 * makes the whole field fail, as the section asks. Calls in an order that gives no
 * field are a bug and end the program. A key must not come twice: not checked here.
 */
enum sf_field_type { SF_FIELD_ITEM, SF_FIELD_LIST, SF_FIELD_DICTIONARY };

struct sf_writer {
    struct strbuf *out; /* borrowed */
    size_t start;       /* where the field begins in `out` */
    enum sf_field_type type;
    enum {
        SF_WRITE_START = 0,
        SF_WRITE_INNER_START, /* behind '(' */
        SF_WRITE_KEY,         /* behind the key of a dictionary's member */
        SF_WRITE_PARAMETER,   /* behind the key of a parameter */
        SF_WRITE_VALUE,       /* behind a value */
    } at;
    bool inner;        /* between '(' and ')' */
    const char *fault; /* NULL, or what could not be written; a sentence, static */
};

struct sf_writer sf_write_item(struct strbuf *out);
struct sf_writer sf_write_list(struct strbuf *out);
struct sf_writer sf_write_dictionary(struct strbuf *out);
/*
 * True when all of it is written. An empty list or dictionary is "" and true: such a
 * field is not sent (section 3.1). On false `out` is as it was before the field.
 */
bool sf_write_end(struct sf_writer *w);

/* The key of a dictionary's next member. Without a value behind it, it is true. */
void sf_write_key(struct sf_writer *w, struct span key);
/* The key of a parameter of what was written last. Without a value behind it, it is true. */
void sf_write_parameter(struct sf_writer *w, struct span key);
/* What comes between are the inner list's items with their parameters; behind it, its own. */
void sf_write_inner_begin(struct sf_writer *w);
void sf_write_inner_end(struct sf_writer *w);

/* At most 15 digits. */
void sf_write_integer(struct sf_writer *w, int64_t n);
/* n / 10^places, `places` at most 18, rounded to thousandths, half to even; at most 12 digits in
 * front of the point. */
void sf_write_decimal(struct sf_writer *w, int64_t n, unsigned places);
/* Bytes 0x20 to 0x7e. */
void sf_write_string(struct sf_writer *w, struct span s);
void sf_write_token(struct sf_writer *w, struct span s);
void sf_write_bytes(struct sf_writer *w, struct span bytes);
void sf_write_boolean(struct sf_writer *w, bool b);
/* Unix seconds, at most 15 digits. */
void sf_write_date(struct sf_writer *w, int64_t s);
/* UTF-8. */
void sf_write_display(struct sf_writer *w, struct span utf8);

/* Can it be written as a token? */
bool sf_is_token(struct span s);

/*
 * Append the one form that section 4.1 gives to a field that was read: spaces and
 * escapes as it writes them, of a key that came twice the last value at the place of
 * the first (section 4.2.2). False when `value` is no such field; nothing is appended.
 */
bool sf_canonical_add(struct strbuf *out, struct span value, enum sf_field_type type);

#endif
