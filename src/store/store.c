/* A file of ours: made, opened, committed, finished, closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handle.h"
#include "schema.h"

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"

/*
 * Runs and baselines are journals: many small commits that must survive kill -9,
 * read by others meanwhile; hence WAL. A capture is written once, in one
 * transaction that only appends: the rollback journal writes its pages once,
 * where WAL writes them twice.
 */
static const char tuning_capture[] = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL;"
                                     "PRAGMA cache_size=-4096;";
static const char tuning_journal[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                                     "PRAGMA cache_size=-8192;";
static const char tuning_reader[] = "PRAGMA cache_size=-16384; PRAGMA query_only=1;";

enum { PAGE_BYTES = 8192, BUSY_MS = 5000 };

static const char *const kind_names[] = {
    [STORE_CAPTURE] = "capture",
    [STORE_RUN] = "run",
    [STORE_BASELINE] = "baseline",
};

const char *store_kind_name(enum store_kind kind)
{
    return kind_names[kind];
}

enum store_kind store_kind(const struct store *store)
{
    return store->kind;
}

const char *store_path(const struct store *store)
{
    return store->path;
}

static struct store *handle_new(const char *path, bool writable)
{
    struct store *store = xcalloc(1, sizeof *store);
    store->path = xstrdup(path);
    store->writable = writable;
    store->record = (struct strbuf)STRBUF_INIT;
    store->segment = (struct strbuf)STRBUF_INIT;
    store->intern.line = (struct strbuf)STRBUF_INIT;
    store->intern.coded = (struct strbuf)STRBUF_INIT;
    return store;
}

static void handle_free(struct store *store)
{
    if (!store)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    intern_release(&store->intern);
    pending_release(&store->pending);
    text_cache_release(&store->texts);
    strbuf_release(&store->record);
    strbuf_release(&store->segment);
    free(store->field_ids);
    free(store->field_keys);
    free(store->path);
    free(store);
}

AUTO_FREE(struct store, handle_free);

/* ---- making ---- */

/* The names SQLite puts beside a file. */
void store_remove(const char *path)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        strbuf_clear(&name);
        strbuf_add_str(&name, path);
        strbuf_add_str(&name, suffixes[i]);
        unlink(name.buf);
    }
}

/* SQLite gives the files it adds beside this one the same permissions. */
static int make_file(const char *path, bool replace, struct err *err)
{
    if (replace)
        store_remove(path);
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, E_USAGE,
                       "%s: exists already: name another file, or replace it with --force", path);
    if (fd < 0)
        return err_errno(err, E_IO, "%s: cannot be made", path);
    close(fd);
    return 0;
}

/*
 * To read a run SQLite puts two files beside it. Where it cannot (a read-only
 * medium) and nothing lies there, nobody can be writing either: then the file
 * may be read as one that never changes.
 */
static bool is_immutable(const char *path)
{
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    strbuf_add_str(&name, path);
    strbuf_add_str(&name, "-wal");
    if (file_exists(name.buf))
        return false;
    ptrdiff_t slash = span_rfind_char(span_of(path), '/');
    strbuf_clear(&name);
    strbuf_add_span(&name, slash < 0 ? SPAN(".") : span_head(span_of(path), (size_t)slash + 1));
    return access(name.buf, W_OK) < 0 && access(path, R_OK) == 0;
}

/* Every byte escaped that means something in a URI, and more. */
static void add_immutable_uri(struct strbuf *out, const char *path)
{
    strbuf_add_str(out, path[0] == '/' ? "file://" : "file:");
    for (; *path; path++)
        if (char_is_alpha(*path) || char_is_digit(*path) || *path == '/' || *path == '.')
            strbuf_add_char(out, *path);
        else
            strbuf_addf(out, "%%%02X", (unsigned char)*path);
    strbuf_add_str(out, "?immutable=1");
}

