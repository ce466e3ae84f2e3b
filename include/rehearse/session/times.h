#ifndef REHEARSE_SESSION_TIMES_H
#define REHEARSE_SESSION_TIMES_H

#include "rehearse/http/exchange.h"

/*
 * Times in a request that count from the moment it was made: an expiry, a timestamp, a day
 * chosen from a calendar. Replayed as they are they lie in the past; they move by as
 * much as the replay came later.
 *
 * A value is taken for such a time when its name says so ("expires", "ts", "valid_until",
 * "delivery_date") and it lies within two years of the recording: Unix seconds or
 * milliseconds, RFC 3339 with its zone, or a date alone, which moves by whole days and in
 * writes only, where it names a day to come. A URL with a signature stays as it
 * is: another time would break it.
 */

/*
 * Move the times of query, form and JSON body. `recorded_us` is when the request was
 * recorded (Unix microseconds, 0 unknown: nothing moves), `now_us` when it goes out. Changed
 * parts are in `arena`. Returns how many moved.
 */
unsigned times_shift(struct http_request *request, int64_t recorded_us, int64_t now_us,
                     struct arena *arena);

#endif
