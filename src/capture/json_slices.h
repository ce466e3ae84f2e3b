#ifndef REHEARSE_CAPTURE_JSON_SLICES_H
#define REHEARSE_CAPTURE_JSON_SLICES_H

#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"

/*
 * A JSON document too large to hold, read for the elements of one array: the
 * scanner follows the nesting, collects the bytes of each element and hands them
 * out one at a time, for a real parser to judge. Constant memory: one element.
 *
 * It keeps its place, not the grammar: a fault inside an element is the parser's
 * to find, and the scan goes on behind it as long as brackets and quotes pair up.
 */

/* The longest element, and the most values one may hold (a parser's tree takes about 100 bytes for
 * each). */
#define JSON_SLICE_MAX_BYTES (64u * 1024 * 1024)
#define JSON_SLICE_MAX_VALUES (1000u * 1000)
/* The longest aside; a longer one counts as absent. */
#define JSON_ASIDE_MAX_BYTES (64u * 1024)

/* The path to something in the document: member names, and "[]" for "any element"; ends with NULL.
 */
#define JSON_PATH_MAX 6

struct json_slices_spec {
    const char *const *elements; /* path of what to hand out, such as log, entries, [] */
    const char *const
        *aside; /* path of a value to keep in passing, such as log, creator; or NULL */
};

/* Where the bytes come from: as input_chunk(), with the context in front. */
typedef int json_slices_read(void *ctx, struct span *ret, struct err *err);

enum json_slice_outcome {
    JSON_SLICES_END = 0,
    JSON_SLICE,           /* an element */
    JSON_SLICE_TOO_LARGE, /* an element past one of the limits, passed over; `bytes` is none */
    JSON_SLICES_CUT, /* the document ends in the middle, or goes wrong between elements; END follows
                      */
};

struct json_slice {
    struct span bytes;   /* borrowed until the next call; NUL-terminated */
    uint64_t line;       /* from 1: where the element begins; CUT: where reading stopped */
    uint64_t column;     /* from 1, bytes */
    uint64_t begun_line; /* CUT: where the unfinished element began; 0 when between elements */
    uint64_t number;     /* from 1: among all elements of the path */
    uint64_t outer;      /* from 1: of the outermost "[]" of the path */
    const char *found;   /* CUT: what is wrong, a constant phrase */
};

struct json_slices;

struct json_slices *json_slices_new(const struct json_slices_spec *spec, json_slices_read *read,
                                    void *ctx);
void json_slices_free(struct json_slices *slices);
/* A json_slice_outcome, or what `read` failed with. */
int json_slices_next(struct json_slices *slices, struct json_slice *ret, struct err *err);
/*
 * The aside seen last, borrowed until the next call; SPAN_NONE when there is none. One
 * that lies inside the outermost "[]" is forgotten when the next element of that begins.
 */
struct span json_slices_aside(const struct json_slices *slices);
/* Has the array been seen at all? An empty document and one without it look alike otherwise. */
bool json_slices_found(const struct json_slices *slices);

AUTO_FREE(struct json_slices, json_slices_free);

#endif
