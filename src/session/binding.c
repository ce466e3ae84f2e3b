#include "rehearse/session/binding.h"

#include <stdlib.h>

#include "known_tokens.h"
#include "places.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/value_place.h"

struct bindings {
    struct known_tokens tokens;
    struct barren_bodies *barren; /* borrowed; or NULL */
};

struct barren_bodies {
    struct known_bodies known;
};

struct barren_bodies *barren_bodies_new(void)
{
    return xcalloc(1, sizeof(struct barren_bodies));
}

void barren_bodies_free(struct barren_bodies *barren)
{
    free(barren);
}

/* One request on its way to staging. */
struct pass {
    const struct known_tokens *tokens;
    struct arena *arena;
    struct span recorded_cookies;
    uint64_t action; /* of the request's own path */
    unsigned unresolved;
};

struct bindings *bindings_new(void)
{
    return xcalloc(1, sizeof(struct bindings));
}

void bindings_free(struct bindings *bindings)
{
    if (!bindings)
        return;
    known_tokens_release(&bindings->tokens);
    free(bindings);
}

void bindings_share(struct bindings *bindings, struct barren_bodies *barren)
{
    bindings->barren = barren;
}

void bindings_learn(struct bindings *bindings, const struct exchange *answered)
{
    harvest_tokens(&bindings->tokens, answered, bindings->barren ? &bindings->barren->known : NULL);
}

static struct span by_table(const struct pass *pass, struct span name)
{
    const struct token_origin *from = token_origins(name);
    for (size_t i = 0; from && i < TOKEN_MAX_ORIGINS && from[i].source; i++) {
        struct span value =
            known_tokens_find(pass->tokens, from[i].source, from[i].name, pass->action);
        if (!span_is_none(value))
            return value;
    }
    return SPAN_NONE;
}

/* A hidden input of the same name, whatever it is for. */
static struct span by_input(const struct pass *pass, struct span name)
{
    return known_tokens_find_name(pass->tokens, TOKEN_INPUT, name, pass->action);
}

/* Names with "csrf" in them that the table does not hold: any source of the same name. */
static struct span by_same_name(const struct pass *pass, struct span name)
{
    static const enum token_source sources[] = { TOKEN_HEADER, TOKEN_META, TOKEN_JSON,
                                                 TOKEN_COOKIE };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct span value = known_tokens_find_name(pass->tokens, sources[i], name, 0);
        if (!span_is_none(value))
            return value;
    }
    return SPAN_NONE;
}

/* Double submit: the recorded value is that of a cookie in the same request. */
static struct span by_cookie(const struct pass *pass, struct span recorded)
{
    struct span rest = pass->recorded_cookies;
    struct cookie_pair pair;
    if (!is_pseudonym(recorded))
        return SPAN_NONE;
    while (cookie_next(&rest, &pair))
        if (span_eq(pair.value, recorded))
            return known_tokens_find_name(pass->tokens, TOKEN_COOKIE, cookie_base_name(pair.name),
                                          0);
    return SPAN_NONE;
}

static struct span find_value(const struct pass *pass, struct span name, struct span recorded)
{
    struct span value = by_cookie(pass, recorded);
    if (span_is_none(value))
        value = by_input(pass, name);
    if (span_is_none(value))
        value = by_table(pass, place_leaf(name));
    if (span_is_none(value))
        value = by_same_name(pass, name);
    return value;
}

static bool names_an_id(struct span name)
{
    struct span leaf = place_leaf(name);
    return span_ieq(leaf, SPAN("id")) || span_ends(leaf, SPAN("_id")) ||
           span_ends(leaf, SPAN("Id")) || span_ends(leaf, SPAN("-id"));
}

/* What a script may have set to a count is left alone: two digits are no number of a cart. */
static bool looks_numbered(struct span name, struct span value)
{
    return value_is_identifier(value) && (value.len >= 3 || names_an_id(name));
}

