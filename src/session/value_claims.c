/* What the tokens of an answer say, kept before they are veiled. */
#include "bearer.h"
#include "flow_value.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/session/value_place.h"
#include "web_token.h"

enum { MAX_CLAIMS = 16, LONGEST_CLAIM = 64 };

/* By name: ids of what requests speak of. Nonces, session names and personal data are none. */
static bool is_kept(struct span name)
{
    static const char *const ids[] = { "sub",     "uid",      "oid",  "tid",    "tenant", "org",
                                       "account", "customer", "cart", "basket", "order",  "user" };
    static const char *const others[] = { "jti",       "kid",      "sid",        "nonce",
                                          "client_id", "clientId", "session_id", "sessionId",
                                          "at_hash",   "c_hash" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (span_ieq(name, span_of(others[i])))
            return false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (span_ieq(name, span_of(ids[i])))
            return true;
    return noun_of_name(name).is_id && span_ifind(name, SPAN("token")) < 0 &&
           span_ifind(name, SPAN("key")) < 0 && span_ifind(name, SPAN("code")) < 0;
}

static bool is_plain_id(struct span value)
{
    if (value.len == 0 || value.len > LONGEST_CLAIM || value_worth(value) == WORTH_NOTHING)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && c != '-' && c != '_' && c != '.' &&
            c != ':' && c != '|')
            return false;
    }
    return true;
}

struct keeper {
    struct exchange *x;
    struct arena *arena;
    struct http_fields claims;
};

static bool keep_claim(void *ctx, struct span name, struct span value, const struct value_at *at)
{
    struct keeper *k = ctx;
    AUTO(strbuf_release) struct strbuf place = STRBUF_INIT;
    if (!is_kept(name) || !is_plain_id(value))
        return true;
    strbuf_add_span(&place, name);
    strbuf_add_char(&place, '@');
    value_at_add_text(&place, at);
    strbuf_add_char(&place, '=');
    strbuf_add_span(&place, value);
    http_fields_add(&k->claims, k->arena, SPAN(VALUE_CLAIM_FIELD),
                    arena_copy(k->arena, strbuf_span(&place)));
    return k->claims.len < MAX_CLAIMS;
}

static bool on_source(void *ctx, const struct value_at *at)
{
    struct keeper *k = ctx;
    struct span rest = at->value, token;
    /* As a whole only: a place's text must lead to the token and nothing else. */
    if (span_starts(rest, SPAN("eyJ")) && web_token_next(&rest, &token) &&
        token.len == at->value.len)
        jwt_each_claim(token, keep_claim, k, at);
    return k->claims.len < MAX_CLAIMS;
}

static bool holds_a_token(const struct exchange *x)
{
    struct span token, rest = x->response.body;
    if (web_token_next(&rest, &token))
        return true;
    for (uint32_t i = 0; i < x->response.fields.len; i++) {
        rest = x->response.fields.at[i].value;
        if (rest.len && web_token_next(&rest, &token))
            return true;
    }
    return false;
}

void value_claims_keep(struct exchange *x, struct arena *arena)
{
    struct keeper k = { x, arena, { 0 } };
    http_fields_remove(&x->response.fields, SPAN(VALUE_CLAIM_FIELD));
    if (!holds_a_token(x))
        return;
    value_sources(x, on_source, &k, arena);
    for (uint32_t i = 0; i < k.claims.len; i++)
        http_fields_add(&x->response.fields, arena, k.claims.at[i].name, k.claims.at[i].value);
}
