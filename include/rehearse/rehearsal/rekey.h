#ifndef REHEARSE_REHEARSAL_REKEY_H
#define REHEARSE_REHEARSAL_REKEY_H

#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/session/credential.h"

/*
 * The files of a rehearsal turned to another key: every pseudonym becomes one that the old
 * key says nothing of, and equal values stay equal, over all the files. What can and cannot
 * be gained by it: src/decisions, "Turning to a new key".
 */
struct rekey_options {
    const char *const *paths; /* captures, baselines, runs of one rehearsal */
    size_t path_count;
    unsigned char key[VEIL_KEY_BYTES]; /* the new one */
    const char *seal_key;              /* of side files (CAPTURE.secrets): a file, or NULL */
    const char *new_seal_key;          /* side files get this one; NULL: they keep theirs */
    const struct progress *progress;
    volatile const int *stop;
};

struct rekey_summary {
    uint64_t turned, already, side_files; /* files */
    uint64_t pseudonyms;                  /* different ones */
    uint64_t anew;                        /* of these: made from the original */
};

/*
 * A capture's side file is turned with it, and gives the originals. All new files are
 * written beside the old ones before the first takes its place, so that a failure or a
 * stop leaves the old ones; a file that has the new key already is left, so that
 * after a crash in between the same call goes on. E_USAGE when the key is the files' own.
 */
int rekey_run(const struct rekey_options *options, struct rekey_summary *ret, struct err *err);

#endif