/*
 * The number in a hidden input that leads to this very request: staging's form has its
 * own, unless one of its forms had the recorded one.
 */
static struct span by_hidden_number(const struct pass *pass, const struct place *place)
{
    if (place->kind != PLACE_FORM || !looks_numbered(place->name, place->value) ||
        known_tokens_offered(pass->tokens, place->name, place->value))
        return SPAN_NONE;
    struct span value = known_tokens_find_input(pass->tokens, place->name, pass->action);
    return looks_numbered(place->name, value) ? value : SPAN_NONE;
}

/*
 * A form's token is replaced even where it was recorded in the clear; elsewhere a
 * plain value is the visitor's own and stays.
 */
static struct span bind_place(void *ctx, const struct place *place)
{
    struct pass *pass = ctx;
    bool is_token =
        binding_is_token_name(place->name) || binding_is_token_name(place_leaf(place->name));
    bool hidden = is_pseudonym(place->value);

    if (!hidden && !(is_token && place->kind == PLACE_FORM))
        return by_hidden_number(pass, place);
    struct span value = find_value(pass, place->name, place->value);
    if (span_is_none(value) && hidden && is_token)
        pass->unresolved++;
    return value;
}

/* Staging is hostile too: no line breaks into a field. */
static bool fits_a_field(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return false;
    return true;
}

static void bind_authorization(struct pass *pass, struct http_field *field)
{
    struct span credential = field->value;
    struct span scheme = span_cut(&credential, ' ');
    if (span_is_none(credential)) {
        credential = scheme;
        scheme = SPAN_NONE;
    }
    credential = span_trim(credential);
    if (!is_pseudonym(credential))
        return;
    bool is_bearer = !span_ieq(scheme, SPAN("Basic")) && !span_ieq(scheme, SPAN("Digest"));
    struct span value = is_bearer ? by_table(pass, SPAN("Authorization")) : SPAN_NONE;
    if (span_is_none(value) || !fits_a_field(value) || value.len > 4096) {
        pass->unresolved++;
        return;
    }
    field->value = span_is_none(scheme)
                       ? arena_copy(pass->arena, value)
                       : arena_printf(pass->arena, "%.*s %.*s", SPAN_ARG(scheme), SPAN_ARG(value));
    field->id = 0;
}

static void bind_field(struct pass *pass, struct http_field *field)
{
    bool hidden = is_pseudonym(field->value);
    bool is_token = binding_is_token_name(field->name);

    if (!hidden && !is_token)
        return;
    struct span value = find_value(pass, field->name, field->value);
    if (span_is_none(value) || !fits_a_field(value)) {
        pass->unresolved += hidden && is_token;
        return;
    }
    field->value = arena_copy(pass->arena, value);
    field->id = 0;
}

static void bind_fields(struct pass *pass, struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        struct http_field *field = &fields->at[i];
        if (field->value.len == 0 || span_ieq(field->name, SPAN("Cookie")))
            continue;
        if (span_ieq(field->name, SPAN("Authorization")))
            bind_authorization(pass, field);
        else
            bind_field(pass, field);
    }
}

unsigned bindings_apply(const struct bindings *bindings, struct http_request *request,
                        struct arena *arena)
{
    struct pass pass = { .tokens = &bindings->tokens,
                         .arena = arena,
                         .recorded_cookies = http_fields_value(&request->fields, SPAN("Cookie")),
                         .action = action_hash(SPAN(""), request->target) };
    struct places walk = { .visit = bind_place, .ctx = &pass, .arena = arena };

    bind_fields(&pass, &request->fields);
    request->target = url_places(request->target, &walk);
    if (request->body.len) {
        struct span type = http_fields_value(&request->fields, SPAN("Content-Type"));
        request->body = body_places(request->body, type, &walk);
        request->body_bytes = (int64_t)request->body.len;
    }
    return pass.unresolved;
}
