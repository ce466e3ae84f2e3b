/* Storing cookies. Sections without a name are those of RFC 6265bis. */
#include <stdlib.h>

#include "cookie_place.h"
#include "jar_cookies.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"

struct jar *jar_new(void)
{
    return xcalloc(1, sizeof(struct jar));
}

void jar_free(struct jar *jar)
{
    if (!jar)
        return;
    for (size_t i = 0; i < jar->len; i++)
        free(jar->at[i]);
    free(jar->at);
    free(jar);
}

static size_t size_of(const struct cookie *c)
{
    return sizeof *c + c->name_len + c->value_len + c->domain_len + c->path_len;
}

static void drop(struct jar *jar, size_t i)
{
    jar->bytes -= size_of(jar->at[i]);
    free(jar->at[i]);
    jar->at[i] = jar->at[--jar->len];
}

static char *append(char *to, struct span s)
{
    memcpy(to, s.ptr ? s.ptr : "", s.len);
    return to + s.len;
}

static struct cookie *cookie_new(const struct set_cookie *c, struct span domain, struct span path)
{
    struct cookie *made =
        xcalloc(1, sizeof *made + c->name.len + c->value.len + domain.len + path.len);
    made->name_len = (uint16_t)c->name.len;
    made->value_len = (uint16_t)c->value.len;
    made->domain_len = (uint16_t)domain.len;
    made->path_len = (uint16_t)path.len;
    made->secure = c->secure;
    made->http_only = c->http_only;
    made->same_site = (uint8_t)c->same_site;
    append(append(append(append(made->bytes, c->name), c->value), domain), path);
    return made;
}

/* ---- deletions ---- */

static uint64_t deletion_key(struct span name, struct span domain)
{
    return hash_mix(hash64(name), hash64(domain)) | 1;
}

static void remember_deletion(struct jar *jar, struct span name, struct span domain)
{
    jar->deleted[jar->deletions++ % JAR_MAX_DELETED] = deletion_key(name, domain);
}

static void forget_deletion(struct jar *jar, struct span name, struct span domain)
{
    uint64_t key = deletion_key(name, domain);
    for (size_t i = 0; i < JAR_MAX_DELETED; i++)
        if (jar->deleted[i] == key)
            jar->deleted[i] = 0;
}

static bool was_deleted(const struct jar *jar, struct span name, struct span domain)
{
    uint64_t key = deletion_key(name, domain);
    for (size_t i = 0; i < JAR_MAX_DELETED; i++)
        if (jar->deleted[i] == key)
            return true;
    return false;
}

/* The host itself, then its parents. */
bool jar_has_deleted(const struct jar *jar, struct span name, const struct cookie_place *place)
{
    struct span domain = place->host;
    if (jar->deletions == 0)
        return false;
    while (domain.len) {
        if (was_deleted(jar, name, domain))
            return true;
        ptrdiff_t dot = place->is_address ? -1 : span_find_char(domain, '.');
        domain = dot < 0 ? SPAN_NONE : span_from(domain, (size_t)dot + 1);
    }
    return false;
}

/* ---- room ---- */

static bool is_expired(const struct cookie *c, int64_t now_s)
{
    return c->expires_s <= now_s;
}

static void drop_expired(struct jar *jar, int64_t now_s)
{
    for (size_t i = jar->len; i-- > 0;)
        if (is_expired(jar->at[i], now_s))
            drop(jar, i);
}

/*
 * Section 5.7, "remove excess cookies": within `domain` (none: all), those that are
 * not Secure first, then the one set longest ago. It stands for the last access,
 * which a jar that is only read does not note.
 */
static void drop_least(struct jar *jar, struct span domain)
{
    size_t least = jar->len;
    for (size_t i = 0; i < jar->len; i++) {
        const struct cookie *c = jar->at[i];
        if (!span_is_none(domain) && !span_eq(cookie_domain(c), domain))
            continue;
        if (least == jar->len) {
            least = i;
            continue;
        }
        const struct cookie *l = jar->at[least];
        bool in_domain = !span_is_none(domain);
        if (in_domain && c->secure != l->secure ? !c->secure : c->updated < l->updated)
            least = i;
    }
    if (least < jar->len)
        drop(jar, least);
}

static size_t count_in(const struct jar *jar, struct span domain)
{
    size_t count = 0;
    for (size_t i = 0; i < jar->len; i++)
        count += span_eq(cookie_domain(jar->at[i]), domain);
    return count;
}

static void make_room(struct jar *jar, const struct cookie *fresh, int64_t now_s)
{
    drop_expired(jar, now_s);
    if (count_in(jar, cookie_domain(fresh)) >= JAR_MAX_PER_DOMAIN)
        drop_least(jar, cookie_domain(fresh));
    while (jar->len && (jar->len >= JAR_MAX_COOKIES || jar->bytes + size_of(fresh) > JAR_MAX_BYTES))
        drop_least(jar, SPAN_NONE);
}

static void insert(struct jar *jar, struct cookie *c)
{
    jar->at = array_room(jar->at, &jar->cap, jar->len + 1, sizeof *jar->at);
    jar->at[jar->len++] = c;
    jar->bytes += size_of(c);
}

/* ---- the rules of section 5.7 ---- */

struct proposal {
    struct set_cookie c;
    struct cookie_place place;
    char domain_bytes[LONGEST_HOST];
    struct span domain, path;
    bool host_only;
    int64_t expires_s;
};

typedef const char *rule_fn(const struct jar *jar, struct proposal *p);

