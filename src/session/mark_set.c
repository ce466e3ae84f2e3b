/*
 * A trie of all marks, walked from where a word begins. Marks begin where words do, so
 * this needs no failure links; and a walk is no longer than a mark, so that no text makes
 * it slow.
 */
#include "rehearse/session/mark_set.h"

#include <stdlib.h>

#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "text_words.h"

/* About 40 bytes each: of ten thousand members' marks, some hundred thousand. */
enum { NODES_MAX = 2000000 };

struct node {
    uint32_t mark; /* plus 1; 0: none ends here */
};

struct mark_set {
    struct arena arena;
    struct mark *marks; /* owned */
    size_t count, cap;
    struct node *nodes; /* owned; 0 is the root */
    size_t node_count, node_cap;
    struct map steps;         /* node and byte -> node */
    uint8_t pairs[65536 / 8]; /* the first two bytes of all marks, folded */
    uint8_t kinds[256];       /* of bytes */
};

struct mark_set *mark_set_new(void)
{
    struct mark_set *set = xcalloc(1, sizeof *set);
    set->arena = (struct arena)ARENA_INIT;
    fill_byte_kinds(set->kinds);
    set->nodes = array_room(NULL, &set->node_cap, 1, sizeof *set->nodes);
    set->nodes[set->node_count++] = (struct node){ 0 };
    return set;
}

void mark_set_free(struct mark_set *set)
{
    if (!set)
        return;
    map_release(&set->steps);
    free(set->nodes);
    free(set->marks);
    arena_release(&set->arena);
    free(set);
}

size_t mark_set_count(const struct mark_set *set)
{
    return set->count;
}

const struct mark *mark_set_at(const struct mark_set *set, size_t number)
{
    return &set->marks[number];
}

/* ---- adding ---- */

/* What accounts are called that are nobody's in particular. */
static bool is_ordinary(struct span text)
{
    static const struct span words[] = {
        { "account", 7 },   { "accounts", 8 }, { "admin", 5 },       { "administrator", 13 },
        { "anonymous", 9 }, { "buyer", 5 },    { "client", 6 },      { "customer", 8 },
        { "default", 7 },   { "example", 7 },  { "guest", 5 },       { "login", 5 },
        { "manager", 7 },   { "member", 6 },   { "members", 7 },     { "office", 6 },
        { "person", 6 },    { "private", 7 },  { "production", 10 }, { "profile", 7 },
        { "public", 6 },    { "shopper", 7 },  { "staff", 5 },       { "staging", 7 },
        { "support", 7 },   { "system", 6 },   { "tester", 6 },      { "testing", 7 },
        { "unknown", 7 },   { "username", 8 }, { "visitor", 7 },     { "webmaster", 9 },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_ieq(text, words[i]))
            return true;
    return false;
}

static bool is_one_word_of_letters(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!char_is_alpha(text.ptr[i]) && (unsigned char)text.ptr[i] < 0x80)
            return false;
    return true;
}

/* Marks are looked for where words begin and end. */
static struct span without_edges(struct span text)
{
    while (text.len && !is_word_byte(text.ptr[0]))
        text = span_from(text, 1);
    while (text.len && !is_word_byte(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool is_kind(const char *kind, const char *word)
{
    return strcmp(kind, word) == 0;
}

static bool is_short_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!char_is_digit(text.ptr[i]))
            return false;
    return text.len < MARK_SHORTEST_NUMBER;
}

/* "Young" and "Brown" are in any catalogue. */
static bool says_nothing(const char *kind, struct span text)
{
    return text.len < MARK_SHORTEST || is_short_number(text) || is_ordinary(text) ||
           (is_kind(kind, "name") && is_one_word_of_letters(text)) ||
           (is_kind(kind, "address") && is_one_word_of_letters(text));
}

static uint64_t step_key(uint32_t node, unsigned char byte)
{
    return ((uint64_t)node << 8 | byte) + 1;
}

static void remember_pair(struct mark_set *set, struct span text)
{
    unsigned pair = (unsigned)(unsigned char)char_lower(text.ptr[0]) << 8 |
                    (unsigned char)char_lower(text.ptr[1]);
    set->pairs[pair / 8] |= (uint8_t)(1u << pair % 8);
}

/* The node where `text` ends, made if need be. */
static uint32_t grow(struct mark_set *set, struct span text)
{
    uint32_t node = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool fresh;
        uint64_t *next =
            map_put(&set->steps, step_key(node, (unsigned char)char_lower(text.ptr[i])),
                    set->node_count, &fresh);
        if (fresh) {
            set->nodes =
                array_room(set->nodes, &set->node_cap, set->node_count + 1, sizeof *set->nodes);
            set->nodes[set->node_count++] = (struct node){ 0 };
        }
        node = (uint32_t)*next;
    }
    return node;
}

