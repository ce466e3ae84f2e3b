#include "outgoing.h"

#include "canary.h"
#include "idempotency.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"
#include "rehearse/session/body_type.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/value_place.h"

/* ---- what to do with a recorded field ---- */

enum policy {
    KEEP = 0,
    LEAVE_OUT, /* belongs to the connection, or is made anew */
    CONDITION, /* asks about production's validators, of which staging knows nothing */
    TRACE,     /* production's trace: ours must not join it */
    URL,       /* a URL of the site: its host is translated */
    HOST,      /* a host name */
    COOKIE,
    CREDENTIAL,
};

static const struct {
    struct span name;
    enum policy policy;
} policies[] = {
    /* RFC 9110, section 7.6.1, and fields that describe the message's framing. */
    { { "Connection", 10 }, LEAVE_OUT },
    { { "Keep-Alive", 10 }, LEAVE_OUT },
    { { "Proxy-Connection", 16 }, LEAVE_OUT },
    { { "Proxy-Authorization", 19 }, LEAVE_OUT },
    { { "TE", 2 }, LEAVE_OUT },
    { { "Trailer", 7 }, LEAVE_OUT },
    { { "Transfer-Encoding", 17 }, LEAVE_OUT },
    { { "Upgrade", 7 }, LEAVE_OUT },
    { { "HTTP2-Settings", 14 }, LEAVE_OUT },
    { { "Host", 4 }, LEAVE_OUT },
    { { "Content-Length", 14 }, LEAVE_OUT },
    { { "Expect", 6 }, LEAVE_OUT },
    { { "If-None-Match", 13 }, CONDITION },
    { { "If-Modified-Since", 17 }, CONDITION },
    { { "If-Match", 8 }, CONDITION },
    { { "If-Unmodified-Since", 19 }, CONDITION },
    { { "If-Range", 8 }, CONDITION },
    { { "traceparent", 11 }, TRACE },
    { { "tracestate", 10 }, TRACE },
    { { "X-Request-Id", 12 }, TRACE },
    { { "X-Correlation-Id", 16 }, TRACE },
    { { "X-Amzn-Trace-Id", 15 }, TRACE },
    { { "X-Cloud-Trace-Context", 21 }, TRACE },
    { { "CF-Ray", 6 }, TRACE },
    { { "b3", 2 }, TRACE },
    { { "X-B3-TraceId", 12 }, TRACE },
    { { "X-B3-SpanId", 11 }, TRACE },
    { { "X-B3-ParentSpanId", 17 }, TRACE },
    { { "X-B3-Sampled", 12 }, TRACE },
    { { "Origin", 6 }, URL },
    { { "Referer", 7 }, URL },
    { { "X-Forwarded-Host", 16 }, HOST },
    { { "Cookie", 6 }, COOKIE },
    { { "Authorization", 13 }, CREDENTIAL },
};

static enum policy policy_of(struct span name)
{
    if (name.len == 0 || name.ptr[0] == ':')
        return LEAVE_OUT; /* pseudo fields of HTTP/2, should a source leave them in */
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (policies[i].name.len == name.len && span_ieq(policies[i].name, name))
            return policies[i].policy;
    return KEEP;
}

/* Fields that Connection names belong to the connection too. */
static bool is_named_by_connection(const struct http_fields *fields, struct span name)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        if (!span_ieq(fields->at[i].name, SPAN("Connection")))
            continue;
        struct span rest = fields->at[i].value;
        while (!span_is_none(rest))
            if (span_ieq(span_trim(span_cut(&rest, ',')), name))
                return true;
    }
    return false;
}

bool holds_pseudonym(struct span value)
{
    /* Each begins with "p~", and the tilde is the rarer of the two. */
    for (;;) {
        ptrdiff_t at = span_find_char(value, '~');
        if (at < 0)
            return false;
        size_t begin = at > 0 ? (size_t)at - 1 : 0;
        if (value.len - begin >= PSEUDONYM_LEN &&
            is_pseudonym(span_make(value.ptr + begin, PSEUDONYM_LEN)))
            return true;
        value = span_from(value, (size_t)at + 1);
    }
}

