/*
 * Known secrets looked for in bytes. Of each way to write one, the first eight bytes
 * find it and a hash of the whole makes sure: so the texts themselves are not kept,
 * and a million of them cost no more time per byte than one.
 */
#include <sodium.h>
#include <stdlib.h>

#include "csv.h"
#include "rehearse/base/file.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/url.h"
#include "rehearse/session/secret_signs.h"

enum {
    FRONT = 8,
    FILTER_BITS = 1u << 22, /* most places of a text are told by one look at it */
    LONGEST = 65536,
    ACCOUNTS_MAX = 64 * 1024 * 1024,
};

enum way { AS_IS, URL_ENCODED, BASE64, BACKWARDS, WAYS };

static const char *const way_names[WAYS] = {
    [AS_IS] = "as it is",
    [URL_ENCODED] = "URL-encoded",
    [BASE64] = "in base64",
    [BACKWARDS] = "backwards",
};

struct needle {
    uint64_t hash;
    uint32_t len;
    uint32_t next; /* of the same front, + 1 */
    enum way way;
};

struct needles {
    struct map fronts; /* of eight bytes, + 1 into `at` */
    struct needle *at; /* owned */
    size_t len, cap;
    size_t count, too_short;
    uint8_t filter[FILTER_BITS / 8];
};

struct needles *needles_new(void)
{
    struct needles *n = xcalloc(1, sizeof *n);
    n->fronts = (struct map)MAP_INIT;
    return n;
}

void needles_free(struct needles *n)
{
    if (!n)
        return;
    map_release(&n->fronts);
    free(n->at);
    free(n);
}

size_t needles_count(const struct needles *n)
{
    return n->count;
}

size_t needles_too_short(const struct needles *n)
{
    return n->too_short;
}

static uint64_t front_of(const char *at)
{
    uint64_t front;
    memcpy(&front, at, sizeof front);
    return front;
}

static uint32_t filter_bit(uint64_t front)
{
    return (uint32_t)((front * 0x9e3779b97f4a7c15u) >> 42) & (FILTER_BITS - 1);
}

static bool add_text(struct needles *n, struct span text, enum way way)
{
    if (text.len < FRONT || text.len > LONGEST)
        return false;
    uint64_t front = front_of(text.ptr), hash = hash64(text);
    uint64_t *first = map_put(&n->fronts, front, 0, NULL);
    for (uint64_t i = *first; i; i = n->at[i - 1].next)
        if (n->at[i - 1].hash == hash && n->at[i - 1].len == text.len)
            return false;
    n->at = array_room(n->at, &n->cap, n->len + 1, sizeof *n->at);
    n->at[n->len++] = (struct needle){ hash, (uint32_t)text.len, (uint32_t)*first, way };
    *first = n->len;
    uint32_t bit = filter_bit(front);
    n->filter[bit / 8] = (uint8_t)(n->filter[bit / 8] | 1u << bit % 8);
    return true;
}

/*
 * Within a longer base64 text a secret begins at any of three places, and only the
 * groups that are all its own look the same everywhere.
 */
static void add_base64(struct needles *n, struct span secret)
{
    AUTO(strbuf_release) struct strbuf coded = STRBUF_INIT;
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                    sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    for (size_t skip = 0; skip < 3 && skip < secret.len; skip++) {
        struct span whole = span_from(secret, skip);
        whole = span_head(whole, whole.len / 3 * 3);
        for (size_t v = 0; v < 2; v++) {
            size_t room = sodium_base64_encoded_len(whole.len, variants[v]);
            strbuf_clear(&coded);
            sodium_bin2base64(strbuf_room(&coded, room), room, (const unsigned char *)whole.ptr,
                              whole.len, variants[v]);
            add_text(n, span_make(coded.buf, room - 1), BASE64);
        }
    }
}

static void add_encoded(struct needles *n, struct span secret)
{
    AUTO(strbuf_release) struct strbuf coded = STRBUF_INIT;
    url_encode(&coded, secret);
    if (coded.len == secret.len)
        return;
    add_text(n, strbuf_span(&coded), URL_ENCODED);
    for (size_t i = 0; i + 2 < coded.len; i++)
        if (coded.buf[i] == '%') {
            coded.buf[i + 1] = char_lower(coded.buf[i + 1]);
            coded.buf[i + 2] = char_lower(coded.buf[i + 2]);
        }
    add_text(n, strbuf_span(&coded), URL_ENCODED);
}

static void add_backwards(struct needles *n, struct span secret)
{
    AUTO(strbuf_release) struct strbuf turned = STRBUF_INIT;
    for (size_t i = secret.len; i > 0; i--)
        strbuf_add_char(&turned, secret.ptr[i - 1]);
    add_text(n, strbuf_span(&turned), BACKWARDS);
}

bool needles_add(struct needles *n, struct span secret)
{
    if (secret.len < NEEDLE_SHORTEST) {
        n->too_short++;
        return false;
    }
    if (!add_text(n, secret, AS_IS))
        return false;
    add_encoded(n, secret);
    add_base64(n, secret);
    add_backwards(n, secret);
    n->count++;
    return true;
}

int needles_add_accounts(struct needles *n, const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span values[CSV_MAX_COLUMNS];
    int rc = file_read(&text, path, ACCOUNTS_MAX, err);
    if (rc < 0)
        return rc;
    struct csv csv = csv_make(strbuf_span(&text), path, &arena);
    bool header = true;
    while ((rc = csv_next(&csv, values, err)) > 0) {
        for (int i = 0; !header && i < rc; i++)
            needles_add(n, values[i]);
        header = false;
    }
    return rc;
}

void needles_find(const struct needles *n, struct span text, secret_sighting_fn *fn, void *ctx)
{
    if (n->len == 0 || text.len < FRONT)
        return;
    for (size_t at = 0; at + FRONT <= text.len; at++) {
        uint64_t front = front_of(text.ptr + at);
        uint32_t bit = filter_bit(front);
        if (!(n->filter[bit / 8] & 1u << bit % 8))
            continue;
        const uint64_t *first = map_get(&n->fronts, front);
        for (uint64_t i = first ? *first : 0; i; i = n->at[i - 1].next) {
            const struct needle *needle = &n->at[i - 1];
            struct span whole = span_make(text.ptr + at, needle->len);
            if (needle->len > text.len - at || hash64(whole) != needle->hash)
                continue;
            const struct secret_sighting s = { SIGN_KNOWN, span_of(way_names[needle->way]), whole,
                                               at };
            fn(ctx, &s);
            break;
        }
    }
}
