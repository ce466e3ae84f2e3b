#ifndef REHEARSE_SESSION_BUILD_NAMES_H
#define REHEARSE_SESSION_BUILD_NAMES_H

#include "rehearse/http/exchange.h"

/*
 * Names that belong to a build of the site: "/static/app.3f2a91bc.js", Next.js'
 * "/_next/data/<build>/cart.json". The next release has others, and its pages name
 * them; a visitor's browser asks for what the page named. So does a replay: where
 * staging's pages name one file of the same stem ("/static/app.{}.js"), that one is
 * asked for.
 */

/* Which such names a capture asks for. Filled once, then only read, from any thread. */
struct build_plan;

struct build_plan *build_plan_new(void);
void build_plan_free(struct build_plan *plan);
void build_plan_add(struct build_plan *plan, struct span target);

/* What staging's pages name of them; of one thread. */
struct build_names;

/* NULL when the plan holds no name of a build: the functions below take NULL. `plan` is borrowed. */
struct build_names *build_names_new(const struct build_plan *plan);
void build_names_free(struct build_names *names);
/* From a page of staging (body decoded). Each page is read once. */
void build_names_learn(struct build_names *names, const struct exchange *answered,
                       struct arena *scratch);

enum build_name_word {
    BUILD_NO_NAME,  /* no name of a build is in it */
    BUILD_KEPT,     /* staging's pages name the same */
    BUILD_RENAMED,  /* another one of the same stem took its place */
    BUILD_NOT_KNOWN /* no page of staging named one, or several: it stays as it was recorded */
};
/* Rewrite a request's target; what changed is in `arena`. */
enum build_name_word build_names_apply(const struct build_names *names,
                                       struct http_request *request, struct arena *arena);

AUTO_FREE(struct build_plan, build_plan_free);
AUTO_FREE(struct build_names, build_names_free);

#endif
