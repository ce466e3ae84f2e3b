/* From the tree of a regular expression to a program of codes. */
#include "pattern_tree.h"
#include "rehearse/base/mem.h"

enum { EMITS_MAX = 20000 };

struct emitter {
    struct code *codes;
    uint32_t len;
    unsigned emits; /* empty groups, repeated, make work and no codes */
    bool full;
};

static uint32_t put(struct emitter *e, struct code code)
{
    if (e->len == PATTERN_CODES_MAX) {
        e->full = true;
        return 0;
    }
    e->codes[e->len] = code;
    return e->len++;
}

static void emit(struct emitter *e, const struct node *node);

/* Which way is the first one: in, or past it. */
static void set_ways(struct emitter *e, uint32_t split, uint32_t in, uint32_t past, bool lazy)
{
    e->codes[split].to = lazy ? past : in;
    e->codes[split].other = lazy ? in : past;
}

static void emit_either(struct emitter *e, const struct node *node)
{
    uint32_t jumps = UINT32_MAX; /* to the end: each holds the one before, until that is known */
    const struct node *child = node->child;
    for (; child->next && !e->full; child = child->next) {
        uint32_t split = put(e, (struct code){ .kind = CODE_SPLIT });
        emit(e, child);
        jumps = put(e, (struct code){ .kind = CODE_JUMP, .to = jumps });
        set_ways(e, split, split + 1, e->len, false);
    }
    emit(e, child);
    while (jumps != UINT32_MAX && !e->full) {
        uint32_t before = e->codes[jumps].to;
        e->codes[jumps].to = e->len;
        jumps = before;
    }
}

static void emit_optional(struct emitter *e, const struct node *node, bool again)
{
    uint32_t split = put(e, (struct code){ .kind = CODE_SPLIT });
    emit(e, node->child);
    if (again)
        put(e, (struct code){ .kind = CODE_JUMP, .to = split });
    set_ways(e, split, split + 1, e->len, node->lazy);
}

/* What may come 0 to 3 times is one that may come with two more behind it, or none. */
static void emit_up_to(struct emitter *e, const struct node *node, int times)
{
    uint32_t splits[REPEAT_MAX + 1];
    int made = 0;
    for (; made < times && !e->full; made++) {
        splits[made] = put(e, (struct code){ .kind = CODE_SPLIT });
        emit(e, node->child);
    }
    for (int i = 0; i < made && !e->full; i++)
        set_ways(e, splits[i], splits[i] + 1, e->len, node->lazy);
}

static void emit_repeat(struct emitter *e, const struct node *node)
{
    for (int i = 0; i < node->least && !e->full; i++)
        emit(e, node->child);
    if (node->most == FOREVER)
        emit_optional(e, node, /* again= */ true);
    else
        emit_up_to(e, node, node->most - node->least);
}

static void emit_group(struct emitter *e, const struct node *node)
{
    bool captures = node->group && node->group < PATTERN_GROUPS_MAX;
    if (captures)
        put(e, (struct code){ .kind = CODE_SAVE, .to = 2 * node->group });
    emit(e, node->child);
    if (captures)
        put(e, (struct code){ .kind = CODE_SAVE, .to = 2 * node->group + 1 });
}

static void emit(struct emitter *e, const struct node *node)
{
    if (e->full || ++e->emits > EMITS_MAX) {
        e->full = true;
        return;
    }
    switch (node->kind) {
    case NODE_EMPTY:
        return;
    case NODE_SET:
        put(e, (struct code){ .kind = CODE_SET, .set = node->set });
        return;
    case NODE_AT:
        put(e, (struct code){ .kind = node->code });
        return;
    case NODE_SEQUENCE:
        for (const struct node *child = node->child; child && !e->full; child = child->next)
            emit(e, child);
        return;
    case NODE_EITHER:
        emit_either(e, node);
        return;
    case NODE_REPEAT:
        emit_repeat(e, node);
        return;
    case NODE_GROUP:
        emit_group(e, node);
        return;
    }
}

/* What can come first, by following all that takes no byte. */
static void find_first(struct pattern *p)
{
    AUTO(freep) uint32_t *open = xmalloc(((size_t)p->len + 1) * 2 * sizeof *open);
    AUTO(freep) bool *seen = xcalloc((size_t)p->len + 1, sizeof *seen);
    size_t len = 0;
    open[len++] = 0;
    while (len) {
        uint32_t at = open[--len];
        const struct code *code = &p->codes[at];
        if (seen[at])
            continue;
        seen[at] = true;
        p->may_be_empty |= code->kind == CODE_MATCH;
        for (int i = 0; code->kind == CODE_SET && i < 4; i++)
            p->first.bits[i] |= code->set->bits[i];
        if (code->kind == CODE_SET || code->kind == CODE_MATCH)
            continue;
        bool jumps = code->kind == CODE_SPLIT || code->kind == CODE_JUMP;
        open[len++] = jumps ? code->to : at + 1;
        if (code->kind == CODE_SPLIT)
            open[len++] = code->other;
    }
}

const struct pattern *pattern_of(struct span text, bool any_case, struct arena *arena,
                                 struct pattern_fault *ret_fault)
{
    AUTO(freep) struct code *room = xcalloc(PATTERN_CODES_MAX, sizeof *room);
    struct emitter e = { .codes = room };
    struct pattern_tree tree;
    if (!pattern_tree_of(text, any_case, arena, &tree, ret_fault))
        return NULL;
    emit(&e, tree.root);
    put(&e, (struct code){ .kind = CODE_MATCH });
    if (e.full) {
        *ret_fault = (struct pattern_fault){ 0, "a pattern that is too large" };
        return NULL;
    }
    struct pattern *pattern = arena_calloc(arena, 1, sizeof *pattern);
    struct code *codes = arena_calloc(arena, e.len, sizeof *codes);
    memcpy(codes, e.codes, e.len * sizeof *codes);
    pattern->codes = codes;
    pattern->len = e.len;
    pattern->groups = tree.groups < PATTERN_GROUPS_MAX ? tree.groups : PATTERN_GROUPS_MAX;
    memcpy(pattern->names, tree.names, sizeof pattern->names);
    find_first(pattern);
    return pattern;
}

size_t pattern_size(const struct pattern *pattern)
{
    return pattern->len;
}

unsigned pattern_group(const struct pattern *pattern, struct span name)
{
    for (unsigned i = 1; i < pattern->groups; i++)
        if (!span_is_none(pattern->names[i]) && span_eq(pattern->names[i], name))
            return i;
    return 0;
}
