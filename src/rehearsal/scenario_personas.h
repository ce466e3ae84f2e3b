#ifndef REHEARSE_REHEARSAL_SCENARIO_PERSONAS_H
#define REHEARSE_REHEARSAL_SCENARIO_PERSONAS_H

#include "scenario_reader.h"

/*
 * personas: who asks every route again.
 *
 *     personas: [anonymous, member, expired, tampered, another, googlebot,
 *       {name: german, headers: {Accept-Language: de}},
 *       {name: admin, role: admin, expect: {/admin: open}},
 *       {name: new-checkout, flag: {cookie: {new_checkout: on}}}]
 */
int read_personas(struct reader *r, const struct yaml_node *node,
                  void *into); /* struct scenario * */

#endif
