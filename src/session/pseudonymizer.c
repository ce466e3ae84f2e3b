#include "rehearse/session/pseudonymizer.h"

#include <stdlib.h>
#include <string.h>

#include "pseudonym.h"
#include "rehearse/base/mem.h"

struct pseudonymizer {
    struct pseudonyms *pseudonyms;
    struct arena arena; /* of one value */
};

int pseudonymizer_new(struct pseudonymizer **ret, const unsigned char key[VEIL_KEY_BYTES],
                      struct err *err)
{
    struct pseudonyms *pseudonyms;
    int rc = pseudonyms_new(&pseudonyms, key, err);
    if (rc < 0)
        return rc;
    *ret = xcalloc(1, sizeof **ret);
    (*ret)->pseudonyms = pseudonyms;
    (*ret)->arena = (struct arena)ARENA_INIT;
    return 0;
}

void pseudonymizer_free(struct pseudonymizer *p)
{
    if (!p)
        return;
    pseudonyms_free(p->pseudonyms);
    arena_release(&p->arena);
    free(p);
}

void pseudonymizer_make(struct pseudonymizer *p, struct span value, char ret[PSEUDONYM_LEN])
{
    arena_clear(&p->arena);
    memcpy(ret, pseudonym_of(p->pseudonyms, value, &p->arena).ptr, PSEUDONYM_LEN);
}

struct side_id pseudonymizer_next_id(struct pseudonymizer *p, struct side_id id)
{
    char text[SIDE_ID_TEXT + 32], made[PSEUDONYM_LEN];
    struct side_id next;
    _Static_assert(PSEUDONYM_LEN - 2 >= SIDE_ID_BYTES, "an id fits into a pseudonym");
    memcpy(text, "rehearse: id of a side file ", 28);
    side_id_text(&id, text + 28);
    pseudonymizer_make(p, span_of(text), made);
    memcpy(next.bytes, made + 2, SIDE_ID_BYTES);
    return next;
}
