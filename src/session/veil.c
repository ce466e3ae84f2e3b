/*
 * Every credential of an exchange replaced by its pseudonym. Two passes: by name
 * (cookies, secret fields, items, members, inputs), then by value: what the first
 * pass hid is looked for in everything else, so that a token a page echoes in its
 * text does not stay behind.
 *
 * A value is decoded before its pseudonym is made, so that a token has one
 * pseudonym in a cookie, a form, a JSON body and a page.
 */
#include <stdlib.h>

#include "card_number.h"
#include "known_bodies.h"
#include "one_of.h"
#include "patch.h"
#include "places.h"
#include "pseudonym.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/identity.h"
#include "rehearse/session/originals.h"
#include "rehearse/session/secret_signs.h"
#include "secret_names.h"
#include "shape.h"
#include "variants.h"
#include "web_token.h"

enum {
    MAX_HIDDEN = 256,   /* values of one exchange that are looked for elsewhere */
    MAX_NESTING = 3,    /* JSON in a form in JSON */
    SHORTEST_ECHO = 12, /* shorter ones would be met by chance */
    SHORTEST_KEY = 16,  /* of keys that are known by their look */
};

struct veil {
    struct pseudonyms *pseudonyms;
    struct secret_names *names;
    struct variants *variants;
    struct cookie_roles roles;
    void (*keep)(void *ctx, const struct original *original); /* or NULL */
    void *keep_ctx;
    struct known_bodies clean; /* responses' bodies without a secret by name */
    char **further;            /* owned copies of the user's names, NULL-terminated; or NULL */
};

/* One exchange on its way through. */
struct pass {
    struct veil *veil;
    struct exchange *x;
    struct arena *arena;
    bool in_request, is_login;
    uint64_t who;
    unsigned nesting;
    struct span place; /* the name of what is looked at */
    size_t hidden;
    struct {
        struct span value, pseudonym;
    } at[MAX_HIDDEN];
};

static char **copy_names(const char *const *names)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    if (count == 0)
        return NULL;
    char **copy = xcalloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(names[i]);
    return copy;
}

int veil_new(struct veil **ret, const struct veil_options *options, struct err *err)
{
    struct pseudonyms *pseudonyms;
    int rc = pseudonyms_new(&pseudonyms, options->key, err);
    if (rc < 0)
        return rc;
    struct veil *veil = xcalloc(1, sizeof *veil);
    veil->pseudonyms = pseudonyms;
    veil->keep = options->keep;
    veil->keep_ctx = options->keep_ctx;
    veil->further = copy_names(options->secret_names);
    veil->names = secret_names_new((const char *const *)veil->further);
    veil->variants = variants_new(options->variant_sessions);
    *ret = veil;
    return 0;
}

void veil_free(struct veil *veil)
{
    if (!veil)
        return;
    pseudonyms_free(veil->pseudonyms);
    secret_names_free(veil->names);
    variants_free(veil->variants);
    for (char **name = veil->further; name && *name; name++)
        free(*name);
    free(veil->further);
    free(veil);
}

int veil_each_variant(struct veil *veil, veil_variant_fn *fn, void *ctx)
{
    return variants_each(veil->variants, fn, ctx);
}

static void look_for(struct pass *pass, struct span value, struct span pseudonym)
{
    if (value.len < SHORTEST_ECHO || pass->hidden == MAX_HIDDEN || !looks_random(value))
        return;
    for (size_t i = 0; i < pass->hidden; i++)
        if (span_eq(pass->at[i].value, value))
            return;
    pass->at[pass->hidden].value = value;
    pass->at[pass->hidden++].pseudonym = pseudonym;
}

/* How a value was spelled is only kept where that is not what it means. */
static void keep(const struct pass *pass, enum original_form form, struct span raw,
                 struct span value, struct span pseudonym)
{
    const struct veil *veil = pass->veil;
    if (!veil->keep)
        return;
    veil->keep(veil->keep_ctx, &(struct original){ ORIGINAL_VALUE, pseudonym, value, pass->place });
    if (form != ORIGINAL_VALUE && !span_eq(raw, value))
        veil->keep(veil->keep_ctx, &(struct original){ form, pseudonym, raw, pass->place });
}

/* SPAN_NONE when there is nothing to hide. `raw` is the value as it stood, `value` what it means.
 */
