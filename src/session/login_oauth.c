/* The token endpoint: RFC 6749, sections 4.3, 4.4 and 6, and logins that are one request. */
#include "login_machine.h"
#include "login_page.h"
#include "rehearse/base/json_text.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

static void set_body(struct login_turn *t, struct span body, struct span type)
{
    t->ret->method = SPAN("POST");
    t->ret->body = body;
    t->ret->credentials = true;
    http_fields_add(&t->ret->fields, t->arena, SPAN("Content-Type"), type);
}

static void accept_json(struct login_turn *t)
{
    http_fields_add(&t->ret->fields, t->arena, SPAN("Accept"), SPAN("application/json, */*"));
}

/* ---- OAuth ---- */

/* Section 2.3.1: both are form-encoded before they are joined. */
static void add_client(struct login_turn *t, struct strbuf *body)
{
    AUTO(strbuf_release) struct strbuf basic = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf id = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf secret = STRBUF_INIT;
    const struct login_step *step = t->step;
    struct span plain_id = login_expanded(step->client_id, VALUE_PLAIN, &t->values);
    struct span plain_secret = login_expanded(step->client_secret, VALUE_PLAIN, &t->values);
    if (plain_id.len == 0)
        return;
    if (step->client_in_body || plain_secret.len == 0) {
        login_add_pair(body, SPAN("client_id"), plain_id);
        if (plain_secret.len)
            login_add_pair(body, SPAN("client_secret"), plain_secret);
        return;
    }
    form_encode(&id, plain_id);
    form_encode(&secret, plain_secret);
    login_add_basic(&basic, strbuf_span(&id), strbuf_span(&secret));
    http_fields_add(&t->ret->fields, t->arena, SPAN("Authorization"),
                    arena_copy(t->arena, strbuf_span(&basic)));
}

static enum login_word send_grant(struct login_turn *t, struct strbuf *body)
{
    const struct login_step *step = t->step;
    if (step->scope.len)
        login_add_pair(body, SPAN("scope"), step->scope);
    login_add_items(body, step->items, step->item_count, &t->values);
    add_client(t, body);
    accept_json(t);
    set_body(t, arena_copy(t->arena, strbuf_span(body)), SPAN("application/x-www-form-urlencoded"));
    enum login_word word = login_check_missing(t);
    return word == LOGIN_DONE ? LOGIN_SEND : word;
}

enum login_word login_oauth_start(struct login_turn *t)
{
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    t->ret->url = login_expanded(t->step->url, VALUE_URL, &t->values);
    if (t->step->grant == GRANT_CLIENT_CREDENTIALS) {
        login_add_pair(&body, SPAN("grant_type"), SPAN("client_credentials"));
    } else {
        if (!t->flow->who.identity)
            return login_fail(t, false, "the password grant needs accounts");
        login_add_pair(&body, SPAN("grant_type"), SPAN("password"));
        login_add_pair(&body, SPAN("username"), t->flow->who.identity->username);
        login_add_pair(&body, SPAN("password"), t->flow->who.identity->password);
    }
    return send_grant(t, &body);
}

/* Section 5.2: error = 1*NQSCHAR; only what looks like such a word is repeated to people. */
static struct span error_word(struct span json, struct arena *arena)
{
    struct span word = login_json_at(json, SPAN("error"), arena);
    if (word.len == 0 || word.len > 40)
        return SPAN_NONE;
    for (size_t i = 0; i < word.len; i++)
        if (!char_is_alpha(word.ptr[i]) && word.ptr[i] != '_')
            return SPAN_NONE;
    return word;
}

static void keep_rest(struct login_turn *t, struct span json)
{
    struct login_flow *flow = t->flow;
    int64_t seconds = 0;
    struct span refresh = login_json_refresh_token(json, t->arena);
    struct span expires = login_json_at(json, SPAN("expires_in"), t->arena);
    /* Section 6: without a new one the old one stays. */
    if (refresh.len && refresh.len <= LOGIN_MAX_TOKEN) {
        strbuf_clear(&flow->refresh_token);
        strbuf_add_span(&flow->refresh_token, refresh);
    }
    bool known = span_to_scaled(expires, 0, &seconds) && seconds > 0 && seconds < INT32_MAX;
    flow->expires_s = known ? t->values.now_s + seconds : 0;
}

