#include "commands.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "rehearsing.h"

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(scenario_freep) struct scenario *scenario = NULL;
    struct rehearsal rehearsal = { 0 };
    const char *report = NULL;
    struct rehearsed rehearsed;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "DIR", "where to write the report, instead of the scenario's", OPTION_TEXT,
          &report },
        { 0, "work", "DIR", "where to keep capture, baseline and run (.rehearse beside the report)",
          OPTION_TEXT, &rehearsal.work },
        { 0, "resume", NULL, "go on where a stopped rehearsal was", OPTION_FLAG,
          &rehearsal.resume },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 1)
        return usage_error(self, "expected one scenario file");
    if (scenario_load(&scenario, arguments.at[0], &err) < 0)
        return failed(self, &err);
    if (report)
        scenario->report_folder = report;
    rehearsal.scenario = scenario;
    return rehearse_and_print(self, &rehearsal, &common, &rehearsed);
}

const struct command command_run = {
    .name = "run",
    .arguments = "SCENARIO",
    .summary = "All of it: import, baseline, replay, compare, verdict, report",
    .text = NULL,
    .example = "  rehearse run scenarios/storefront.yaml",
    .run = run,
};
