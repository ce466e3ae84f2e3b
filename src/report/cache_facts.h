#ifndef REHEARSE_REPORT_CACHE_FACTS_H
#define REHEARSE_REPORT_CACHE_FACTS_H

/* What a finding, or the whole of the traffic, does to a shared cache, for several writers. */
#include "rehearse/report/report.h"

/* Why caches do so: a line for each side with a reason, and one line where it is the same one. */
enum { CACHE_WHYS_MAX = 2 };
struct cache_why {
    const char *label; /* "why", "why, on production": static */
    /* "Cache-Control: private keeps it out of shared caches. (RFC 9111 section 3, rule B-S5)" */
    struct span text;
};
/* How many; texts in `arena`. */
size_t facts_cache_whys(const struct finding_cache *cache, struct arena *arena,
                        struct cache_why ret[CACHE_WHYS_MAX]);

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
