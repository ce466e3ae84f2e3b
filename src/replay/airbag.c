#include "airbag.h"

#include <pthread.h>
#include <stdlib.h>

#include "certificate.h"
#include "host_name.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"

/* Names of a capture beyond these are some crawler's: they are neither kept nor asked of DNS. */
enum { NAMES_MAX = RESOLVE_NAMES_MAX, ADDRESSES_MAX = 4096, SEEN_MAX = 256, LINES_MAX = 40 };
#define ASK_AGAIN_US 1000000

struct forbidden {
    struct ip_address ip;
    unsigned prefix; /* of 128 */
    uint16_t port;   /* 0: any */
    size_t name;     /* whose it is; GIVEN: by the user's word */
};
enum { GIVEN = NAMES_MAX };

struct seen {
    struct ip_address ip;
    uint16_t port;
};

struct place {
    struct host_name host;
    bool connected; /* elsewhere than its name says */
    struct resolution
        *behind; /* owned; where its name leads, asked because a proxy hides it; or NULL */
};

struct airbag {
    const struct target *target;
    const struct resolver *resolver;
    int64_t resolve_us, fresh_us;
    int64_t left_us; /* of resolve_us, for names that come up later */
    unsigned shared;
    bool given; /* addresses are, so DNS is not asked */
    bool by_star;

    /* The planner's thread adds, under the lock. */
    pthread_mutex_t lock;
    struct host_name *names; /* owned array of NAMES_MAX */
    size_t name_count;
    struct forbidden *forbidden; /* owned array */
    size_t forbidden_count, forbidden_cap;
    struct seen seen[SEEN_MAX]; /* addresses let pass */
    size_t seen_count;
    int64_t resolved_ns;
    size_t late;            /* names that DNS said nothing of in time */
    char *lines[LINES_MAX]; /* owned */
    size_t line_count;

    struct place *places; /* owned array; fixed after airbag_new */
    size_t place_count;
    unsigned char (*fingerprints)[FINGERPRINT_BYTES]; /* owned array; fixed */
    size_t fingerprint_count;

    char reason[700];
    const char *tripped; /* atomic: `reason`, once that is written */
};

/* ---- going off ---- */

const char *airbag_tripped(const struct airbag *airbag)
{
    return airbag ? __atomic_load_n(&airbag->tripped, __ATOMIC_ACQUIRE) : NULL;
}

/* Under the lock. The first reason stays. */
static const char *trip(struct airbag *a, const struct strbuf *why)
{
    if (!a->tripped) {
        struct span text = span_head(strbuf_span(why), sizeof a->reason - 1);
        memcpy(a->reason, text.ptr, text.len);
        a->reason[text.len] = '\0';
        __atomic_store_n(&a->tripped, a->reason, __ATOMIC_RELEASE);
    }
    return a->tripped;
}

/* Under the lock. Each line once. */
static void note(struct airbag *a, const struct strbuf *line)
{
    for (size_t i = 0; i < a->line_count; i++)
        if (strcmp(a->lines[i], line->buf) == 0)
            return;
    if (a->line_count < LINES_MAX)
        a->lines[a->line_count++] = xstrdup(line->buf);
}

/* ---- production's names ---- */

/* A name written without a port is production on all of them. */
static bool is_name_of(const struct host_name *production, const struct host_name *host,
                       uint16_t port)
{
    return host_name_same(production, host) && (!production->port || production->port == port);
}

static uint16_t port_of(const struct host_name *host, bool plain)
{
    return host->port ? host->port : plain ? 80 : 443;
}

/* The production name that a host is, or NULL. Addresses are compared as such, not here. */
static const struct host_name *production_name(const struct airbag *a, const struct host_name *host,
                                               bool plain)
{
    for (size_t i = 0; !host->is_ip && i < a->name_count; i++)
        if (is_name_of(&a->names[i], host, port_of(host, plain)))
            return &a->names[i];
    return NULL;
}

