#include "login_values.h"

#include <sodium.h>
#include <stdlib.h>

#include "rehearse/base/json_cursor.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/url.h"
#include "rehearse/session/totp.h"

enum {
    LONGEST_COLUMN = 64,
    JSON_LEVELS = 4,
    JSON_LOOKED_AT = 256 * 1024, /* an answer to a login is short; each name asks for a walk */
};

/* ---- JSON ---- */

static struct span text_of(struct json_value value, struct arena *arena)
{
    if (value.type == JSON_STRING)
        return json_unescape(value.raw, arena);
    return value.type == JSON_NUMBER ? value.raw : SPAN_NONE;
}

/* Moves into the member or element `part` names. */
static bool descend(struct json_cursor *c, struct span part)
{
    uint64_t wanted;
    struct span key;
    if (json_peek(c) == JSON_ARRAY) {
        if (!span_to_u64(part, &wanted) || !json_enter_array(c))
            return false;
        for (uint64_t i = 0; json_next_element(c); i++, json_skip(c))
            if (i == wanted)
                return true;
        return false;
    }
    if (!json_enter_object(c))
        return false;
    for (; json_next_member(c, &key); json_skip(c))
        if (span_eq(key, part))
            return true;
    return false;
}

struct span login_json_at(struct span json, struct span path, struct arena *arena)
{
    struct json_cursor c = json_cursor_make(span_head(json, JSON_LOOKED_AT));
    while (!span_is_none(path))
        if (!descend(&c, span_cut(&path, '.')))
            return SPAN_NONE;
    return text_of(json_take(&c), arena);
}

static struct span find_name(struct span json, struct span name, unsigned level)
{
    struct json_cursor c = json_cursor_make(json);
    struct span key, found = SPAN_NONE;
    if (level == JSON_LEVELS || !json_enter_object(&c))
        return SPAN_NONE;
    while (span_is_none(found) && json_next_member(&c, &key)) {
        struct json_value value = json_take(&c);
        if (value.type == JSON_STRING && value.raw.len && span_ieq(key, name))
            found = value.raw;
        else if (value.type == JSON_OBJECT)
            found = find_name(value.raw, name, level + 1);
    }
    return found;
}

static struct span find_names(struct span json, const char *const *names, size_t count,
                              struct arena *arena)
{
    json = span_head(json, JSON_LOOKED_AT);
    for (size_t i = 0; i < count; i++) {
        struct span found = find_name(json, span_of(names[i]), 0);
        if (found.len)
            return json_unescape(found, arena);
    }
    return SPAN_NONE;
}

struct span login_json_token(struct span json, struct arena *arena)
{
    static const char *const names[] = { "access_token", "accessToken", "access",    "token",
                                         "id_token",     "idToken",     "jwt",       "auth_token",
                                         "authToken",    "bearer",      "api_token", "key" };
    return find_names(json, names, sizeof names / sizeof *names, arena);
}

struct span login_json_refresh_token(struct span json, struct arena *arena)
{
    static const char *const names[] = { "refresh_token", "refreshToken", "refresh" };
    return find_names(json, names, sizeof names / sizeof *names, arena);
}

/* ---- an account's own ---- */

static struct span code_of(const struct login_values *v, struct span secret)
{
    struct totp totp;
    char code[TOTP_MAX_DIGITS + 1];
    if (!totp_parse(&totp, secret))
        return SPAN_NONE;
    totp_code(&totp, v->now_s, code);
    return arena_copy(v->arena, span_of(code));
}

static struct span column(const struct login_values *v, struct span name)
{
    char text[LONGEST_COLUMN];
    if (!v->who->pool || name.len >= sizeof text)
        return SPAN_NONE;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return identity_value(v->who->pool, v->who->identity, text);
}

struct span login_value(struct span name, struct login_values *v)
{
    const struct identity *identity = v->who->identity;
    if (span_starts(name, SPAN("answer:")))
        return login_json_at(v->answer, span_from(name, 7), v->arena);
    if (!identity)
        return SPAN_NONE;
    if (span_eq(name, SPAN("username")))
        return identity->username;
    if (span_eq(name, SPAN("password")))
        return identity->password;
    if (span_eq(name, SPAN("email")))
        return identity->email.len ? identity->email : identity->username;
    struct span value = column(v, name);
    return span_eq(name, SPAN("totp")) ? code_of(v, value) : value;
}

/* ---- templates ---- */

static void add_coded(struct strbuf *out, struct span value, enum value_coding coding)
{
    AUTO(strbuf_release) struct strbuf quoted = STRBUF_INIT;
    switch (coding) {
    case VALUE_PLAIN:
        strbuf_add_span(out, value);
        return;
    case VALUE_FORM:
        form_encode(out, value);
        return;
    case VALUE_URL:
        url_encode(out, value);
        return;
    case VALUE_JSON: /* the quotes are the template's */
        json_add_string(&quoted, value);
        strbuf_add(out, quoted.buf + 1, quoted.len - 2);
        return;
    }
}

/* The next ${name} of *rest: what is before it, and the name; false when there is none. */
static bool next_name(struct span *rest, struct span *ret_before, struct span *ret_name)
{
    ptrdiff_t begin = span_find(*rest, SPAN("${"));
    ptrdiff_t len = begin < 0 ? -1 : span_find_char(span_from(*rest, (size_t)begin + 2), '}');
    if (len < 0)
        return false;
    *ret_before = span_head(*rest, (size_t)begin);
    *ret_name = span_make(rest->ptr + begin + 2, (size_t)len);
    *rest = span_from(*rest, (size_t)begin + 2 + (size_t)len + 1);
    return true;
}

void login_expand(struct strbuf *out, struct span text, enum value_coding coding,
                  struct login_values *values)
{
    struct span before, name;
    while (next_name(&text, &before, &name)) {
        strbuf_add_span(out, before);
        struct span value = login_value(name, values);
        if (!span_is_none(value))
            add_coded(out, value, coding);
        else if (span_is_none(values->missing))
            values->missing = name;
    }
    strbuf_add_span(out, text);
}

struct span login_expanded(struct span text, enum value_coding coding, struct login_values *values)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    if (span_find_char(text, '$') < 0)
        return text;
    login_expand(&out, text, coding, values);
    return arena_copy(values->arena, strbuf_span(&out));
}

bool login_text_needs_account(struct span text)
{
    struct span before, name;
    while (next_name(&text, &before, &name))
        if (!span_starts(name, SPAN("answer:")))
            return true;
    return false;
}

void login_add_basic(struct strbuf *out, struct span user, struct span password)
{
    AUTO(strbuf_release) struct strbuf pair = STRBUF_INIT;
    strbuf_add_span(&pair, user);
    strbuf_add_char(&pair, ':');
    strbuf_add_span(&pair, password);
    size_t room = sodium_base64_encoded_len(pair.len, sodium_base64_VARIANT_ORIGINAL);
    AUTO(freep) char *coded = xmalloc(room);
    sodium_bin2base64(coded, room, (const unsigned char *)pair.buf, pair.len,
                      sodium_base64_VARIANT_ORIGINAL);
    strbuf_add_str(out, "Basic ");
    strbuf_add_str(out, coded);
}