/* ---- translation of values ---- */

/* Three parts as one, in the arena. */
static struct span joined(struct arena *arena, struct span a, struct span b, struct span c)
{
    char *at = arena_alloc(arena, a.len + b.len + c.len + 1);
    struct span all = span_make(at, a.len + b.len + c.len);
    const struct span parts[] = { a, b, c };
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    *at = '\0';
    return all;
}

/* https://shop.example/a?b -> http://127.0.0.1:8080/a?b; what is not in the map stays. */
static struct span translate_url(struct span value, const struct target *target,
                                 struct arena *arena)
{
    struct url url;
    struct target_place place;
    if (!url_parse(&url, value) || span_is_none(url.scheme) || span_is_none(url.authority))
        return value;
    struct http_request as_if = { .scheme = url.scheme, .authority = url.authority };
    if (!target_place_of(target, &as_if, &place))
        return value;
    size_t head = (size_t)(url.authority.ptr + url.authority.len - value.ptr);
    struct span rest = span_from(value, head);
    return joined(arena, joined(arena, place.scheme, SPAN("://"), place.authority), rest,
                  SPAN_NONE);
}

static struct span translate_host(struct span value, const struct target *target,
                                  struct span scheme)
{
    struct target_place place;
    struct http_request as_if = { .scheme = scheme, .authority = span_trim(value) };
    return target_place_of(target, &as_if, &place) ? place.authority : value;
}

/* ---- building ---- */

struct building {
    struct outgoing *out;
    const struct exchange *recorded;
    const struct outgoing_source *source;
    struct arena *arena;
    bool had_traceparent;
    bool had_connection;
    struct span cookies; /* recorded Cookie lines, joined */
};

static void note_left_out(struct building *b, struct span name)
{
    struct span *note = &b->out->note;
    if (span_is_none(*note))
        *note = arena_printf(b->arena, "sent without %.*s", SPAN_ARG(name));
    else
        *note = arena_printf(b->arena, "%.*s, %.*s", SPAN_ARG(*note), SPAN_ARG(name));
}

static void unresolved(struct building *b)
{
    b->out->marks |= MARK_CREDENTIAL_UNRESOLVED;
}

static void take_cookie(struct building *b, struct span value)
{
    /* HTTP/2 may bring cookies in several lines (RFC 9113, section 8.2.3). */
    b->cookies = span_is_none(b->cookies) ? value : joined(b->arena, b->cookies, SPAN("; "), value);
}

/* A condition asks about what the visitor has: staging's own answer from before, if there was one. */
static void take_condition(struct building *b, const struct http_field *f)
{
    struct span value = SPAN_NONE;
    if (b->source->validators && !b->source->no_credentials)
        value = validators_find(b->source->validators, b->recorded->request.target, f->name,
                                f->value);
    if (span_is_none(value))
        note_left_out(b, f->name);
    else
        /* Copied: it is forgotten as soon as another answer of the session brings a newer one. */
        http_fields_add(&b->out->wire.fields, b->arena, f->name, arena_copy(b->arena, value));
}

static void take_field(struct building *b, const struct http_field *f)
{
    struct http_fields *to = &b->out->wire.fields;
    if (span_is_none(f->value))
        return;
    switch (policy_of(f->name)) {
    case KEEP:
        if (!b->had_connection || !is_named_by_connection(&b->recorded->request.fields, f->name))
            http_fields_add(to, b->arena, f->name, f->value);
        return;
    case LEAVE_OUT:
        return;
    case CONDITION:
        take_condition(b, f);
        return;
    case TRACE:
        b->had_traceparent |= span_ieq(f->name, SPAN("traceparent"));
        return;
    case URL:
        http_fields_add(to, b->arena, f->name,
                        translate_url(f->value, b->source->target, b->arena));
        return;
    case HOST:
        http_fields_add(to, b->arena, f->name,
                        translate_host(f->value, b->source->target, b->recorded->request.scheme));
        return;
    case COOKIE:
        take_cookie(b, f->value);
        return;
    case CREDENTIAL:
        if (b->source->no_credentials)
            unresolved(b);
        else
            http_fields_add(to, b->arena, f->name, f->value);
        return;
    }
}