bool airbag_is_production_name(const struct airbag *airbag, struct span authority)
{
    struct host_name host;
    if (!airbag || !host_name_of(&host, authority))
        return false;
    struct airbag *a = (struct airbag *)(uintptr_t)airbag; /* for the lock only */
    pthread_mutex_lock(&a->lock);
    bool is = production_name(a, &host, true) || production_name(a, &host, false);
    pthread_mutex_unlock(&a->lock);
    return is;
}

/* ---- production's addresses ---- */

static void forbid(struct airbag *a, const struct forbidden *f)
{
    for (size_t i = 0; i < a->forbidden_count; i++)
        if (ip_same(&a->forbidden[i].ip, &f->ip, 128) && a->forbidden[i].prefix == f->prefix &&
            a->forbidden[i].port == f->port)
            return;
    if (a->forbidden_count >= ADDRESSES_MAX)
        return;
    a->forbidden =
        array_room(a->forbidden, &a->forbidden_cap, a->forbidden_count + 1, sizeof *a->forbidden);
    a->forbidden[a->forbidden_count++] = *f;
}

/*
 * A machine of production's is production on every port; but for this machine
 * itself, where a staging may well stand beside it: there the port counts.
 */
static void forbid_for_name(struct airbag *a, size_t name, const struct ip_address *ip)
{
    const struct host_name *host = &a->names[name];
    struct forbidden f = { *ip, 128, host->is_ip ? host->port : 0, name };
    if (!ip_is_loopback(ip) || f.port) {
        forbid(a, &f);
        return;
    }
    f.port = host->port ? host->port : 80;
    forbid(a, &f);
    f.port = host->port ? host->port : 443;
    forbid(a, &f);
}

/* Asks DNS, within what is left of the time for it. */
static void ask(struct airbag *a, const char *const *hosts, size_t count, struct resolution *ret)
{
    int64_t begun_ns = clock_now_ns();
    resolve_names(a->resolver, hosts, count, a->left_us, ret);
    a->left_us -= (clock_now_ns() - begun_ns) / 1000;
    if (a->left_us < 0)
        a->left_us = 0;
}

/* Asks DNS for the names from `first` on. Under the lock. */
static void resolve_from(struct airbag *a, size_t first)
{
    const char *hosts[NAMES_MAX];
    size_t numbers[NAMES_MAX], count = 0;
    a->late = first == 0 ? 0 : a->late;
    for (size_t i = first; i < a->name_count; i++) {
        if (a->names[i].is_ip) {
            forbid_for_name(a, i, &a->names[i].ip);
            continue;
        }
        hosts[count] = a->names[i].text;
        numbers[count++] = i;
    }
    if (a->given || count == 0)
        return;
    struct resolution *found = xcalloc(count, sizeof *found);
    ask(a, hosts, count, found);
    for (size_t i = 0; i < count; i++) {
        a->late += found[i].state == RESOLUTION_LATE;
        for (size_t k = 0; k < found[i].count; k++)
            forbid_for_name(a, numbers[i], &found[i].at[k]);
    }
    free(found);
    a->resolved_ns = clock_now_ns();
}

/* In mid-run, where connections wait for it. */
static void ask_again(struct airbag *a)
{
    a->left_us = ASK_AGAIN_US;
    resolve_from(a, 0);
}

static const struct forbidden *forbidden_address(const struct airbag *a,
                                                 const struct ip_address *ip, uint16_t port)
{
    for (size_t i = 0; i < a->forbidden_count; i++) {
        const struct forbidden *f = &a->forbidden[i];
        if ((f->port == 0 || f->port == port) && ip_same(&f->ip, ip, f->prefix))
            return f;
    }
    return NULL;
}

static void add_owner(struct strbuf *out, const struct airbag *a, const struct forbidden *f)
{
    if (f->name == GIVEN)
        strbuf_add_str(out, "an address of production by the scenario's word");
    else
        strbuf_addf(out, "an address of production (%s)", a->names[f->name].text);
}

