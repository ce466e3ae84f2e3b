#ifndef REHEARSE_SESSION_KEY_WORDS_H
#define REHEARSE_SESSION_KEY_WORDS_H

#include "rehearse/session/credential.h"
#include "rehearse/session/secret_signs.h"

/*
 * With the key of the pseudonyms, every word of a text can be held against the
 * pseudonyms of a capture: is it one of the originals? So originals are found that
 * nobody has kept: as they are, URL-encoded, in base64, backwards.
 */
struct key_words;

int key_words_new(struct key_words **ret, const unsigned char key[VEIL_KEY_BYTES], struct err *err);
void key_words_free(struct key_words *words);
/* Every pseudonym in `text` is one to look for. */
void key_words_learn(struct key_words *words, struct span text);
void key_words_find(struct key_words *words, struct span text, secret_sighting_fn *fn, void *ctx);

#endif
