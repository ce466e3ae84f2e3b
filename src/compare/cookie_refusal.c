#include "cookie_refusal.h"

#include <libpsl.h>

#include "rehearse/http/cookie_role.h"

enum { LONGEST_HOST = 255 };

enum reason {
    SECURE_OVER_HTTP,
    DOMAIN_OF_PRODUCTION,
    DOMAIN_OF_ANOTHER,
    PUBLIC_SUFFIX,
    NONE_BY_SCHEME,
    NONE_WITHOUT_SECURE,
    PARTITIONED_BY_SCHEME,
    PARTITIONED_WITHOUT_SECURE,
    PROMISE_BY_SCHEME,
    PROMISE_BROKEN,
    SECURE_LEFT_OUT,
    PREFIX_LEFT_OUT,
    REASONS
};

#define REFUSED "refused by browsers: "

static const struct cookie_reason reasons[REASONS] = {
    [SECURE_OVER_HTTP] = { REFUSED "Secure over plain http",
                           "Staging is asked over plain http, where browsers take no Secure "
                           "cookie; production has TLS.",
                           SEVERITY_INFO,
                           true,
                           { NULL } },
    [DOMAIN_OF_PRODUCTION] = { REFUSED "Domain of production",
                               "Its Domain is production's, and staging lives under another name: "
                               "browsers take no cookie for another site.",
                               SEVERITY_INFO,
                               true,
                               { "Domain=", NULL } },
    [DOMAIN_OF_ANOTHER] = { REFUSED "Domain of another site",
                            "Its Domain is neither staging's host nor above it, and not "
                            "production's either: browsers take no cookie for another site.",
                            SEVERITY_MAJOR,
                            false,
                            { "Domain=", NULL } },
    [PUBLIC_SUFFIX] = { REFUSED "Domain is a public suffix",
                        "Staging's host lies right below a public suffix, a name that many sites "
                        "share and no cookie may be set for; production's Domain is none.",
                        SEVERITY_INFO,
                        true,
                        { "Domain=", NULL } },
    [NONE_BY_SCHEME] = { REFUSED "SameSite=None without Secure, over plain http",
                         "SameSite=None needs Secure, which frameworks leave out where they are "
                         "asked over plain http, as staging is.",
                         SEVERITY_INFO,
                         true,
                         { NULL } },
    [NONE_WITHOUT_SECURE] = { REFUSED "SameSite=None without Secure",
                              "SameSite=None needs Secure: browsers do not take it without.",
                              SEVERITY_MAJOR,
                              false,
                              { NULL } },
    [PARTITIONED_BY_SCHEME] = { REFUSED "Partitioned without Secure, over plain http",
                                "Partitioned needs Secure, which frameworks leave out where they "
                                "are asked over plain http, as staging is.",
                                SEVERITY_INFO,
                                true,
                                { NULL } },
    [PARTITIONED_WITHOUT_SECURE] = { REFUSED "Partitioned without Secure",
                                     "Partitioned needs Secure: browsers do not take it without.",
                                     SEVERITY_MAJOR,
                                     false,
                                     { NULL } },
    [PROMISE_BY_SCHEME] = { REFUSED "a prefix that promises Secure, over plain http",
                            "Its name (__Host-, __Secure-) promises Secure, which staging, asked "
                            "over plain http, does not say.",
                            SEVERITY_INFO,
                            true,
                            { NULL } },
    [PROMISE_BROKEN] = { REFUSED "a promise of its name is broken",
                         "Its name promises what the cookie does not keep: __Host- needs Secure, "
                         "Path=/ and no Domain, __Secure- needs Secure, __Http- HttpOnly too.",
                         SEVERITY_MAJOR,
                         false,
                         { NULL } },
    [SECURE_LEFT_OUT] = { "no Secure, over plain http",
                          "Frameworks leave Secure out where they are asked over plain http, as "
                          "staging is; that it was lost would look the same. Staging over TLS "
                          "would tell.",
                          SEVERITY_MINOR,
                          true,
                          { "Secure", NULL } },
    [PREFIX_LEFT_OUT] = { "no prefix, over plain http",
                          "Libraries put __Host- or __Secure- in front of its name where they are "
                          "asked over TLS; staging is asked over plain http.",
                          SEVERITY_INFO,
                          true,
                          { "Prefix=", "Secure", NULL } },
};

const struct cookie_reason *cookie_reason_of(struct span member)
{
    for (size_t i = 0; i < REASONS; i++)
        if (span_eq(member, span_of(reasons[i].member)))
            return &reasons[i];
    return NULL;
}

/* ---- hosts ---- */

static struct span host_of(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    return colon > 0 && authority.ptr[authority.len - 1] != ']'
               ? span_head(authority, (size_t)colon)
               : authority;
}

static bool covers(struct span domain, struct span host)
{
    return span_ieq(domain, host) ||
           (host.len > domain.len && host.ptr[host.len - domain.len - 1] == '.' &&
            span_ieq(span_from(host, host.len - domain.len), domain));
}

