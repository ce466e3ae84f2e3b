#ifndef REHEARSE_SESSION_PSEUDONYMIZER_H
#define REHEARSE_SESSION_PSEUDONYMIZER_H

#include "rehearse/session/credential.h"

/* Pseudonyms of single values, for who turns files from one key to another. */
struct pseudonymizer;

int pseudonymizer_new(struct pseudonymizer **ret, const unsigned char key[VEIL_KEY_BYTES],
                      struct err *err);
void pseudonymizer_free(struct pseudonymizer *pseudonymizer);
void pseudonymizer_make(struct pseudonymizer *pseudonymizer, struct span value,
                        char ret[PSEUDONYM_LEN]);
/* The id that a capture and its side file have after they were turned: the same for both. */
struct side_id pseudonymizer_next_id(struct pseudonymizer *pseudonymizer, struct side_id id);

#endif
