#ifndef REHEARSE_CAPTURE_LOG_TIME_H
#define REHEARSE_CAPTURE_LOG_TIME_H

#include "rehearse/base/span.h"

/*
 * Points in time as log writers spell them, told apart by their looks: NCSA with
 * or without fraction and zone, ISO 8601, HTTP dates, and Unix numbers whose size
 * says the unit (seconds with a fraction, ms, µs, ns). Where no zone is written,
 * utc_offset_s east of Greenwich is taken. Unix microseconds.
 */
bool log_time_parse(struct span text, int utc_offset_s, int64_t *ret_us);

/*
 * The last text read and what it meant: most lines of a busy log share their
 * second with the one before.
 */
struct time_memo {
    char text[40];
    size_t len;
    int64_t us;
};
bool time_memo_parse(struct time_memo *memo, struct span text, int utc_offset_s, int64_t *ret_us);

/* Units of numbers that have none written behind them. */
enum time_unit { UNIT_S = 0, UNIT_MS, UNIT_US, UNIT_NS };
/* "0.011", "11ms", "1.5s", "11" with its unit; µs. False when it is no length of time. */
bool log_duration_parse(struct span text, enum time_unit unit, int64_t *ret_us);

#endif
