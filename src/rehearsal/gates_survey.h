#ifndef REHEARSE_REHEARSAL_GATES_SURVEY_H
#define REHEARSE_REHEARSAL_GATES_SURVEY_H

/*
 * What a capture says of gates: for every route, which personas came by and what
 * production did with them, which request is the one to ask again, and which posts
 * carried a token. Two walks over the capture; bounded memory.
 */
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"
#include "rehearse/compare/gate_matrix.h"
#include "rehearse/compare/route.h"
#include "rehearse/session/login_learn.h"
#include "rehearse/session/persona.h"
#include "rehearse/store/store.h"

enum {
    SURVEY_ROUTES = 20000, /* routes kept; later ones are counted */
    SURVEY_CANDIDATES = 6, /* targets of a route that compete for being asked */
    SURVEY_BODIES = 8,     /* read for one cell, to see soft gates */
    SURVEY_PAGES = 3,      /* before a post: where its session came from */
    SURVEY_POSTS = 1000,   /* posts with tokens, one a route */
    SURVEY_COOKIES = 8,    /* names of cookies that may log in */
};

/* A request of the capture, copied without its answer's body. */
struct survey_request {
    struct exchange x;
    uint64_t members, others; /* who asked for just this, and got it */
};

struct survey_route {
    uint32_t route;
    struct survey_request at[SURVEY_CANDIDATES];
    size_t len;
    uint64_t members, exchanges, bots, closed;
    struct gate_cell *cells; /* one a persona: what is known of production, and in_sessions */
    uint16_t *bodies;        /* read so far, one a persona */
};

struct survey_post {
    uint32_t route;
    bool found;
    bool member; /* its visitor was logged in */
    struct exchange x;
    struct exchange pages[SURVEY_PAGES];
    size_t page_count;
    bool refused, taken; /* without a token, in production */
};

struct gate_survey {
    struct arena arena;
    struct routes *routes;         /* owned */
    struct login_learner *learner; /* owned: how members log in */
    struct survey_route *at;
    size_t len, cap;
    struct map by_route; /* number of the route -> index */
    struct survey_post *posts;
    size_t post_count, post_cap;
    struct map post_by_route;
    struct span cookies[SURVEY_COOKIES]; /* that members of production brought */
    size_t cookie_count;
    struct strset languages; /* that answers were given in to visitors who asked for them */
    uint64_t routes_left_out;
};

struct survey_options {
    struct store *capture;
    struct store *run; /* the replay of it, or NULL */
    const struct route_rule *rules;
    size_t rule_count;
    const struct persona *personas;
    size_t persona_count;
    volatile const int *stop; /* or NULL */
};

int gate_survey_run(struct gate_survey **ret, const struct survey_options *options,
                    struct err *err);
void gate_survey_free(struct gate_survey *survey);
/* The request to ask again: what most members were given, then most others; NULL: none is fit. */
const struct survey_request *survey_representative(const struct survey_route *route);
/* Does this route tell visitors apart: did members reach it, or was anybody turned away, or did
 * crawlers come, or several languages? */
bool survey_route_counts(const struct survey_route *route);

AUTO_FREE(struct gate_survey, gate_survey_free);

#endif
