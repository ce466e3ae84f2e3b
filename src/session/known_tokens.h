#ifndef REHEARSE_SESSION_KNOWN_TOKENS_H
#define REHEARSE_SESSION_KNOWN_TOKENS_H

#include "known_bodies.h"
#include "rehearse/http/exchange.h"
#include "token_names.h"

/*
 * What staging handed out in one session: the latest value of each named place.
 * Bounded: the oldest values make room.
 */
struct known_token {
    enum token_source source;
    uint64_t action;         /* TOKEN_INPUT: hash of the path its form goes to; 0 unknown */
    uint32_t age;            /* place in the order of learning; a larger one is later */
    struct span name, value; /* in one block, owned; name first */
};

enum { TOKENS_OFFERED = 128 };

struct known_tokens {
    struct known_token *at; /* owned */
    size_t len, cap;
    size_t bytes;
    uint32_t clock;
    uint32_t offered[TOKENS_OFFERED]; /* short hashes of names and values of inputs, a ring */
};

void known_tokens_release(struct known_tokens *tokens);
/* Copies; a value that is empty or too long is passed over. */
void known_tokens_put(struct known_tokens *tokens, const struct known_token *token);
void known_tokens_forget_cookie(struct known_tokens *tokens, struct span name);
/*
 * The latest value of that source whose name fits `pattern`; among inputs, one
 * whose form goes to `action` comes first. SPAN_NONE when there is none.
 */
struct span known_tokens_find(const struct known_tokens *tokens, enum token_source source,
                              const char *pattern, uint64_t action);
/* As above for a name that is no pattern, compared byte for byte. */
struct span known_tokens_find_name(const struct known_tokens *tokens, enum token_source source,
                                   struct span name, uint64_t action);

/* The latest value of an input of that name in a form that goes to this very action. */
struct span known_tokens_find_input(const struct known_tokens *tokens, struct span name,
                                    uint64_t action);
/* Did one of the last inputs learned have that name and that value? */
bool known_tokens_offered(const struct known_tokens *tokens, struct span name, struct span value);

/*
 * Read the tokens a response of staging hands out: its fields, cookies and body.
 * `barren` remembers bodies that held none; may be NULL.
 */
void harvest_tokens(struct known_tokens *tokens, const struct exchange *answered,
                    struct known_bodies *barren);
/* Hash of the path that a form action leads to, on the page at `target`; 0 when it cannot be told.
 */
uint64_t action_hash(struct span action, struct span target);

#endif
