#include "rehearse/session/value_place.h"

#include "value_text.h"

enum { MAP_KEPT = 1024 };

struct span value_names_next(struct value_names *names, const struct value_at *at)
{
    strbuf_clear(&names->text);
    value_at_add_text(&names->text, at);
    uint64_t *met = map_put(&names->met, value_text_hash(strbuf_span(&names->text)), 0, NULL);
    value_place_add_nth(&names->text, ++*met);
    return strbuf_span(&names->text);
}

/* One message with a million places must not make all that follow slow. */
void value_names_clear(struct value_names *names)
{
    if (names->met.cap > MAP_KEPT)
        map_release(&names->met);
    else
        map_clear(&names->met);
}

void value_names_release(struct value_names *names)
{
    map_release(&names->met);
    strbuf_release(&names->text);
}
