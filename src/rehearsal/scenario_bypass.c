/* The scenario's words for the requests that go past a cache. */
#include "scenario_key.h"

#include "rehearse/key/bypass.h"

static int read_scope(struct reader *r, const struct yaml_node *node, void *into)
{
    enum bypass_scope *scope = into;
    if (!is_word(node, "read") && !is_word(node, "store"))
        return expected(r, node, "read (not answered from the cache) or store (not stored)");
    *scope = is_word(node, "read") ? BYPASS_READ : BYPASS_STORE;
    return 0;
}

/* One rule: {cookie: sid}, {header: X, value: "on*"}, {parameter: nocache, not_empty: true}. */
static int read_rule(struct reader *r, const struct yaml_node *node, struct bypass_rule *rule)
{
    struct span names[BYPASS_METHOD + 1] = { { NULL, 0 } };
    bool truthy = false, absent = false;
    unsigned places = 0;
    const struct member members[] = {
        { "cookie", read_span, &names[BYPASS_COOKIE] },
        { "header", read_field_name, &names[BYPASS_HEADER] },
        { "parameter", read_span, &names[BYPASS_PARAMETER] },
        { "path", read_span, &names[BYPASS_PATH] },
        { "method", read_span, &names[BYPASS_METHOD] },
        { "value", read_span, &rule->value },
        { "not_empty", read_bool, &truthy },
        { "absent", read_bool, &absent },
        { "only", read_scope, &rule->scope },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    for (int on = BYPASS_COOKIE; on <= BYPASS_METHOD; on++) {
        if (span_is_none(names[on]))
            continue;
        rule->on = (enum bypass_on)on;
        rule->name = names[on];
        places++;
    }
    if (places != 1)
        return expected(r, node, "one of cookie, header, parameter, path and method in a rule");
    if (!span_is_none(rule->value) + truthy + absent > 1)
        return expected(r, node, "one of value, not_empty and absent in a rule");
    rule->when = truthy                       ? BYPASS_TRUTHY
                 : absent                     ? BYPASS_ABSENT
                 : !span_is_none(rule->value) ? BYPASS_VALUE
                                              : BYPASS_PRESENT;
    return 0;
}

int read_bypass(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_policy *policy = into;
    if (node->kind != YAML_LIST)
        return expected(r, node, "a list of rules");
    struct bypass_rule *rules =
        arena_calloc(&r->scenario->arena, count_children(node) + 1, sizeof *rules);
    size_t len = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next, len++) {
        int rc = read_rule(r, n, &rules[len]);
        if (rc < 0)
            return rc;
    }
    policy->bypass = rules;
    policy->bypass_count = len;
    return 0;
}
