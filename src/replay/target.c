#include "rehearse/replay/target.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/http/url.h"
#include "rehearse/session/secret_signs.h"

/* A map of more hosts than this is a mistake in the scenario, not an environment. */
enum { HOSTS_MAX = 1000, NAME_MAX_BYTES = 300 };

struct target {
    struct arena arena; /* every text below */
    const char *name;
    bool production;
    enum target_mutations mutations[MUTATION_CLASSES];
    uint64_t write_budget;
    struct target_host *hosts; /* owned array */
    size_t host_count, host_cap;
    struct target_connect *connects; /* owned array; texts in the arena, the authority lower case */
    size_t connect_count, connect_cap;
    const char *proxy; /* in the arena, or NULL */
    bool tls_verify;
    const char *ca_file; /* in the arena, or NULL */
    bool http2;
};

struct target *target_new(const char *name, bool production)
{
    struct target *target = xcalloc(1, sizeof *target);
    target->arena = (struct arena)ARENA_INIT;
    target->name = arena_copy(&target->arena, span_of(name)).ptr;
    target->production = production;
    target->write_budget = UINT64_MAX;
    target->tls_verify = true;
    target->http2 = true;
    return target;
}

void target_free(struct target *target)
{
    if (!target)
        return;
    free(target->hosts);
    free(target->connects);
    arena_release(&target->arena);
    free(target);
}

const char *target_name(const struct target *target)
{
    return target->name;
}

bool target_is_production(const struct target *target)
{
    return target->production;
}

static bool same_authority(struct span scheme_a, struct span a, struct span scheme_b, struct span b)
{
    return span_ieq(url_without_default_port(a, scheme_a), url_without_default_port(b, scheme_b));
}

/* host, host:port, [v6], [v6]:port: nothing that could end the authority early. */
static bool is_authority(struct span s)
{
    if (s.len == 0 || s.len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == 0x7f || c == '/' || c == '?' || c == '#' || c == '@' || c == '\\' ||
            c == '*')
            return false;
    }
    return true;
}

/* A password in it is not for the log of a build. */
static int wrong_place(struct err *err, struct span text, const char *wanted)
{
    err_set(err, E_USAGE, "target place \"%.*s\": expected %s", SPAN_ARG(text), wanted);
    secrets_mask_err(err);
    return E_USAGE;
}

/* The part behind "scheme://", with one slash at the end forgiven. */
static int split_place(struct span text, struct span *ret_scheme, struct span *ret_authority,
                       struct err *err)
{
    static const struct span schemes[] = { { "http", 4 }, { "https", 5 } };
    struct span scheme = SPAN_NONE, rest = text;
    ptrdiff_t at = span_find(text, SPAN("://"));
    if (at >= 0) {
        for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
            if (span_ieq(span_head(text, (size_t)at), schemes[i]))
                scheme = schemes[i];
        if (span_is_none(scheme))
            return wrong_place(err, text, "http:// or https://, or host[:port]");
        rest = span_from(text, (size_t)at + 3);
    }
    if (span_ends(rest, SPAN("/")))
        rest = span_head(rest, rest.len - 1);
    if (!is_authority(rest))
        return wrong_place(err, text, "[http://|https://]host[:port] and nothing behind it");
    *ret_scheme = scheme;
    *ret_authority = rest;
    return 0;
}

int target_add_host(struct target *target, const char *production_host, const char *place,
                    struct err *err)
{
    struct span name = span_trim(span_of(production_host)), scheme, authority;
    bool others = span_eq(name, SPAN("*"));
    if (!others && !is_authority(name))
        return err_set(err, E_USAGE,
                       "production host \"%.*s\": expected host[:port], or * for all others",
                       SPAN_ARG(name));
    if (target->host_count >= HOSTS_MAX)
        return err_set(err, E_LIMIT, "target %s: more than %d hosts", target->name, HOSTS_MAX);
    int rc = split_place(span_trim(span_of(place)), &scheme, &authority, err);
    if (rc < 0)
        return rc;

