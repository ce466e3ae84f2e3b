/*
 * Routes as a tree of path segments. While learning, a segment that is a number,
 * a date or a hash goes under one parameter child at once; words become children
 * of their own, at most CHILDREN_MAX of them. Settling merges words that are many
 * and whose continuations look alike. Matching walks the same tree, so a target
 * nobody learned finds its place too.
 */
#include "rehearse/compare/route.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/arena.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "segment.h"

enum {
    NODES_MAX = 65536,  /* of the tree; past it, new words count as parameters */
    GROWN_MAX = 4096,   /* nodes made after settling */
    CHILDREN_MAX = 512, /* words under one node */
    DEPTH_MAX = 24,     /* segments; the rest of a deeper path is "*" */
    WORD_MAX = 100,     /* bytes of a segment kept as a word */
    MANY_AT_ROOT = 48,  /* this many leaves at the top are one parameter */
    MANY_BELOW = 10,    /* and this many further down */
    MEMO = 4096,        /* targets remembered; a power of two */
};
#define NO_NODE UINT32_MAX
#define NO_ROUTE UINT32_MAX

struct node {
    struct span text;                   /* the segment, or ":id" */
    uint32_t parent, first_child, next; /* NO_NODE */
    uint32_t route;                     /* NO_ROUTE while no target ended here */
    uint32_t merged_into;               /* NO_NODE; after settling: the parameter child */
    uint16_t children;                  /* words only */
    bool ends, takes_words;             /* takes_words: unknown words go to its :name child */
};

struct rule {
    struct route_rule given; /* spans in the arena */
    uint32_t route;
};

struct entry {
    struct span name;
    uint32_t rule; /* index, or NO_ROUTE */
};

struct routes {
    struct arena arena;
    struct rule *rules; /* owned */
    size_t rule_count, rule_cap;
    struct node *nodes; /* owned; 0 is the root */
    size_t node_count, node_cap;
    size_t settled_nodes;
    struct map children;   /* (node, hash of segment) to node */
    struct entry *entries; /* owned; index is the route's number */
    size_t entry_count, entry_cap;
    struct {
        uint64_t key;
        uint32_t route;
    } memo[MEMO];
    bool settled;
};

static uint32_t add_node(struct routes *r, uint32_t parent, struct span text)
{
    r->nodes = array_room(r->nodes, &r->node_cap, r->node_count + 1, sizeof *r->nodes);
    uint32_t made = (uint32_t)r->node_count++;
    r->nodes[made] = (struct node){ .text = arena_copy(&r->arena, text),
                                    .parent = parent,
                                    .first_child = NO_NODE,
                                    .next = NO_NODE,
                                    .route = NO_ROUTE,
                                    .merged_into = NO_NODE };
    if (parent != NO_NODE) {
        r->nodes[made].next = r->nodes[parent].first_child;
        r->nodes[parent].first_child = made;
    }
    return made;
}

struct routes *routes_new(void)
{
    struct routes *r = xcalloc(1, sizeof *r);
    add_node(r, NO_NODE, SPAN(""));
    return r;
}

void routes_free(struct routes *r)
{
    if (!r)
        return;
    free(r->rules);
    free(r->nodes);
    free(r->entries);
    map_release(&r->children);
    arena_release(&r->arena);
    free(r);
}

static uint32_t add_entry(struct routes *r, struct span name, uint32_t rule)
{
    r->entries = array_room(r->entries, &r->entry_cap, r->entry_count + 1, sizeof *r->entries);
    r->entries[r->entry_count] = (struct entry){ name, rule };
    return (uint32_t)r->entry_count++;
}

void routes_add_rule(struct routes *r, const struct route_rule *rule)
{
    assert(!r->settled);
    r->rules = array_room(r->rules, &r->rule_cap, r->rule_count + 1, sizeof *r->rules);
    struct rule *kept = &r->rules[r->rule_count];
    kept->given = *rule;
    kept->given.match = arena_copy(&r->arena, rule->match);
    kept->given.segment = arena_copy(&r->arena, rule->segment);
    kept->given.owner = arena_copy(&r->arena, rule->owner);
    kept->given.risk = arena_copy(&r->arena, rule->risk);
    kept->route = add_entry(r, kept->given.match, (uint32_t)r->rule_count);
    r->rule_count++;
}

/* The path of a target, in origin form or absolute form, without query and fragment. */
static struct span path_of(struct span target)
{
    ptrdiff_t scheme = span_find(span_head(target, 16), SPAN("://"));
    if (scheme > 0 && target.ptr[0] != '/') {
        target = span_from(target, (size_t)scheme + 3);
        ptrdiff_t slash = span_find_char(target, '/');
        target = slash < 0 ? SPAN("/") : span_from(target, (size_t)slash);
    }
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] == '?' || target.ptr[i] == '#')
            return span_head(target, i);
    return target;
}