/* ---- reading what was given ---- */

static bool parse_address(struct forbidden *ret, struct span text)
{
    uint64_t n;
    struct span address = span_trim(text);
    *ret = (struct forbidden){ .prefix = 128, .name = GIVEN };
    if (ip_parse(&ret->ip, address))
        return true;
    ptrdiff_t slash = span_find_char(address, '/');
    if (slash > 0) {
        struct span bits = span_from(address, (size_t)slash + 1);
        if (!ip_parse(&ret->ip, span_head(address, (size_t)slash)) || !span_to_u64(bits, &n))
            return false;
        bool v4 = span_find_char(address, ':') < 0;
        /* 0.0.0.0/0 would be every address there is, staging's too: a slip of the pen. */
        if (n == 0 || n > (v4 ? 32u : 128u))
            return false;
        ret->prefix = (unsigned)n + (v4 ? 96 : 0);
        return true;
    }
    ptrdiff_t colon = span_rfind_char(address, ':');
    if (colon <= 0 || !ip_parse(&ret->ip, span_head(address, (size_t)colon)) ||
        !span_to_u64(span_from(address, (size_t)colon + 1), &n) || n == 0 || n > 65535)
        return false;
    ret->port = (uint16_t)n;
    return true;
}

int production_check_address(const char *text, struct err *err)
{
    struct forbidden f;
    if (parse_address(&f, span_of(text)))
        return 0;
    return err_set(err, E_USAGE,
                   "address \"%s\": expected such as 203.0.113.7, 203.0.113.7:443, 2001:db8::1, "
                   "[2001:db8::1]:443 or 198.51.100.0/24",
                   text);
}

static const struct {
    const char *word;
    unsigned bit;
} shared_words[] = {
    { "address", SHARES_ADDRESS },
    { "certificate", SHARES_CERTIFICATE },
    { "host", SHARES_HOST },
};

const char *production_shared_word(size_t number, unsigned *ret_bit)
{
    if (number >= sizeof shared_words / sizeof *shared_words)
        return NULL;
    *ret_bit = shared_words[number].bit;
    return shared_words[number].word;
}

bool production_shared_named(struct span word, unsigned *ret_bit)
{
    for (size_t i = 0; i < sizeof shared_words / sizeof *shared_words; i++)
        if (span_eq(word, span_of(shared_words[i].word))) {
            *ret_bit = shared_words[i].bit;
            return true;
        }
    return false;
}

int production_check_certificate(const char *text, struct err *err)
{
    unsigned char bytes[FINGERPRINT_BYTES];
    if (fingerprint_parse(bytes, span_of(text)))
        return 0;
    return err_set(err, E_USAGE, "certificate \"%s\": expected its SHA-256, 64 hex digits", text);
}

static int take_name(struct airbag *a, struct span text, struct err *err)
{
    struct host_name host;
    if (!host_name_of(&host, text))
        return err_set(err, E_USAGE, "production name \"%.*s\": no host that can be asked",
                       SPAN_ARG(text));
    for (size_t i = 0; i < a->name_count; i++)
        if (host_name_same(&a->names[i], &host) && a->names[i].port == host.port)
            return 0;
    if (a->name_count < NAMES_MAX)
        a->names[a->name_count++] = host;
    return 0;
}

static int take_facts(struct airbag *a, const struct production_facts *facts, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < facts->name_count; i++)
        rc = take_name(a, span_of(facts->names[i]), err);
    a->fingerprints = xcalloc(facts->certificate_count + 1, sizeof *a->fingerprints);
    for (size_t i = 0; rc == 0 && i < facts->certificate_count; i++) {
        rc = production_check_certificate(facts->certificates[i], err);
        if (rc == 0)
            fingerprint_parse(a->fingerprints[a->fingerprint_count++],
                              span_of(facts->certificates[i]));
    }
    for (size_t i = 0; rc == 0 && i < facts->address_count; i++) {
        struct forbidden f;
        rc = production_check_address(facts->addresses[i], err);
        if (rc == 0 && parse_address(&f, span_of(facts->addresses[i])))
            forbid(a, &f);
    }
    a->given = facts->address_count > 0;
    a->shared = facts->shared;
    return rc;
}

