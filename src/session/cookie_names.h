#ifndef REHEARSE_SESSION_COOKIE_NAMES_H
#define REHEARSE_SESSION_COOKIE_NAMES_H

#include "rehearse/session/credential.h"

/* The name without a "__Host-" or "__Secure-" in front: production on https and
 * staging on http call the same cookie differently. */
struct span cookie_base_name(struct span name);
/*
 * Two names may mean one cookie on two environments: when they are equal without
 * prefixes, or belong to one family, a row of the table whose '*' stands for what
 * differs between installations (wordpress_logged_in_<hash of the site's URL>).
 * COOKIE_NO_FAMILY for all other names.
 */
enum { COOKIE_NO_FAMILY = -1 };
int cookie_family(struct span name);
bool cookie_names_are_twins(struct span a, struct span b);
/* cookie_role with the last answers remembered: the same few names come line after line. */
enum { COOKIE_ROLES_KEPT = 1024 };
struct cookie_roles {
    uint64_t keys[COOKIE_ROLES_KEPT]; /* 0 is empty */
    uint8_t roles[COOKIE_ROLES_KEPT];
};
enum cookie_role cookie_role_kept(struct cookie_roles *roles, struct span name);
/* '*' stands for any run of bytes; ASCII case folded. */
bool name_matches(const char *pattern, struct span name);

#endif
