#ifndef REHEARSE_CACHE_DIRECTIVES_H
#define REHEARSE_CACHE_DIRECTIVES_H

#include "rehearse/cache/policy.h"
#include "rehearse/http/field.h"

/*
 * What Cache-Control and its kin say: RFC 9111 section 5.2 (requests and
 * responses), RFC 5861, RFC 8246, the targeted fields of RFC 9213, and
 * Surrogate-Control (Edge Architecture 1.0). Tolerant where the RFC says so; what
 * was tolerated is in `faults`. No allocation: spans borrow from the field.
 */

/* A number of seconds. Duplicates: the first counts (section 4.2.1). */
struct delta {
    bool given;
    bool valid; /* false: not a number. For max-age and s-maxage that means stale (section 4.2.1) */
    unsigned line; /* the how manieth line of its field said it */
    int64_t s;     /* 0 when not valid; at most DELTA_MAX */
};
#define DELTA_MAX INT64_C(2147483648) /* section 1.2.2 */

/* The field names of no-cache="a, b" and private="a, b"; several such directives add up. */
#define DIRECTIVE_FIELD_LISTS 4
struct directive_fields {
    struct span lists[DIRECTIVE_FIELD_LISTS];
    unsigned len;
};
bool directive_fields_have(const struct directive_fields *fields, struct span name);

/* What was wrong and how it was taken. Bits of directives.faults. */
enum {
    DIRECTIVE_QUOTED_NUMBER = 1u << 0, /* max-age="60": read as 60 */
    DIRECTIVE_BAD_NUMBER = 1u << 1,    /* max-age=1.5: stale at once */
    DIRECTIVE_DUPLICATE = 1u << 2,     /* max-age=1, max-age=2: the first */
    DIRECTIVE_CONFLICT = 1u << 3, /* public, private or no-store with a lifetime: the stricter */
    DIRECTIVE_UNQUOTED_FIELDS = 1u << 4, /* private=set-cookie: as if quoted */
    DIRECTIVE_NEEDLESS_VALUE = 1u << 5,  /* no-store=1: the value is passed over */
    DIRECTIVE_NO_WINDOW = 1u << 6,       /* stale-while-revalidate without a number: passed over */
    DIRECTIVE_OPEN_QUOTE = 1u << 7,
    DIRECTIVE_NOT_STRUCTURED =
        1u << 8, /* a targeted field that is no structured dictionary: ignored whole */
    DIRECTIVE_OVERFLOW = 1u << 9,    /* larger than DELTA_MAX: DELTA_MAX */
    DIRECTIVE_SPACED = 1u << 10,     /* max-age = 60: the spaces do not count */
    DIRECTIVE_WRONG_TYPE = 1u << 11, /* max-age=1.5 in a targeted field: as if not there */
};

#define DIRECTIVES_UNKNOWN 8
struct directives {
    bool present; /* at least one line of the field was there and could be used */
    struct delta max_age, s_maxage, stale_while_revalidate, stale_if_error;
    bool no_store, must_revalidate, proxy_revalidate, immutable, must_understand, no_transform;
    bool is_public;
    bool no_cache;   /* the unqualified form */
    bool is_private; /* the unqualified form */
    struct directive_fields no_cache_fields, private_fields;
    /* Requests only. max_stale without a number: any staleness, s is INT64_MAX. */
    struct delta max_stale, min_fresh;
    bool only_if_cached;
    bool no_store_remote; /* Surrogate-Control: not in surrogates that are far from the origin */
    struct span content;  /* Surrogate-Control: content="ESI/1.0"; SPAN_NONE */
    struct span unknown[DIRECTIVES_UNKNOWN]; /* the first few names we do not know */
    unsigned unknown_len;                    /* how many there were in all */
    unsigned faults;                         /* DIRECTIVE_… */
};

enum directive_dialect {
    DIALECT_CACHE_CONTROL = 0,
    DIALECT_TARGETED,  /* RFC 9213: a structured dictionary, ignored whole when it is none */
    DIALECT_SURROGATE, /* max-age=60+30: 30 more seconds stale; max-age=60;name: for that one */
};

/* By the field's name: CDN-Cache-Control and *-CDN-Cache-Control are targeted. */
enum directive_dialect directive_dialect_of(struct span field_name);
/* All lines of that field, as RFC 9111 reads them. */
struct directives directives_of(const struct http_fields *fields, struct span field_name);

/*
 * The directives that this cache obeys, and from which field. With a targeted
 * field, Cache-Control and Expires are both out (RFC 9213 section 2.2).
 */
struct obeyed_directives {
    struct span field; /* static; "Cache-Control" also when nothing is present */
    bool targeted;     /* Expires does not count */
    struct directives d;
};
struct obeyed_directives directives_obeyed(const struct cache_policy *policy,
                                           const struct http_fields *response);

#endif
