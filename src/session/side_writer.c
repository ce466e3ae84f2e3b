/* The side file, written: see side_frame.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "side_frame.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

/* Lately put: a cookie comes with every request of its visitor. A forgotten one is put twice,
 * which is harmless. */
enum { LATELY = 1u << 17 };

struct side_writer {
    char *path, *temporary; /* owned */
    int fd;
    bool ended;
    unsigned char front[SIDE_FRONT_BYTES];
    crypto_secretstream_xchacha20poly1305_state stream;
    struct strbuf frame, sealed;
    struct hash128 *lately; /* owned; of form and pseudonym */
    struct err err;         /* of the first failure */
};

void side_key_check(const unsigned char key[SEAL_KEY_BYTES], unsigned char ret[SIDE_CHECK_BYTES])
{
    static const unsigned char label[] = "rehearse: which key sealed it";
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof digest, label, sizeof label, key, SEAL_KEY_BYTES);
    memcpy(ret, digest, SIDE_CHECK_BYTES);
}

void side_stream_key(const unsigned char key[SEAL_KEY_BYTES], const unsigned char *front,
                     unsigned char ret[crypto_secretstream_xchacha20poly1305_KEYBYTES])
{
    static const unsigned char label[] = "rehearse: side file";
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, SEAL_KEY_BYTES,
                            crypto_secretstream_xchacha20poly1305_KEYBYTES);
    crypto_generichash_update(&state, label, sizeof label);
    crypto_generichash_update(&state, front, SIDE_FRONT_BYTES);
    crypto_generichash_final(&state, ret, crypto_secretstream_xchacha20poly1305_KEYBYTES);
    sodium_memzero(&state, sizeof state);
}

struct side_id side_id_draw(void)
{
    struct side_id id;
    randombytes_buf(id.bytes, sizeof id.bytes);
    return id;
}

void side_id_text(const struct side_id *id, char ret[SIDE_ID_TEXT])
{
    sodium_bin2hex(ret, SIDE_ID_TEXT, id->bytes, sizeof id->bytes);
}

static void fail(struct side_writer *w)
{
    if (w->err.code == 0)
        err_errno(&w->err, E_IO, "%s: cannot be written", w->path);
}

static void put_bytes(struct side_writer *w, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len && w->err.code == 0) {
        ssize_t put = write(w->fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            fail(w);
            return;
        }
        at += put;
        len -= (size_t)put;
    }
}

static void write_front(struct side_writer *w, const unsigned char *key, const struct side_id *id)
{
    unsigned char stream_key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    unsigned char *at = w->front;
    memcpy(at, SIDE_MAGIC, SIDE_MAGIC_BYTES);
    at[SIDE_MAGIC_BYTES] = SIDE_VERSION;
    memcpy(at + SIDE_MAGIC_BYTES + 1, id->bytes, SIDE_ID_BYTES);
    side_key_check(key, at + SIDE_MAGIC_BYTES + 1 + SIDE_ID_BYTES);
    side_stream_key(key, w->front, stream_key);
    crypto_secretstream_xchacha20poly1305_init_push(&w->stream, header, stream_key);
    sodium_memzero(stream_key, sizeof stream_key);
    put_bytes(w, w->front, sizeof w->front);
    put_bytes(w, header, sizeof header);
}

int side_writer_open(struct side_writer **ret, const char *path,
                     const unsigned char key[SEAL_KEY_BYTES], struct side_id id, struct err *err)
{
    AUTO(strbuf_release) struct strbuf temporary = STRBUF_INIT;
    strbuf_addf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    unlink(temporary.buf); /* of a process that had this number and was killed */
    int fd = open(temporary.buf, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, E_IO, "%s: cannot be created", temporary.buf);
    struct side_writer *w = xcalloc(1, sizeof *w);
    w->fd = fd;
    w->path = xstrdup(path);
    w->temporary = strbuf_detach(&temporary);
    w->frame = (struct strbuf)STRBUF_INIT;
    w->sealed = (struct strbuf)STRBUF_INIT;
    w->lately = xcalloc(LATELY, sizeof *w->lately);
    write_front(w, key, &id);
    *ret = w;
    return 0;
}

static void put_frame(struct side_writer *w, unsigned char tag)
{
    unsigned char length[4];
    unsigned long long len = 0;
    size_t room = w->frame.len + crypto_secretstream_xchacha20poly1305_ABYTES;
    strbuf_clear(&w->sealed);
    crypto_secretstream_xchacha20poly1305_push(
        &w->stream, (unsigned char *)strbuf_room(&w->sealed, room), &len,
        (const unsigned char *)w->frame.buf, w->frame.len, w->front, sizeof w->front, tag);
    side_put_u32(length, (uint32_t)len);
    put_bytes(w, length, sizeof length);
    put_bytes(w, w->sealed.buf, (size_t)len);
    sodium_memzero(w->frame.buf, w->frame.len);
    strbuf_clear(&w->frame);
}

/* By the text too: a value may have been spelled in several ways. */
static bool put_lately(struct side_writer *w, const struct original *o)
{
    struct hash128 key = hash128(o->pseudonym);
    key.low = hash_mix(key.low, (uint64_t)o->form);
    key.high = hash_mix(key.high, hash64(o->text)) | 1; /* 0 is an empty slot */
    struct hash128 *slot = &w->lately[key.low % LATELY];
    if (slot->low == key.low && slot->high == key.high)
        return true;
    *slot = key;
    return false;
}

void side_writer_put(struct side_writer *w, const struct original *o)
{
    unsigned char record[SIDE_RECORD_BYTES];
    if (w->err.code || o->form == ORIGINAL_PAYMENT || o->text.len > ORIGINAL_MAX || o->pseudonym.len != PSEUDONYM_LEN ||
        put_lately(w, o))
        return;
    record[0] = (unsigned char)o->form;
    memcpy(record + 1, o->pseudonym.ptr, PSEUDONYM_LEN);
    side_put_u32(record + 1 + PSEUDONYM_LEN, (uint32_t)o->text.len);
    strbuf_add(&w->frame, record, sizeof record);
    strbuf_add_span(&w->frame, o->text);
    if (w->frame.len >= SIDE_FRAME_GOAL)
        put_frame(w, 0);
}

int side_writer_check(const struct side_writer *w, struct err *err)
{
    return w->err.code ? err_set(err, w->err.code, "%s", w->err.text) : 0;
}

int side_writer_end(struct side_writer *w, struct err *err)
{
    if (w->ended)
        return side_writer_check(w, err);
    put_frame(w, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    if (w->err.code == 0 && fsync(w->fd) != 0)
        fail(w);
    if (close(w->fd) != 0)
        fail(w);
    w->fd = -1;
    w->ended = true;
    return side_writer_check(w, err);
}

int side_writer_finish(struct side_writer *w, struct err *err)
{
    int rc = side_writer_end(w, err);
    if (rc < 0)
        return rc;
    if (rename(w->temporary, w->path) != 0)
        return err_errno(err, E_IO, "%s: cannot be put in place", w->path);
    free(w->temporary);
    w->temporary = NULL;
    return 0;
}

static void wipe(struct strbuf *sb)
{
    if (sb->cap)
        sodium_memzero(sb->buf, sb->cap);
    strbuf_release(sb);
}

void side_writer_free(struct side_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    if (w->temporary)
        unlink(w->temporary);
    sodium_memzero(&w->stream, sizeof w->stream);
    wipe(&w->frame);
    strbuf_release(&w->sealed);
    free(w->lately);
    free(w->temporary);
    free(w->path);
    free(w);
}
