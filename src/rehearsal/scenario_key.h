#ifndef REHEARSE_REHEARSAL_SCENARIO_KEY_H
#define REHEARSE_REHEARSAL_SCENARIO_KEY_H

#include "rehearse/key/key_source.h"
#include "scenario_reader.h"

/*
 * "key" of a cache section: where it starts from (a product's file, a preset) and
 * what is said beside, which goes before it. `source` holds the profile's key, and
 * then the result; everything is in the scenario's arena.
 */
int read_key(struct reader *r, const struct yaml_node *node, void *into); /* struct key_source * */
/* Does it come from a product's configuration or preset? NULL: no. */
bool key_has_start(const struct yaml_node *node);
/* "bypass" of a cache section: in the place of the rules there are. */
int read_bypass(struct reader *r, const struct yaml_node *node,
                void *into); /* struct key_policy * */

/* ---- parts of "key" ---- */
struct key_words {
    struct key_policy *policy;
    struct key_input *inputs; /* in the scenario's arena */
    size_t len;
};
int key_words_add(struct reader *r, const struct yaml_node *node, struct key_words *w,
                  struct key_input input);
/* Each into a struct key_words. */
int read_key_headers(struct reader *r, const struct yaml_node *node, void *into);
int read_key_device(struct reader *r, const struct yaml_node *node, void *into);
int read_key_cookies(struct reader *r, const struct yaml_node *node, void *into);

#endif