/* A trace of our own in place of production's: known from the seed, so a run's requests can be
 * found in staging's traces. */
static void add_traceparent(struct building *b)
{
    uint64_t a = hash_mix(b->source->trace_seed, 1), c = hash_mix(b->source->trace_seed, 2),
             d = hash_mix(b->source->trace_seed, 3);
    struct span value =
        arena_printf(b->arena, "00-%016llx%016llx-%016llx-01", (unsigned long long)(a | 1),
                     (unsigned long long)c, (unsigned long long)(d | 1));
    http_fields_add(&b->out->wire.fields, b->arena, SPAN("traceparent"), value);
}

/* The recorded Cookie line, with the values that select a variant in the clear. */
static void restore_cookies(struct building *b)
{
    if (b->source->variants)
        b->cookies = variant_values_restore(b->source->variants, b->cookies, b->arena);
    if (!span_is_none(b->cookies) && !b->source->no_credentials)
        http_fields_add(&b->out->wire.fields, b->arena, SPAN("Cookie"), b->cookies);
}

/* What import left in the clear selects a variant (currency, locale): nobody's credential, and part
 * of the question. */
static void add_plain_cookies(struct building *b)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct span rest = b->cookies;
    struct cookie_pair pair;
    while (cookie_next(&rest, &pair)) {
        if (holds_pseudonym(pair.value))
            continue;
        strbuf_addf(&line, "%s%.*s=", line.len ? "; " : "", SPAN_ARG(pair.name));
        strbuf_add_span(&line, pair.value);
    }
    if (line.len)
        http_fields_add(&b->out->wire.fields, b->arena, SPAN("Cookie"),
                        arena_copy(b->arena, strbuf_span(&line)));
}

/* Originals go to staging and nowhere else, whatever else stands in the way of production. */
static bool may_restore(const struct outgoing_source *source, struct span authority)
{
    return source->originals && !source->no_credentials &&
           !target_reaches_production(source->target, authority);
}

static void add_cookies(struct building *b)
{
    const struct outgoing_source *source = b->source;
    if (may_restore(source, b->out->wire.authority)) {
        b->cookies = originals_restore_cookies(source->originals, b->cookies, &b->out->restored,
                                               b->arena);
        b->out->cookies = b->cookies;
    }
    if (source->no_credentials) {
        if (holds_pseudonym(b->cookies))
            unresolved(b);
        add_plain_cookies(b);
        return;
    }
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    unsigned missing = 0;
    /* Until here it was the recorded line, for bindings_apply to read. */
    http_fields_remove(&b->out->wire.fields, SPAN("Cookie"));
    jar_add_replay_line(source->jar, &line, b->cookies, b->out->scheme, b->out->authority,
                        b->recorded->request.target, source->now_s, &missing);
    if (missing)
        unresolved(b);
    if (line.len)
        http_fields_add(&b->out->wire.fields, b->arena, SPAN("Cookie"),
                        arena_copy(b->arena, strbuf_span(&line)));
}

/* A pseudonym is production's credential: as a field value it could only be refused, or merge
 * visitors. */
static void drop_pseudonyms(struct building *b)
{
    if (may_restore(b->source, b->out->wire.authority))
        originals_restore_request(b->source->originals, &b->out->wire, &b->out->restored,
                                  b->arena);
    struct http_fields *fields = &b->out->wire.fields;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < fields->len; i++) {
        bool is_address = span_ieq(fields->at[i].name, SPAN("Referer"));
        if (!is_address && holds_pseudonym(fields->at[i].value))
            unresolved(b);
        else
            fields->at[kept++] = fields->at[i];
    }
    fields->len = kept;
    if (holds_pseudonym(b->out->wire.target) || holds_pseudonym(b->out->wire.body))
        unresolved(b);
}

/* A cache shows its key to who asks. Production is asked only where the user says so: what is sent
 * there is what visitors send. */
static void add_asks(const struct outgoing_source *source, struct http_request *wire,
                     struct arena *arena)
{
    const struct replay_asks *asks = source->asks;
    if (!asks || (!asks->production && target_reaches_production(source->target, wire->authority)))
        return;
    for (size_t i = 0; i < asks->count; i++)
        http_fields_add(&wire->fields, arena, asks->fields[i].name, asks->fields[i].value);
}

