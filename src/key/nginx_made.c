/* What map, set and if make of a request, compiled as far as a key or a condition needs it. */
#include <stdlib.h>

#include "nginx_variables.h"
#include "rehearse/base/text.h"

/* Where texts are compiled: the pattern whose groups they may name; NULL: none. */
struct place {
    struct nginx_variables *v;
    const struct pattern *pattern;
    struct slot_set *uses;
    unsigned depth;
    struct span *why_not;
};

static bool compile_map(struct nginx_variables *v, struct nginx_map *map, unsigned depth,
                        struct span *why_not);

/* The first reason counts. */
static bool refuse(const struct place *p, struct span why_not)
{
    if (span_is_none(*p->why_not))
        *p->why_not = why_not;
    return false;
}

/* ---- variables ---- */

static void add_uses(struct slot_set *to, const struct slot_set *more)
{
    for (size_t i = 0; i < MADE_SLOTS_MAX / 64; i++)
        to->bits[i] |= more->bits[i];
}

static const struct {
    const char *name;
    enum made_part part;
} parts[] = {
    { "scheme", PART_SCHEME },
    { "https", PART_HTTPS },
    { "host", PART_HOST },
    { "http_host", PART_HTTP_HOST },
    { "request_uri", PART_REQUEST_URI },
    { "uri", PART_URI },
    { "document_uri", PART_URI },
    { "args", PART_ARGS },
    { "query_string", PART_ARGS },
    { "is_args", PART_IS_ARGS },
    { "request_method", PART_METHOD },
};

static struct nginx_map *map_of(const struct nginx_variables *v, struct span variable)
{
    for (size_t i = 0; i < v->map_len; i++)
        if (span_eq(v->maps[i].variable, variable))
            return &v->maps[i];
    return NULL;
}

static bool put_group(const struct place *p, struct span variable, struct made_piece *ret)
{
    unsigned group = char_is_digit(variable.ptr[0]) ? (unsigned)(variable.ptr[0] - '0') : 0;
    if (!group && p->pattern)
        group = pattern_group(p->pattern, variable);
    if (!group || !p->pattern)
        return false;
    *ret = (struct made_piece){ .kind = PIECE_GROUP, .number = group };
    return true;
}

static bool put_part(struct span variable, struct made_piece *ret)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (span_eq(variable, span_of(parts[i].name))) {
            *ret = (struct made_piece){ .kind = PIECE_PART, .number = parts[i].part };
            return true;
        }
    return false;
}

/* $remote_user is a part of what Authorization holds: enough for a key, no value to be compared. */
static bool put_input(struct nginx_variables *v, struct span variable, struct made_piece *ret)
{
    ret->kind = PIECE_INPUT;
    return !span_eq(variable, SPAN("remote_user")) &&
           nginx_variable_input(variable, v->arena, &ret->input);
}

static bool put_made(const struct place *p, struct span variable, struct made_piece *ret)
{
    struct nginx_variables *v = p->v;
    unsigned slot = nginx_slot_of(v, variable);
    struct nginx_map *map = map_of(v, variable);
    if (slot < MADE_SLOTS_MAX) {
        *ret = (struct made_piece){ .kind = PIECE_SLOT, .number = slot };
        p->uses->bits[slot / 64] |= UINT64_C(1) << (slot % 64);
        return true;
    }
    if (!map)
        return refuse(p, arena_printf(v->arena, "neither a map nor a set here makes $%.*s",
                                      SPAN_ARG(span_head(variable, 60))));
    if (!compile_map(v, map, p->depth + 1, p->why_not))
        return false;
    *ret = (struct made_piece){ .kind = PIECE_MAP, .map = &map->made };
    add_uses(p->uses, &map->uses);
    return true;
}

static bool put_variable(const struct place *p, struct span variable, struct made_piece *ret)
{
    return put_group(p, variable, ret) || put_part(variable, ret) ||
           put_input(p->v, variable, ret) || put_made(p, variable, ret);
}

/* ---- texts ---- */

static bool compile_text(const struct place *p, struct span text, struct made_text *ret)
{
    struct made_piece *pieces = NULL;
    struct nginx_piece piece;
    size_t at = 0, len = 0, cap = 0;
    while (nginx_piece_next(text, &at, &piece)) {
        pieces = draft_grown(p->v->arena, pieces, len, &cap, sizeof *pieces);
        pieces[len] = (struct made_piece){ .kind = PIECE_LITERAL, .literal = piece.text };
        if (piece.is_variable && !put_variable(p, piece.text, &pieces[len]))
            return false;
        len++;
        /* nginx takes one digit only: "$12" is $1 and "2". */
        if (piece.is_variable && pieces[len - 1].kind == PIECE_GROUP &&
            char_is_digit(piece.text.ptr[0]) && text.ptr[at - 1] != '}')
            at -= piece.text.len - 1;
    }
    *ret = (struct made_text){ pieces, len };
    return true;
}