static int take_map(struct airbag *a, struct err *err)
{
    const struct target_host *hosts;
    size_t count = target_hosts(a->target, &hosts);
    int rc = 0;
    a->places = xcalloc(count + 1, sizeof *a->places);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct place *place = &a->places[a->place_count];
        if (span_eq(hosts[i].production, SPAN("*")))
            a->by_star = true;
        else
            rc = take_name(a, hosts[i].production, err);
        if (rc == 0 && !host_name_of(&place->host, hosts[i].authority))
            rc = err_set(err, E_USAGE, "target place \"%.*s\": no host that can be asked",
                         SPAN_ARG(hosts[i].authority));
        place->connected = target_connect_address(a->target, hosts[i].authority) != NULL;
        a->place_count += rc == 0;
    }
    return rc;
}

/* ---- what stands in the scenario itself ---- */

static int refuse(struct err *err, struct strbuf *why, const char *advice)
{
    return err_set(err, E_REFUSED, "airbag: %s; nothing was sent. %s", why->buf, advice);
}

/* Does going to `host` lead to production, as far as words tell? */
static bool leads_to_production(const struct airbag *a, const struct host_name *host, bool plain,
                                struct strbuf *why)
{
    const struct host_name *name = production_name(a, host, plain);
    if (name) {
        strbuf_addf(why, "which is production's name");
        return true;
    }
    const struct forbidden *f =
        host->is_ip ? forbidden_address(a, &host->ip, port_of(host, plain)) : NULL;
    if (!f)
        return false;
    add_owner(why, a, f);
    return true;
}

static bool may_be_plain(const struct target_host *host)
{
    return !span_is_none(host->scheme) && span_eq(host->scheme, SPAN("http"));
}

static int check_place(struct airbag *a, const struct target_host *host, const struct place *place,
                       struct err *err)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    if (place->connected)
        return 0; /* the override is looked at by itself */
    strbuf_addf(&why, "the map leads %.*s to %.*s, ", SPAN_ARG(host->production),
                SPAN_ARG(host->authority));
    size_t before = why.len;
    if (!leads_to_production(a, &place->host, may_be_plain(host), &why))
        return 0;
    bool by_name = span_starts(span_from(strbuf_span(&why), before), SPAN("which"));
    if (by_name ? a->shared & SHARES_HOST : a->shared & SHARES_ADDRESS) {
        strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
        note(a, &why);
        return 0;
    }
    return refuse(err, &why,
                  by_name
                      ? "Name staging's own place, or say where to connect instead (connect), "
                        "or that only safe requests go there (shared_with_production: [host])"
                      : "If both really live there, say so (shared_with_production: [address])");
}

static int check_connect(struct airbag *a, const struct target_connect *connect, struct err *err)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    struct host_name host;
    if (!host_name_of(&host, span_of(connect->address)))
        return err_set(err, E_USAGE, "connect \"%s\": no host that can be asked", connect->address);
    strbuf_addf(&why, "connect leads %.*s to %s, ", SPAN_ARG(connect->authority), connect->address);
    if (!leads_to_production(a, &host, false, &why))
        return 0;
    struct host_name asked;
    bool apart = host.is_ip && a->shared & SHARES_ADDRESS &&
                 host_name_of(&asked, connect->authority) && !production_name(a, &asked, false);
    if (!apart)
        return refuse(err, &why, "Connect to staging's own address");
    strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
    note(a, &why);
    return 0;
}

