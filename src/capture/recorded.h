#ifndef REHEARSE_CAPTURE_RECORDED_H
#define REHEARSE_CAPTURE_RECORDED_H

#include "rehearse/http/exchange.h"

/*
 * What the formats that record whole messages (HAR, GoReplay, Proxy Verifier) do
 * alike with fields and bodies.
 */

/* The longest body kept, with its coding undone; a longer one keeps its front and is marked. */
#define RECORDED_MAX_BODY (64u * 1024 * 1024)

/*
 * Take one recorded request field over. Pseudo fields (RFC 9113, section 8.3.1)
 * are no fields; ":authority" and Host become the authority. Bytes that no field
 * may hold (control characters) make it nothing: false.
 */
bool request_take_field(struct http_request *request, struct arena *arena, struct span name,
                        struct span value);
/* As above for a response. A value with line breaks is several lines that a browser joined,
 * Set-Cookie above all. */
bool response_take_field(struct http_response *response, struct arena *arena, struct span name,
                         struct span value);
/*
 * Drop what stands in the place of a credential: masked pairs of Cookie, a masked
 * Authorization. A masked Set-Cookie stays, its name and attributes are true.
 * Returns whether anything was masked.
 */
bool exchange_drop_masked(struct exchange *x, struct arena *arena);
/* "Bytes as they were on the wire, without framing": undo the content coding, mark what cannot be.
 */
void response_take_coded_body(struct exchange *x, struct arena *arena, struct span coded);
/* A body as it is, cut at the limit and marked. */
void response_take_body(struct exchange *x, struct span body);
/* Who asked, by X-Forwarded-For (its first hop) or X-Real-IP; SPAN_NONE. */
struct span request_first_hop(const struct http_request *request);
/* The value of Content-Length; -1 when absent or no number. */
int64_t fields_content_length(const struct http_fields *fields);

#endif
