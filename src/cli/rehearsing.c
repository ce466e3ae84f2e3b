#include "rehearsing.h"

#include <stdio.h>

#include "progress.h"
#include "report_output.h"
#include "stop.h"

struct speaker {
    struct progress_line line;
    bool quiet;
};

static void said(void *ctx, const char *text)
{
    struct speaker *speaker = ctx;
    progress_line_end(&speaker->line);
    if (!speaker->quiet)
        fprintf(stderr, "%s\n", text);
}

int rehearse_and_print(const struct command *self, struct rehearsal *rehearsal,
                       const struct common *common, struct rehearsed *ret)
{
    AUTO(compare_result_release) struct compare_result result = { .findings = FINDINGS_INIT };
    struct speaker speaker = { .quiet = common->quiet };
    struct err err = ERR_INIT;

    progress_line_init(&speaker.line, common->quiet);
    rehearsal->progress = &speaker.line.progress;
    rehearsal->said = said;
    rehearsal->ctx = &speaker;
    rehearsal->stop = stop_on_signal();
    int rc = rehearsal_run(rehearsal, &result, &err);
    progress_line_end(&speaker.line);
    *ret = (struct rehearsed){ .done = rc == 0, .product = result.product };
    if (rc < 0)
        return failed(self, &err);
    return print_verdict(&result, common, rehearsal->scenario->report_folder);
}
