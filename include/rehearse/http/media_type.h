#ifndef REHEARSE_HTTP_MEDIA_TYPE_H
#define REHEARSE_HTTP_MEDIA_TYPE_H

#include "rehearse/base/span.h"

/* Content-Type (RFC 9110, section 8.3): type/subtype without parameters, trimmed, spelling kept. */
struct span media_type_essence(struct span content_type);
/* A parameter's value, quotes taken off; SPAN_NONE when absent. */
struct span media_type_parameter(struct span content_type, struct span name);
bool media_type_is_html(struct span content_type); /* text/html, application/xhtml+xml */
bool media_type_is_json(struct span content_type); /* application/json, text/json, …+json */
bool media_type_is_form(struct span content_type); /* application/x-www-form-urlencoded */

#endif
