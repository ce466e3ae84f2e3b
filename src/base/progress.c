#include "rehearse/base/progress.h"

#include <stddef.h>

void progress_report(const struct progress *progress, const struct progress_state *state)
{
    if (progress && progress->report)
        progress->report(progress->ctx, state);
}
