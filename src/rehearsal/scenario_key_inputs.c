/* The scenario's words for what of headers and cookies is in a key. */
#include "scenario_key.h"

enum { INPUTS_MAX = 1000 };

int key_words_add(struct reader *r, const struct yaml_node *node, struct key_words *w,
                  struct key_input input)
{
    if (!w->inputs)
        w->inputs = arena_calloc(&r->scenario->arena, INPUTS_MAX, sizeof *w->inputs);
    if (w->len == INPUTS_MAX)
        return expected(r, node, "at most 1000 headers and cookies in a key");
    w->inputs[w->len++] = input;
    return 0;
}

/* What one header of the list says of itself, beside its name. */
struct header_words {
    struct span_list languages, encodings, contains, except;
    bool presence, fold, first_language;
};

static int put_header_rule(struct reader *r, const struct yaml_node *node,
                           const struct header_words *h, struct key_input *input)
{
    const struct {
        bool wanted;
        enum key_rule rule;
        const struct span_list *values;
    } rules[] = {
        { h->presence, KEY_PRESENCE, NULL },
        { h->fold, KEY_FOLDED, NULL },
        { h->first_language, KEY_FIRST_LANGUAGE, NULL },
        { h->languages.at, KEY_LANGUAGE, &h->languages },
        { h->encodings.at, KEY_ENCODING, &h->encodings },
        { h->contains.at, KEY_CONTAINS, &h->contains },
        { h->except.at, KEY_UNLESS, &h->except },
    };
    unsigned wanted = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!rules[i].wanted)
            continue;
        wanted++;
        input->rule = rules[i].rule;
        input->values = rules[i].values ? rules[i].values->at : NULL;
        input->value_count = rules[i].values ? rules[i].values->len : 0;
        if (rules[i].values && !input->value_count)
            return expected(r, node, "at least one value in the list");
    }
    return wanted < 2 ? 0
                      : expected(r, node,
                                 "one of languages, encodings, contains, except, "
                                 "presence, fold and first_language");
}

static int read_header_map(struct reader *r, const struct yaml_node *node, struct key_input *ret)
{
    struct header_words h = { .presence = false };
    const struct member members[] = {
        { "name", read_field_name, &ret->name },
        { "languages", read_spans, &h.languages },
        { "encodings", read_spans, &h.encodings },
        { "contains", read_spans, &h.contains },
        { "except", read_spans, &h.except },
        { "presence", read_bool, &h.presence },
        { "fold", read_bool, &h.fold },
        { "first_language", read_bool, &h.first_language },
        { NULL, NULL, NULL },
    };
    int rc = read_map(r, node, members);
    if (rc < 0)
        return rc;
    if (!ret->name.len)
        return missing(r, node, "\"name\" of the header");
    return put_header_rule(r, node, &h, ret);
}

int read_key_headers(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_words *w = into;
    bool many = node->kind == YAML_LIST;
    for (const struct yaml_node *n = many ? node->children : node; n; n = many ? n->next : NULL) {
        struct key_input input = { .rule = KEY_VALUE };
        int rc = n->kind == YAML_MAP ? read_header_map(r, n, &input)
                                     : read_field_name(r, n, &input.name);
        if (rc == 0 && span_ieq(input.name, SPAN("Host")))
            w->policy->ignore_host = false; /* a part of the URL here, not a field */
        else if (rc == 0)
            rc = key_words_add(r, n, w, input);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool is_device(struct span class)
{
    static const char *const classes[] = { "mobile", "tablet", "desktop", "bot" };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (span_eq(class, span_of(classes[i])))
            return true;
    return false;
}

int read_key_device(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_input input = { .name = SPAN("User-Agent"),
                               .rule = KEY_DEVICE,
                               .title = SPAN("device") };
    struct span_list classes = { NULL, 0 };
    if (is_word(node, "false"))
        return 0;
    int rc = is_word(node, "true") ? 0 : read_spans(r, node, &classes);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < classes.len; i++)
        if (!is_device(classes.at[i]))
            return expected(r, node, "true, false, or a list of mobile, tablet, desktop and bot");
    input.values = classes.at;
    input.value_count = classes.len;
    return key_words_add(r, node, into, input);
}

static int read_cookie_presence(struct reader *r, const struct yaml_node *node, void *into)
{
    struct span_list names;
    int rc = read_spans(r, node, &names);
    for (size_t i = 0; rc == 0 && i < names.len; i++)
        rc = key_words_add(
            r, node, into,
            (struct key_input){ .name = names.at[i], .place = KEY_COOKIE, .rule = KEY_PRESENCE });
    return rc;
}

int read_key_cookies(struct reader *r, const struct yaml_node *node, void *into)
{
    struct key_words *w = into;
    struct span_list keep = { NULL, 0 }, drop = { NULL, 0 };
    const struct member members[] = {
        { "keep", read_spans, &keep },
        { "drop", read_spans, &drop },
        { "presence", read_cookie_presence, w },
        { NULL, NULL, NULL },
    };
    bool all = is_word(node, "all"), none = is_word(node, "none");
    int rc = all || none              ? 0
             : node->kind == YAML_MAP ? read_map(r, node, members)
                                      : read_spans(r, node, &keep);
    if (rc < 0)
        return rc;
    if (keep.at && drop.at)
        return expected(r, node, "keep or drop, not both");
    w->policy->cookie_mode = all || drop.at ? KEY_COOKIES_DROP : KEY_COOKIES_KEEP;
    w->policy->cookies = drop.at ? drop.at : keep.at;
    w->policy->cookie_count = drop.len + keep.len;
    return 0;
}
