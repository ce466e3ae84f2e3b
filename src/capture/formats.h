#ifndef REHEARSE_CAPTURE_FORMATS_H
#define REHEARSE_CAPTURE_FORMATS_H

#include "rehearse/capture/source.h"

/* The rows of source_formats, each from the file that reads it. */

/* text_formats.c */
extern const struct source_format format_combined, format_common, format_vhost_combined,
    format_nginx_main, format_log_format, format_varnishncsa, format_traefik, format_envoy,
    format_alb, format_squid, format_haproxy;
/* w3c.c */
extern const struct source_format format_cloudfront, format_cloudfront_realtime, format_w3c;
/* json_lines.c */
extern const struct source_format format_nginx_json, format_json, format_varnishncsa_json,
    format_haproxy_json, format_caddy, format_traefik_json, format_envoy_json,
    format_cloudfront_json, format_cloudflare, format_fastly, format_akamai, format_gcp;
/* har.c, gor.c, proxy_verifier.c */
extern const struct source_format format_har, format_gor, format_proxy_verifier;

#endif
