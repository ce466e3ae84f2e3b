/* Logs into a capture: the pipeline from source to store, one record at a time. */
#include "rehearse/rehearsal/import.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "filter.h"
#include "import_bindings.h"
#include "long_sessions.h"
#include "merge.h"

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/grouping.h"
#include "rehearse/session/secret_signs.h"
#include "rehearse/session/value_place.h"
#include "rehearse/store/store.h"

enum {
    PROGRESS_EVERY = 4096, /* records between two looks at the stop switch and the progress */
    NOTED = 1u << 15,      /* sessions whose note was put lately; a forgotten one is noted again, which is harmless */
};

struct noted {
    uint64_t session;
    const char *how; /* static, as grouping gives it */
};

struct import {
    const struct import_options *options; /* borrowed */
    struct import_summary *summary;       /* borrowed */
    struct merge *merge;
    struct grouping *grouping;
    struct veil *veil;
    struct side_writer *side; /* NULL: the originals are not kept */
    struct side_id side_id;
    struct store *store;
    struct import_bindings *bindings;
    struct long_sessions *long_sessions;
    struct noted *noted;   /* by the low bits of the session */
    const char *heuristic; /* grouping's words for sessions told by address; NULL while there are none */
    bool all;              /* no sampling */
};

static void import_release(struct import *in)
{
    merge_close(in->merge);
    grouping_free(in->grouping);
    veil_free(in->veil);
    side_writer_free(in->side);
    import_bindings_free(in->bindings);
    store_close(in->store);
    long_sessions_free(in->long_sessions);
    free(in->noted);
}

/* ---- before ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino != 0 && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* The output among the inputs would be lost; an input named twice would count everything twice. */
static int check_files(const struct import_options *o, struct err *err)
{
    AUTO(freep) struct stat *inputs = xcalloc(o->path_count, sizeof *inputs);
    struct stat out = { 0 };
    bool exists = stat(o->out, &out) == 0;
    for (size_t i = 0; i < o->path_count; i++) {
        if (stat(o->paths[i], &inputs[i]) < 0)
            inputs[i].st_ino = 0;
        if (exists && same_file(&inputs[i], &out))
            return err_set(err, E_USAGE, "%s: is one of the inputs: name another file to write to",
                           o->out);
        for (size_t j = 0; j < i; j++)
            if (same_file(&inputs[i], &inputs[j]))
                return err_set(err, E_USAGE, "%s: is named twice (the other time as %s)",
                               o->paths[i], o->paths[j]);
    }
    if (exists && !o->replace)
        return err_set(err, E_USAGE,
                       "%s: exists already: name another file, or replace it with --force", o->out);
    return 0;
}

/* The originals of an older import of that name would be taken for this one's. */
static int check_side_file(const struct import_options *o, struct err *err)
{
    if (!o->keep_secrets || o->replace || !file_exists(o->keep_secrets))
        return 0;
    return err_set(err, E_USAGE, "%s: exists already: name another capture, or replace it with --force",
                   o->keep_secrets);
}

static int check_options(const struct import_options *o, struct err *err)
{
    if (o->path_count == 0)
        return err_set(err, E_USAGE, "nothing to import: name one log or more");
    if (!(o->sample >= 0 && o->sample <= 1))
        return err_set(err, E_USAGE, "a sample is a share of the visitors, from 0%% to 100%%");
    int rc = filter_check(&o->filter, err);
    if (rc == 0)
        rc = check_files(o, err);
    return rc < 0 ? rc : check_side_file(o, err);
}

static void describe_sources(struct import *in)
{
    struct import_summary *s = in->summary;
    for (size_t i = 0; i < s->source_count; i++) {
        s->sources[i].format = arena_copy(&s->arena, merge_format(in->merge, i));
        AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT; /* it quotes a line */
        secrets_mask(&evidence, merge_evidence(in->merge, i));
        s->sources[i].evidence = arena_copy(&s->arena, strbuf_span(&evidence));
    }
}

static void keep_original(void *ctx, const struct original *original)
{
    side_writer_put(ctx, original);
}

static int open_side_file(struct import *in, struct err *err)
{
    in->side_id = side_id_draw();
    return side_writer_open(&in->side, in->options->keep_secrets, in->options->seal_key,
                            in->side_id, err);
}