static struct span hide_as(struct pass *pass, enum original_form form, struct span raw,
                           struct span value)
{
    if (value.len == 0 || is_pseudonym(value))
        return SPAN_NONE;
    struct span pseudonym = pseudonym_of(pass->veil->pseudonyms, value, pass->arena);
    keep(pass, form, raw, value, pseudonym);
    look_for(pass, value, pseudonym);
    if (raw.ptr != value.ptr)
        look_for(pass, raw, pseudonym);
    return pseudonym;
}

static struct span hide(struct pass *pass, struct span value)
{
    return hide_as(pass, ORIGINAL_VALUE, value, value);
}

/* Under its pseudonym, and nowhere else. */
static struct span hide_for_good(struct pass *pass, struct span value)
{
    if (value.len == 0 || is_pseudonym(value))
        return SPAN_NONE;
    struct span pseudonym = pseudonym_of(pass->veil->pseudonyms, value, pass->arena);
    look_for(pass, value, pseudonym);
    if (pass->veil->keep)
        pass->veil->keep(pass->veil->keep_ctx, &(struct original){ ORIGINAL_PAYMENT, pseudonym,
                                                                   value, pass->place });
    return pseudonym;
}

/* ---- cookies ---- */

/* Only counted where the address is known: see variants_see. */
static uint64_t who_of(const struct exchange *x)
{
    if (x->client.len == 0)
        return 0;
    struct span agent = http_fields_value(&x->request.fields, SPAN("User-Agent"));
    return hash_mix(hash64(x->client), hash64(agent));
}

static struct span without_quotes(struct span s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return span_make(s.ptr + 1, s.len - 2);
    return s;
}

static void count_variant(struct pass *pass, struct span name, struct span value,
                          struct span pseudonym)
{
    if (pass->who == 0)
        pass->who = who_of(pass->x);
    variants_see(pass->veil->variants, name, value, pseudonym, pass->x->session, pass->who);
}

static struct span hide_cookie(struct pass *pass, struct span name, struct span value)
{
    struct veil *veil = pass->veil;
    enum cookie_role role = cookie_role_kept(&veil->roles, name);
    bool by_order = secret_by_order(veil->names, name);
    bool may_be_variant = !by_order && name.len && value.len <= VARIANT_MAX_VALUE &&
                          (role == COOKIE_VARIANT || role == COOKIE_UNKNOWN);
    bool random = may_be_variant && looks_random(value);

    if (may_be_variant && role == COOKIE_VARIANT && !random)
        return SPAN_NONE;
    pass->place = name;
    struct span pseudonym =
        hide_as(pass, ORIGINAL_COOKIE, value,
                url_decode(without_quotes(value), false, pass->arena));
    if (may_be_variant && !span_is_none(pseudonym) && (role == COOKIE_VARIANT || !random))
        count_variant(pass, name, value, pseudonym);
    return pseudonym;
}

static void hide_pair(struct pass *pass, struct patch *p, struct cookie_pair pair)
{
    struct span pseudonym = hide_cookie(pass, pair.name, pair.value);
    if (span_is_none(pseudonym))
        return;
    patch_at(p, pair.value);
    strbuf_add_span(&p->out, pseudonym);
}

static struct span hide_cookie_line(struct pass *pass, struct span line)
{
    AUTO(patch_release) struct patch p = patch_make(line);
    struct span rest = line;
    struct cookie_pair pair;

    while (cookie_next(&rest, &pair))
        hide_pair(pass, &p, pair);
    return patch_finish(&p, pass->arena);
}

/* The attributes stay: they are compared, and hold no secret. */
static struct span hide_set_cookie(struct pass *pass, struct span line)
{
    AUTO(patch_release) struct patch p = patch_make(line);
    struct span rest = line;
    struct span first = span_cut(&rest, ';');
    struct cookie_pair pair;

    if (cookie_next(&first, &pair))
        hide_pair(pass, &p, pair);
    return patch_finish(&p, pass->arena);
}

/* ---- named places ---- */

static struct span hide_inside(struct pass *pass, struct span value);

static struct span hide_place(void *ctx, const struct place *place)
{
    struct pass *pass = ctx;

