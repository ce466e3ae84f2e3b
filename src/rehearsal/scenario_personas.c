#include "scenario_personas.h"

#include "rehearse/base/strbuf.h"
#include "rehearse/compare/gate.h"
#include "rehearse/http/token.h"

enum { PERSONAS_MAX = 64 };

/* One entry, before it becomes a persona, or two where it is a flag. */
struct entry {
    struct persona persona;
    struct span as;
    bool has_flag;
    struct persona_item *flag_fields, *flag_cookies;
    size_t flag_field_count, flag_cookie_count;
    struct span off;
    struct persona_expectation *expect_off;
    size_t expect_off_count;
};

/* ---- names and values ---- */

struct items {
    struct persona_item **list;
    size_t *count;
    bool cookies;
};

/* Nothing that would end the field it stands in. */
static bool fits(struct span value, bool cookie)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c < 0x20 || c == 0x7f || (cookie && (c == ';' || c == ',' || c == ' ')))
            return false;
    }
    return true;
}

static bool is_token(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!http_char_in_token(name.ptr[i]))
            return false;
    return name.len > 0;
}

static int read_items(struct reader *r, const struct yaml_node *node, void *into)
{
    const struct items *items = into;
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map of names and values");
    struct persona_item *list =
        arena_calloc(&r->scenario->arena, count_children(node) + 1, sizeof *list);
    size_t count = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        if (!is_token(n->key))
            return expected(r, n, "the name of a field or cookie");
        if (n->kind != YAML_SCALAR || !fits(n->text, items->cookies))
            return expected(r, n,
                            items->cookies ? "a value without spaces, commas and semicolons"
                                           : "a value of one line");
        list[count++] = (struct persona_item){ n->key, n->text };
    }
    *items->list = list;
    *items->count = count;
    return 0;
}

static int read_persona_items(struct reader *r, const struct yaml_node *node,
                              const struct persona_item **list, size_t *count, bool cookies)
{
    struct persona_item *at = NULL;
    struct items items = { &at, count, cookies };
    int rc = read_items(r, node, &items);
    *list = at;
    return rc;
}

static int read_headers(struct reader *r, const struct yaml_node *node, void *into)
{
    struct persona *p = into;
    int rc = read_persona_items(r, node, &p->fields, &p->field_count, /* cookies= */ false);
    for (size_t i = 0; rc == 0 && i < p->field_count; i++) {
        if (span_ieq(p->fields[i].name, SPAN("Accept-Language")))
            p->language = persona_language_of(p->fields[i].value);
        if (span_ieq(p->fields[i].name, SPAN("Host")) ||
            span_ieq(p->fields[i].name, SPAN("Cookie")) ||
            span_ieq(p->fields[i].name, SPAN("Content-Length")) ||
            span_ieq(p->fields[i].name, SPAN("Transfer-Encoding")))
            return expected(r, node, "fields other than Host, Cookie and those of the framing");
    }
    return rc;
}

static int read_cookies(struct reader *r, const struct yaml_node *node, void *into)
{
    struct persona *p = into;
    return read_persona_items(r, node, &p->cookies, &p->cookie_count, /* cookies= */ true);
}

static int read_agent(struct reader *r, const struct yaml_node *node, void *into)
{
    struct persona *p = into;
    int rc = read_span(r, node, &p->user_agent);
    if (rc == 0 && !fits(p->user_agent, /* cookie= */ false))
        return expected(r, node, "a User-Agent of one line");
    return rc;
}

/* ---- what is expected ---- */

struct expectations {
    struct persona_expectation **list;
    size_t *count;
};

static int read_expectations(struct reader *r, const struct yaml_node *node, void *into)
{
    const struct expectations *to = into;
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map of routes and outcomes");
    struct persona_expectation *list =
        arena_calloc(&r->scenario->arena, count_children(node) + 1, sizeof *list);
    size_t count = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        enum gate_answer answer;
        if (n->key.len == 0 || (n->key.ptr[0] != '/' && n->key.ptr[0] != '*'))
            return expected(r, n, "a route such as /account/* or /orders/:id");
        if (n->kind != YAML_SCALAR || !gate_answer_named(n->text, &answer))
            return expected(r, n,
                            "one of: open, to login, challenge, forbidden, hidden, "
                            "elsewhere, error, limited, puzzle");
        list[count++] = (struct persona_expectation){ n->key, n->text };
    }
    *to->list = list;
    *to->count = count;
    return 0;
}

/* ---- flags ---- */

static int read_flag(struct reader *r, const struct yaml_node *node, void *into)
{
    struct entry *e = into;
    struct items fields = { &e->flag_fields, &e->flag_field_count, false };
    struct items cookies = { &e->flag_cookies, &e->flag_cookie_count, true };
    const struct member members[] = {
        { "header", read_items, &fields },
        { "cookie", read_items, &cookies },
        { "off", read_span, &e->off },
        { NULL, NULL, NULL },
    };
    e->has_flag = true;
    int rc = read_map(r, node, members);
    if (rc == 0 && !fits(e->off, e->flag_cookie_count > 0))
        return expected(r, node, "an \"off\" that may stand where the flag stands");
    if (rc == 0 && e->flag_field_count + e->flag_cookie_count != 1)
        return missing(r, node, "one header or one cookie, with its value when the flag is on");
    return rc;
}

