#ifndef REHEARSE_REPORT_SIMULATION_H
#define REHEARSE_REPORT_SIMULATION_H

#include "rehearse/simulate/simulate.h"

/*
 * The forecast of a cache as pictures: hit ratio over time and by route, production
 * against staging. Pure functions: the same simulation gives the same bytes. Names
 * of routes come from outside and are shown inert.
 */
/* A page of its own. */
void simulation_add_page(const struct simulation *simulation, struct strbuf *out);
/* A section for a page that has the report's style. */
void simulation_add_section(const struct simulation *simulation, struct strbuf *out);
/* simulation.html and simulation.json into `folder`, made if need be. */
int simulation_write(const struct simulation *simulation, const char *folder, struct err *err);

#endif
