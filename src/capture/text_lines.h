#ifndef REHEARSE_CAPTURE_TEXT_LINES_H
#define REHEARSE_CAPTURE_TEXT_LINES_H

#include "log_format.h"

/*
 * A source of lines that a log format describes. Each format of text_formats.c is
 * one struct text_format: strings, rules, and the little that no string can say.
 */
enum { TEXT_FORMATS_MAX = 2 };

struct text_format {
    /* Tried in this order; the second is an older or shorter form of the first. */
    const char *strings[TEXT_FORMATS_MAX];
    struct record_rules rules;
    enum log_escaping escaping;
    int certainty; /* of the detection when every line fits, 1 to 100 */
    /* Cut what a transport put in front of the line; NULL: what syslog puts there. */
    struct span (*front)(struct span line);
    /* What is left to do once the values are in the record; an outcome, or 0. May be NULL. */
    int (*fix)(struct record *r, const struct source_options *options, struct source_item *ret);
    /* Is a line that does not match a known message without a request? May be NULL. */
    bool (*is_message)(struct span line);
};

int text_sniff(const struct text_format *format, struct span head, struct strbuf *evidence);
int text_open(struct source **ret, const struct text_format *format,
              const struct source_format *row, struct input *input,
              const struct source_options *options);
/* As text_open with a format of the user's; `compiled` is handed over on success. */
int text_open_compiled(struct source **ret, struct log_format *compiled,
                       const struct source_format *row, struct input *input,
                       const struct source_options *options);

/*
 * What all line sources ask of the next line: 1 and the line, or an outcome, or a
 * negative code. Empty, cut and (where '#' is one) comment lines are items already.
 */
enum { LINE_READY = 100 };
int source_line(struct source *source, struct span *ret, struct source_item *item, struct err *err);

/*
 * The next whole line of a file's first bytes; false behind the last. Empty lines
 * and comments are passed over.
 */
bool head_line(struct span *head, struct span *ret);

#endif
