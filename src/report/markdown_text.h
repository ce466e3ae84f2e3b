#ifndef REHEARSE_REPORT_MARKDOWN_TEXT_H
#define REHEARSE_REPORT_MARKDOWN_TEXT_H

#include "rehearse/base/strbuf.h"

/* Values from outside in Markdown, inert and cut at `max` bytes: as code, and as plain text. */
void markdown_add_code(struct strbuf *out, struct span value, size_t max);
void markdown_add_plain(struct strbuf *out, struct span value, size_t max);

#endif