/* The next segment; false behind the last. "/a/" has the segments "a" and "". */
static bool next_segment(struct span *rest, struct span *ret)
{
    if (span_is_none(*rest))
        return false;
    struct span piece = span_cut(rest, '/');
    *ret = span_cut(&piece, ';'); /* "/a;jsessionid=1": path parameters are no part of a route */
    return true;
}

static struct span segments_of(struct span path)
{
    return path.len && path.ptr[0] == '/' ? span_from(path, 1) : path;
}

static uint64_t child_key(uint32_t node, struct span text)
{
    return hash64_seeded(text, node + 1);
}

static uint32_t find_child(const struct routes *r, uint32_t node, struct span text)
{
    const uint64_t *held = map_get(&r->children, child_key(node, text));
    if (!held)
        return NO_NODE;
    uint32_t child = (uint32_t)*held;
    while (r->nodes[child].merged_into != NO_NODE)
        child = r->nodes[child].merged_into;
    return child;
}

static uint32_t need_child(struct routes *r, uint32_t node, struct span text)
{
    uint32_t child = find_child(r, node, text);
    if (child == NO_NODE) {
        child = add_node(r, node, text);
        *map_put(&r->children, child_key(node, text), child, NULL) = child;
    }
    return child;
}

static uint32_t parameter_child(struct routes *r, uint32_t node, enum segment_kind kind,
                                struct span segment)
{
    struct span name = segment_parameter(kind), tail = segment_extension(segment);
    char text[24];
    memcpy(text, name.ptr, name.len);
    memcpy(text + name.len, tail.ptr, tail.len);
    return need_child(r, node, span_make(text, name.len + tail.len));
}

/* ".json" of "42.json" is no part of what makes it a number. */
static enum segment_kind stem_kind(struct span segment)
{
    struct span tail = segment_extension(segment);
    return segment_kind_of(span_head(segment, segment.len - tail.len));
}

static bool may_grow(const struct routes *r, uint32_t node)
{
    if (r->settled)
        return r->node_count < r->settled_nodes + GROWN_MAX;
    return r->node_count < NODES_MAX && r->nodes[node].children < CHILDREN_MAX;
}

static uint32_t step(struct routes *r, uint32_t node, struct span segment)
{
    enum segment_kind kind = stem_kind(segment);
    if (kind != SEGMENT_WORD)
        return parameter_child(r, node, kind, segment);
    if (segment.len > WORD_MAX || r->nodes[node].takes_words) {
        uint32_t known = find_child(r, node, segment);
        return known != NO_NODE ? known : parameter_child(r, node, SEGMENT_WORD, segment);
    }
    uint32_t child = find_child(r, node, segment);
    if (child != NO_NODE)
        return child;
    if (!may_grow(r, node))
        return parameter_child(r, node, SEGMENT_WORD, SPAN(""));
    r->nodes[node].children++;
    return need_child(r, node, segment);
}

static uint32_t walk(struct routes *r, struct span target)
{
    struct span rest = segments_of(path_of(target)), segment;
    uint32_t node = 0;
    for (unsigned depth = 0; next_segment(&rest, &segment); depth++) {
        if (depth == DEPTH_MAX)
            return need_child(r, node, SPAN("*"));
        node = step(r, node, segment);
    }
    return node;
}

void routes_learn(struct routes *r, struct span target)
{
    assert(!r->settled);
    uint32_t node = walk(r, target);
    r->nodes[node].ends = true;
}

/* ---- settling ---- */

static bool is_word_node(const struct node *n)
{
    return n->merged_into == NO_NODE && n->text.len && n->text.ptr[0] != ':' &&
           n->text.ptr[0] != '*';
}

/* What follows a node, as one number: its children's names in any order, and its file ending. */
static uint64_t continuation(const struct routes *r, const struct node *n)
{
    struct span tail = segment_extension(n->text);
    uint64_t sum = hash64(tail);
    for (uint32_t c = n->first_child; c != NO_NODE; c = r->nodes[c].next)
        if (r->nodes[c].merged_into == NO_NODE)
            sum += hash64_seeded(r->nodes[c].text, 7);
    return sum;
}

static void merge_node(struct routes *r, uint32_t from, uint32_t into, unsigned depth)
{
    assert(depth <= DEPTH_MAX + 1);
    r->nodes[from].merged_into = into;
    r->nodes[into].ends |= r->nodes[from].ends;
    r->nodes[into].takes_words |= r->nodes[from].takes_words;
    for (uint32_t c = r->nodes[from].first_child; c != NO_NODE; c = r->nodes[c].next) {
        if (r->nodes[c].merged_into != NO_NODE)
            continue;
        uint32_t twin = need_child(r, into, r->nodes[c].text);
        if (twin != c)
            merge_node(r, c, twin, depth + 1);
    }
}

