/*
 * A file as bytes and lines. One buffer holds what is decoded and not yet given
 * out; it starts at BUFFER_BYTES and grows only while a single line is longer.
 * gzip is RFC 1952 (members follow one another, section 2.2), zstd RFC 8878.
 */
#include "rehearse/capture/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "rehearse/base/mem.h"

enum { BUFFER_BYTES = 256 * 1024, RAW_BYTES = 64 * 1024, PEEK_MAX = 64 * 1024, MAGIC_BYTES = 6 };

/* Decode more into the buffer: 1 some came, 0 the end, or negative. */
typedef int input_fill(struct input *input, struct err *err);

struct input {
    char *path; /* owned, for messages */
    int fd;     /* owned unless it is standard input */
    input_fill *fill;
    uint64_t bytes_read, bytes_total;
    uint64_t line_number;

    char *raw; /* owned: undecoded bytes, [raw_at, raw_end) are left */
    size_t raw_at, raw_end;
    bool raw_ended;

    char *buf; /* owned: decoded bytes, [at, end) are left, [at, scanned) hold no LF */
    size_t at, end, scanned, cap;
    bool ended;
    bool passing;       /* the line last given was too long: its rest is still to be passed over */
    struct err failure; /* given once the bytes before it are; code 0 while all is well */

    z_stream gzip;
    bool has_gzip, in_member;
    ZSTD_DStream *zstd; /* owned or NULL */
    bool in_frame;
};

/* ---- undecoded bytes ---- */