/* What add_asks put there, and the visitor never sent. */
static bool is_ask(const struct outgoing_source *source, const struct http_field *f)
{
    for (size_t i = 0; source->asks && i < source->asks->count; i++)
        if (span_eq(source->asks->fields[i].name, f->name) &&
            span_eq(source->asks->fields[i].value, f->value))
            return true;
    return false;
}

/* A request that is no login and may carry something of the account all the same: HTTP basic, or
 * the code of a second factor. */
static bool may_name_account(const struct outgoing_source *source, const struct http_request *wire)
{
    struct span authorization = http_fields_value(&wire->fields, SPAN("Authorization"));
    return span_istarts(authorization, SPAN("Basic ")) ||
           (source->identity->totp.len > 0 && wire->body.len > 0);
}

/*
 * The token or the basic credentials that the login gave, where production's visitor had
 * some of his own; and everywhere, where the recording does not tell. A client
 * certificate is the connection's, so it goes with everything.
 */
static void apply_grant(struct building *b)
{
    const struct login_grant *grant = b->source->grant;
    if (!grant || b->source->no_credentials)
        return;
    b->out->certificate = grant->certificate;
    b->out->key = grant->key;
    if (grant->value.len == 0)
        return;
    bool had = http_fields_first(&b->recorded->request.fields, grant->header) != NULL;
    bool unknown = !(b->recorded->marks & MARK_ALL_REQUEST_FIELDS);
    if (had || unknown || grant->basic)
        http_fields_set(&b->out->wire.fields, b->arena, grant->header, grant->value);
}

static const char *apply_identity(struct building *b)
{
    const struct outgoing_source *source = b->source;
    struct http_request *wire = &b->out->wire;
    b->out->is_login = request_is_login(&b->recorded->request);
    if (!b->out->is_login) {
        if (source->identity && !source->no_credentials && may_name_account(source, wire))
            identity_apply(source->identity, wire, source->now_s, b->arena);
        return NULL;
    }
    if (source->no_credentials)
        return "a login, and no credentials are to be used";
    if (source->identity && identity_apply(source->identity, wire, source->now_s, b->arena))
        return NULL;
    if (may_restore(source, wire->authority))
        originals_restore_request(source->originals, wire, &b->out->restored, b->arena);
    if (holds_pseudonym(wire->body))
        return "a login without a staging account to stand in";
    return NULL;
}

/* What a recording shows that was no request of the visitor to production, or cannot be repeated.
 */
static const struct {
    uint32_t mark;
    const char *reason;
} unsendable[] = {
    { MARK_FROM_BROWSER_CACHE, "answered by the browser's cache: production never saw it" },
    { MARK_PREFLIGHT, "preflight: the browser's own" },
    { MARK_CLIENT_ABORTED, "the client went away before the answer" },
    { MARK_REQUEST_BODY_MISSING, "its body was not recorded" },
};

static const char *skip_reason(const struct exchange *recorded)
{
    for (size_t i = 0; i < sizeof unsendable / sizeof *unsendable; i++)
        if (recorded->marks & unsendable[i].mark)
            return unsendable[i].reason;
    if (recorded->response.status == 101 ||
        span_ieq(http_fields_value(&recorded->request.fields, SPAN("Upgrade")), SPAN("websocket")))
        return "asks for another protocol (Upgrade)";
    if (recorded->request.method.len == 0)
        return "its method was not recorded";
    return NULL;
}

/* RFC 9110, section 8.6: a method that expects content says so when it has none. */
static struct span body_of(const struct http_request *recorded)
{
    static const struct span with_content[] = { { "POST", 4 }, { "PUT", 3 }, { "PATCH", 5 } };
    if (!span_is_none(recorded->body))
        return recorded->body;
    for (size_t i = 0; i < sizeof with_content / sizeof *with_content; i++)
        if (span_eq(recorded->method, with_content[i]))
            return SPAN("");
    return SPAN_NONE;
}

