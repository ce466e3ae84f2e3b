/* The login of a recorded session, and a staging account put in its place. */
#include "login_page.h"
#include "login_values.h"
#include "places.h"
#include "rehearse/base/glob.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/totp.h"
#include "secret_names.h"

enum { MAX_BASIC = 1024 };

static bool is_field_of_body(const struct place *place)
{
    /* The look of a script is that of a text inside JSON: a GraphQL query, or JSON again. */
    return place->kind == PLACE_FORM || place->kind == PLACE_JSON || place->kind == PLACE_SCRIPT;
}

static struct span see_password(void *ctx, const struct place *place)
{
    unsigned *seen = ctx;
    *seen += is_field_of_body(place) && is_password_name(place->name);
    return SPAN_NONE;
}

static struct span content_type_of(const struct http_request *request)
{
    return http_fields_value(&request->fields, SPAN("Content-Type"));
}

unsigned request_passwords(const struct http_request *request)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    unsigned seen = 0;
    struct places walk = { .visit = see_password, .ctx = &seen, .arena = &arena };

    if (request->body.len == 0)
        return 0;
    body_places(request->body, content_type_of(request), &walk);
    return seen;
}

bool request_is_login(const struct http_request *request)
{
    return request_passwords(request) > 0;
}

/* What a request gets of an account. */
struct standing_in {
    const struct identity *identity;
    struct span code; /* one-time; SPAN_NONE: no secret */
    bool changed;
};

static struct span account_value(const struct standing_in *s, struct span name)
{
    const struct identity *identity = s->identity;
    if (is_password_name(name))
        return identity->password;
    if (!span_is_none(s->code) && is_factor_name(place_leaf(name)))
        return s->code;
    if (!is_user_name(name))
        return SPAN_NONE;
    bool wants_email = glob_imatches(SPAN("*mail*"), place_leaf(name));
    return wants_email && identity->email.len ? identity->email : identity->username;
}

static struct span put_account(void *ctx, const struct place *place)
{
    struct standing_in *s = ctx;
    return is_field_of_body(place) ? account_value(s, place->name) : SPAN_NONE;
}

/* The second step of a login has no password: only its code is ours to put. */
static struct span put_code(void *ctx, const struct place *place)
{
    struct standing_in *s = ctx;
    if (!is_field_of_body(place) || !is_factor_name(place_leaf(place->name)))
        return SPAN_NONE;
    s->changed = true;
    return s->code;
}

static struct span code_of(const struct identity *identity, int64_t now_s, struct arena *arena)
{
    struct totp totp;
    char code[TOTP_MAX_DIGITS + 1];
    if (identity->totp.len == 0 || !totp_parse(&totp, identity->totp))
        return SPAN_NONE;
    totp_code(&totp, now_s, code);
    return arena_copy(arena, span_of(code));
}

static bool apply_to_body(const struct identity *identity, struct http_request *request,
                          int64_t now_s, struct arena *arena)
{
    struct standing_in account = { identity, code_of(identity, now_s, arena), false };
    bool login = request_is_login(request);
    struct places walk = { .visit = login ? put_account : put_code,
                           .ctx = &account,
                           .arena = arena };

    if (!login && (span_is_none(account.code) || request->body.len == 0))
        return false;
    request->body = body_places(request->body, content_type_of(request), &walk);
    request->body_bytes = (int64_t)request->body.len;
    return login || account.changed;
}

static bool apply_to_authorization(const struct identity *identity, struct http_request *request,
                                   struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf basic = STRBUF_INIT;
    struct span value = http_fields_value(&request->fields, SPAN("Authorization"));
    if (!span_istarts(value, SPAN("Basic ")) || identity->username.len > MAX_BASIC ||
        identity->password.len > MAX_BASIC)
        return false;
    login_add_basic(&basic, identity->username, identity->password);
    http_fields_set(&request->fields, arena, SPAN("Authorization"),
                    arena_copy(arena, strbuf_span(&basic)));
    return true;
}

bool identity_apply(const struct identity *identity, struct http_request *request, int64_t now_s,
                    struct arena *arena)
{
    bool in_body = apply_to_body(identity, request, now_s, arena);
    return apply_to_authorization(identity, request, arena) || in_body;
}
