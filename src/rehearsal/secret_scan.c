/* Outputs looked through for secrets: which files there are, and each by its kind. */
#include "rehearse/rehearsal/secret_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehearse/session/key_words.h"
#include "rehearse/base/file.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"
#include "rehearse/session/credential.h"
#include "rehearse/store/store.h"

enum {
    WINDOW = 1 << 20,       /* of a file that is read as bytes */
    OVERLAP = 1 << 16,      /* what is longer than this may be missed at the edge of two windows */
    SEEN_BODIES = 1 << 16,  /* remembered, so that a page met again is not read again */
};

struct scanning {
    const struct secret_scan_options *options;
    struct secret_scan *scan;
    struct needles *needles;     /* NULL: none are known */
    struct key_words *key_words; /* NULL: no key was given */
    struct map kinds;            /* of file, sign, name and place, + 1 into found */
    struct veil *veil;           /* of the store that is being read: tells what it would hide */
    uint64_t *bodies;            /* owned, SEEN_BODIES: hashes of those that were read */
    struct span file;            /* in the scan's arena */
    struct span place;           /* of a store: in `where` */
    struct strbuf where;
    uint64_t base;  /* of the window in the file */
    size_t fresh;   /* sightings before this are of the window before */
    bool in_store;
    struct err *err;
};

/* ---- what is found ---- */

/* Enough to find it again, too little to use it. */
static struct span shown(struct scanning *s, struct span value)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (value.len >= 16)
        text_add_printable(&text, span_head(value, 3), 12);
    strbuf_addf(&text, "… (%zu bytes)", value.len);
    return arena_copy(&s->scan->arena, strbuf_span(&text));
}

static void note(struct scanning *s, enum secret_sign sign, struct span name, struct span value,
                 struct span place)
{
    struct secret_scan *scan = s->scan;
    bool is_new;
    uint64_t kind = hash_mix(hash_mix(hash64(s->file), (uint64_t)sign), hash64(name));
    if (s->in_store)
        kind = hash_mix(kind, value.len);
    scan->secrets++;
    uint64_t *number = map_put(&s->kinds, kind, 0, &is_new);
    if (!is_new && *number) {
        scan->found[*number - 1].count++;
        return;
    }
    if (scan->found_count == SECRETS_LISTED)
        return;
    scan->found[scan->found_count] = (struct secret_found){
        .sign = sign,
        .file = s->file,
        .place = arena_copy(&scan->arena, place),
        .name = arena_copy(&scan->arena, span_head(name, name.len < 80 ? name.len : 80)),
        .shown = shown(s, value),
        .count = 1,
    };
    *number = ++scan->found_count;
}

static void on_sighting(void *ctx, const struct secret_sighting *found)
{
    struct scanning *s = ctx;
    char place[40];
    /* What ends in the window before was told with it; what was cut by its end was not. */
    if (found->at + found->value.len <= s->fresh)
        return;
    if (s->in_store) {
        note(s, found->sign, found->name, found->value, s->place);
        return;
    }
    snprintf(place, sizeof place, "byte %llu", (unsigned long long)(s->base + found->at));
    note(s, found->sign, found->name, found->value, span_of(place));
}

static void look_at(struct scanning *s, struct span text, bool by_name)
{
    secret_signs_by_look(text, on_sighting, s);
    if (by_name)
        secret_signs_by_name(text, on_sighting, s);
    if (s->needles)
        needles_find(s->needles, text, on_sighting, s);
    if (s->key_words)
        key_words_find(s->key_words, text, on_sighting, s);
}

/* ---- captures, baselines, runs ---- */

/* What the veil would hide has not been hidden. */
static void on_unveiled(void *ctx, const struct original *o)
{
    struct scanning *s = ctx;
    if (o->form == ORIGINAL_COOKIE || o->form == ORIGINAL_FIELD || is_masked(o->text))
        return;
    note(s, SIGN_NAMED, o->name, o->text, s->place);
}

static int on_value(void *ctx, const struct store_value *v)
{
    struct scanning *s = ctx;
    s->scan->values++;
    strbuf_clear(&s->where);
    strbuf_add_span(&s->where, v->table);
    if (v->id)
        strbuf_addf(&s->where, " %lld", (long long)v->id);
    else
        strbuf_addf(&s->where, ".%.*s", SPAN_ARG(v->column));
    s->place = strbuf_span(&s->where);
    if (span_eq(v->column, SPAN("hash")) || span_eq(v->table, SPAN("segment")))
        return 0; /* numbers */
    look_at(s, v->value, !span_eq(v->table, SPAN("text")) && !span_eq(v->table, SPAN("body")));
    return s->options->stop && *s->options->stop ? E_STOPPED : 0;
}

