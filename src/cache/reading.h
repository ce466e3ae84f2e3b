#ifndef REHEARSE_SRC_CACHE_READING_H
#define REHEARSE_SRC_CACHE_READING_H

#include "rehearse/cache/directives.h"

/* Reading directives the way a policy does: what directives.c gives obeyed.c. */
struct reading {
    struct directives *d;
    const struct cache_policy *policy; /* how what is wrong is taken */
    unsigned line;                     /* which line of the field it is */
};

/* One line of a field, behind what earlier lines said. */
void directives_read_line(const struct reading *r, struct span value,
                          enum directive_dialect dialect);
/* Of a Surrogate-Control line, what is for us by name: after all lines were read for all. */
void directives_read_ours(const struct reading *r, struct span value);
/* When all is read. */
void directives_note_conflict(struct directives *d);

#endif
