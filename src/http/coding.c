#include "rehearse/http/coding.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

/*
 * Each coding is a function that reads `in` and appends to `out`, never more than
 * `max` bytes in all. They return 0, E_LIMIT (out holds the front part) or E_FORMAT.
 */
typedef int decode_coding(struct strbuf *out, struct span in, size_t max, struct err *err);

enum {
    STEP_BYTES = 16384,
    MAX_CODINGS = 4, /* nobody stacks more; a bomb might */
};

static int over_limit(size_t max, struct err *err)
{
    return err_set(err, E_LIMIT, "body is larger than %zu bytes when its coding is undone", max);
}

/* The next place to write to: as much as a step, or what the limit leaves, or 0. */
static size_t step_room(const struct strbuf *out, size_t base, size_t max)
{
    size_t left = max - (out->len - base);
    return left < STEP_BYTES ? left : STEP_BYTES;
}

static int decode_identity(struct strbuf *out, struct span in, size_t max, struct err *err)
{
    strbuf_add_span(out, span_head(in, max));
    return in.len > max ? over_limit(max, err) : 0;
}

/* One zlib, gzip or raw stream at the front of in; *ret_used says how much of it that was. */
static int inflate_stream(z_stream *z, struct strbuf *out, size_t base, size_t max, struct err *err)
{
    int rc = Z_OK;
    while (rc == Z_OK) {
        size_t room = step_room(out, base, max);
        Bytef spill; /* with the limit reached, one more byte tells "full" from "too much" */
        z->next_out = room ? (Bytef *)strbuf_room(out, room) : &spill;
        z->avail_out = room ? (uInt)room : 1;
        rc = inflate(z, Z_NO_FLUSH);
        if (room)
            strbuf_grew(out, room - z->avail_out);
        else if (z->avail_out == 0)
            return over_limit(max, err);
        if (rc == Z_BUF_ERROR) /* no progress: nothing left to read */
            return err_set(err, E_FORMAT, "compressed body ends early");
    }
    if (rc != Z_STREAM_END)
        return err_set(err, E_FORMAT, "compressed body is damaged: %s", z->msg ? z->msg : "?");
    return 0;
}

/* gzip allows several members in a row (RFC 1952, section 2.2); zeros behind are padding. */
static int inflate_all(struct strbuf *out, struct span in, int window_bits, size_t max,
                       struct err *err)
{
    size_t base = out->len;
    z_stream z = { .avail_in = 0 };
    int rc = 0;

    if (in.len > UINT32_MAX)
        return err_set(err, E_LIMIT, "compressed body is larger than 4 GiB");
    if (inflateInit2(&z, window_bits) != Z_OK)
        return err_set(err, E_IO, "zlib has no memory");
    z.next_in = (Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    do {
        rc = inflate_stream(&z, out, base, max, err);
    } while (rc == 0 && window_bits > MAX_WBITS && z.avail_in > 18 && z.next_in[0] == 0x1f &&
             inflateReset(&z) == Z_OK);
    inflateEnd(&z);
    return rc;
}

static int decode_gzip(struct strbuf *out, struct span in, size_t max, struct err *err)
{
    return inflate_all(out, in, MAX_WBITS + 16, max, err);
}

/* "deflate" means zlib (RFC 9110, section 8.4.1.2), yet some servers send it raw. */
static int decode_deflate(struct strbuf *out, struct span in, size_t max, struct err *err)
{
    unsigned char cmf = in.len ? (unsigned char)in.ptr[0] : 0;
    unsigned char flg = in.len > 1 ? (unsigned char)in.ptr[1] : 0;
    bool is_zlib = (cmf & 15) == 8 && (cmf * 256 + flg) % 31 == 0; /* RFC 1950, section 2.2 */
    return inflate_all(out, in, is_zlib ? MAX_WBITS : -MAX_WBITS, max, err);
}

static int decode_br(struct strbuf *out, struct span in, size_t max, struct err *err)
{
    size_t base = out->len;
    size_t in_left = in.len;
    const uint8_t *next_in = (const uint8_t *)in.ptr;
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    int rc = 0;

    if (!state)
        return err_set(err, E_IO, "brotli has no memory");
    while (rc == 0 && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t room = step_room(out, base, max);
        uint8_t spill;
        size_t out_left = room ? room : 1;
        uint8_t *next_out = room ? (uint8_t *)strbuf_room(out, room) : &spill;
        result =
            BrotliDecoderDecompressStream(state, &in_left, &next_in, &out_left, &next_out, NULL);
        if (room)
            strbuf_grew(out, room - out_left);
        else if (out_left == 0)
            rc = over_limit(max, err);
    }
    BrotliDecoderDestroyInstance(state);
    if (rc == 0 && result != BROTLI_DECODER_RESULT_SUCCESS)
        rc = err_set(err, E_FORMAT, "brotli body is damaged or ends early");
    return rc;
}

static int zstd_stream(ZSTD_DStream *stream, struct strbuf *out, struct span in, size_t max,
                       struct err *err)
{
    size_t base = out->len;
    ZSTD_inBuffer source = { in.ptr, in.len, 0 };
    size_t more = 1; /* 0 at the end of a frame */