    name = arena_copy_lower(&target->arena, name);
    for (size_t i = 0; i < target->host_count; i++)
        if (span_eq(target->hosts[i].production, name))
            return err_set(err, E_USAGE, "target %s: host %.*s is in the map twice", target->name,
                           SPAN_ARG(name));
    target->hosts =
        array_room(target->hosts, &target->host_cap, target->host_count + 1, sizeof *target->hosts);
    target->hosts[target->host_count++] = (struct target_host){
        .production = name,
        .scheme = scheme,
        .authority = arena_copy_lower(&target->arena, url_without_default_port(authority, scheme)),
    };
    return 0;
}

int target_add_connect(struct target *target, const char *authority, const char *address,
                       struct err *err)
{
    struct span from = span_trim(span_of(authority)), to = span_trim(span_of(address));
    uint64_t port;
    ptrdiff_t colon = span_rfind_char(to, ':');
    if (!is_authority(from))
        return err_set(err, E_USAGE, "connect \"%.*s\": expected host[:port]", SPAN_ARG(from));
    if (!is_authority(to) || colon <= 0 || !span_to_u64(span_from(to, (size_t)colon + 1), &port) ||
        port == 0 || port > 65535)
        return err_set(err, E_USAGE, "connect \"%.*s\": to \"%.*s\", expected address:port",
                       SPAN_ARG(from), SPAN_ARG(to));
    target->connects = array_room(target->connects, &target->connect_cap, target->connect_count + 1,
                                  sizeof *target->connects);
    target->connects[target->connect_count++] = (struct target_connect){
        .authority = arena_copy_lower(&target->arena, from),
        .address = arena_copy(&target->arena, to).ptr,
    };
    return 0;
}

int target_set_class(struct target *target, enum mutation_class class,
                     enum target_mutations mutations, struct err *err)
{
    if (target->production && mutations == MUTATIONS_ALLOW)
        return err_set(err, E_USAGE, "target %s is production: mutations cannot be allowed there",
                       target->name);
    target->mutations[class] = mutations;
    return 0;
}

int target_set_mutations(struct target *target, enum target_mutations mutations, struct err *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < MUTATION_CLASSES; i++)
        rc = target_set_class(target, (enum mutation_class)i, mutations, err);
    return rc;
}

void target_set_write_budget(struct target *target, uint64_t requests)
{
    target->write_budget = requests;
}

enum target_mutations target_class(const struct target *target, enum mutation_class class)
{
    return target->production ? MUTATIONS_REFUSE : target->mutations[class];
}

enum target_mutations target_mutations(const struct target *target)
{
    for (int i = 0; i < MUTATION_CLASSES; i++)
        if (target_class(target, (enum mutation_class)i) == MUTATIONS_ALLOW)
            return MUTATIONS_ALLOW;
    return MUTATIONS_REFUSE;
}

uint64_t target_write_budget(const struct target *target)
{
    return target->write_budget;
}

int target_set_proxy(struct target *target, const char *proxy, struct err *err)
{
    static const struct span schemes[] = { { "http://", 7 }, { "socks5h://", 10 } };
    struct span text = span_trim(span_of(proxy)), place = SPAN_NONE;
    uint64_t port;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (span_istarts(text, schemes[i]))
            place = span_from(text, schemes[i].len);
    if (span_ends(place, SPAN("/")))
        place = span_head(place, place.len - 1);
    ptrdiff_t colon = span_rfind_char(place, ':');
    if (!is_authority(place) || colon <= 0 ||
        !span_to_u64(span_from(place, (size_t)colon + 1), &port) || port == 0 || port > 65535)
        return err_set(err, E_USAGE,
                       "proxy \"%.*s\": expected http://host:port or socks5h://host:port",
                       SPAN_ARG(text));
    if (target->production)
        return err_set(err, E_USAGE, "target %s is production: no proxy is used there",
                       target->name);
    target->proxy = arena_copy(&target->arena, text).ptr;
    return 0;
}

