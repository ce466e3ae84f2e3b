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

/* Does nginx have it by itself? */
bool nginx_has_variable(struct span variable);

struct nginx_variables;
/* The configuration that a key string stands in; zeroed: none is known. */
struct nginx_around {
    struct nginx_variables *variables; /* that it makes itself; or NULL */
    uint32_t block;                    /* where the key stands */
    bool one_upstream;                 /* $proxy_host is the same for all that is proxied */
};
/* A proxy_cache_key as a policy. */
int nginx_key_add(struct key_draft *draft, const struct nginx_string *key,
                  const struct nginx_around *around, struct err *err);

#define NGINX_DEFAULT_KEY "$scheme$proxy_host$request_uri"

#endif
