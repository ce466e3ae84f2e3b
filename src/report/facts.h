#ifndef REHEARSE_REPORT_FACTS_H
#define REHEARSE_REPORT_FACTS_H

/* What several writers ask of the facts. */
#include "rehearse/report/ledger.h"
#include "rehearse/report/report.h"

/* How much of anything a report lists before it says "and N more". */
enum {
    ROUTES_SHOWN = 300,
    ROUTES_IN_FINDING = 12,
    REASONS_IN_HEAD = 5,
    VALUE_BYTES = 500,
    EFFECT_BYTES = 1500,
    TITLE_BYTES = 300,
    TOLERANCES_SHOWN = 60
};

static inline const char *verdict_word(const struct report_facts *facts)
{
    return facts->verdict.go ? "GO" : "NO-GO";
}

uint64_t facts_count(const struct report_facts *facts, enum finding_severity severity);
/* "2026-03-07 10:15:32 UTC", or "unknown" for 0. */
void facts_add_time(struct strbuf *out, int64_t us);
/* 0.1234 as "12.3 %"; small shares keep a digit that is not 0. */
void facts_add_share(struct strbuf *out, double share);
/* "1 exchange", "2,345 exchanges". */
void facts_add_plural(struct strbuf *out, uint64_t n, const char *one);
/* One sentence: how much of the traffic was compared. */
void facts_add_coverage(struct strbuf *out, const struct report_facts *facts);
/* One more: "Not compared: 2 for this reason; 1 for that." Nothing when all was compared. Plain
 * text. */
void facts_add_not_compared(struct strbuf *out, const struct report_facts *facts);
/* The last column of the coverage table: the reason, or "compared". */
struct span coverage_outcome(const struct coverage_line *line);

extern const struct report_writer report_html, report_markdown, report_json, report_junit;

#endif
