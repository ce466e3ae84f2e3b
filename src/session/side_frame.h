#ifndef REHEARSE_SRC_SIDE_FRAME_H
#define REHEARSE_SRC_SIDE_FRAME_H

#include <sodium.h>

#include "rehearse/session/credential.h"
#include "rehearse/session/side_file.h"

/*
 * The side file, version 1. Numbers are little endian.
 *
 *   front    "RHSEALED", a byte with the version, the id of the capture (16 bytes), and 8
 *            bytes that tell the key (a keyed hash of a fixed text)
 *   header   24 bytes: of libsodium's secretstream (XChaCha20-Poly1305), random
 *   frames   u32 length of what follows, then a sealed frame; the front is its
 *            additional data. The last frame is tagged FINAL and ends the file.
 *
 * A frame holds whole records: a byte with the form, the pseudonym (24 bytes), u32
 * length, the text. The stream's key is derived from the user's key and the front.
 */
enum {
    SIDE_VERSION = 1,
    SIDE_MAGIC_BYTES = 8,
    SIDE_CHECK_BYTES = 8,
    SIDE_FRONT_BYTES = SIDE_MAGIC_BYTES + 1 + SIDE_ID_BYTES + SIDE_CHECK_BYTES,
    SIDE_RECORD_BYTES = 1 + PSEUDONYM_LEN + 4, /* without the text */
    SIDE_FRAME_GOAL = 64 * 1024,               /* a frame is closed when it is this large */
    SIDE_FRAME_MAX = SIDE_FRAME_GOAL + SIDE_RECORD_BYTES + ORIGINAL_MAX +
                     (int)crypto_secretstream_xchacha20poly1305_ABYTES,
};

#define SIDE_MAGIC "RHSEALED"

/* 8 bytes that tell one key from another and nothing else. */
void side_key_check(const unsigned char key[SEAL_KEY_BYTES],
                    unsigned char ret[SIDE_CHECK_BYTES]);
/* The key of one file's stream. */
void side_stream_key(const unsigned char key[SEAL_KEY_BYTES], const unsigned char *front,
                     unsigned char ret[crypto_secretstream_xchacha20poly1305_KEYBYTES]);

static inline void side_put_u32(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> (8 * i));
}

static inline uint32_t side_get_u32(const unsigned char *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

#endif
