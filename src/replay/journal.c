#include "journal.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/originals.h"

/* One shard's batch is handed over at either of these. */
enum { BATCH_ENTRIES = 256 };
#define BATCH_BYTES (512u * 1024)
/* The writer is behind when this waits for it. */
enum { WAITING_MAX = 32 };
#define WAITING_BYTES_MAX (16u * 1024 * 1024)
/* Batches kept for reuse. */
enum { SPARE_MAX = 16 };
/* Group commit: whichever comes first. */
enum { COMMIT_ENTRIES = 8192 };
#define COMMIT_NS (100 * 1000000ll)

enum entry_kind { ENTRY_EXCHANGE, ENTRY_IDENTITY, ENTRY_REMARK, ENTRY_END };

struct entry {
    enum entry_kind kind;
    uint32_t attempt;
    struct exchange x; /* ENTRY_EXCHANGE; of the others only `session` */
    struct span text;  /* identity, remark or outcome */
    const char *word;  /* ENTRY_REMARK: its kind */
    struct restored *restored; /* ENTRY_EXCHANGE; or NULL */
};

struct journal_batch {
    struct journal_batch *next;
    struct arena arena;
    struct entry *entries; /* owned array */
    size_t count, cap;
    void **blocks; /* owned array of owned blocks */
    size_t block_count, block_cap;
};

struct journal {
    struct store *run;
    struct veil *veil; /* owned */
    void (*on_room)(void *ctx);
    void *ctx;
    pthread_t thread;

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    struct journal_batch *first, *last; /* waiting for the writer */
    size_t waiting, waiting_bytes;
    bool was_full; /* somebody was told so */
    bool closing;
    bool failed;
    struct journal_batch *spare;
    size_t spare_count;
    struct err err; /* of the writer; read after the thread ended */
};

/* ---- batches ---- */

static void free_blocks(struct journal_batch *batch)
{
    for (size_t i = 0; i < batch->block_count; i++)
        free(batch->blocks[i]);
    batch->block_count = 0;
}

static void journal_batch_free(struct journal_batch *batch)
{
    if (!batch)
        return;
    free_blocks(batch);
    free(batch->blocks);
    arena_release(&batch->arena);
    free(batch->entries);
    free(batch);
}

struct journal_batch *journal_take_batch(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_batch *batch = journal->spare;
    if (batch) {
        journal->spare = batch->next;
        journal->spare_count--;
    }
    pthread_mutex_unlock(&journal->lock);
    if (!batch) {
        batch = xcalloc(1, sizeof *batch);
        batch->arena = (struct arena)ARENA_INIT;
    }
    batch->next = NULL;
    return batch;
}

bool journal_batch_is_full(const struct journal_batch *batch)
{
    return batch->count >= BATCH_ENTRIES || batch->arena.used >= BATCH_BYTES;
}

void journal_let_go(struct journal_batch *batch, void *block)
{
    batch->blocks =
        array_room(batch->blocks, &batch->block_cap, batch->block_count + 1, sizeof *batch->blocks);
    batch->blocks[batch->block_count++] = block;
}

struct arena *journal_batch_arena(struct journal_batch *batch)
{
    return &batch->arena;
}

static struct entry *add_entry(struct journal_batch *batch, enum entry_kind kind)
{
    batch->entries =
        array_room(batch->entries, &batch->cap, batch->count + 1, sizeof *batch->entries);
    struct entry *entry = &batch->entries[batch->count++];
    entry->kind = kind;
    entry->attempt = 1;
    entry->text = SPAN_NONE;
    entry->restored = NULL;
    entry->x = exchange_blank();
    return entry;
}

struct exchange *journal_put(struct journal_batch *batch, uint32_t attempt)
{
    struct entry *entry = add_entry(batch, ENTRY_EXCHANGE);
    entry->attempt = attempt;
    return &entry->x;
}

void journal_put_restored(struct journal_batch *batch, const struct restored *restored)
{
    struct entry *entry = &batch->entries[batch->count - 1];
    for (; restored; restored = restored->next) {
        struct restored *copy = arena_alloc(&batch->arena, sizeof *copy);
        *copy = (struct restored){ restored->value, arena_copy(&batch->arena, restored->pseudonym),
                                   entry->restored };
        entry->restored = copy;
    }
}