/* Behind a proxy nobody sees where a name leads: at least here it must not lead to production. */
static int check_behind_proxy(struct airbag *a, struct err *err)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    for (size_t i = 0; i < a->place_count; i++) {
        struct place *place = &a->places[i];
        const char *name = place->host.text;
        if (place->connected || place->host.is_ip)
            continue;
        if (!place->behind) {
            place->behind = xcalloc(1, sizeof *place->behind);
            ask(a, &name, 1, place->behind);
        }
        for (size_t k = 0; k < place->behind->count; k++) {
            const struct forbidden *f =
                forbidden_address(a, &place->behind->at[k], port_of(&place->host, false));
            if (!f || a->shared & SHARES_ADDRESS)
                continue;
            strbuf_addf(&why, "%s, asked through the proxy, has ", name);
            add_owner(&why, a, f);
            return refuse(err, &why, "Name staging's own place");
        }
    }
    return 0;
}

/* Whoever relies on one must know that it is not used. Its value may hold a password: not shown. */
static void note_unused_proxies(struct airbag *a)
{
    static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                         "ALL_PROXY" };
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            strbuf_addf(&line, "%s%s", line.len ? ", " : "the environment names a proxy (",
                        names[i]);
    }
    if (line.len == 0)
        return;
    strbuf_add_str(&line, "), which is not used: name it in the scenario (proxy) where staging is "
                          "only reached through it");
    note(a, &line);
}

static int check_proxy(struct airbag *a, struct err *err)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    const char *proxy = target_proxy(a->target);
    struct host_name host;
    if (!proxy) {
        note_unused_proxies(a);
        return 0;
    }
    if (!host_name_of(&host, span_of(proxy)))
        return err_set(err, E_USAGE, "proxy \"%s\": no host that can be asked", proxy);
    strbuf_addf(&why, "the proxy is %s, ", proxy);
    if (leads_to_production(a, &host, true, &why))
        return refuse(err, &why, "Name staging's own proxy");
    strbuf_clear(&why);
    strbuf_addf(&why,
                "every request went through %s: addresses behind it were not seen, only names and "
                "certificates",
                proxy);
    note(a, &why);
    return check_behind_proxy(a, err);
}

static int check_words(struct airbag *a, struct err *err)
{
    const struct target_host *hosts;
    const struct target_connect *connects;
    size_t host_count = target_hosts(a->target, &hosts);
    size_t connect_count = target_connects(a->target, &connects);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < host_count; i++)
        rc = check_place(a, &hosts[i], &a->places[i], err);
    for (size_t i = 0; rc == 0 && i < connect_count; i++)
        rc = check_connect(a, &connects[i], err);
    return rc == 0 ? check_proxy(a, err) : rc;
}

/* ---- life ---- */

int airbag_new(struct airbag **ret, const struct airbag_options *options, struct err *err)
{
    static const struct production_facts nothing = { 0 };
    *ret = NULL;
    if (target_is_production(options->target))
        return 0;
    AUTO(airbag_freep) struct airbag *a = xcalloc(1, sizeof *a);
    a->target = options->target;
    a->resolver = options->resolver ? options->resolver : &resolver_system;
    a->resolve_us = options->resolve_us ? options->resolve_us : AIRBAG_RESOLVE_US;
    a->left_us = a->resolve_us;
    a->fresh_us = options->fresh_us ? options->fresh_us : AIRBAG_FRESH_US;
    a->names = xcalloc(NAMES_MAX, sizeof *a->names);
    pthread_mutex_init(&a->lock, NULL);
    int rc = take_map(a, err);
    if (rc == 0)
        rc = take_facts(a, options->facts ? options->facts : &nothing, err);
    if (rc < 0)
        return rc;
    resolve_from(a, 0);
    rc = check_words(a, err);
    if (rc < 0)
        return rc;
    *ret = a;
    a = NULL; /* handed over */
    return 0;
}