static int import_init(struct import *in, struct err *err)
{
    const struct import_options *o = in->options;
    account_sources(in->summary, o->paths, o->path_count);
    int rc = merge_open(&in->merge, o->paths, o->path_count, &o->source, err);
    if (rc < 0)
        return rc;
    describe_sources(in);
    in->grouping = grouping_new(&(struct grouping_options){
        .cookies = o->session_cookies, .idle_gap_us = o->idle_gap_us });
    if (o->keep_secrets)
        rc = open_side_file(in, err);
    if (rc < 0)
        return rc;
    struct veil_options veil = { .secret_names = o->secret_names };
    veil.keep = in->side ? keep_original : NULL;
    veil.keep_ctx = in->side;
    memcpy(veil.key, o->key, sizeof veil.key);
    rc = veil_new(&in->veil, &veil, err);
    key_forget(veil.key, sizeof veil.key);
    if (rc < 0)
        return rc;
    in->long_sessions = long_sessions_new();
    in->noted = xcalloc(NOTED, sizeof *in->noted);
    in->all = o->sample == 0 || o->sample == 1;
    rc = store_create(&in->store, o->out, STORE_CAPTURE, o->replace, err);
    if (rc == 0)
        in->bindings = import_bindings_new(in->store, o);
    return rc;
}

/* ---- one record ---- */

static int note_session(struct import *in, const struct grouped *g, struct err *err)
{
    struct noted *noted = &in->noted[g->session & (NOTED - 1)];
    if (noted->session == g->session && noted->how == g->how)
        return 0;
    *noted = (struct noted){ g->session, g->how };
    if (g->heuristic)
        in->heuristic = g->how;
    char how[128];
    int len = snprintf(how, sizeof how, g->cookie.len ? "%s %.*s" : "%s", g->how,
                       SPAN_ARG(g->cookie));
    if (len >= (int)sizeof how)
        len = sizeof how - 1;
    return store_put_session_note(in->store, g->session, span_make(how, (size_t)len), SPAN_NONE,
                                  err);
}

/*
 * Grouping comes first, since it has to see every exchange of a visitor, those that
 * are filtered out too; then the cheap tests; the veil last, on what is kept.
 */
static int take_exchange(struct import *in, size_t source, struct exchange *x, struct err *err)
{
    struct grouped g = grouping_place(in->grouping, x);
    if (!in->all && !grouping_in_sample(g.visitor, in->options->sample)) {
        account_skipped(in->summary, source, SPAN("not in the sample"));
        return 0;
    }
    if (g.heuristic)
        g.session = long_sessions_place(in->long_sessions, g.session);
    x->session = g.session;
    const char *refused = filter_refuses(&in->options->filter, x);
    if (refused) {
        account_skipped(in->summary, source, span_of(refused));
        return 0;
    }
    account_imported(in->summary, source, x);
    value_claims_keep(x, merge_arena(in->merge, source));
    veil_exchange(in->veil, x, merge_arena(in->merge, source));
    import_bindings_meet(in->bindings, x, merge_arena(in->merge, source));
    int rc = store_put_exchange(in->store, x, /* attempt= */ 1, err);
    return rc < 0 ? rc : note_session(in, &g, err);
}

static int take_rejected(struct import *in, size_t source, const struct source_item *item,
                         struct err *err)
{
    account_rejected(in->summary, source, item);
    if (!in->options->strict)
        return 0;
    AUTO(strbuf_release) struct strbuf place = STRBUF_INIT;
    import_add_place(in->summary, in->summary->place_count - 1, &place);
    return err_set(err, E_FORMAT, "%s (strict: the first record that is not understood is fatal)",
                   place.buf);
}

/* ---- all of them ---- */

static void report(const struct import *in)
{
    struct progress_state state = { .doing = "import",
                                    .unit = "records",
                                    .done = in->summary->read };
    state.bytes_done = merge_bytes(in->merge, &state.bytes_total);
    if (in->options->progress)
        progress_report(in->options->progress, &state);
}

static int look_up(const struct import *in, struct err *err)
{
    report(in);
    if (in->options->stop && *in->options->stop)
        return err_set(err, E_STOPPED, "the import was stopped: no capture was written");
    return in->side ? side_writer_check(in->side, err) : 0;
}

static int take_all(struct import *in, struct err *err)
{
    for (;;) {
        struct source_item *item = NULL;
        size_t source = 0;
        int rc = in->summary->read % PROGRESS_EVERY == 0 ? look_up(in, err) : 0;
        if (rc < 0)
            return rc;
        rc = merge_next(in->merge, &item, &source, err);
        if (rc <= 0)
            return rc;
        switch ((enum source_outcome)rc) {
        case SOURCE_EXCHANGE:
            rc = take_exchange(in, source, &item->exchange, err);
            break;
        case SOURCE_SKIPPED:
            account_skipped(in->summary, source, item->reason);
            rc = 0;
            break;
        case SOURCE_REJECTED:
            rc = take_rejected(in, source, item, err);
            break;
        case SOURCE_END:
            return 0;
        }
        if (rc < 0)
            return rc;
    }
}

