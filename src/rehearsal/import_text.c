/* An import told to a person, and the import a scenario asks for. */
#include <string.h>
#include <sys/stat.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/text.h"
#include "rehearse/rehearsal/jobs.h"

void import_options_of_scenario(struct import_options *ret, const struct scenario *scenario)
{
    memset(ret, 0, sizeof *ret);
    ret->paths = scenario->capture.from;
    ret->path_count = scenario->capture.from_count;
    ret->source = (struct source_options){
        .format = scenario->capture.format,
        .log_format = scenario->capture.log_format,
        .nginx_conf = scenario->capture.nginx_conf,
        .log_name = scenario->capture.log_name,
        .field_map = scenario->capture.field_map,
        .scheme = scenario->capture.scheme,
        .authority = scenario->capture.host,
        .utc_offset_s = scenario->capture.utc_offset_s,
    };
    ret->sample = scenario->capture.sample;
    ret->session_cookies = scenario->capture.session_cookies;
    ret->idle_gap_us = scenario->capture.idle_gap_us;
    ret->strict = scenario->capture.strict;
    ret->secret_names = scenario->capture.secrets;
}

static void add_setting(struct strbuf *out, const char *name, const char *value)
{
    if (value)
        strbuf_addf(out, "%s=%s ", name, value);
}

static void add_names(struct strbuf *out, const char *name, const char *const *values)
{
    for (; values && *values; values++)
        add_setting(out, name, *values);
}

static uint64_t hash_file(const char *path, uint64_t seed)
{
    struct stat st;
    uint64_t bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
    return hash_mix(hash64_seeded(span_of(path), seed), bytes);
}

void import_options_add(struct strbuf *out, const struct import_options *options)
{
    const struct source_options *s = &options->source;
    uint64_t files = 0;
    add_setting(out, "format", s->format);
    add_setting(out, "log_format", s->log_format);
    add_setting(out, "nginx_conf", s->nginx_conf);
    add_setting(out, "log_name", s->log_name);
    add_setting(out, "fields", s->field_map);
    add_setting(out, "scheme", s->scheme);
    add_setting(out, "host", s->authority);
    add_names(out, "cookie", options->session_cookies);
    add_names(out, "secret", options->secret_names);
    add_setting(out, "originals", options->keep_secrets ? "kept" : NULL);
    for (size_t i = 0; i < options->path_count; i++)
        files = hash_file(options->paths[i], files);
    strbuf_addf(out, "utc_offset_s=%d sample=%g idle_gap_us=%lld strict=%d files=%zu:%016llx",
                s->utc_offset_s, options->sample, (long long)options->idle_gap_us, options->strict,
                options->path_count, (unsigned long long)files);
}

static void add_count(struct strbuf *out, uint64_t n, const char *what)
{
    text_add_count(out, n);
    strbuf_add_char(out, ' ');
    strbuf_add_str(out, what);
}

enum { SOURCES_TOLD = 5 };

static void add_account(struct strbuf *out, const struct import_source *source)
{
    strbuf_add_str(out, "\n          ");
    add_count(out, source->read, "read = ");
    add_count(out, source->imported, "imported + ");
    add_count(out, source->skipped, "skipped + ");
    add_count(out, source->rejected, "rejected\n");
}

static void add_source(struct strbuf *out, const struct import_source *source)
{
    strbuf_add_str(out, "import    ");
    text_add_printable(out, source->path, 300);
    strbuf_add_str(out, ": ");
    text_add_printable(out, source->format, 60);
    if (source->evidence.len) {
        strbuf_add_str(out, " (");
        text_add_printable(out, source->evidence, 300);
        strbuf_add_char(out, ')');
    }
    add_account(out, source);
}

/* Many files: the formats, how many files of each, and one account of all. */
static void add_sources_together(struct strbuf *out, const struct import_summary *summary)
{
    const struct import_source all = {
        .read = summary->read,
        .imported = summary->imported,
        .skipped = summary->skipped,
        .rejected = summary->rejected,
    };
    strbuf_add_str(out, "import    ");
    for (size_t i = 0; i < summary->source_count; i++) {
        size_t first = 0, files = 0;
        while (!span_eq(summary->sources[first].format, summary->sources[i].format))
            first++;
        if (first < i)
            continue;
        for (size_t k = i; k < summary->source_count; k++)
            files += span_eq(summary->sources[k].format, summary->sources[i].format);
        if (i)
            strbuf_add_str(out, ", ");
        add_count(out, files, files == 1 ? "file of format " : "files of format ");
        text_add_printable(out, summary->sources[i].format, 60);
    }
    add_account(out, &all);
}

static void add_reasons(struct strbuf *out, const struct import_summary *summary)
{
    for (size_t i = 0; i < summary->reason_count; i++) {
        const struct import_reason *reason = &summary->reasons[i];
        strbuf_add_str(out, "          ");
        add_count(out, reason->count, reason->rejected ? "rejected: " : "skipped: ");
        text_add_printable(out, reason->reason, 200);
        strbuf_add_char(out, '\n');
    }
    for (size_t i = 0; i < summary->place_count; i++) {
        strbuf_add_str(out, "          ");
        import_add_place(summary, i, out);
        strbuf_add_char(out, '\n');
    }
}

void import_add_text(const struct import_summary *summary, struct strbuf *out)
{
    for (size_t i = 0; summary->source_count <= SOURCES_TOLD && i < summary->source_count; i++)
        add_source(out, &summary->sources[i]);
    if (summary->source_count > SOURCES_TOLD)
        add_sources_together(out, summary);
    add_reasons(out, summary);
    strbuf_add_str(out, "          ");
    add_count(out, summary->sessions, summary->sessions == 1 ? "session" : "sessions");
    if (summary->heuristic_sessions) {
        strbuf_add_str(out, ", ");
        add_count(out, summary->heuristic_sessions, "of them told by address and user agent");
    }
    if (summary->bindings) {
        strbuf_add_str(out, "\n          ");
        add_count(out, summary->bindings,
                  summary->bindings == 1 ? "value that an earlier answer gave"
                                         : "values that earlier answers gave");
    }
    AUTO(strbuf_release) struct strbuf warnings = STRBUF_INIT;
    import_add_warnings(summary, &warnings);
    struct span rest = span_trim(strbuf_span(&warnings));
    while (rest.len) {
        strbuf_add_str(out, "\n          warning: ");
        text_add_printable(out, span_cut(&rest, '\n'), 600);
    }
}
