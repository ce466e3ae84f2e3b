#ifndef REHEARSE_SRC_KEY_PATTERN_H
#define REHEARSE_SRC_KEY_PATTERN_H

#include "rehearse/base/arena.h"

/*
 * Regular expressions as nginx's configurations have them: PCRE's syntax, without
 * what takes a matcher that goes back (back references, lookaround, atomic groups).
 * All ways are followed at once (Thompson, 1968; Pike's captures), so a text costs at
 * most its length times the pattern's, whatever both are. Bytes, not characters.
 */
enum {
    PATTERN_BYTES_MAX = 4096,
    PATTERN_GROUPS_MAX = 10, /* with the whole; later groups are not captured */
    PATTERN_NAME_MAX = 32,
};

struct pattern;

struct pattern_fault {
    size_t at;        /* in the pattern */
    const char *what; /* found there: static */
};
/* NULL and a fault for what is no pattern, is too large, or cannot be followed. */
const struct pattern *pattern_of(struct span text, bool any_case, struct arena *arena,
                                 struct pattern_fault *ret_fault);
/* The number of the group (?<name>…); 0 when there is none. */
unsigned pattern_group(const struct pattern *pattern, struct span name);

/* How many codes it is made of. */
size_t pattern_size(const struct pattern *pattern);

struct pattern_groups {
    struct span at[PATTERN_GROUPS_MAX]; /* of the text; SPAN_NONE: took no part */
};
/*
 * Does it match somewhere in the text? What PCRE would find, first place first.
 * `ret` may be NULL. Steps are taken off *work; none left is no match.
 */
bool pattern_matches(const struct pattern *pattern, struct span text, struct pattern_groups *ret,
                     uint64_t *work);

#endif
