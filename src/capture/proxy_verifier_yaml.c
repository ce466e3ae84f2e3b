/*
 * libfyaml's events, followed to the transactions: one of them is in memory at a
 * time, and what stands before a fault in the text is read. Aliases are resolved
 * by keeping every anchored value, within a budget.
 */
#include "proxy_verifier_yaml.h"

#include <libfyaml.h>
#include <stdlib.h>

#include "json_slices.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"

enum {
    DEPTH_MAX = 64,
    ANCHORS_MAX = 256,
    NAME_MAX_BYTES = 64, /* of anchors and of the keys that matter */
};

/* What one value may unfold to, aliases counted in full: a few bytes may stand for many. */
struct budget {
    size_t values, bytes;
};

struct anchor {
    char name[NAME_MAX_BYTES];
    cJSON *value;        /* owned */
    struct budget costs; /* of a copy */
};

/* Where in the document the reader stands: inside nothing, the root mapping, and so on inward. */
enum level { OUTSIDE = 0, IN_ROOT, IN_SESSIONS, IN_SESSION, IN_TRANSACTIONS };

struct replay_yaml {
    struct strbuf text;       /* the parser reads it in place */
    struct fy_diag *diag;     /* owned */
    struct fy_parser *parser; /* owned; NULL when the text was not given to it */
    struct fy_event *event;   /* owned: the one at hand, or NULL at the end and after a fault */
    const char *bad_byte;     /* in text: what no YAML may hold; or NULL */
    enum level level;
    uint64_t session;
    cJSON *protocol; /* owned, of the session at hand */
    struct anchor anchors[ANCHORS_MAX];
    size_t anchor_count;
    struct budget anchors_left;
    bool sessions_seen, fault_told;
};

static struct budget full_budget(void)
{
    return (struct budget){ JSON_SLICE_MAX_VALUES, JSON_SLICE_MAX_BYTES };
}

static bool spend(struct budget *left, struct budget costs)
{
    if (left->values < costs.values || left->bytes < costs.bytes)
        return false;
    left->values -= costs.values;
    left->bytes -= costs.bytes;
    return true;
}

/* The next event; false at the end, and where the text goes wrong. */
static bool pull(struct replay_yaml *yaml)
{
    if (yaml->event)
        fy_parser_event_free(yaml->parser, yaml->event);
    yaml->event = yaml->parser ? fy_parser_parse(yaml->parser) : NULL;
    return yaml->event != NULL;
}

static bool is_end(const struct fy_event *event)
{
    return event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END;
}

/* To the last event of the node at hand. */
static void skip_node(struct replay_yaml *yaml)
{
    size_t open = 0;

    do {
        if (yaml->event->type == FYET_MAPPING_START || yaml->event->type == FYET_SEQUENCE_START)
            open++;
        else if (is_end(yaml->event))
            open--;
    } while (open && pull(yaml));
}

static struct span token_text(struct fy_token *token)
{
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return text ? span_make(text, len) : SPAN_NONE;
}

/* Into a buffer of NAME_MAX_BYTES; a name that does not fit, or none, becomes empty. */
static void copy_name(char *ret, struct span name)
{
    size_t len = name.len < NAME_MAX_BYTES ? name.len : 0;
    if (len)
        memcpy(ret, name.ptr, len);
    ret[len] = '\0';
}

static struct span anchor_of(const struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return token_text(event->scalar.anchor);
    case FYET_SEQUENCE_START:
        return token_text(event->sequence_start.anchor);
    case FYET_MAPPING_START:
        return token_text(event->mapping_start.anchor);
    default:
        return SPAN_NONE;
    }
}

/* The newest anchor of a name is the one an alias means (YAML 1.2, section 3.2.2.2). */
static const struct anchor *find_anchor(const struct replay_yaml *yaml, struct span name)
{
    for (size_t i = yaml->anchor_count; i-- > 0;)
        if (span_eq(span_of(yaml->anchors[i].name), name))
            return &yaml->anchors[i];
    return NULL;
}

static void keep_anchor(struct replay_yaml *yaml, const char *name, const cJSON *value,
                        struct budget costs)
{
    if (!name[0] || yaml->anchor_count == ANCHORS_MAX || !spend(&yaml->anchors_left, costs))
        return;
    struct anchor *anchor = &yaml->anchors[yaml->anchor_count++];
    copy_name(anchor->name, span_of(name));
    anchor->value = cJSON_Duplicate(value, /* recurse= */ 1);
    anchor->costs = costs;
}

static cJSON *build(struct replay_yaml *yaml, struct budget *left, unsigned depth);

static cJSON *build_alias(const struct replay_yaml *yaml, struct budget *left)
{
    const struct anchor *anchor = find_anchor(yaml, token_text(yaml->event->alias.anchor));

    if (!anchor || !spend(left, anchor->costs))
        return NULL;
    return cJSON_Duplicate(anchor->value, /* recurse= */ 1);
}

