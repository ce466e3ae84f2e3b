/*
 * Names to meanings. A log line has sixty members of which a dozen matter, so
 * passing one over must cost next to nothing: a slot is told by length and three
 * bytes of the name.
 */
#include "json_lines.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/base/text.h"

enum { SLOT_BITS = 9, SLOTS = 1 << SLOT_BITS, NODES_MAX = 256, DEPTH_MAX = 8 };

static size_t slot_of(struct span name)
{
    if (name.len == 0)
        return 0;
    uint32_t h = (uint32_t)name.len;
    h |= (uint32_t)(unsigned char)name.ptr[0] << 8;
    h ^= (uint32_t)(unsigned char)name.ptr[name.len / 2] << 16;
    h ^= (uint32_t)(unsigned char)name.ptr[name.len - 1] << 24;
    return h * 0x9e3779b1u >>
           (32 - SLOT_BITS); /* Fibonacci hashing: the high bits are the mixed ones */
}

static struct json_node *find_exact(const struct json_level *level, struct span name)
{
    for (size_t at = slot_of(name); level->slots[at]; at = (at + 1) & (SLOTS - 1)) {
        struct json_node *node = &level->nodes[level->slots[at] - 1];
        if (span_eq(node->name, name))
            return node;
    }
    return NULL;
}

const struct json_node *json_level_find(const struct json_level *level, struct span name,
                                        struct span *ret_rest)
{
    const struct json_node *node = find_exact(level, name);
    *ret_rest = SPAN_NONE;
    for (size_t i = 0; !node && i < level->prefixes_len; i++)
        if (span_starts(name, level->prefixes[i].name)) {
            node = &level->prefixes[i];
            *ret_rest = span_from(name, node->name.len);
        }
    return node;
}

void json_level_free(struct json_level *level)
{
    if (!level)
        return;
    for (size_t i = 0; i < level->len; i++)
        json_level_free(level->nodes[i].inner);
    free(level->nodes);
    free(level->prefixes);
    free(level);
}

static int add_node(struct json_level *level, struct span name, struct json_node **ret,
                    struct err *err)
{
    struct json_node *node = find_exact(level, name);
    if (!node) {
        if (level->len == NODES_MAX)
            return err_set(err, E_LIMIT, "field map: more than %d names", NODES_MAX);
        level->nodes = array_room(level->nodes, &level->cap, level->len + 1, sizeof *level->nodes);
        node = &level->nodes[level->len++];
        *node = (struct json_node){ .name = name };
        size_t at = slot_of(name);
        while (level->slots[at])
            at = (at + 1) & (SLOTS - 1);
        level->slots[at] = (uint16_t)level->len;
    }
    *ret = node;
    return 0;
}

static void add_prefix(struct json_level *level, struct span name, const struct meaning *meaning)
{
    level->prefixes = array_room(level->prefixes, &level->prefixes_cap, level->prefixes_len + 1,
                                 sizeof *level->prefixes);
    level->prefixes[level->prefixes_len++] = (struct json_node){
        .name = span_head(name, name.len - 1),
        .meaning = *meaning,
    };
}

/* The first name of a path; the rest is none behind the last one. "\." belongs to the name. */
static struct span cut_name(struct span *path)
{
    struct span whole = *path;
    for (size_t i = 0; i < whole.len; i++) {
        if (whole.ptr[i] == '.' && (i == 0 || whole.ptr[i - 1] != '\\')) {
            *path = span_from(whole, i + 1);
            return span_head(whole, i);
        }
    }
    *path = SPAN_NONE;
    return whole;
}

int json_level_add(struct json_level *level, struct span path, const struct meaning *meaning,
                   struct err *err)
{
    for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
        struct json_node *node = NULL;
        struct span name = cut_name(&path);
        if (name.len == 0)
            return err_set(err, E_USAGE, "field map: an empty name in a path");
        if (span_is_none(path) && name.ptr[name.len - 1] == '*') {
            add_prefix(level, name, meaning);
            return 0;
        }
        int rc = add_node(level, name, &node, err);
        if (rc < 0)
            return rc;
        if (span_is_none(path)) {
            node->meaning = *meaning;
            return 0;
        }
        if (!node->inner)
            node->inner = xcalloc(1, sizeof *node->inner);
        level = node->inner;
    }
    return err_set(err, E_LIMIT, "field map: a path is more than %d names deep", DEPTH_MAX);
}