static bool is_public_suffix(struct span domain)
{
    char text[LONGEST_HOST + 1];
    if (domain.len == 0 || domain.len > LONGEST_HOST)
        return false;
    for (size_t i = 0; i < domain.len; i++)
        text[i] = char_lower(domain.ptr[i]);
    text[domain.len] = '\0';
    return psl_is_public_suffix(psl_builtin(), text) == 1;
}

/* This machine's own addresses count as secure over plain http, as browsers have it. */
static bool is_loopback(struct span host)
{
    return span_ieq(host, SPAN("localhost")) || span_starts(host, SPAN("127.")) ||
           span_eq(host, SPAN("[::1]"));
}

/* ---- one cookie ---- */

struct asking {
    struct span host[2]; /* production's, staging's */
    bool own_http;       /* staging was asked over plain http, and production was not */
    struct set_cookie twin;
};

static bool find_twin(const struct exchange *production, struct span name, struct set_cookie *ret)
{
    const struct http_fields *fields = &production->response.fields;
    for (uint32_t i = 0; i < fields->len; i++)
        if (span_ieq(fields->at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(ret, fields->at[i].value) &&
            span_eq(cookie_base_name(ret->name), cookie_base_name(name)))
            return true;
    return false;
}

static int domain_reason(const struct asking *a, const struct set_cookie *cookie)
{
    const struct span *twin = &a->twin.domain;
    if (span_is_none(cookie->domain) || a->host[1].len == 0)
        return REASONS;
    if (covers(cookie->domain, a->host[1])) {
        bool refused = is_public_suffix(cookie->domain) && !span_ieq(cookie->domain, a->host[1]);
        return refused && (span_is_none(*twin) || !is_public_suffix(*twin)) ? PUBLIC_SUFFIX
                                                                            : REASONS;
    }
    if (covers(cookie->domain, a->host[0]))
        return DOMAIN_OF_PRODUCTION;
    /* Production's fault too: nothing new. */
    return span_is_none(*twin) || covers(*twin, a->host[0]) ? DOMAIN_OF_ANOTHER : REASONS;
}

static void add(struct strbuf *out, int reason)
{
    if (reason != REASONS)
        strbuf_addf(out, "; %s", reasons[reason].member);
}

static bool none_without_secure(const struct set_cookie *c)
{
    return c->same_site == SAME_SITE_NONE && !c->secure;
}

void cookie_add_reasons(const struct canonical_context *c, const struct set_cookie *cookie,
                        struct strbuf *out)
{
    struct asking a = { .host = { host_of(c->production->request.authority),
                                  host_of(c->own->request.authority) } };
    if (c->own == c->production || !find_twin(c->production, cookie->name, &a.twin))
        return;
    const struct set_cookie *twin = &a.twin;
    a.own_http = span_eq(c->own->request.scheme, SPAN("http")) &&
                 !span_eq(c->production->request.scheme, SPAN("http"));
    bool lost_by_scheme = a.own_http && twin->secure && !cookie->secure;

    add(out, domain_reason(&a, cookie));
    if (cookie->secure && twin->secure && a.own_http && !is_loopback(a.host[1]))
        add(out, SECURE_OVER_HTTP);
    if (none_without_secure(cookie) && !none_without_secure(twin))
        add(out, lost_by_scheme ? NONE_BY_SCHEME : NONE_WITHOUT_SECURE);
    if (cookie->partitioned && !cookie->secure && !(twin->partitioned && !twin->secure))
        add(out, lost_by_scheme ? PARTITIONED_BY_SCHEME : PARTITIONED_WITHOUT_SECURE);
    if (set_cookie_broken_promise(cookie) && !set_cookie_broken_promise(twin)) {
        struct set_cookie secured = *cookie;
        secured.secure = true;
        bool by_scheme = lost_by_scheme && !set_cookie_broken_promise(&secured);
        add(out, by_scheme ? PROMISE_BY_SCHEME : PROMISE_BROKEN);
    }
    if (lost_by_scheme)
        add(out, SECURE_LEFT_OUT);
    if (a.own_http && cookie->name.len < twin->name.len)
        add(out, PREFIX_LEFT_OUT);
}

/* ---- a cookie that staging does not set ---- */

static struct span without_labels(struct span host, unsigned count)
{
    for (; count && host.len; count--) {
        ptrdiff_t dot = span_find_char(host, '.');
        host = dot < 0 ? SPAN("") : span_from(host, (size_t)dot + 1);
    }
    return host;
}

const char *cookie_missing_reason(struct span name, struct span attributes,
                                  struct span staging_scheme, struct span staging_authority)
{
    ptrdiff_t above = span_find(attributes, SPAN(" above this host"));
    if (span_eq(staging_scheme, SPAN("http")) && cookie_base_name(name).len < name.len)
        return "Its name (__Host-, __Secure-) promises TLS, and staging is asked over plain http: "
               "it cannot be set there, and applications leave it out.";
    if (above <= 0 || !char_is_digit(attributes.ptr[above - 1]))
        return NULL;
    struct span domain =
        without_labels(host_of(staging_authority), (unsigned)(attributes.ptr[above - 1] - '0'));
    return is_public_suffix(domain)
               ? "Production sets it for a domain above its host; above staging's host that is a "
                 "public suffix, which no cookie may be set for."
               : NULL;
}