enum login_word login_oauth_take(struct login_turn *t)
{
    struct span json = t->answer->body;
    struct span error = error_word(json, t->arena);
    if (t->answer->status >= 400 && t->answer->status < 500 && error.len)
        return login_fail(t, t->flow->renewing || span_eq(error, SPAN("invalid_grant")),
                          "the token endpoint refuses: %.*s", SPAN_ARG(error));
    enum login_word word = login_check_status(t);
    if (word != LOGIN_DONE)
        return word;
    struct span token =
        login_json_at(json, t->step->token.len ? t->step->token : SPAN("access_token"), t->arena);
    if (token.len == 0 || token.len > LOGIN_MAX_TOKEN)
        return login_fail(t, false, "the token endpoint's answer holds no access_token");
    login_keep_token(t, token);
    keep_rest(t, json);
    return LOGIN_DONE;
}

/* A refresh: OAuth's own (section 6), or what an API calls so. */
enum login_word login_renew_start(struct login_turn *t)
{
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    struct span token = strbuf_span(&t->flow->refresh_token);
    struct span url = t->step->refresh.len ? t->step->refresh : t->step->url;
    t->ret->url = login_expanded(url, VALUE_URL, &t->values);
    if (t->step->kind == LOGIN_OAUTH) {
        login_add_pair(&body, SPAN("grant_type"), SPAN("refresh_token"));
        login_add_pair(&body, SPAN("refresh_token"), token);
        return send_grant(t, &body);
    }
    static const char *const names[] = { "refresh_token", "refreshToken", "refresh" };
    strbuf_add_char(&body, '{');
    bool first = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_add_key(&body, &first, names[i]);
        json_add_string(&body, token);
    }
    strbuf_add_char(&body, '}');
    accept_json(t);
    set_body(t, arena_copy(t->arena, strbuf_span(&body)), SPAN("application/json"));
    return LOGIN_SEND;
}

/* ---- one request, as given ---- */

enum login_word login_request_start(struct login_turn *t)
{
    AUTO(strbuf_release) struct strbuf form = STRBUF_INIT;
    const struct login_step *step = t->step;
    t->ret->url = login_expanded(step->url, VALUE_URL, &t->values);
    for (size_t i = 0; i < step->field_count; i++)
        http_fields_add(&t->ret->fields, t->arena, step->fields[i].name,
                        login_expanded(step->fields[i].value, VALUE_PLAIN, &t->values));
    if (step->body.len) {
        bool json = media_type_is_json(step->content_type);
        if (json)
            accept_json(t);
        set_body(t, login_expanded(step->body, json ? VALUE_JSON : VALUE_PLAIN, &t->values),
                 step->content_type);
    } else if (step->item_count) {
        login_add_items(&form, step->items, step->item_count, &t->values);
        set_body(t, arena_copy(t->arena, strbuf_span(&form)),
                 SPAN("application/x-www-form-urlencoded"));
    }
    t->ret->method = step->method.len ? step->method : t->ret->method;
    enum login_word word = login_check_missing(t);
    return word == LOGIN_DONE ? LOGIN_SEND : word;
}

/* Some APIs hand the token out in a response field. */
static struct span token_in_fields(const struct login_turn *t)
{
    static const struct span names[] = { { "Authorization", 13 }, { "X-Auth-Token", 12 } };
    for (size_t i = 0; t->answer->fields && i < sizeof names / sizeof *names; i++) {
        struct span value = http_fields_value(t->answer->fields, names[i]);
        if (span_istarts(value, SPAN("Bearer ")))
            value = span_from(value, 7);
        if (value.len)
            return value;
    }
    return SPAN_NONE;
}

static struct span token_of(const struct login_turn *t)
{
    if (t->step->token.len)
        return login_json_at(t->answer->body, t->step->token, t->arena);
    struct span token = login_json_token(t->answer->body, t->arena);
    return token.len ? token : token_in_fields(t);
}

