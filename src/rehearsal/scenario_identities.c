/* The scenario's words for staging accounts: where they come from and how they log in. */
#include "scenario_identities.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"

enum { MAX_STEPS = 32, MAX_VARIABLE = 128 };

/* ---- values ---- */

static int unknown_variable(struct reader *r, const struct yaml_node *node, struct span name)
{
    return err_set(r->err, E_USAGE, "%s:%u:%u: ${env:%.*s}: the environment has no such variable",
                   r->name, node->line, node->column, SPAN_ARG(name));
}

/* ${env:NAME} is put in at once: secrets need not stand in the file. */
static int add_with_environment(struct reader *r, const struct yaml_node *node, struct span text,
                                struct strbuf *out)
{
    for (;;) {
        char name[MAX_VARIABLE];
        ptrdiff_t at = span_find(text, SPAN("${env:"));
        ptrdiff_t len = at < 0 ? -1 : span_find_char(span_from(text, (size_t)at + 6), '}');
        if (len < 0)
            break;
        struct span variable = span_make(text.ptr + at + 6, (size_t)len);
        if (variable.len >= sizeof name)
            return unknown_variable(r, node, variable);
        memcpy(name, variable.ptr, variable.len);
        name[variable.len] = '\0';
        const char *value = getenv(name);
        if (!value)
            return unknown_variable(r, node, variable);
        strbuf_add_span(out, span_head(text, (size_t)at));
        strbuf_add_str(out, value);
        text = span_from(text, (size_t)at + 6 + (size_t)len + 1);
    }
    strbuf_add_span(out, text);
    return 0;
}

static int read_value(struct reader *r, const struct yaml_node *node, void *into)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span text;
    int rc = read_span(r, node, &text);
    if (rc == 0)
        rc = add_with_environment(r, node, text, &out);
    if (rc == 0)
        *(struct span *)into = arena_copy(&r->scenario->arena, strbuf_span(&out));
    return rc;
}

/* A path on the site, or a URL. */
static int read_place(struct reader *r, const struct yaml_node *node, void *into)
{
    struct span *url = into;
    int rc = read_value(r, node, url);
    if (rc < 0)
        return rc;
    if (!span_starts(*url, SPAN("/")) && !span_starts(*url, SPAN("https://")) &&
        !span_starts(*url, SPAN("http://")) && !span_starts(*url, SPAN("${")))
        return expected(r, node, "a path such as /login, or a URL");
    return 0;
}

struct items {
    const struct login_item **at;
    size_t *count;
};

static int read_items(struct reader *r, const struct yaml_node *node, void *into)
{
    const struct items *items = into;
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map of names and values");
    struct login_item *list =
        arena_calloc(&r->scenario->arena, count_children(node) + 1, sizeof *list);
    size_t len = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next, len++) {
        list[len].name = n->key;
        int rc = read_value(r, n, &list[len].value);
        if (rc < 0)
            return rc;
    }
    *items->at = list;
    *items->count = len;
    return 0;
}

/* ---- a JSON body, as a text with ${…} in its strings ---- */

static bool is_json_word(const struct yaml_node *node)
{
    double number;
    return node->plain && (is_word(node, "true") || is_word(node, "false") ||
                           is_word(node, "null") || span_to_double(node->text, &number));
}

static int add_json(struct reader *r, const struct yaml_node *node, struct strbuf *out)
{
    static const char *const brackets[] = { [YAML_LIST] = "[]", [YAML_MAP] = "{}" };
    bool first = true;
    if (node->kind == YAML_SCALAR && is_json_word(node)) {
        strbuf_add_span(out, node->text);
        return 0;
    }
    if (node->kind == YAML_SCALAR) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        int rc = add_with_environment(r, node, node->text, &text);
        json_add_string(out, strbuf_span(&text));
        return rc;
    }
    strbuf_add_char(out, brackets[node->kind][0]);
    for (const struct yaml_node *n = node->children; n; n = n->next, first = false) {
        if (!first)
            strbuf_add_char(out, ',');
        if (node->kind == YAML_MAP) {
            json_add_string(out, n->key);
            strbuf_add_char(out, ':');
        }
        int rc = add_json(r, n, out); /* as deep as the file: YAML_MAX_DEPTH */
        if (rc < 0)
            return rc;
    }
    strbuf_add_char(out, brackets[node->kind][1]);
    return 0;
}

static int read_json(struct reader *r, const struct yaml_node *node, void *into)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct login_step *step = into;
    if (node->kind != YAML_MAP && node->kind != YAML_LIST)
        return expected(r, node, "a map or a list: the body as JSON");
    int rc = add_json(r, node, &out);
    step->body = arena_copy(&r->scenario->arena, strbuf_span(&out));
    step->content_type = SPAN("application/json");
    return rc;
}

/* ---- steps ---- */

/* What a step may say: all that any kind may, and which of it was said. */
struct step_words {
    struct login_step step;
    struct span form, oidc, get, post, put, oauth;
    const char *certificate, *key;
    bool basic;
};

