#ifndef REHEARSE_STORE_STORE_H
#define REHEARSE_STORE_STORE_H

#include "rehearse/base/err.h"
#include "rehearse/http/exchange.h"

/*
 * Capture, baseline and run files: one SQLite format, and the only SQL in the
 * program. The schema is documented in src/store/schema.c and each file is open to
 * the `sqlite3` shell through its views (`exchange`, `session`). Runs and baselines
 * are journals (WAL, readable while they grow); a capture is written once and
 * cannot be opened before it is finished.
 *
 * Shape: texts (methods, targets, field lines, …) are interned in `text`, bodies
 * in `body`; the exchanges of a session are kept in segments, each one row whose
 * value is a JSON array of small integers, one array per exchange. A segment is
 * written when it is worth a row, so that a million exchanges cost far fewer.
 *
 * A store is used from one thread at a time. Files are made 0600.
 */
struct store;

enum store_kind { STORE_CAPTURE = 1, STORE_RUN = 2, STORE_BASELINE = 3 };

/* The name a person knows: "capture", "run", "baseline". */
const char *store_kind_name(enum store_kind kind);

/* A new file; E_USAGE when `path` exists, unless `replace`. */
int store_create(struct store **ret, const char *path, enum store_kind kind, bool replace,
                 struct err *err);
/*
 * An existing one. E_NOT_FOUND; E_DAMAGED, also for a capture whose import was
 * interrupted; E_FORMAT when it is no file of ours or of a newer version.
 */
int store_open(struct store **ret, const char *path, bool writable, struct err *err);
/* Removes a file with what SQLite put beside it; that there is none is fine. */
void store_remove(const char *path);
/* Writes what is pending, then closes; NULL is fine. Errors of the last write need store_commit
 * first. */
void store_close(struct store *store);
enum store_kind store_kind(const struct store *store);
const char *store_path(const struct store *store);

/* ---- facts about the whole file: small texts by name ("tool", "source.1.path", …) ---- */
int store_put_meta(struct store *store, const char *key, struct span value, struct err *err);
/* Into `arena`; SPAN_NONE when absent. */
int store_get_meta(struct store *store, const char *key, struct span *ret, struct arena *arena,
                   struct err *err);
/* Every key that starts with `prefix`, in key order. A callback's non-zero return ends the walk and
 * is returned. */
typedef int store_meta_fn(void *ctx, struct span key, struct span value);
int store_each_meta(struct store *store, const char *prefix, store_meta_fn *fn, void *ctx,
                    struct err *err);

/* ---- writing ---- */
/*
 * Keep an exchange of x->session (not 0). Buffered: it is in the file after
 * store_commit. `attempt` is 1 for captures and first replays; a resumed session
 * has a higher one, and what its earlier attempts left is superseded.
 * x->seq is kept for runs (STORE_RUN, STORE_BASELINE) and ignored for captures,
 * whose order is that of time, then of arrival. After a failed write the store
 * takes nothing more: what was committed before is safe.
 */
int store_put_exchange(struct store *store, const struct exchange *x, uint32_t attempt,
                       struct err *err);
/* What is known of a session beside its exchanges. */
struct store_session {
    uint64_t id;
    int64_t first_us; /* start of its first exchange */
    int64_t last_us;
    uint32_t exchanges;   /* of the latest attempt */
    uint32_t attempt;     /* the latest; captures: 1 */
    bool ended;           /* has its end mark */
    struct span how;      /* how it was told: "cookie sid", "client and user agent", "har file" */
    struct span identity; /* the staging account that stood in; SPAN_NONE */
};
/* Say how a session was grouped (captures) or who it was (runs); the last word wins. */
int store_put_session_note(struct store *store, uint64_t id, struct span how, struct span identity,
                           struct err *err);
/* The end mark: nothing more will come for this session. `outcome` is a short phrase. */
int store_end_session(struct store *store, uint64_t id, uint32_t attempt, struct span outcome,
                      struct err *err);
/* A record that did not become an exchange: counted by source, outcome and reason. */
int store_count_skipped(struct store *store, struct span source, struct span outcome,
                        struct span reason, uint64_t by, struct err *err);
/* Pseudonym -> value, for cookie values that select a variant and are no secret. */
int store_put_variant(struct store *store, struct span name, struct span pseudonym,
                      struct span value, uint64_t sessions, struct err *err);
/*
 * A value of a request and the earlier answer of its session that gave it (captures).
 * Places are texts of session/value_place.h.
 */
struct store_binding {
    uint32_t seq;        /* of the request */
    uint32_t source_seq; /* of the answer; BINDING_NO_SOURCE: not known, staging's own pages tell */
    struct span sink, source;
};
#define BINDING_NO_SOURCE UINT32_MAX
int store_put_binding(struct store *store, uint64_t session, const struct store_binding *binding,
                      struct err *err);
/* What is to be said of an exchange of a run beside it; `kind` is a word. */
int store_put_remark(struct store *store, uint64_t session, uint32_t attempt, uint32_t seq,
                     struct span kind, struct span value, struct err *err);
