#ifndef REHEARSE_REPORT_CACHE_FACTS_H
#define REHEARSE_REPORT_CACHE_FACTS_H

/* What a finding, or the whole of the traffic, does to a shared cache, for several writers. */
#include "rehearse/report/report.h"

/* "Cache-Control: private keeps it out of shared caches. (RFC 9111 section 3, rule B-S5)": plain
 * text; nothing when there is no reason. */
void facts_add_why(struct strbuf *out, const struct finding_reason *why);
bool facts_have_why(const struct finding_reason *why);
/* Is it one reason for both sides? */
bool facts_same_why(const struct finding_cache *cache);

/* The rows of a table with a column a side. */
enum { CACHE_ROWS_MAX = 9 };
struct cache_row {
    struct span what;    /* "hits, here" */
    struct span side[2]; /* production's, staging's; "" unknown */
};
/* How many; texts in `arena`. */
size_t facts_cache_rows(const struct finding_cache *cache, struct arena *arena,
                        struct cache_row ret[CACHE_ROWS_MAX]);
/* Of all the traffic; 0 when there is no forecast. */
size_t facts_forecast_rows(const struct comparison_summary *summary, struct arena *arena,
                           struct cache_row ret[CACHE_ROWS_MAX]);
/* Of what was tolerated on one side: "12 answers, kept 60 s"; nothing for none. */
void facts_add_tolerated(struct strbuf *out, const struct tolerance_line *line, int side);
/* The side whose example is shown: staging's for what is new there, else production's. */
int facts_tolerance_side(const struct tolerance_line *line);
/* What is not in a table that shows the first `shown`, in a sentence; nothing when all is. */
void facts_add_tolerances_left(struct strbuf *out, const struct comparison_summary *summary,
                               size_t shown);
/* Where the numbers come from: a sentence or two. */
void facts_add_forecast_basis(struct strbuf *out, const struct comparison_summary *summary);

#endif
