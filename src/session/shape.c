#include "shape.h"

enum {
    LONGEST_WORD = 20,  /* letters in a row */
    LONGEST_NUMBER = 9, /* digits in a row: a phone number has more */
    LONGEST_MIX = 9,    /* letters and digits in one run */
    LONGEST_MIXES = 15, /* in all such runs together: UUIDs have short ones */
    SHORTEST_MIX = 3,   /* "b2" says nothing */
};

struct run {
    size_t len, digits, turns; /* turns: changes between capital and small letters */
};

static bool is_letter_or_digit(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || (unsigned char)c >= 0x80;
}

/* One camel hump a word is a name; more than a few is chance. */
static bool run_is_random(const struct run *r, size_t *mixed)
{
    if (r->digits == r->len)
        return r->len > LONGEST_NUMBER;
    if (r->digits == 0)
        return r->len > LONGEST_WORD || (r->len >= 8 && r->turns * 3 > r->len);
    if (r->len >= SHORTEST_MIX)
        *mixed += r->len;
    return r->len > LONGEST_MIX;
}

bool looks_random(struct span value)
{
    struct run run = { 0 };
    size_t mixed = 0;
    char before = 0;

    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!is_letter_or_digit(c)) {
            if (run_is_random(&run, &mixed))
                return true;
            run = (struct run){ 0 };
            before = 0;
            continue;
        }
        run.len++;
        run.digits += char_is_digit(c);
        if (char_is_alpha(c) && char_is_alpha(before))
            run.turns += (c >= 'a') != (before >= 'a');
        before = c;
    }
    return run_is_random(&run, &mixed) || mixed > LONGEST_MIXES;
}