static int collect_pseudonyms(void *ctx, const struct store_value *v)
{
    struct scanning *s = ctx;
    key_words_learn(s->key_words, v->value);
    return 0;
}

/* A body that was read once is not read again; a forgotten one is, which is harmless. */
static bool is_known_body(struct scanning *s, struct span body)
{
    uint64_t hash = hash64(body) | 1, *slot = &s->bodies[hash % SEEN_BODIES];
    bool known = *slot == hash;
    *slot = hash;
    return known;
}

static void read_exchange(struct scanning *s, struct exchange *x, struct arena *arena)
{
    strbuf_clear(&s->where);
    strbuf_addf(&s->where, "session %016llx, request %u", (unsigned long long)x->session, x->seq);
    s->place = strbuf_span(&s->where);
    s->scan->exchanges++;
    if (x->request.body.len && is_known_body(s, x->request.body))
        x->request.body = SPAN_NONE;
    if (x->response.body.len && is_known_body(s, x->response.body))
        x->response.body = SPAN_NONE;
    veil_exchange(s->veil, x, arena);
}

static int read_sessions(struct scanning *s, struct store *store)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    int rc = store_sessions_open(&walk, store, STORE_BY_ID, s->err);
    while (rc == 0 && (rc = store_sessions_next(walk, &session, s->err)) > 0) {
        struct exchange *exchanges;
        size_t count;
        arena_clear(&arena);
        rc = store_load_session(store, session.id, true, &exchanges, &count, &arena, s->err);
        for (size_t i = 0; rc == 0 && i < count; i++) {
            exchanges[i].session = session.id;
            read_exchange(s, &exchanges[i], &arena);
        }
        if (rc == 0 && s->options->stop && *s->options->stop)
            rc = E_STOPPED;
    }
    return rc;
}

static int make_veil(struct scanning *s, struct store *store, struct arena *arena)
{
    enum { NAMES_MAX = 256 };
    const char **names = arena_calloc(arena, NAMES_MAX + 1, sizeof *names);
    struct span given = SPAN_NONE;
    int rc = store_get_meta(store, "secret.names", &given, arena, s->err);
    for (size_t i = 0; i < NAMES_MAX && given.len; i++)
        names[i] = arena_copy(arena, span_cut(&given, '\n')).ptr;
    struct veil_options options = { .secret_names = names, .keep = on_unveiled, .keep_ctx = s };
    return rc < 0 ? rc : veil_new(&s->veil, &options, s->err);
}

static int read_store(struct scanning *s, const char *path)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    int rc = store_open(&store, path, false, s->err);
    if (rc == 0)
        rc = make_veil(s, store, &arena);
    if (rc < 0)
        return rc;
    s->in_store = true;
    s->fresh = 0;
    s->scan->stores++;
    if (s->key_words)
        rc = store_each_value(store, collect_pseudonyms, s, s->err);
    if (rc == 0)
        rc = read_sessions(s, store);
    if (rc == 0)
        rc = store_each_value(store, on_value, s, s->err);
    s->in_store = false;
    veil_free(s->veil);
    s->veil = NULL;
    return rc;
}

/* ---- everything else ---- */

/* With some of the window before in front, so that nothing is cut in two; `fresh` keeps it from
 * being told twice. */
static int read_bytes(struct scanning *s, int fd, const char *path)
{
    AUTO(strbuf_release) struct strbuf window = STRBUF_INIT;
    s->base = 0;
    s->fresh = 0;
    for (;;) {
        ssize_t got = read(fd, strbuf_room(&window, WINDOW), WINDOW);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(s->err, E_IO, "%s: cannot be read", path);
        if (got == 0)
            return 0;
        strbuf_grew(&window, (size_t)got);
        s->scan->bytes += (uint64_t)got;
        look_at(s, strbuf_span(&window), true);
        size_t keep = window.len < OVERLAP ? window.len : OVERLAP;
        s->base += window.len - keep;
        memmove(window.buf, window.buf + window.len - keep, keep);
        strbuf_cut(&window, keep);
        s->fresh = keep;
        if (s->options->stop && *s->options->stop)
            return E_STOPPED;
    }
}

