/* Files turned to another key: new ones beside the old, then one rename each. */
#include "rehearse/rehearsal/rekey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/session/pseudonymizer.h"
#include "rehearse/session/side_file.h"
#include "rehearse/store/store.h"

struct turning {
    const struct rekey_options *options;
    struct rekey_summary *summary;
    struct pseudonymizer *fresh; /* under the new key */
    char (*texts)[PSEUDONYM_LEN]; /* owned; new pseudonyms */
    size_t len, cap;
    struct map by_old; /* hash of the old one, + 1 into texts */
    char key_name[VEIL_KEY_NAME];
    struct strbuf out;
    struct span key_before; /* of the file in hand */
    char id_before[SIDE_ID_TEXT], id_now[SIDE_ID_TEXT]; /* of the side file in hand; "" */
    bool stale; /* the side file in hand is not under the new key */
};

/* A file and what is to take its place. */
struct part {
    char *path, *fresh; /* owned */
    int lock;
};

struct parts {
    struct part *at; /* owned */
    size_t len, cap;
};

static void parts_release(struct parts *parts)
{
    for (size_t i = 0; i < parts->len; i++) {
        if (parts->at[i].fresh)
            store_remove(parts->at[i].fresh); /* is gone when it took its place */
        file_unlock(&parts->at[i].lock);
        free(parts->at[i].path);
        free(parts->at[i].fresh);
    }
    free(parts->at);
}

static struct part *add_part(struct parts *parts, const char *path)
{
    AUTO(strbuf_release) struct strbuf fresh = STRBUF_INIT;
    parts->at = array_room(parts->at, &parts->cap, parts->len + 1, sizeof *parts->at);
    struct part *part = &parts->at[parts->len++];
    strbuf_addf(&fresh, "%s.%ld.tmp", path, (long)getpid());
    *part = (struct part){ .path = xstrdup(path), .fresh = strbuf_detach(&fresh), .lock = -1 };
    return part;
}

/* ---- pseudonyms ---- */

static void put(struct turning *t, struct span old, struct span value)
{
    bool is_new;
    uint64_t *number = map_put(&t->by_old, hash64(old), 0, &is_new);
    if (!is_new)
        return;
    t->texts = array_room(t->texts, &t->cap, t->len + 1, sizeof *t->texts);
    pseudonymizer_make(t->fresh, value, t->texts[t->len]);
    *number = ++t->len;
    t->summary->pseudonyms++;
}

/* One that no side file knows becomes a pseudonym of the pseudonym: the second layer. */
static struct span turned(struct turning *t, struct span old)
{
    const uint64_t *number = map_get(&t->by_old, hash64(old));
    if (!number) {
        put(t, old, old);
        number = map_get(&t->by_old, hash64(old));
    }
    return span_make(t->texts[*number - 1], PSEUDONYM_LEN);
}

static struct span turn_value(void *ctx, const struct store_value *v)
{
    struct turning *t = ctx;
    struct span rest = v->value;
    ptrdiff_t hit;
    bool changed = false;
    if (span_eq(v->table, SPAN("segment")) || span_eq(v->column, SPAN("hash")))
        return SPAN_NONE; /* numbers */
    if (span_eq(v->table, SPAN("meta")) && span_eq(v->value, t->key_before))
        return span_of(t->key_name);
    if (span_eq(v->table, SPAN("meta")) && t->id_before[0] &&
        span_eq(v->value, span_of(t->id_before)))
        return span_of(t->id_now);
    strbuf_clear(&t->out);
    while (rest.len >= PSEUDONYM_LEN && (hit = span_find(rest, SPAN("p~"))) >= 0) {
        strbuf_add_span(&t->out, span_head(rest, (size_t)hit));
        rest = span_from(rest, (size_t)hit);
        bool is_one = rest.len >= PSEUDONYM_LEN && is_pseudonym(span_head(rest, PSEUDONYM_LEN));
        size_t len = is_one ? (size_t)PSEUDONYM_LEN : 2;
        strbuf_add_span(&t->out, is_one ? turned(t, span_head(rest, len)) : span_head(rest, len));
        rest = span_from(rest, len);
        changed |= is_one;
    }
    strbuf_add_span(&t->out, rest);
    return changed ? strbuf_span(&t->out) : SPAN_NONE;
}

/* ---- side files ---- */

static int learn_original(void *ctx, const struct original *o)
{
    struct turning *t = ctx;
    if (o->form != ORIGINAL_VALUE || map_get(&t->by_old, hash64(o->pseudonym)))
        return 0;
    put(t, o->pseudonym, o->text);
    t->stale |= !span_eq(turned(t, o->pseudonym), o->pseudonym);
    t->summary->anew++;
    return 0;
}

struct resealing {
    struct turning *turning;
    struct side_writer *writer;
};

static int reseal_original(void *ctx, const struct original *o)
{
    struct resealing *r = ctx;
    struct original fresh = *o;
    fresh.pseudonym = turned(r->turning, o->pseudonym);
    side_writer_put(r->writer, &fresh);
    return side_writer_check(r->writer, NULL);
}

/*
 * The first walk reads all of it: a damaged one ends it here. After a crash the side file
 * may be under the new key already, or the capture and not yet its side file.
 */