/* ---- after ---- */

struct variant_keeper {
    struct store *store;
    struct err *err;
};

static int keep_variant(void *ctx, struct span name, struct span pseudonym, struct span value,
                        uint64_t sessions)
{
    struct variant_keeper *keeper = ctx;
    return store_put_variant(keeper->store, name, pseudonym, value, sessions, keeper->err);
}

static int count_heuristic(void *ctx, struct span how, uint64_t sessions)
{
    struct import *in = ctx;
    if (span_eq(how, span_of(in->heuristic)))
        in->summary->heuristic_sessions += sessions;
    return 0;
}

/* What a later replay must know to veil as this import did. */
static int store_secrecy(struct import *in, struct err *err)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    char key[VEIL_KEY_NAME], id[SIDE_ID_TEXT];
    veil_key_name(in->options->key, key);
    int rc = store_put_meta(in->store, "keyed", span_of(key), err);
    for (const char *const *name = in->options->secret_names; name && *name; name++)
        strbuf_addf(&names, "%s%s", names.len ? "\n" : "", *name);
    if (rc == 0 && names.len)
        rc = store_put_meta(in->store, "secret.names", strbuf_span(&names), err);
    if (rc < 0 || !in->side)
        return rc;
    side_id_text(&in->side_id, id);
    return store_put_meta(in->store, "secrets", span_of(id), err);
}

static int store_facts(struct import *in, struct err *err)
{
    const struct import_options *o = in->options;
    char sample[32];
    snprintf(sample, sizeof sample, "%.10g", in->all ? 1.0 : o->sample);
    int rc = store_put_meta(in->store, "tool", SPAN("rehearse " REHEARSE_VERSION), err);
    if (rc == 0)
        rc = store_put_meta(in->store, "sample", span_of(sample), err);
    if (rc == 0 && o->said)
        rc = store_put_meta(in->store, "options", span_of(o->said), err);
    if (rc == 0)
        rc = store_secrecy(in, err);
    return rc < 0 ? rc : account_store(in->summary, in->store, err);
}

static int count_sessions(struct import *in, struct err *err)
{
    struct store_totals totals;
    int rc = store_commit(in->store, err);
    if (rc == 0)
        rc = store_totals(in->store, &totals, err);
    if (rc == 0)
        rc = store_each_how(in->store, count_heuristic, in, err);
    if (rc < 0)
        return rc;
    in->summary->sessions = totals.sessions;
    in->summary->first_us = totals.first_us;
    in->summary->last_us = totals.last_us;
    return 0;
}

static int complete(struct import *in, struct err *err)
{
    struct variant_keeper keeper = { in->store, err };
    int rc = veil_each_variant(in->veil, keep_variant, &keeper);
    if (rc == 0)
        rc = import_bindings_find(in->bindings, &in->summary->bindings, err);
    if (rc == 0)
        rc = count_sessions(in, err);
    if (rc == 0)
        rc = store_facts(in, err);
    if (rc == 0 && in->side)
        rc = side_writer_end(in->side, err);
    if (rc == 0)
        rc = store_finish(in->store, err);
    if (rc == 0 && in->side)
        rc = side_writer_finish(in->side, err);
    if (rc == 0)
        report(in);
    return rc;
}

/* A capture of nothing, because nothing was understood, is no capture. */
static int refuse_nothing(const struct import *in, struct err *err)
{
    const struct import_summary *summary = in->summary;
    if (summary->imported || !summary->rejected || !summary->place_count)
        return 0;
    AUTO(strbuf_release) struct strbuf first = STRBUF_INIT;
    import_add_place(summary, 0, &first);
    return err_set(err, E_FORMAT,
                   "none of %llu records is a request that can be replayed; say --format, or look at the first: %s",
                   (unsigned long long)summary->read, first.buf);
}

int import_run(const struct import_options *options, struct import_summary *ret, struct err *err)
{
    int rc = check_options(options, err);
    if (rc < 0)
        return rc;
    AUTO(import_release) struct import in = { .options = options, .summary = ret };
    rc = import_init(&in, err);
    if (rc == 0)
        rc = take_all(&in, err);
    if (rc == 0)
        rc = refuse_nothing(&in, err);
    if (rc == 0)
        rc = complete(&in, err);
    if (rc == E_FORMAT || rc == E_LIMIT)
        secrets_mask_err(err);
    if (rc < 0 && in.store) {
        /* Half a capture would be taken for a whole one by whoever looks at the folder only. */
        store_close(in.store);
        in.store = NULL;
        unlink(options->out);
    }
    return rc;
}
