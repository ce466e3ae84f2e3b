#ifndef REHEARSE_CAPTURE_LOG_SYNTAX_H
#define REHEARSE_CAPTURE_LOG_SYNTAX_H

#include "log_format.h"

/* What the variables of the two languages mean; each has a file of its own. */

/* The meaning of $name (without '$'); names we do not know mean nothing to a replay. */
struct meaning nginx_variable(struct span name, struct arena *arena);

/* One directive of Apache or varnishncsa, taken apart. */
struct apache_directive {
    struct span argument; /* of {…}; SPAN_NONE without */
    char letter;
    bool is_final;   /* '>' */
    bool is_trailer; /* ^ti, ^to */
};
struct meaning apache_variable(const struct apache_directive *d, struct arena *arena);

/* Bytes of a format, at most. */
enum { LOG_FORMAT_MAX = 64 * 1024 };

/*
 * As log_format_compile, for text whose quotes are off; `columns` of its bytes in
 * what the user gave, or NULL: 1, 2, 3, …
 */
int log_format_compile_plain(struct log_format **ret, struct span text, const size_t *columns,
                             enum log_escaping escaping, struct err *err);
/* "default", "json", "none" of nginx's escape=; false for others. */
bool log_escaping_named(struct span name, enum log_escaping *ret);

#endif
