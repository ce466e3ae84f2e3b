#ifndef REHEARSE_CLI_PROGRESS_H
#define REHEARSE_CLI_PROGRESS_H

/*
 * Progress on stderr: a line redrawn in place on a terminal, with rate and ETA; a
 * plain line now and then elsewhere; nothing with --quiet.
 */
#include <stdbool.h>

#include "rehearse/base/progress.h"

struct progress_line {
    struct progress progress; /* give its address to the library */
    bool silent, terminal, drawn;
    int64_t began_ns, last_ns;
    const char *doing;
};

void progress_line_init(struct progress_line *line, bool silent);
/* Leave the terminal clean. */
void progress_line_end(struct progress_line *line);

#endif
