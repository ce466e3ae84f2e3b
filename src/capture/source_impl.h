#ifndef REHEARSE_CAPTURE_SOURCE_IMPL_H
#define REHEARSE_CAPTURE_SOURCE_IMPL_H

#include "rehearse/capture/source.h"

/*
 * What a format's file knows of struct source. A format embeds this struct as
 * the first member of its own:
 *
 *     struct har_source { struct source base; ... };
 *
 * Its open() allocates that with xcalloc, fills base with source_init() and sets
 * *ret. On success the source owns `input`; on failure the caller keeps it.
 */
struct source_ops {
    /* As source_next; *ret is already zeroed with exchange_blank() in it. */
    int (*next)(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err);
    /* Release what is beyond `base`; input and struct are freed behind it. May be NULL. */
    void (*release)(struct source *source);
};

struct source {
    const struct source_ops *ops;
    const struct source_format *format;
    struct input *input;           /* owned once open() has succeeded */
    struct source_options options; /* what is in it is borrowed for the life of the source */
};

void source_init(struct source *source, const struct source_ops *ops,
                 const struct source_format *format, struct input *input,
                 const struct source_options *options);

/* Outcomes with their words; `reason` is a constant phrase. Each returns the outcome. */
int source_skip(struct source_item *item, struct span reason);
int source_reject(struct source_item *item, uint64_t column, struct span reason,
                  struct span detail);
/* An element of a document, a `what`, that stops being JSON at byte `at`: the item's line moves
 * there. */
struct json_slice;
int source_reject_json(struct source_item *item, const struct json_slice *slice, size_t at,
                       const char *what, struct span reason, struct arena *arena);

/*
 * Judgements that all formats share (request.c).
 */
/* Is it a method as RFC 9110, section 9.1 spells one (a token), at most 32 bytes? */
bool request_method_fits(struct span method);
/*
 * Fill scheme, authority and target from a request target as it was sent:
 * origin-form is kept byte for byte, absolute-form is taken apart (the authority
 * in lower case, in the arena, without userinfo), "*" stays. A fragment is cut off.
 * False when it is none of these: then nothing is changed.
 */
bool request_set_target(struct http_request *request, struct span target, struct arena *arena);
/* The authority in lower case; without ":80" or ":443" where it is the scheme's own port. */
void request_set_authority(struct http_request *request, struct span authority,
                           struct arena *arena);
/*
 * "GET /x HTTP/1.1" into method, target and version (RFC 9112, section 3). A target
 * may hold spaces, as some logs show them: method is up to the first, version from
 * the last. Returns NULL, or why it is no request (a constant phrase).
 */
const char *request_set_line(struct http_request *request, struct span line, struct arena *arena);
/*
 * "HTTP/2.0", "h2", "http/1.1" in one spelling: HTTP/1.0, HTTP/1.1, HTTP/2, HTTP/3;
 * SPAN_NONE for others.
 */
struct span request_version(struct span version);
/* Did whoever recorded it put this in place of the credential? ("REDACTED", "***", "xxxx") */
bool value_is_masked(struct span value);
/*
 * What follows from the parts, once all are there: MARK_REQUEST_BODY_MISSING when
 * body_bytes or, that unknown, the method says there was one; OPTIONS with
 * Access-Control-Request-Method is a preflight; 304 MARK_RECORDED_304; 499
 * MARK_CLIENT_ABORTED. Also the options' scheme and authority where the source did
 * not say.
 */
void exchange_finish(struct exchange *x, const struct source_options *options, struct arena *arena);

#endif