void airbag_free(struct airbag *airbag)
{
    if (!airbag)
        return;
    for (size_t i = 0; i < airbag->line_count; i++)
        free(airbag->lines[i]);
    for (size_t i = 0; i < airbag->place_count; i++)
        free(airbag->places[i].behind);
    free(airbag->names);
    free(airbag->forbidden);
    free(airbag->places);
    free(airbag->fingerprints);
    pthread_mutex_destroy(&airbag->lock);
    free(airbag);
}

int airbag_meet_name(struct airbag *airbag, struct span authority, struct err *err)
{
    if (!airbag || !airbag->by_star || authority.len == 0)
        return 0;
    struct err ignored = ERR_INIT;
    pthread_mutex_lock(&airbag->lock);
    size_t had = airbag->name_count;
    int rc = 0;
    take_name(airbag, authority, &ignored); /* what is no host cannot be production's */
    if (airbag->name_count > had) {
        resolve_from(airbag, had);
        rc = check_words(airbag, err);
    }
    pthread_mutex_unlock(&airbag->lock);
    return rc;
}

/* ---- on the way ---- */

static bool was_seen(const struct airbag *a, const struct ip_address *ip, uint16_t port)
{
    for (size_t i = 0; i < a->seen_count; i++)
        if (a->seen[i].port == port && ip_same(&a->seen[i].ip, ip, 128))
            return true;
    return false;
}

static void add_address(struct strbuf *out, const struct ip_address *ip, uint16_t port)
{
    ip_add(out, ip);
    strbuf_addf(out, " port %u", (unsigned)port);
}

/* Is this host one that may be asked although production is behind the address? */
static bool is_let_pass(const struct airbag *a, const struct host_name *host)
{
    bool production = production_name(a, host, true) || production_name(a, host, false);
    return a->shared & (production ? SHARES_HOST : SHARES_ADDRESS);
}

static const char *judge_address(struct airbag *a, struct span authority,
                                 const struct ip_address *ip, uint16_t port)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    struct host_name host;
    if (!was_seen(a, ip, port) && clock_now_ns() - a->resolved_ns > a->fresh_us * 1000)
        ask_again(a);
    const struct forbidden *f = forbidden_address(a, ip, port);
    if (!f) {
        if (!was_seen(a, ip, port) && a->seen_count < SEEN_MAX)
            a->seen[a->seen_count++] = (struct seen){ *ip, port };
        return NULL;
    }
    strbuf_addf(&why, "%.*s leads to ", SPAN_ARG(authority));
    add_address(&why, ip, port);
    strbuf_add_str(&why, ", ");
    add_owner(&why, a, f);
    if (host_name_of(&host, authority) && is_let_pass(a, &host)) {
        strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
        note(a, &why);
        return NULL;
    }
    AUTO(strbuf_release) struct strbuf said = STRBUF_INIT;
    strbuf_addf(&said,
                "airbag: %s: stopped before anything was sent there (where that is meant to be so: "
                "shared_with_production: [address])",
                why.buf);
    return trip(a, &said);
}

const char *airbag_check_address(struct airbag *airbag, struct span authority,
                                 const struct sockaddr *address, socklen_t len)
{
    struct ip_address ip;
    uint16_t port;
    if (!airbag)
        return NULL;
    if (!ip_of_sockaddr(&ip, &port, address, len))
        return "airbag: an address that is neither IPv4 nor IPv6";
    pthread_mutex_lock(&airbag->lock);
    const char *reason =
        airbag->tripped ? airbag->tripped : judge_address(airbag, authority, &ip, port);
    pthread_mutex_unlock(&airbag->lock);
    return reason;
}

/* ---- certificates ---- */

struct covered {
    const struct airbag *airbag;
    const struct host_name *production; /* the first of them that a name covers */
    bool staging;                       /* a name covers a place of the map */
};

static bool is_place(const struct airbag *a, const struct host_name *host)
{
    for (size_t i = 0; i < a->place_count; i++)
        if (host_name_same(&a->places[i].host, host))
            return true;
    return false;
}