static int read_by_kind(struct scanning *s, int fd, const char *path)
{
    char front[16];
    ssize_t got = pread(fd, front, sizeof front, 0);
    struct span begin = span_make(front, got > 0 ? (size_t)got : 0);
    s->scan->files++;
    if (side_file_is_one(begin)) {
        s->scan->side_files++; /* sealed: nothing to be read in it */
        return 0;
    }
    if (span_starts(begin, SPAN("SQLite format 3"))) {
        struct stat st;
        s->scan->bytes += fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
        return read_store(s, path);
    }
    return read_bytes(s, fd, path);
}

static int read_file(struct scanning *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(s->err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot be opened", path);
    s->file = arena_copy(&s->scan->arena, span_of(path));
    int rc = read_by_kind(s, fd, path);
    close(fd);
    if (s->options->progress)
        progress_report(s->options->progress, &(struct progress_state){ .doing = "inspect",
                                                                        .unit = "files",
                                                                        .done = s->scan->files });
    return rc;
}

/* ---- folders ---- */

struct names {
    char **at; /* owned */
    size_t len, cap;
};

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->len; i++)
        free(names->at[i]);
    free(names->at);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_path(struct scanning *s, const char *path, unsigned depth);

static int read_folder(struct scanning *s, const char *path, unsigned depth)
{
    enum { DEEPEST = 64 };
    AUTO(names_release) struct names names = { 0 };
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    DIR *folder = opendir(path);
    if (!folder)
        return err_errno(s->err, E_IO, "%s: cannot be opened", path);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        names.at = array_room(names.at, &names.cap, names.len + 1, sizeof *names.at);
        names.at[names.len++] = xstrdup(entry->d_name);
    }
    closedir(folder);
    if (depth == DEEPEST)
        return err_set(s->err, E_LIMIT, "%s: folders deeper than %d", path, DEEPEST);
    if (names.len)
        qsort(names.at, names.len, sizeof *names.at, by_text);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < names.len; i++) {
        strbuf_clear(&name);
        strbuf_addf(&name, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names.at[i]);
        rc = read_path(s, name.buf, depth + 1);
    }
    return rc;
}

static bool is_sqlites_own(const char *path)
{
    return span_ends(span_of(path), SPAN("-shm"));
}

