#ifndef REHEARSE_SRC_KEY_MADE_H
#define REHEARSE_SRC_KEY_MADE_H

/*
 * Values that nginx makes for each request of what the request shows: map, set, if.
 * Made from a configuration by nginx_variables.c, asked for by keys and conditions.
 */
#include "pattern.h"
#include "rehearse/key/key.h"

/* What a request has without a name of its own choosing. */
enum made_part {
    PART_SCHEME,
    PART_HTTPS,
    PART_HOST,
    PART_HTTP_HOST,
    PART_REQUEST_URI,
    PART_URI,
    PART_ARGS,
    PART_IS_ARGS,
    PART_METHOD,
};

enum piece_kind { PIECE_LITERAL, PIECE_INPUT, PIECE_PART, PIECE_SLOT, PIECE_MAP, PIECE_GROUP };

struct made_map;

struct made_piece {
    enum piece_kind kind;
    struct span literal;
    struct key_input input;
    unsigned number; /* of a part, slot or group */
    const struct made_map *map;
};

struct made_text {
    const struct made_piece *pieces;
    size_t len;
};

struct made_entry {
    struct span match; /* in lower case */
    struct made_text value;
    size_t order; /* in the file */
};

struct made_regex {
    const struct pattern *pattern;
    struct made_text value;
    bool has_groups; /* the value is made of some: they cost more than the match alone */
};

/* nginx's map: an equal text, then (hostnames) a name it ends or begins with, then a pattern. */
struct made_map {
    struct made_text source, otherwise;
    const struct made_entry *entries; /* sorted by `match`, the first of equal ones in front */
    size_t entry_count;
    const struct made_entry *ends;   /* hostnames: ".example.com", the longest first */
    const struct made_entry *begins; /* hostnames: "www.example.", the longest first */
    size_t end_count, begin_count;
    const struct made_regex *regexes; /* in the file's order */
    size_t regex_count;
    bool hostnames;
};

enum op_kind {
    OP_SET,     /* the slot, whatever was tested */
    OP_SET_IF,  /* the slot, where the last test held */
    OP_TRUTHY,  /* `text` is neither empty nor "0" */
    OP_EQUAL,   /* `text` is `value` */
    OP_MATCHES, /* `text` matches the pattern, whose groups count until the next one */
};

struct made_op {
    enum op_kind kind;
    bool inverted; /* of a test */
    unsigned slot;
    struct made_text text, value;
    const struct pattern *pattern;
};

enum { MADE_SLOTS_MAX = 256, MADE_BYTES_MAX = 16384, MADE_DEPTH_MAX = 32 };

struct key_made {
    const struct made_op *ops; /* in the order nginx takes them */
    size_t op_count;
    unsigned slots;
    struct made_text text;
};

/* The value for this request: at most MADE_BYTES_MAX of it, after bounded work. */
void key_made_add(struct strbuf *out, const struct key_made *made,
                  const struct http_request *request);

#endif
