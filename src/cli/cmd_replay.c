#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/jobs.h"
#include "safety_options.h"
#include "stop.h"
#include "target_options.h"

static void print_json(const struct replay_summary *s)
{
    const struct {
        const char *name;
        uint64_t n;
    } lines[] = {
        { "planned", s->planned },
        { "sent", s->sent },
        { "skipped", s->skipped },
        { "answered", s->answered },
        { "failed", s->failed },
        { "hops", s->hops },
        { "logins", s->logins },
        { "logins_failed", s->logins_failed },
        { "login_steps", s->login_steps },
        { "renewals", s->renewals },
        { "sessions_skipped", s->sessions_skipped },
        { "sessions_planned", s->sessions_planned },
        { "sessions_ended", s->sessions_ended },
        { "sessions_resumed", s->sessions_resumed },
        { "status_same", s->status_same },
        { "status_differs", s->status_differs },
        { "values_given", s->values_given },
        { "values_kept", s->values_kept },
        { "values_missing", s->values_missing },
        { "elapsed_us", (uint64_t)s->elapsed_us },
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        printf("%s\"%s\": %llu", i ? ", " : "{", lines[i].name, (unsigned long long)lines[i].n);
    printf("}\n");
}

static void add_count(struct strbuf *out, const char *before, uint64_t n, const char *behind)
{
    strbuf_add_str(out, before);
    text_add_count(out, n);
    strbuf_add_str(out, behind);
}

static void print_text(const struct replay_summary *s)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_count(&text, "", s->planned, " planned");
    add_count(&text, " = ", s->sent, " sent");
    add_count(&text, " + ", s->skipped, " skipped\n");
    add_count(&text, "", s->answered, " answered, ");
    add_count(&text, "", s->failed, " failed, ");
    add_count(&text, "", s->status_differs, " with another status than recorded\n");
    add_count(&text, "", s->values_given, " values of staging in place of production's");
    add_count(&text, ", ", s->values_kept, " the same");
    add_count(&text, ", ", s->values_missing, " unresolved\n");
    add_count(&text, "", s->sessions_ended, " sessions");
    add_count(&text, ", ", s->logins, " logins");
    if (s->logins_failed)
        add_count(&text, " and ", s->logins_failed, " failed ones");
    if (s->sessions_skipped)
        add_count(&text, ", ", s->sessions_skipped, " sessions skipped");
    add_count(&text, ", ", s->hops, " redirects followed, ");
    text_add_duration(&text, s->elapsed_us);
    if (s->elapsed_us > 0)
        add_count(&text, ", ", (uint64_t)((double)s->sent * 1e6 / (double)s->elapsed_us), "/s");
    printf("%s\n", text.buf);
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(target_freep) struct target *target = NULL;
    struct target_options wanted = { 0 };
    struct safety_options safety = SAFETY_OPTIONS_NONE;
    struct replay_job job = { .options = { .speed = 1 } };
    struct replay_options *o = &job.options;
    AUTO(scenario_freep) struct scenario *scenario = scenario_new();
    const char *accounts = NULL;
    struct option_texts login = { 0 };
    struct replay_summary summary = { 0 };
    struct progress_line line;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "FILE", "the run to write", OPTION_TEXT, &job.out },
        { 0, "force", NULL, "replace FILE when it exists", OPTION_FLAG, &job.replace },
        TARGET_OPTIONS(wanted),
        { 0, "allow-mutations", NULL, "send POST and its kin too: staging may be changed",
          OPTION_FLAG, &wanted.allow_mutations },
        SAFETY_OPTIONS(safety),
        { 0, "accounts", "CSV", "staging accounts (username,password) for sessions that log in",
          OPTION_TEXT, &accounts },
        { 0, "login", "STEP", "how they log in (form: /login); may be repeated; else as captured",
          OPTION_TEXTS, &login },
        { 0, "secrets", "FILE", "the capture's side file: visitors' own credentials, for a staging with production's sessions",
          OPTION_TEXT, &job.secrets },
        { 0, "secrets-key", "FILE", "64 hex digits, the key that sealed it", OPTION_TEXT, &job.seal_key },
        { 0, "speed", "N", "times the recorded pace, or max (1)", OPTION_SPEED, &o->speed },
        { 0, "rate", "N", "requests a second at most", OPTION_NUMBER, &o->rate },
        { 'c', "concurrency", "N", "sessions at once (64)", OPTION_COUNT, &o->concurrency },
        { 0, "shards", "N", "threads (1)", OPTION_COUNT, &o->shards },
        { 0, "seed", "N", "for every choice there is (0)", OPTION_BIG, &o->seed },
        { 0, "timeout", "TIME", "for one exchange (30s)", OPTION_DURATION, &o->timeout_us },
        { 0, "budget", "N", "stop after so many requests", OPTION_BIG, &o->request_budget },
        { 0, "error-budget", "SHARE", "stop when this share of the last 1000 fails (50%)",
          OPTION_SHARE, &o->error_budget },
        { 0, "resume", NULL, "go on with a run that was stopped", OPTION_FLAG, &o->resume },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 1 || !job.out)
        return usage_error(self, "expected one capture and -o FILE");
    job.capture = arguments.at[0];
    if (target_of_options(&target, &wanted, "staging", false, &err) < 0 ||
        safety_of_options(&safety, target, &o->production, &err) < 0 ||
        scenario_set_identities(scenario, accounts, login.at, login.len, &err) < 0)
        return failed(self, &err);
    job.accounts = accounts;
    o->login = scenario->login.count ? &scenario->login : NULL;
    progress_line_init(&line, common.quiet);
    o->target = target;
    o->progress = &line.progress;
    o->stop = stop_on_signal();
    int rc = replay_job_run(&job, &summary, &err);
    progress_line_end(&line);
    if (rc == 0 || rc == E_STOPPED) {
        if (common.json)
            print_json(&summary);
        else if (!common.quiet)
            print_text(&summary);
    }
    return rc < 0 ? failed(self, &err) : EXIT_GO;
}

const struct command command_replay = {
    .name = "replay",
    .arguments = "F.capture --target URL -o F.run",
    .summary = "Replay a capture against a target, session by session",
    .text =
        "Each session keeps its order, its pace and its cookies. Unsafe requests are only sent\n"
        "with --allow-mutations. What was planned equals what was sent plus what was skipped.",
    .example = "  rehearse replay shop.capture --target https://staging.test --allow-mutations \\\n"
               "      --accounts accounts.csv --speed 10 -o staging.run",
    .run = run,
};
