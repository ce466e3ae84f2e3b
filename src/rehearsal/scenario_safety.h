#ifndef REHEARSE_REHEARSAL_SCENARIO_SAFETY_H
#define REHEARSE_REHEARSAL_SCENARIO_SAFETY_H

#include "scenario_reader.h"

/* What may be sent and what must not be met: members of the scenario's targets, for read_map. */

/* allow, refuse, or a map by class; of a struct scenario_target. In a map, the classes payment and
 * message are refused unless it names them, the others allowed. */
int read_mutations(struct reader *r, const struct yaml_node *node, void *into);
int read_write_budget(struct reader *r, const struct yaml_node *node, void *into);
int read_proxy(struct reader *r, const struct yaml_node *node, void *into);
/* Of a struct scenario. */
int read_production_addresses(struct reader *r, const struct yaml_node *node, void *into);
int read_production_certificates(struct reader *r, const struct yaml_node *node, void *into);
int read_shared_with_production(struct reader *r, const struct yaml_node *node, void *into);

/* Production's names, of its own map, into what a run must not meet. */
void put_production_names(struct scenario *s);

/* As the readers above take them: of production, of staging. */
void scenario_add_known_production(struct strbuf *out, const struct scenario *s);
void scenario_add_safety(struct strbuf *out, const struct scenario *s);

#endif
