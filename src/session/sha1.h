#ifndef REHEARSE_SESSION_SHA1_H
#define REHEARSE_SESSION_SHA1_H

#include <stddef.h>

/* HMAC-SHA-1 (RFC 2104, RFC 3174), which one-time passwords are made of; libsodium has none. */
enum { SHA1_BYTES = 20, SHA1_BLOCK = 64 };

/* `key` at most SHA1_BLOCK bytes are used as they are; a longer one is hashed first. */
void hmac_sha1(unsigned char ret[SHA1_BYTES], const unsigned char *key, size_t key_len,
               const unsigned char *text, size_t len);

#endif