static int read_grant(struct reader *r, const struct yaml_node *node, void *into)
{
    enum login_grant_type *grant = into;
    if (!is_word(node, "password") && !is_word(node, "client_credentials"))
        return expected(r, node, "password or client_credentials");
    *grant = is_word(node, "password") ? GRANT_PASSWORD : GRANT_CLIENT_CREDENTIALS;
    return 0;
}

static int read_client_by(struct reader *r, const struct yaml_node *node, void *into)
{
    if (!is_word(node, "basic") && !is_word(node, "body"))
        return expected(r, node, "basic or body: how the client says who it is");
    *(bool *)into = is_word(node, "body");
    return 0;
}

static int read_client(struct reader *r, const struct yaml_node *node, void *into)
{
    struct login_step *step = into;
    const struct member members[] = {
        { "id", read_value, &step->client_id },
        { "secret", read_value, &step->client_secret },
        { "by", read_client_by, &step->client_in_body },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    return rc < 0 || step->client_id.len ? rc : missing(r, node, "\"id\" of the client");
}

static int read_words(struct reader *r, const struct yaml_node *node, struct step_words *w)
{
    struct login_step *s = &w->step;
    struct items fields = { &s->items, &s->item_count }, headers = { &s->fields, &s->field_count };
    const struct member members[] = {
        { "form", read_place, &w->form },
        { "oidc", read_place, &w->oidc },
        { "get", read_place, &w->get },
        { "post", read_place, &w->post },
        { "put", read_place, &w->put },
        { "oauth", read_place, &w->oauth },
        { "basic", read_bool, &w->basic },
        { "certificate", read_path, &w->certificate },
        { "key", read_path, &w->key },
        { "fields", read_items, &fields },
        { "headers", read_items, &headers },
        { "json", read_json, s },
        { "cookie", read_span, &s->cookie },
        { "token", read_span, &s->token },
        { "header", read_field_name, &s->header },
        { "refresh", read_place, &s->refresh },
        { "grant", read_grant, &s->grant },
        { "client", read_client, s },
        { "scope", read_value, &s->scope },
        { NULL, NULL, NULL },
    };
    if (is_word(node, "basic")) {
        w->basic = true;
        return 0;
    }
    return read_map(r, node, members);
}

/* What each kind of step may say beside its own word. */
enum {
    SAYS_FIELDS = 1,
    SAYS_HEADERS = 2,
    SAYS_JSON = 4,
    SAYS_COOKIE = 8,
    SAYS_TOKEN = 16,  /* token, header, refresh */
    SAYS_CLIENT = 32, /* grant, client, scope */
    SAYS_KEY = 64,
};

static unsigned said(const struct step_words *w)
{
    const struct login_step *s = &w->step;
    return (s->item_count ? SAYS_FIELDS : 0u) | (s->field_count ? SAYS_HEADERS : 0u) |
           (s->body.len ? SAYS_JSON : 0u) | (s->cookie.len ? SAYS_COOKIE : 0u) |
           (s->token.len || s->header.len || s->refresh.len ? SAYS_TOKEN : 0u) |
           (s->client_id.len || s->scope.len ? SAYS_CLIENT : 0u) | (w->key ? SAYS_KEY : 0u);
}

#define EXPECTED_STEP "a step with one of form, oidc, get, post, put, oauth, basic and certificate"

/* Which word makes the step what it is. */
static int settle_kind(struct reader *r, const struct yaml_node *node, struct step_words *w)
{
    const struct {
        const char *word;
        bool given;
        enum login_kind kind;
        struct span url, method;
        unsigned may_say;
    } kinds[] = {
        { "form", w->form.len > 0, LOGIN_FORM, w->form, SPAN_NONE, SAYS_FIELDS | SAYS_COOKIE },
        { "oidc", w->oidc.len > 0, LOGIN_OIDC, w->oidc, SPAN_NONE, SAYS_FIELDS | SAYS_COOKIE },
        { "get", w->get.len > 0, LOGIN_REQUEST, w->get, SPAN("GET"),
          SAYS_HEADERS | SAYS_COOKIE | SAYS_TOKEN },
        { "post", w->post.len > 0, LOGIN_REQUEST, w->post, SPAN("POST"),
          SAYS_FIELDS | SAYS_HEADERS | SAYS_JSON | SAYS_COOKIE | SAYS_TOKEN },
        { "put", w->put.len > 0, LOGIN_REQUEST, w->put, SPAN("PUT"),
          SAYS_FIELDS | SAYS_HEADERS | SAYS_JSON | SAYS_COOKIE | SAYS_TOKEN },
        { "oauth", w->oauth.len > 0, LOGIN_OAUTH, w->oauth, SPAN_NONE,
          SAYS_FIELDS | SAYS_TOKEN | SAYS_CLIENT },
        { "basic", w->basic, LOGIN_BASIC, SPAN_NONE, SPAN_NONE, 0 },
        { "certificate", w->certificate != NULL, LOGIN_CERTIFICATE, SPAN_NONE, SPAN_NONE,
          SAYS_KEY },
    };
    size_t found = 0, which = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].given) {
            found++;
            which = i;
        }
    if (found != 1)
        return expected(r, node, EXPECTED_STEP);
    if (said(w) & ~kinds[which].may_say)
        return err_set(r->err, E_USAGE,
                       "%s:%u:%u: a step \"%s\" does not take all of the words beside it", r->name,
                       node->line, node->column, kinds[which].word);
    if (w->step.body.len && w->step.item_count)
        return expected(r, node, "one of fields and json in a step");
    w->step.kind = kinds[which].kind;
    w->step.url = kinds[which].url;
    w->step.method = kinds[which].method;
    w->step.certificate = span_of(w->certificate);
    w->step.key = span_of(w->key);
    return 0;
}

