#ifndef REHEARSE_REHEARSAL_IMPORT_H
#define REHEARSE_REHEARSAL_IMPORT_H

#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/capture/source.h"
#include "rehearse/session/credential.h"

/*
 * Logs into a capture: all sources merged in time order, grouped into sessions,
 * sampled by whole visitors, filtered, veiled and stored, with every record
 * accounted for: read = imported + skipped + rejected, each source for itself.
 * Streaming: memory does not grow with the input.
 */

/* What to keep; all that is given must hold. Zeroed: everything. Lists are NULL-terminated, or
 * NULL. */
struct import_filter {
    const char *const
        *hosts; /* "shop.example", "*.example"; with a port only where given: "shop.example:8080" */
    const char *const *paths;   /* a prefix, "/products/"; one with '*' stands for the whole path */
    const char *const *methods; /* "GET" */
    const char *const *statuses; /* "404", "5xx", "400-499" */
    int64_t from_us, to_us;      /* Unix microseconds, from included, to excluded; 0 open */
    const uint64_t *sessions;    /* ids, as the capture shows them */
    size_t session_count;
};

struct import_options {
    const char *const *paths; /* of the inputs; "-" is standard input */
    size_t path_count;
    struct source_options source;
    const char *out;
    bool replace;  /* out may exist */
    double sample; /* share of the visitors to keep; 0 and 1: all */
    struct import_filter filter;
    const char *const *session_cookies; /* NULL-terminated; NULL: the known ones */
    int64_t idle_gap_us;                /* 0: the default of grouping */
    bool strict;                        /* the first rejected record is fatal */
    unsigned char key[VEIL_KEY_BYTES];  /* of the pseudonyms: veil_key_load */
    const char *const *secret_names;    /* NULL-terminated, or NULL */
    const char *keep_secrets; /* a sealed side file for the originals of the pseudonyms; NULL: none */
    unsigned char seal_key[SEAL_KEY_BYTES]; /* of the side file: seal_key_load */
    const char *said; /* what was asked for, to be kept in the file: import_options_add(); or NULL */
    const struct progress *progress; /* or NULL */
    volatile const int *stop;        /* non-zero ends it (E_STOPPED), no file is left; or NULL */
};

struct import_source {
    struct span path, format, evidence;
    uint64_t read, imported, skipped, rejected;
};

/* Records of one source that were skipped or rejected for one reason. */
struct import_reason {
    size_t source; /* index */
    bool rejected;
    struct span reason;
    uint64_t count;
};

/* Where a record was rejected. */
struct import_place {
    size_t source;
    uint64_t line, column, entry; /* 0: does not apply */
    struct span reason, detail;
};

enum { IMPORT_PLACES = 10 };

struct import_summary {
    struct arena arena; /* holds all texts below */
    struct import_source *sources;
    size_t source_count;
    struct import_reason *reasons;
    size_t reason_count, reason_cap;
    struct import_place places[IMPORT_PLACES]; /* the first ones */
    size_t place_count;

    uint64_t read, imported, skipped, rejected;
    uint64_t sessions,
        heuristic_sessions; /* told by address and user agent: several people may share one */
    uint64_t bindings; /* values of requests that earlier answers of their session gave */
    int64_t first_us, last_us;

    /* Of the imported exchanges: what the recording lacks. */
    uint64_t credentials_masked; /* masked or dropped by whoever recorded */
    uint64_t cookies_unknown;    /* the source does not record the Cookie field */
    uint64_t no_host;            /* neither the source nor the options say which host */
    uint64_t no_status;          /* no recorded response at all */
    uint64_t no_response_fields; /* no response field is known */
    uint64_t fields_cut;         /* repeated fields cut to the first */
    uint64_t bodies_missing;     /* a request body that was sent and not recorded */
    uint64_t aborted, recorded_304, from_browser_cache, preflights;
};

/*
 * Run an import. The capture is finished when 0 comes back; on failure no file is
 * left. E_USAGE when there is nothing to read, an input is named twice, or `out`
 * exists or is one of the inputs; E_FORMAT when a source is of no known format, or
 * with `strict` for the first rejected record. The summary must be zeroed before; it
 * is filled in as far as the import came either way, and released by the caller.
 */
int import_run(const struct import_options *options, struct import_summary *ret, struct err *err);
void import_summary_release(struct import_summary *summary);

/* "access.log:12:34: reason: detail", one rejected place. */
void import_add_place(const struct import_summary *summary, size_t place, struct strbuf *out);
/*
 * What the user must know about this capture before believing a report made of
 * it, one line each, the gravest first; nothing when all is well. The same lines
 * are kept in the file's facts as "warning.1", ….
 */
void import_add_warnings(const struct import_summary *summary, struct strbuf *out);

#endif
