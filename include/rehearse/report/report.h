#ifndef REHEARSE_REPORT_REPORT_H
#define REHEARSE_REPORT_REPORT_H

#include "rehearse/base/err.h"
#include "rehearse/report/leaks.h"
#include "rehearse/compare/gate_matrix.h"
#include "rehearse/verdict/verdict.h"

/*
 * The report: what a team attaches to its release. One set of facts, several
 * writers; each writer is a pure function of the facts, so the same facts give
 * the same bytes. Everything in the facts may come from a hostile log or server:
 * writers show it inert and cut.
 */
struct report_account {  /* what went in equals what came out plus what was skipped */
    struct span source;  /* file name as given, never a full path of somebody's machine */
    struct span outcome; /* "imported", "skipped", "rejected", "not in sample", … */
    struct span reason;
    uint64_t count;
};

/* Visits as a whole: a session went as in production when staging answered each of its requests with
 * the status that production had answered. */
struct session_outcomes {
    uint64_t sessions, as_in_production;
    /* Of these, of visitors that were logged in at some time. */
    uint64_t members, members_as_in_production;
};

struct write_ledger;

/* A value of a request, and the earlier answer of its visit that gave it. */
struct report_binding {
    struct span request; /* "POST /cart/lines/{}/remove" */
    uint32_t seq, source_seq;
    bool by_shape;            /* the answer was not recorded: staging's own pages tell */
    struct span sink, source; /* places, as session/value_place.h writes them */
};
struct report_unresolved {
    struct span what; /* "POST /cart/lines/{}/remove: path:3, from link:/cart/…" */
    uint64_t count;
};
/* How values that production had given came to be staging's. */
struct report_bindings {
    uint64_t given, kept, missing; /* as struct replay_summary has them */
    struct report_unresolved *unresolved; /* the most frequent first */
    size_t unresolved_count;
    uint64_t unresolved_beyond; /* of further kinds */
    uint64_t session;           /* whose bindings `graph` shows: the visit with most of them */
    struct report_binding *graph;
    size_t graph_count;
};

struct simulation;

struct report_facts {
    struct span name; /* of the scenario, or of the capture */
    struct span tool; /* "rehearse 0.1.0" */
    struct span production,
        staging; /* what was compared, in words: "recorded in access.log", "https://…" */
    int64_t captured_first_us, captured_last_us; /* 0 unknown */
    int64_t replayed_first_us, replayed_last_us; /* 0 unknown */
    const struct report_account *accounts;       /* import */
    size_t account_count;
    const struct report_account *skipped; /* replay: planned = sent + skipped with reasons */
    size_t skipped_count;
    uint64_t failed; /* exchanges sent without a complete response */
    struct session_outcomes outcomes;
    struct report_bindings bindings;
    struct verdict verdict;
    const struct findings *findings;
    struct comparison_summary summary;
    const struct report_leaks *leaks;          /* NULL: of no run */
    const struct write_ledger *ledger;         /* NULL: of no run */
    const struct simulation *simulation; /* NULL: none was made */
    const struct gate_matrix *gates;     /* judged; NULL: nobody was asked again */
};

struct report_writer {
    const char *file;    /* "index.html" */
    const char *summary; /* one line for --help */
    void (*write)(const struct report_facts *facts, struct strbuf *out);
};

/* index.html, report.md, findings.json, junit.xml; ends with a NULL file. */
extern const struct report_writer *const report_writers[];

/* All of them into `folder`, made if need be; each file appears whole or not at all. */
int report_write(const struct report_facts *facts, const char *folder, struct err *err);

/* For the terminal: verdict, coverage, the findings by severity; at most `max` findings. */
void report_add_text(const struct report_facts *facts, struct strbuf *out, size_t max, bool color);

#endif
