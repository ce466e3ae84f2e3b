#ifndef REHEARSE_SRC_MODEL_WHYS_H
#define REHEARSE_SRC_MODEL_WHYS_H

#include "rehearse/model/model_reader.h"

/* Reasons in numbers: few, whatever the traffic. Number 0 is none. */
enum { WHYS_MAX = 1024 }; /* what comes beyond has none */

struct whys {
    struct model_why *at; /* owned */
    size_t len, cap;
};

void whys_release(struct whys *whys);
uint16_t whys_number(struct whys *whys, const struct reason *why, const struct bypass_rule *rule);

#endif
