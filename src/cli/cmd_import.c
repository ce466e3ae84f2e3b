#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/jobs.h"
#include "stop.h"

/* Wishes that need more than an option's own reading. */
struct import_wishes {
    struct option_texts hosts, paths, methods, statuses, sessions, cookies, secrets;
    const char *key_file, *seal_key_file;
    bool keep_secrets;
    uint64_t session_ids[OPTION_TEXTS_MAX];
};

static bool parse_session(const char *text, uint64_t *ret)
{
    struct span hex = span_of(text);
    uint64_t id = 0;
    for (size_t i = 0; i < hex.len; i++) {
        if (char_hex(hex.ptr[i]) < 0)
            return false;
        id = id << 4 | (uint64_t)char_hex(hex.ptr[i]);
    }
    *ret = id;
    return hex.len > 0 && hex.len <= 16;
}

static const char *const *list_or_null(const struct option_texts *texts)
{
    return texts->len ? texts->at : NULL;
}

static int put_wishes(const struct command *self, struct import_options *options,
                      struct import_wishes *wishes)
{
    options->filter.hosts = list_or_null(&wishes->hosts);
    options->filter.paths = list_or_null(&wishes->paths);
    options->filter.methods = list_or_null(&wishes->methods);
    options->filter.statuses = list_or_null(&wishes->statuses);
    options->session_cookies = list_or_null(&wishes->cookies);
    options->secret_names = list_or_null(&wishes->secrets);
    options->filter.sessions = wishes->session_ids;
    for (size_t i = 0; i < wishes->sessions.len; i++)
        if (!parse_session(wishes->sessions.at[i], &wishes->session_ids[options->filter.session_count++]))
            return usage_error(self, "--session: found \"%s\", expected up to 16 hex digits",
                               wishes->sessions.at[i]);
    return -1;
}

static void print_json(const struct import_summary *s)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_addf(&out, "{\"read\": %llu, \"imported\": %llu, \"skipped\": %llu, \"rejected\": %llu, \"sessions\": %llu, \"bindings\": %llu, \"sources\": [",
                (unsigned long long)s->read, (unsigned long long)s->imported,
                (unsigned long long)s->skipped, (unsigned long long)s->rejected,
                (unsigned long long)s->sessions, (unsigned long long)s->bindings);
    for (size_t i = 0; i < s->source_count; i++) {
        strbuf_add_str(&out, i ? ", {\"path\": " : "{\"path\": ");
        json_add_string(&out, s->sources[i].path);
        strbuf_add_str(&out, ", \"format\": ");
        json_add_string(&out, s->sources[i].format);
        strbuf_add_str(&out, ", \"evidence\": ");
        json_add_string(&out, s->sources[i].evidence);
        strbuf_add_char(&out, '}');
    }
    strbuf_add_str(&out, "], \"reasons\": [");
    for (size_t i = 0; i < s->reason_count; i++) {
        strbuf_addf(&out, "%s{\"outcome\": \"%s\", \"count\": %llu, \"reason\": ", i ? ", " : "",
                    s->reasons[i].rejected ? "rejected" : "skipped",
                    (unsigned long long)s->reasons[i].count);
        json_add_string(&out, s->reasons[i].reason);
        strbuf_add_char(&out, '}');
    }
    printf("%s]}\n", out.buf);
}

static int import(const struct command *self, struct import_options *options,
                  const struct common *common)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct import_summary summary = { 0 };
    struct progress_line line;
    struct err err = ERR_INIT;

    progress_line_init(&line, common->quiet);
    options->progress = &line.progress;
    options->stop = stop_on_signal();
    int rc = import_run(options, &summary, &err);
    progress_line_end(&line);
    if (rc == 0 && common->json) {
        print_json(&summary);
    } else if (rc == 0 && !common->quiet) {
        import_add_text(&summary, &text);
        printf("%s\n", text.buf);
    }
    import_summary_release(&summary);
    return rc < 0 ? failed(self, &err) : EXIT_GO;
}

