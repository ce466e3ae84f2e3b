#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"

/*
 * One exchange as it lies in a segment: a JSON array of integers, two of which are
 * arrays of text numbers. The places are documented in schema.c; trailing zeros are
 * left out.
 */
enum record_place {
    AT_START,
    AT_METHOD,
    AT_TARGET,
    AT_STATUS,
    AT_REQUEST_FIELDS,
    AT_RESPONSE_FIELDS,
    AT_CLIENT,
    AT_MARKS,
    AT_DURATION,
    AT_FIRST_BYTE,
    AT_RESPONSE_BYTES,
    AT_REQUEST_VERSION,
    AT_SCHEME,
    AT_AUTHORITY,
    AT_RESPONSE_VERSION,
    AT_REQUEST_BODY,
    AT_REQUEST_BYTES,
    AT_RESPONSE_BODY,
    AT_SEQ,
    AT_PLANNED,
    AT_USER,
    AT_CACHE,
    AT_NOTE,
    RECORD_PLACES,
};

struct record {
    int64_t at[RECORD_PLACES]; /* the two places of field lists hold how many there are */
    const uint32_t *request_fields;
    const uint32_t *response_fields;
};

/* At most so many bytes will record_write append, and a comma. */
size_t record_most(const struct record *record);
/* Append `record` as JSON. */
void record_write(struct strbuf *out, const struct record *record);

/* Walks the records of a segment. */
struct record_reader {
    const char *at;
    const char *end;
    bool failed; /* the text is not what record_write writes */
};

struct record_reader record_reader_make(struct span segment);
/* The next record, its lists in `arena`; false at the end and on failure. */
bool record_read(struct record_reader *reader, struct record *ret, struct arena *arena);

#endif
