#include "rehearse/key/bypass.h"

#include "made.h"
#include "rehearse/base/glob.h"
#include "rehearse/base/text.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

/* Is this value, of an input that is there, one the rule is about? */
static bool counts(const struct bypass_rule *rule, struct span value)
{
    switch (rule->when) {
    case BYPASS_PRESENT:
    case BYPASS_ABSENT:
        return true;
    case BYPASS_TRUTHY:
        return value.len && !span_eq(value, SPAN("0"));
    case BYPASS_VALUE:
        return glob_matches(rule->value, value);
    }
    return false;
}

static bool is_named(const struct bypass_rule *rule, struct span name)
{
    return rule->any_case ? glob_imatches(rule->name, name) : key_name_matches(rule->name, name);
}

static bool in_cookies(const struct bypass_rule *rule, const struct http_request *request)
{
    struct cookie_pair pair;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct span rest = request->fields.at[i].value;
        if (!span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            continue;
        while (cookie_next(&rest, &pair))
            if (is_named(rule, pair.name) && counts(rule, pair.value))
                return true;
    }
    return false;
}

static bool in_headers(const struct bypass_rule *rule, const struct http_request *request)
{
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (!span_is_none(f->value) && glob_imatches(rule->name, f->name) &&
            counts(rule, span_trim(f->value)))
            return true;
    }
    return false;
}

static bool in_query(const struct bypass_rule *rule, const struct http_request *request)
{
    struct span query = request->target;
    struct query_item item;
    span_cut(&query, '?');
    while (query_next(&query, &item))
        if (is_named(rule, item.name) &&
            counts(rule, span_is_none(item.value) ? SPAN("") : item.value))
            return true;
    return false;
}

static bool is_path(const struct bypass_rule *rule, const struct http_request *request)
{
    struct span rest = request->target;
    return key_name_matches(rule->name, span_cut(&rest, '?'));
}

static bool is_method(const struct bypass_rule *rule, const struct http_request *request)
{
    return span_eq(rule->name, request->method);
}

static bool is_made(const struct bypass_rule *rule, const struct http_request *request)
{
    AUTO(strbuf_release) struct strbuf value = STRBUF_INIT;
    key_made_add(&value, rule->made, request);
    return counts(rule, strbuf_span(&value));
}

static const struct {
    bool (*finds)(const struct bypass_rule *rule, const struct http_request *request);
    bool may_be_absent;
    const char *words; /* for a person */
    struct reason why;
} kinds[] = {
    [BYPASS_COOKIE] = { in_cookies,
                        true,
                        "cookie",
                        { "K-B1",
                          { "Cookie", 6 },
                          "",
                          "A cookie sends this request past the cache, by the cache's rules." } },
    [BYPASS_HEADER] = { in_headers,
                        true,
                        "header",
                        { "K-B2",
                          { NULL, 0 },
                          "",
                          "A header sends this request past the cache, by the cache's rules." } },
    [BYPASS_PARAMETER] = { in_query,
                           true,
                           "query parameter",
                           { "K-B3",
                             { NULL, 0 },
                             "",
                             "A query parameter sends this request past the cache, by the cache's "
                             "rules." } },
    [BYPASS_PATH] = { is_path,
                      false,
                      "path",
                      { "K-B4",
                        { NULL, 0 },
                        "",
                        "The path goes past the cache, by the cache's rules." } },
    [BYPASS_METHOD] = { is_method,
                        false,
                        "method",
                        { "K-B5",
                          { NULL, 0 },
                          "",
                          "The method goes past the cache, by the cache's rules." } },
    [BYPASS_MADE] = { is_made,
                      true,
                      "variable",
                      { "K-B7",
                        { NULL, 0 },
                        "",
                        "A variable of the configuration sends this request past the cache." } },
};

static bool applies(const struct bypass_rule *rule, const struct http_request *request)
{
    bool found = kinds[rule->on].finds(rule, request);
    return kinds[rule->on].may_be_absent && rule->when == BYPASS_ABSENT ? !found : found;
}

static struct reason reason_of(const struct bypass_rule *rule)
{
    struct reason why = kinds[rule->on].why;
    if (rule->on == BYPASS_HEADER)
        why.field = rule->name;
    return why;
}

static bool is_cached_method(const struct key_policy *policy, struct span method)
{
    if (span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD")))
        return true;
    for (size_t i = 0; i < policy->method_count; i++)
        if (span_eq(policy->methods[i], method))
            return true;
    return false;
}

bool bypass_of(const struct key_policy *policy, const struct http_request *request,
               struct bypass *ret)
{
    struct bypass found = { .reads = true, .stores = true };
    for (size_t i = 0; i < policy->bypass_count && (found.reads || found.stores); i++) {
        const struct bypass_rule *rule = &policy->bypass[i];
        if (!applies(rule, request))
            continue;
        found.reads &= rule->scope == BYPASS_STORE;
        found.stores &= rule->scope == BYPASS_READ;
        if (!found.rule) {
            found.rule = rule;
            found.why = reason_of(rule);
        }
    }
    if (!is_cached_method(policy, request->method)) {
        found.reads = found.stores = false;
        if (!found.rule)
            found.why = (struct reason){ "K-B6", SPAN_NONE, "RFC 9111 section 3",
                                         "This cache answers GET and HEAD only, and what it is "
                                         "told to." };
    }
    if (found.reads && found.stores)
        return false;
    *ret = found;
    return true;
}

void bypass_rule_add(struct strbuf *out, const struct bypass_rule *rule)
{
    strbuf_addf(out, "%s \"", kinds[rule->on].words);
    text_add_printable(out, rule->name, 200);
    strbuf_add_char(out, '"');
    if (!kinds[rule->on].may_be_absent)
        return;
    switch (rule->when) {
    case BYPASS_PRESENT:
        strbuf_add_str(out, " is there");
        break;
    case BYPASS_TRUTHY:
        strbuf_add_str(out, " is neither empty nor \"0\"");
        break;
    case BYPASS_VALUE:
        strbuf_add_str(out, " is \"");
        text_add_printable(out, rule->value, 200);
        strbuf_add_char(out, '"');
        break;
    case BYPASS_ABSENT:
        strbuf_add_str(out, " is not there");
        break;
    }
}
