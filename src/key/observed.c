#include "rehearse/key/observed_key.h"

#include "rehearse/cache/cache_status.h"

/* The escapes of a structured string undone (RFC 9651 section 3.3.3). */
static struct span unescaped(struct span s, struct arena *arena)
{
    if (span_find_char(s, '\\') < 0)
        return s;
    char *text = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len)
            i++;
        text[len++] = s.ptr[i];
    }
    text[len] = '\0';
    return span_make(text, len);
}

/* The last member that names its key: the cache nearest the client. */
static struct span from_cache_status(const struct http_fields *response, struct arena *arena)
{
    struct span key = SPAN_NONE;
    for (uint32_t i = 0; i < response->len; i++) {
        struct span rest = response->at[i].value;
        struct cache_status_member member;
        if (!span_ieq(response->at[i].name, SPAN("Cache-Status")))
            continue;
        while (cache_status_next(&rest, &member))
            if (!span_is_none(member.key))
                key = member.key;
    }
    return unescaped(key, arena);
}

static bool is_digits(struct span s)
{
    uint64_t n;
    return span_to_u64(s, &n);
}

/*
 * Akamai writes [S]/<type>/<serial>/<cp code>/<lifetime>/<host>/<path>. Serial, CP
 * code and lifetime differ between two properties that file alike, so they go.
 */
static struct span without_akamai_front(struct span key)
{
    struct span rest = key;
    struct span secure = span_cut(&rest, '/');
    struct span type = span_cut(&rest, '/');
    struct span serial = span_cut(&rest, '/');
    struct span cp_code = span_cut(&rest, '/');
    struct span lifetime = span_cut(&rest, '/');
    bool akamai = secure.len <= 1 && type.len == 1 && char_is_alpha(type.ptr[0]) &&
                  is_digits(serial) && is_digits(cp_code) && lifetime.len && rest.len;
    return akamai && char_is_digit(lifetime.ptr[0]) ? rest : key;
}

/*
 * The last line that is not empty: a cache adds its own behind those that came with
 * the response, and the one nearest the client is the one that answered.
 */
static struct span last_value(const struct http_fields *response, struct span name)
{
    for (uint32_t i = response->len; i-- > 0;) {
        struct span value = span_trim(response->at[i].value);
        if (value.len && span_ieq(response->at[i].name, name))
            return value;
    }
    return SPAN_NONE;
}

bool key_observed(const struct http_fields *response, struct span field, struct arena *arena,
                  struct observed_key *ret)
{
    static const struct observed_key shown[] = {
        { .field = { "X-True-Cache-Key", 16 } },
        { .field = { "X-Cache-Key", 11 } },
        { .field = { "Fastly-Debug-Digest", 19 }, .digest = true },
    };
    struct span key = span_is_none(field) ? SPAN_NONE : last_value(response, field);
    if (!span_is_none(key)) {
        *ret = (struct observed_key){ .key = key, .field = field };
        return true;
    }
    key = from_cache_status(response, arena);
    if (!span_is_none(key)) {
        *ret = (struct observed_key){ .key = key, .field = SPAN("Cache-Status") };
        return true;
    }
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        key = last_value(response, shown[i].field);
        if (!span_is_none(key)) {
            *ret = shown[i];
            ret->key = without_akamai_front(key);
            return true;
        }
    }
    return false;
}

/* From the products' own documentation; the header of Traffic Server's xdebug is its default. */
static const struct key_question questions[] = {
    { { "akamai", 6 },
      { "Pragma", 6 },
      { "akamai-x-get-cache-key, akamai-x-get-true-cache-key", 51 } },
    { { "fastly", 6 }, { "Fastly-Debug", 12 }, { "1", 1 } },
    { { "trafficserver", 13 }, { "X-Debug", 7 }, { "X-Cache-Key", 11 } },
};

const struct key_question *key_questions(struct span product, size_t *ret_count)
{
    size_t count = sizeof questions / sizeof *questions;
    *ret_count = count;
    if (span_is_none(product))
        return questions;
    for (size_t i = 0; i < count; i++)
        if (span_ieq(questions[i].product, product)) {
            *ret_count = 1;
            return &questions[i];
        }
    *ret_count = 0;
    return NULL;
}
