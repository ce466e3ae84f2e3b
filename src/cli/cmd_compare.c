#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "report_output.h"

/* As `run` does: which cache is taken for which side, and what of its configuration is not heeded.
 */
static void say_cache(const struct scenario *scenario, const struct common *common)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (!scenario || common->quiet)
        return;
    scenario_add_cache_text(scenario, &text);
    if (text.len)
        fprintf(stderr, "%s\n", text.buf);
}

static int compare(const struct command *self, struct compare_job *job, const char *folder,
                   const char *scenario_path, const struct common *common)
{
    AUTO(compare_result_release) struct compare_result result = { .findings = FINDINGS_INIT };
    AUTO(scenario_freep) struct scenario *scenario = NULL;
    struct progress_line line;
    struct err err = ERR_INIT;

    if (scenario_path && scenario_load(&scenario, scenario_path, &err) < 0)
        return failed(self, &err);
    job->scenario = scenario;
    say_cache(scenario, common);
    progress_line_init(&line, common->quiet);
    job->progress = &line.progress;
    int rc = compare_job_run(job, &result, &err);
    progress_line_end(&line);
    if (rc == 0 && folder)
        rc = report_write(&result.facts, folder, &err);
    return rc < 0 ? failed(self, &err) : print_verdict(&result, common, folder);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct compare_job job = { 0 };
    const char *folder = NULL, *scenario = NULL;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    const struct option options[] = {
        { 'o', "output", "DIR", "where to write the report", OPTION_TEXT, &folder },
        { 0, "name", "TEXT", "what the report is called", OPTION_TEXT, &job.name },
        { 0, "scenario", "FILE", "routes, gates and the ignore list from a scenario", OPTION_TEXT,
          &scenario },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 2)
        return usage_error(self, "expected a baseline and a run");
    job.baseline = arguments.at[0];
    job.run = arguments.at[1];
    return compare(self, &job, folder, scenario, &common);
}

const struct command command_compare = {
    .name = "compare",
    .arguments = "F.baseline F.run -o DIR",
    .summary = "Compare a run with a baseline, or two runs; report and verdict",
    .text = "What production itself varies in is learned from the baseline and is no finding.",
    .example = "  rehearse compare shop.baseline staging.run -o report/",
    .run = run,
};
