#include "proxy_verifier_yaml.h"

#include <libfyaml.h>
#include <stdlib.h>

#include "json_slices.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"

enum { DEPTH_MAX = 64 };

struct replay_yaml {
    struct strbuf text;       /* the document points into it */
    struct fy_document *document; /* owned; NULL when broken */
    struct fy_diag *diag;     /* owned */
    struct fy_node *sessions; /* in document */
    struct fy_node *transactions;
    void *session_at, *transaction_at; /* libfyaml's iterators */
    cJSON *protocol;          /* owned, of the session at hand */
    uint64_t session;
    const char *bad_byte;     /* in text: what no YAML may hold; or NULL */
    bool fault_told;
};

/*
 * What one transaction may unfold to: an alias costs a few bytes and may stand for
 * many, so the result is counted and not the text.
 */
struct budget {
    size_t values, bytes;
};

static cJSON *convert(struct fy_node *node, struct budget *left, unsigned depth);

static char *scalar_text(struct fy_node *node, struct budget *left)
{
    size_t len = 0;
    const char *text = fy_node_get_scalar(node, &len);

    if (len > left->bytes)
        return NULL;
    left->bytes -= len;
    char *copy = xmalloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static cJSON *convert_scalar(struct fy_node *node, struct budget *left)
{
    AUTO(freep) char *text = scalar_text(node, left);
    return text ? cJSON_CreateString(text) : NULL;
}

static cJSON *convert_sequence(struct fy_node *node, struct budget *left, unsigned depth)
{
    AUTO(cJSON_Deletep) cJSON *list = cJSON_CreateArray();
    cJSON *ret = list;
    void *at = NULL;

    for (struct fy_node *n = fy_node_sequence_iterate(node, &at); n;
         n = fy_node_sequence_iterate(node, &at)) {
        cJSON *item = convert(n, left, depth + 1);
        if (!item)
            return NULL;
        cJSON_AddItemToArray(list, item);
    }
    list = NULL; /* handed over */
    return ret;
}

static bool add_pair(cJSON *object, struct fy_node_pair *pair, struct budget *left, unsigned depth)
{
    struct fy_node *key = fy_node_pair_key(pair);
    AUTO(freep) char *name = fy_node_is_scalar(key) ? scalar_text(key, left) : NULL;
    cJSON *value = name ? convert(fy_node_pair_value(pair), left, depth + 1) : NULL;

    if (!value)
        return false;
    cJSON_AddItemToObject(object, name, value);
    return true;
}

static cJSON *convert_mapping(struct fy_node *node, struct budget *left, unsigned depth)
{
    AUTO(cJSON_Deletep) cJSON *object = cJSON_CreateObject();
    cJSON *ret = object;
    void *at = NULL;

    for (struct fy_node_pair *p = fy_node_mapping_iterate(node, &at); p;
         p = fy_node_mapping_iterate(node, &at))
        if (!add_pair(object, p, left, depth))
            return NULL;
    object = NULL; /* handed over */
    return ret;
}

/* NULL past the budget or the depth, for an alias without its anchor, and for keys that are no text. */
static cJSON *convert(struct fy_node *node, struct budget *left, unsigned depth)
{
    if (depth == DEPTH_MAX || left->values == 0)
        return NULL;
    left->values--;
    if (node && fy_node_is_alias(node)) {
        node = fy_node_resolve_alias(node);
        if (!node)
            return NULL;
    }
    if (!node)
        return cJSON_CreateNull();
    switch (fy_node_get_type(node)) {
    case FYNT_SEQUENCE:
        return convert_sequence(node, left, depth);
    case FYNT_MAPPING:
        return convert_mapping(node, left, depth);
    default:
        return convert_scalar(node, left);
    }
}

static cJSON *convert_whole(struct fy_node *node)
{
    struct budget budget = { JSON_SLICE_MAX_VALUES, JSON_SLICE_MAX_BYTES };
    return convert(node, &budget, 0);
}

static struct fy_node *sequence_in(struct fy_node *mapping, const char *name)
{
    struct fy_node *n = NULL;

    if (mapping && fy_node_is_mapping(mapping))
        n = fy_node_mapping_lookup_by_string(mapping, name, FY_NT);
    if (n && fy_node_is_alias(n))
        n = fy_node_resolve_alias(n);
    return n && fy_node_is_sequence(n) ? n : NULL;
}

/*
 * YAML 1.2, section 5.1: characters in UTF-8, and no control but tab and line ends.
 * Asked here, because libfyaml 0.7 does not come back from some bytes that are
 * neither (a directive line with 0x94 in it).
 */
static const char *find_bad_byte(struct span text)
{
    while (text.len) {
        unsigned char c = (unsigned char)text.ptr[0];
        unsigned length = c < 0x80 ? 1 : utf8_length(text);
        bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
        if (length == 0 || control)
            return text.ptr;
        text = span_from(text, length);
    }
    return NULL;
}

static struct fy_document *parse(struct replay_yaml *yaml)
{
    struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = yaml->diag };

    yaml->bad_byte = find_bad_byte(strbuf_span(&yaml->text));
    if (yaml->bad_byte)
        return NULL;
    return fy_document_build_from_string(&cfg, yaml->text.buf, yaml->text.len);
}