static int read_some(struct input *in, char *to, size_t room, size_t *ret, struct err *err)
{
    ssize_t got;
    do {
        got = read(in->fd, to, room);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_errno(err, E_IO, "%s: reading stopped after %llu bytes", in->path,
                         (unsigned long long)in->bytes_read);
    in->bytes_read += (uint64_t)got;
    *ret = (size_t)got;
    return 0;
}

/* At least `want` undecoded bytes, fewer only at the end of the file. */
static int raw_want(struct input *in, size_t want, struct err *err)
{
    assert(want <= RAW_BYTES);
    if (in->raw_at == in->raw_end)
        in->raw_at = in->raw_end = 0;
    while (in->raw_end - in->raw_at < want && !in->raw_ended) {
        if (in->raw_at) {
            memmove(in->raw, in->raw + in->raw_at, in->raw_end - in->raw_at);
            in->raw_end -= in->raw_at;
            in->raw_at = 0;
        }
        size_t got = 0;
        int rc = read_some(in, in->raw + in->raw_end, RAW_BYTES - in->raw_end, &got, err);
        if (rc < 0)
            return rc;
        in->raw_end += got;
        in->raw_ended = got == 0;
    }
    return 0;
}

static size_t raw_left(const struct input *in)
{
    return in->raw_end - in->raw_at;
}

/* ---- decoders ---- */

static int fill_plain(struct input *in, struct err *err)
{
    size_t room = in->cap - in->end;
    size_t got = raw_left(in); /* what was read to tell the coding */
    if (got) {
        got = got < room ? got : room;
        memcpy(in->buf + in->end, in->raw + in->raw_at, got);
        in->raw_at += got;
    } else {
        int rc = read_some(in, in->buf + in->end, room, &got, err);
        if (rc < 0)
            return rc;
    }
    in->end += got;
    return got > 0;
}

static int broken(struct input *in, const char *coding, const char *how, struct err *err)
{
    return err_set(err, E_FORMAT,
                   "%s: the %s stream %s behind byte %llu (line %llu); what came before it is "
                   "read, the rest is lost: fetch the file again",
                   in->path, coding, how, (unsigned long long)(in->bytes_read - raw_left(in)),
                   (unsigned long long)in->line_number + 1);
}

static bool is_gzip(const char *b, size_t len)
{
    return len >= 2 && b[0] == '\x1f' && b[1] == '\x8b';
}

/* Between members: another one, padding with zeros (tapes, block devices), or the end. */
static int next_member(struct input *in, struct err *err)
{
    do {
        int rc = raw_want(in, 2, err);
        if (rc < 0)
            return rc;
        while (raw_left(in) && in->raw[in->raw_at] == '\0')
            in->raw_at++;
    } while (raw_left(in) < 2 && !in->raw_ended);
    if (raw_left(in) == 0)
        return 0;
    if (!is_gzip(in->raw + in->raw_at, raw_left(in)))
        return broken(in, "gzip", "is followed by other bytes", err);
    inflateReset(&in->gzip);
    in->in_member = true;
    return 1;
}

static int fill_gzip(struct input *in, struct err *err)
{
    for (;;) {
        int rc = in->in_member ? 1 : next_member(in, err);
        if (rc <= 0)
            return rc;
        if ((rc = raw_want(in, 1, err)) < 0)
            return rc;
        if (raw_left(in) == 0)
            return broken(in, "gzip", "breaks off", err);
        size_t room = in->cap - in->end;
        in->gzip.next_in = (Bytef *)in->raw + in->raw_at;
        in->gzip.avail_in = (uInt)raw_left(in);
        in->gzip.next_out = (Bytef *)in->buf + in->end;
        in->gzip.avail_out = (uInt)room;
        int z = inflate(&in->gzip, Z_NO_FLUSH);
        in->raw_at = in->raw_end - in->gzip.avail_in;
        size_t got = room - in->gzip.avail_out;
        in->end += got;
        if (z == Z_STREAM_END)
            in->in_member = false;
        else if (z != Z_OK && z != Z_BUF_ERROR)
            return broken(in, "gzip", "is damaged", err);
        if (got)
            return 1;
    }
}

static int fill_zstd(struct input *in, struct err *err)
{
    for (;;) {
        int rc = raw_want(in, 1, err);
        if (rc < 0)
            return rc;
        if (raw_left(in) == 0)
            return in->in_frame ? broken(in, "zstd", "breaks off", err) : 0;
        ZSTD_inBuffer from = { in->raw + in->raw_at, raw_left(in), 0 };
        ZSTD_outBuffer to = { in->buf + in->end, in->cap - in->end, 0 };
        size_t left = ZSTD_decompressStream(in->zstd, &to, &from);
        in->raw_at += from.pos;
        in->end += to.pos;
        if (ZSTD_isError(left))
            return broken(in, "zstd", "is damaged", err);
        in->in_frame = left != 0;
        if (to.pos)
            return 1;
    }
}

/* ---- opening ---- */

static const struct {
    struct span magic;
    const char *name;
} other_codings[] = {
    { { "\xfd"
        "7zXZ",
        5 },
      "xz" },
    { { "BZh", 3 }, "bzip2" },
    { { "PK\x03\x04", 4 }, "zip" },
    { { "\x04\x22\x4d\x18", 4 }, "lz4" },
};

static int tell_coding(struct input *in, struct err *err)
{
    int rc = raw_want(in, MAGIC_BYTES, err);
    if (rc < 0)
        return rc;
    struct span head = span_make(in->raw + in->raw_at, raw_left(in));
    if (is_gzip(head.ptr, head.len)) {
        in->has_gzip = inflateInit2(&in->gzip, 15 + 16) == Z_OK;
        assert(in->has_gzip);
        in->in_member = true;
        in->fill = fill_gzip;
        return 0;
    }
    if (span_starts(head, SPAN("\x28\xb5\x2f\xfd"))) {
        in->zstd = ZSTD_createDStream();
        assert(in->zstd);
        in->fill = fill_zstd;
        return 0;
    }
    for (size_t i = 0; i < sizeof other_codings / sizeof *other_codings; i++)
        if (span_starts(head, other_codings[i].magic))
            return err_set(err, E_FORMAT,
                           "%s: compressed with %s; plain, gzip and zstd files are read: "
                           "decompress it first",
                           in->path, other_codings[i].name);
    in->fill = fill_plain;
    return 0;
}

static int open_file(struct input *in, const char *path, struct err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        in->path = xstrdup("standard input");
        in->fd = STDIN_FILENO;
        return 0;
    }
    in->path = xstrdup(path);
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return err_errno(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s", path);
    if (fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode))
        in->bytes_total = (uint64_t)st.st_size;
    return 0;
}

/* More decoded bytes; a failure is kept and given when what came before it is used up. */
static int more(struct input *in)
{
    if (in->ended)
        return 0;
    int rc = in->fill(in, &in->failure);
    if (rc <= 0)
        in->ended = true;
    return rc;
}

static void drop_bom(struct input *in)
{
    while (in->end - in->at < 3 && more(in) > 0)
        ;
    if (in->end - in->at >= 3 && memcmp(in->buf + in->at, "\xef\xbb\xbf", 3) == 0)
        in->at += 3;
    in->scanned = in->at;
}

