/*
 * nginx: https://nginx.org/en/docs/varindex.html; Apache: mod_log_config;
 * varnishncsa(1). Variables that are in no table are accepted and not used.
 */
#include "log_syntax.h"

#define M(role_, unit_)                                                                            \
    {                                                                                              \
        .role = (role_), .unit = (unit_)                                                           \
    }
#define FIELD(text)                                                                                \
    {                                                                                              \
        .role = ROLE_REQUEST_FIELD, .name = { text, sizeof text - 1 }                              \
    }

static const struct {
    const char *name;
    struct meaning meaning;
} nginx_names[] = {
    { "remote_addr", M(ROLE_CLIENT, 0) },
    { "remote_user", M(ROLE_USER, 0) },
    { "time_local", M(ROLE_TIME, 0) },
    { "time_iso8601", M(ROLE_TIME, 0) },
    { "msec", M(ROLE_TIME, 0) },
    { "request", M(ROLE_REQUEST_LINE, 0) },
    { "request_method", M(ROLE_METHOD, 0) },
    { "scheme", M(ROLE_SCHEME, 0) },
    { "https", M(ROLE_HTTPS, 0) },
    { "host", M(ROLE_AUTHORITY, 0) },
    { "http_host", M(ROLE_AUTHORITY, 0) },
    { "server_name", M(ROLE_SERVER_NAME, 0) },
    { "server_port", M(ROLE_SERVER_PORT, 0) },
    { "request_uri", M(ROLE_TARGET, 0) },
    { "uri", M(ROLE_DECODED_PATH, 0) },
    { "document_uri", M(ROLE_DECODED_PATH, 0) },
    { "args", M(ROLE_QUERY, 0) },
    { "query_string", M(ROLE_QUERY, 0) },
    { "server_protocol", M(ROLE_VERSION, 0) },
    { "status", M(ROLE_STATUS, 0) },
    { "body_bytes_sent", M(ROLE_RESPONSE_BYTES, 0) },
    { "request_time", M(ROLE_DURATION, UNIT_S) },
    { "upstream_cache_status", M(ROLE_CACHE, 0) },
    { "request_body", M(ROLE_REQUEST_BODY, 0) },
    { "content_length", M(ROLE_REQUEST_BODY_BYTES, 0) },
    { "content_type", FIELD("content-type") },
    /* For our own descriptions of other writers' lines (text_formats.c). */
    { "x_endpoint", M(ROLE_CLIENT_ENDPOINT, 0) },
    { "x_start", M(ROLE_START, 0) },
    { "x_end", M(ROLE_END, 0) },
    { "x_duration_ms", M(ROLE_DURATION, UNIT_MS) },
    { "x_url", M(ROLE_URL, 0) },
    { "x_own1", M(ROLE_OWN_1, 0) },
    { "x_own2", M(ROLE_OWN_2, 0) },
    { "x_own3", M(ROLE_OWN_3, 0) },
    { "x_own4", M(ROLE_OWN_4, 0) },
    { "x_own5", M(ROLE_OWN_5, 0) },
};

/* accept_language as accept-language */
static struct span field_name(struct span name, struct arena *arena)
{
    char *to = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        to[i] = name.ptr[i] == '_' ? '-' : char_lower(name.ptr[i]);
    return span_make(to, name.len);
}

struct meaning nginx_variable(struct span name, struct arena *arena)
{
    static const struct {
        struct span prefix;
        enum role role;
    } prefixes[] = {
        { { "http_", 5 }, ROLE_REQUEST_FIELD },
        { { "sent_http_", 10 }, ROLE_RESPONSE_FIELD },
        { { "upstream_http_", 14 }, ROLE_RESPONSE_FIELD },
    };
    for (size_t i = 0; i < sizeof nginx_names / sizeof *nginx_names; i++)
        if (span_eq(name, span_of(nginx_names[i].name)))
            return nginx_names[i].meaning;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (span_starts(name, prefixes[i].prefix) && name.len > prefixes[i].prefix.len)
            return (struct meaning){
                .role = prefixes[i].role,
                .name = field_name(span_from(name, prefixes[i].prefix.len), arena),
            };
    if (span_starts(name, SPAN("cookie_")) && name.len > 7)
        return (struct meaning){
            .role = ROLE_REQUEST_COOKIE,
            .name = arena_copy(arena, span_from(name, 7)),
        };
    return (struct meaning){ .role = ROLE_NONE };
}

/* ---- Apache and varnishncsa ---- */

