#ifndef REHEARSE_HTTP_MUTATION_H
#define REHEARSE_HTTP_MUTATION_H

#include "rehearse/http/exchange.h"

/*
 * What kind of change a request that may change something would make, by what it
 * says itself: the words of its path, GraphQL fields, actions and form fields. Where
 * several fit, the graver: payment, then message, cart, account.
 */
enum mutation_class {
    MUTATION_IDEMPOTENT = 0, /* sent twice does what sent once does: PUT, DELETE, a query by POST */
    MUTATION_CART,           /* a visitor's own collection: cart, wish list, coupons in it */
    MUTATION_ACCOUNT,        /* signing in and out, registering, a visitor's own data */
    MUTATION_PAYMENT,        /* orders, money, and what a provider of payments is told */
    MUTATION_MESSAGE,        /* reaches other people: mail, comments, invitations */
    MUTATION_OTHER,
    MUTATION_CLASSES
};

/* "idempotent", "cart", "account", "payment", "message", "other": the scenario's words too. */
const char *mutation_class_name(enum mutation_class class);
bool mutation_class_named(struct span name, enum mutation_class *ret);

struct mutation {
    enum mutation_class class;
    const char *why; /* what it was told by, static: "the path", "its form fields" */
};

/*
 * The class of a request for which request_mutates says something. Bodies are looked
 * at in their front part only. A method override counts as the method.
 */
struct mutation request_mutation(const struct http_request *request);

#endif