int input_open(struct input **ret, const char *path, struct err *err)
{
    AUTO(input_closep) struct input *in = xcalloc(1, sizeof *in);
    in->fd = -1;
    int rc = open_file(in, path, err);
    if (rc < 0)
        return rc;
    in->raw = xmalloc(RAW_BYTES);
    in->cap = BUFFER_BYTES;
    in->buf = xmalloc(in->cap);
    rc = tell_coding(in, err);
    if (rc < 0)
        return rc;
    drop_bom(in);
    *ret = in;
    in = NULL;
    return 0;
}

void input_close(struct input *in)
{
    if (!in)
        return;
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    if (in->has_gzip)
        inflateEnd(&in->gzip);
    ZSTD_freeDStream(in->zstd);
    free(in->path);
    free(in->raw);
    free(in->buf);
    free(in);
}

/* ---- giving out ---- */

/* What is left at the front of the buffer, and room behind it for at least `room` bytes. */
static void make_room(struct input *in, size_t room)
{
    if (in->at) {
        memmove(in->buf, in->buf + in->at, in->end - in->at);
        in->end -= in->at;
        in->scanned -= in->at;
        in->at = 0;
    }
    if (in->cap - in->end < room)
        in->buf = array_room(in->buf, &in->cap, in->end + room, 1);
}

static int ending(const struct input *in, struct err *err)
{
    if (in->failure.code == 0)
        return 0;
    return err_set(err, in->failure.code, "%s", in->failure.text);
}

int input_peek(struct input *in, size_t want, struct span *ret, struct err *err)
{
    assert(want <= PEEK_MAX);
    if (in->cap - in->at < want)
        make_room(in, want);
    while (in->end - in->at < want && more(in) > 0)
        ;
    size_t got = in->end - in->at;
    if (got == 0 && in->failure.code)
        return ending(in, err);
    *ret = span_make(in->buf + in->at, got < want ? got : want);
    return 0;
}

/* Pass over the rest of a line that was too long to keep. */
static void pass_line(struct input *in)
{
    in->passing = false;
    for (;;) {
        const char *lf = in->end > in->at ? memchr(in->buf + in->at, '\n', in->end - in->at) : NULL;
        if (lf) {
            in->at = (size_t)(lf - in->buf) + 1;
            break;
        }
        in->at = in->end = 0;
        if (more(in) <= 0)
            break;
    }
    in->scanned = in->at;
}

static struct span without_cr(struct span line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* The line's LF, decoding more as needed; NULL when the input ends or the line is too long. */
static const char *find_lf(struct input *in)
{
    for (;;) {
        const char *lf = in->end > in->scanned
                             ? memchr(in->buf + in->scanned, '\n', in->end - in->scanned)
                             : NULL;
        if (lf)
            return lf;
        in->scanned = in->end;
        if (in->end - in->at > INPUT_MAX_LINE)
            return NULL;
        if (in->cap - in->end < BUFFER_BYTES / 4)
            make_room(in, BUFFER_BYTES / 2);
        if (more(in) <= 0)
            return NULL;
    }
}

int input_line(struct input *in, struct span *ret, bool *ret_cut, struct err *err)
{
    bool cut = false;
    if (in->passing)
        pass_line(in);
    const char *lf = find_lf(in);
    size_t len = (lf ? (size_t)(lf - in->buf) : in->end) - in->at;
    if (!lf && len == 0)
        return ending(in, err);
    if (len > INPUT_MAX_LINE) {
        len = INPUT_MAX_LINE;
        cut = in->passing = true;
    } else if (!lf) {
        cut = in->failure.code != 0;
    }
    *ret = without_cr(span_make(in->buf + in->at, len));
    in->at += len + (lf && !in->passing);
    in->scanned = in->at;
    in->line_number++;
    if (ret_cut)
        *ret_cut = cut;
    return 1;
}

int input_chunk(struct input *in, struct span *ret, struct err *err)
{
    if (in->at == in->end) {
        in->at = in->end = in->scanned = 0;
        if (more(in) <= 0)
            return ending(in, err);
    }
    *ret = span_make(in->buf + in->at, in->end - in->at);
    in->at = in->scanned = in->end;
    return 1;
}

const char *input_path(const struct input *in)
{
    return in->path;
}

uint64_t input_line_number(const struct input *in)
{
    return in->line_number;
}

uint64_t input_bytes_read(const struct input *in)
{
    return in->bytes_read;
}

uint64_t input_bytes_total(const struct input *in)
{
    return in->bytes_total;
}