static int open_database(struct store *store, struct err *err)
{
    AUTO(strbuf_release) struct strbuf uri = STRBUF_INIT;
    int flags = store->writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const char *name = store->path;
    if (!store->writable && is_immutable(store->path)) {
        add_immutable_uri(&uri, store->path);
        name = uri.buf;
        flags |= SQLITE_OPEN_URI;
    }
    if (sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return store_failure(store, err);
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    /* A damaged or hostile file must not run what it likes: our views are the file's only code, and
     * we do not use them. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return 0;
}

static int lay_schema(struct store *store, struct err *err)
{
    char text[256];
    snprintf(text, sizeof text,
             "PRAGMA page_size=%d; BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d;",
             PAGE_BYTES, STORE_APPLICATION_ID, STORE_FORMAT_VERSION);
    int rc = store_execute(store, text, err);
    if (rc == 0)
        rc = store_execute(store, store_schema, err);
    if (rc == 0)
        rc = store_execute(store, store_schema_shown, err);
    if (rc == 0)
        rc = store_put_meta(store, "kind", span_of(store_kind_name(store->kind)), err);
    if (rc == 0)
        rc = store_put_meta(store, "state", SPAN("writing"), err);
    if (rc == 0)
        rc = store_execute(store, "COMMIT", err);
    store->in_transaction = false;
    if (rc < 0)
        return rc;
    /* After the first commit, so that whoever opens the file finds its mark in the file itself. */
    rc = store_execute(store, store->kind == STORE_CAPTURE ? tuning_capture : tuning_journal, err);
    return rc < 0 ? rc : store_execute(store, store_schema_view, err);
}

int store_create(struct store **ret, const char *path, enum store_kind kind, bool replace,
                 struct err *err)
{
    int rc = make_file(path, replace, err);
    if (rc < 0)
        return rc;
    AUTO(handle_freep) struct store *store = handle_new(path, true);
    store->kind = kind;
    rc = open_database(store, err);
    if (rc == 0) {
        store->in_transaction = true; /* lay_schema's own */
        rc = lay_schema(store, err);
    }
    if (rc == 0)
        rc = intern_init(store, true, err);
    if (rc < 0) {
        store_remove(path);
        return rc;
    }
    *ret = store;
    store = NULL;
    return 0;
}

/* ---- opening ---- */

static int one_number(struct store *store, const char *query, int64_t *ret, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, query, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    int failure = 0;
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    else
        failure = store_failure(store, err);
    sqlite3_finalize(statement);
    return failure;
}

static int check_format(struct store *store, struct err *err)
{
    int64_t application, version, pages;
    int rc = one_number(store, "PRAGMA page_count", &pages, err);
    if (rc == 0 && pages == 0)
        return err_set(err, E_DAMAGED, "%s: its making was interrupted: make it again",
                       store->path);
    if (rc == 0)
        rc = one_number(store, "PRAGMA application_id", &application, err);
    if (rc == 0)
        rc = one_number(store, "PRAGMA user_version", &version, err);
    if (rc < 0)
        return rc;
    if (application != STORE_APPLICATION_ID)
        return err_set(
            err, E_FORMAT,
            "%s: a SQLite file, but not one of rehearse: expected a capture, run or baseline",
            store->path);
    if (version > STORE_FORMAT_VERSION)
        return err_set(
            err, E_FORMAT,
            "%s: written by a newer rehearse (file format %lld, this program reads %d):"
            " use that one",
            store->path, (long long)version, STORE_FORMAT_VERSION);
    if (version < 1)
        return store_damaged(store, "no format version", err);
    if (version < STORE_FORMAT_VERSION)
        return err_set(err, E_FORMAT,
                       "%s: written by an older rehearse (file format %lld, this program reads %d): "
                       "make it again",
                       store->path, (long long)version, STORE_FORMAT_VERSION);
    return 0;
}

static int read_kind(struct store *store, struct arena *arena, struct err *err)
{
    struct span kind, state;
    int rc = store_get_meta(store, "kind", &kind, arena, err);
    if (rc == 0)
        rc = store_get_meta(store, "state", &state, arena, err);
    if (rc < 0)
        return rc;
    for (enum store_kind k = STORE_CAPTURE; k <= STORE_BASELINE; k++)
        if (span_eq(kind, span_of(kind_names[k])))
            store->kind = k;
    if (store->kind == 0)
        return store_damaged(store, "its kind is unknown", err);
    /* A capture is made in one go; half of one would rehearse half of the traffic and not say so.
     */
    if (store->kind == STORE_CAPTURE && !span_eq(state, SPAN("finished")))
        return err_set(err, E_DAMAGED, "%s: its making was interrupted: import again", store->path);
    return 0;
}

static int find_segments(struct store *store, struct err *err)
{
    int64_t indexes;
    int rc = one_number(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'segment_session'",
                        &indexes, err);
    if (rc < 0)
        return rc;
    store->snapshot = indexes == 0;
    return store_execute(store, indexes ? store_schema_view : store_schema_snapshot, err);
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_errno(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot be opened", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, E_FORMAT, "%s: not a file: expected a capture, run or baseline", path);
    if (st.st_size == 0)
        return err_set(err, E_DAMAGED, "%s: empty: its making was interrupted: make it again",
                       path);
    return 0;
}

int store_open(struct store **ret, const char *path, bool writable, struct err *err)
{
    int rc = check_file(path, err);
    if (rc < 0)
        return rc;
    AUTO(handle_freep) struct store *store = handle_new(path, writable);
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    store->kind = STORE_CAPTURE; /* until it is known: messages name it */
    rc = open_database(store, err);
    if (rc == 0)
        rc = check_format(store, err);
    if (rc == 0) {
        store->kind = 0;
        rc = read_kind(store, &arena, err);
    }
    if (rc == 0)
        rc = find_segments(store, err);
    if (rc == 0)
        rc = store_execute(store,
                           !writable                      ? tuning_reader
                           : store->kind == STORE_CAPTURE ? tuning_capture
                                                          : tuning_journal,
                           err);
    if (rc == 0 && writable)
        rc = intern_init(store, false, err);
    if (rc < 0)
        return rc;
    *ret = store;
    store = NULL;
    return 0;
}

/* ---- writing ---- */

int store_begin_write(struct store *store, struct err *err)
{
    if (store->in_transaction && !store->failed)
        return 0;
    if (!store->writable)
        return err_set(err, E_IO, "%s: was opened for reading only", store->path);
    if (store->failed)
        return err_set(err, E_IO,
                       "%s: an earlier write failed: what came after the last commit is lost",
                       store->path);
    int rc = store_execute(store, "BEGIN IMMEDIATE", err);
    if (rc == 0)
        store->in_transaction = true;
    return rc;
}

int store_commit(struct store *store, struct err *err)
{
    if (store->failed)
        return store_begin_write(store, err);
    int rc = store_flush_all(store, err);
    if (rc == 0 && store->in_transaction)
        rc = store_execute(store, "COMMIT", err);
    if (rc < 0)
        store->failed = true;
    else
        store->in_transaction = false;
    return rc;
}

int store_index(struct store *store, struct err *err)
{
    int rc = store_begin_write(store, err);
    if (rc == 0)
        rc = store_flush_all(store, err);
    return rc < 0 ? rc : store_execute(store, store_schema_index, err);
}

int store_finish(struct store *store, struct err *err)
{
    int rc = store_index(store, err);
    if (rc == 0)
        rc = store_put_meta(store, "state", SPAN("finished"), err);
    if (rc == 0)
        rc = store_commit(store, err);
    if (rc == 0 && store->snapshot) {
        rc = store_execute(store, "DROP TABLE temp.by_session", err);
        rc = rc < 0 ? rc : store_execute(store, store_schema_view, err);
        store->snapshot = false;
    }
    if (rc < 0)
        store->failed = true;
    store->finished = rc == 0;
    return rc;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->writable && !store->failed)
        (void)store_commit(store, NULL);
    /*
     * A finished file is one file again, for readers that may write nothing beside it.
     * Where somebody reads it just now SQLite leaves it as it is.
     */
    if (store->finished && !store->failed && store->kind != STORE_CAPTURE)
        (void)store_execute(store, "PRAGMA journal_mode=DELETE", NULL);
    handle_free(store);
}
