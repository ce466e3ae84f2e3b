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
};

/* Section 5.6 (the algorithm user agents use). False: the line sets no cookie. Borrows from `line`.
 */
bool set_cookie_parse(struct set_cookie *ret, struct span line);
/* 5.1.1, the tolerant date of cookies. */
bool cookie_date_parse(struct span s, int64_t *ret_s);
/* "__Secure-" and "__Host-" rules, section 5.7: does the prefix's promise hold? True without
 * prefix. */
bool set_cookie_prefix_holds(const struct set_cookie *c);

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
