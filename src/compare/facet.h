#ifndef SRC_COMPARE_FACET_H
#define SRC_COMPARE_FACET_H

#include "field_meaning.h"
#include "rehearse/base/map.h"
#include "rehearse/base/strset.h"

/*
 * A facet is one thing that is looked at in every pair: the status, a header
 * field, one cookie, what a cache makes of the response. Whatever it is, it has
 * a value on each side: a text, interned, that is equal where the meaning is.
 */
enum facet_kind {
    FACET_STATUS = 0,
    FACET_LOCATION,
    FACET_TRANSPORT,
    FACET_LOOP,
    FACET_STORED,     /* does a shared cache keep it */
    FACET_LIFETIME,   /* for how long */
    FACET_CACHE_TEXT, /* what else Cache-Control says */
    FACET_LANGUAGE,   /* <html lang> */
    FACET_FIXED,      /* so many facets are there from the start, numbered as their kinds */
    FACET_FIELD = FACET_FIXED,
    FACET_COOKIE,
};

struct facet {
    enum facet_kind kind;
    struct span field; /* as findings print it: "X-Frame-Options", a cookie's name; "" for none */
    const struct field_meaning *meaning; /* fields only */
    bool carried;                        /* cookies: the visitor had one of that name already */
    uint32_t values;                     /* different ones so far */
};

enum {
    FACETS_MAX = 1024,      /* later fields and cookie names are not looked at */
    VALUES_PER_FACET = 512, /* later values are VALUE_MANY */
    VALUE_BYTES_MAX = 2048, /* longer texts are told apart by their front and a hash */
};
#define FACET_NONE UINT16_MAX

enum { VALUE_ABSENT = 0, VALUE_MANY = 1, VALUE_MANY_ELSE = 2, VALUES_FIXED = 3 };

struct facets {
    struct facet at[FACETS_MAX];
    size_t len;
    struct map by_name;   /* hash to number */
    struct strset values; /* all texts; the first VALUES_FIXED are reserved */
    struct map used;      /* (facet, value) that were counted */
    struct arena arena;   /* names */
    uint64_t turned_away; /* fields not looked at for want of room */
};

void facets_init(struct facets *f);
void facets_release(struct facets *f);
/* FACET_NONE when there are too many. */
uint16_t facet_of_field(struct facets *f, struct span name);
uint16_t facet_of_cookie(struct facets *f, struct span name, bool carried);
/* The number of a text as this facet's value: VALUE_MANY when the facet has too many. */
uint32_t facet_value(struct facets *f, uint16_t facet, struct span text);
struct span facet_text(const struct facets *f, uint32_t value);

#endif