struct replay_yaml *replay_yaml_new(struct span text)
{
    struct replay_yaml *yaml = xcalloc(1, sizeof *yaml);
    struct fy_diag_cfg how;

    yaml->text = (struct strbuf)STRBUF_INIT;
    strbuf_add_span(&yaml->text, text);
    fy_diag_cfg_default(&how);
    how.fp = NULL;
    how.colorize = false;
    yaml->diag = fy_diag_create(&how);
    fy_diag_set_collect_errors(yaml->diag, true);
    yaml->document = parse(yaml);
    if (yaml->document)
        yaml->sessions = sequence_in(fy_document_root(yaml->document), "sessions");
    return yaml;
}

void replay_yaml_free(struct replay_yaml *yaml)
{
    if (!yaml)
        return;
    cJSON_Delete(yaml->protocol);
    fy_document_destroy(yaml->document);
    fy_diag_destroy(yaml->diag);
    strbuf_release(&yaml->text);
    free(yaml);
}

static void tell_bad_byte(const struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    struct span before = span_head(strbuf_span(&yaml->text), (size_t)(yaml->bad_byte - yaml->text.buf));
    ptrdiff_t line_end = span_rfind_char(before, '\n');

    ret->fault = "a byte that no YAML may hold: not UTF-8, or a control character";
    ret->column = before.len - (size_t)(line_end + 1) + 1;
    ret->line = 1;
    for (size_t i = 0; i < before.len; i++)
        ret->line += before.ptr[i] == '\n';
}

static void tell_syntax(const struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    void *at = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(yaml->diag, &at);

    ret->fault = first && first->msg ? first->msg : "not YAML";
    ret->line = first && first->line > 0 ? (uint64_t)first->line : 0;
    ret->column = first && first->column > 0 ? (uint64_t)first->column : 0;
}

static int tell_fault(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    if (yaml->fault_told)
        return REPLAY_YAML_END;
    yaml->fault_told = true;
    ret->fault = "no sessions in the document";
    if (yaml->bad_byte)
        tell_bad_byte(yaml, ret);
    else if (!yaml->document)
        tell_syntax(yaml, ret);
    return REPLAY_YAML_BAD;
}

static bool next_session(struct replay_yaml *yaml)
{
    struct fy_node *session = fy_node_sequence_iterate(yaml->sessions, &yaml->session_at);

    if (!session)
        return false;
    if (fy_node_is_alias(session))
        session = fy_node_resolve_alias(session);
    yaml->session++;
    yaml->transaction_at = NULL;
    yaml->transactions = sequence_in(session, "transactions");
    cJSON_Delete(yaml->protocol);
    struct fy_node *protocol = sequence_in(session, "protocol");
    yaml->protocol = protocol ? convert_whole(protocol) : NULL;
    return true;
}

/* A mapping has no mark of its own in libfyaml; its first key has. */
static void find_place(struct fy_node *node, struct replay_yaml_item *ret)
{
    void *at = NULL;

    if (fy_node_is_mapping(node)) {
        struct fy_node_pair *first = fy_node_mapping_iterate(node, &at);
        node = first ? fy_node_pair_key(first) : NULL;
    }
    struct fy_token *token = node ? fy_node_get_scalar_token(node) : NULL;
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (mark) {
        ret->line = (uint64_t)mark->line + 1;
        ret->column = (uint64_t)mark->column + 1;
    }
}

int replay_yaml_next(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    *ret = (struct replay_yaml_item){ 0 };
    if (!yaml->sessions)
        return tell_fault(yaml, ret);
    for (;;) {
        struct fy_node *node = NULL;
        if (yaml->transactions)
            node = fy_node_sequence_iterate(yaml->transactions, &yaml->transaction_at);
        if (!node) {
            if (!next_session(yaml))
                return REPLAY_YAML_END;
            continue;
        }
        find_place(node, ret);
        ret->session = yaml->session;
        ret->protocol = yaml->protocol;
        ret->transaction = convert_whole(node);
        ret->fault = ret->transaction ? NULL : "transaction is too large, too deep, or has an alias "
                                               "without its anchor";
        return ret->transaction ? REPLAY_YAML_TRANSACTION : REPLAY_YAML_BAD;
    }
}
