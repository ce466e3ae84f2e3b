#include "nginx_variables.h"

enum { PLAIN_DEPTH_MAX = 16, PLAIN_SETS_MAX = 200 };

void nginx_variables_start(struct nginx_variables *v, struct arena *arena)
{
    *v = (struct nginx_variables){ .arena = arena, .open_map = -1 };
    v->blocks = draft_grown(arena, NULL, 0, &v->block_cap, sizeof *v->blocks);
    v->blocks[v->block_len++] = (struct nginx_block){ .parent = 0 }; /* the file itself */
}

/* ---- blocks ---- */

uint32_t nginx_block_now(const struct nginx_variables *v)
{
    const struct nginx_block *block = &v->blocks[v->block];
    return block->is_if ? block->parent : v->block;
}

uint32_t nginx_block_around(const struct nginx_variables *v, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (v->blocks[a].depth > v->blocks[b].depth)
            a = v->blocks[a].parent;
        else
            b = v->blocks[b].parent;
    }
    return a;
}

bool nginx_blocks_on_one_chain(const struct nginx_variables *v, uint32_t a, uint32_t b)
{
    uint32_t around = nginx_block_around(v, a, b);
    return around == a || around == b;
}

/* ---- map ---- */

static struct span variable_name(struct span word)
{
    return span_starts(word, SPAN("$")) ? span_from(word, 1) : SPAN_NONE;
}

/* Past the room there is, nothing of the file is followed; what no key needs may still be there. */
static bool has_room(struct nginx_variables *v, size_t len, size_t max)
{
    v->overflows |= len >= max;
    return len < max;
}

static void open_map(struct nginx_variables *v, const struct nginx_word *words, size_t len)
{
    if (!has_room(v, v->map_len, MAPS_MAX))
        return;
    v->maps = draft_grown(v->arena, v->maps, v->map_len, &v->map_cap, sizeof *v->maps);
    struct nginx_map *map = &v->maps[v->map_len];
    *map = (struct nginx_map){ .source = words[1] };
    if (len == 3)
        map->variable = variable_name(words[2].text);
    v->open_map = (int)v->map_len++;
}

static void add_map_line(struct nginx_variables *v, const struct nginx_word *words, size_t len)
{
    struct nginx_map *map = &v->maps[v->open_map];
    if (len == 1 && span_eq(words[0].text, SPAN("volatile")))
        return; /* asked anew each time, as everything is here */
    if (len == 1 && span_eq(words[0].text, SPAN("hostnames"))) {
        map->hostnames = true;
        return;
    }
    if (len != 2 || span_eq(words[0].text, SPAN("include"))) {
        map->why_not = arena_printf(v->arena, "line %zu: %s", words[0].line,
                                    len == 2 ? "the map includes a file"
                                             : "a line of a map with more or less than two words");
        return;
    }
    if (!has_room(v, v->lines++, KEY_SOURCE_ITEMS_MAX))
        return;
    map->lines = draft_grown(v->arena, map->lines, map->len, &map->cap, sizeof *map->lines);
    map->lines[map->len++] = (struct map_line){ words[0], words[1] };
}

/* ---- if ---- */

/* Its condition without the parentheses, as ngx_http_rewrite_if_condition takes it. */
static void take_condition(struct nginx_test *test, const struct nginx_word *words, size_t len)
{
    enum { PARTS = sizeof test->words / sizeof *test->words };
    size_t parts = 0;
    if (!span_starts(words[1].text, SPAN("(")) || !span_ends(words[len - 1].text, SPAN(")")))
        return;
    for (size_t i = 1; i < len; i++) {
        struct nginx_word word = words[i];
        if (i == 1) {
            word.text = span_from(word.text, 1);
            word.column++;
        }
        if (i + 1 == len && word.text.len)
            word.text.len--;
        if (!word.text.len && (i == 1 || i + 1 == len)) /* a parenthesis by itself */
            continue;
        if (parts == PARTS)
            return;
        test->words[parts++] = word;
    }
    test->len = parts;
}

static void open_if(struct nginx_variables *v, const struct nginx_word *words, size_t len)
{
    if (!has_room(v, v->test_len, SETS_MAX))
        return;
    v->tests = draft_grown(v->arena, v->tests, v->test_len, &v->test_cap, sizeof *v->tests);
    struct nginx_test *test = &v->tests[v->test_len++];
    *test = (struct nginx_test){ .line = words[0].line };
    if (len > 1)
        take_condition(test, words, len);
}