static const struct pattern *compile_pattern(const struct place *p, const struct nginx_word *word,
                                             size_t signs, bool any_case)
{
    struct nginx_variables *v = p->v;
    struct pattern_fault fault = { 0, "more and longer patterns than are followed" };
    struct span text = span_from(word->text, signs);
    const struct pattern *pattern = NULL;
    v->pattern_bytes += text.len;
    if (v->pattern_bytes <= PATTERN_BYTES_IN_ALL && v->pattern_codes <= PATTERN_CODES_IN_ALL)
        pattern = pattern_of(text, any_case, v->arena, &fault);
    if (!pattern) {
        refuse(p, arena_printf(v->arena, "line %zu: the pattern has %s at its byte %zu", word->line,
                               fault.what, fault.at + 1));
        return NULL;
    }
    v->pattern_codes += pattern_size(pattern);
    return pattern;
}

/* ---- maps ---- */

/* While a map is compiled: its lists grow, and are sorted at the end. */
struct map_lists {
    struct made_entry *entries, *ends, *begins;
    struct made_regex *regexes;
    size_t entry_cap, end_cap, begin_cap, regex_cap;
};

static void add_entry(struct arena *arena, struct made_entry **list, size_t *len, size_t *cap,
                      struct span match, struct made_text value)
{
    *list = draft_grown(arena, *list, *len, cap, sizeof **list);
    (*list)[*len] = (struct made_entry){ arena_copy_lower(arena, match), value, *len };
    ++*len;
}

static void add_plain(struct nginx_variables *v, struct nginx_map *map, struct map_lists *l,
                      struct span match, struct made_text value)
{
    struct made_map *made = &map->made;
    if (map->hostnames && span_starts(match, SPAN("*."))) {
        add_entry(v->arena, &l->ends, &made->end_count, &l->end_cap, span_from(match, 1), value);
    } else if (map->hostnames && span_starts(match, SPAN("."))) {
        add_entry(v->arena, &l->ends, &made->end_count, &l->end_cap, match, value);
        add_entry(v->arena, &l->entries, &made->entry_count, &l->entry_cap, span_from(match, 1),
                  value);
    } else if (map->hostnames && span_ends(match, SPAN(".*"))) {
        add_entry(v->arena, &l->begins, &made->begin_count, &l->begin_cap,
                  span_head(match, match.len - 1), value);
    } else {
        add_entry(v->arena, &l->entries, &made->entry_count, &l->entry_cap, match, value);
    }
}

static bool add_regex(const struct place *p, struct nginx_map *map, struct map_lists *l,
                      const struct map_line *line)
{
    struct made_regex regex = { .pattern = NULL };
    bool any_case = span_starts(line->match.text, SPAN("~*"));
    regex.pattern = compile_pattern(p, &line->match, any_case ? 2 : 1, any_case);
    if (!regex.pattern)
        return false;
    struct place with_groups = *p;
    with_groups.pattern = regex.pattern;
    if (!compile_text(&with_groups, line->value.text, &regex.value))
        return false;
    for (size_t i = 0; i < regex.value.len; i++)
        regex.has_groups |= regex.value.pieces[i].kind == PIECE_GROUP;
    l->regexes =
        draft_grown(p->v->arena, l->regexes, map->made.regex_count, &l->regex_cap, sizeof regex);
    l->regexes[map->made.regex_count++] = regex;
    return true;
}

static bool add_line(const struct place *p, struct nginx_map *map, struct map_lists *l,
                     const struct map_line *line)
{
    struct span match = line->match.text;
    struct made_text value;
    if (span_starts(match, SPAN("~")))
        return add_regex(p, map, l, line);
    if (!compile_text(p, line->value.text, &value))
        return false;
    if (span_eq(match, SPAN("default"))) {
        map->made.otherwise = value;
        return true;
    }
    if (span_starts(match, SPAN("\\"))) /* "\default" is no default */
        match = span_from(match, 1);
    add_plain(p->v, map, l, match, value);
    return true;
}