    for (;;) {
        size_t room = step_room(out, base, max);
        char spill;
        ZSTD_outBuffer to = { room ? strbuf_room(out, room) : &spill, room ? room : 1, 0 };
        more = ZSTD_decompressStream(stream, &to, &source);
        if (ZSTD_isError(more))
            return err_set(err, E_FORMAT, "zstd body is damaged: %s", ZSTD_getErrorName(more));
        if (room)
            strbuf_grew(out, to.pos);
        else if (to.pos)
            return over_limit(max, err);
        if (source.pos == source.size && (more == 0 || to.pos < to.size))
            return more == 0 ? 0 : err_set(err, E_FORMAT, "zstd body ends early");
    }
}

static int decode_zstd(struct strbuf *out, struct span in, size_t max, struct err *err)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (!stream)
        return err_set(err, E_IO, "zstd has no memory");
    /* RFC 9659: HTTP allows windows up to 8 MB. */
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 23);
    int rc = zstd_stream(stream, out, in, max, err);
    ZSTD_freeDStream(stream);
    return rc;
}

static const struct {
    struct span name;
    decode_coding *decode;
} codings[] = {
    { { "gzip", 4 }, decode_gzip },       { { "x-gzip", 6 }, decode_gzip },
    { { "deflate", 7 }, decode_deflate }, { { "br", 2 }, decode_br },
    { { "zstd", 4 }, decode_zstd },       { { "identity", 8 }, decode_identity },
};

static decode_coding *find_coding(struct span name)
{
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        if (span_ieq(name, codings[i].name))
            return codings[i].decode;
    return NULL;
}

/* The list in the order it was applied; how many, or a negative code. */
static int read_list(decode_coding **ret, struct span list, struct err *err)
{
    int count = 0;
    while (!span_is_none(list)) {
        struct span name = span_trim(span_cut(&list, ','));
        if (name.len == 0 || span_ieq(name, SPAN("identity")))
            continue;
        if (count == MAX_CODINGS)
            return err_set(err, E_LIMIT, "more than %d content codings", (int)MAX_CODINGS);
        ret[count] = find_coding(name);
        if (!ret[count])
            return err_set(err, E_FORMAT,
                           "unknown content coding '%.*s'; known are gzip, "
                           "deflate, br and zstd",
                           SPAN_ARG(span_head(name, 40)));
        count++;
    }
    return count;
}

int content_decode(struct strbuf *out, struct span coded, struct span coding, size_t max,
                   struct err *err)
{
    AUTO(strbuf_release) struct strbuf layer = STRBUF_INIT;
    decode_coding *list[MAX_CODINGS];
    int count = read_list(list, coding, err);

    if (count < 0)
        return count;
    if (count == 0 || coded.len == 0)
        return decode_identity(out, coded, max, err);
    /* Undone from the last applied to the first. */
    for (int i = count - 1; i > 0; i--) {
        struct strbuf inner = STRBUF_INIT;
        int rc = list[i](&inner, coded, max, err);
        strbuf_release(&layer);
        layer = inner;
        coded = strbuf_span(&layer);
        if (rc < 0)
            return rc;
    }
    return list[0](out, coded, max, err);
}

/* chunk-size in hexadecimal, at most 16 digits; extensions behind ';' are passed over. */
static bool chunk_size(struct span line, uint64_t *ret)
{
    struct span digits = span_trim(span_cut(&line, ';'));
    uint64_t n = 0;
    if (digits.len == 0 || digits.len > 15)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = char_hex(digits.ptr[i]);
        if (digit < 0)
            return false;
        n = n << 4 | (uint64_t)digit;
    }
    *ret = n;
    return true;
}

int chunked_decode(struct strbuf *out, struct span framed, size_t max, struct err *err)
{
    size_t base = out->len;
    struct span rest = framed;

    for (;;) {
        uint64_t size;
        struct span line = span_cut(&rest, '\n');
        if (span_is_none(rest))
            return err_set(err, E_FORMAT, "chunked body ends early, at byte %zu", framed.len);
        if (!chunk_size(line, &size))
            return err_set(err, E_FORMAT, "not a chunk size, at byte %td", line.ptr - framed.ptr);
        if (size == 0)
            return 0;
        size_t room = max - (out->len - base);
        strbuf_add_span(out, span_head(rest, size < room ? (size_t)size : room));
        if (size > room)
            return over_limit(max, err);
        if (size > rest.len)
            return err_set(err, E_FORMAT, "chunked body ends early, at byte %zu", framed.len);
        rest = span_from(rest, (size_t)size);
        struct span end = span_cut(&rest, '\n');
        if (span_trim(end).len || span_is_none(rest))
            return err_set(err, E_FORMAT, "no line end behind a chunk, at byte %td",
                           end.ptr - framed.ptr);
    }
}
