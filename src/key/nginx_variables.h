#ifndef REHEARSE_SRC_KEY_NGINX_VARIABLES_H
#define REHEARSE_SRC_KEY_NGINX_VARIABLES_H

/*
 * The variables that an nginx configuration makes itself: map, set, and set within
 * if. First all of the file is noted as it stands (nginx_variables.c), then what a key
 * or a condition needs of it is compiled (nginx_made.c). What cannot be followed says
 * why, for the user.
 */
#include "made.h"
#include "nginx.h"
#include "rehearse/base/nginx_words.h"

enum {
    MAPS_MAX = 256,
    SETS_MAX = 1000,
    BLOCKS_MAX = 65536,
    MADE_MAX = 256,                /* keys' variables and conditions */
    PATTERN_BYTES_IN_ALL = 262144, /* of one file */
    PATTERN_CODES_IN_ALL = 200000,
};

/* Which set variables something is made of. */
struct slot_set {
    uint64_t bits[MADE_SLOTS_MAX / 64];
};

/* What was compiled, or why it cannot be. */
enum made_state { MADE_NOT_YET = 0, MADE_BUSY, MADE_DONE, MADE_FAILED };

struct nginx_block {
    uint32_t parent, depth;
    bool is_if;
};

struct map_line {
    struct nginx_word match, value;
};

struct nginx_map {
    struct span variable; /* without the '$' */
    struct nginx_word source;
    struct map_line *lines;
    size_t len, cap;
    bool hostnames;
    struct span why_not; /* what of it cannot be followed; or none */
    enum made_state state;
    struct made_map made;
    struct slot_set uses;
};

struct nginx_test { /* the head of an if */
    struct nginx_word words[3];
    size_t len; /* 0: of a kind that is not followed */
    size_t line;
    enum made_state state;
    struct made_op made;
    struct slot_set uses;
    struct span why_not;
};

struct nginx_set {
    unsigned slot;
    struct nginx_word value;
    uint32_t block; /* that is no if */
    int test;       /* of the if around it; -1: none */
    size_t seen_by; /* the number of the made text that looked at it last */
    enum made_state state;
    struct made_text made;
    struct slot_set uses;
    struct span why_not;
};

struct made_memo {
    struct span text;
    uint32_t block;
    const struct key_made *made; /* NULL: cannot be followed */
    struct span why_not;
};

struct nginx_variables {
    struct arena *arena;
    struct nginx_block *blocks;
    struct nginx_map *maps;
    struct nginx_test *tests;
    struct nginx_set *sets;
    size_t block_len, block_cap, map_len, map_cap, test_len, test_cap, set_len, set_cap;
    struct span slots[MADE_SLOTS_MAX]; /* names of set variables */
    unsigned slot_len;
    uint32_t block;    /* the one that is open */
    int open_map;      /* the map that is being read; -1: none */
    size_t break_line; /* of the first break; 0: none */
    size_t lines;      /* of maps, in all */
    size_t unnoted;    /* blocks that are open beyond those there is room for */
    bool overflows;    /* there is more of something than there is room for: nothing is followed */
    struct made_memo *memo; /* what was asked for, and what came of it */
    size_t made, memo_cap, pattern_bytes, pattern_codes;
};

void nginx_variables_start(struct nginx_variables *v, struct arena *arena);

/* ---- the file, in its order ---- */
void nginx_block_opens(struct nginx_variables *v, const struct nginx_word *words, size_t len);
void nginx_block_closes(struct nginx_variables *v);
/* "set $x value;", "break;", a line of the map that is open; others say nothing. */
void nginx_variables_directive(struct nginx_variables *v, const struct nginx_word *words,
                               size_t len);
/* The open block, or what is around it where it is an if. */
uint32_t nginx_block_now(const struct nginx_variables *v);
/* The innermost block that both are in. */
uint32_t nginx_block_around(const struct nginx_variables *v, uint32_t a, uint32_t b);
/* Is one in the other, or the same? */
bool nginx_blocks_on_one_chain(const struct nginx_variables *v, uint32_t a, uint32_t b);

/* ---- when the file is read ---- */
/* The number of a variable that set makes; MADE_SLOTS_MAX: there is none. */
unsigned nginx_slot_of(const struct nginx_variables *v, struct span variable);
/*
 * The text as made anew for each request, where it is used in that block. NULL, and
 * why not, in the arena.
 */
const struct key_made *nginx_made_of(struct nginx_variables *v, const struct nginx_word *text,
                                     uint32_t block, struct span *ret_why_not);
/*
 * The variable's text where it is the same one in every request: one set, no if, and before
 * `order`. Its own order in *ret_order.
 */
const struct nginx_word *nginx_plain_set(const struct nginx_variables *v, struct span variable,
                                         uint32_t block, size_t order, size_t *ret_order);

#endif
