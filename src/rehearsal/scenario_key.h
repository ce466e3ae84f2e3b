#ifndef REHEARSE_REHEARSAL_SCENARIO_KEY_H
#define REHEARSE_REHEARSAL_SCENARIO_KEY_H

#include "rehearse/cache/key_source.h"
#include "scenario_reader.h"

/*
 * "key" of a cache section: where it starts from (a product's file, a preset) and
 * what is said beside, which goes before it. `source` holds the profile's key, and
 * then the result; everything is in the scenario's arena.
 */
int read_key(struct reader *r, const struct yaml_node *node, void *into); /* struct key_source * */
/* "bypass" of a cache section: in the place of the rules there are. */
int read_bypass(struct reader *r, const struct yaml_node *node,
                void *into); /* struct key_policy * */

/* A list of texts, or one, as spans in the scenario's arena. */
struct span_list {
    struct span *at;
    size_t len;
};
int read_spans(struct reader *r, const struct yaml_node *node, void *into); /* struct span_list * */

#endif
