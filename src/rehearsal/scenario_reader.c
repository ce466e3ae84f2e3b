#include "scenario_reader.h"

#include <string.h>

#include "rehearse/base/text.h"
#include "rehearse/http/token.h"
#include "rehearse/rehearsal/units.h"

static const char *const kind_words[] = {
    [YAML_SCALAR] = "a single value", [YAML_LIST] = "a list", [YAML_MAP] = "a map"
};

int expected(struct reader *r, const struct yaml_node *node, const char *what)
{
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    if (node->kind == YAML_SCALAR && node->text.len) {
        strbuf_add_char(&found, '"');
        text_add_printable(&found, node->text, 80);
        strbuf_add_char(&found, '"');
    } else {
        strbuf_add_str(&found, node->kind == YAML_SCALAR ? "nothing" : kind_words[node->kind]);
    }
    return err_set(r->err, E_USAGE, "%s:%u:%u: %.*s%sfound %s, expected %s", r->name, node->line,
                   node->column, SPAN_ARG(node->key), node->key.len ? ": " : "", found.buf, what);
}

int missing(struct reader *r, const struct yaml_node *node, const char *what)
{
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map");
    return err_set(r->err, E_USAGE, "%s:%u:%u: missing: %s", r->name, node->line, node->column,
                   what);
}

/* Edit distance, bounded: enough to guess what a typing error meant. */
static unsigned distance(struct span a, struct span b)
{
    unsigned row[33];
    if (a.len > 32 || b.len > 32)
        return 99;
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.len];
}

static int unknown_key(struct reader *r, const struct yaml_node *node, const struct member *members)
{
    AUTO(strbuf_release) struct strbuf help = STRBUF_INIT;
    const char *nearest = NULL;
    unsigned best = 3;
    for (const struct member *m = members; m->key; m++) {
        unsigned d = distance(node->key, span_of(m->key));
        if (d < best) {
            best = d;
            nearest = m->key;
        }
    }
    if (nearest) {
        strbuf_addf(&help, "did you mean \"%s\"?", nearest);
    } else {
        strbuf_add_str(&help, "expected one of");
        for (const struct member *m = members; m->key; m++)
            strbuf_addf(&help, "%s %s", m == members ? "" : ",", m->key);
    }
    AUTO(strbuf_release) struct strbuf key = STRBUF_INIT;
    text_add_printable(&key, node->key, 80);
    return err_set(r->err, E_USAGE, "%s:%u:%u: unknown key \"%s\"; %s", r->name, node->key_line,
                   node->key_column, key.buf, help.buf);
}

int read_map(struct reader *r, const struct yaml_node *node, const struct member *members)
{
    if (node->kind != YAML_MAP)
        return expected(r, node, "a map");
    for (const struct yaml_node *n = node->children; n; n = n->next) {
        const struct member *m = members;
        while (m->key && !span_eq(n->key, span_of(m->key)))
            m++;
        if (!m->key)
            return unknown_key(r, n, members);
        int rc = m->read(r, n, m->into);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int read_span(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind != YAML_SCALAR || node->text.len == 0)
        return expected(r, node, "a text");
    if (memchr(node->text.ptr, '\0', node->text.len))
        return expected(r, node, "a text without NUL");
    *(struct span *)into = node->text;
    return 0;
}

int read_field_name(struct reader *r, const struct yaml_node *node, void *into)
{
    struct span name;
    int rc = read_span(r, node, &name);
    for (size_t i = 0; rc == 0 && i < name.len; i++)
        if (!http_char_in_token(name.ptr[i]))
            rc = expected(r, node, "the name of a field: letters, digits and !#$%&'*+-.^_`|~");
    if (rc == 0)
        *(struct span *)into = name;
    return rc;
}

int read_text(struct reader *r, const struct yaml_node *node, void *into)
{
    struct span text;
    int rc = read_span(r, node, &text);
    if (rc == 0)
        *(const char **)into = text.ptr; /* arena_copy put a NUL behind it */
    return rc;
}

int read_path(struct reader *r, const struct yaml_node *node, void *into)
{
    const char *path;
    int rc = read_text(r, node, &path);
    if (rc < 0)
        return rc;
    if (path[0] != '/' && strcmp(path, "-") != 0 && r->folder && r->folder[0])
        path = arena_printf(&r->scenario->arena, "%s/%s", r->folder, path).ptr;
    *(const char **)into = path;
    return 0;
}

int read_bool(struct reader *r, const struct yaml_node *node, void *into)
{
    bool yes = node->kind == YAML_SCALAR && span_eq(node->text, SPAN("true"));
    bool no = node->kind == YAML_SCALAR && span_eq(node->text, SPAN("false"));
    if (!yes && !no)
        return expected(r, node, "true or false");
    *(bool *)into = yes;
    return 0;
}

int read_u64(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind != YAML_SCALAR || !span_to_u64(node->text, into))
        return expected(r, node, "a whole number");
    return 0;
}