void journal_put_identity(struct journal_batch *batch, uint64_t session, struct span identity)
{
    struct entry *entry = add_entry(batch, ENTRY_IDENTITY);
    entry->x.session = session;
    entry->text = arena_copy(&batch->arena, identity);
}

void journal_put_remark(struct journal_batch *batch, uint64_t session, uint32_t attempt,
                        uint32_t seq, const char *kind, struct span value)
{
    struct entry *entry = add_entry(batch, ENTRY_REMARK);
    entry->x.session = session;
    entry->x.seq = seq;
    entry->attempt = attempt;
    entry->word = kind;
    entry->text = arena_copy(&batch->arena, value);
}

void journal_put_end(struct journal_batch *batch, uint64_t session, uint32_t attempt,
                     const char *outcome)
{
    struct entry *entry = add_entry(batch, ENTRY_END);
    entry->x.session = session;
    entry->attempt = attempt;
    entry->text = span_of(outcome);
}

/* ---- the queue ---- */

static bool is_behind(const struct journal *journal)
{
    return journal->waiting >= WAITING_MAX || journal->waiting_bytes >= WAITING_BYTES_MAX;
}

bool journal_is_full(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    bool full = is_behind(journal) && !journal->failed;
    journal->was_full |= full;
    pthread_mutex_unlock(&journal->lock);
    return full;
}

bool journal_has_failed(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    bool failed = journal->failed;
    pthread_mutex_unlock(&journal->lock);
    return failed;
}

void journal_hand_over(struct journal *journal, struct journal_batch *batch)
{
    batch->next = NULL;
    pthread_mutex_lock(&journal->lock);
    if (journal->last)
        journal->last->next = batch;
    else
        journal->first = batch;
    journal->last = batch;
    journal->waiting++;
    journal->waiting_bytes += batch->arena.used;
    pthread_cond_signal(&journal->changed);
    pthread_mutex_unlock(&journal->lock);
}

static void give_spare(struct journal *journal, struct journal_batch *batch)
{
    arena_clear(&batch->arena);
    free_blocks(batch);
    batch->count = 0;
    pthread_mutex_lock(&journal->lock);
    bool keep = journal->spare_count < SPARE_MAX;
    if (keep) {
        batch->next = journal->spare;
        journal->spare = batch;
        journal->spare_count++;
    }
    pthread_mutex_unlock(&journal->lock);
    if (!keep)
        journal_batch_free(batch);
}

/* ---- the writer ---- */

static int write_entry(struct journal *journal, struct journal_batch *batch, struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_EXCHANGE:
        veil_exchange_restored(journal->veil, &entry->x, entry->restored, &batch->arena);
        return store_put_exchange(journal->run, &entry->x, entry->attempt, &journal->err);
    case ENTRY_IDENTITY:
        return store_put_session_note(journal->run, entry->x.session, SPAN_NONE, entry->text,
                                      &journal->err);
    case ENTRY_REMARK:
        return store_put_remark(journal->run, entry->x.session, entry->attempt, entry->x.seq,
                                span_of(entry->word), entry->text, &journal->err);
    case ENTRY_END:
        return store_end_session(journal->run, entry->x.session, entry->attempt, entry->text,
                                 &journal->err);
    }
    return 0;
}

static void note_failure(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    journal->failed = true;
    pthread_mutex_unlock(&journal->lock);
    journal->on_room(journal->ctx);
}