/* "mfa_required": the answer wants one more step. */
static bool wants_factor(struct span json)
{
    static const struct span signs[] = { { "mfa_required", 12 },
                                         { "mfa_token", 9 },
                                         { "otp_required", 12 },
                                         { "two_factor", 10 },
                                         { "twoFactor", 9 } };
    json = span_head(json, 4096);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (span_find(json, signs[i]) >= 0)
            return true;
    return false;
}

static enum login_word refused_by_api(struct login_turn *t)
{
    if (login_page_has_captcha(t->answer->body))
        return login_fail(t, true, "status %d: a captcha is asked for", t->answer->status);
    if (wants_factor(t->answer->body))
        return login_fail(t, true,
                          "status %d: a second factor is asked for; give it in a step "
                          "with ${totp}",
                          t->answer->status);
    return login_check_status(t);
}

enum login_word login_request_take(struct login_turn *t)
{
    if (t->answer->status >= 400)
        return refused_by_api(t);
    bool wanted = t->step->wants_login || t->step->token.len || t->flow->renewing;
    if (!wanted)
        return t->step->cookie.len ? login_check_cookie(t) : LOGIN_DONE;
    struct span token = token_of(t);
    if (token.len && token.len <= LOGIN_MAX_TOKEN) {
        login_keep_token(t, token);
        keep_rest(t, t->answer->body);
        return t->step->cookie.len ? login_check_cookie(t) : LOGIN_DONE;
    }
    if (t->step->token.len)
        return login_fail(t, false, "no token in the answer at \"%.*s\"",
                          SPAN_ARG(span_head(t->step->token, 100)));
    if (t->flow->renewing)
        return login_fail(t, true, "no token in the answer");
    if (wants_factor(t->answer->body))
        return login_fail(t, true, "a second factor is asked for; give it in a step with ${totp}");
    if (!t->flow->session_cookie)
        return login_fail(t, true, "neither a session cookie nor a token in the answer");
    return login_check_cookie(t);
}

/* ---- an exchange of the capture ---- */

enum login_word login_recorded_start(struct login_turn *t)
{
    t->ret->recorded = t->step->recorded;
    t->ret->credentials = true;
    return LOGIN_SEND;
}

static struct span location_of(const struct http_fields *fields)
{
    return fields ? http_fields_value(fields, SPAN("Location")) : SPAN_NONE;
}

/* The path that `location`, given at `base`, leads to. */
static struct span path_behind(struct span base, struct span location, struct arena *arena)
{
    struct url url;
    if (location.len == 0 || !url_parse(&url, url_resolve(base, location, arena)))
        return SPAN_NONE;
    return url.path;
}

/* A redirect to the page that was asked for, or to the one the form stands on, is a no; unless
 * production's yes led there too. */
static bool leads_back(const struct login_turn *t)
{
    struct url asked;
    struct span base = t->answer->url;
    struct span to = path_behind(base, location_of(t->answer->fields), t->arena);
    struct span yes = path_behind(base, location_of(&t->step->recorded->response.fields), t->arena);
    if (t->answer->status < 300 || span_is_none(to) || span_eq(to, yes) || !url_parse(&asked, base))
        return false;
    return span_eq(to, asked.path) || span_eq(to, path_behind(base, t->step->url, t->arena));
}

enum login_word login_recorded_take(struct login_turn *t)
{
    if (t->answer->status >= 400)
        return refused_by_api(t);
    if (leads_back(t))
        return login_fail(t, true, "the login form came again: user name or password are refused");
    struct span token = token_of(t);
    if (token.len && token.len <= LOGIN_MAX_TOKEN) {
        login_keep_token(t, token);
        keep_rest(t, t->answer->body);
        return LOGIN_DONE;
    }
    const struct login_page *page = login_page_read(t->answer->body, t->arena);
    if (login_page_form(page, FORM_LOGIN))
        return login_fail(t, true, "the login form came again: user name or password are refused%s",
                          page->captcha ? ", or a captcha is asked for" : "");
    return login_check_cookie(t);
}