static int look_at_name(void *ctx, struct span name)
{
    struct covered *covered = ctx;
    const struct airbag *a = covered->airbag;
    for (size_t i = 0; i < a->place_count; i++)
        covered->staging |= certificate_name_covers(name, span_of(a->places[i].host.text));
    for (size_t i = 0; !covered->production && i < a->name_count; i++)
        if (!is_place(a, &a->names[i]) && certificate_name_covers(name, span_of(a->names[i].text)))
            covered->production = &a->names[i];
    return 0;
}

/* What makes this certificate production's; false when nothing does. */
static bool is_productions(const struct airbag *a, struct span der, struct strbuf *why)
{
    unsigned char print[FINGERPRINT_BYTES];
    certificate_fingerprint(print, der);
    for (size_t i = 0; i < a->fingerprint_count; i++)
        if (memcmp(a->fingerprints[i], print, sizeof print) == 0) {
            strbuf_add_str(why, "production's certificate, by its fingerprint");
            return true;
        }
    struct covered covered = { .airbag = a };
    certificate_each_name(der, look_at_name, &covered);
    if (!covered.production || covered.staging)
        return false;
    strbuf_addf(why, "a certificate for production's name %s and for no place of staging",
                covered.production->text);
    return true;
}

static const char *judge_certificate(struct airbag *a, struct span authority, struct span der)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf said = STRBUF_INIT;
    strbuf_addf(&why, "%.*s shows ", SPAN_ARG(authority));
    if (der.len == 0) {
        if (a->fingerprint_count == 0)
            return NULL;
        strbuf_add_str(&why, "no certificate that can be seen");
    } else if (!is_productions(a, der, &why)) {
        return NULL;
    }
    if (a->shared & SHARES_CERTIFICATE) {
        strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
        note(a, &why);
        return NULL;
    }
    strbuf_addf(
        &said,
        "airbag: %s: stopped before a request was sent there (where that is meant to be so: "
        "shared_with_production: [certificate])",
        why.buf);
    return trip(a, &said);
}

const char *airbag_check_certificate(struct airbag *airbag, struct span authority, struct span pem)
{
    AUTO(strbuf_release) struct strbuf der = STRBUF_INIT;
    if (!airbag)
        return NULL;
    certificate_of_pem(&der, pem);
    pthread_mutex_lock(&airbag->lock);
    const char *reason =
        airbag->tripped ? airbag->tripped : judge_certificate(airbag, authority, strbuf_span(&der));
    pthread_mutex_unlock(&airbag->lock);
    return reason;
}

/* ---- for the report ---- */

static int tell_watch(struct airbag *a, airbag_line_fn *fn, void *ctx)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    strbuf_addf(&line, "watched for production: %zu name%s, %zu address%s %s, %zu certificate%s",
                a->name_count, a->name_count == 1 ? "" : "s", a->forbidden_count,
                a->forbidden_count == 1 ? "" : "es", a->given ? "as given" : "as DNS gave them",
                a->fingerprint_count, a->fingerprint_count == 1 ? "" : "s");
    int rc = fn(ctx, line.buf);
    if (rc || !a->late)
        return rc;
    strbuf_clear(&line);
    strbuf_addf(&line,
                "DNS did not say in %.1f s where %zu of production's names are: give their "
                "addresses (targets.production.addresses)",
                (double)a->resolve_us / 1e6, a->late);
    return fn(ctx, line.buf);
}

int airbag_each_line(struct airbag *airbag, airbag_line_fn *fn, void *ctx)
{
    if (!airbag)
        return 0;
    pthread_mutex_lock(&airbag->lock);
    int rc = tell_watch(airbag, fn, ctx);
    for (size_t i = 0; rc == 0 && i < airbag->line_count; i++)
        rc = fn(ctx, airbag->lines[i]);
    pthread_mutex_unlock(&airbag->lock);
    return rc;
}