/*
 * The visitor's view: production's scheme and host. Where the source does not say,
 * https is what browsers use; and a staging behind TLS may set Secure cookies that
 * production, asked without it, did not.
 */
static void set_production_terms(struct outgoing *out, const struct http_request *recorded,
                                 const struct target *target)
{
    bool plain = span_eq(recorded->scheme, SPAN("http")) && span_eq(out->wire.scheme, SPAN("http"));
    out->scheme = plain ? SPAN("http") : SPAN("https");
    out->authority = recorded->authority;
    if (out->authority.len == 0)
        out->authority = target_production_name(target, out->wire.authority);
    if (out->authority.len == 0)
        out->authority = out->wire.authority;
}

/* Told by route: the same value of a thousand visitors is one line. */
static void add_unresolved(struct building *b, struct span what)
{
    AUTO(strbuf_release) struct strbuf route = STRBUF_INIT;
    struct unresolved *u = arena_alloc(b->arena, sizeof *u);
    value_add_template(&route, b->recorded->request.target);
    u->what = arena_printf(b->arena, "%.*s %.*s: %.*s", SPAN_ARG(b->recorded->request.method),
                           SPAN_ARG(strbuf_span(&route)), SPAN_ARG(what));
    u->next = b->out->unresolved;
    b->out->unresolved = u;
}

static void note_missing(void *ctx, const struct bound *bound)
{
    struct building *b = ctx;
    const char *how = bound->source_seq == BOUND_BY_SHAPE ? "such as" : "from";
    add_unresolved(b, arena_printf(b->arena, "%.*s, %s %.*s", SPAN_ARG(bound->sink), how,
                                   SPAN_ARG(bound->source)));
}

static void apply_build(struct building *b)
{
    struct bound_counts *counts = &b->out->bounds;
    switch (build_names_apply(b->source->builds, &b->out->wire, b->arena)) {
    case BUILD_NO_NAME:
        return;
    case BUILD_KEPT:
        counts->kept++;
        return;
    case BUILD_RENAMED:
        counts->given++;
        return;
    case BUILD_NOT_KNOWN:
        counts->missing++;
        add_unresolved(b, SPAN("a file of production's build, which no page of staging names"));
        return;
    }
}

/* A log does not say what type a body was of, and a form without it is read by no server. */
static void add_body_type(struct building *b)
{
    struct http_request *wire = &b->out->wire;
    if (!wire->body.len || http_fields_first(&wire->fields, SPAN("Content-Type")))
        return;
    struct span type = body_type_by_look(wire->body, b->arena);
    if (!span_is_none(type))
        http_fields_add(&wire->fields, b->arena, SPAN("Content-Type"), type);
}

/* Before the tokens that are known by name: what the recording shows is the surer word. */
static void apply_bounds(struct building *b)
{
    if (b->source->no_credentials || b->out->skip)
        return;
    b->out->bounds = bound_values_apply(b->source->bounds, b->recorded->seq, &b->out->wire,
                                        note_missing, b, b->arena);
    apply_build(b);
}

static void apply_tokens(struct building *b)
{
    if (b->source->no_credentials)
        return;
    unsigned missing = bindings_apply(b->source->bindings, &b->out->wire, b->arena);
    /* With originals at hand what is missing now is known at the end only: drop_pseudonyms. */
    if (b->source->originals)
        return;
    b->out->bounds.missing += missing;
    if (missing) {
        unresolved(b);
        add_unresolved(b, SPAN("a token that no answer of staging had"));
    }
}

