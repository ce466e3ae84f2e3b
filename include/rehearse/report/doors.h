#ifndef REHEARSE_REPORT_DOORS_H
#define REHEARSE_REPORT_DOORS_H

#include "rehearse/compare/gate_matrix.h"

/*
 * The gate matrix for people and programs: who came in where, in production and on
 * staging. A table for people's doors, one for crawlers, one for languages, one for
 * feature flags and kill switches, one for posts without their token. Pure functions of
 * a judged matrix; names of routes and personas are shown inert.
 */
void doors_add_html(const struct gate_matrix *matrix, struct strbuf *out);
/* At most `rows` rows of what differs in each table. */
void doors_add_markdown(const struct gate_matrix *matrix, struct strbuf *out, size_t rows);
/* One object: personas, rows, posts. */
void doors_add_json(const struct gate_matrix *matrix, struct strbuf *out);
/* For the terminal: what differs, and the sums. */
void doors_add_text(const struct gate_matrix *matrix, struct strbuf *out, size_t rows);

#endif
