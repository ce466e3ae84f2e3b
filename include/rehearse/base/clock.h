#ifndef REHEARSE_BASE_CLOCK_H
#define REHEARSE_BASE_CLOCK_H

#include <stdint.h>

/*
 * The clocks, for the few who may read them: the replay loop, progress lines,
 * the commands. Everyone else receives `now` as a parameter.
 */
/* Wall clock, Unix microseconds: what captures and runs are stamped with. */
int64_t clock_now_us(void);
/* Monotonic nanoseconds: what latency is made of. Never mix the two. */
int64_t clock_now_ns(void);

#endif
