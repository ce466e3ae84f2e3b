#include "set_cookie.h"

#include "cookie_refusal.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/date.h"

/* Lifetimes people choose. An Expires date lands within seconds of one of them. */
static const struct {
    int64_t s;
    const char *name;
} lifetimes[] = {
    { 60, "1 minute" },     { 300, "5 minutes" },    { 900, "15 minutes" },
    { 1800, "30 minutes" }, { 3600, "1 hour" },      { 7200, "2 hours" },
    { 14400, "4 hours" },   { 28800, "8 hours" },    { 43200, "12 hours" },
    { 86400, "1 day" },     { 172800, "2 days" },    { 259200, "3 days" },
    { 604800, "7 days" },   { 1209600, "14 days" },  { 2592000, "30 days" },
    { 5184000, "60 days" }, { 7776000, "90 days" },  { 15552000, "180 days" },
    { 31536000, "1 year" }, { 63072000, "2 years" },
};

/* As Expires says it: to the second, and the answer took a while. */
static bool is_about(int64_t s, int64_t lifetime_s)
{
    int64_t off = s > lifetime_s ? s - lifetime_s : lifetime_s - s;
    return off <= 10 || off <= lifetime_s / 50;
}

/* Others are rounded, so that two answers to the same question say the same. */
static void add_lifetime(struct strbuf *out, int64_t s)
{
    static const struct {
        int64_t below_s, step_s, unit_s;
        const char *unit;
    } steps[] = { { 120, 20, 1, "seconds" },
                  { 7200, 300, 60, "minutes" },
                  { 172800, 3600, 3600, "hours" },
                  { INT64_MAX, 86400, 86400, "days" } };
    for (size_t i = 0; i < sizeof lifetimes / sizeof *lifetimes; i++)
        if (is_about(s, lifetimes[i].s)) {
            strbuf_addf(out, "; for %s", lifetimes[i].name);
            return;
        }
    size_t i = 0;
    while (s >= steps[i].below_s)
        i++;
    if (s > COOKIE_LONGEST_LIFE_S)
        s = COOKIE_LONGEST_LIFE_S;
    int64_t rounded = (s + steps[i].step_s / 2) / steps[i].step_s * steps[i].step_s;
    rounded = rounded ? rounded : steps[i].step_s;
    strbuf_addf(out, "; for about %lld %s", (long long)(rounded / steps[i].unit_s), steps[i].unit);
}

static bool lifetime_of(const struct canonical_context *c, const struct set_cookie *cookie,
                        int64_t *ret_s)
{
    int64_t date_s;
    if (cookie->has_max_age) { /* beats Expires: RFC 6265bis, section 5.7 */
        *ret_s = cookie->max_age_s;
        return true;
    }
    if (!cookie->has_expires)
        return false;
    if (cookie->expires_s < 86400 * 366) /* 1970: deleted, whatever the clock */
        *ret_s = 0;
    else if (http_date_parse(http_fields_value(&c->own->response.fields, SPAN("Date")), &date_s))
        *ret_s = cookie->expires_s - date_s; /* by one clock */
    else if (c->own->start_us)
        *ret_s = cookie->expires_s - c->own->start_us / 1000000;
    else
        return false;
    return true;
}

static bool is_suffix_host(struct span host, struct span domain)
{
    return host.len > domain.len && host.ptr[host.len - domain.len - 1] == '.' &&
           span_ieq(span_from(host, host.len - domain.len), domain);
}

static struct span host_of(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    return colon > 0 && authority.ptr[authority.len - 1] != ']'
               ? span_head(authority, (size_t)colon)
               : authority;
}

static unsigned dots(struct span s)
{
    unsigned n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == '.';
    return n;
}

/* The request's host by either side's name is "this host"; what is above it, "n up". */
static void write_domain(const struct canonical_context *c, struct span domain, struct strbuf *out)
{
    const struct span hosts[] = { host_of(c->production->request.authority),
                                  host_of(c->own->request.authority) };
    for (size_t i = 0; i < 2; i++) {
        if (hosts[i].len && span_ieq(hosts[i], domain)) {
            strbuf_add_str(out, "; Domain=this host");
            return;
        }
        if (is_suffix_host(hosts[i], domain)) {
            strbuf_addf(out, "; Domain=%u above this host", dots(hosts[i]) - dots(domain));
            return;
        }
    }
    strbuf_add_str(out, "; Domain=");
    strbuf_add_span(out, domain);
}

/*
 * Frameworks set Secure by the scheme they are asked by: a visitor without TLS says
 * nothing about it. Where the recording does not say which it was, only losing it
 * is a difference.
 */
static bool secure_tells(const struct canonical_context *c, struct span name)
{
    const struct http_response *r = &c->production->response;
    struct set_cookie cookie;
    if (!span_is_none(c->production->request.scheme))
        return !span_eq(c->production->request.scheme, SPAN("http"));
    for (uint32_t i = 0; i < r->fields.len; i++)
        if (span_ieq(r->fields.at[i].name, SPAN("Set-Cookie")) &&
            set_cookie_parse(&cookie, r->fields.at[i].value) && span_eq(cookie.name, name) &&
            cookie.secure)
            return true;
    return false;
}

void set_cookie_attributes(const struct canonical_context *c, const struct set_cookie *cookie,
                           struct strbuf *out)
{
    int64_t lifetime_s;
    size_t start = out->len;
    struct span base = cookie_base_name(cookie->name);
    if (base.len < cookie->name.len)
        strbuf_addf(out, "; Prefix=%.*s",
                    SPAN_ARG(span_head(cookie->name, cookie->name.len - base.len)));
    if (cookie->secure && secure_tells(c, cookie->name))
        strbuf_add_str(out, "; Secure");
    if (cookie->http_only)
        strbuf_add_str(out, "; HttpOnly");
    if (cookie->same_site != SAME_SITE_ABSENT)
        strbuf_addf(out, "; SameSite=%s", same_site_name(cookie->same_site));
    if (cookie->partitioned)
        strbuf_add_str(out, "; Partitioned");
    if (!span_is_none(cookie->path)) {
        strbuf_add_str(out, "; Path=");
        strbuf_add_span(out, cookie->path);
    }
    if (!span_is_none(cookie->domain))
        write_domain(c, cookie->domain, out);
    if (!lifetime_of(c, cookie, &lifetime_s))
        strbuf_add_str(out, "; until the browser closes");
    else if (lifetime_s <= 0)
        strbuf_add_str(out, "; deleted");
    else
        add_lifetime(out, lifetime_s);
    cookie_add_reasons(c, cookie, out);
    if (out->len >= start + 2) { /* without the first "; " */
        memmove(out->buf + start, out->buf + start + 2, out->len - start - 2);
        strbuf_cut(out, out->len - 2);
    }
}
