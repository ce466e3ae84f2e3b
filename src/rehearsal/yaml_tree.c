#include "yaml_tree.h"

#include <libfyaml.h>

#include "rehearse/base/text.h"

struct builder {
    const char *name;
    struct fy_parser *parser;
    struct arena *arena;
    struct yaml_node *open[YAML_MAX_DEPTH]; /* lists and maps not closed yet */
    unsigned depth;
    struct yaml_node *root;
    struct span key[YAML_MAX_DEPTH];
    unsigned key_line[YAML_MAX_DEPTH], key_column[YAML_MAX_DEPTH];
    bool key_taken[YAML_MAX_DEPTH];
    struct err *err;
};

static struct yaml_node *new_node(struct builder *b, enum yaml_kind kind,
                                  const struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark((struct fy_event *)(uintptr_t)event);
    struct yaml_node *node = arena_calloc(b->arena, 1, sizeof *node);
    node->kind = kind;
    node->line = mark ? (unsigned)mark->line + 1 : 1;
    node->column = mark ? (unsigned)mark->column + 1 : 1;
    return node;
}

static int same_key_twice(struct builder *b, const struct yaml_node *map,
                          const struct yaml_node *key)
{
    unsigned members = 0;
    for (const struct yaml_node *n = map->children; n; n = n->next) {
        if (++members > YAML_MAX_MEMBERS)
            return err_set(b->err, E_LIMIT, "%s:%u:%u: more than %d members in one map", b->name,
                           key->line, key->column, YAML_MAX_MEMBERS);
        if (span_eq(n->key, key->text))
            return err_set(b->err, E_USAGE,
                           "%s:%u:%u: \"%.*s\" is here for the second time (first on line %u)",
                           b->name, key->line, key->column, SPAN_ARG(key->text), n->key_line);
    }
    return 0;
}

/* In a map, scalars alternate between key and value. */
static int take_key(struct builder *b, const struct yaml_node *node)
{
    unsigned top = b->depth - 1;
    if (node->kind != YAML_SCALAR)
        return err_set(b->err, E_USAGE, "%s:%u:%u: a key must be a plain word", b->name, node->line,
                       node->column);
    if (same_key_twice(b, b->open[top], node) < 0)
        return E_USAGE;
    b->key[top] = node->text;
    b->key_line[top] = node->line;
    b->key_column[top] = node->column;
    b->key_taken[top] = true;
    return 0;
}

static int attach(struct builder *b, struct yaml_node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return 0;
    }
    struct yaml_node *parent = b->open[b->depth - 1];
    if (parent->kind == YAML_MAP) {
        unsigned top = b->depth - 1;
        if (!b->key_taken[top])
            return take_key(b, node);
        node->key = b->key[top];
        node->key_line = b->key_line[top];
        node->key_column = b->key_column[top];
        b->key_taken[top] = false;
    }
    if (parent->last)
        parent->last->next = node;
    else
        parent->children = node;
    parent->last = node;
    return 0;
}

static int open_node(struct builder *b, struct yaml_node *node)
{
    int rc = attach(b, node);
    if (rc < 0)
        return rc;
    if (b->depth == YAML_MAX_DEPTH)
        return err_set(b->err, E_LIMIT, "%s:%u:%u: nested deeper than %d levels", b->name,
                       node->line, node->column, YAML_MAX_DEPTH);
    b->key_taken[b->depth] = false;
    b->open[b->depth++] = node;
    return 0;
}

static int on_scalar(struct builder *b, struct fy_event *event)
{
    struct yaml_node *node = new_node(b, YAML_SCALAR, event);
    size_t len = 0;
    const char *text = fy_token_get_text(event->scalar.value, &len);
    node->text = arena_copy(b->arena, span_make(text ? text : "", text ? len : 0));
    node->plain = fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    return attach(b, node);
}

static int on_event(struct builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return on_scalar(b, event);
    case FYET_MAPPING_START:
        return open_node(b, new_node(b, YAML_MAP, event));
    case FYET_SEQUENCE_START:
        return open_node(b, new_node(b, YAML_LIST, event));
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        return 0;
    case FYET_ALIAS: {
        const struct fy_mark *mark = fy_event_start_mark(event);
        return err_set(b->err, E_USAGE, "%s:%d:%d: aliases are not taken here; write the value out",
                       b->name, mark ? mark->line + 1 : 0, mark ? mark->column + 1 : 0);
    }
    default:
        return 0;
    }
}

static int syntax_error(struct builder *b, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &at);
    if (!first)
        return err_set(b->err, E_USAGE, "%s: not readable as YAML", b->name);
    return err_set(b->err, E_USAGE, "%s:%d:%d: not readable as YAML: %s", b->name, first->line,
                   first->column, first->msg);
}

static int read_events(struct builder *b, struct fy_diag *diag)
{
    int rc = 0;
    while (rc == 0) {
        struct fy_event *event = fy_parser_parse(b->parser);
        if (!event)
            break;
        bool end = event->type == FYET_DOCUMENT_END;
        rc = on_event(b, event);
        fy_parser_event_free(b->parser, event);
        if (end)
            break;
    }
    if (rc == 0 && fy_diag_got_error(diag))
        rc = syntax_error(b, diag);
    return rc;
}

static int refuse_binary(const char *name, struct span text, size_t at, struct err *err)
{
    struct span before = span_head(text, at);
    unsigned line = 1;
    for (size_t i = 0; i < before.len; i++)
        line += before.ptr[i] == '\n';
    size_t column = at - (size_t)(span_rfind_char(before, '\n') + 1) + 1;
    return err_set(err, E_USAGE, "%s:%u:%zu: found byte 0x%02x, expected UTF-8 text", name, line,
                   column, (unsigned)(unsigned char)text.ptr[at]);
}

int yaml_tree_parse(struct yaml_node **ret, const char *name, struct span text, struct arena *arena,
                    struct err *err)
{
    if (text.len > YAML_MAX_BYTES)
        return err_set(err, E_LIMIT, "%s: larger than %u bytes", name, YAML_MAX_BYTES);
    ptrdiff_t binary = text_find_binary(text);
    if (binary >= 0)
        return refuse_binary(name, text, (size_t)binary, err);
    struct fy_diag_cfg how;
    fy_diag_cfg_default(&how);
    how.fp = NULL;
    how.colorize = false;
    struct fy_diag *diag = fy_diag_create(&how);
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag };
    struct builder b = { .name = name, .arena = arena, .err = err };
    b.parser = fy_parser_create(&cfg);
    int rc = 0;
    if (text.len) {
        fy_parser_set_string(b.parser, text.ptr, text.len);
        rc = read_events(&b, diag);
    }
    fy_parser_destroy(b.parser);
    fy_diag_destroy(diag);
    if (rc < 0)
        return rc;
    if (!b.root) {
        b.root = arena_calloc(arena, 1, sizeof *b.root);
        b.root->kind = YAML_MAP;
        b.root->line = b.root->column = 1;
    }
    *ret = b.root;
    return 0;
}
