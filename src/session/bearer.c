#include "bearer.h"

#include <sodium.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/session/value_place.h"

enum { MAX_DECODED = 4096, SHORTEST_TOKEN = 8 };

struct decoded {
    size_t len;
    char bytes[MAX_DECODED];
};

static bool decode(struct decoded *ret, struct span coded, int variant)
{
    while (coded.len && coded.ptr[coded.len - 1] == '=')
        coded.len--;
    return sodium_base642bin((unsigned char *)ret->bytes, sizeof ret->bytes, coded.ptr, coded.len,
                             NULL, &ret->len, NULL, variant) == 0;
}

static struct span claim(struct span payload, struct span name)
{
    struct json_cursor c = json_cursor_make(payload);
    struct span key;

    if (!json_enter_object(&c))
        return SPAN_NONE;
    while (json_next_member(&c, &key)) {
        if (!span_eq(key, name)) {
            json_skip(&c);
            continue;
        }
        struct json_value value = json_take(&c);
        return value.type == JSON_STRING || value.type == JSON_NUMBER ? value.raw : SPAN_NONE;
    }
    return SPAN_NONE;
}

/* header.payload.signature, RFC 7519. SPAN_NONE when it is no such token; *buffer holds it. */
static struct span jwt_payload(struct span token, struct decoded *buffer)
{
    struct span rest = token;

    span_cut(&rest, '.');
    struct span coded = span_cut(&rest, '.');
    if (span_is_none(rest) || !decode(buffer, coded, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return SPAN_NONE;
    return span_make(buffer->bytes, buffer->len);
}

static uint64_t claim_hash(struct span payload, struct span name)
{
    struct span value = claim(payload, name);
    return value.len ? hash64_seeded(value, hash64(claim(payload, SPAN("iss")))) : 0;
}

uint64_t jwt_session_hash(struct span token)
{
    struct decoded buffer;
    /* "{" and a quote, in base64: what is no JSON object is not decoded. */
    if (!span_starts(token, SPAN("eyJ")))
        return 0;
    return claim_hash(jwt_payload(token, &buffer), SPAN("sid"));
}

static uint64_t jwt_hash(struct span token)
{
    struct decoded buffer;
    struct span payload = jwt_payload(token, &buffer);
    uint64_t session = claim_hash(payload, SPAN("sid"));
    return session ? session : claim_hash(payload, SPAN("sub"));
}

static uint64_t basic_hash(struct span coded)
{
    struct decoded pair;

    if (!decode(&pair, coded, sodium_base64_VARIANT_ORIGINAL_NO_PADDING))
        return 0;
    struct span rest = span_make(pair.bytes, pair.len);
    struct span user = span_cut(&rest, ':');
    return user.len && !span_is_none(rest) ? hash64(user) : 0;
}

uint64_t bearer_hash(struct span authorization)
{
    struct span credential = authorization;
    struct span scheme = span_cut(&credential, ' ');

    if (span_is_none(credential))
        credential = scheme;
    else if (span_ieq(scheme, SPAN("Basic")))
        return basic_hash(span_trim(credential));
    credential = span_trim(credential);
    if (credential.len < SHORTEST_TOKEN)
        return 0;
    uint64_t hash = jwt_hash(credential);
    return hash ? hash : hash64(credential);
}

struct span value_claim(struct span token, struct span name, struct arena *arena)
{
    struct decoded buffer;
    if (!span_starts(token, SPAN("eyJ")))
        return SPAN_NONE;
    struct span value = claim(jwt_payload(token, &buffer), name);
    return span_is_none(value) ? value : arena_copy(arena, json_unescape(value, arena));
}

/* Names and values with escapes are passed over: no id has any. */
void jwt_each_claim(struct span token, jwt_claim_fn *fn, void *ctx, const struct value_at *at)
{
    struct decoded buffer;
    struct span name;
    struct span payload = jwt_payload(token, &buffer);
    struct json_cursor c = json_cursor_make(payload);
    bool more = payload.len && json_enter_object(&c);
    while (more && json_next_member(&c, &name)) {
        struct json_value value = json_take(&c);
        bool scalar = value.type == JSON_STRING || value.type == JSON_NUMBER;
        if (scalar && span_find_char(name, '\\') < 0 && span_find_char(value.raw, '\\') < 0)
            more = fn(ctx, name, value.raw, at);
    }
}
