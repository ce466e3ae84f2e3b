#ifndef SRC_SESSION_OFFERS_H
#define SRC_SESSION_OFFERS_H

#include "rehearse/base/map.h"
#include "rehearse/http/exchange.h"

/*
 * What staging's own answers offer of a shape, as it was first met: the identifiers of links
 * and redirects that fit a template, and the ids of JSON objects that go by the name of
 * the segment before ("/api/lines/{}": the "id" of a member of "lines", "line_id"). Of a
 * handful of templates, in bounded memory; nothing is read before a template is wanted.
 */
struct offer {
    struct span value;
    uint32_t writes; /* how many unsafe requests the session had sent when it was first offered */
};

enum { OFFERS_WANTED_MAX = 64, OFFERS_MAX = 256, OFFER_LONGEST = 256 };

struct offer_list {
    struct span shape; /* "/orders/{}#1": a place without its kind; borrowed */
    struct span noun;  /* "orders": the segment before the part; SPAN_NONE: none */
    struct offer *at;  /* owned */
    size_t len, cap;
};

struct offers {
    struct offer_list *lists; /* owned */
    size_t len, cap;
    struct arena arena; /* values */
};

void offers_release(struct offers *offers);
/* From now on, remember what fits `place` ("link:/orders/{}#1"), which is borrowed. */
void offers_want(struct offers *offers, struct span place);
void offers_learn(struct offers *offers, const struct exchange *answered, uint32_t writes,
                  struct arena *scratch);
/* Has staging offered this very value? */
bool offers_hold(const struct offers *offers, struct span place, struct span value);
/*
 * The first offer that came after a write and that `taken` (hashes of values) does not hold; with
 * `old_too`, else the first that was there before. SPAN_NONE: none is left.
 */
struct span offers_find(const struct offers *offers, struct span place, bool old_too,
                        const struct map *taken);

#endif