bool mark_set_add(struct mark_set *set, uint32_t owner, const char *kind, struct span text)
{
    text = without_edges(span_head(text, MARK_LONGEST));
    if (says_nothing(kind, text) || set->node_count + text.len > NODES_MAX)
        return false;
    uint32_t node = grow(set, text);
    if (set->nodes[node].mark) {
        struct mark *twin = &set->marks[set->nodes[node].mark - 1];
        twin->shared |= twin->owner != owner;
        return false;
    }
    remember_pair(set, text);
    set->marks = array_room(set->marks, &set->cap, set->count + 1, sizeof *set->marks);
    set->marks[set->count++] = (struct mark){ owner, kind, arena_copy(&set->arena, text), false };
    set->nodes[node].mark = (uint32_t)set->count;
    return true;
}

/* ---- finding ---- */

struct decoded {
    unsigned char bytes[4];
    unsigned len;
    size_t taken; /* of the text */
};

static struct decoded one_byte(unsigned char byte, size_t taken)
{
    return (struct decoded){ { byte }, 1, taken };
}

static struct decoded code_point(uint32_t code, size_t taken)
{
    struct decoded d = { .taken = taken };
    if (code < 0x80)
        return one_byte((unsigned char)code, taken);
    if (code < 0x800) {
        d.bytes[d.len++] = (unsigned char)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        d.bytes[d.len++] = (unsigned char)(0xe0 | code >> 12);
        d.bytes[d.len++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
    } else {
        d.bytes[d.len++] = (unsigned char)(0xf0 | (code >> 18 & 7));
        d.bytes[d.len++] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
        d.bytes[d.len++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
    }
    d.bytes[d.len++] = (unsigned char)(0x80 | (code & 0x3f));
    return d;
}

/* "&#64;", "&#x40;", "&amp;"; taken 0: none. */
static struct decoded entity(const char *at, const char *end)
{
    static const struct {
        struct span text;
        char byte;
    } named[] = { { { "&amp;", 5 }, '&' },   { { "&quot;", 6 }, '"' }, { { "&apos;", 6 }, '\'' },
                  { { "&lt;", 4 }, '<' },    { { "&gt;", 4 }, '>' },   { { "&nbsp;", 6 }, ' ' },
                  { { "&commat;", 8 }, '@' } };
    struct span text = span_make(at, (size_t)(end - at));
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (span_starts(text, named[i].text))
            return one_byte((unsigned char)named[i].byte, named[i].text.len);
    if (text.len < 4 || text.ptr[1] != '#')
        return (struct decoded){ .taken = 0 };
    bool hex = char_lower(text.ptr[2]) == 'x';
    uint32_t code = 0;
    size_t i = hex ? 3 : 2, first = i;
    for (; i < text.len && i < first + 7; i++) {
        int digit = hex                          ? char_hex(text.ptr[i])
                    : char_is_digit(text.ptr[i]) ? text.ptr[i] - '0'
                                                 : -1;
        if (digit < 0)
            break;
        code = code * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == first || i == text.len || text.ptr[i] != ';' || code > 0x10ffff)
        return (struct decoded){ .taken = 0 };
    return code_point(code, i + 1);
}

static struct decoded decode(const char *at, const char *end)
{
    struct decoded d = { .taken = 0 };
    size_t length = escape_length(at, end);
    if (*at == '&')
        d = entity(at, end);
    else if (length == 3)
        d = one_byte((unsigned char)(char_hex(at[1]) << 4 | char_hex(at[2])), 3);
    else if (length == 6)
        d = code_point((uint32_t)(char_hex(at[2]) << 12 | char_hex(at[3]) << 8 |
                                  char_hex(at[4]) << 4 | char_hex(at[5])),
                       6);
    else if (length == 2 && (at[1] == '/' || at[1] == '"' || at[1] == '\''))
        d = one_byte((unsigned char)at[1], 2);
    return d.taken ? d : one_byte((unsigned char)char_lower(*at), 1);
}

static const uint64_t *step(const struct mark_set *set, uint32_t node, unsigned char byte)
{
    return map_get(&set->steps, step_key(node, (unsigned char)char_lower((char)byte)));
}

static bool ends_word(const char *at, const char *end)
{
    return at == end || !is_word_byte(*at);
}

/* The marks that begin here. */
static bool walk(const struct mark_set *set, const char *at, const char *end, mark_found_fn *fn,
                 void *ctx)
{
    uint32_t node = 0;
    while (at < end) {
        struct decoded d = decode(at, end);
        for (unsigned i = 0; i < d.len; i++) {
            const uint64_t *next = step(set, node, d.bytes[i]);
            if (!next && *at == '+')
                next = step(set, node, ' ');
            if (!next)
                return true;
            node = (uint32_t)*next;
        }
        at += d.taken;
        uint32_t mark = set->nodes[node].mark;
        if (mark && !set->marks[mark - 1].shared && ends_word(at, end) && !fn(ctx, mark - 1))
            return false;
    }
    return true;
}

/* Most words begin no mark: their first two bytes say so. Escapes are decoded by the walk. */
static bool may_begin(const struct mark_set *set, const char *at, const char *end)
{
    if (end - at < 2)
        return false;
    if (*at == '%' || *at == '\\' || *at == '&' || at[1] == '%' || at[1] == '\\' || at[1] == '&')
        return true;
    unsigned pair =
        (unsigned)(unsigned char)char_lower(at[0]) << 8 | (unsigned char)char_lower(at[1]);
    return set->pairs[pair / 8] >> pair % 8 & 1;
}

void mark_set_find(const struct mark_set *set, struct span text, mark_found_fn *fn, void *ctx)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool begins = true;
    if (set->count == 0)
        return;
    while (at < end) {
        uint8_t kind = set->kinds[(unsigned char)*at];
        bool here = kind == BYTE_ESCAPE || (kind == BYTE_WORD && begins);
        if (here && may_begin(set, at, end) && !walk(set, at, end, fn, ctx))
            return;
        begins = kind != BYTE_WORD;
        if (kind == BYTE_ESCAPE) {
            size_t escape = escape_length(at, end);
            at += escape ? escape : 1;
            continue;
        }
        for (at++; kind == BYTE_WORD && at < end && set->kinds[(unsigned char)*at] == kind; at++)
            ;
    }
}

/* ---- accounts ---- */

static const char *kind_of_column(struct span name)
{
    static const struct {
        const char *column, *kind;
    } columns[] = {
        { "username", "user name" },
        { "user", "user name" },
        { "login", "user name" },
        { "nickname", "user name" },
        { "email", "e-mail address" },
        { "e-mail", "e-mail address" },
        { "e_mail", "e-mail address" },
        { "mail", "e-mail address" },
        { "email_address", "e-mail address" },
        { "name", "name" },
        { "full_name", "name" },
        { "fullname", "name" },
        { "display_name", "name" },
        { "first_name", "name" },
        { "firstname", "name" },
        { "last_name", "name" },
        { "lastname", "name" },
        { "surname", "name" },
        { "company", "name" },
        { "phone", "phone number" },
        { "phone_number", "phone number" },
        { "mobile", "phone number" },
        { "telephone", "phone number" },
        { "tel", "phone number" },
        { "address", "address" },
        { "street", "address" },
        { "customer_id", "customer number" },
        { "customer_number", "customer number" },
        { "customer", "customer number" },
        { "user_id", "customer number" },
        { "account_id", "customer number" },
        { "member_id", "customer number" },
        { "loyalty_number", "customer number" },
        { "iban", "bank account" },
        { "vat_id", "tax number" },
        { "tax_id", "tax number" },
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (span_ieq(name, span_of(columns[i].column)))
            return columns[i].kind;
    return NULL;
}

void mark_set_add_accounts(struct mark_set *set, const struct identity_pool *pool)
{
    for (size_t i = 0; i < identity_pool_size(pool) && i < UINT32_MAX; i++)
        for (size_t column = 0; column < identity_pool_columns(pool); column++) {
            const char *kind = kind_of_column(identity_pool_column(pool, column));
            if (kind)
                mark_set_add(set, (uint32_t)i, kind, identity_pool_value(pool, i, column));
        }
}