void outgoing_build(struct outgoing *ret, const struct exchange *recorded,
                    const struct outgoing_source *source, struct arena *arena)
{
    struct building b = { .out = ret, .recorded = recorded, .source = source, .arena = arena };
    struct target_place place;
    *ret = (struct outgoing){ .wire = recorded->request };
    ret->wire.fields = (struct http_fields){ NULL, 0, 0 };
    ret->skip = skip_reason(recorded);
    if (!ret->skip && !target_place_of(source->target, &recorded->request, &place))
        ret->skip = "its host is not in the target's map";
    if (ret->skip) {
        ret->wire.fields = recorded->request.fields;
        return;
    }
    ret->wire.scheme = place.scheme;
    ret->wire.authority = place.authority;
    ret->wire.version = SPAN_NONE;
    ret->wire.body = body_of(&recorded->request);
    set_production_terms(ret, &recorded->request, source->target);
    if (recorded->marks & MARK_CREDENTIALS_MASKED)
        unresolved(&b);

    b.had_connection = http_fields_first(&recorded->request.fields, SPAN("Connection")) != NULL;
    for (uint32_t i = 0; i < recorded->request.fields.len; i++)
        take_field(&b, &recorded->request.fields.at[i]);
    if (b.had_traceparent)
        add_traceparent(&b);
    add_body_type(&b);
    restore_cookies(&b);
    ret->skip = apply_identity(&b);
    idempotency_renew(&ret->wire, source->run_seed, arena);
    apply_bounds(&b);
    if (source->canaries && source->identity && !ret->is_login)
        canary_apply(&ret->wire, source->run_seed, (uint32_t)source->identity->index, arena);
    apply_tokens(&b);
    apply_grant(&b);
    times_shift(&ret->wire, recorded->start_us, source->now_s * 1000000, arena);
    add_cookies(&b);
    drop_pseudonyms(&b);
    if (source->credentials && !ret->is_login)
        persona_spoil(&ret->wire, source->credentials, source->run_seed, arena);
    add_asks(source, &ret->wire, arena);
    ret->wire.body_bytes = span_is_none(ret->wire.body) ? 0 : (int64_t)ret->wire.body.len;
}

/* ---- redirects ---- */

static bool goes_along(struct span name)
{
    static const struct span stay[] = { { "Cookie", 6 },
                                        { "Content-Type", 12 },
                                        { "Origin", 6 },
                                        { "Authorization", 13 },
                                        { "Content-Encoding", 16 } };
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
        if (span_ieq(name, stay[i]))
            return false;
    return true;
}

/* What a browser says of itself to whomever it is led to. All else was said to the place that sent it
 * on, and may be a credential under a name of its own. */