/* ---- the user's map ---- */

static const struct {
    const char *name;
    struct meaning meaning;
} role_names[] = {
    { "time", JSON_ROLE(ROLE_TIME) },
    { "start", JSON_ROLE(ROLE_START) },
    { "end", JSON_ROLE(ROLE_END) },
    { "client", JSON_ROLE(ROLE_CLIENT) },
    { "user", JSON_ROLE(ROLE_USER) },
    { "request", JSON_ROLE(ROLE_REQUEST_LINE) },
    { "method", JSON_ROLE(ROLE_METHOD) },
    { "scheme", JSON_ROLE(ROLE_SCHEME) },
    { "host", JSON_ROLE(ROLE_AUTHORITY) },
    { "url", JSON_ROLE(ROLE_URL) },
    { "target", JSON_ROLE(ROLE_TARGET) },
    { "path", JSON_ROLE(ROLE_PATH) },
    { "query", JSON_ROLE(ROLE_QUERY) },
    { "version", JSON_ROLE(ROLE_VERSION) },
    { "status", JSON_ROLE(ROLE_STATUS) },
    { "bytes", JSON_ROLE(ROLE_RESPONSE_BYTES) },
    { "body", JSON_ROLE(ROLE_REQUEST_BODY) },
    { "duration", JSON_TIME(ROLE_DURATION, UNIT_S) },
    { "duration_s", JSON_TIME(ROLE_DURATION, UNIT_S) },
    { "duration_ms", JSON_TIME(ROLE_DURATION, UNIT_MS) },
    { "duration_us", JSON_TIME(ROLE_DURATION, UNIT_US) },
    { "duration_ns", JSON_TIME(ROLE_DURATION, UNIT_NS) },
    { "cache", JSON_ROLE(ROLE_CACHE) },
    { "request_headers", JSON_ROLE(ROLE_REQUEST_FIELDS) },
    { "response_headers", JSON_ROLE(ROLE_RESPONSE_FIELDS) },
    { "cookies", JSON_ROLE(ROLE_REQUEST_COOKIES) },
};

static bool named_role(struct span name, struct meaning *ret)
{
    static const struct {
        struct span prefix;
        enum role role;
    } prefixes[] = {
        { { "request.", 8 }, ROLE_REQUEST_FIELD },
        { { "response.", 9 }, ROLE_RESPONSE_FIELD },
        { { "cookie.", 7 }, ROLE_REQUEST_COOKIE },
    };
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
        if (span_eq(name, span_of(role_names[i].name))) {
            *ret = role_names[i].meaning;
            return true;
        }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (span_starts(name, prefixes[i].prefix) && name.len > prefixes[i].prefix.len) {
            *ret = (struct meaning){ .role = prefixes[i].role,
                                     .name = span_from(name, prefixes[i].prefix.len) };
            return true;
        }
    return false;
}

static int unknown_role(struct span name, size_t column, struct err *err)
{
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf found = STRBUF_INIT;
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
        strbuf_addf(&words, "%s, ", role_names[i].name);
    text_add_printable(&found, name, 40);
    return err_set(err, E_USAGE,
                   "field map, column %zu: found \"%s\", expected one of %srequest.NAME, "
                   "response.NAME, cookie.NAME",
                   column, found.buf, words.buf);
}

int json_level_add_map(struct json_level *level, struct span map, struct err *err)
{
    struct span rest = map;
    while (!span_is_none(rest)) {
        struct meaning meaning;
        struct span path = span_cut(&rest, ',');
        size_t column = (size_t)(path.ptr - map.ptr) + 1;
        struct span name = span_trim(span_cut(&path, '='));
        if (span_is_none(path))
            return err_set(err, E_USAGE,
                           "field map, column %zu: expected role=path, such as "
                           "status=http.status_code",
                           column);
        if (!named_role(name, &meaning))
            return unknown_role(name, column, err);
        int rc = json_level_add(level, span_trim(path), &meaning, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