/* The persona's own items, and the flag's; without it where it is off and has no value for that. */
static const struct persona_item *with_flag(struct arena *arena, const struct persona_item *own,
                                            size_t *count, const struct persona_item *flag,
                                            size_t flag_count, bool on, struct span off)
{
    struct persona_item *all = arena_calloc(arena, *count + flag_count + 1, sizeof *all);
    size_t len = 0;
    for (; len < *count; len++)
        all[len] = own[len];
    for (size_t i = 0; i < flag_count && (on || off.len); i++)
        all[len++] = (struct persona_item){ flag[i].name, on ? flag[i].value : off };
    *count = len;
    return all;
}

static struct persona side_of_flag(struct scenario *s, const struct entry *e, bool on)
{
    struct persona p = e->persona;
    p.kind = PERSONA_FLAG;
    p.flag = p.name;
    p.flag_on = on;
    p.name = arena_printf(&s->arena, "%.*s %s", SPAN_ARG(p.flag), on ? "on" : "off");
    p.fields = with_flag(&s->arena, p.fields, &p.field_count, e->flag_fields, e->flag_field_count,
                         on, e->off);
    p.cookies = with_flag(&s->arena, p.cookies, &p.cookie_count, e->flag_cookies,
                          e->flag_cookie_count, on, e->off);
    if (!on) {
        p.expect = e->expect_off;
        p.expect_count = e->expect_off_count;
    }
    return p;
}

/* ---- entries ---- */

static int put(struct reader *r, const struct yaml_node *node, struct persona persona)
{
    struct scenario *s = r->scenario;
    for (size_t i = 0; i < s->persona_count; i++)
        if (span_eq(s->personas[i].name, persona.name))
            return expected(r, node, "a persona with a name of its own: there is one of this name");
    if (s->persona_count == PERSONAS_MAX)
        return err_set(r->err, E_USAGE, "%s:%u:%u: more than %d personas", r->name, node->line,
                       node->column, PERSONAS_MAX);
    s->personas[s->persona_count++] = persona;
    return 0;
}

static int read_name(struct reader *r, const struct yaml_node *node)
{
    struct persona persona;
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    if (persona_named(&persona, node->text))
        return put(r, node, persona);
    strbuf_add_str(&names, "a map with a name, or one of:");
    for (size_t i = 0; persona_name_at(i); i++)
        strbuf_addf(&names, "%s %s", i ? "," : "", persona_name_at(i));
    return expected(r, node, names.buf);
}

/* What it is by what it brings, unless its name is one that everybody knows. */
static int settle_kind(struct reader *r, const struct yaml_node *node, struct entry *e)
{
    struct persona *p = &e->persona;
    if (p->role.len) {
        p->kind = PERSONA_MEMBER;
        p->logs_in = true;
    } else if (p->kind == PERSONA_OTHER && p->language.len) {
        p->kind = PERSONA_LOCALE;
    } else if (p->kind == PERSONA_OTHER && p->user_agent.len) {
        p->kind = PERSONA_BOT;
        p->bot = p->user_agent;
    }
    if (e->as.len == 0)
        return 0;
    if (!span_eq(e->as, SPAN("member")) && !span_eq(e->as, SPAN("anonymous")))
        return expected(r, node, "\"as\" to be member or anonymous");
    p->logs_in = span_eq(e->as, SPAN("member"));
    return 0;
}

static int read_entry(struct reader *r, const struct yaml_node *node)
{
    struct entry e = { .persona = { .kind = PERSONA_OTHER } };
    struct persona *p = &e.persona;
    struct persona_expectation *expect = NULL;
    struct expectations on = { &expect, &p->expect_count };
    struct expectations off = { &e.expect_off, &e.expect_off_count };
    const struct member members[] = {
        { "name", read_span, &p->name },
        { "role", read_span, &p->role },
        { "headers", read_headers, p },
        { "cookies", read_cookies, p },
        { "user_agent", read_agent, p },
        { "as", read_span, &e.as },
        { "flag", read_flag, &e },
        { "expect", read_expectations, &on },
        { "expect_off", read_expectations, &off },
        { NULL, NULL, NULL },
    };
    /* A known name first, so that what is said beside goes before what it stands for. */
    for (const struct yaml_node *n = node->children; n; n = n->next)
        if (span_eq(n->key, SPAN("name")) && n->kind == YAML_SCALAR)
            persona_named(p, n->text);
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    p->expect = expect;
    if (p->name.len == 0)
        return missing(r, node, "\"name\"");
    rc = settle_kind(r, node, &e);
    if (rc < 0 || !e.has_flag)
        return rc < 0 ? rc : put(r, node, *p);
    rc = put(r, node, side_of_flag(r->scenario, &e, true));
    return rc < 0 ? rc : put(r, node, side_of_flag(r->scenario, &e, false));
}

int read_personas(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    if (node->kind != YAML_LIST)
        return expected(r, node, "a list of personas, or [] for none");
    s->personas = arena_calloc(&s->arena, PERSONAS_MAX, sizeof *s->personas);
    s->personas_given = node;
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        int rc = n->kind == YAML_SCALAR ? read_name(r, n) : read_entry(r, n);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int scenario_set_personas(struct scenario *scenario, const char *const *words, size_t count,
                          struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct reader r = { .name = "--persona", .folder = "", .scenario = scenario, .err = err };
    struct yaml_node *node;
    if (count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "- %s\n", words[i]);
    struct span kept = arena_copy(&scenario->arena, strbuf_span(&text));
    int rc = yaml_tree_parse(&node, "--persona", kept, &scenario->arena, err);
    return rc < 0 ? rc : read_personas(&r, node, scenario);
}
