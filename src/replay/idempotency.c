#include "idempotency.h"

#include "rehearse/base/hash.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"
#include "rehearse/session/credential.h"

/* Longer ones are no keys. */
enum { KEY_MAX = 512 };

static const struct span key_fields[] = {
    { "Idempotency-Key", 15 },
    { "X-Idempotency-Key", 17 },
    { "PayPal-Request-Id", 17 },
};

static const struct span key_members[] = {
    { "idempotency_key", 15 },
    { "idempotencyKey", 14 },
    { "idempotency-key", 15 },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool is_one_of(struct span name, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ieq(name, names[i]))
            return true;
    return false;
}

/* 8-4-4-4-12 */
static bool has_uuid_form(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.ptr[i] != '-' : char_hex(s.ptr[i]) < 0)
            return false;
    }
    return s.len == 36;
}

static bool is_all_hex(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (char_hex(s.ptr[i]) < 0 && s.ptr[i] != '-')
            return false;
    return true;
}

static bool has_letter(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (char_is_alpha(s.ptr[i]))
            return true;
    return false;
}

static bool has_capital(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
            return true;
    return false;
}

/* A character of the same kind as `c`, by `n`. */
static char of_kind(char c, uint64_t n, const char *hex)
{
    if (hex && char_hex(c) >= 0)
        return hex[n % 16];
    if (char_is_digit(c))
        return (char)('0' + n % 10);
    if (c >= 'a' && c <= 'z')
        return (char)('a' + n % 26);
    if (c >= 'A' && c <= 'Z')
        return (char)('A' + n % 26);
    return c;
}

static struct span renewed(struct span form, uint64_t seed, struct arena *arena)
{
    /* Digits alone stay digits. */
    bool in_hex = has_uuid_form(form) || (is_all_hex(form) && has_letter(form));
    const char *hex = !in_hex ? NULL : has_capital(form) ? "0123456789ABCDEF" : "0123456789abcdef";
    char *out = arena_alloc(arena, form.len + 1);
    for (size_t i = 0; i < form.len; i++)
        out[i] = of_kind(form.ptr[i], hash_mix(seed, i) >> 8, hex);
    if (has_uuid_form(form)) {
        /* Version and variant of a name-based UUID (RFC 9562, section 5.5). */
        out[14] = '5';
        out[19] = hex[8 + (hash_mix(seed, 19) >> 8) % 4];
    }
    out[form.len] = '\0';
    return span_make(out, form.len);
}

struct span idempotency_key(struct span captured, uint64_t run_seed, struct arena *arena)
{
    bool quoted =
        captured.len >= 2 && captured.ptr[0] == '"' && captured.ptr[captured.len - 1] == '"';
    struct span key = quoted ? span_make(captured.ptr + 1, captured.len - 2) : captured;
    if (key.len == 0 || key.len > KEY_MAX || span_find_char(key, '\\') >= 0)
        return captured;
    /* What is behind a pseudonym cannot be seen: most keys are UUIDs. */
    struct span form = is_pseudonym(key) ? SPAN("00000000-0000-0000-0000-000000000000") : key;
    struct span fresh = renewed(form, hash_mix(run_seed, hash64(key)), arena);
    return quoted ? arena_printf(arena, "\"%.*s\"", SPAN_ARG(fresh)) : fresh;
}

/* ---- bodies ---- */

/* `text` with the part `old`, which lies in it, replaced. */
static struct span spliced(struct span text, struct span old, struct span fresh,
                           struct arena *arena)
{
    size_t before = (size_t)(old.ptr - text.ptr), after = text.len - before - old.len;
    char *out = arena_alloc(arena, before + fresh.len + after + 1);
    memcpy(out, text.ptr, before);
    memcpy(out + before, fresh.ptr, fresh.len);
    memcpy(out + before + fresh.len, old.ptr + old.len, after);
    out[before + fresh.len + after] = '\0';
    return span_make(out, before + fresh.len + after);
}

static struct span json_key(struct span body)
{
    struct json_cursor c = json_cursor_make(body);
    struct span name;
    if (!json_enter_object(&c))
        return SPAN_NONE;
    while (json_next_member(&c, &name)) {
        struct json_value v = json_take(&c);
        if (v.type == JSON_STRING && is_one_of(name, key_members, COUNT(key_members)))
            return v.raw;
    }
    return SPAN_NONE;
}

static struct span form_key(struct span body)
{
    struct query_item item;
    while (query_next(&body, &item))
        if (is_one_of(item.name, key_members, COUNT(key_members)))
            return item.value;
    return SPAN_NONE;
}

static void renew_in_body(struct http_request *wire, uint64_t run_seed, struct arena *arena)
{
    struct span type = http_fields_value(&wire->fields, SPAN("Content-Type"));
    struct span key = SPAN_NONE;
    if (wire->body.len == 0 || span_ifind(wire->body, SPAN("idempotency")) < 0)
        return;
    if (media_type_is_json(type))
        key = json_key(wire->body);
    else if (media_type_is_form(type))
        key = form_key(wire->body);
    if (key.len)
        wire->body = spliced(wire->body, key, idempotency_key(key, run_seed, arena), arena);
}

void idempotency_renew(struct http_request *wire, uint64_t run_seed, struct arena *arena)
{
    for (uint32_t i = 0; i < wire->fields.len; i++)
        if (is_one_of(wire->fields.at[i].name, key_fields, COUNT(key_fields)))
            wire->fields.at[i].value = idempotency_key(wire->fields.at[i].value, run_seed, arena);
    renew_in_body(wire, run_seed, arena);
}