/* In a folder only what is a file counts; links are not followed, they may lead anywhere. */
static int read_path(struct scanning *s, const char *path, unsigned depth)
{
    struct stat st;
    int rc = depth ? lstat(path, &st) : stat(path, &st);
    if (rc != 0)
        return err_errno(s->err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot be opened", path);
    if (S_ISDIR(st.st_mode))
        return read_folder(s, path, depth);
    if (S_ISREG(st.st_mode))
        return depth && is_sqlites_own(path) ? 0 : read_file(s, path);
    return depth ? 0 : err_set(s->err, E_USAGE, "%s: neither a file nor a folder", path);
}

/* ---- all of it ---- */

static int add_original(void *ctx, const struct original *o)
{
    needles_add(ctx, o->text);
    return 0;
}

static int learn_needles(struct scanning *s)
{
    const struct secret_scan_options *o = s->options;
    unsigned char key[SEAL_KEY_BYTES];
    int rc = 0;
    if (!o->accounts && !o->originals)
        return 0;
    s->needles = needles_new();
    if (o->accounts)
        rc = needles_add_accounts(s->needles, o->accounts, s->err);
    if (rc == 0 && o->originals) {
        rc = seal_key_load(key, o->seal_key, false, s->err);
        if (rc == 0)
            rc = side_file_each(o->originals, key, NULL, add_original, s->needles, s->err);
        key_forget(key, sizeof key);
    }
    s->scan->known = needles_count(s->needles);
    s->scan->too_short = needles_too_short(s->needles);
    return rc;
}

static int learn_key(struct scanning *s)
{
    unsigned char key[VEIL_KEY_BYTES];
    if (!s->options->key)
        return 0;
    int rc = veil_key_read(key, s->options->key, s->err);
    if (rc == 0)
        rc = key_words_new(&s->key_words, key, s->err);
    key_forget(key, sizeof key);
    return rc;
}

int secret_scan_run(const struct secret_scan_options *options, struct secret_scan *ret,
                    struct err *err)
{
    struct scanning s = { .options = options, .scan = ret, .err = err };
    s.kinds = (struct map)MAP_INIT;
    s.where = (struct strbuf)STRBUF_INIT;
    s.bodies = xcalloc(SEEN_BODIES, sizeof *s.bodies);
    int rc = learn_needles(&s);
    if (rc == 0)
        rc = learn_key(&s);
    for (size_t i = 0; rc == 0 && i < options->path_count; i++)
        rc = read_path(&s, options->paths[i], 0);
    if (rc == E_STOPPED)
        err_set(err, rc, "the search for secrets was stopped: what was not looked at may hold some");
    needles_free(s.needles);
    key_words_free(s.key_words);
    map_release(&s.kinds);
    strbuf_release(&s.where);
    free(s.bodies);
    return rc;
}

/* ---- for people and programs ---- */

static void add_counts(const struct secret_scan *scan, struct strbuf *out)
{
    strbuf_add_str(out, "looked at  ");
    text_add_count(out, scan->files);
    strbuf_add_str(out, scan->files == 1 ? " file, " : " files, ");
    text_add_bytes(out, scan->bytes);
    if (scan->stores) {
        strbuf_add_str(out, "; in captures, baselines and runs ");
        text_add_count(out, scan->exchanges);
        strbuf_add_str(out, " exchanges, ");
        text_add_count(out, scan->values);
        strbuf_add_str(out, " stored values");
    }
    if (scan->known || scan->too_short) {
        strbuf_add_str(out, "\nlooked for ");
        text_add_count(out, scan->known);
        strbuf_add_str(out, " known secrets: as they are, URL-encoded, in base64, backwards");
    }
    if (scan->too_short) {
        strbuf_add_str(out, "; ");
        text_add_count(out, scan->too_short);
        strbuf_addf(out, " are shorter than %d bytes and were not", NEEDLE_SHORTEST);
    }
    if (scan->side_files) {
        strbuf_add_str(out, "\nsealed     ");
        text_add_count(out, scan->side_files);
        strbuf_add_str(out, " side files: not opened");
    }
}

void secret_scan_add_text(const struct secret_scan *scan, struct strbuf *out)
{
    for (size_t i = 0; i < scan->found_count; i++) {
        const struct secret_found *f = &scan->found[i];
        text_add_printable(out, f->file, 300);
        strbuf_add_str(out, ": ");
        text_add_printable(out, f->place, 100);
        strbuf_addf(out, ": %s", secret_sign_name(f->sign));
        if (f->name.len) {
            strbuf_add_char(out, ' ');
            text_add_printable(out, f->name, 80);
        }
        strbuf_add_char(out, ' ');
        strbuf_add_span(out, f->shown);
        if (f->count > 1) {
            strbuf_add_str(out, ", ");
            text_add_count(out, f->count);
            strbuf_add_str(out, " times");
        }
        strbuf_add_char(out, '\n');
    }
    add_counts(scan, out);
    if (scan->secrets == 0) {
        strbuf_add_str(out, "\nclean      no secret found");
        return;
    }
    strbuf_add_str(out, "\nfound      ");
    text_add_count(out, scan->secrets);
    strbuf_add_str(out, scan->secrets == 1 ? " secret" : " secrets");
    if (scan->found_count == SECRETS_LISTED)
        strbuf_addf(out, "; the first %d places are listed", SECRETS_LISTED);
}

void secret_scan_add_json(const struct secret_scan *scan, struct strbuf *out)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "secrets", scan->secrets },     { "files", scan->files },
        { "bytes", scan->bytes },         { "stores", scan->stores },
        { "exchanges", scan->exchanges }, { "values", scan->values },
        { "side_files", scan->side_files }, { "known", scan->known },
        { "too_short", scan->too_short },
    };
    bool first = true;
    strbuf_addf(out, "{\"clean\":%s,", scan->secrets ? "false" : "true");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_member_u64(out, &first, counts[i].name, counts[i].n);
    strbuf_add_str(out, ",\"found\":[");
    for (size_t i = 0; i < scan->found_count; i++) {
        const struct secret_found *f = &scan->found[i];
        bool at_first = true;
        strbuf_add_str(out, i ? ",\n{" : "\n{");
        json_member_string(out, &at_first, "file", f->file);
        json_member_string(out, &at_first, "place", f->place);
        json_member_string(out, &at_first, "sign", span_of(secret_sign_name(f->sign)));
        json_member_string_or_null(out, &at_first, "name", f->name.len ? f->name : SPAN_NONE);
        json_member_string(out, &at_first, "value", f->shown);
        json_member_u64(out, &at_first, "count", f->count);
        strbuf_add_char(out, '}');
    }
    strbuf_add_str(out, "]}");
}
