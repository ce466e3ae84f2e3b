#ifndef REHEARSE_REPORT_BINDINGS_H
#define REHEARSE_REPORT_BINDINGS_H

/* The bindings in each form of the report: how many values were resolved, which were not, and the
 * graph of one visit. Nothing for a run without. */
#include "rehearse/report/report.h"

void bindings_add_html(struct strbuf *out, const struct report_bindings *bindings);
void bindings_add_markdown(struct strbuf *out, const struct report_bindings *bindings);
/* As a member "bindings" of an object. */
void bindings_add_json(struct strbuf *out, bool *first, const struct report_bindings *bindings);

#endif
