/*
 * The table of formats, and the choice among them: every format gives its score
 * for the first bytes, the best one wins.
 */
#include "source_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"

#include "formats.h"

const struct source_format *const source_formats[] = {
    &format_combined,
    &format_common,
    &format_vhost_combined,
    &format_nginx_main,
    &format_log_format,
    &format_nginx_json,
    &format_json,
    &format_har,
    &format_gor,
    &format_proxy_verifier,
    &format_varnishncsa,
    &format_varnishncsa_json,
    &format_haproxy,
    &format_haproxy_json,
    &format_caddy,
    &format_traefik,
    &format_traefik_json,
    &format_envoy,
    &format_envoy_json,
    &format_cloudfront,
    &format_cloudfront_realtime,
    &format_cloudfront_json,
    &format_cloudflare,
    &format_fastly,
    &format_akamai,
    &format_alb,
    &format_gcp,
    &format_squid,
    &format_w3c,
    NULL,
};

enum { SNIFF_BYTES = 64 * 1024, LIKELY_ENOUGH = 30 };

static const struct source_format *format_named(const char *name)
{
    for (size_t i = 0; source_formats[i]; i++)
        if (strcmp(source_formats[i]->name, name) == 0)
            return source_formats[i];
    return NULL;
}

static void add_names(struct strbuf *out)
{
    for (size_t i = 0; source_formats[i]; i++)
        strbuf_addf(out, "%s%s", i ? ", " : "", source_formats[i]->name);
}

static int unknown_name(const char *name, struct err *err)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    add_names(&names);
    return err_set(err, E_USAGE, "no format is named \"%s\"; there are %s", name, names.buf);
}

static int nothing_fits(const struct input *input, struct span head, struct err *err)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf front = STRBUF_INIT;
    struct span line = head;
    line = span_cut(&line, '\n');
    if (head.len == 0)
        return err_set(err, E_FORMAT, "%s: the file is empty", input_path(input));
    add_names(&names);
    text_add_printable(&front, line, 100);
    return err_set(err, E_FORMAT,
                   "%s: the format is not recognised; it begins with \"%s\". Say it with --format "
                   "(tried: %s), or give the nginx log_format or Apache LogFormat "
                   "string it was written with: --log-format STRING, or --nginx-conf FILE",
                   input_path(input), front.buf, names.buf);
}

/* The best score; what it saw is appended to `evidence`. */
static const struct source_format *detect(struct span head, struct strbuf *evidence)
{
    AUTO(strbuf_release) struct strbuf best_words = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    const struct source_format *best = NULL;
    int best_score = LIKELY_ENOUGH - 1;
    for (size_t i = 0; source_formats[i]; i++) {
        strbuf_clear(&words);
        int score = source_formats[i]->sniff(head, &words);
        if (score <= best_score)
            continue;
        best = source_formats[i];
        best_score = score;
        strbuf_clear(&best_words);
        strbuf_add_span(&best_words, strbuf_span(&words));
    }
    if (best)
        strbuf_addf(evidence, "%s: %s", best->name, best_words.buf);
    return best;
}

static int choose(const struct source_format **ret, struct input *input,
                  const struct source_options *options, struct strbuf *evidence, struct err *err)
{
    struct span head;
    const char *name = options->format;
    const char *why = "as asked";
    if (!name && options->log_format) {
        name = format_log_format.name;
        why = "by the log format given";
    } else if (!name && options->nginx_conf) {
        name = format_log_format.name;
        why = "by the log_format of the nginx configuration given";
    } else if (!name && options->field_map) {
        name = format_json.name;
        why = "by the field map given";
    }
    if (name) {
        *ret = format_named(name);
        if (!*ret)
            return unknown_name(name, err);
        strbuf_addf(evidence, "%s: %s", name, why);
        return 0;
    }
    int rc = input_peek(input, SNIFF_BYTES, &head, err);
    if (rc < 0)
        return rc;
    *ret = detect(head, evidence);
    return *ret ? 0 : nothing_fits(input, head, err);
}

int source_open(struct source **ret, const char *path, const struct source_options *options,
                struct strbuf *evidence, struct err *err)
{
    AUTO(input_closep) struct input *input = NULL;
    const struct source_format *format = NULL;
    int rc = input_open(&input, path, err);
    if (rc < 0)
        return rc;
    rc = choose(&format, input, options, evidence, err);
    if (rc < 0)
        return rc;
    rc = format->open(ret, input, options, err);
    if (rc < 0)
        return rc;
    input = NULL; /* handed over */
    return 0;
}

int source_next(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err)
{
    *ret = (struct source_item){ .exchange = exchange_blank() };
    return source->ops->next(source, ret, arena, err);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->ops && source->ops->release)
        source->ops->release(source);
    input_close(source->input);
    free(source);
}

const char *source_format_name(const struct source *source)
{
    return source->format->name;
}

uint64_t source_bytes_read(const struct source *source)
{
    return input_bytes_read(source->input);
}

uint64_t source_bytes_total(const struct source *source)
{
    return input_bytes_total(source->input);
}

void source_init(struct source *source, const struct source_ops *ops,
                 const struct source_format *format, struct input *input,
                 const struct source_options *options)
{
    assert(ops && ops->next && format && input);
    source->ops = ops;
    source->format = format;
    source->input = input;
    source->options = *options;
}

int source_skip(struct source_item *item, struct span reason)
{
    item->reason = reason;
    return SOURCE_SKIPPED;
}

int source_reject(struct source_item *item, uint64_t column, struct span reason, struct span detail)
{
    item->column = column;
    item->reason = reason;
    item->detail = detail;
    return SOURCE_REJECTED;
}