static int write_batch(struct journal *journal, struct journal_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        int rc = write_entry(journal, batch, &batch->entries[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static struct timespec monotonic_at(int64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
                              .tv_nsec = (long)(ns % 1000000000) };
}

/* The next batch, or NULL when it is time to commit (`commit_ns` is not 0 and has come) or nothing
 * more will come. */
static struct journal_batch *next_batch(struct journal *journal, int64_t commit_ns, bool *ret_over)
{
    bool tell = false;
    pthread_mutex_lock(&journal->lock);
    while (!journal->first && !journal->closing) {
        if (commit_ns == 0) {
            pthread_cond_wait(&journal->changed, &journal->lock);
            continue;
        }
        struct timespec until = monotonic_at(commit_ns);
        if (pthread_cond_timedwait(&journal->changed, &journal->lock, &until) != 0)
            break;
    }
    struct journal_batch *batch = journal->first;
    *ret_over = !batch && journal->closing;
    if (batch) {
        journal->first = batch->next;
        if (!journal->first)
            journal->last = NULL;
        journal->waiting--;
        journal->waiting_bytes -= batch->arena.used;
        tell = journal->was_full && !is_behind(journal);
        if (tell)
            journal->was_full = false;
    }
    pthread_mutex_unlock(&journal->lock);
    if (tell)
        journal->on_room(journal->ctx);
    return batch;
}

struct pending {
    size_t entries;
    int64_t commit_ns; /* when what was written first must be durable; 0 while there is nothing */
};

static int commit(struct journal *journal, struct pending *pending)
{
    *pending = (struct pending){ 0, 0 };
    return store_commit(journal->run, &journal->err);
}

static void *write_all(void *ctx)
{
    struct journal *journal = ctx;
    struct pending pending = { 0, 0 };
    bool over = false, failed = false;
    while (!over) {
        struct journal_batch *batch = next_batch(journal, pending.commit_ns, &over);
        int rc = 0;
        if (batch) {
            if (pending.commit_ns == 0)
                pending.commit_ns = clock_now_ns() + COMMIT_NS;
            pending.entries += batch->count;
            if (!failed)
                rc = write_batch(journal, batch);
            give_spare(journal, batch);
        }
        bool due = pending.commit_ns && (!batch || pending.entries >= COMMIT_ENTRIES ||
                                         clock_now_ns() >= pending.commit_ns);
        if (rc == 0 && !failed && due)
            rc = commit(journal, &pending);
        if (rc < 0) {
            failed = true;
            note_failure(journal);
        }
        if (failed)
            pending = (struct pending){ 0, 0 };
    }
    return NULL;
}

/* ---- open and close ---- */

static int make_veil(struct journal *journal, const struct journal_options *wanted,
                     struct err *err)
{
    struct veil_options options = { .secret_names = wanted->secret_names };
    const unsigned char *key = wanted->veil_key;
    if (key)
        memcpy(options.key, key, sizeof options.key);
    else if (getrandom(options.key, sizeof options.key, 0) != (ssize_t)sizeof options.key)
        return err_errno(err, E_IO, "random bytes for the veil");
    int rc = veil_new(&journal->veil, &options, err);
    key_forget(options.key, sizeof options.key);
    return rc;
}

static void release(struct journal *journal)
{
    for (struct journal_batch *b = journal->spare, *next; b; b = next) {
        next = b->next;
        journal_batch_free(b);
    }
    veil_free(journal->veil);
    pthread_cond_destroy(&journal->changed);
    pthread_mutex_destroy(&journal->lock);
    free(journal);
}

int journal_open(struct journal **ret, const struct journal_options *options, struct err *err)
{
    struct journal *journal = xcalloc(1, sizeof *journal);
    pthread_condattr_t attributes;
    journal->run = options->run;
    journal->on_room = options->on_room;
    journal->ctx = options->ctx;
    pthread_mutex_init(&journal->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&journal->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int rc = make_veil(journal, options, err);
    if (rc == 0 && pthread_create(&journal->thread, NULL, write_all, journal) != 0)
        rc = err_set(err, E_IO, "the journal's thread does not start: no threads left");
    if (rc < 0) {
        release(journal);
        return rc;
    }
    *ret = journal;
    return 0;
}

static int put_variant(void *ctx, struct span name, struct span pseudonym, struct span value,
                       uint64_t sessions)
{
    struct journal *journal = ctx;
    return store_put_variant(journal->run, name, pseudonym, value, sessions, &journal->err);
}

int journal_close(struct journal *journal, struct err *err)
{
    if (!journal)
        return 0;
    pthread_mutex_lock(&journal->lock);
    journal->closing = true;
    pthread_cond_signal(&journal->changed);
    pthread_mutex_unlock(&journal->lock);
    pthread_join(journal->thread, NULL);

    int rc = journal->failed ? journal->err.code : 0;
    if (rc == 0)
        rc = veil_each_variant(journal->veil, put_variant, journal);
    if (rc == 0)
        rc = store_commit(journal->run, &journal->err);
    if (rc < 0)
        err_set(err, rc, "%s", journal->err.text);
    release(journal);
    return rc;
}
