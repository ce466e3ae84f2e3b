#ifndef REHEARSE_CACHE_POLICY_CHOICES_H
#define REHEARSE_CACHE_POLICY_CHOICES_H

/*
 * What a policy (policy.h) can choose between, where yes and no do not do: one
 * enumeration a question. The first of each is what the RFC says, the others name
 * a product that does so. Section numbers without a name are those of RFC 9111.
 */

/* A number of seconds that is none: max-age=1.5, max-age=a100. */
enum bad_number {
    BAD_NUMBER_STALE = 0,  /* as 0: section 4.2.1 */
    BAD_NUMBER_IGNORED,    /* as if the directive were not there: Traffic Server */
    BAD_NUMBER_DIGITS,     /* the digits in front, "100a" is 100; none: ignored. Varnish, Apache */
    BAD_NUMBER_NO_CACHE,   /* the response is not stored: nginx */
    BAD_NUMBER_DECIMAL,    /* 1.5 is 1; what else is none is stale: Varnish */
    BAD_NUMBER_ANY_DIGITS, /* the first digits in it, "a100" is 100: Traffic Server */
};

/* max-age=1, max-age=1800. */
enum repeated_directive {
    REPEATED_FIRST = 0, /* section 4.2.1 */
    REPEATED_LAST,      /* Apache, HAProxy, Traffic Server */
    REPEATED_LAST_LINE, /* the first of its line, and of several lines the last: nginx */
    REPEATED_SMALLEST,
    REPEATED_LARGEST,
};

/* A request with Authorization. */
enum authorized_request {
    AUTHORIZED_NEEDS_PERMISSION = 0, /* section 3.5 */
    AUTHORIZED_PASSES,               /* goes past the cache: Varnish, Apache */
    AUTHORIZED_IS_STORED,            /* the field means nothing: nginx, CloudFront */
    AUTHORIZED_NEEDS_PUBLIC,         /* HAProxy */
    AUTHORIZED_FORBIDS,              /* its answer is not stored, whatever it says: Vercel */
};

/* Which stored responses answer a request with Authorization. */
enum authorized_answer {
    AUTHORIZED_GETS_ALL = 0,
    AUTHORIZED_GETS_PUBLIC, /* only what says public: Traffic Server */
    AUTHORIZED_GETS_NONE,   /* the origin is asked: HAProxy */
};

/* Vary. */
enum vary_handling {
    VARY_SELECTS = 0, /* section 4.1 */
    VARY_FORBIDS, /* a name beside those of vary_names keeps the response out: HAProxy, Google */
    VARY_IGNORED, /* only names of vary_names select: CloudFront, Cloudflare */
};

/* "*" among the members of Vary. */
enum vary_star {
    VARY_STAR_MATCHES_NOTHING = 0, /* section 4.1 */
    VARY_STAR_ALONE,               /* so only where it is all the line says: nginx */
    VARY_STAR_ONLY,                /* so only where it is all that all lines say: Varnish */
    VARY_STAR_SAYS_NOTHING,        /* Fastly, Traffic Server 8 */
};

/* Pragma: no-cache in a response, to which section 5.4 gives no meaning. */
enum response_pragma {
    PRAGMA_SAYS_NOTHING = 0,
    PRAGMA_STANDS_IN, /* is no-cache where there is no Cache-Control: Squid */
    PRAGMA_COUNTS,    /* is no-cache: Apache, HAProxy, Traffic Server */
};

/* What a 304 changes of what is stored. */
enum update_by_304 {
    UPDATE_BY_RFC = 0, /* section 3.2: all but what the stored bytes depend on */
    UPDATE_NOTHING,    /* freshens it, the fields stay: nginx, Fastly */
    UPDATE_EVERYTHING, /* Squid, Traffic Server, Varnish */
};

/* An Age that cannot be right: no number, or said more than once. */
enum doubtful_age {
    DOUBTFUL_AGE_FIRST = 0, /* the first number; none: as if absent (section 5.1) */
    DOUBTFUL_AGE_STALE,     /* nobody knows how old it is, so it is stale */
    DOUBTFUL_AGE_DIGITS,    /* the digits in front: Squid */
};