/* A copy that ends with a NUL; NULL past the budget. */
static char *scalar_copy(const struct fy_event *event, struct budget *left)
{
    struct span text = token_text(event->scalar.value);

    if (!spend(left, (struct budget){ 1, text.len }))
        return NULL;
    char *copy = xmalloc(text.len + 1);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

static cJSON *build_scalar(const struct replay_yaml *yaml, struct budget *left)
{
    AUTO(freep) char *text = scalar_copy(yaml->event, left);
    return text ? cJSON_CreateString(text) : NULL;
}

/* A fault inside does not end the walk: the node is read to its end, and comes to nothing. */
static cJSON *build_sequence(struct replay_yaml *yaml, struct budget *left, unsigned depth)
{
    AUTO(cJSON_Deletep) cJSON *list = cJSON_CreateArray();
    cJSON *ret = list;
    bool good = true;

    while (pull(yaml) && yaml->event->type != FYET_SEQUENCE_END) {
        cJSON *item = build(yaml, left, depth + 1);
        good &= item && cJSON_AddItemToArray(list, item);
    }
    if (!good || !yaml->event)
        return NULL;
    list = NULL; /* handed over */
    return ret;
}

static cJSON *build_mapping(struct replay_yaml *yaml, struct budget *left, unsigned depth)
{
    AUTO(cJSON_Deletep) cJSON *object = cJSON_CreateObject();
    cJSON *ret = object;
    bool good = true;

    while (pull(yaml) && yaml->event->type != FYET_MAPPING_END) {
        bool scalar = yaml->event->type == FYET_SCALAR;
        AUTO(freep) char *key = scalar ? scalar_copy(yaml->event, left) : NULL;
        if (!scalar)
            skip_node(yaml);
        cJSON *value = yaml->event && pull(yaml) ? build(yaml, left, depth + 1) : NULL;
        good &= key && value;
        if (key && value)
            cJSON_AddItemToObject(object, key, value);
        else
            cJSON_Delete(value);
        if (!yaml->event)
            break;
    }
    if (!good || !yaml->event)
        return NULL;
    object = NULL; /* handed over */
    return ret;
}

/*
 * The node at hand as a tree, read to its last event. NULL past the budget or the
 * depth, for an alias without its anchor, for a key that is no text, and where the
 * text goes wrong (there is no event at hand then).
 */
static cJSON *build(struct replay_yaml *yaml, struct budget *left, unsigned depth)
{
    char name[NAME_MAX_BYTES];
    struct budget before = *left;
    cJSON *value = NULL;

    copy_name(name, anchor_of(yaml->event));
    if (depth == DEPTH_MAX || !spend(left, (struct budget){ 1, 0 }))
        skip_node(yaml);
    else if (yaml->event->type == FYET_SCALAR)
        value = build_scalar(yaml, left);
    else if (yaml->event->type == FYET_ALIAS)
        value = build_alias(yaml, left);
    else if (yaml->event->type == FYET_SEQUENCE_START)
        value = build_sequence(yaml, left, depth);
    else if (yaml->event->type == FYET_MAPPING_START)
        value = build_mapping(yaml, left, depth);
    if (value)
        keep_anchor(yaml, name, value,
                    (struct budget){ before.values - left->values, before.bytes - left->bytes });
    return value;
}

static cJSON *build_whole(struct replay_yaml *yaml)
{
    struct budget budget = full_budget();
    return build(yaml, &budget, 0);
}

/* Off the path, a node is read for its anchors. */
static void pass_over(struct replay_yaml *yaml)
{
    cJSON_Delete(build_whole(yaml));
}

struct replay_yaml *replay_yaml_new(struct span text)
{
    struct replay_yaml *yaml = xcalloc(1, sizeof *yaml);
    struct fy_diag_cfg how;

    yaml->text = (struct strbuf)STRBUF_INIT;
    strbuf_add_span(&yaml->text, text);
    yaml->anchors_left = full_budget();
    fy_diag_cfg_default(&how);
    how.fp = NULL;
    how.colorize = false;
    yaml->diag = fy_diag_create(&how);
    fy_diag_set_collect_errors(yaml->diag, true);
    ptrdiff_t bad = text_find_binary(strbuf_span(&yaml->text));
    yaml->bad_byte = bad < 0 ? NULL : yaml->text.buf + bad;
    if (yaml->bad_byte || text.len == 0)
        return yaml;
    struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = yaml->diag };
    yaml->parser = fy_parser_create(&cfg);
    fy_parser_set_string(yaml->parser, yaml->text.buf, yaml->text.len);
    return yaml;
}

