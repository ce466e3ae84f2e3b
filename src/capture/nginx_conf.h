#ifndef REHEARSE_CAPTURE_NGINX_CONF_H
#define REHEARSE_CAPTURE_NGINX_CONF_H

#include "log_format.h"

/*
 * Find a log_format in an nginx.conf, its includes followed (relative to the
 * folder of `path`, globbed, to a bounded depth), and compile it.
 *
 * `name`: which one; NULL takes the one named by the access_log that writes a file
 * with the base name of `log_path`, else the one that all access_logs agree on,
 * else the only one there is. "combined" is known without being written.
 * Errors name file and line.
 */
int nginx_conf_log_format(struct log_format **ret, const char *path, const char *name,
                          const char *log_path, struct err *err);

#endif