int read_count(struct reader *r, const struct yaml_node *node, void *into)
{
    uint64_t n;
    if (node->kind != YAML_SCALAR || !span_to_u64(node->text, &n) || n > 1000000)
        return expected(r, node, "a whole number up to 1000000");
    *(unsigned *)into = (unsigned)n;
    return 0;
}

int read_number(struct reader *r, const struct yaml_node *node, void *into)
{
    double d;
    if (node->kind != YAML_SCALAR || !span_to_double(node->text, &d) || d < 0)
        return expected(r, node, "a number, not negative");
    *(double *)into = d;
    return 0;
}

int read_share(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind != YAML_SCALAR || !share_parse(node->text, into))
        return expected(r, node, "a share such as 10% or 0.1");
    return 0;
}

int read_duration(struct reader *r, const struct yaml_node *node, void *into)
{
    if (node->kind != YAML_SCALAR || !duration_parse(node->text, into))
        return expected(r, node, "a time such as 500ms, 60s, 30m or 2h");
    return 0;
}

int read_texts(struct reader *r, const struct yaml_node *node, void *into)
{
    size_t count = 1;
    if (node->kind == YAML_LIST) {
        count = 0;
        for (const struct yaml_node *n = node->children; n; n = n->next)
            count++;
    }
    const char **texts = arena_calloc(&r->scenario->arena, count + 1, sizeof *texts);
    const struct yaml_node *n = node->kind == YAML_LIST ? node->children : node;
    for (size_t i = 0; i < count; i++, n = n->next) {
        int rc = read_text(r, n, &texts[i]);
        if (rc < 0)
            return rc;
    }
    *(const char ***)into = texts;
    return 0;
}

size_t count_children(const struct yaml_node *node)
{
    size_t count = 0;
    for (const struct yaml_node *n = node->children; n; n = n->next)
        count++;
    return count;
}

static int read_list(struct reader *r, const struct yaml_node *node, struct span_list *list,
                     int (*read)(struct reader *r, const struct yaml_node *node, void *into))
{
    bool many = node->kind == YAML_LIST;
    if (node->kind == YAML_MAP)
        return expected(r, node, "a text or a list of texts");
    *list = (struct span_list){ .at = arena_calloc(&r->scenario->arena,
                                                   (many ? count_children(node) : 1) + 1,
                                                   sizeof *list->at) };
    for (const struct yaml_node *n = many ? node->children : node; n; n = many ? n->next : NULL) {
        int rc = read(r, n, &list->at[list->len]);
        if (rc < 0)
            return rc;
        list->len++;
    }
    return 0;
}

int read_spans(struct reader *r, const struct yaml_node *node, void *into)
{
    return read_list(r, node, into, read_span);
}

int read_field_names(struct reader *r, const struct yaml_node *node, void *into)
{
    return read_list(r, node, into, read_field_name);
}

bool is_word(const struct yaml_node *node, const char *word)
{
    return node->kind == YAML_SCALAR && span_eq(node->text, span_of(word));
}

int read_not_yet(struct reader *r, const struct yaml_node *node, void *into)
{
    (void)into;
    return err_set(
        r->err, E_USAGE,
        "%s:%u:%u: \"%.*s\" is part of the scenario format, but this version cannot do it yet; "
        "take it out",
        r->name, node->key_line, node->key_column, SPAN_ARG(node->key));
}
