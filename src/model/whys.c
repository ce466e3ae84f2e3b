#include "whys.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"

void whys_release(struct whys *whys)
{
    free(whys->at);
}

/* The texts of a reason are static, so that a place in memory tells two apart as well as the text
 * would. */
static bool is_same(const struct model_why *a, const struct reason *why,
                    const struct bypass_rule *rule)
{
    return a->rule == rule && a->why.sentence == why->sentence && a->why.rule == why->rule &&
           span_eq(a->why.field, why->field);
}

uint16_t whys_number(struct whys *whys, const struct reason *why, const struct bypass_rule *rule)
{
    size_t i = 0;
    while (i < whys->len && !is_same(&whys->at[i], why, rule))
        i++;
    if (i >= WHYS_MAX)
        return 0;
    if (i == whys->len) {
        whys->at = array_room(whys->at, &whys->cap, i + 1, sizeof *whys->at);
        whys->at[whys->len++] = (struct model_why){ *why, rule };
    }
    return (uint16_t)(i + 1);
}
