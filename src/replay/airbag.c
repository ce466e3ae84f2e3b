#include "airbag_state.h"

#include <stdlib.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"

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
void airbag_note(struct airbag *a, const struct strbuf *line)
{
    for (size_t i = 0; i < a->line_count; i++)
        if (strcmp(a->lines[i], line->buf) == 0)
            return;
    if (a->line_count < AIRBAG_LINES_MAX)
        a->lines[a->line_count++] = xstrdup(line->buf);
}

bool airbag_is_production_name(const struct airbag *airbag, struct span authority)
{
    struct host_name host;
    if (!airbag || !host_name_of(&host, authority))
        return false;
    struct airbag *a = (struct airbag *)(uintptr_t)airbag; /* for the lock only */
    pthread_mutex_lock(&a->lock);
    bool is = known_is_name(&a->known, &host);
    pthread_mutex_unlock(&a->lock);
    return is;
}

/* ---- life ---- */

static int take_map(struct airbag *a, struct err *err)
{
    const struct target_host *hosts;
    size_t count = target_hosts(a->target, &hosts);
    int rc = 0;
    a->places = xcalloc(count + 1, sizeof *a->places);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct airbag_place *place = &a->places[a->place_count];
        if (span_eq(hosts[i].production, SPAN("*")))
            a->by_star = true;
        else
            rc = known_add_name(&a->known, hosts[i].production, err);
        if (rc == 0 && !host_name_of(&place->host, hosts[i].authority))
            rc = err_set(err, E_USAGE, "target place \"%.*s\": no host that can be asked",
                         SPAN_ARG(hosts[i].authority));
        place->connected = target_connect_address(a->target, hosts[i].authority) != NULL;
        a->place_count += rc == 0;
    }
    return rc;
}

int airbag_new(struct airbag **ret, const struct airbag_options *options, struct err *err)
{
    static const struct production_facts nothing = { 0 };
    *ret = NULL;
    if (target_is_production(options->target))
        return 0;
    AUTO(airbag_freep) struct airbag *a = xcalloc(1, sizeof *a);
    a->target = options->target;
    a->resolve_us = options->resolve_us ? options->resolve_us : AIRBAG_RESOLVE_US;
    a->fresh_us = options->fresh_us ? options->fresh_us : AIRBAG_FRESH_US;
    a->shared = options->facts ? options->facts->shared : 0;
    known_init(&a->known, options->resolver ? options->resolver : &resolver_system, a->resolve_us);
    pthread_mutex_init(&a->lock, NULL);
    int rc = take_map(a, err);
    if (rc == 0)
        rc = known_add_facts(&a->known, options->facts ? options->facts : &nothing, err);
    if (rc < 0)
        return rc;
    known_resolve(&a->known, 0);
    rc = airbag_check_words(a, err);
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
    free(airbag->places);
    known_release(&airbag->known);
    pthread_mutex_destroy(&airbag->lock);
    free(airbag);
}

int airbag_meet_name(struct airbag *airbag, struct span authority, struct err *err)
{
    if (!airbag || !airbag->by_star || authority.len == 0)
        return 0;
    struct err ignored = ERR_INIT;
    pthread_mutex_lock(&airbag->lock);
    size_t had = airbag->known.name_count;
    int rc = 0;
    known_add_name(&airbag->known, authority,
                   &ignored); /* what is no host cannot be production's */
    if (airbag->known.name_count > had) {
        known_resolve(&airbag->known, had);
        rc = airbag_check_words(airbag, err);
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
    bool production = known_is_name(&a->known, host);
    return a->shared & (production ? SHARES_HOST : SHARES_ADDRESS);
}

static const char *judge_address(struct airbag *a, struct span authority,
                                 const struct ip_address *ip, uint16_t port)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    struct host_name host;
    if (!was_seen(a, ip, port) && clock_now_ns() - a->known.resolved_ns > a->fresh_us * 1000)
        known_resolve_again(&a->known);
    const struct known_address *f = known_address(&a->known, ip, port);
    if (!f) {
        if (!was_seen(a, ip, port) && a->seen_count < AIRBAG_SEEN_MAX)
            a->seen[a->seen_count++] = (struct airbag_seen){ *ip, port };
        return NULL;
    }
    strbuf_addf(&why, "%.*s leads to ", SPAN_ARG(authority));
    add_address(&why, ip, port);
    strbuf_add_str(&why, ", ");
    known_add_owner(&why, &a->known, f);
    if (host_name_of(&host, authority) && is_let_pass(a, &host)) {
        strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
        airbag_note(a, &why);
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
    for (size_t i = 0; !covered->production && i < a->known.name_count; i++)
        if (!is_place(a, &a->known.names[i]) &&
            certificate_name_covers(name, span_of(a->known.names[i].text)))
            covered->production = &a->known.names[i];
    return 0;
}

/* What makes this certificate production's; false when nothing does. */
static bool is_productions(const struct airbag *a, struct span der, struct strbuf *why)
{
    unsigned char print[FINGERPRINT_BYTES];
    certificate_fingerprint(print, der);
    if (known_has_fingerprint(&a->known, print)) {
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
        if (a->known.fingerprint_count == 0)
            return NULL;
        strbuf_add_str(&why, "no certificate that can be seen");
    } else if (!is_productions(a, der, &why)) {
        return NULL;
    }
    if (a->shared & SHARES_CERTIFICATE) {
        strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
        airbag_note(a, &why);
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
                a->known.name_count, a->known.name_count == 1 ? "" : "s", a->known.address_count,
                a->known.address_count == 1 ? "" : "es",
                a->known.given ? "as given" : "as DNS gave them", a->known.fingerprint_count,
                a->known.fingerprint_count == 1 ? "" : "s");
    if (a->known.dropped)
        strbuf_addf(&line, "; and not for %zu more names", a->known.dropped);
    int rc = fn(ctx, line.buf);
    if (rc || !a->known.late)
        return rc;
    strbuf_clear(&line);
    strbuf_addf(&line,
                "DNS did not say in %.1f s where %zu of production's names are: give their "
                "addresses (targets.production.addresses)",
                (double)a->resolve_us / 1e6, a->known.late);
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