static const struct {
    char letter;
    struct meaning meaning;
} apache_letters[] = {
    { 'a', M(ROLE_CLIENT, 0) },         { 'h', M(ROLE_CLIENT, 0) },
    { 'B', M(ROLE_RESPONSE_BYTES, 0) }, { 'b', M(ROLE_RESPONSE_BYTES, 0) },
    { 'D', M(ROLE_DURATION, UNIT_US) }, { 'T', M(ROLE_DURATION, UNIT_S) },
    { 'H', M(ROLE_VERSION, 0) },        { 'm', M(ROLE_METHOD, 0) },
    { 'p', M(ROLE_SERVER_PORT, 0) },    { 'q', M(ROLE_QUERY, 0) },
    { 'r', M(ROLE_REQUEST_LINE, 0) },   { 's', M(ROLE_STATUS, 0) },
    { 't', M(ROLE_TIME, 0) },           { 'u', M(ROLE_USER, 0) },
    { 'U', M(ROLE_DECODED_PATH, 0) },   { 'v', M(ROLE_SERVER_NAME, 0) },
    { 'V', M(ROLE_SERVER_NAME, 0) },    { 'X', M(ROLE_CONNECTION_STATE, 0) },
};

/* Directives with an argument that changes what the letter means. */
static const struct {
    char letter;
    const char *argument;
    struct meaning meaning;
} apache_arguments[] = {
    { 'T', "ms", M(ROLE_DURATION, UNIT_MS) },
    { 'T', "us", M(ROLE_DURATION, UNIT_US) },
    { 'T', "s", M(ROLE_DURATION, UNIT_S) },
    { 'a', "c", M(ROLE_NONE, 0) }, /* the peer, a proxy */
    { 'h', "c", M(ROLE_NONE, 0) },
    { 'p', "canonical", M(ROLE_SERVER_PORT, 0) },
    { 'p', "local", M(ROLE_SERVER_PORT, 0) },
    { 't', "msec_frac", M(ROLE_FRACTION_MS, 0) },
    { 't', "usec_frac", M(ROLE_FRACTION_US, 0) },
    { 't', "%z", M(ROLE_ZONE, 0) },
    { 'i', "Host", M(ROLE_AUTHORITY, 0) },
    { 'x', "Varnish:hitmiss", M(ROLE_CACHE, 0) },
    { 'x', "Varnish:handling", M(ROLE_CACHE, 0) },
    { 'x', "Varnish:time_firstbyte", M(ROLE_FIRST_BYTE, UNIT_S) },
    { 'x', "Varnish:side", M(ROLE_VARNISH_SIDE, 0) },
    { 'e', "HTTPS", M(ROLE_HTTPS, 0) },
};

static struct meaning apache_time(struct span argument)
{
    struct meaning m = { .role = ROLE_TIME };
    if (span_starts(argument, SPAN("begin:")))
        m.role = ROLE_START;
    else if (span_starts(argument, SPAN("end:")))
        m.role = ROLE_END;
    if (span_ends(argument, SPAN("_frac")))
        m.role = ROLE_NONE; /* of begin or end: too fine to be worth a role */
    return m;
}

struct meaning apache_variable(const struct apache_directive *d, struct arena *arena)
{
    if (d->is_trailer)
        return (struct meaning){ .role = ROLE_NONE };
    for (size_t i = 0; i < sizeof apache_arguments / sizeof *apache_arguments; i++)
        if (d->letter == apache_arguments[i].letter && !span_is_none(d->argument) &&
            span_ieq(d->argument, span_of(apache_arguments[i].argument)))
            return apache_arguments[i].meaning;
    enum role named = d->letter == 'i'   ? ROLE_REQUEST_FIELD
                      : d->letter == 'o' ? ROLE_RESPONSE_FIELD
                      : d->letter == 'C' ? ROLE_REQUEST_COOKIE
                                         : ROLE_NONE;
    if (named)
        return (struct meaning){ .role = named, .name = arena_copy(arena, d->argument) };
    if (d->letter == 't' && !span_is_none(d->argument))
        return apache_time(d->argument);
    if (!span_is_none(d->argument))
        return (struct meaning){ .role = ROLE_NONE };
    for (size_t i = 0; i < sizeof apache_letters / sizeof *apache_letters; i++)
        if (d->letter == apache_letters[i].letter)
            return apache_letters[i].meaning;
    return (struct meaning){ .role = ROLE_NONE };
}