const char *target_proxy(const struct target *target)
{
    return target->proxy;
}

size_t target_connects(const struct target *target, const struct target_connect **ret)
{
    *ret = target->connects;
    return target->connect_count;
}

void target_set_tls(struct target *target, bool verify, const char *ca_file)
{
    target->tls_verify = verify;
    target->ca_file = ca_file ? arena_copy(&target->arena, span_of(ca_file)).ptr : NULL;
}

void target_set_http2(struct target *target, bool allowed)
{
    target->http2 = allowed;
}

bool target_tls_verify(const struct target *target)
{
    return target->tls_verify;
}

const char *target_ca_file(const struct target *target)
{
    return target->ca_file;
}

bool target_http2(const struct target *target)
{
    return target->http2;
}

size_t target_hosts(const struct target *target, const struct target_host **ret)
{
    *ret = target->hosts;
    return target->host_count;
}

static const struct target_host *star_of(const struct target *target)
{
    for (size_t i = 0; i < target->host_count; i++)
        if (span_eq(target->hosts[i].production, SPAN("*")))
            return &target->hosts[i];
    return NULL;
}

static const struct target_host *host_of(const struct target *target,
                                         const struct http_request *recorded)
{
    const struct target_host *star = star_of(target);
    if (span_is_none(recorded->authority) || recorded->authority.len == 0) {
        /* Most log formats do not name the host: with one host in the map there is no doubt. */
        return !star && target->host_count == 1 ? target->hosts : star;
    }
    for (size_t i = 0; i < target->host_count; i++)
        if (same_authority(recorded->scheme, recorded->authority, recorded->scheme,
                           target->hosts[i].production))
            return &target->hosts[i];
    return star;
}

bool target_place_of(const struct target *target, const struct http_request *recorded,
                     struct target_place *ret)
{
    const struct target_host *host = host_of(target, recorded);
    if (!host)
        return false;
    ret->scheme = host->scheme;
    if (span_is_none(ret->scheme))
        ret->scheme = span_ieq(recorded->scheme, SPAN("http")) ? SPAN("http") : SPAN("https");
    ret->authority = host->authority;
    return true;
}

/* By any of the two schemes, where the map leaves the scheme to the recording. */
static bool lives_at(const struct target_host *host, struct span authority)
{
    if (!span_is_none(host->scheme))
        return same_authority(host->scheme, host->authority, host->scheme, authority);
    return same_authority(SPAN("http"), host->authority, SPAN("http"), authority) ||
           same_authority(SPAN("https"), host->authority, SPAN("https"), authority);
}

bool target_holds(const struct target *target, struct span authority)
{
    for (size_t i = 0; i < target->host_count; i++)
        if (lives_at(&target->hosts[i], authority))
            return true;
    return false;
}

struct span target_production_name(const struct target *target, struct span authority)
{
    for (size_t i = 0; i < target->host_count; i++)
        if (lives_at(&target->hosts[i], authority) &&
            !span_eq(target->hosts[i].production, SPAN("*")))
            return target->hosts[i].production;
    return SPAN_NONE;
}

bool target_reaches_production(const struct target *target, struct span authority)
{
    if (target->production)
        return true;
    if (target_connect_address(target, authority))
        return false;
    for (size_t i = 0; i < target->host_count; i++)
        if (same_authority(SPAN("https"), target->hosts[i].production, SPAN("https"), authority) ||
            same_authority(SPAN("http"), target->hosts[i].production, SPAN("http"), authority))
            return true;
    return false;
}

static bool covers(struct span written, struct span authority)
{
    return span_ieq(written, authority) ||
           same_authority(SPAN("https"), written, SPAN("https"), authority) ||
           same_authority(SPAN("http"), written, SPAN("http"), authority);
}

const char *target_connect_address(const struct target *target, struct span authority)
{
    for (size_t i = 0; i < target->connect_count; i++)
        if (covers(target->connects[i].authority, authority))
            return target->connects[i].address;
    return NULL;
}