static int by_match(const void *a, const void *b)
{
    const struct made_entry *x = a, *y = b;
    int order = span_cmp(x->match, y->match);
    return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static int by_length(const void *a, const void *b)
{
    const struct made_entry *x = a, *y = b;
    if (x->match.len != y->match.len)
        return x->match.len < y->match.len ? 1 : -1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void put_lists(struct made_map *made, const struct map_lists *l)
{
    if (made->entry_count)
        qsort(l->entries, made->entry_count, sizeof *l->entries, by_match);
    if (made->end_count)
        qsort(l->ends, made->end_count, sizeof *l->ends, by_length);
    if (made->begin_count)
        qsort(l->begins, made->begin_count, sizeof *l->begins, by_length);
    made->entries = l->entries;
    made->ends = l->ends;
    made->begins = l->begins;
    made->regexes = l->regexes;
}

static bool compile_lines(const struct place *p, struct nginx_map *map)
{
    struct map_lists lists = { .entries = NULL };
    map->made.hostnames = map->hostnames;
    if (!span_is_none(map->why_not))
        return false;
    if (!compile_text(p, map->source.text, &map->made.source))
        return false;
    for (size_t i = 0; i < map->len; i++)
        if (!add_line(p, map, &lists, &map->lines[i]))
            return false;
    put_lists(&map->made, &lists);
    return true;
}

static bool compile_map(struct nginx_variables *v, struct nginx_map *map, unsigned depth,
                        struct span *why_not)
{
    struct place p = { v, NULL, &map->uses, depth, &map->why_not };
    if (map->state == MADE_BUSY || depth > MADE_DEPTH_MAX) {
        *why_not = arena_printf(v->arena,
                                "line %zu: the map of $%.*s is made of itself, or of too "
                                "many others",
                                map->source.line, SPAN_ARG(span_head(map->variable, 60)));
        return false;
    }
    if (map->state == MADE_NOT_YET) {
        map->state = MADE_BUSY;
        map->state = compile_lines(&p, map) ? MADE_DONE : MADE_FAILED;
    }
    if (map->state == MADE_FAILED && span_is_none(*why_not))
        *why_not = map->why_not;
    return map->state == MADE_DONE;
}

/* ---- set and if ---- */

static bool compile_test(const struct place *p, struct nginx_test *test)
{
    static const struct {
        const char *sign;
        enum op_kind kind;
        bool inverted, any_case;
    } signs[] = {
        { "=", OP_EQUAL, false, false },   { "!=", OP_EQUAL, true, false },
        { "~", OP_MATCHES, false, false }, { "~*", OP_MATCHES, false, true },
        { "!~", OP_MATCHES, true, false }, { "!~*", OP_MATCHES, true, true },
    };
    struct made_op *op = &test->made;
    op->kind = OP_TRUTHY;
    size_t i = 0;
    while (test->len == 3 && i < sizeof signs / sizeof *signs &&
           !span_eq(test->words[1].text, span_of(signs[i].sign)))
        i++;
    if (!span_starts(test->words[0].text, SPAN("$")) ||
        (test->len != 1 && (test->len != 3 || i == sizeof signs / sizeof *signs)))
        return refuse(p, arena_printf(p->v->arena, "line %zu: an if of a kind that is not followed",
                                      test->line));
    if (!compile_text(p, test->words[0].text, &op->text))
        return false;
    if (test->len == 1)
        return true;
    op->kind = signs[i].kind;
    op->inverted = signs[i].inverted;
    if (op->kind == OP_EQUAL)
        return compile_text(p, test->words[2].text, &op->value);
    op->pattern = compile_pattern(p, &test->words[2], 0, signs[i].any_case);
    return op->pattern;
}

static bool ready_test(struct nginx_variables *v, struct nginx_test *test, struct span *why_not)
{
    struct place p = { v, NULL, &test->uses, 0, &test->why_not };
    if (test->state == MADE_NOT_YET)
        test->state = test->len && compile_test(&p, test) ? MADE_DONE : MADE_FAILED;
    if (test->state == MADE_FAILED && !test->len)
        refuse(&p, arena_printf(v->arena, "line %zu: an if of a kind that is not followed",
                                test->line));
    if (test->state == MADE_FAILED)
        *why_not = test->why_not;
    return test->state == MADE_DONE;
}

static bool ready_set(struct nginx_variables *v, struct nginx_set *set, struct span *why_not)
{
    struct place p = { v, NULL, &set->uses, 0, &set->why_not };
    if (set->test >= 0) {
        struct nginx_test *test = &v->tests[set->test];
        if (!ready_test(v, test, why_not))
            return false;
        if (!test->made.inverted)
            p.pattern = test->made.pattern;
    }
    if (set->state == MADE_NOT_YET)
        set->state = compile_text(&p, set->value.text, &set->made) ? MADE_DONE : MADE_FAILED;
    if (set->state == MADE_FAILED)
        *why_not = set->why_not;
    return set->state == MADE_DONE;
}

/* ---- all that one text is made of ---- */

struct gathering {
    struct nginx_variables *v;
    uint32_t block; /* where the text is used */
    struct slot_set uses;
    struct nginx_set **sets; /* in the order nginx takes them, once sorted */
    size_t len, cap;
    struct span *why_not;
};

static bool uses_slot(const struct slot_set *uses, unsigned slot)
{
    return uses->bits[slot / 64] >> (slot % 64) & 1;
}

/* One round over the file's sets; *ret_more: what came needs more. */
static bool gather_sets(struct gathering *g, bool *ret_more)
{
    struct nginx_variables *v = g->v;
    *ret_more = false;
    for (size_t i = 0; i < v->set_len; i++) {
        struct nginx_set *set = &v->sets[i];
        if (set->seen_by == v->made || !uses_slot(&g->uses, set->slot))
            continue;
        set->seen_by = v->made;
        if (!nginx_blocks_on_one_chain(v, set->block, g->block))
            continue;
        if (!ready_set(v, set, g->why_not))
            return false;
        g->sets = draft_grown(v->arena, g->sets, g->len, &g->cap, sizeof *g->sets);
        g->sets[g->len++] = set;
        add_uses(&g->uses, &set->uses);
        if (set->test >= 0)
            add_uses(&g->uses, &v->tests[set->test].uses);
        *ret_more = true;
    }
    return true;
}

/* The outer blocks' sets come first, and each block's as they stand. */
static void sort_sets(struct gathering *g)
{
    for (size_t i = 1; i < g->len; i++) {
        struct nginx_set *set = g->sets[i];
        uint32_t depth = g->v->blocks[set->block].depth;
        size_t at = i;
        for (; at; at--) {
            const struct nginx_set *before = g->sets[at - 1];
            uint32_t other = g->v->blocks[before->block].depth;
            if (other < depth || (other == depth && before < set))
                break;
            g->sets[at] = g->sets[at - 1];
        }
        g->sets[at] = set;
    }
}

static bool check_sets(const struct gathering *g)
{
    struct nginx_variables *v = g->v;
    for (size_t i = 1; i < g->len; i++) {
        if (nginx_blocks_on_one_chain(v, g->sets[i - 1]->block, g->sets[i]->block))
            continue;
        *g->why_not = arena_printf(v->arena,
                                   "lines %zu and %zu set $%.*s in blocks side by side; give the "
                                   "configuration of one of them",
                                   g->sets[i - 1]->value.line, g->sets[i]->value.line,
                                   SPAN_ARG(span_head(v->slots[g->sets[i]->slot], 60)));
        return false;
    }
    if (g->len && v->break_line) {
        *g->why_not =
            arena_printf(v->arena, "line %zu: behind a break no set counts", v->break_line);
        return false;
    }
    return true;
}

static void put_ops(const struct gathering *g, struct key_made *made)
{
    struct made_op *ops = arena_calloc(g->v->arena, 2 * g->len + 1, sizeof *ops);
    int test = -1;
    for (size_t i = 0; i < g->len; i++) {
        const struct nginx_set *set = g->sets[i];
        if (set->test >= 0 && set->test != test)
            ops[made->op_count++] = g->v->tests[set->test].made;
        test = set->test;
        ops[made->op_count++] = (struct made_op){ .kind = test >= 0 ? OP_SET_IF : OP_SET,
                                                  .slot = set->slot,
                                                  .value = set->made };
    }
    made->ops = ops;
    made->slots = g->v->slot_len;
}

static const struct key_made *make(struct nginx_variables *v, struct made_memo *memo)
{
    struct gathering g = { .v = v, .block = memo->block, .why_not = &memo->why_not };
    struct key_made *made = arena_calloc(v->arena, 1, sizeof *made);
    const struct place p = { v, NULL, &g.uses, 0, &memo->why_not };
    bool more = true;
    if (!compile_text(&p, memo->text, &made->text))
        return NULL;
    while (more)
        if (!gather_sets(&g, &more))
            return NULL;
    sort_sets(&g);
    if (!check_sets(&g))
        return NULL;
    put_ops(&g, made);
    return made;
}

const struct key_made *nginx_made_of(struct nginx_variables *v, const struct nginx_word *text,
                                     uint32_t block, struct span *ret_why_not)
{
    size_t i = 0;
    *ret_why_not = SPAN("the file has more maps, sets and conditions than are followed");
    while (i < v->made && (v->memo[i].block != block || !span_eq(v->memo[i].text, text->text)))
        i++;
    if (v->overflows || i == MADE_MAX)
        return NULL;
    if (i == v->made) {
        v->memo = draft_grown(v->arena, v->memo, i, &v->memo_cap, sizeof *v->memo);
        v->memo[i] = (struct made_memo){ .text = text->text, .block = block };
        v->made++;
        v->memo[i].made = make(v, &v->memo[i]);
    }
    *ret_why_not = v->memo[i].why_not;
    return v->memo[i].made;
}