/* A line of the contract, as the baseline learned it (JSON). */
int store_put_contract(struct store *store, struct span route, struct span field, struct span shape,
                       struct err *err);
/* Make all of it durable: group commit, one transaction. */
int store_commit(struct store *store, struct err *err);
/* Captures: after the last exchange, so that sessions can be read before store_finish. */
int store_index(struct store *store, struct err *err);
/* Captures and baselines, once at the end: session summaries, indexes. Runs: cheap, may be called
 * again. */
int store_finish(struct store *store, struct err *err);

/* ---- reading ---- */
struct store_totals {
    uint64_t sessions, exchanges, superseded, skipped, rejected;
    int64_t first_us, last_us;
};
int store_totals(struct store *store, struct store_totals *ret, struct err *err);

enum store_order {
    STORE_BY_START, /* as the sessions began, then by id */
    STORE_BY_ID,    /* for walking two files side by side */
};
struct store_sessions; /* a walk over sessions */
int store_sessions_open(struct store_sessions **ret, struct store *store, enum store_order order,
                        struct err *err);
/* 1 and a session, 0 at the end, negative on failure. Spans are good until the next call. */
int store_sessions_next(struct store_sessions *walk, struct store_session *ret, struct err *err);
void store_sessions_close(struct store_sessions *walk);
int store_find_session(struct store *store, uint64_t id, struct store_session *ret,
                       struct arena *arena, struct err *err); /* E_NOT_FOUND */

/* How many sessions were told in which way (store_session.how), by count of sessions; non-zero from
 * fn ends the walk. */
typedef int store_how_fn(void *ctx, struct span how, uint64_t sessions);
int store_each_how(struct store *store, store_how_fn *fn, void *ctx, struct err *err);

/*
 * The exchanges of one session, latest attempt only, in order (captures: by start
 * time, runs: by seq), seq filled in. Everything is in `arena`, except that texts
 * and bodies may be borrowed from the store's cache until the next
 * store_load_session on the same store. With `bodies` false response bodies stay
 * SPAN_NONE (body_id is set): load one with store_load_body.
 */
int store_load_session(struct store *store, uint64_t id, bool bodies, struct exchange **ret,
                       size_t *ret_count, struct arena *arena, struct err *err);
int store_load_body(struct store *store, uint32_t body_id, struct span *ret, struct arena *arena,
                    struct err *err);
/* Every distinct request target in the file, for learning routes. Non-zero from fn ends the walk.
 */
typedef int store_text_fn(void *ctx, struct span text);
int store_each_target(struct store *store, store_text_fn *fn, void *ctx, struct err *err);
/* Every distinct "Name: value" line of the fields of that name, any case; of requests too. */
int store_each_field_line(struct store *store, const char *name, store_text_fn *fn, void *ctx,
                          struct err *err);
/* By the request's seq, then by sink; in `arena`. */
int store_load_bindings(struct store *store, uint64_t session, struct store_binding **ret,
                        size_t *ret_count, struct arena *arena, struct err *err);
/* The session with the most bindings, the first by number of several; 0 when there is none. */
int store_most_bound(struct store *store, uint64_t *ret_session, struct err *err);
/* The remarks of a kind, of each session's latest attempt, in the order they were made. Non-zero
 * from fn ends the walk. */
typedef int store_remark_fn(void *ctx, uint64_t session, uint32_t seq, struct span value);
int store_each_remark(struct store *store, const char *kind, store_remark_fn *fn, void *ctx,
                      struct err *err);
/* The variants kept; non-zero from fn ends the walk. */
typedef int store_variant_fn(void *ctx, struct span name, struct span pseudonym, struct span value);
int store_each_variant(struct store *store, store_variant_fn *fn, void *ctx, struct err *err);
/*
 * Everything the file holds that is text or bytes, whatever it is for: each such value of
 * each row of each table, superseded attempts too; bodies uncompressed. For who has to
 * look at all of it. `id` is 0 where a table's rows have no number; non-zero from fn ends
 * the walk. Spans are good for the call.
 */
struct store_value {
    struct span table, column;
    int64_t id;
    struct span value;
};
typedef int store_value_fn(void *ctx, const struct store_value *value);
int store_each_value(struct store *store, store_value_fn *fn, void *ctx, struct err *err);
/*
 * A copy of the file at `path`, with each such value as `fn` gives it back (SPAN_NONE: as it
 * is), valid until its next call. Bodies too; nothing of the old values is left in the copy.
 */
typedef struct span store_turn_fn(void *ctx, const struct store_value *value);
int store_copy_turned(struct store *store, const char *path, store_turn_fn *fn, void *ctx,
                      struct err *err);
/*
 * Make one file of it (no -wal beside it), so that it can be replaced by rename. Must be
 * open for writing.
 */
int store_make_single(struct store *store, struct err *err);
typedef int store_skipped_fn(void *ctx, struct span source, struct span outcome, struct span reason,
                             uint64_t count);
int store_each_skipped(struct store *store, store_skipped_fn *fn, void *ctx, struct err *err);

AUTO_FREE(struct store, store_close);
AUTO_FREE(struct store_sessions, store_sessions_close);

#endif
