#ifndef REHEARSE_SRC_KEY_PATTERN_CODE_H
#define REHEARSE_SRC_KEY_PATTERN_CODE_H

/* What a pattern is compiled to: shared by who makes it and who runs it. */
#include "pattern.h"

enum { PATTERN_CODES_MAX = 4000 };

/* 256 bits: which bytes. */
struct byte_set {
    uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char c)
{
    return set->bits[c >> 6] >> (c & 63) & 1;
}

static inline void byte_set_add(struct byte_set *set, unsigned char c)
{
    set->bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

enum code_kind {
    CODE_SET,   /* a byte of the set */
    CODE_SPLIT, /* both ways, `to` first */
    CODE_JUMP,
    CODE_SAVE,      /* the place, as slot number `to` */
    CODE_START,     /* only at the start of the text */
    CODE_END,       /* at the end, or before a line feed that ends it */
    CODE_VERY_END,  /* at the end */
    CODE_WORD_EDGE, /* between \w and \W */
    CODE_INSIDE,    /* not there */
    CODE_MATCH,
};

struct code {
    enum code_kind kind;
    uint32_t to, other; /* places in the program */
    const struct byte_set *set;
};

struct pattern {
    const struct code *codes;
    uint32_t len;
    unsigned groups; /* with the whole */
    struct span names[PATTERN_GROUPS_MAX];
    struct byte_set first; /* what a match can begin with, where it cannot be empty */
    bool may_be_empty;
};

bool pattern_is_word(unsigned char c);

#endif
