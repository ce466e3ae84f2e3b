#ifndef REHEARSE_REPORT_HTML_PAGE_H
#define REHEARSE_REPORT_HTML_PAGE_H

#include "rehearse/base/strbuf.h"

/* Up to and with <body>. `title` is HTML text already. The page's policy forbids all but its own
 * style sheet. */
void html_page_open(struct strbuf *out, struct span title);
void html_page_close(struct strbuf *out, struct span tool);

#endif
