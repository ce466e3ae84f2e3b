#ifndef REHEARSE_BASE_PROGRESS_H
#define REHEARSE_BASE_PROGRESS_H

#include <stdint.h>

/*
 * How long work says how far it is. The library reports, the command draws.
 * `report` is called often and from the calling thread; it decides itself how
 * rarely it draws. A zeroed struct is silence.
 */
struct progress_state {
    const char *doing; /* "import", "replay", … */
    const char *unit;  /* "lines", "requests", … */
    uint64_t done;
    uint64_t total;                   /* 0: not known */
    uint64_t bytes_done, bytes_total; /* where the count is not known beforehand; else 0 */
    const char *note;                 /* a few words, or NULL; valid during the call */
};

struct progress {
    void (*report)(void *ctx, const struct progress_state *state);
    void *ctx; /* borrowed */
};

void progress_report(const struct progress *progress, const struct progress_state *state);

#endif
