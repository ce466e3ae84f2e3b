/* Where the words of a scenario lead: the map, connect overrides, the proxy. */
#include <stdlib.h>

#include "airbag_state.h"
#include "rehearse/base/mem.h"

static uint16_t port_of(const struct host_name *host, bool plain)
{
    return host->port ? host->port : plain ? 80 : 443;
}

static int refuse(struct err *err, struct strbuf *why, const char *advice)
{
    return err_set(err, E_REFUSED, "airbag: %s; nothing was sent. %s", why->buf, advice);
}

/* Does going to `host` lead to production, as far as words tell? */
static bool leads_to_production(const struct airbag *a, const struct host_name *host, bool plain,
                                struct strbuf *why)
{
    const struct host_name *name = known_name(&a->known, host, plain ? 80 : 443);
    if (name) {
        strbuf_addf(why, "which is production's name");
        return true;
    }
    const struct known_address *f =
        host->is_ip ? known_address(&a->known, &host->ip, port_of(host, plain)) : NULL;
    if (!f)
        return false;
    known_add_owner(why, &a->known, f);
    return true;
}

static bool may_be_plain(const struct target_host *host)
{
    return !span_is_none(host->scheme) && span_eq(host->scheme, SPAN("http"));
}

static int check_place(struct airbag *a, const struct target_host *host,
                       const struct airbag_place *place, struct err *err)
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
        airbag_note(a, &why);
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
                 host_name_of(&asked, connect->authority) && !known_is_name(&a->known, &asked);
    if (!apart)
        return refuse(err, &why, "Connect to staging's own address");
    strbuf_add_str(&why, ": let pass by the scenario's word (shared_with_production)");
    airbag_note(a, &why);
    return 0;
}

/* Behind a proxy nobody sees where a name leads: at least here it must not lead to production. */
static int check_behind_proxy(struct airbag *a, struct err *err)
{
    AUTO(strbuf_release) struct strbuf why = STRBUF_INIT;
    for (size_t i = 0; i < a->place_count; i++) {
        struct airbag_place *place = &a->places[i];
        const char *name = place->host.text;
        if (place->connected || place->host.is_ip)
            continue;
        if (!place->behind) {
            place->behind = xcalloc(1, sizeof *place->behind);
            known_ask(&a->known, &name, 1, place->behind);
        }
        for (size_t k = 0; k < place->behind->count; k++) {
            const struct known_address *f =
                known_address(&a->known, &place->behind->at[k], port_of(&place->host, false));
            if (!f || a->shared & SHARES_ADDRESS)
                continue;
            strbuf_addf(&why, "%s, asked through the proxy, has ", name);
            known_add_owner(&why, &a->known, f);
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
    airbag_note(a, &line);
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
    airbag_note(a, &why);
    return check_behind_proxy(a, err);
}

int airbag_check_words(struct airbag *a, struct err *err)
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