/* Request directives and fields. Bits of cache_policy.ignores_request. */
enum {
    REQUEST_MAX_AGE = 1u << 0,
    REQUEST_MAX_STALE = 1u << 1,
    REQUEST_MIN_FRESH = 1u << 2,
    REQUEST_NO_CACHE = 1u << 3,
    REQUEST_NO_STORE = 1u << 4, /* for what is stored afterwards */
    REQUEST_ONLY_IF_CACHED = 1u << 5,
    REQUEST_STALE_IF_ERROR = 1u << 6,
    REQUEST_PRAGMA = 1u << 7,
    REQUEST_ALL_DIRECTIVES = (1u << 8) - 1, /* nginx, Varnish, CloudFront, Cloudflare, … */
    REQUEST_CONDITIONS = 1u << 8,           /* answered whole: HAProxy before 2.4 */
    REQUEST_RANGE = 1u << 9,                /* answered whole: HAProxy */
};

/* Response directives that say nothing here. Bits of cache_policy.ignores_response. */
enum {
    RESPONSE_S_MAXAGE = 1u << 0,
    RESPONSE_MAX_AGE = 1u << 1,
    RESPONSE_EXPIRES = 1u << 2,
    RESPONSE_NO_STORE = 1u << 3,
    RESPONSE_PRIVATE = 1u << 4,
    RESPONSE_NO_CACHE = 1u << 5,
    RESPONSE_MUST_REVALIDATE = 1u << 6, /* and proxy-revalidate */
    RESPONSE_MUST_UNDERSTAND = 1u << 7, /* any cache that is older than RFC 9111 */
    RESPONSE_STALE_WHILE = 1u << 8,     /* stale-while-revalidate */
    RESPONSE_STALE_IF_ERROR = 1u << 9,
    RESPONSE_AGE = 1u << 10,               /* nginx */
    RESPONSE_DATE = 1u << 11,              /* for age: nginx, Varnish */
    RESPONSE_FIELD_LISTS = 1u << 12,       /* no-cache="a": as if not there */
    RESPONSE_FIELD_LISTS_BROAD = 1u << 13, /* no-cache="a": as no-cache */
    RESPONSE_DATE_IN_EXPIRES = 1u << 14,   /* Expires is held against the cache's clock: nginx */
    RESPONSE_AGE_IN_EXPIRES = 1u << 15,    /* Age does not shorten what Expires gives: Fastly */
};

/* What permits storing an answer of any status, beside a lifetime and public. Bits of
 * cache_policy.permissions. */
enum {
    PERMISSION_CONTROL = 1u << 0,    /* a Cache-Control of any kind: Apache */
    PERMISSION_REVALIDATE = 1u << 1, /* must-revalidate and proxy-revalidate: Traffic Server */
};

/* How the client's own conditions are answered. Bits of cache_policy.conditions. */
enum {
    CONDITION_TAG_BYTES = 1u << 0,     /* tags are compared as they stand, W/ and all: nginx */
    CONDITION_TAG_BARE = 1u << 1,      /* a tag without quotes matches none: Apache, Squid */
    CONDITION_TAG_ODD = 1u << 2,       /* nor does w/"a" or W"a": Traffic Server, Apache */
    CONDITION_TAG_ONE = 1u << 3,       /* If-None-Match is one tag, no list: Varnish */
    CONDITION_DATE_EXACT = 1u << 4,    /* If-Modified-Since has to be the Last-Modified: nginx */
    CONDITION_DATE_MODIFIED = 1u << 5, /* without Last-Modified it never holds: nearly all */
    CONDITION_BOTH = 1u << 6,          /* tag and date both have to hold: nginx */
    CONDITION_DATE_IMF_ONLY = 1u << 7, /* the obsolete forms of date are none: nuster */
};

/* How a selecting field is compared. Bits of cache_policy.vary_normalises. White space around
 * commas and lines joined never count. */
enum {
    VARY_LANGUAGE_CASE = 1u << 0,   /* Accept-Language: en is EN */
    VARY_LANGUAGE_ORDER = 1u << 1,  /* de, en is en, de where no weights are given */
    VARY_LANGUAGE_SELECT = 1u << 2, /* the stored Content-Language is what the request wants most */
    VARY_BYTES = 1u << 3,           /* byte for byte after all: nginx, Varnish */
    VARY_FIRST_LINE = 1u << 4,      /* of a field that is there twice, the first line: Varnish */
    VARY_LANGUAGE_SPACE = 1u << 5,  /* Accept-Language: white space does not count: nginx */
    VARY_CASE = 1u << 6,            /* in any case: Traffic Server */
    VARY_ENCODING_NEVER = 1u << 7,  /* Accept-Encoding does not select: Varnish unpacks by itself */
    VARY_ENCODING_PLAIN = 1u << 8,  /* nor here, of what has no Content-Encoding: Traffic Server */
};

#endif
