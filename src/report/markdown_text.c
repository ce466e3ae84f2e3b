#include "markdown_text.h"

#include <string.h>

#include "rehearse/base/text.h"

/* A code span: longer fences would be needed for backticks, so they are shown as '. */
void markdown_add_code(struct strbuf *out, struct span value, size_t max)
{
    AUTO(strbuf_release) struct strbuf shown = STRBUF_INIT;
    if (span_is_none(value)) {
        strbuf_add_str(out, "(absent)");
        return;
    }
    if (value.len == 0) {
        strbuf_add_str(out, "(empty)");
        return;
    }
    text_add_printable(&shown, value, max);
    strbuf_add_char(out, '`');
    for (size_t i = 0; i < shown.len; i++) {
        char c = shown.buf[i];
        if (c == '|') /* ends a table cell even inside code */
            strbuf_add_str(out, "\\|");
        else
            strbuf_add_char(out, c == '`' ? '\'' : c);
    }
    strbuf_add_char(out, '`');
}

/* Plain text: what Markdown or HTML would obey is escaped. */
void markdown_add_plain(struct strbuf *out, struct span value, size_t max)
{
    AUTO(strbuf_release) struct strbuf shown = STRBUF_INIT;
    text_add_printable(&shown, value, max);
    for (size_t i = 0; i < shown.len; i++) {
        char c = shown.buf[i];
        if (c == '<')
            strbuf_add_str(out, "&lt;");
        else if (c == '&')
            strbuf_add_str(out, "&amp;");
        else if (strchr("\\`*_[]|#!", c))
            strbuf_addf(out, "\\%c", c);
        else if (c == '@') /* a code host would notify somebody */
            strbuf_add_str(out, "&#64;");
        else
            strbuf_add_char(out, c);
    }
}
