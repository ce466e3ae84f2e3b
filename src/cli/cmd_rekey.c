#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/rekey.h"
#include "stop.h"

static void print_text(const struct rekey_summary *s)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    text_add_count(&text, s->turned);
    strbuf_add_str(&text, s->turned == 1 ? " file turned, " : " files turned, ");
    text_add_count(&text, s->already);
    strbuf_add_str(&text, " had the key already, ");
    text_add_count(&text, s->side_files);
    strbuf_add_str(&text, s->side_files == 1 ? " side file\n" : " side files\n");
    text_add_count(&text, s->pseudonyms);
    strbuf_add_str(&text, " pseudonyms: ");
    text_add_count(&text, s->anew);
    strbuf_add_str(&text, " made anew from their originals, ");
    text_add_count(&text, s->pseudonyms - s->anew);
    strbuf_add_str(&text, " covered by a second layer");
    puts(text.buf);
}

static void print_json(const struct rekey_summary *s)
{
    printf("{\"turned\": %llu, \"already\": %llu, \"side_files\": %llu, \"pseudonyms\": %llu, "
           "\"anew\": %llu}\n",
           (unsigned long long)s->turned, (unsigned long long)s->already,
           (unsigned long long)s->side_files, (unsigned long long)s->pseudonyms,
           (unsigned long long)s->anew);
}

static int rekey(const struct command *self, struct rekey_options *o, const struct common *common)
{
    struct rekey_summary summary;
    struct progress_line line;
    struct err err = ERR_INIT;
    progress_line_init(&line, common->quiet);
    o->progress = &line.progress;
    o->stop = stop_on_signal();
    int rc = rekey_run(o, &summary, &err);
    progress_line_end(&line);
    key_forget(o->key, sizeof o->key);
    if (rc < 0)
        return failed(self, &err);
    if (common->json)
        print_json(&summary);
    else if (!common->quiet)
        print_text(&summary);
    return EXIT_GO;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct rekey_options o = { 0 };
    const char *key_file = NULL;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 0, "key", "FILE", "the new key, 64 hex digits (the key in force: REHEARSE_KEY, or your own)",
          OPTION_TEXT, &key_file },
        { 0, "secrets-key", "FILE", "the key that side files are sealed with", OPTION_TEXT,
          &o.seal_key },
        { 0, "new-secrets-key", "FILE", "the key to seal them with from now on", OPTION_TEXT,
          &o.new_seal_key },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (!arguments.len)
        return usage_error(self, "expected the captures, baselines and runs of a rehearsal");
    o.paths = arguments.at;
    o.path_count = arguments.len;
    if ((key_file ? veil_key_read(o.key, key_file, &err) : veil_key_load(o.key, NULL, &err)) < 0)
        return failed(self, &err);
    return rekey(self, &o, &common);
}

const struct command command_rekey = {
    .name = "rekey",
    .arguments = "FILE…",
    .summary = "Turn a rehearsal's files to a new key of the pseudonyms",
    .text = "Name capture, baseline and run together: equal values stay equal over all of them. Whoever\n"
            "has the old key can no longer test guesses on them. A capture's side file (FILE.secrets)\n"
            "is turned with it. When it is interrupted, the same command goes on.",
    .example = "  openssl rand -hex 32 > new.key && chmod 600 new.key\n"
               "  rehearse rekey shop.capture shop.baseline staging.run --key new.key",
    .run = run,
};
