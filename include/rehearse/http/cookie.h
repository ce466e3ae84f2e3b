#ifndef REHEARSE_HTTP_COOKIE_H
#define REHEARSE_HTTP_COOKIE_H

#include "rehearse/base/span.h"

/*
 * The syntax of cookies (RFC 6265bis): what a Set-Cookie line says, what a Cookie
 * line holds. Which cookie goes where is the jar's business (session/jar.h).
 */
enum same_site {
    SAME_SITE_ABSENT = 0,
    SAME_SITE_NONE,
    SAME_SITE_LAX,
    SAME_SITE_STRICT,
    SAME_SITE_UNKNOWN
};

struct set_cookie {
    struct span name;
    struct span value;
    struct span domain;  /* without leading dot; SPAN_NONE when absent or empty */
    struct span path;    /* SPAN_NONE when absent */
    struct span expires; /* raw; SPAN_NONE when absent */
    bool has_expires;    /* expires parsed into expires_s */
    int64_t expires_s;
    bool has_max_age;
    int64_t max_age_s; /* may be negative */
    enum same_site same_site;
    bool secure, http_only, partitioned;
    unsigned faults; /* SET_COOKIE_… */
};

/*
 * What a server should not send (section 4.1.1) and browsers put up with, or make a rule
 * of their own for. Bits of set_cookie.faults.
 */
enum {
    SET_COOKIE_NO_NAME = 1u << 0,
    SET_COOKIE_BAD_NAME = 1u << 1,       /* no token */
    SET_COOKIE_BAD_VALUE = 1u << 2,      /* spaces, commas, quotes, backslashes, beyond ASCII */
    SET_COOKIE_REPEATED = 1u << 3,       /* an attribute: the last counts */
    SET_COOKIE_LONG_ATTRIBUTE = 1u << 4, /* passed over */
    SET_COOKIE_UNKNOWN_ATTRIBUTE = 1u << 5,
    SET_COOKIE_FLAG_VALUE = 1u << 6,    /* Secure=false: Secure all the same */
    SET_COOKIE_LOOSE_EXPIRES = 1u << 7, /* no IMF-fixdate, and yet a date */
    SET_COOKIE_BAD_EXPIRES = 1u << 8,   /* passed over */
    SET_COOKIE_BAD_MAX_AGE = 1u << 9,   /* passed over */
    SET_COOKIE_NEGATIVE_AGE = 1u << 10,
    SET_COOKIE_LONG_AGE = 1u << 11, /* Max-Age over COOKIE_LONGEST_LIFE_S */
    SET_COOKIE_DOMAIN_DOT = 1u << 12,
    SET_COOKIE_EMPTY_DOMAIN = 1u << 13,
    SET_COOKIE_BAD_PATH = 1u << 14,      /* taken as if absent */
    SET_COOKIE_BAD_SAME_SITE = 1u << 15, /* SAME_SITE_UNKNOWN */
    SET_COOKIE_FAULTS = 16,              /* how many bits there are */
};
/* A sentence for a person about one of these bits; static. */
const char *set_cookie_fault_sentence(unsigned fault);

/* Section 5.5: 400 days, whatever is said. Expires is held to it where there is a clock. */
#define COOKIE_LONGEST_LIFE_S INT64_C(34560000)

/* Section 5.6 (the algorithm user agents use). False: the line sets no cookie. Borrows from `line`.
 */
bool set_cookie_parse(struct set_cookie *ret, struct span line);
/* Why the line sets no cookie, in a few words; NULL when it does. Static. */
const char *set_cookie_refusal(struct span line);
/* 5.1.1, the tolerant date of cookies. */
bool cookie_date_parse(struct span s, int64_t *ret_s);
/*
 * Section 5.7, steps 20 to 22: which promise of its name (__Secure-, __Host-, __Http-,
 * __Host-Http-, in any case) the cookie breaks, in a few words; NULL when it keeps them
 * or made none. Static.
 */
const char *set_cookie_broken_promise(const struct set_cookie *c);

struct cookie_pair {
    struct span name;
    struct span value;
};
/* Cut the next pair off a Cookie line; false when *rest holds no more. */
bool cookie_next(struct span *rest, struct cookie_pair *ret);
/* The value of that cookie in a Cookie line, SPAN_NONE when absent. Names are case-sensitive. */
struct span cookie_value(struct span line, struct span name);

const char *same_site_name(enum same_site s);

#endif
