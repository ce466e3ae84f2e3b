#ifndef SRC_COMPARE_FIELD_MEANING_H
#define SRC_COMPARE_FIELD_MEANING_H

#include "canonical.h"
#include "rehearse/compare/finding.h"

/* What a response field is about, and so how two of them are compared. */
enum field_how {
    FIELD_SHAPE = 0, /* by the shape of its value: any field we know nothing of */
    FIELD_IGNORED,   /* of this transfer only: Date, Connection, Server-Timing, … */
    FIELD_PRESENCE,  /* that it is there: ETag, Last-Modified */
    FIELD_CANONICAL, /* by its meaning as text */
    FIELD_CACHE,     /* part of what a cache makes of the response: cache_effect.h */
    FIELD_COOKIE,    /* Set-Cookie */
    FIELD_LOCATION,  /* only where the status is a redirect */
    FIELD_ENCODING,  /* coded or not, where both were asked alike */
};

struct field_meaning {
    struct span name;
    enum field_how how;
    canonical_fn *canonical;
    const char *separator;    /* of members that can come and go one by one; NULL: whole */
    const char *changed_kind; /* NULL: "header.changed" */
    enum finding_severity removed, changed, added;
    const char *effect; /* of losing or weakening it, a sentence */
    bool validator;     /* moot when a cache stopped keeping the response */
};

/* Never NULL: what is not in the table is compared by shape. */
const struct field_meaning *field_meaning_of(struct span name);

#endif
