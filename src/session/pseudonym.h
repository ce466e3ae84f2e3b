#ifndef REHEARSE_SESSION_PSEUDONYM_H
#define REHEARSE_SESSION_PSEUDONYM_H

#include "rehearse/session/credential.h"

/*
 * Keyed pseudonyms, with the last few thousand remembered: the same cookies come
 * line after line. What is remembered is a keyed hash of the value and the
 * pseudonym, never the value.
 */
struct pseudonyms;

/* E_IO when libsodium cannot be set up. */
int pseudonyms_new(struct pseudonyms **ret, const unsigned char key[VEIL_KEY_BYTES],
                   struct err *err);
void pseudonyms_free(struct pseudonyms *pseudonyms);
/* PSEUDONYM_LEN bytes in `arena`. Equal values give equal bytes under one key. */
struct span pseudonym_of(struct pseudonyms *pseudonyms, struct span value, struct arena *arena);

#endif
