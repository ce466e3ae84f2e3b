#ifndef REHEARSE_SESSION_TOTP_H
#define REHEARSE_SESSION_TOTP_H

#include "rehearse/base/span.h"

/*
 * Time-based one-time passwords (RFC 6238): the second factor of a staging account,
 * from the secret in its `totp` column. The time is a parameter.
 */
enum totp_hash { TOTP_SHA1, TOTP_SHA256, TOTP_SHA512 };
enum { TOTP_MAX_DIGITS = 8, TOTP_MAX_SECRET = 128 };

struct totp {
    unsigned char secret[TOTP_MAX_SECRET];
    size_t secret_len;
    enum totp_hash hash;
    unsigned digits;   /* 6 to 8 */
    unsigned period_s; /* 30 */
};

/*
 * From the base32 text that sites show (RFC 4648; spaces, dashes, any case and missing
 * padding are forgiven), or an otpauth://totp/… URL with secret, algorithm, digits and
 * period. False when it is neither.
 */
bool totp_parse(struct totp *ret, struct span text);
/* The code at `now_s` (Unix seconds), terminated. */
void totp_code(const struct totp *totp, int64_t now_s, char ret[TOTP_MAX_DIGITS + 1]);

#endif
