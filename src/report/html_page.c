#include "html_page.h"

#include "html_style.h"
#include "rehearse/base/text.h"

void html_page_open(struct strbuf *out, struct span title)
{
    strbuf_add_str(out,
                   "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    strbuf_add_span(out, title);
    strbuf_add_str(out, "</title>\n<style>");
    strbuf_add_str(out, html_style);
    strbuf_add_str(out, "</style></head>\n<body>\n");
}

void html_page_close(struct strbuf *out, struct span tool)
{
    enum { TOOL_BYTES = 100 };
    strbuf_add_str(out, "</main>\n<footer class=\"soft\">Written by ");
    text_add_html(out, tool, TOOL_BYTES);
    strbuf_add_str(out, ".</footer>\n</body></html>\n");
}
