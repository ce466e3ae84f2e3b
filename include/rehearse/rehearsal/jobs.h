#ifndef REHEARSE_REHEARSAL_JOBS_H
#define REHEARSE_REHEARSAL_JOBS_H

#include "rehearse/base/err.h"
#include "rehearse/base/progress.h"
#include "rehearse/cache/product.h"
#include "rehearse/rehearsal/gates.h"
#include "rehearse/rehearsal/import.h"
#include "rehearse/rehearsal/scenario.h"
#include "rehearse/replay/replay.h"
#include "rehearse/report/ledger.h"
#include "rehearse/report/report.h"
#include "rehearse/simulate/simulate.h"

/*
 * The jobs a rehearsal is made of, each from files to a file: what the commands
 * call, and `run` and `check` chain. import.h has the first. None prints.
 */

/* A target as the scenario describes it. */
int target_of_scenario(struct target **ret, const char *name, bool production,
                       const struct scenario_target *wanted, struct err *err);

/* ---- import ---- */
/* The import a scenario asks for; everything is borrowed from it. The key is still to be loaded. */
void import_options_of_scenario(struct import_options *ret, const struct scenario *scenario);
/* What is asked for, as one line: equal lines for the same settings and files of the same size. */
void import_options_add(struct strbuf *out, const struct import_options *options);
/* The account for a person: formats with evidence, read = imported + skipped + rejected with
 * reasons, warnings. */
void import_add_text(const struct import_summary *summary, struct strbuf *out);

/* ---- baseline ---- */
struct baseline_job {
    const char *capture, *out; /* paths */
    bool replace;
    const struct target *live; /* NULL: from the recorded responses */
    double rate;               /* of a live one, requests a second; 0: 5 */
    struct replay_asks asks;   /* of a live one */
    const struct progress *progress;
    volatile const int *stop;
};
struct baseline_result {
    uint64_t exchanges, answered, skipped;
    uint64_t contract_lines;
};
int baseline_job_run(const struct baseline_job *job, struct baseline_result *ret, struct err *err);

/* ---- replay ---- */
struct replay_job {
    const char *capture, *out;
    bool replace;
    const char *accounts;          /* CSV, or NULL */
    unsigned accounts_made;        /* else so many are made, by options.registration */
    const char *secrets;           /* the capture's side file, its originals go out; or NULL */
    const char *seal_key;          /* of the side file: a file, or NULL as of seal_key_load */
    struct replay_options options; /* target and the numbers; identities are filled in by the job */
};
int replay_job_run(const struct replay_job *job, struct replay_summary *ret, struct err *err);

/* ---- compare ---- */
struct compare_job {
    const char *baseline, *run;
    const char *name;                /* for the report; NULL: the run's file name */
    const struct scenario *scenario; /* routes, ignore list, gates; NULL: defaults */
    const struct gate_matrix *gates; /* judged: its doors become findings too; or NULL */
    const struct progress *progress;
};
/* All a report says, and what it is made of; zero it, release it. */
struct compare_result {
    struct arena arena;
    struct findings findings;
    struct report_leaks leaks; /* in the arena */
    struct report_facts facts; /* everything in it is owned here */
    struct gate gates[32];
    /* By which field production's answers show the product in front, where the scenario names none;
     * or NULL. Static. */
    const struct product_sign *product;
    struct write_ledger ledger;         /* of the run's unsafe requests */
    struct gate_matrix doors;     /* of a whole rehearsal, where facts.gates is set */
    struct simulation simulation; /* of a whole rehearsal, where facts.simulation is set */
};
int compare_job_run(const struct compare_job *job, struct compare_result *ret, struct err *err);
void compare_result_release(struct compare_result *result);

/* ---- simulate ---- */
/*
 * The caches of both sides: the scenario's, or what CDNs have in common, with the
 * whole URL as key. `scenario` may be NULL, and outlives the caches.
 */
void simulate_caches(struct simulate_cache ret[2], const struct scenario *scenario);
/* The product that the answers in this file show by their fields, to be suggested; NULL when none.
 */
int simulate_product(const char *path, const struct product_sign **ret, struct err *err);

/* ---- all of it ---- */
struct rehearsal {
    const struct scenario *scenario;
    const char *work; /* folder for capture, baseline and run; made 0700. NULL: ".rehearse" beside
                         the report folder */
    bool resume;      /* keep what is there and go on */
    const struct progress *progress;
    volatile const int *stop;
    /* Called as each part ends, with a line for a person; may be NULL. */
    void (*said)(void *ctx, const char *line);
    void *ctx;
};
/* The report is written even when the verdict is no-go; `ret` as of compare_job_run. */
int rehearsal_run(const struct rehearsal *rehearsal, struct compare_result *ret, struct err *err);

#endif
