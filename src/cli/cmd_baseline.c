#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/jobs.h"
#include "stop.h"
#include "target_options.h"

static void print_result(const struct common *common, const struct baseline_result *result,
                         const char *out)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (common->json) {
        printf("{\"exchanges\": %llu, \"answered\": %llu, \"skipped\": %llu, \"contract_lines\": "
               "%llu}\n",
               (unsigned long long)result->exchanges, (unsigned long long)result->answered,
               (unsigned long long)result->skipped, (unsigned long long)result->contract_lines);
        return;
    }
    if (common->quiet)
        return;
    text_add_count(&text, result->answered);
    strbuf_add_str(&text, " answers of production");
    if (result->skipped) {
        strbuf_add_str(&text, ", ");
        text_add_count(&text, result->skipped);
        strbuf_add_str(&text, " requests not asked");
    }
    strbuf_add_str(&text, "; ");
    text_add_count(&text, result->contract_lines);
    strbuf_add_str(&text, " lines of contract");
    printf("%s: %s\n", out, text.buf);
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(target_freep) struct target *target = NULL;
    struct target_options wanted = { 0 };
    struct baseline_job job = { 0 };
    struct baseline_result result;
    struct progress_line line;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "FILE", "the baseline to write", OPTION_TEXT, &job.out },
        { 0, "force", NULL, "replace FILE when it exists", OPTION_FLAG, &job.replace },
        TARGET_OPTIONS(wanted),
        { 0, "rate", "N", "requests a second at most, when asking live (5)", OPTION_NUMBER,
          &job.rate },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 1 || !job.out)
        return usage_error(self, "expected one capture and -o FILE");
    job.capture = arguments.at[0];
    if ((wanted.target || wanted.hosts.len) &&
        target_of_options(&target, &wanted, "production", true, &err) < 0)
        return failed(self, &err);
    job.live = target;
    job.stop = stop_on_signal();
    progress_line_init(&line, common.quiet);
    job.progress = &line.progress;
    int rc = baseline_job_run(&job, &result, &err);
    progress_line_end(&line);
    if (rc < 0)
        return failed(self, &err);
    print_result(&common, &result, job.out);
    return EXIT_GO;
}

const struct command command_baseline = {
    .name = "baseline",
    .arguments = "F.capture -o F.baseline [--target URL]",
    .summary = "What production answers: as recorded, or asked live",
    .text =
        "Without a target the responses recorded in the capture are the baseline. With one,\n"
        "production is asked: safe methods only, slowly, and never with a visitor's credentials.",
    .example =
        "  rehearse baseline shop.capture -o shop.baseline\n"
        "  rehearse baseline shop.capture --target https://shop.example --rate 2 -o live.baseline",
    .run = run,
};
