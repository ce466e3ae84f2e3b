#ifndef REHEARSE_BASE_TEXT_H
#define REHEARSE_BASE_TEXT_H

#include "rehearse/base/strbuf.h"

/*
 * Text that came from elsewhere, made fit to show. Logs and servers are hostile:
 * nothing of theirs reaches a terminal, a page or a JSON file unescaped.
 */
/* Length of the UTF-8 sequence at the front of s (1 to 4), or 0 when it is none. */
unsigned utf8_length(struct span s);
bool utf8_valid(struct span s);
/*
 * The place of the first byte that no text file has: not UTF-8, or a control other
 * than tab, LF and CR; -1 when there is none. Asked before libfyaml 0.7 gets a
 * file: it does not come back from some such bytes (a directive line with 0x94 in it).
 */
ptrdiff_t text_find_binary(struct span s);
/*
 * For a terminal or a log line: at most `max` bytes, controls (C0, C1, DEL),
 * bidirectional marks and bytes that are not UTF-8 as \xNN; "…" where cut.
 */
void text_add_printable(struct strbuf *out, struct span s, size_t max);
/* For HTML text and quoted attributes: & < > " ' escaped, the rest as above. */
void text_add_html(struct strbuf *out, struct span s, size_t max);
/* For HTML, all of it: & < > " ' escaped, every other byte as it is. For what was HTML before. */
void text_escape_html(struct strbuf *out, struct span s);
/* 1234567 as "1,234,567". */
void text_add_count(struct strbuf *out, uint64_t n);
/* 5242880 as "5.0 MB" (powers of 1000). */
void text_add_bytes(struct strbuf *out, uint64_t bytes);
/* Microseconds as "1.2 s", "34 ms", "2 min 3 s". */
void text_add_duration(struct strbuf *out, int64_t us);
/* 0.4427 as "44.27 %"; "–" for what is no number. */
void text_add_percent(struct strbuf *out, double share);
/* A difference of two percentages, as "+0.15"; "–" for what is no number. */
void text_add_points(struct strbuf *out, double points);

#endif