void replay_yaml_free(struct replay_yaml *yaml)
{
    if (!yaml)
        return;
    cJSON_Delete(yaml->protocol);
    for (size_t i = 0; i < yaml->anchor_count; i++)
        cJSON_Delete(yaml->anchors[i].value);
    if (yaml->event)
        fy_parser_event_free(yaml->parser, yaml->event);
    fy_parser_destroy(yaml->parser);
    fy_diag_destroy(yaml->diag);
    strbuf_release(&yaml->text);
    free(yaml);
}

static void tell_bad_byte(const struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    struct span before =
        span_head(strbuf_span(&yaml->text), (size_t)(yaml->bad_byte - yaml->text.buf));
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

/* At the end of the events: was it the end of the document? */
static int at_end(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    bool broken = yaml->bad_byte || fy_diag_got_error(yaml->diag);

    if (yaml->fault_told || (yaml->sessions_seen && !broken))
        return REPLAY_YAML_END;
    yaml->fault_told = true;
    ret->fault = "no sessions in the document";
    if (yaml->bad_byte)
        tell_bad_byte(yaml, ret);
    else if (broken)
        tell_syntax(yaml, ret);
    return REPLAY_YAML_BAD;
}

static void tell_place(const struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    const struct fy_mark *mark = fy_event_start_mark(yaml->event);

    ret->line = mark ? (uint64_t)mark->line + 1 : 0;
    ret->column = mark ? (uint64_t)mark->column + 1 : 0;
}

/* The node at hand is a transaction, or stands in the place of some. */
static int transaction(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    tell_place(yaml, ret);
    ret->session = yaml->session;
    ret->protocol = yaml->protocol;
    ret->transaction = build_whole(yaml);
    if (ret->transaction)
        return REPLAY_YAML_TRANSACTION;
    if (!yaml->event) /* the text went wrong in the middle of it */
        return at_end(yaml, ret);
    ret->fault = "transaction is too large, too deep, or has an alias without its anchor";
    return REPLAY_YAML_BAD;
}

static int unreadable(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    tell_place(yaml, ret);
    pass_over(yaml);
    ret->fault = "an alias in the place of a session or a list of transactions; write it out";
    return REPLAY_YAML_BAD;
}

/* A key of the root or of a session, and what stands under it. Returns an item, or END to go on. */
static int member(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    char key[NAME_MAX_BYTES] = "";

    if (yaml->event->type == FYET_SCALAR)
        copy_name(key, token_text(yaml->event->scalar.value));
    skip_node(yaml);
    if (!yaml->event || !pull(yaml))
        return REPLAY_YAML_END;

    bool inner = yaml->level == IN_SESSION;
    bool wanted = strcmp(key, inner ? "transactions" : "sessions") == 0;
    if (wanted && yaml->event->type == FYET_SEQUENCE_START) {
        yaml->level = inner ? IN_TRANSACTIONS : IN_SESSIONS;
        yaml->sessions_seen = true;
    } else if (wanted && yaml->event->type == FYET_ALIAS) {
        return unreadable(yaml, ret);
    } else if (inner && strcmp(key, "protocol") == 0) {
        cJSON_Delete(yaml->protocol);
        yaml->protocol = build_whole(yaml);
    } else {
        pass_over(yaml);
    }
    return REPLAY_YAML_END;
}

static void session_begins(struct replay_yaml *yaml)
{
    yaml->session++;
    cJSON_Delete(yaml->protocol);
    yaml->protocol = NULL;
    yaml->level = IN_SESSION;
}

/* One event where there is no transaction to build. Returns an item, or END to go on. */
static int step(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    enum fy_event_type type = yaml->event->type;

    if (yaml->level == OUTSIDE) {
        if (type == FYET_MAPPING_START)
            yaml->level = IN_ROOT;
        else if (type == FYET_SEQUENCE_START)
            skip_node(yaml);
        return REPLAY_YAML_END;
    }
    if (is_end(yaml->event)) {
        yaml->level--;
        return REPLAY_YAML_END;
    }
    if (yaml->level == IN_TRANSACTIONS)
        return transaction(yaml, ret);
    if (yaml->level != IN_SESSIONS)
        return member(yaml, ret);
    if (type == FYET_ALIAS)
        return unreadable(yaml, ret);
    if (type == FYET_MAPPING_START)
        session_begins(yaml);
    else
        pass_over(yaml);
    return REPLAY_YAML_END;
}

int replay_yaml_next(struct replay_yaml *yaml, struct replay_yaml_item *ret)
{
    int outcome = REPLAY_YAML_END;

    *ret = (struct replay_yaml_item){ 0 };
    while (outcome == REPLAY_YAML_END) {
        if (!pull(yaml))
            return at_end(yaml, ret);
        outcome = step(yaml, ret);
    }
    return outcome;
}
