#ifndef REHEARSE_REHEARSAL_SECRET_SCAN_H
#define REHEARSE_REHEARSAL_SECRET_SCAN_H

#include "rehearse/base/arena.h"
#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/session/secret_signs.h"

/*
 * Any output of a rehearsal looked through for secrets: captures, baselines and runs
 * exchange by exchange and value by value, everything else as bytes. Memory does not
 * grow with the outputs.
 */
struct secret_scan_options {
    const char *const *paths; /* files and folders */
    size_t path_count;
    const char *accounts;  /* CSV whose values must not occur either; or NULL */
    const char *originals; /* a side file whose originals must not occur; or NULL */
    const char *seal_key;  /* its key's file, or NULL as of seal_key_load */
    const char *key;       /* the pseudonyms' key: every word of the outputs is held against the
                              pseudonyms in them; or NULL */
    const struct progress *progress; /* or NULL */
    volatile const int *stop;        /* or NULL */
};

/* One kind of secret at one kind of place; the value itself is not kept. */
struct secret_found {
    enum secret_sign sign;
    struct span file, place, name, shown; /* shown: masked, with its length */
    uint64_t count;
};

enum { SECRETS_LISTED = 200 }; /* further kinds of places are counted only */

struct secret_scan {
    struct arena arena; /* holds all texts below */
    struct secret_found found[SECRETS_LISTED];
    size_t found_count;
    uint64_t secrets; /* all occurrences, listed or not */
    /* What was looked at. */
    uint64_t files, bytes, stores, exchanges, values, side_files;
    uint64_t known, too_short; /* secrets that were looked for; that are too short for it */
};

/* Zero `ret`, release its arena. 0 also when secrets were found: see ret->secrets. */
int secret_scan_run(const struct secret_scan_options *options, struct secret_scan *ret,
                    struct err *err);
void secret_scan_add_text(const struct secret_scan *scan, struct strbuf *out);
void secret_scan_add_json(const struct secret_scan *scan, struct strbuf *out);

#endif