static bool lower_domain(struct proposal *p)
{
    if (p->c.domain.len > LONGEST_HOST)
        return false;
    for (size_t i = 0; i < p->c.domain.len; i++) {
        if ((unsigned char)p->c.domain.ptr[i] >= 0x80)
            return false;
        p->domain_bytes[i] = char_lower(p->c.domain.ptr[i]);
    }
    p->domain = span_make(p->domain_bytes, p->c.domain.len);
    return true;
}

/* Steps 7 to 10. */
static const char *rule_domain(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    p->host_only = true;
    p->domain = p->place.host;
    if (span_is_none(p->c.domain))
        return NULL;
    if (!lower_domain(p))
        return "Domain is no host name";
    if (!p->place.is_address && is_public_suffix(p->domain)) {
        if (!span_eq(p->domain, p->place.host))
            return "Domain is a public suffix";
        p->c.domain = SPAN_NONE; /* step 9.3: as without Domain, for the prefixes too */
        return NULL;
    }
    if (!domain_matches(p->place.host, p->place.is_address, p->domain))
        return "Domain is not the host's";
    p->host_only = false;
    return NULL;
}

/* Step 11. */
static const char *rule_path(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    p->path = span_is_none(p->c.path) ? default_path(p->place.path) : p->c.path;
    return NULL;
}

/* Step 13. */
static const char *rule_secure(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    return p->c.secure && !p->place.secure ? "Secure over plain http" : NULL;
}

/* Step 16. */
static const char *rule_leave_secure_alone(const struct jar *jar, struct proposal *p)
{
    if (p->c.secure || p->place.secure)
        return NULL;
    for (size_t i = 0; i < jar->len; i++) {
        const struct cookie *old = jar->at[i];
        struct span domain = cookie_domain(old);
        if (old->secure && span_eq(cookie_name(old), p->c.name) &&
            (domain_matches(domain, false, p->domain) ||
             domain_matches(p->domain, false, domain)) &&
            path_matches(p->path, cookie_path(old)))
            return "would lay itself over a Secure cookie";
    }
    return NULL;
}

/* Step 19. */
static const char *rule_same_site(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    return p->c.same_site == SAME_SITE_NONE && !p->c.secure ? "SameSite=None without Secure" : NULL;
}

/* Steps 20 to 22. */
static const char *rule_prefix(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    return set_cookie_broken_promise(&p->c);
}

/* Not in RFC 6265bis: CHIPS (github.com/privacycg/CHIPS) and every browser that knows it. */
static const char *rule_partitioned(const struct jar *jar, struct proposal *p)
{
    (void)jar;
    return p->c.partitioned && !p->c.secure ? "Partitioned without Secure" : NULL;
}

static rule_fn *const rules[] = { rule_domain,     rule_path,
                                  rule_secure,     rule_leave_secure_alone,
                                  rule_same_site,  rule_prefix,
                                  rule_partitioned };

static int64_t expiry(const struct set_cookie *c, int64_t now_s)
{
    int64_t life;
    if (c->has_max_age)
        life = c->max_age_s;
    else if (c->has_expires)
        life = c->expires_s > now_s ? c->expires_s - now_s : 0;
    else
        return INT64_MAX;
    if (life <= 0)
        return INT64_MIN;
    return now_s + (life < COOKIE_LONGEST_LIFE_S ? life : COOKIE_LONGEST_LIFE_S);
}

static size_t find_same(const struct jar *jar, const struct proposal *p)
{
    for (size_t i = 0; i < jar->len; i++) {
        const struct cookie *c = jar->at[i];
        if (c->host_only == p->host_only && span_eq(cookie_name(c), p->c.name) &&
            span_eq(cookie_domain(c), p->domain) && span_eq(cookie_path(c), p->path))
            return i;
    }
    return jar->len;
}

/* Steps 23 and 24. */
static enum jar_outcome store(struct jar *jar, const struct proposal *p, int64_t now_s)
{
    size_t old = find_same(jar, p);
    uint32_t created = old < jar->len ? jar->at[old]->created : jar->clock;

    if (old < jar->len)
        drop(jar, old);
    if (p->expires_s <= now_s) {
        remember_deletion(jar, p->c.name, p->domain);
        return JAR_DELETED;
    }
    struct cookie *c = cookie_new(&p->c, p->domain, p->path);
    c->host_only = p->host_only;
    c->expires_s = p->expires_s;
    c->created = created;
    c->updated = jar->clock++;
    make_room(jar, c, now_s);
    insert(jar, c);
    forget_deletion(jar, p->c.name, p->domain);
    return JAR_STORED;
}

static const char *judge(const struct jar *jar, struct proposal *p)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const char *why = rules[i](jar, p);
        if (why)
            return why;
    }
    return NULL;
}

static enum jar_outcome refuse(const char **ret_why, const char *why)
{
    if (ret_why)
        *ret_why = why;
    return JAR_REFUSED;
}

enum jar_outcome jar_set(struct jar *jar, struct span line, struct span scheme,
                         struct span authority, struct span target, int64_t now_s,
                         const char **ret_why)
{
    struct proposal p;

    if (!set_cookie_parse(&p.c, line))
        return refuse(ret_why, set_cookie_refusal(line));
    if (!cookie_place_init(&p.place, scheme, authority, target))
        return refuse(ret_why, "the response came from no host name");
    const char *why = judge(jar, &p);
    if (why)
        return refuse(ret_why, why);
    p.expires_s = expiry(&p.c, now_s);
    return store(jar, &p, now_s);
}

size_t jar_count(const struct jar *jar)
{
    return jar->len;
}
