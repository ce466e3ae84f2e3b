#ifndef REHEARSE_CAPTURE_W3C_H
#define REHEARSE_CAPTURE_W3C_H

#include "json_lines.h"

/*
 * The names of CloudFront's standard fields, which its JSON logs use too; the
 * W3C reader adds those of IIS and of the real-time logs.
 */
extern const struct json_row w3c_cloudfront_rows[];

#endif
