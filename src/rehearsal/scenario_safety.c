#include "scenario_safety.h"

#include "rehearse/base/json_text.h"
#include "rehearse/replay/target.h"

static bool is_allow(const struct yaml_node *node)
{
    return is_word(node, "allow");
}

static int never_production(struct reader *r, const struct yaml_node *node)
{
    return err_set(r->err, E_USAGE, "%s:%u:%u: mutations are never sent to production", r->name,
                   node->line, node->column);
}

static int read_class(struct reader *r, const struct yaml_node *node, void *into)
{
    if (!is_allow(node) && !is_word(node, "refuse"))
        return expected(r, node, "allow or refuse");
    *(bool *)into = !is_allow(node);
    return 0;
}

int read_mutations(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_target *t = into;
    bool production = t == &r->scenario->production;
    bool *refused = t->refused;
    const struct member members[] = {
        { "idempotent", read_class, &refused[MUTATION_IDEMPOTENT] },
        { "cart", read_class, &refused[MUTATION_CART] },
        { "account", read_class, &refused[MUTATION_ACCOUNT] },
        { "payment", read_class, &refused[MUTATION_PAYMENT] },
        { "message", read_class, &refused[MUTATION_MESSAGE] },
        { "other", read_class, &refused[MUTATION_OTHER] },
        { NULL, NULL, NULL },
    };
    if (node->kind == YAML_MAP && production)
        return never_production(r, node);
    if (node->kind == YAML_MAP) {
        t->mutations = true;
        refused[MUTATION_PAYMENT] = refused[MUTATION_MESSAGE] = true;
        return read_map(r, node, members);
    }
    if (!is_allow(node) && !is_word(node, "refuse"))
        return expected(r, node, "allow, refuse, or a map such as {cart: allow, payment: refuse}");
    if (is_allow(node) && production)
        return never_production(r, node);
    t->mutations = is_allow(node);
    return 0;
}

int read_write_budget(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_target *t = into;
    t->write_budget_given = true;
    return read_u64(r, node, &t->write_budget);
}

/* The target's own parser has the last word on what these texts may be. */
static int at_node(struct reader *r, const struct yaml_node *node, int rc)
{
    return rc == 0 ? 0 : err_prefix(r->err, rc, "%s:%u:%u", r->name, node->line, node->column);
}

int read_proxy(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario_target *t = into;
    AUTO(target_freep) struct target *probe = target_new("staging", false);
    int rc = read_text(r, node, &t->proxy);
    return rc < 0 ? rc : at_node(r, node, target_set_proxy(probe, t->proxy, r->err));
}

/* ---- production ---- */

static int read_checked(struct reader *r, const struct yaml_node *node,
                        int (*check)(const char *, struct err *), const char *const **ret,
                        size_t *ret_count)
{
    const char **texts;
    size_t count = 0;
    int rc = read_texts(r, node, &texts);
    const struct yaml_node *n = node->kind == YAML_LIST ? node->children : node;
    for (; rc == 0 && texts[count]; n = n->next) {
        rc = at_node(r, n, check(texts[count], r->err));
        count += rc == 0;
    }
    if (rc < 0)
        return rc;
    *ret = texts;
    *ret_count = count;
    return 0;
}

int read_production_addresses(struct reader *r, const struct yaml_node *node, void *into)
{
    struct production_facts *p = &((struct scenario *)into)->known_production;
    return read_checked(r, node, production_check_address, &p->addresses, &p->address_count);
}

int read_production_certificates(struct reader *r, const struct yaml_node *node, void *into)
{
    struct production_facts *p = &((struct scenario *)into)->known_production;
    return read_checked(r, node, production_check_certificate, &p->certificates,
                        &p->certificate_count);
}

int read_shared_with_production(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const char **texts;
    int rc = read_texts(r, node, &texts);
    for (size_t i = 0; rc == 0 && texts[i]; i++) {
        unsigned bit;
        if (!production_shared_named(span_of(texts[i]), &bit))
            return expected(r, node, "any of: address, certificate, host");
        s->known_production.shared |= bit;
    }
    return rc;
}

void put_production_names(struct scenario *s)
{
    const struct scenario_target *p = &s->production;
    const char **names = arena_calloc(&s->arena, 2 * p->host_count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < p->host_count; i++) {
        if (!span_eq(span_of(p->hosts[i].production), SPAN("*")))
            names[count++] = p->hosts[i].production;
        names[count++] = p->hosts[i].place;
    }
    s->known_production.names = names;
    s->known_production.name_count = count;
}

/* ---- writing ---- */

static void add_mutations(struct strbuf *out, const struct scenario_target *t)
{
    bool some = false;
    for (int i = 0; i < MUTATION_CLASSES; i++)
        some |= t->refused[i];
    if (!t->mutations || !some) {
        strbuf_addf(out, "    mutations: %s\n", t->mutations ? "allow" : "refuse");
        return;
    }
    strbuf_add_str(out, "    mutations: {");
    for (int i = 0; i < MUTATION_CLASSES; i++)
        strbuf_addf(out, "%s%s: %s", i ? ", " : "", mutation_class_name((enum mutation_class)i),
                    t->refused[i] ? "refuse" : "allow");
    strbuf_add_str(out, "}\n");
}

static void add_texts(struct strbuf *out, const char *key, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "%s%s", i ? ", " : "    ", i ? "" : key);
        strbuf_add_str(out, i ? "" : ": [");
        json_add_string(out, span_of(texts[i]));
    }
    strbuf_add_str(out, count ? "]\n" : "");
}

void scenario_add_known_production(struct strbuf *out, const struct scenario *s)
{
    const struct production_facts *p = &s->known_production;
    add_texts(out, "addresses", p->addresses, p->address_count);
    add_texts(out, "certificates", p->certificates, p->certificate_count);
}

void scenario_add_safety(struct strbuf *out, const struct scenario *s)
{
    const struct scenario_target *t = &s->staging;
    add_mutations(out, t);
    if (t->write_budget_given)
        strbuf_addf(out, "    write_budget: %llu\n", (unsigned long long)t->write_budget);
    if (t->proxy) {
        strbuf_add_str(out, "    proxy: ");
        json_add_string(out, span_of(t->proxy));
        strbuf_add_char(out, '\n');
    }
    unsigned bit, written = 0;
    const char *word;
    for (size_t w = 0; (word = production_shared_word(w, &bit)) != NULL; w++)
        if (s->known_production.shared & bit)
            strbuf_addf(out, "%s%s", written++ ? ", " : "    shared_with_production: [", word);
    if (s->known_production.shared)
        strbuf_add_str(out, "]\n");
}
