#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/report/doors.h"
#include "safety_options.h"
#include "stop.h"
#include "target_options.h"

enum { ROWS_PRINTED = 200 };

static bool stands_otherwise(const struct gate_matrix *m)
{
    for (size_t r = 0; r < m->row_count; r++)
        for (size_t c = 0; c < m->column_count; c++)
            if (m->rows[r].cells[c].kind)
                return true;
    for (size_t i = 0; i < m->csrf_count; i++)
        if (m->csrf[i].asked && m->csrf[i].accepted && m->csrf[i].refused_in_production)
            return true;
    return false;
}

static void print_matrix(const struct gate_matrix *m, const struct common *common)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (common->json) {
        doors_add_json(m, &text);
        strbuf_add_char(&text, '\n');
    } else {
        doors_add_text(m, &text, ROWS_PRINTED);
        text_add_count(&text, m->requests);
        strbuf_add_str(&text, " requests, ");
        text_add_duration(&text, m->elapsed_us);
        strbuf_add_char(&text, '\n');
    }
    fwrite(text.buf, 1, text.len, stdout);
}

static int run_job(const struct command *self, struct gates_job *job, const struct common *common)
{
    AUTO(gate_matrix_release) struct gate_matrix matrix = { .arena = ARENA_INIT };
    struct progress_line line;
    struct err err = ERR_INIT;
    progress_line_init(&line, common->quiet);
    job->options.progress = &line.progress;
    job->options.stop = stop_on_signal();
    int rc = gates_job_run(job, &matrix, &err);
    progress_line_end(&line);
    if (rc < 0)
        return failed(self, &err);
    print_matrix(&matrix, common);
    return stands_otherwise(&matrix) ? EXIT_NO_GO : EXIT_GO;
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(target_freep) struct target *target = NULL;
    AUTO(scenario_freep) struct scenario *scenario = scenario_new();
    struct target_options wanted = { 0 };
    struct safety_options safety = SAFETY_OPTIONS_NONE;
    struct gates_job job = { 0 };
    struct replay_options *o = &job.options;
    struct option_texts login = { 0 }, personas = { 0 };
    bool replace = false;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "FILE", "the run to write", OPTION_TEXT, &job.out },
        { 0, "force", NULL, "replace FILE when it exists", OPTION_FLAG, &replace },
        TARGET_OPTIONS(wanted),
        { 0, "allow-mutations", NULL, "send posts without their token: staging may be changed",
          OPTION_FLAG, &wanted.allow_mutations },
        SAFETY_OPTIONS(safety),
        { 0, "run", "F.run", "the replay of the capture: tells staging's ids, and whose they are",
          OPTION_TEXT, &job.run },
        { 0, "persona", "NAME", "who asks, in a scenario's words; may be repeated", OPTION_TEXTS,
          &personas },
        { 0, "accounts", "CSV", "staging accounts (username,password,role) for members",
          OPTION_TEXT, &job.accounts },
        { 0, "login", "STEP", "how they log in (form: /login); may be repeated; else as captured",
          OPTION_TEXTS, &login },
        { 0, "rate", "N", "requests a second at most", OPTION_NUMBER, &o->rate },
        { 'c', "concurrency", "N", "sessions at once (64)", OPTION_COUNT, &o->concurrency },
        { 0, "timeout", "TIME", "for one exchange (30s)", OPTION_DURATION, &o->timeout_us },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 1 || !job.out)
        return usage_error(self, "expected one capture and -o FILE");
    if (!replace && file_exists(job.out))
        return usage_error(self, "%s exists; --force replaces it", job.out);
    job.capture = arguments.at[0];
    if (target_of_options(&target, &wanted, "staging", false, &err) < 0 ||
        safety_of_options(&safety, target, &o->production, &err) < 0 ||
        scenario_set_identities(scenario, job.accounts, login.at, login.len, &err) < 0 ||
        scenario_set_personas(scenario, personas.at, personas.len, &err) < 0)
        return failed(self, &err);
    o->login = scenario->login.count ? &scenario->login : NULL;
    o->target = target;
    job.personas = personas.len ? scenario->personas : NULL;
    job.persona_count = scenario->persona_count;
    return run_job(self, &job, &common);
}

const struct command command_gates = {
    .name = "gates",
    .arguments = "F.capture --target URL -o F.run",
    .summary = "Ask every route again as other personas: which doors opened or closed",
    .text = "Routes that visitors reached logged in, or were kept out of, are asked as anonymous,\n"
            "member, expired and tampered session, crawlers and languages, and compared with what\n"
            "production did in the capture. Posts are sent once without their token, where\n"
            "--allow-mutations is given. Exits 1 when a door stands otherwise.",
    .example =
        "  rehearse gates shop.capture --target https://staging.test --accounts accounts.csv \\\n"
        "      --run staging.run --persona anonymous --persona member --persona googlebot \\\n"
        "      --persona '{name: german, headers: {Accept-Language: de}}' -o gates.run",
    .run = run,
};
