#ifndef REHEARSE_SESSION_JAR_COOKIES_H
#define REHEARSE_SESSION_JAR_COOKIES_H

#include "cookie_place.h"
#include "rehearse/session/jar.h"

/* The cookies inside of a jar, for jar.c (storing) and jar_lines.c (sending). */
enum {
    JAR_MAX_COOKIES = 600,    /* RFC 6265bis asks for 3000 of a browser that visits the whole web */
    JAR_MAX_PER_DOMAIN = 180, /* at least 50, section 6.1 */
    JAR_MAX_BYTES = 256 * 1024, /* of all cookies of one jar */
    JAR_MAX_DELETED = 64,       /* deletions remembered */
};

struct cookie {
    int64_t expires_s; /* INT64_MAX: with the session */
    uint32_t created;  /* place in the order of creation-times */
    uint32_t updated;  /* place in the order of last settings */
    uint16_t name_len, value_len, domain_len, path_len;
    uint8_t same_site;
    bool host_only, secure, http_only;
    char bytes[]; /* name, value, domain, path */
};

struct jar {
    struct cookie **at; /* owned, each too */
    size_t len, cap;
    size_t bytes;
    uint32_t clock;                    /* counts settings */
    uint64_t deleted[JAR_MAX_DELETED]; /* names with their domains, hashed; 0 is empty */
    size_t deletions;
};

static inline struct span cookie_name(const struct cookie *c)
{
    return span_make(c->bytes, c->name_len);
}

static inline struct span cookie_text(const struct cookie *c)
{
    return span_make(c->bytes + c->name_len, c->value_len);
}

static inline struct span cookie_domain(const struct cookie *c)
{
    return span_make(c->bytes + c->name_len + c->value_len, c->domain_len);
}

static inline struct span cookie_path(const struct cookie *c)
{
    return span_make(c->bytes + c->name_len + c->value_len + c->domain_len, c->path_len);
}

bool cookie_goes_to_host(const struct cookie *c, const struct cookie_place *place);
/* Has the environment deleted a cookie of that name which would go to that host? */
bool jar_has_deleted(const struct jar *jar, struct span name, const struct cookie_place *place);

#endif