    switch (secret_name(pass->veil->names, place->name)) {
    case SECRET_NO:
        if (!pass->in_request || !is_card_number(place->value))
            return hide_inside(pass, place->value);
        pass->place = place->name;
        return hide_for_good(pass, place->value);
    case SECRET_YES:
        break;
    case SECRET_IF_RANDOM:
        if (!looks_random(place->value))
            return hide_inside(pass, place->value);
        break;
    case SECRET_PERSONAL:
        if (!pass->in_request)
            return SPAN_NONE;
        break;
    case SECRET_USER:
        if (!pass->is_login || !pass->in_request)
            return SPAN_NONE;
        break;
    }
    pass->place = place->name;
    if (secret_is_payment(place->name) || is_card_number(place->value))
        return hide_for_good(pass, place->value);
    return hide(pass, place->value);
}

static struct places walk_of(struct pass *pass)
{
    return (struct places){ .visit = hide_place, .ctx = pass, .arena = pass->arena };
}

/* scheme://user:password@host, wherever it stands. */
static struct span hide_userinfo(struct pass *pass, struct span text)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    struct span rest = text;
    ptrdiff_t last = span_rfind_char(text, '@'), hit;

    while (rest.ptr - text.ptr < last && (hit = span_find(rest, SPAN("://"))) >= 0) {
        rest = span_from(rest, (size_t)hit + 3);
        size_t end = 0;
        while (end < rest.len && !is_one_of(rest.ptr[end], "/?#<>\"' "))
            end++;
        ptrdiff_t at = span_rfind_char(span_head(rest, end), '@');
        if (at > 0) {
            struct span info = span_head(rest, (size_t)at);
            struct span pseudonym = hide(pass, info);
            if (!span_is_none(pseudonym)) {
                patch_at(&p, info);
                strbuf_add_span(&p.out, pseudonym);
            }
        }
        rest = span_from(rest, end);
    }
    return patch_finish(&p, pass->arena);
}

/* A value that is itself a text with names: JSON in a form or in JSON, a GraphQL document, a URL. */
static struct span hide_inside(struct pass *pass, struct span value)
{
    enum { SHORTEST = 8 };
    struct places walk = walk_of(pass);
    struct span text = value;
    if (value.len < SHORTEST || pass->nesting == MAX_NESTING)
        return SPAN_NONE;
    pass->nesting++;
    if (value.ptr[0] == '{' || value.ptr[0] == '[')
        text = json_places(value, &walk);
    if (text.ptr == value.ptr && span_find_char(value, '{') >= 0 && span_find_char(value, '(') > 0)
        text = script_places(value, &walk);
    else if (value.ptr[0] == '/' || span_find(span_head(value, SHORTEST + 1), SPAN("://")) > 0)
        text = hide_userinfo(pass, url_places(value, &walk));
    pass->nesting--;
    return text.ptr == value.ptr ? SPAN_NONE : text;
}

/* Tokens without a name to tell them by. */
static struct span hide_web_tokens(struct pass *pass, struct span text)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    struct span rest = text, token;

    while (web_token_next(&rest, &token)) {
        patch_at(&p, token);
        strbuf_add_span(&p.out, hide(pass, token));
    }
    return patch_finish(&p, pass->arena);
}

/* Credentials that show by their look what they are; names are not needed. */
struct by_look {
    struct pass *pass;
    struct patch patch;
    bool again; /* one lay before another that was replaced */
};

/* All of a private key, to its last line. */
static struct span whole_key(struct span text, struct span first_line)
{
    struct span rest = span_from(text, (size_t)(first_line.ptr - text.ptr));
    ptrdiff_t end = span_find(rest, SPAN("-----END"));
    return end < 0 ? rest : span_head(rest, (size_t)end);
}

static void on_look(void *ctx, const struct secret_sighting *s)
{
    struct by_look *look = ctx;
    if (s->sign != SIGN_AUTHORIZATION && s->sign != SIGN_SERVICE_KEY && s->sign != SIGN_USERINFO &&
        s->sign != SIGN_PRIVATE_KEY)
        return;
    struct span text = look->patch.text;
    struct span value = s->sign == SIGN_PRIVATE_KEY ? whole_key(text, s->value) : s->value;
    if ((size_t)(value.ptr - text.ptr) < look->patch.done) {
        look->again = true;
        return;
    }
    struct span pseudonym = hide(look->pass, value);
    if (span_is_none(pseudonym))
        return;
    patch_at(&look->patch, value);
    strbuf_add_span(&look->patch.out, pseudonym);
}

static struct span hide_by_look(struct pass *pass, struct span text)
{
    enum { ROUNDS = 3 };
    for (int i = 0; i < ROUNDS; i++) {
        struct by_look look = { .pass = pass, .patch = patch_make(text) };
        secret_signs_by_look(text, on_look, &look);
        text = patch_finish(&look.patch, pass->arena);
        patch_release(&look.patch);
        if (!look.again)
            break;
    }
    return text;
}

