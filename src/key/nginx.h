#ifndef REHEARSE_SRC_KEY_NGINX_H
#define REHEARSE_SRC_KEY_NGINX_H

/* What nginx's variables are made of, for keys and for bypass conditions. */
#include "draft.h"

/* Where a string of variables stands. */
struct nginx_string {
    const char *name; /* of the file, for errors */
    size_t line, column;
    struct span text;
};

/* One piece of such a string. */
struct nginx_piece {
    bool is_variable;
    struct span text; /* the literal, or the variable's name */
    size_t offset;    /* of it, the '$' counted, in the string */
};
/* Cut the next piece off; false at the end. *at starts at 0. */
bool nginx_piece_next(struct span text, size_t *at, struct nginx_piece *ret);

/* Is the variable one named input of the request: $arg_x, $cookie_x, $http_x and a few more? */
bool nginx_variable_input(struct span variable, struct arena *arena, struct key_input *ret);

/* A proxy_cache_key as a policy. `one_upstream`: $proxy_host is the same for all that is proxied.
 */
int nginx_key_add(struct key_draft *draft, const struct nginx_string *key, bool one_upstream,
                  struct err *err);

#define NGINX_DEFAULT_KEY "$scheme$proxy_host$request_uri"

#endif
