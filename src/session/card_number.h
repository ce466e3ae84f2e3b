#ifndef REHEARSE_SRC_CARD_NUMBER_H
#define REHEARSE_SRC_CARD_NUMBER_H

#include "rehearse/base/span.h"

/*
 * A payment card's number: 14 to 19 digits (single spaces or hyphens between), of a
 * range that issuers use, with the right check digit (Luhn).
 */
bool is_card_number(struct span value);

#endif