static bool is_key_byte(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || c == '-';
}

/* Is there a run that a key could be? Of so many bytes in a row one lies on every SHORTEST_KEY-th. */
static bool may_hold_key(struct span text)
{
    for (size_t i = SHORTEST_KEY - 1; i < text.len; i += SHORTEST_KEY) {
        size_t from = i, to = i;
        if (!is_key_byte(text.ptr[i]))
            continue;
        while (from > 0 && is_key_byte(text.ptr[from - 1]))
            from--;
        while (to < text.len && is_key_byte(text.ptr[to]))
            to++;
        if (to - from >= SHORTEST_KEY)
            return true;
    }
    return false;
}

/* In fields and URLs, which are many and short: only where a key could be. */
static struct span hide_keys(struct pass *pass, struct span text)
{
    return may_hold_key(text) ? hide_by_look(pass, text) : text;
}

static struct span hide_in_url(struct pass *pass, struct span text)
{
    struct places walk = walk_of(pass);
    return hide_keys(pass, hide_web_tokens(pass, hide_userinfo(pass, url_places(text, &walk))));
}

/* "Bearer p~…": the scheme is no secret and tells a reader what there was. */
static struct span hide_authorization(struct pass *pass, struct span value)
{
    struct span credential = value;
    struct span scheme = span_cut(&credential, ' ');
    if (span_is_none(credential)) {
        struct span whole = hide(pass, value);
        return span_is_none(whole) ? value : whole;
    }
    credential = span_trim(credential);
    struct span pseudonym = hide(pass, credential);
    if (span_is_none(pseudonym))
        return value;
    return arena_printf(pass->arena, "%.*s %.*s", SPAN_ARG(scheme), SPAN_ARG(pseudonym));
}

static struct span hide_field(struct pass *pass, const struct http_field *field)
{
    struct span whole;

    pass->place = field->name;
    switch (secret_field(pass->veil->names, field->name)) {
    case FIELD_PLAIN:
        return hide_keys(pass, hide_web_tokens(pass, field->value));
    case FIELD_COOKIES:
        return hide_cookie_line(pass, field->value);
    case FIELD_SET_COOKIE:
        return hide_set_cookie(pass, field->value);
    case FIELD_AUTHORIZATION:
        return hide_authorization(pass, field->value);
    case FIELD_URL:
        return hide_in_url(pass, field->value);
    case FIELD_SECRET:
        whole = hide_as(pass, ORIGINAL_FIELD, field->value,
                        url_decode(field->value, false, pass->arena));
        return span_is_none(whole) ? field->value : whole;
    }
    return field->value;
}

static void set_value(struct http_field *field, struct span value)
{
    if (value.ptr == field->value.ptr)
        return;
    field->value = value;
    field->id = 0; /* the store's line was the old one */
}

static void hide_fields(struct pass *pass, struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++)
        if (fields->at[i].value.len)
            set_value(&fields->at[i], hide_field(pass, &fields->at[i]));
}

static bool is_text(struct span content_type)
{
    static const char *const others[] = { "image/", "video/", "audio/", "font/" };
    bool text = !span_ieq(media_type_essence(content_type), SPAN("application/octet-stream"));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        text = text && !span_istarts(content_type, span_of(others[i]));
    return text;
}

static struct span hide_in_body(struct pass *pass, const struct http_fields *fields,
                                struct span body)
{
    if (body.len == 0)
        return body;
    struct places walk = walk_of(pass);
    pass->place = SPAN("the body");
    struct span type = http_fields_value(fields, SPAN("Content-Type"));
    struct span hidden = hide_web_tokens(pass, body_places(body, type, &walk));
    return is_text(type) ? hide_by_look(pass, hidden) : hidden;
}

/* ---- echoes ---- */

static struct span replace_all(struct pass *pass, struct span text, struct span value,
                               struct span pseudonym)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    struct span rest = text;
    ptrdiff_t hit;

    while (rest.len >= value.len && (hit = span_find(rest, value)) >= 0) {
        patch_at(&p, span_make(rest.ptr + hit, value.len));
        strbuf_add_span(&p.out, pseudonym);
        rest = span_from(rest, (size_t)hit + value.len);
    }
    return patch_finish(&p, pass->arena);
}

