#ifndef REHEARSE_CAPTURE_SOURCE_H
#define REHEARSE_CAPTURE_SOURCE_H

#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/capture/input.h"
#include "rehearse/http/exchange.h"

/*
 * A source turns one input file into exchanges, one at a time and in the file's
 * order, in constant memory. Every record of the file comes out as exactly one
 * item: an exchange, a skipped record with the reason, or a rejected one with
 * place and reason. Sources know nothing of sessions, files of ours or clocks.
 */
struct source;

enum source_outcome {
    SOURCE_END = 0,
    SOURCE_EXCHANGE,
    SOURCE_SKIPPED,  /* understood, and no request to replay: comment, HAR entry from the disk cache, Varnish backend side */
    SOURCE_REJECTED, /* not understood: place and reason say why */
};

struct source_item {
    struct exchange exchange; /* of SOURCE_EXCHANGE */
    uint64_t line;            /* from 1; for documents the entry's line, or 0 */
    uint64_t column;          /* from 1, bytes; 0 when the whole record is meant */
    uint64_t entry;           /* documents: the record's number from 1 (HAR entry, gor record); 0 for lines */
    struct span reason;       /* skipped, rejected: a short constant phrase that counts can be kept by */
    struct span detail;       /* rejected: what was found and what was expected; may be empty */
};

/* Zeroed means: find out. All borrowed for the life of the source. */
struct source_options {
    const char *format;     /* name of a format, or NULL: detect */
    /*
     * nginx log_format or Apache LogFormat string, as in the configuration; with format
     * "cloudfront-realtime" the names of its columns in their order; or NULL.
     */
    const char *log_format;
    const char *nginx_conf; /* path of a file to read log_format from; or NULL */
    const char *log_name;   /* which log_format of nginx_conf; NULL: the one the access_log uses, else the only one */
    /*
     * JSON lines: "role=dotted.path,…", alone or over a preset. HAProxy: what the captured
     * fields are, "host=req.0,request.User-Agent=req.1,response.Location=res.0". Or NULL.
     */
    const char *field_map;
    const char *scheme;     /* for sources that do not say; or NULL */
    const char *authority;  /* for sources that do not say; or NULL */
    int utc_offset_s;       /* for timestamps without a zone (HAProxy) */
};

struct source_format {
    const char *name;    /* "combined", "har": what --format takes */
    const char *summary; /* one line for --help */
    /*
     * How sure that `head` (the first bytes, up to 64 kB, decompressed) is of this
     * format: 0 no, 100 certain. Evidence in words goes to `evidence` when > 0.
     */
    int (*sniff)(struct span head, struct strbuf *evidence);
    int (*open)(struct source **ret, struct input *input, const struct source_options *options,
                struct err *err);
};

/* All formats, best known first; ends with a NULL name. */
extern const struct source_format *const source_formats[];

/*
 * Open `path` ("-" is standard input). With options->format NULL the format is
 * detected; its name and the evidence are appended to `evidence` either way.
 * E_FORMAT when nothing fits: the text names what was tried and how to say it.
 */
int source_open(struct source **ret, const char *path, const struct source_options *options,
                struct strbuf *evidence, struct err *err);
/*
 * The next item, everything in it allocated in `arena` (or borrowed from the
 * source until the next call: copy what must live longer). Returns a
 * source_outcome, or a negative code when the input itself fails (I/O, damaged gzip).
 */
int source_next(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err);
/* Format name and bytes read so far (compressed), for accounts and progress. */
const char *source_format_name(const struct source *source);
uint64_t source_bytes_read(const struct source *source);
uint64_t source_bytes_total(const struct source *source); /* 0 unknown */
void source_close(struct source *source);

AUTO_FREE(struct source, source_close);

#endif
