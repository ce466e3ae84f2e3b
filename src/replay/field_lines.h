#ifndef REHEARSE_SRC_REPLAY_FIELD_LINES_H
#define REHEARSE_SRC_REPLAY_FIELD_LINES_H

#include <curl/curl.h>

#include "rehearse/base/strbuf.h"
#include "rehearse/http/field.h"

/*
 * A request's fields as libcurl wants them: a list of lines. Lines and list are kept
 * and filled anew for each request; libcurl reads them in place.
 */
struct field_lines {
    struct strbuf text;       /* the lines, a NUL behind each */
    struct curl_slist *nodes; /* owned array: the list */
    size_t count, cap;
};

/* Text of more bytes is not kept for the next request. */
enum { FIELD_LINES_KEPT = 65536 };

/*
 * The lines of `fields`, and those that keep libcurl from adding fields of its own;
 * `body`: the method is one that libcurl would add more for. NULL when there are none.
 * Good until the next call. A zeroed struct with STRBUF_INIT is ready for it.
 */
struct curl_slist *field_lines_set(struct field_lines *l, const struct http_fields *fields,
                                   bool body);
/* The request is over: lets go of what is too large to keep. */
void field_lines_forget(struct field_lines *l);
void field_lines_release(struct field_lines *l);

#endif