static struct span hide_echoes(struct pass *pass, struct span text)
{
    for (size_t i = 0; i < pass->hidden; i++)
        text = replace_all(pass, text, pass->at[i].value, pass->at[i].pseudonym);
    return text;
}

static void hide_echoes_in_fields(struct pass *pass, struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++)
        set_value(&fields->at[i], hide_echoes(pass, fields->at[i].value));
}

static struct span hide_echoes_in_body(struct pass *pass, const struct http_fields *fields,
                                       struct span body)
{
    if (body.len == 0 || !is_text(http_fields_value(fields, SPAN("Content-Type"))))
        return body;
    return hide_echoes(pass, body);
}

static void hide_all_echoes(struct pass *pass)
{
    struct exchange *x = pass->x;
    if (pass->hidden == 0)
        return;
    x->request.target = hide_echoes(pass, x->request.target);
    hide_echoes_in_fields(pass, &x->request.fields);
    hide_echoes_in_fields(pass, &x->response.fields);
    x->request.body = hide_echoes_in_body(pass, &x->request.fields, x->request.body);
    x->response.body = hide_echoes_in_body(pass, &x->response.fields, x->response.body);
    x->note = hide_echoes(pass, x->note);
}

static void hide_request(struct pass *pass, struct http_request *request)
{
    pass->in_request = true;
    pass->is_login = request->body.len && request_is_login(request);
    pass->place = SPAN("the request target");
    request->target = hide_in_url(pass, request->target);
    hide_fields(pass, &request->fields);
    request->body = hide_in_body(pass, &request->fields, request->body);
}

/* The same page comes in session after session: one that is clean is read once. */
static struct span hide_in_response_body(struct pass *pass, const struct http_response *response)
{
    struct span body = response->body;
    if (body.len < KNOWN_BODIES_SHORTEST)
        return hide_in_body(pass, &response->fields, body);
    struct hash128 key =
        known_bodies_key(body, http_fields_value(&response->fields, SPAN("Content-Type")));
    if (known_bodies_has(&pass->veil->clean, key))
        return body;
    struct span hidden = hide_in_body(pass, &response->fields, body);
    if (hidden.ptr == body.ptr)
        known_bodies_add(&pass->veil->clean, key);
    return hidden;
}

static void hide_response(struct pass *pass, struct http_response *response)
{
    pass->in_request = false;
    hide_fields(pass, &response->fields);
    response->body = hide_in_response_body(pass, response);
}

enum { SHORTEST_RESTORED = 6 }; /* shorter ones stand in words; where a name tells, they go all the same */

/* Originals that were put back: known to be secrets, whatever they look like. */
static void hide_restored(struct pass *pass, const struct restored *restored)
{
    for (; restored; restored = restored->next) {
        if (restored->value.len < SHORTEST_RESTORED)
            continue;
        struct exchange *x = pass->x;
        struct span value = restored->value, pseudonym = restored->pseudonym;
        struct http_fields *sides[] = { &x->request.fields, &x->response.fields };
        x->request.target = replace_all(pass, x->request.target, value, pseudonym);
        for (size_t side = 0; side < 2; side++)
            for (uint32_t i = 0; i < sides[side]->len; i++)
                set_value(&sides[side]->at[i],
                          replace_all(pass, sides[side]->at[i].value, value, pseudonym));
        x->request.body = replace_all(pass, x->request.body, value, pseudonym);
        x->response.body = replace_all(pass, x->response.body, value, pseudonym);
        x->note = replace_all(pass, x->note, value, pseudonym);
    }
}

void veil_exchange(struct veil *veil, struct exchange *x, struct arena *arena)
{
    veil_exchange_restored(veil, x, NULL, arena);
}

void veil_exchange_restored(struct veil *veil, struct exchange *x, const struct restored *restored,
                            struct arena *arena)
{
    struct pass pass;

    pass.veil = veil; /* the table of hidden values is not worth clearing for each line */
    pass.x = x;
    pass.arena = arena;
    pass.who = 0;
    pass.place = SPAN_NONE;
    pass.nesting = 0;
    pass.hidden = 0;
    hide_request(&pass, &x->request);
    hide_response(&pass, &x->response);
    if (x->user.len) {
        pass.place = SPAN("the user name");
        struct span user = hide(&pass, x->user);
        x->user = span_is_none(user) ? x->user : user;
    }
    hide_all_echoes(&pass);
    hide_restored(&pass, restored);
}
