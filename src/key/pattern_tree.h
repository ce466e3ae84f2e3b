#ifndef REHEARSE_SRC_KEY_PATTERN_TREE_H
#define REHEARSE_SRC_KEY_PATTERN_TREE_H

/* A regular expression as a tree, before it becomes codes. */
#include "pattern_code.h"

enum { REPEAT_MAX = 255, FOREVER = -1 };

enum node_kind {
    NODE_EMPTY,
    NODE_SET,
    NODE_AT,       /* a place: `code` */
    NODE_SEQUENCE, /* children one behind the other */
    NODE_EITHER,   /* one of the children */
    NODE_REPEAT,
    NODE_GROUP,
};

struct node {
    enum node_kind kind;
    struct node *child, *next; /* the first below; the next beside it */
    const struct byte_set *set;
    enum code_kind code;
    int least, most; /* of REPEAT */
    bool lazy;
    unsigned group;
};

struct pattern_tree {
    const struct node *root;
    unsigned groups; /* with the whole */
    struct span names[PATTERN_GROUPS_MAX];
};
/* False and a fault for what is no pattern that can be followed. Nodes are in the arena. */
bool pattern_tree_of(struct span text, bool any_case, struct arena *arena, struct pattern_tree *ret,
                     struct pattern_fault *ret_fault);

#endif