static void print_formats(void)
{
    printf("\nFormats:\n");
    for (size_t i = 0; source_formats[i] && source_formats[i]->name; i++)
        printf("  %-30s %s\n", source_formats[i]->name, source_formats[i]->summary);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct import_options o = { 0 };
    struct import_wishes w = { 0 };
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    AUTO(strbuf_release) struct strbuf side = STRBUF_INIT;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 'o', "output", "FILE", "the capture to write", OPTION_TEXT, &o.out },
        { 0, "force", NULL, "replace FILE when it exists", OPTION_FLAG, &o.replace },
        { 'f', "format", "NAME", "of the inputs, or auto (auto); the names stand below", OPTION_TEXT, &o.source.format },
        { 0, "log-format", "STRING", "nginx log_format or Apache LogFormat, as in the configuration", OPTION_TEXT, &o.source.log_format },
        { 0, "nginx-conf", "FILE", "read the log_format from there", OPTION_TEXT, &o.source.nginx_conf },
        { 0, "log-name", "NAME", "which log_format of --nginx-conf", OPTION_TEXT, &o.source.log_name },
        { 0, "fields", "MAP", "JSON lines: \"role=dotted.path,…\"", OPTION_TEXT, &o.source.field_map },
        { 0, "scheme", "NAME", "http or https, where the source does not say", OPTION_TEXT, &o.source.scheme },
        { 0, "host", "NAME", "production's host, where the source does not say", OPTION_TEXT, &o.source.authority },
        { 0, "session-cookie", "NAME", "the cookie that tells sessions; may be repeated", OPTION_TEXTS, &w.cookies },
        { 0, "idle-gap", "TIME", "a visitor silent for so long begins a new session (30m)", OPTION_DURATION, &o.idle_gap_us },
        { 0, "sample", "SHARE", "keep this share of the visitors, whole sessions", OPTION_SHARE, &o.sample },
        { 0, "only-host", "NAME", "keep this host; may be repeated, as the following", OPTION_TEXTS, &w.hosts },
        { 0, "only-path", "PREFIX", "keep paths that start so, or match with *", OPTION_TEXTS, &w.paths },
        { 0, "only-method", "NAME", "keep this method", OPTION_TEXTS, &w.methods },
        { 0, "only-status", "STATUS", "keep 404, 5xx, 400-499", OPTION_TEXTS, &w.statuses },
        { 0, "only-session", "ID", "keep this session", OPTION_TEXTS, &w.sessions },
        { 0, "from", "TIME", "keep what began then or later", OPTION_TIME, &o.filter.from_us },
        { 0, "to", "TIME", "keep what began before", OPTION_TIME, &o.filter.to_us },
        { 0, "secret", "NAME", "a field, cookie or parameter to treat as a credential; may be repeated", OPTION_TEXTS, &w.secrets },
        { 0, "key", "FILE", "64 hex digits, the key of the pseudonyms", OPTION_TEXT, &w.key_file },
        { 0, "keep-secrets", NULL, "also write FILE.secrets: the originals, sealed, for a staging that shares production's sessions", OPTION_FLAG, &w.keep_secrets },
        { 0, "secrets-key", "FILE", "64 hex digits, the key that seals them", OPTION_TEXT, &w.seal_key_file },
        { 0, "strict", NULL, "the first rejected record is fatal", OPTION_FLAG, &o.strict },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code < 0)
        code = put_wishes(self, &o, &w);
    if (code >= 0)
        return code;
    if (!arguments.len || !o.out)
        return usage_error(self, "expected files to import and -o FILE");
    if (o.source.format && span_eq(span_of(o.source.format), SPAN("auto")))
        o.source.format = NULL;
    o.paths = arguments.at;
    o.path_count = arguments.len;
    if (w.seal_key_file && !w.keep_secrets)
        return usage_error(self, "--secrets-key goes with --keep-secrets");
    if (veil_key_load(o.key, w.key_file, &err) < 0 ||
        (w.keep_secrets && seal_key_load(o.seal_key, w.seal_key_file, true, &err) < 0))
        return failed(self, &err);
    strbuf_addf(&side, "%s.secrets", o.out);
    o.keep_secrets = w.keep_secrets ? side.buf : NULL;
    code = import(self, &o, &common);
    key_forget(o.key, sizeof o.key);
    key_forget(o.seal_key, sizeof o.seal_key);
    return code;
}

const struct command command_import = {
    .name = "import",
    .arguments = "LOG… -o F.capture",
    .summary = "Logs to a capture: any access log, HAR, GoReplay, Proxy Verifier",
    .text = "Files may be plain, .gz or .zst; \"-\" is standard input. Several files are merged in time order.\n"
            "Every record is accounted for: imported, skipped with a reason, or rejected with its place.",
    .example = "  rehearse import access.log.1.gz access.log --host shop.example -o shop.capture\n"
               "  rehearse import app.log --log-format '$remote_addr [$time_local] \"$request\" $status' -o shop.capture",
    .more_help = print_formats,
    .run = run,
};
