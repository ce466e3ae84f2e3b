#ifndef REHEARSE_CAPTURE_HAPROXY_H
#define REHEARSE_CAPTURE_HAPROXY_H

#include "record.h"

/* What no format string can say of HAProxy's HTTP log (text_formats.c has the string). */
struct span haproxy_front(struct span line);
int haproxy_fix(struct record *r, const struct source_options *options, struct source_item *ret);
bool haproxy_is_message(struct span line);

#endif
