/* The side file, read: hostile until its seal has been checked. See side_frame.h. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "side_frame.h"

#include "rehearse/base/strbuf.h"

/* Bytes in order, from a file or from memory. */
struct input {
    int fd; /* -1: from `rest` */
    struct span rest;
    const char *name;
    uint64_t read; /* bytes so far */
};

struct reading {
    struct input in;
    unsigned char front[SIDE_FRONT_BYTES];
    crypto_secretstream_xchacha20poly1305_state stream;
    struct strbuf sealed, frame;
    original_fn *fn;
    void *ctx;
};

/* As many as there are, up to `len`; negative on failure. */
static ssize_t take_bytes(struct input *in, void *to, size_t len, struct err *err)
{
    size_t got = 0;
    if (in->fd < 0) {
        got = len < in->rest.len ? len : in->rest.len;
        if (got)
            memcpy(to, in->rest.ptr, got);
        in->rest = span_from(in->rest, got);
    }
    while (in->fd >= 0 && got < len) {
        ssize_t n = read(in->fd, (char *)to + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, E_IO, "%s: cannot be read", in->name);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    in->read += got;
    return (ssize_t)got;
}

static int cut_off(const struct reading *r, struct err *err)
{
    return err_set(err, E_DAMAGED,
                   "%s: cut off after %llu bytes: use a whole copy of it, or import again with "
                   "--keep-secrets",
                   r->in.name, (unsigned long long)r->in.read);
}

static int changed(const struct reading *r, struct err *err)
{
    return err_set(err, E_DAMAGED,
                   "%s: changed or damaged before byte %llu: nothing of it is used; take an "
                   "untouched copy, or import again with --keep-secrets",
                   r->in.name, (unsigned long long)r->in.read);
}

static int take_exactly(struct reading *r, void *to, size_t len, struct err *err)
{
    ssize_t got = take_bytes(&r->in, to, len, err);
    if (got < 0)
        return (int)got;
    return (size_t)got == len ? 0 : cut_off(r, err);
}

bool side_file_is_one(struct span front)
{
    return span_starts(front, span_make(SIDE_MAGIC, SIDE_MAGIC_BYTES));
}

static int check_front(const struct reading *r, const unsigned char *key, struct err *err)
{
    unsigned char check[SIDE_CHECK_BYTES];
    if (r->front[SIDE_MAGIC_BYTES] != SIDE_VERSION)
        return err_set(err, E_FORMAT,
                       "%s: a side file of version %u, this program reads %d: use the rehearse "
                       "that wrote it, or import again",
                       r->in.name, r->front[SIDE_MAGIC_BYTES], SIDE_VERSION);
    side_key_check(key, check);
    if (sodium_memcmp(check, r->front + SIDE_FRONT_BYTES - SIDE_CHECK_BYTES, sizeof check) != 0)
        return err_set(err, E_USAGE,
                       "%s: sealed with another key: name its key file with --secrets-key, or set "
                       "REHEARSE_SECRETS_KEY",
                       r->in.name);
    return 0;
}

static int begin(struct reading *r, const unsigned char *key, struct side_id *ret_id,
                 struct err *err)
{
    unsigned char stream_key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    ssize_t got = take_bytes(&r->in, r->front, sizeof r->front, err);
    if (got < 0)
        return (int)got;
    if (!side_file_is_one(span_make((const char *)r->front, (size_t)got)))
        return err_set(err, E_FORMAT,
                       "%s: not a side file: expected what import --keep-secrets writes beside a "
                       "capture",
                       r->in.name);
    if ((size_t)got < sizeof r->front)
        return cut_off(r, err);
    int rc = check_front(r, key, err);
    if (rc == 0)
        rc = take_exactly(r, header, sizeof header, err);
    if (rc < 0)
        return rc;
    side_stream_key(key, r->front, stream_key);
    rc = crypto_secretstream_xchacha20poly1305_init_pull(&r->stream, header, stream_key);
    sodium_memzero(stream_key, sizeof stream_key);
    if (rc != 0)
        return changed(r, err);
    if (ret_id)
        memcpy(ret_id->bytes, r->front + SIDE_MAGIC_BYTES + 1, SIDE_ID_BYTES);
    return 0;
}

static bool is_form(unsigned char c)
{
    return c == ORIGINAL_VALUE || c == ORIGINAL_COOKIE || c == ORIGINAL_FIELD;
}

static int take_records(struct reading *r, struct span frame, struct err *err)
{
    while (frame.len) {
        const unsigned char *at = (const unsigned char *)frame.ptr;
        if (frame.len < SIDE_RECORD_BYTES || !is_form(at[0]))
            return changed(r, err);
        uint32_t len = side_get_u32(at + 1 + PSEUDONYM_LEN);
        struct original original = { .form = (enum original_form)at[0],
                                     .pseudonym = span_make(frame.ptr + 1, PSEUDONYM_LEN) };
        frame = span_from(frame, SIDE_RECORD_BYTES);
        if (len > frame.len || !is_pseudonym(original.pseudonym))
            return changed(r, err);
        original.text = span_head(frame, len);
        frame = span_from(frame, len);
        int rc = r->fn(r->ctx, &original);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* One frame, opened; `ret_last` says that none may follow. */
static int take_frame(struct reading *r, bool *ret_last, struct err *err)
{
    unsigned char length[4], tag = 0;
    unsigned long long opened = 0;
    int rc = take_exactly(r, length, sizeof length, err);
    if (rc < 0)
        return rc;
    uint32_t len = side_get_u32(length);
    if (len < crypto_secretstream_xchacha20poly1305_ABYTES || len > SIDE_FRAME_MAX)
        return changed(r, err);
    strbuf_clear(&r->sealed);
    strbuf_clear(&r->frame);
    rc = take_exactly(r, strbuf_room(&r->sealed, len), len, err);
    if (rc < 0)
        return rc;
    if (crypto_secretstream_xchacha20poly1305_pull(
            &r->stream, (unsigned char *)strbuf_room(&r->frame, len), &opened, &tag,
            (const unsigned char *)r->sealed.buf, len, r->front, sizeof r->front) != 0)
        return changed(r, err);
    *ret_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return take_records(r, span_make(r->frame.buf, (size_t)opened), err);
}

static int read_all(struct reading *r, const unsigned char *key, struct side_id *ret_id,
                    struct err *err)
{
    bool last = false;
    char more;
    int rc = sodium_init() < 0 ? err_set(err, E_IO, "libsodium could not be set up") : 0;
    if (rc == 0)
        rc = begin(r, key, ret_id, err);
    while (rc == 0 && !last)
        rc = take_frame(r, &last, err);
    if (rc != 0)
        return rc;
    ssize_t got = take_bytes(&r->in, &more, 1, err);
    return got == 0 ? 0 : got < 0 ? (int)got : changed(r, err);
}

static void reading_release(struct reading *r)
{
    if (r->in.fd >= 0)
        close(r->in.fd);
    sodium_memzero(&r->stream, sizeof r->stream);
    if (r->frame.cap)
        sodium_memzero(r->frame.buf, r->frame.cap);
    strbuf_release(&r->frame);
    strbuf_release(&r->sealed);
}

int side_file_each(const char *path, const unsigned char key[SEAL_KEY_BYTES],
                   struct side_id *ret_id, original_fn *fn, void *ctx, struct err *err)
{
    AUTO(reading_release) struct reading r = {
        .in = { .fd = open(path, O_RDONLY | O_CLOEXEC), .name = path },
        .sealed = STRBUF_INIT,
        .frame = STRBUF_INIT,
        .fn = fn,
        .ctx = ctx,
    };
    if (r.in.fd < 0)
        return err_errno(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot be opened", path);
    return read_all(&r, key, ret_id, err);
}

int side_text_each(struct span text, const char *name, const unsigned char key[SEAL_KEY_BYTES],
                   struct side_id *ret_id, original_fn *fn, void *ctx, struct err *err)
{
    AUTO(reading_release) struct reading r = {
        .in = { .fd = -1, .rest = text, .name = name },
        .sealed = STRBUF_INIT,
        .frame = STRBUF_INIT,
        .fn = fn,
        .ctx = ctx,
    };
    return read_all(&r, key, ret_id, err);
}
