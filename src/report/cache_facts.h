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
/* Where the numbers come from: a sentence or two. */
void facts_add_forecast_basis(struct strbuf *out, const struct comparison_summary *summary);

#endif
