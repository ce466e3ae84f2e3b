#ifndef SRC_COMPARE_EVIDENCE_H
#define SRC_COMPARE_EVIDENCE_H

#include "example.h"
#include "facet.h"
#include "request_class.h"

/*
 * Where answers came from. What a cache kept is one answer, however often it is
 * given, and it was made for whoever asked first: not for this cohort, perhaps.
 */
struct provenance {
    uint32_t fresh[2]; /* made for the request itself. Production 0, staging 1 */
    uint64_t kept;     /* pairs of which at least one side came out of a cache */
    uint64_t objects;  /* which targets those were: a bit each, by hash */
};
void provenance_add(struct provenance *p, const bool kept[2], uint64_t object);
/* How many targets set those bits, by linear counting: exact to about ten, at most a few hundred.
 */
uint64_t provenance_objects(const struct provenance *p);

/*
 * What was seen, counted: for every cohort (requests that should be answered
 * alike) and facet, how often production's value met staging's. The counts are
 * all there is to judge by in the end; their number is bounded.
 */
struct cohort {
    uint32_t route;
    uint16_t method, host, language;
    uint16_t status; /* 0: of the route as a whole, where statuses are compared */
    uint8_t form;
    bool credential, bot;
    bool uneven; /* staging's visitor lacks the credential production's had */
    uint64_t pairs;
    struct provenance from;
};

/* Sessions by the order they came, as ranges: exact while there are few gaps. */
enum { RANGES_MAX = 256 };
struct session_ranges {
    uint32_t (*at)[2]; /* owned; first and last */
    uint32_t len, cap;
    uint32_t last_beyond;
    uint64_t beyond; /* sessions that found no room: counted, not told apart */
};

struct cell {
    uint32_t production, staging; /* values */
    uint64_t count;
    struct provenance from;
    uint32_t examples[FINDING_EXAMPLES]; /* numbers of kept examples, plus 1 */
    uint32_t sessions;                   /* number of its ranges plus 1; 0 while equal */
};

struct evidence {
    uint32_t cohort;
    uint16_t facet;
    uint16_t len, cap;
    struct cell *cells; /* owned */
    uint64_t lost;      /* pairs whose cell found no room */
    /* Raw values: constant on a side while `same` holds. */
    struct {
        uint32_t raw;
        bool any, varies;
    } raw[2];
    uint32_t raw_example; /* plus 1: where raw values differ and their shapes do not */
    /* The same request again: how often, and how often the value was another one. Production 0,
     * staging 1. */
    uint32_t repeats[2], unequal[2];
};

enum {
    COHORTS_MAX = 8192, /* later ones are not compared: coverage says so */
    EVIDENCE_MAX = 131072,
    CELLS_MAX = 64,       /* of one evidence */
    REPEAT_SLOTS = 16384, /* requests remembered to see how they vary; a power of two */
    REPEAT_FACETS = 24,
};

struct repeat_slot {
    uint64_t key;
    uint64_t size; /* of production's body, where sized */
    /* When a first answer to this request was whole on that side: a cache may have it since. */
    int64_t answered_us[2];
    uint16_t len;
    bool sized;
    struct {
        uint16_t facet;
        uint32_t value[2];
    } at[REPEAT_FACETS];
};

struct ledger {
    struct cohort *cohorts; /* owned */
    size_t cohort_count, cohort_cap;
    struct map cohort_by_key;
    struct evidence *evidence; /* owned */
    size_t evidence_count, evidence_cap;
    struct map evidence_by_key;
    struct session_ranges *ranges; /* owned */
    size_t range_count, range_cap;
    struct repeat_slot *repeats; /* owned, REPEAT_SLOTS */
};

#define LEDGER_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }
#define NO_COHORT UINT32_MAX
void ledger_release(struct ledger *l);

uint32_t ledger_cohort(struct ledger *l, const struct cohort *like);
/* NO_COHORT when there is none. */
uint32_t ledger_find_cohort(const struct ledger *l, const struct cohort *like);
/* NULL when there is no room. Good until the next call. */
struct evidence *ledger_evidence(struct ledger *l, uint32_t cohort, uint16_t facet);
struct evidence *ledger_find(const struct ledger *l, uint32_t cohort, uint16_t facet);
/* The cell of a meeting of two values, counted once more; NULL when there is no room. */
struct cell *evidence_count(struct evidence *e, uint32_t production, uint32_t staging);
/* Note who shows something; *ranges is the number of its ranges plus 1, 0 while there are none. */
void ledger_note(struct ledger *l, uint32_t *ranges, uint32_t ordinal);
/* Remember what this request was answered with, and count against the last time. */
struct repeat_slot *ledger_repeat(struct ledger *l, uint32_t cohort, uint64_t identity,
                                  bool *ret_again);
void repeat_note(struct repeat_slot *slot, bool again, struct evidence *e, uint32_t production,
                 uint32_t staging);

#endif
