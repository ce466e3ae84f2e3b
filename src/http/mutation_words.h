#ifndef REHEARSE_SRC_HTTP_MUTATION_WORDS_H
#define REHEARSE_SRC_HTTP_MUTATION_WORDS_H

#include "rehearse/http/mutation.h"

/* Words that tell what a request is about. */

/*
 * The gravest class that a word in `text` tells, MUTATION_OTHER when none does. Words
 * end where letters and digits do and where a capital follows a small letter:
 * "placeOrder", "place-order" and "place_order" are the same two. Escapes (%XX) are
 * read as what they stand for.
 */
enum mutation_class words_class(struct span text);
/* Of a name in a form, a JSON object or a multipart body: "card[number]", "new_password". `strong`:
 * only names that tell it whatever the path says. */
enum mutation_class field_class(struct span name, bool strong);
/* The graver of two. */
enum mutation_class graver(enum mutation_class a, enum mutation_class b);

#endif
