#include "sha1.h"

#include <stdint.h>
#include <string.h>

struct sha1 {
    uint32_t h[5];
    uint64_t bytes;
    unsigned char block[SHA1_BLOCK];
    size_t held;
};

static uint32_t rotated(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

/* RFC 3174, section 6.1, method 1. */
static void take_block(struct sha1 *s)
{
    static const uint32_t k[] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];
    for (unsigned t = 0; t < 16; t++)
        w[t] = (uint32_t)s->block[4 * t] << 24 | (uint32_t)s->block[4 * t + 1] << 16 |
               (uint32_t)s->block[4 * t + 2] << 8 | s->block[4 * t + 3];
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotated(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (unsigned t = 0; t < 80; t++) {
        uint32_t f = t < 20              ? (b & c) | (~b & d)
                     : t >= 40 && t < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        uint32_t next = rotated(a, 5) + f + e + w[t] + k[t / 20];
        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = next;
    }
    s->h[0] += a;
    s->h[1] += b;
    s->h[2] += c;
    s->h[3] += d;
    s->h[4] += e;
    s->held = 0;
}

static void take(struct sha1 *s, const unsigned char *bytes, size_t len)
{
    s->bytes += len;
    for (size_t i = 0; i < len; i++) {
        s->block[s->held++] = bytes[i];
        if (s->held == SHA1_BLOCK)
            take_block(s);
    }
}

static struct sha1 begin(void)
{
    return (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

static void end(struct sha1 *s, unsigned char ret[SHA1_BYTES])
{
    uint64_t bits = s->bytes * 8;
    unsigned char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    take(s, (const unsigned char *)"\x80", 1);
    while (s->held != SHA1_BLOCK - sizeof length)
        take(s, (const unsigned char *)"", 1);
    take(s, length, sizeof length);
    for (unsigned i = 0; i < SHA1_BYTES; i++)
        ret[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void hmac_sha1(unsigned char ret[SHA1_BYTES], const unsigned char *key, size_t key_len,
               const unsigned char *text, size_t len)
{
    unsigned char pad[SHA1_BLOCK] = { 0 }, inner[SHA1_BYTES];
    struct sha1 s = begin();
    if (key_len > SHA1_BLOCK) {
        take(&s, key, key_len);
        end(&s, pad);
    } else if (key_len) {
        memcpy(pad, key, key_len);
    }
    for (unsigned i = 0; i < SHA1_BLOCK; i++)
        pad[i] ^= 0x36;
    s = begin();
    take(&s, pad, sizeof pad);
    take(&s, text, len);
    end(&s, inner);
    for (unsigned i = 0; i < SHA1_BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    s = begin();
    take(&s, pad, sizeof pad);
    take(&s, inner, sizeof inner);
    end(&s, ret);
}
