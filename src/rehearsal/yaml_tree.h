#ifndef REHEARSE_REHEARSAL_YAML_TREE_H
#define REHEARSE_REHEARSAL_YAML_TREE_H

/*
 * A YAML 1.2 (or JSON) file as a small tree whose every node knows its line and
 * column, which is what errors in a scenario file are made of. libfyaml reads;
 * anchors and aliases are refused, so that the tree is never larger than the file.
 */
#include "rehearse/base/arena.h"
#include "rehearse/base/err.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    unsigned line, column; /* from 1 */
    bool plain;            /* a scalar without quotes */
    struct span text;      /* of a scalar */
    struct span key;       /* in a map: this member's key */
    unsigned key_line, key_column;
    struct yaml_node *children, *next; /* in file order */
    struct yaml_node *last;            /* of the children, while building */
};

#define YAML_MAX_BYTES (4u * 1024 * 1024)
enum { YAML_MAX_DEPTH = 32, YAML_MAX_MEMBERS = 10000 };

/* Nodes and texts are in `arena`. `name` is for errors. An empty file is an empty map. */
int yaml_tree_parse(struct yaml_node **ret, const char *name, struct span text, struct arena *arena,
                    struct err *err);

#endif
