/* Tokens out of staging's responses. */
#include "known_tokens.h"
#include "places.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/url.h"
#include "rehearse/session/credential.h"

struct harvest {
    struct known_tokens *tokens;
    struct span page; /* target of the request */
};

static struct span path_of(struct span target)
{
    size_t end = 0;
    while (end < target.len && target.ptr[end] != '?' && target.ptr[end] != '#')
        end++;
    return span_head(target, end);
}

uint64_t action_hash(struct span action, struct span target)
{
    struct url url;
    if (span_is_none(action))
        return 0;
    if (action.len == 0)
        return hash64(path_of(target));
    if (!url_parse(&url, action))
        return 0;
    /* A relative path would have to be resolved; the token is found without, as the latest. */
    return url.path.len && url.path.ptr[0] == '/' ? hash64(url.path) : 0;
}

static void put(struct harvest *h, enum token_source source, const struct place *place)
{
    uint64_t action = source == TOKEN_INPUT ? action_hash(place->action, h->page) : 0;
    known_tokens_put(h->tokens, &(struct known_token){ .source = source,
                                                       .action = action,
                                                       .name = place->name,
                                                       .value = place->value });
}

static struct span learn_place(void *ctx, const struct place *place)
{
    struct harvest *h = ctx;
    bool handed_out = token_is_handed_out(place->name);

    switch (place->kind) {
    case PLACE_INPUT:
        if (handed_out || place->hidden)
            put(h, TOKEN_INPUT, place);
        break;
    case PLACE_META:
        if (handed_out)
            put(h, TOKEN_META, place);
        break;
    case PLACE_JSON:
    case PLACE_SCRIPT:
        if (handed_out)
            put(h, TOKEN_JSON, place);
        break;
    case PLACE_QUERY:
    case PLACE_FORM:
        break;
    }
    return SPAN_NONE;
}

/* Other roles are the jar's business; an unknown one may be submitted twice all the same. */
static void learn_cookie(struct known_tokens *tokens, struct span line, struct arena *arena)
{
    struct set_cookie c;
    if (!set_cookie_parse(&c, line))
        return;
    enum cookie_role role = cookie_role(c.name);
    if (role != COOKIE_CSRF && role != COOKIE_UNKNOWN)
        return;
    struct span name = cookie_base_name(c.name);
    known_tokens_forget_cookie(tokens, name);
    if (c.has_max_age && c.max_age_s <= 0)
        return;
    known_tokens_put(tokens, &(struct known_token){ .source = TOKEN_COOKIE,
                                                    .name = name,
                                                    .value = url_decode(c.value, false, arena) });
}

static void learn_field(struct known_tokens *tokens, const struct http_field *field,
                        struct arena *arena)
{
    if (span_ieq(field->name, SPAN("Set-Cookie")))
        learn_cookie(tokens, field->value, arena);
    else if (token_is_handed_out(field->name))
        known_tokens_put(tokens, &(struct known_token){ .source = TOKEN_HEADER,
                                                        .name = field->name,
                                                        .value = field->value });
}

enum { LONGEST_BARE_TOKEN = 256 };

/* Drupal answers GET /session/token with nothing but the token. */
static void learn_bare_token(struct known_tokens *tokens, const struct exchange *x)
{
    struct span body = span_trim(x->response.body);
    if (!span_ends(path_of(x->request.target), SPAN("/session/token")) ||
        x->response.status != 200 || body.len > LONGEST_BARE_TOKEN ||
        span_find_char(body, '<') >= 0)
        return;
    known_tokens_put(tokens, &(struct known_token){ .source = TOKEN_HEADER,
                                                    .name = SPAN("X-CSRF-Token"),
                                                    .value = body });
}

static void learn_body(struct known_tokens *tokens, const struct exchange *x, struct arena *arena)
{
    struct harvest h = { tokens, x->request.target };
    struct places walk = { .visit = learn_place, .ctx = &h, .skip_urls = true, .arena = arena };

    body_places(x->response.body, http_fields_value(&x->response.fields, SPAN("Content-Type")),
                &walk);
    learn_bare_token(tokens, x);
}

/* As learn_body; a body that held nothing before is not read again. */
static void learn_new_body(struct known_tokens *tokens, const struct exchange *x,
                           struct arena *arena, struct known_bodies *barren)
{
    uint32_t before = tokens->clock;
    struct hash128 key = known_bodies_key(
        x->response.body, http_fields_value(&x->response.fields, SPAN("Content-Type")));

    if (known_bodies_has(barren, key))
        return;
    learn_body(tokens, x, arena);
    if (tokens->clock == before)
        known_bodies_add(barren, key);
}

void harvest_tokens(struct known_tokens *tokens, const struct exchange *answered,
                    struct known_bodies *barren)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    const struct http_response *response = &answered->response;

    for (uint32_t i = 0; i < response->fields.len; i++)
        if (response->fields.at[i].value.len)
            learn_field(tokens, &response->fields.at[i], &arena);
    if (barren && response->body.len >= KNOWN_BODIES_SHORTEST)
        learn_new_body(tokens, answered, &arena, barren);
    else
        learn_body(tokens, answered, &arena);
}
