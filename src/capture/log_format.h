#ifndef REHEARSE_CAPTURE_LOG_FORMAT_H
#define REHEARSE_CAPTURE_LOG_FORMAT_H

#include "record.h"

/*
 * A log format string of nginx or Apache, compiled into what stands between the
 * values and what the values mean. A line is matched by looking for the former:
 * no regular expression, no allocation unless a value holds escapes.
 */
enum log_escaping {
    LOG_ESCAPED = 0,  /* \xHH, \", \\, \n: nginx's default, Apache, varnishncsa */
    LOG_ESCAPED_JSON, /* nginx escape=json */
    LOG_NOT_ESCAPED,  /* nginx escape=none, Envoy */
};

struct log_step {
    struct meaning meaning;
    struct span variable; /* as written, for messages; in the format's arena */
    size_t column;        /* of it in the string the user gave, from 1 */
    struct span until;    /* what stands behind the value; empty: the value goes to the end */
    char stop;            /* not '\0': the value ends before this byte, which belongs to the next */
    bool next_is_number;  /* only an `until` with a digit or '-' behind it ends the value */
    bool next_is_version; /* likewise with "HTTP": a decoded path may hold spaces */
    unsigned inner;       /* so many times `until` stands inside the value (dates with spaces) */
};

struct log_format {
    struct arena arena;
    struct span head; /* in front of the first value */
    struct log_step *steps;
    size_t len;
    size_t cap;
    enum log_escaping escaping;
    bool is_nginx; /* nginx logs when the response is complete, Apache notes the start */
};

/*
 * `text` as it stands in the configuration: a bare string, a quoted one with its
 * escapes, several quoted parts (nginx joins them), or the whole log_format or
 * LogFormat directive. E_FORMAT names the column and what was expected there.
 */
int log_format_compile(struct log_format **ret, struct span text, struct err *err);
void log_format_free(struct log_format *format);

struct log_mismatch {
    size_t at;            /* offset in the line */
    struct span expected; /* the literal that was not found, borrowed from the format */
    struct span variable; /* the value it should have ended; SPAN_NONE at the front */
};

/* Put the values of the record's line into it. False: the line is of another format. */
bool log_format_match(const struct log_format *format, struct record *r,
                      struct log_mismatch *ret_why);

AUTO_FREE(struct log_format, log_format_free);

#endif
