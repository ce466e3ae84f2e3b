#ifndef REHEARSE_SESSION_SECRET_NAMES_H
#define REHEARSE_SESSION_SECRET_NAMES_H

#include "rehearse/base/span.h"

/*
 * Which names of query items, form fields, JSON members and header fields hold
 * what nobody may read. The user's own names come on top of the table.
 */
enum secrecy {
    SECRET_NO = 0,
    SECRET_YES,
    SECRET_IF_RANDOM, /* "code", "state", "key": a secret, or the name of a country */
    SECRET_PERSONAL,  /* in requests: e-mail address, card number */
    SECRET_USER,      /* the user's name beside a password */
};

/* How a header field is treated. */
enum field_secrecy {
    FIELD_PLAIN = 0,
    FIELD_COOKIES,
    FIELD_SET_COOKIE,
    FIELD_AUTHORIZATION, /* a scheme word, then the credential */
    FIELD_SECRET,
    FIELD_URL, /* may hold URLs with secret items */
};

struct secret_names; /* remembers what it was asked: the same few names come again and again */

/* `further` as in struct veil_options; borrowed. */
struct secret_names *secret_names_new(const char *const *further);
void secret_names_free(struct secret_names *names);
enum secrecy secret_name(struct secret_names *names, struct span name);
enum field_secrecy secret_field(struct secret_names *names, struct span name);
/* Named by the user: then even a cookie known as a variant is a secret. */
bool secret_by_order(const struct secret_names *names, struct span name);

/* Card numbers and their kin: kept nowhere, whatever the user asks for. */
bool secret_is_payment(struct span name);

/* Fields of a login, by the innermost name. */
bool is_password_name(struct span name);
bool is_user_name(struct span name);

#endif
