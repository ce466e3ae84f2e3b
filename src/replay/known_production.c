#include "known_production.h"

#include <stdlib.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"

/* For asking again in mid-run. */
#define ASK_AGAIN_US 1000000

void known_init(struct known_production *k, const struct resolver *resolver, int64_t resolve_us)
{
    *k = (struct known_production){ .resolver = resolver, .left_us = resolve_us };
    k->names = xcalloc(KNOWN_NAMES_MAX, sizeof *k->names);
}

void known_release(struct known_production *k)
{
    free(k->names);
    free(k->addresses);
    free(k->fingerprints);
}

/* ---- names ---- */

/* A name written without a port is production on all of them. */
static bool is_name_of(const struct host_name *production, const struct host_name *host,
                       uint16_t port)
{
    return host_name_same(production, host) && (!production->port || production->port == port);
}

const struct host_name *known_name(const struct known_production *k, const struct host_name *host,
                                   uint16_t port)
{
    for (size_t i = 0; !host->is_ip && i < k->name_count; i++)
        if (is_name_of(&k->names[i], host, host->port ? host->port : port))
            return &k->names[i];
    return NULL;
}

bool known_is_name(const struct known_production *k, const struct host_name *host)
{
    return known_name(k, host, 80) || known_name(k, host, 443);
}

int known_add_name(struct known_production *k, struct span text, struct err *err)
{
    struct host_name host;
    if (!host_name_of(&host, text))
        return err_set(err, E_USAGE, "production name \"%.*s\": no host that can be asked",
                       SPAN_ARG(text));
    for (size_t i = 0; i < k->name_count; i++)
        if (host_name_same(&k->names[i], &host) && k->names[i].port == host.port)
            return 0;
    if (k->name_count < KNOWN_NAMES_MAX)
        k->names[k->name_count++] = host;
    else
        k->dropped++;
    return 0;
}

/* ---- addresses ---- */

static void add_address(struct known_production *k, struct address_pattern p, size_t name)
{
    for (size_t i = 0; i < k->address_count; i++) {
        const struct address_pattern *known = &k->addresses[i].pattern;
        if (ip_same(&known->ip, &p.ip, 128) && known->prefix == p.prefix && known->port == p.port)
            return;
    }
    if (k->address_count >= KNOWN_ADDRESSES_MAX)
        return;
    k->addresses =
        array_room(k->addresses, &k->address_cap, k->address_count + 1, sizeof *k->addresses);
    k->addresses[k->address_count++] = (struct known_address){ p, name };
}

/*
 * A machine of production's is production on every port; but for this machine
 * itself, where a staging may well stand beside it: there the port counts.
 */
static void add_address_of(struct known_production *k, size_t name, const struct ip_address *ip)
{
    const struct host_name *host = &k->names[name];
    struct address_pattern p = { *ip, 128, host->is_ip ? host->port : 0 };
    if (!ip_is_loopback(ip) || p.port) {
        add_address(k, p, name);
        return;
    }
    p.port = host->port ? host->port : 80;
    add_address(k, p, name);
    p.port = host->port ? host->port : 443;
    add_address(k, p, name);
}

void known_ask(struct known_production *k, const char *const *hosts, size_t count,
               struct resolution *ret)
{
    int64_t begun_ns = clock_now_ns();
    resolve_names(k->resolver, hosts, count, k->left_us, ret);
    k->left_us -= (clock_now_ns() - begun_ns) / 1000;
    if (k->left_us < 0)
        k->left_us = 0;
}

void known_resolve(struct known_production *k, size_t first)
{
    const char *hosts[KNOWN_NAMES_MAX];
    size_t numbers[KNOWN_NAMES_MAX], count = 0;
    k->late = first == 0 ? 0 : k->late;
    for (size_t i = first; i < k->name_count; i++) {
        if (k->names[i].is_ip) {
            add_address_of(k, i, &k->names[i].ip);
            continue;
        }
        hosts[count] = k->names[i].text;
        numbers[count++] = i;
    }
    if (k->given || count == 0)
        return;
    struct resolution *found = xcalloc(count, sizeof *found);
    known_ask(k, hosts, count, found);
    for (size_t i = 0; i < count; i++) {
        k->late += found[i].state == RESOLUTION_LATE;
        for (size_t n = 0; n < found[i].count; n++)
            add_address_of(k, numbers[i], &found[i].at[n]);
    }
    free(found);
    k->resolved_ns = clock_now_ns();
}

void known_resolve_again(struct known_production *k)
{
    k->left_us = ASK_AGAIN_US;
    known_resolve(k, 0);
}

const struct known_address *known_address(const struct known_production *k,
                                          const struct ip_address *ip, uint16_t port)
{
    for (size_t i = 0; i < k->address_count; i++) {
        const struct address_pattern *p = &k->addresses[i].pattern;
        if ((p->port == 0 || p->port == port) && ip_same(&p->ip, ip, p->prefix))
            return &k->addresses[i];
    }
    return NULL;
}

void known_add_owner(struct strbuf *out, const struct known_production *k,
                     const struct known_address *address)
{
    if (address->name == KNOWN_AS_GIVEN)
        strbuf_add_str(out, "an address of production by the scenario's word");
    else
        strbuf_addf(out, "an address of production (%s)", k->names[address->name].text);
}

/* ---- what was given ---- */

int known_add_facts(struct known_production *k, const struct production_facts *facts,
                    struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < facts->name_count; i++)
        rc = known_add_name(k, span_of(facts->names[i]), err);
    k->fingerprints = xcalloc(facts->certificate_count + 1, sizeof *k->fingerprints);
    for (size_t i = 0; rc == 0 && i < facts->certificate_count; i++) {
        rc = production_check_certificate(facts->certificates[i], err);
        if (rc == 0)
            fingerprint_parse(k->fingerprints[k->fingerprint_count++],
                              span_of(facts->certificates[i]));
    }
    for (size_t i = 0; rc == 0 && i < facts->address_count; i++) {
        struct address_pattern pattern;
        rc = production_check_address(facts->addresses[i], err);
        if (rc == 0 && address_pattern_parse(&pattern, span_of(facts->addresses[i])))
            add_address(k, pattern, KNOWN_AS_GIVEN);
    }
    k->given = facts->address_count > 0;
    return rc;
}

bool known_has_fingerprint(const struct known_production *k,
                           const unsigned char print[FINGERPRINT_BYTES])
{
    for (size_t i = 0; i < k->fingerprint_count; i++)
        if (memcmp(k->fingerprints[i], print, FINGERPRINT_BYTES) == 0)
            return true;
    return false;
}
