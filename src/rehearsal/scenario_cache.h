#ifndef REHEARSE_REHEARSAL_SCENARIO_CACHE_H
#define REHEARSE_REHEARSAL_SCENARIO_CACHE_H

#include "scenario_reader.h"

/* The scenario's section "cache" into the scenario; member functions of a read_map. */
int read_cache(struct reader *r, const struct yaml_node *node, void *into); /* struct scenario * */

#endif