struct alike {
    uint64_t continuation;
    struct span text;
    uint32_t node;
};

static int by_continuation(const void *a, const void *b)
{
    const struct alike *x = a, *y = b;
    if (x->continuation != y->continuation)
        return x->continuation < y->continuation ? -1 : 1;
    return span_cmp(x->text, y->text);
}

static void merge_group(struct routes *r, uint32_t node, const struct alike *group, size_t count,
                        unsigned depth)
{
    uint32_t into = parameter_child(r, node, SEGMENT_WORD, group[0].text);
    for (size_t i = 0; i < count; i++)
        if (group[i].node != into)
            merge_node(r, group[i].node, into, depth + 1);
    r->nodes[node].takes_words = true;
}

static void merge_words(struct routes *r, uint32_t node, unsigned depth)
{
    size_t many = depth == 0 ? MANY_AT_ROOT : MANY_BELOW, count = 0, cap = 0;
    struct alike *words = NULL;
    for (uint32_t c = r->nodes[node].first_child; c != NO_NODE; c = r->nodes[c].next) {
        if (!is_word_node(&r->nodes[c]))
            continue;
        words = array_room(words, &cap, count + 1, sizeof *words);
        words[count++] = (struct alike){ continuation(r, &r->nodes[c]), r->nodes[c].text, c };
    }
    if (count)
        qsort(words, count, sizeof *words, by_continuation);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && words[to].continuation == words[from].continuation;)
            to++;
        if (to - from >= many)
            merge_group(r, node, words + from, to - from, depth);
    }
    free(words);
}

/* Children first: what they became decides whether they look alike. */
static void settle_node(struct routes *r, uint32_t node, unsigned depth)
{
    assert(depth <= DEPTH_MAX + 1);
    for (uint32_t c = r->nodes[node].first_child; c != NO_NODE; c = r->nodes[c].next)
        if (r->nodes[c].merged_into == NO_NODE)
            settle_node(r, c, depth + 1);
    merge_words(r, node, depth);
}

void routes_settle(struct routes *r)
{
    if (r->settled)
        return;
    settle_node(r, 0, 0);
    r->settled = true;
    r->settled_nodes = r->node_count;
}

/* ---- matching ---- */

static bool rule_matches(struct span match, struct span path)
{
    struct span want = segments_of(match), have = segments_of(path), w, h;
    while (next_segment(&want, &w)) {
        if (span_eq(w, SPAN("*")) && span_is_none(want))
            return true;
        if (!next_segment(&have, &h))
            return false;
        bool any = (w.len && w.ptr[0] == ':') || span_eq(w, SPAN("*"));
        if (any ? h.len == 0 : !span_eq(w, h))
            return false;
    }
    return span_is_none(have);
}

static struct span node_name(struct routes *r, uint32_t node)
{
    uint32_t path[DEPTH_MAX + 2];
    size_t depth = 0;
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    for (uint32_t n = node; n != 0 && depth < DEPTH_MAX + 2; n = r->nodes[n].parent)
        path[depth++] = n;
    if (depth == 0)
        strbuf_add_char(&name, '/');
    while (depth) {
        strbuf_add_char(&name, '/');
        strbuf_add_span(&name, r->nodes[path[--depth]].text);
    }
    return arena_copy(&r->arena, strbuf_span(&name));
}

static uint32_t look_up(struct routes *r, struct span path)
{
    for (size_t i = 0; i < r->rule_count; i++)
        if (rule_matches(r->rules[i].given.match, path))
            return r->rules[i].route;
    uint32_t node = walk(r, path);
    if (r->nodes[node].route == NO_ROUTE) {
        struct span name = node_name(r, node);
        r->nodes[node].route = add_entry(r, name, NO_ROUTE);
    }
    return r->nodes[node].route;
}

uint32_t routes_match(struct routes *r, struct span target)
{
    routes_settle(r);
    struct span path = path_of(target);
    uint64_t key = hash64(path) | 1; /* 0 is an empty place */
    size_t place = (size_t)(key >> 40) & (MEMO - 1);
    if (r->memo[place].key != key) {
        uint32_t route = look_up(r, path);
        r->memo[place].key = key;
        r->memo[place].route = route;
    }
    return r->memo[place].route;
}

struct span routes_name(const struct routes *r, uint32_t route)
{
    assert(route < r->entry_count);
    return r->entries[route].name;
}

const struct route_rule *routes_rule(const struct routes *r, uint32_t route)
{
    assert(route < r->entry_count);
    uint32_t rule = r->entries[route].rule;
    return rule == NO_ROUTE ? NULL : &r->rules[rule].given;
}

uint32_t routes_count(const struct routes *r)
{
    return (uint32_t)r->entry_count;
}
