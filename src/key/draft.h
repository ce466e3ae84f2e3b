#ifndef REHEARSE_SRC_KEY_DRAFT_H
#define REHEARSE_SRC_KEY_DRAFT_H

/* A key policy while a product's configuration is being read: its lists grow in the arena. */
#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

struct texts {
    struct span *at;
    size_t len, cap;
};

struct key_draft {
    struct key_source *source;
    struct arena *arena;
    struct texts notes, unseen, methods;
    struct key_input *inputs;
    struct bypass_rule *bypasses;
    struct range_lifetime *lifetimes;
    size_t input_len, input_cap, bypass_len, bypass_cap, lifetime_len, lifetime_cap;
};

/* An empty policy of that product: everything it does not say is what the product does by itself.
 */
void draft_start(struct key_draft *draft, struct key_source *source, const char *product,
                 struct arena *arena);

/* Room for one more in an array in the arena; what it held stays behind, unused. */
void *draft_grown(struct arena *arena, void *at, size_t len, size_t *cap, size_t size);
/* Each false past KEY_SOURCE_ITEMS_MAX. */
bool texts_add(struct texts *list, struct arena *arena, struct span text);
bool draft_add_input(struct key_draft *draft, struct key_input input);
bool draft_add_bypass(struct key_draft *draft, struct bypass_rule rule);
bool draft_add_lifetime(struct key_draft *draft, struct range_lifetime lifetime);

/* What was read and is not modelled. Each text once; notes past NOTES_MAX are dropped. */
enum { NOTES_MAX = 100 };
void draft_note(struct key_draft *draft, struct span note);
/* What the key holds and no request shows. */
void draft_unseen(struct key_draft *draft, struct span what);
/* The lists become the source's. */
void draft_finish(struct key_draft *draft);

#endif
