#ifndef REHEARSAL_SCENARIO_IDENTITIES_H
#define REHEARSAL_SCENARIO_IDENTITIES_H

#include "scenario_reader.h"

/* The section `identities`: accounts, and how they log in. */
int read_identities(struct reader *r, const struct yaml_node *node,
                    void *into); /* struct scenario * */

#endif