static bool goes_elsewhere(struct span name)
{
    static const struct span fields[] = {
        { "User-Agent", 10 },      { "Accept", 6 },
        { "Accept-Language", 15 }, { "Accept-Encoding", 15 },
        { "Cache-Control", 13 },   { "Pragma", 6 },
        { "DNT", 3 },              { "Upgrade-Insecure-Requests", 25 },
        { "Referer", 7 },          { "traceparent", 11 },
        { "X-Forwarded-For", 15 },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (span_ieq(name, fields[i]))
            return true;
    return span_istarts(name, SPAN("Sec-"));
}

bool outgoing_follow(struct outgoing *ret, const struct outgoing *from, struct span location,
                     const struct outgoing_source *source, struct arena *arena)
{
    struct url url;
    const struct http_request *sent = &from->wire;
    struct span base = joined(arena, joined(arena, sent->scheme, SPAN("://"), sent->authority),
                              sent->target, SPAN_NONE);
    if (!url_parse(&url, url_resolve(base, location, arena)) || url.authority.len == 0)
        return false;
    if (!span_ieq(url.scheme, SPAN("http")) && !span_ieq(url.scheme, SPAN("https")))
        return false;

    *ret = (struct outgoing){ .scheme = from->scheme, .marks = MARK_HOP };
    ret->certificate = from->certificate;
    ret->key = from->key;
    ret->wire.method = span_eq(sent->method, SPAN("HEAD")) ? SPAN("HEAD") : SPAN("GET");
    ret->wire.scheme = span_ieq(url.scheme, SPAN("http")) ? SPAN("http") : SPAN("https");
    ret->wire.authority = url.authority;
    ret->wire.target = url.target.len && url.target.ptr[0] == '/'
                           ? url.target
                           : joined(arena, SPAN("/"), url.target, SPAN_NONE);
    ret->wire.body = SPAN_NONE;
    ret->wire.body_bytes = 0;
    ret->authority = span_ieq(url.authority, sent->authority)
                         ? arena_copy(arena, from->authority)
                         : target_production_name(source->target, url.authority);
    if (ret->authority.len == 0)
        ret->authority = url.authority;
    /* Copies: the exchange it follows is over before the hop is. */
    bool same_place = span_ieq(ret->wire.authority, sent->authority);
    for (uint32_t i = 0; i < sent->fields.len; i++)
        if (goes_along(sent->fields.at[i].name) && !is_ask(source, &sent->fields.at[i]) &&
            (same_place || goes_elsewhere(sent->fields.at[i].name)))
            http_fields_add(&ret->wire.fields, arena, arena_copy(arena, sent->fields.at[i].name),
                            arena_copy(arena, sent->fields.at[i].value));
    add_asks(source, &ret->wire, arena);
    if (!source->no_credentials) {
        AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
        bool stays = span_ieq(ret->wire.authority, sent->authority) &&
                     span_eq(ret->wire.scheme, sent->scheme);
        if (stays && may_restore(source, ret->wire.authority)) {
            unsigned missing;
            jar_add_replay_line(source->jar, &line, from->cookies, ret->scheme, ret->authority,
                                ret->wire.target, source->now_s, &missing);
            ret->cookies = from->cookies;
            ret->restored = from->restored;
        } else {
            jar_add_cookie_line(source->jar, &line, ret->scheme, ret->authority, ret->wire.target,
                                source->now_s);
        }
        if (line.len)
            http_fields_add(&ret->wire.fields, arena, SPAN("Cookie"),
                            arena_copy(arena, strbuf_span(&line)));
    }
    return true;
}

/* ---- cookies ---- */

/* "shop.example:8443" -> "shop.example". */
static struct span host_part(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    if (colon < 0 || span_ends(authority, SPAN("]")))
        return authority;
    return span_head(authority, (size_t)colon);
}

static bool within_domain(struct span host, struct span domain)
{
    if (span_ieq(host, domain))
        return true;
    return host.len > domain.len && host.ptr[host.len - domain.len - 1] == '.' &&
           span_ieq(span_from(host, host.len - domain.len), domain);
}

/* What two host names have in common from the right, whole labels only. */
static struct span common_domain(struct span a, struct span b)
{
    size_t same = 0, whole = 0;
    while (same < a.len && same < b.len &&
           char_lower(a.ptr[a.len - 1 - same]) == char_lower(b.ptr[b.len - 1 - same])) {
        same++;
        bool a_ends = same == a.len || a.ptr[a.len - 1 - same] == '.';
        bool b_ends = same == b.len || b.ptr[b.len - 1 - same] == '.';
        if (a_ends && b_ends)
            whole = same;
    }
    return span_from(a, a.len - whole);
}

/*
 * The production domain that covers the same hosts of the map as `domain` does on
 * staging; the host itself when the hosts have no domain in common.
 */
static struct span production_domain(struct span domain, const struct outgoing *sent,
                                     const struct target *target)
{
    const struct target_host *hosts;
    size_t count = target_hosts(target, &hosts);
    struct span self = host_part(sent->authority), common = self;
    for (size_t i = 0; i < count; i++)
        if (!span_eq(hosts[i].production, SPAN("*")) &&
            within_domain(host_part(hosts[i].authority), domain))
            common = common_domain(common, host_part(hosts[i].production));
    return span_find_char(common, '.') > 0 ? common : self;
}

struct span outgoing_translate_set_cookie(struct span line, const struct outgoing *sent,
                                          const struct target *target, bool narrow,
                                          struct arena *arena)
{
    struct set_cookie cookie;
    if (!set_cookie_parse(&cookie, line) || span_is_none(cookie.domain))
        return line;
    if (within_domain(host_part(sent->authority), cookie.domain))
        return line; /* staging names production's domain already */
    if (!within_domain(host_part(sent->wire.authority), cookie.domain))
        return line; /* a domain that is not its own: the jar refuses it */
    struct span domain =
        narrow ? host_part(sent->authority) : production_domain(cookie.domain, sent, target);
    struct span before = span_make(line.ptr, (size_t)(cookie.domain.ptr - line.ptr));
    struct span after = span_from(line, before.len + cookie.domain.len);
    return joined(arena, before, domain, after);
}
