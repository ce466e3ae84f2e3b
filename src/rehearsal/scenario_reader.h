#ifndef REHEARSE_REHEARSAL_SCENARIO_READER_H
#define REHEARSE_REHEARSAL_SCENARIO_READER_H

/*
 * Reading typed values out of a YAML tree. Each reader returns 0, or E_USAGE with
 * file, line, column, what was found and what was expected.
 */
#include "rehearse/rehearsal/scenario.h"
#include "yaml_tree.h"

struct reader {
    const char *name;   /* of the file, for errors */
    const char *folder; /* relative paths start here */
    struct scenario *scenario;
    struct err *err;
};

/* A member a map may have. `into` is whatever the reading function fills. */
struct member {
    const char *key;
    int (*read)(struct reader *r, const struct yaml_node *node, void *into);
    void *into;
};

/* Read a map whose members are listed; an unknown key is an error that names the nearest known one.
 */
int read_map(struct reader *r, const struct yaml_node *node, const struct member *members);
/* E_USAGE at the node: "expected …, found …". */
int expected(struct reader *r, const struct yaml_node *node, const char *what);
/* E_USAGE at the map that lacks something: "… is missing". */
int missing(struct reader *r, const struct yaml_node *node, const char *what);

int read_text(struct reader *r, const struct yaml_node *node, void *into); /* const char ** */
int read_span(struct reader *r, const struct yaml_node *node, void *into); /* struct span * */
/* A span that can be a field's name; '*' is one of its characters. */
int read_field_name(struct reader *r, const struct yaml_node *node, void *into);
int read_path(struct reader *r, const struct yaml_node *node,
              void *into); /* const char **, joined to the folder */
int read_bool(struct reader *r, const struct yaml_node *node, void *into);  /* bool * */
int read_count(struct reader *r, const struct yaml_node *node, void *into); /* unsigned * */
int read_u64(struct reader *r, const struct yaml_node *node, void *into);   /* uint64_t * */
int read_number(struct reader *r, const struct yaml_node *node,
                void *into); /* double *, not negative */
int read_share(struct reader *r, const struct yaml_node *node,
               void *into); /* double *: "10%" or 0.1 */
int read_duration(struct reader *r, const struct yaml_node *node,
                  void *into); /* int64_t *, microseconds: "500ms", "60s", "30m", "2h" */
int read_texts(struct reader *r, const struct yaml_node *node,
               void *into); /* const char *** of a list or one text, NULL-terminated */
/* A list of texts, or one, as spans in the scenario's arena. */
struct span_list {
    struct span *at;
    size_t len;
};
int read_spans(struct reader *r, const struct yaml_node *node, void *into); /* struct span_list * */
/* The same of read_field_name. */
int read_field_names(struct reader *r, const struct yaml_node *node, void *into);
/* Is the node this single word? */
bool is_word(const struct yaml_node *node, const char *word);
size_t count_children(const struct yaml_node *node);
/* Known to the design and not to this version: an error that says so. */
int read_not_yet(struct reader *r, const struct yaml_node *node, void *into);

#endif