void nginx_block_opens(struct nginx_variables *v, const struct nginx_word *words, size_t len)
{
    bool is_if = len && span_eq(words[0].text, SPAN("if"));
    v->open_map = -1;
    if (v->unnoted || !has_room(v, v->block_len, BLOCKS_MAX)) {
        v->unnoted++;
        return;
    }
    v->blocks = draft_grown(v->arena, v->blocks, v->block_len, &v->block_cap, sizeof *v->blocks);
    v->blocks[v->block_len] =
        (struct nginx_block){ v->block, v->blocks[v->block].depth + 1, is_if };
    v->block = (uint32_t)v->block_len++;
    if (is_if)
        open_if(v, words, len);
    else if (len > 1 && span_eq(words[0].text, SPAN("map")))
        open_map(v, words, len);
}

void nginx_block_closes(struct nginx_variables *v)
{
    v->open_map = -1;
    if (v->unnoted)
        v->unnoted--;
    else
        v->block = v->blocks[v->block].parent;
}

/* ---- set ---- */

unsigned nginx_slot_of(const struct nginx_variables *v, struct span variable)
{
    unsigned i = 0;
    while (i < v->slot_len && !span_eq(v->slots[i], variable))
        i++;
    return i < v->slot_len ? i : MADE_SLOTS_MAX;
}

static void add_set(struct nginx_variables *v, const struct nginx_word *words)
{
    struct span variable = variable_name(words[1].text);
    unsigned slot = nginx_slot_of(v, variable);
    if (!variable.len || nginx_has_variable(variable) || !has_room(v, v->set_len, SETS_MAX))
        return;
    if (slot == MADE_SLOTS_MAX) {
        if (!has_room(v, v->slot_len, MADE_SLOTS_MAX))
            return;
        slot = v->slot_len++;
        v->slots[slot] = variable;
    }
    v->sets = draft_grown(v->arena, v->sets, v->set_len, &v->set_cap, sizeof *v->sets);
    v->sets[v->set_len++] =
        (struct nginx_set){ .slot = slot,
                            .value = words[2],
                            .block = nginx_block_now(v),
                            .test = v->blocks[v->block].is_if ? (int)v->test_len - 1 : -1 };
}

void nginx_variables_directive(struct nginx_variables *v, const struct nginx_word *words,
                               size_t len)
{
    if (v->open_map >= 0)
        add_map_line(v, words, len);
    else if (len == 1 && !v->break_line && span_eq(words[0].text, SPAN("break")))
        v->break_line = words[0].line;
    else if (len == 3 && span_eq(words[0].text, SPAN("set")))
        add_set(v, words);
}

/* ---- what is the same in every request ---- */

/* How far a plain set is looked for: sets made of sets, each of which may be made of two. */
struct plain_search {
    const struct nginx_variables *v;
    uint32_t block;
    unsigned depth, left;
};

static const struct nginx_set *plain_set(struct plain_search *search, unsigned slot, size_t order);

/* Are all set variables in it plain themselves, as they stand before it? */
static bool is_plain(struct plain_search *search, const struct nginx_set *set)
{
    size_t order = (size_t)(set - search->v->sets), at = 0;
    struct nginx_piece piece;
    if (search->depth == PLAIN_DEPTH_MAX)
        return false;
    search->depth++;
    bool plain = true;
    while (plain && nginx_piece_next(set->value.text, &at, &piece)) {
        unsigned slot = piece.is_variable ? nginx_slot_of(search->v, piece.text) : MADE_SLOTS_MAX;
        plain = slot == MADE_SLOTS_MAX || plain_set(search, slot, order);
    }
    search->depth--;
    return plain;
}

static const struct nginx_set *plain_set(struct plain_search *search, unsigned slot, size_t order)
{
    const struct nginx_variables *v = search->v;
    const struct nginx_set *found = NULL;
    if (!search->left--) {
        search->left = 0;
        return NULL;
    }
    for (size_t i = 0; i < v->set_len; i++) {
        const struct nginx_set *set = &v->sets[i];
        if (set->slot != slot || !nginx_blocks_on_one_chain(v, set->block, search->block))
            continue;
        if (found || set->test >= 0 || i >= order)
            return NULL;
        found = set;
    }
    return found && is_plain(search, found) ? found : NULL;
}

const struct nginx_word *nginx_plain_set(const struct nginx_variables *v, struct span variable,
                                         uint32_t block, size_t order, size_t *ret_order)
{
    struct plain_search search = { .v = v, .block = block, .left = PLAIN_SETS_MAX };
    unsigned slot = nginx_slot_of(v, variable);
    if (slot == MADE_SLOTS_MAX || v->break_line || v->overflows)
        return NULL;
    const struct nginx_set *set = plain_set(&search, slot, order);
    if (set)
        *ret_order = (size_t)(set - v->sets);
    return set ? &set->value : NULL;
}
