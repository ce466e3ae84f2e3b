#ifndef SRC_SESSION_VALUE_TEXT_H
#define SRC_SESSION_VALUE_TEXT_H

#include "rehearse/session/value_place.h"

/* The text of a place taken apart, to be held against places met on a walk. */
struct value_place {
    enum value_place_kind kind;
    struct span name;  /* decoded; JSON: the pointer */
    struct span url;   /* location, link, input: the template */
    uint64_t part;     /* location, link, path: from 1 */
    uint64_t nth;      /* from 1 */
    struct span inner; /* claim: the place of the token */
    struct span base;  /* the text without [N] */
};

/* False for what is no place. Spans are of the text, or in `arena`. */
bool value_place_parse(struct value_place *ret, struct span text, struct arena *arena);
/* Can the place be named at all? What is called nothing, or too long, cannot. */
bool value_at_is_nameable(const struct value_at *at);
/* [N] at the end of a place's text, where it must be written. */
void value_place_add_nth(struct strbuf *out, uint64_t nth);

/* Of a text without [N]; names of fields have no case. */
uint64_t value_text_hash(struct span text);

/* The template of the URL last asked for: a link with three parts is met three times. */
struct template_memo {
    struct span url;
    struct strbuf text;
};
#define TEMPLATE_MEMO_INIT                                                                         \
    {                                                                                              \
        SPAN_NONE, STRBUF_INIT                                                                     \
    }

/* The same place, [N] left aside. */
bool value_place_is(const struct value_place *place, const struct value_at *at,
                    struct template_memo *memo);

#endif
