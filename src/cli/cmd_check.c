#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "rehearsing.h"

struct wishes {
    const char *report, *work, *format, *accounts, *ca, *host, *scheme;
    const char *log_format, *nginx_conf, *log_name;
    struct option_texts cookies, login;
    bool insecure, http1, allow_mutations;
    double speed;
    unsigned concurrency;
};

/* Everything a scenario needs, from two arguments. */
static struct scenario *infer(const struct wishes *w, const char **files, size_t count,
                              const char *url)
{
    struct scenario *s = scenario_new();
    s->name = "check";
    s->capture.from = arena_calloc(&s->arena, count + 1, sizeof *s->capture.from);
    for (size_t i = 0; i < count; i++)
        s->capture.from[i] = files[i];
    s->capture.from_count = count;
    s->capture.format = w->format;
    s->capture.log_format = w->log_format;
    s->capture.nginx_conf = w->nginx_conf;
    s->capture.log_name = w->log_name;
    s->capture.host = w->host;
    s->capture.scheme = w->scheme;
    if (w->cookies.len) {
        s->capture.session_cookies = arena_calloc(&s->arena, w->cookies.len + 1, sizeof(char *));
        memcpy(s->capture.session_cookies, w->cookies.at, w->cookies.len * sizeof(char *));
    }
    s->staging.given = true;
    s->staging.hosts = arena_calloc(&s->arena, 1, sizeof *s->staging.hosts);
    s->staging.hosts[0] = (struct scenario_place){ "*", url };
    s->staging.host_count = 1;
    s->staging.mutations = w->allow_mutations;
    s->staging.tls_verify = !w->insecure;
    s->staging.tls_ca = w->ca;
    s->staging.http2 = !w->http1;
    s->replay.speed = w->speed;
    s->replay.concurrency = w->concurrency;
    s->report_folder = w->report;
    s->gates = arena_calloc(&s->arena, 4, sizeof *s->gates);
    s->gate_count = verdict_default_gates(s->gates, 4);
    return s;
}

/* Only a hint: a profile is a product without its owner's rules, and those nobody can see. */
static void add_cache_hint(struct strbuf *yaml, const struct product_sign *product)
{
    if (!product)
        return;
    strbuf_addf(yaml,
                "# Production's answers have %.*s: a cache of %.*s. Where it has no rules of its "
                "own, say:\n"
                "# cache: {profile: %.*s}\n",
                SPAN_ARG(product->field), SPAN_ARG(product->product), SPAN_ARG(product->product));
}

static void print_scenario(const struct scenario *scenario, const struct product_sign *product,
                           const struct common *common)
{
    AUTO(strbuf_release) struct strbuf yaml = STRBUF_INIT;
    if (common->quiet || common->json)
        return;
    scenario_add_yaml(scenario, &yaml);
    add_cache_hint(&yaml, product);
    printf("\nThe scenario this was; save it, make it yours, and use: rehearse run "
           "scenario.yaml\n\n%s",
           yaml.buf);
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(scenario_freep) struct scenario *scenario = NULL;
    struct rehearsed rehearsed;
    struct wishes w = { .report = "rehearsal-report" };
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "DIR", "where to write the report (rehearsal-report)", OPTION_TEXT,
          &w.report },
        { 0, "work", "DIR", "where to keep capture, baseline and run (.rehearse beside the report)",
          OPTION_TEXT, &w.work },
        { 'f', "format", "NAME", "of the capture files (auto)", OPTION_TEXT, &w.format },
        { 0, "log-format", "STRING",
          "nginx log_format or Apache LogFormat, as in the configuration", OPTION_TEXT,
          &w.log_format },
        { 0, "nginx-conf", "FILE", "read the log_format from there", OPTION_TEXT, &w.nginx_conf },
        { 0, "log-name", "NAME", "which log_format of --nginx-conf", OPTION_TEXT, &w.log_name },
        { 0, "host", "NAME", "production's host, where the log does not say", OPTION_TEXT,
          &w.host },
        { 0, "scheme", "NAME", "http or https, where the log does not say", OPTION_TEXT,
          &w.scheme },
        { 0, "session-cookie", "NAME", "the cookie that tells sessions; may be repeated",
          OPTION_TEXTS, &w.cookies },
        { 0, "allow-mutations", NULL, "send POST and its kin too: staging may be changed",
          OPTION_FLAG, &w.allow_mutations },
        { 0, "accounts", "CSV", "staging accounts (username,password) for sessions that log in",
          OPTION_TEXT, &w.accounts },
        { 0, "login", "STEP", "how they log in (form: /login); may be repeated; else as captured",
          OPTION_TEXTS, &w.login },
        { 0, "speed", "N", "times the recorded pace, or max (max)", OPTION_SPEED, &w.speed },
        { 'c', "concurrency", "N", "sessions at once (64)", OPTION_COUNT, &w.concurrency },
        { 0, "ca", "FILE", "certificates to trust besides the system's", OPTION_TEXT, &w.ca },
        { 0, "insecure", NULL, "do not verify TLS certificates", OPTION_FLAG, &w.insecure },
        { 0, "http1", NULL, "HTTP/1.1 only", OPTION_FLAG, &w.http1 },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len < 2)
        return usage_error(self, "expected capture files and the URL of staging");
    scenario = infer(&w, arguments.at, arguments.len - 1, arguments.at[arguments.len - 1]);
    if (scenario_set_identities(scenario, w.accounts, w.login.at, w.login.len, &err) < 0)
        return failed(self, &err);
    struct rehearsal rehearsal = { .scenario = scenario, .work = w.work };
    code = rehearse_and_print(self, &rehearsal, &common, &rehearsed);
    if (rehearsed.done)
        print_scenario(scenario, rehearsed.product, &common);
    return code;
}

const struct command command_check = {
    .name = "check",
    .arguments = "CAPTURE-FILE… URL",
    .summary = "The first minute: traffic and a staging URL in, a report out",
    .text = "Takes any format that import takes. Unsafe requests are only sent with "
            "--allow-mutations.\n"
            "Prints the scenario it inferred, to keep and to refine.",
    .example = "  rehearse check shop.har https://staging.test",
    .run = run,
};
