/* The login of a recorded session, and a staging account put in its place. */
#include <sodium.h>

#include "places.h"
#include "rehearse/base/glob.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/identity.h"
#include "secret_names.h"

enum { MAX_BASIC = 1024 };

static bool is_field_of_body(const struct place *place)
{
    /* The look of a script is that of a text inside JSON: a GraphQL query, or JSON again. */
    return place->kind == PLACE_FORM || place->kind == PLACE_JSON || place->kind == PLACE_SCRIPT;
}

static struct span see_password(void *ctx, const struct place *place)
{
    bool *seen = ctx;
    if (is_field_of_body(place) && is_password_name(place->name))
        *seen = true;
    return SPAN_NONE;
}

static struct span content_type_of(const struct http_request *request)
{
    return http_fields_value(&request->fields, SPAN("Content-Type"));
}

bool request_is_login(const struct http_request *request)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    bool seen = false;
    struct places walk = { .visit = see_password, .ctx = &seen, .arena = &arena };

    if (request->body.len == 0)
        return false;
    body_places(request->body, content_type_of(request), &walk);
    return seen;
}

static struct span put_account(void *ctx, const struct place *place)
{
    const struct identity *identity = ctx;
    if (!is_field_of_body(place))
        return SPAN_NONE;
    if (is_password_name(place->name))
        return identity->password;
    if (!is_user_name(place->name))
        return SPAN_NONE;
    bool wants_email = glob_imatches(SPAN("*mail*"), place_leaf(place->name));
    return wants_email && identity->email.len ? identity->email : identity->username;
}

static bool apply_to_body(const struct identity *identity, struct http_request *request,
                          struct arena *arena)
{
    struct identity account = *identity;
    struct places walk = { .visit = put_account, .ctx = &account, .arena = arena };

    if (!request_is_login(request))
        return false;
    request->body = body_places(request->body, content_type_of(request), &walk);
    request->body_bytes = (int64_t)request->body.len;
    return true;
}

/* RFC 7617 */
static struct span basic(const struct identity *identity, struct arena *arena)
{
    struct span pair = arena_printf(arena, "%.*s:%.*s", SPAN_ARG(identity->username),
                                    SPAN_ARG(identity->password));
    size_t room = sodium_base64_encoded_len(pair.len, sodium_base64_VARIANT_ORIGINAL);
    char *coded = arena_alloc(arena, room);
    sodium_bin2base64(coded, room, (const unsigned char *)pair.ptr, pair.len,
                      sodium_base64_VARIANT_ORIGINAL);
    return arena_printf(arena, "Basic %s", coded);
}

static bool apply_to_authorization(const struct identity *identity, struct http_request *request,
                                   struct arena *arena)
{
    struct span value = http_fields_value(&request->fields, SPAN("Authorization"));
    if (!span_istarts(value, SPAN("Basic ")) || identity->username.len > MAX_BASIC ||
        identity->password.len > MAX_BASIC)
        return false;
    http_fields_set(&request->fields, arena, SPAN("Authorization"), basic(identity, arena));
    return true;
}

bool identity_apply(const struct identity *identity, struct http_request *request,
                    struct arena *arena)
{
    bool in_body = apply_to_body(identity, request, arena);
    return apply_to_authorization(identity, request, arena) || in_body;
}