static int read_steps(struct reader *r, const struct yaml_node *node, void *into)
{
    struct login_plan *plan = into;
    if (node->kind != YAML_LIST || !node->children)
        return expected(r, node, "a list with at least one step");
    if (count_children(node) > MAX_STEPS)
        return expected(r, node, "at most 32 steps");
    struct login_step *steps =
        arena_calloc(&r->scenario->arena, count_children(node), sizeof *steps);
    size_t count = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        struct step_words words = { .step = { .grant = GRANT_PASSWORD } };
        int rc = read_words(r, n, &words);
        if (rc == 0)
            rc = settle_kind(r, n, &words);
        if (rc < 0)
            return rc;
        steps[count++] = words.step;
    }
    /* The last request is the one that must have logged in; those before fetch what it needs. */
    if (!plan->registers)
        steps[count - 1].wants_login = true;
    plan->steps = steps;
    plan->count = count;
    return 0;
}

static int read_login(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = { { "steps", read_steps, &s->login }, { NULL, NULL, NULL } };
    int rc = read_map(r, node, members);
    return rc < 0 || s->login.count ? rc : missing(r, node, "\"steps\" of the login");
}

/* ---- accounts ---- */

static int read_registration(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = { { "steps", read_steps, &s->registration },
                                      { NULL, NULL, NULL } };
    s->registration.registers = true;
    int rc = read_map(r, node, members);
    return rc < 0 || s->registration.count ? rc : missing(r, node, "\"steps\" of the registration");
}

static int read_accounts(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "register", read_registration, s },
        { "count", read_count, &s->accounts_made },
        { NULL, NULL, NULL },
    };
    if (node->kind == YAML_SCALAR)
        return read_path(r, node, &s->accounts);
    if (node->kind != YAML_MAP)
        return expected(r, node, "the path of a CSV file, or a map with register and count");
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (!s->registration.count)
        return missing(r, node, "\"register\" with the steps that make an account");
    if (s->accounts_made == 0 || s->accounts_made > IDENTITY_MADE_MAX)
        return expected(r, node, "\"count\" with how many accounts to make, 1 to 100000");
    return 0;
}

static int read_sessions(struct reader *r, const struct yaml_node *node, void *into)
{
    if (!is_word(node, "all") && !is_word(node, "logged_in"))
        return expected(r, node, "logged_in, or all: who gets an account");
    *(bool *)into = is_word(node, "all");
    return 0;
}

int read_identities(struct reader *r, const struct yaml_node *node, void *into)
{
    struct scenario *s = into;
    const struct member members[] = {
        { "accounts", read_accounts, s },
        { "login", read_login, s },
        { "sessions", read_sessions, &s->identities_for_all },
        { "secrets", read_bool, &s->identities_are_theirs },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (s->login.count && login_plan_needs_account(&s->login) && !s->accounts && !s->accounts_made)
        return missing(r, node, "\"accounts\" for a login that needs one");
    if (s->identities_are_theirs && (s->accounts || s->accounts_made || s->login.count))
        return expected(r, node, "one of secrets (visitors' own credentials) and accounts or login");
    s->identities_given = node;
    return 0;
}

/* ---- from options ---- */

/* A step as it may be written in a list: with braces, unless it is a word by itself. */
static void add_step(struct strbuf *out, const char *step)
{
    struct span text = span_trim(span_of(step));
    bool bare = span_find_char(text, ':') < 0 || span_starts(text, SPAN("{"));
    strbuf_add_str(out, bare ? "" : "{");
    strbuf_add_span(out, text);
    strbuf_add_str(out, bare ? "" : "}");
}

int scenario_set_identities(struct scenario *scenario, const char *accounts,
                            const char *const *steps, size_t step_count, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct reader r = { .name = "--login", .folder = "", .scenario = scenario, .err = err };
    struct yaml_node *node;
    if (!accounts && step_count == 0)
        return 0;
    strbuf_add_char(&text, '{');
    if (accounts) {
        strbuf_add_str(&text, "accounts: ");
        json_add_string(&text, span_of(accounts));
    }
    for (size_t i = 0; i < step_count; i++) {
        strbuf_add_str(&text, i ? ", " : accounts ? ", login: {steps: [" : "login: {steps: [");
        add_step(&text, steps[i]);
    }
    strbuf_add_str(&text, step_count ? "]}}" : "}");
    struct span kept = arena_copy(&scenario->arena, strbuf_span(&text));
    int rc = yaml_tree_parse(&node, "--login", kept, &scenario->arena, err);
    return rc < 0 ? rc : read_identities(&r, node, scenario);
}
