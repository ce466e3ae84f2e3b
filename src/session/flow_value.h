#ifndef SRC_SESSION_FLOW_VALUE_H
#define SRC_SESSION_FLOW_VALUE_H

#include "rehearse/session/value_place.h"

/*
 * What a value and the name of its place are worth as evidence that a request's value
 * is an answer's.
 */
enum worth {
    WORTH_NOTHING, /* words, prices, texts with spaces: equal by chance or by nature */
    WORTH_WEAK,    /* "17", "c17": tells something where the names fit */
    WORTH_STRONG,  /* nobody has it by chance */
};
enum worth value_worth(struct span value);

/* What a name is about: "cart" of cart_id, cartId, carts, and of the id of a cart. */
enum { LONGEST_NOUN = 30 };
struct noun {
    unsigned char len; /* 0: the name says nothing ("id", "value") */
    bool is_id;        /* the name calls it one: cart_id, orderNumber */
    char text[LONGEST_NOUN];
};

/* Of a name alone. */
struct noun noun_of_name(struct span name);
/* Of the place of a sink or a source, in a message about `target`. */
struct noun noun_of_place(const struct value_at *at, struct span target);
/* The same, or one is the end of the other: "line" of "cartline". */
bool noun_fits(const struct noun *a, const struct noun *b);
uint64_t noun_hash(const struct noun *noun);

/* A file of a build (hashed assets, build ids): replay knows it by its shape. */
bool belongs_to_a_build(struct span target);

#endif