static int turn_side_file(struct turning *t, const struct part *part, struct err *err)
{
    AUTO(side_writer_freep) struct side_writer *writer = NULL;
    unsigned char key[SEAL_KEY_BYTES], fresh[SEAL_KEY_BYTES];
    struct side_id id;
    int rc = seal_key_load(key, t->options->seal_key, false, err);
    if (rc == 0)
        rc = seal_key_load(fresh,
                           t->options->new_seal_key ? t->options->new_seal_key
                                                    : t->options->seal_key,
                           false, err);
    t->stale = false;
    if (rc == 0)
        rc = side_file_each(part->path, key, &id, learn_original, t, err);
    if (rc == 0) {
        side_id_text(&id, t->id_before);
        if (t->stale)
            id = pseudonymizer_next_id(t->fresh, id);
        side_id_text(&id, t->id_now);
        rc = side_writer_open(&writer, part->fresh, fresh, id, err);
    }
    if (rc == 0) {
        struct resealing r = { t, writer };
        rc = side_file_each(part->path, key, NULL, reseal_original, &r, err);
    }
    if (rc == 0)
        rc = side_writer_finish(writer, err); /* under part->fresh */
    key_forget(key, sizeof key);
    key_forget(fresh, sizeof fresh);
    return rc;
}

/* ---- stores ---- */

/* 1 when it has the new key already. */
static int check_key(struct turning *t, struct store *store, struct arena *arena, struct err *err)
{
    t->key_before = SPAN_NONE;
    int rc = store_get_meta(store, "keyed", &t->key_before, arena, err);
    return rc < 0 ? rc : span_eq(t->key_before, span_of(t->key_name));
}

/* 1 when there is nothing to do. */
static int turn_store(struct turning *t, struct part *part, struct err *err)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(store_closep) struct store *copy = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    int rc = file_lock(&part->lock, part->path, err);
    if (rc == 0)
        rc = store_open(&store, part->path, true, err);
    if (rc == 0)
        rc = check_key(t, store, &arena, err);
    if (rc != 0)
        return rc;
    rc = store_make_single(store, err);
    if (rc == 0)
        rc = store_copy_turned(store, part->fresh, turn_value, t, err);
    if (rc < 0 || t->key_before.len)
        return rc;
    rc = store_open(&copy, part->fresh, true, err); /* of a file from before keys had names */
    if (rc == 0)
        rc = store_put_meta(copy, "keyed", span_of(t->key_name), err);
    return rc < 0 ? rc : store_make_single(copy, err);
}

/* ---- all of them ---- */

static int look_up(const struct turning *t, size_t done, size_t total, struct err *err)
{
    if (t->options->progress)
        progress_report(t->options->progress, &(struct progress_state){ .doing = "rekey",
                                                                        .unit = "files",
                                                                        .done = done,
                                                                        .total = total });
    if (t->options->stop && *t->options->stop)
        return err_set(err, E_STOPPED, "stopped: all files are as they were");
    return 0;
}

static bool has_side_file(const char *path, struct strbuf *ret)
{
    strbuf_clear(ret);
    strbuf_addf(ret, "%s.secrets", path);
    return file_exists(ret->buf);
}

/* Side files come first, for they know the originals; they take their places last. */
static int turn_side_files(struct turning *t, struct parts *sides, struct err *err)
{
    AUTO(strbuf_release) struct strbuf side = STRBUF_INIT;
    for (size_t i = 0; i < t->options->path_count; i++) {
        if (!has_side_file(t->options->paths[i], &side))
            continue;
        if (sides->len)
            return err_set(err, E_USAGE,
                           "%s: a second side file: turn the files of one rehearsal at a time",
                           side.buf);
        int rc = turn_side_file(t, add_part(sides, side.buf), err);
        if (rc < 0)
            return rc;
        t->summary->side_files += t->stale || t->options->new_seal_key;
    }
    return 0;
}

static int turn_stores(struct turning *t, struct parts *stores, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->options->path_count; i++) {
        rc = look_up(t, i, t->options->path_count, err);
        if (rc == 0)
            rc = turn_store(t, add_part(stores, t->options->paths[i]), err);
        if (rc == 1) {
            t->summary->already++;
            free(stores->at[stores->len - 1].fresh);
            stores->at[stores->len - 1].fresh = NULL;
            rc = 0;
        } else if (rc == 0) {
            t->summary->turned++;
        }
    }
    return rc;
}

static int put_in_place(struct parts *parts, struct err *err)
{
    for (size_t i = 0; i < parts->len; i++)
        if (parts->at[i].fresh && rename(parts->at[i].fresh, parts->at[i].path) != 0)
            return err_errno(err, E_IO, "%s: cannot be put in place; run the same command again",
                             parts->at[i].path);
    return 0;
}

static int turn_all(struct turning *t, struct err *err)
{
    AUTO(parts_release) struct parts stores = { 0 };
    AUTO(parts_release) struct parts sides = { 0 };
    size_t count = t->options->path_count;
    int rc = turn_side_files(t, &sides, err);
    if (rc == 0)
        rc = turn_stores(t, &stores, err);
    if (rc == 0 && t->summary->turned + t->summary->side_files == 0)
        return err_set(err, E_USAGE,
                       "%s: %s this key already: make a new one (openssl rand -hex 32) and name it "
                       "with --key",
                       t->options->paths[0], count > 1 ? "all files have" : "has");
    if (rc == 0)
        rc = look_up(t, count, count, err);
    if (rc == 0)
        rc = put_in_place(&stores, err);
    return rc < 0 ? rc : put_in_place(&sides, err);
}

int rekey_run(const struct rekey_options *options, struct rekey_summary *ret, struct err *err)
{
    struct turning t = { .options = options, .summary = ret };
    *ret = (struct rekey_summary){ 0 };
    t.by_old = (struct map)MAP_INIT;
    t.out = (struct strbuf)STRBUF_INIT;
    veil_key_name(options->key, t.key_name);
    int rc = pseudonymizer_new(&t.fresh, options->key, err);
    if (rc == 0)
        rc = turn_all(&t, err);
    pseudonymizer_free(t.fresh);
    map_release(&t.by_old);
    strbuf_release(&t.out);
    free(t.texts);
    return rc;
}
