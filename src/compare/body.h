#ifndef SRC_COMPARE_BODY_H
#define SRC_COMPARE_BODY_H

#include "evidence.h"
#include "rehearse/compare/comparison.h"
#include "translate.h"

/*
 * Bodies by structure: an HTML page is the set of its elements' paths, a JSON
 * document the set of its members' paths with their types. Text and values do not
 * count. Which paths production shows every time, and staging never (or the
 * reverse), is the difference.
 */
enum {
    SKELETON_PATHS_MAX = 1500, /* of one body; further ones are not looked at */
    PATHS_MAX = 32768,         /* different ones in all; further ones are not looked at */
    BODY_BYTES_MAX = 4 << 20,  /* parsed of one body */
    SKELETON_MEMO = 1024,      /* bodies remembered; a power of two */
    BODY_COHORTS_MAX = 2048,
    COHORT_PATHS_MAX = 4096,
    BODY_PAIRS_DEFAULT = 200,
};

/* A body's paths, by number, sorted, each once. */
struct skeleton {
    uint32_t *paths; /* owned */
    uint32_t len;
    uint64_t hash;        /* of the paths: equal hashes, equal skeletons */
    struct span language; /* <html lang>, in the dictionary's arena; SPAN_NONE */
};

/* Path texts by number, each with the path it hangs under. */
struct path_dictionary {
    struct strset texts;
    uint32_t *parents; /* owned; by number; UINT32_MAX for the top */
    size_t cap;
};

/* While a body is read. */
struct skeleton_builder {
    struct path_dictionary *dictionary;
    uint32_t *paths; /* owned */
    size_t len, cap;
    struct span language;
};
/* The number of `parent`/`piece`, UINT32_MAX when there is no room. Adds it to the skeleton. */
uint32_t skeleton_add(struct skeleton_builder *b, uint32_t parent, struct span piece);

/* body_html.c and body_json.c. False: not to be read at all. Never more than SKELETON_PATHS_MAX. */
bool skeleton_of_html(struct skeleton_builder *b, struct span body);
bool skeleton_of_json(struct skeleton_builder *b, struct span body);

/* How often a path was on which side, over different pairs of bodies of one cohort. */
struct path_count {
    uint32_t path;
    uint32_t both, production_only, staging_only;
};
struct body_evidence {
    uint32_t cohort;
    uint32_t pairs;                /* different pairs of bodies */
    uint64_t exchanges, differing; /* all pairs, repeats counted */
    struct path_count *paths;      /* owned */
    size_t len, cap;
    struct map by_path;
    struct map pairs_seen; /* hash of the two bodies: 1 differs, 0 does not */
    uint32_t example;      /* plus 1: the first pair that differs */
    uint32_t sessions;     /* ranges, plus 1 */
};

struct bodies {
    comparison_body_fn *fetch;
    void *fetch_ctx;
    struct path_dictionary dictionary;
    struct {
        uint64_t key;
        struct skeleton skeleton;
        bool readable, empty;
    } * memo;                       /* owned */
    struct body_evidence *evidence; /* owned */
    size_t evidence_len, evidence_cap;
    struct map by_cohort;
    struct map pairs_of_route; /* route to pairs parsed */
};

void bodies_release(struct bodies *b);

enum body_form { BODY_OTHER = 0, BODY_HTML, BODY_JSON };
enum body_form body_form_of(const struct http_response *response);

struct body_pair {
    const struct exchange *production, *staging;
    uint32_t cohort, route;
    size_t limit; /* different pairs a route */
};
/* What came of it: NULL when compared, else why not (static). */
struct body_outcome {
    const char *why_not;
    struct body_evidence *evidence; /* NULL unless compared */
    bool differs;
    struct span language[2]; /* <html lang>; SPAN_NONE */
};
struct body_outcome bodies_add(struct bodies *b, const struct body_pair *pair,
                               struct arena *scratch);

/* Paths that went or came for good, topmost only, sorted by text; in `arena`. */
struct span *body_paths_gone(const struct bodies *b, const struct body_evidence *e, bool came,
                             size_t *ret_len, struct arena *arena);

#endif
