#ifndef REHEARSE_HTTP_COOKIE_ROLE_H
#define REHEARSE_HTTP_COOKIE_ROLE_H

#include "rehearse/base/span.h"

/* What a cookie is, told by its name: a table of what products and frameworks call theirs. */
enum cookie_role {
    COOKIE_UNKNOWN = 0,
    COOKIE_SESSION,    /* carries the visitor's session or login */
    COOKIE_CSRF,
    COOKIE_VARIANT,    /* locale, currency, consent, experiment, theme */
    COOKIE_STICKINESS, /* a load balancer's */
    COOKIE_BOT,        /* a bot manager's */
    COOKIE_ANALYTICS,
};
enum cookie_role cookie_role(struct span name);

/* cookie_role with the last answers remembered: the same few names come line after line. */
enum { COOKIE_ROLES_KEPT = 1024 };
struct cookie_roles {
    uint64_t keys[COOKIE_ROLES_KEPT]; /* 0 is empty; all zero to begin with */
    uint8_t roles[COOKIE_ROLES_KEPT];
};
enum cookie_role cookie_role_kept(struct cookie_roles *roles, struct span name);

/*
 * May a visitor's session or login hang on a cookie of this name? COOKIE_SESSION, or a
 * name that no row knows with a word in it that logins have ("shopAuth", "user"). Wider
 * than the table on purpose: it asks what a missing cookie may explain, not who is who.
 */
bool cookie_may_log_in(struct span name, enum cookie_role role);

/* The name without a "__Host-" or "__Secure-" in front: production on https and
 * staging on http call the same cookie differently. */
struct span cookie_base_name(struct span name);
/*
 * Two names may mean one cookie on two environments when they belong to one family: a
 * row of the table whose '*' stands for what differs between installations
 * (wordpress_logged_in_<hash of the site's URL>). COOKIE_NO_FAMILY for all other names.
 */
enum { COOKIE_NO_FAMILY = -1 };
int cookie_family(struct span name);

#endif
