#include "rehearse/session/login_flow.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "login_machine.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/url.h"
#include "shape.h"

/* A token that ends within this is renewed before it is used. */
enum { STALE_BEFORE_S = 10 };

static enum login_word basic_start(struct login_turn *t);
static enum login_word certificate_start(struct login_turn *t);

static const struct login_kind_ops kinds[] = {
    [LOGIN_FORM] = { login_walk_start, login_walk_take },
    [LOGIN_OIDC] = { login_walk_start, login_walk_take },
    [LOGIN_REQUEST] = { login_request_start, login_request_take },
    [LOGIN_OAUTH] = { login_oauth_start, login_oauth_take },
    [LOGIN_BASIC] = { basic_start, NULL },
    [LOGIN_CERTIFICATE] = { certificate_start, NULL },
    [LOGIN_RECORDED] = { login_recorded_start, login_recorded_take },
};

/* ---- what the steps share ---- */

enum login_word login_fail(struct login_turn *t, bool to_blame, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    strbuf_clear(&t->flow->reason);
    strbuf_add_str(&t->flow->reason, text);
    t->flow->blames_account = to_blame;
    return LOGIN_FAILED;
}

enum login_word login_check_status(struct login_turn *t)
{
    int status = t->answer->status;
    if (status < 400)
        return LOGIN_DONE;
    if (status == 429)
        return login_fail(t, false, "status 429: staging takes no more logins now");
    bool refused = status == 400 || status == 401 || status == 403 || status == 422;
    return login_fail(t, refused, "status %d%s", status, refused ? ": refused" : "");
}

enum login_word login_check_missing(struct login_turn *t)
{
    struct span name = t->values.missing;
    if (span_is_none(name))
        return LOGIN_DONE;
    if (span_eq(name, SPAN("totp")))
        return login_fail(t, true,
                          "a second factor is asked for, and the account has no secret "
                          "(column totp)");
    if (span_starts(name, SPAN("answer:")))
        return login_fail(t, false, "the answer before has no \"%.*s\"",
                          SPAN_ARG(span_head(span_from(name, 7), 100)));
    return login_fail(t, false, "nothing is known for ${%.*s}: no such column",
                      SPAN_ARG(span_head(name, 100)));
}

void login_keep_token(struct login_turn *t, struct span token)
{
    struct login_flow *flow = t->flow;
    bool own_field = t->step->header.len > 0;
    if (token.len == 0 || token.len > LOGIN_MAX_TOKEN)
        return;
    strbuf_clear(&flow->header);
    strbuf_clear(&flow->value);
    strbuf_add_span(&flow->header, own_field ? t->step->header : SPAN("Authorization"));
    if (!own_field)
        strbuf_add_str(&flow->value, "Bearer ");
    strbuf_add_span(&flow->value, token);
    flow->token_step = flow->at;
    flow->basic = false;
}

enum login_word login_check_cookie(struct login_turn *t)
{
    struct span wanted = t->step->cookie;
    if (wanted.len && !t->flow->cookie_as_told)
        return login_fail(t, false, "no cookie \"%.*s\" was set", SPAN_ARG(span_head(wanted, 100)));
    if (!t->flow->session_cookie)
        return login_fail(t, false, "no session cookie was set");
    if (t->answer->cookies == 0)
        return login_fail(t, false,
                          "its session cookie breaks a rule and is not kept (Secure "
                          "without TLS, another domain)");
    return LOGIN_DONE;
}

void login_add_pair(struct strbuf *out, struct span name, struct span value)
{
    if (out->len)
        strbuf_add_char(out, '&');
    form_encode(out, name);
    strbuf_add_char(out, '=');
    form_encode(out, value);
}

void login_add_items(struct strbuf *out, const struct login_item *items, size_t count,
                     struct login_values *values)
{
    for (size_t i = 0; i < count; i++)
        login_add_pair(out, items[i].name, login_expanded(items[i].value, VALUE_PLAIN, values));
}

/* ---- steps that send nothing ---- */

static enum login_word basic_start(struct login_turn *t)
{
    struct login_flow *flow = t->flow;
    const struct identity *identity = flow->who.identity;
    if (!identity)
        return login_fail(t, false, "HTTP basic needs accounts");
    strbuf_clear(&flow->header);
    strbuf_clear(&flow->value);
    strbuf_add_str(&flow->header, "Authorization");
    login_add_basic(&flow->value, identity->username, identity->password);
    flow->basic = true;
    flow->token_step = flow->at;
    return LOGIN_DONE;
}

static enum login_word certificate_start(struct login_turn *t)
{
    struct login_flow *flow = t->flow;
    strbuf_clear(&flow->certificate);
    strbuf_clear(&flow->key);
    login_expand(&flow->certificate, t->step->certificate, VALUE_PLAIN, &t->values);
    login_expand(&flow->key, t->step->key, VALUE_PLAIN, &t->values);
    return login_check_missing(t);
}

/* ---- cookies ---- */

/* Whatever a site calls it: a name that logins have, or one that nobody knows with a value drawn at
 * random. */
static bool may_be_session(const struct set_cookie *cookie)
{
    enum cookie_role role = cookie_role(cookie->name);
    if (cookie->value.len == 0 || (cookie->has_max_age && cookie->max_age_s <= 0))
        return false;
    return cookie_may_log_in(cookie->name, role) ||
           (role == COOKIE_UNKNOWN && looks_random(cookie->value));
}

static void note_cookies(struct login_turn *t)
{
    const struct http_fields *fields = t->answer->fields;
    for (uint32_t i = 0; fields && i < fields->len; i++) {
        struct set_cookie cookie;
        if (!span_ieq(fields->at[i].name, SPAN("Set-Cookie")) ||
            !set_cookie_parse(&cookie, fields->at[i].value))
            continue;
        bool told = t->step->cookie.len &&
                    span_eq(cookie_base_name(cookie.name), cookie_base_name(t->step->cookie));
        t->flow->cookie_as_told |= told && cookie.value.len > 0;
        t->flow->session_cookie |= told || may_be_session(&cookie);
    }
}

/* ---- the machine ---- */

struct login_flow *login_flow_new(const struct login_plan *plan, const struct login_who *who)
{
    struct login_flow *flow = xcalloc(1, sizeof *flow);
    struct strbuf empty = STRBUF_INIT;
    flow->plan = plan;
    flow->who = *who;
    flow->reason = flow->sent = flow->header = flow->value = empty;
    flow->refresh_token = flow->certificate = flow->key = empty;
    return flow;
}

struct login_flow *login_flow_renew(const struct login_plan *plan, const struct login_who *who,
                                    const struct login_grant *grant)
{
    struct login_flow *flow = login_flow_new(plan, who);
    assert(login_can_renew(plan, grant));
    flow->renewing = true;
    flow->at = grant->step;
    strbuf_add_span(&flow->header, grant->header);
    strbuf_add_span(&flow->value, grant->value);
    strbuf_add_span(&flow->refresh_token, grant->refresh_token);
    strbuf_add_span(&flow->certificate, grant->certificate);
    strbuf_add_span(&flow->key, grant->key);
    return flow;
}

static void wipe(struct strbuf *sb)
{
    if (sb->cap)
        sodium_memzero(sb->buf, sb->cap);
    strbuf_release(sb);
}

void login_flow_free(struct login_flow *flow)
{
    if (!flow)
        return;
    strbuf_release(&flow->reason);
    wipe(&flow->sent);
    strbuf_release(&flow->header);
    wipe(&flow->value);
    wipe(&flow->refresh_token);
    strbuf_release(&flow->certificate);
    strbuf_release(&flow->key);
    free(flow);
}

static enum login_word start_steps(struct login_turn *t)
{
    struct login_flow *flow = t->flow;
    for (; flow->at < flow->plan->count; flow->at++) {
        t->step = &flow->plan->steps[flow->at];
        flow->walk = (struct login_walk){ 0 };
        flow->cookie_as_told = false;
        strbuf_clear(&flow->sent);
        enum login_word word = kinds[t->step->kind].start(t);
        if (word == LOGIN_SEND)
            flow->walk.requests++;
        if (word != LOGIN_DONE)
            return word;
    }
    return LOGIN_DONE;
}

static enum login_word take_answer(struct login_turn *t)
{
    struct login_flow *flow = t->flow;
    /* The page behind the login may lie elsewhere: what counts is that it was given. */
    if (t->answer->refused && flow->walk.password_sent && flow->session_cookie &&
        t->step->kind == LOGIN_FORM)
        return LOGIN_DONE;
    if (t->answer->refused) {
        struct url url;
        bool known = url_parse(&url, t->answer->url) && url.authority.len > 0;
        return login_fail(t, false, "not sent%s%.*s: %s", known ? " to " : "",
                          known ? (int)span_head(url.authority, 200).len : 0,
                          known ? url.authority.ptr : "", t->answer->refused);
    }
    if (t->answer->failure)
        return login_fail(t, false, "%s", t->answer->failure);
    note_cookies(t);
    enum login_word word = kinds[t->step->kind].take(t);
    if (word == LOGIN_SEND && flow->walk.requests++ >= LOGIN_MAX_REQUESTS)
        return login_fail(t, false, "the redirects and pages do not end");
    return word;
}

static struct span kept(const struct strbuf *text, struct arena *arena)
{
    return text->len ? arena_copy(arena, strbuf_span(text)) : SPAN_NONE;
}

/* What earlier steps gave goes along: a certificate, basic, the token of a first factor. */
static enum login_word with_grant(struct login_turn *t, enum login_word word)
{
    struct login_flow *flow = t->flow;
    struct login_request *ret = t->ret;
    struct span header = strbuf_span(&flow->header);
    if (word != LOGIN_SEND)
        return word;
    ret->certificate = kept(&flow->certificate, t->arena);
    ret->key = kept(&flow->key, t->arena);
    if (header.len && !flow->renewing && !http_fields_first(&ret->fields, header))
        http_fields_add(&ret->fields, t->arena, arena_copy(t->arena, header),
                        arena_copy(t->arena, strbuf_span(&flow->value)));
    return word;
}

enum login_word login_flow_next(struct login_flow *flow, const struct login_answer *answer,
                                int64_t now_s, struct login_request *ret, struct arena *arena)
{
    struct login_turn t = { .flow = flow, .answer = answer, .ret = ret, .arena = arena };
    *ret = (struct login_request){ .method = SPAN("GET"), .body = SPAN_NONE };
    t.values = (struct login_values){ .who = &flow->who,
                                      .answer = answer ? answer->body : SPAN_NONE,
                                      .now_s = now_s,
                                      .arena = arena,
                                      .missing = SPAN_NONE };
    if (!answer && flow->renewing) {
        t.step = &flow->plan->steps[flow->at];
        return with_grant(&t, login_renew_start(&t));
    }
    if (!answer)
        return with_grant(&t, start_steps(&t));
    assert(flow->at < flow->plan->count);
    t.step = &flow->plan->steps[flow->at];
    enum login_word word = take_answer(&t);
    if (word != LOGIN_DONE || flow->renewing)
        return with_grant(&t, word);
    flow->at++;
    return with_grant(&t, start_steps(&t));
}

struct span login_flow_reason(const struct login_flow *flow)
{
    return strbuf_span(&flow->reason);
}

bool login_flow_blames_account(const struct login_flow *flow)
{
    return flow->blames_account;
}

/* ---- grants ---- */

void login_grant_release(struct login_grant *grant)
{
    free(grant->block);
    *grant = (struct login_grant){ .block = NULL };
}

static struct span placed(char **at, const struct strbuf *text)
{
    if (text->len == 0)
        return SPAN_NONE;
    memcpy(*at, text->buf, text->len + 1);
    struct span s = span_make(*at, text->len);
    *at += text->len + 1;
    return s;
}

void login_flow_take_grant(struct login_flow *flow, struct login_grant *ret)
{
    const struct strbuf *const texts[] = { &flow->header, &flow->value, &flow->refresh_token,
                                           &flow->certificate, &flow->key };
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bytes += texts[i]->len + 1;
    login_grant_release(ret);
    ret->block = xmalloc(bytes);
    char *at = ret->block;
    ret->header = placed(&at, texts[0]);
    ret->value = placed(&at, texts[1]);
    ret->refresh_token = placed(&at, texts[2]);
    ret->certificate = placed(&at, texts[3]);
    ret->key = placed(&at, texts[4]);
    ret->basic = flow->basic;
    ret->expires_s = flow->expires_s;
    ret->step = flow->token_step;
}

bool login_grant_is_stale(const struct login_grant *grant, int64_t now_s)
{
    return grant->expires_s && now_s >= grant->expires_s - STALE_BEFORE_S;
}

bool login_can_renew(const struct login_plan *plan, const struct login_grant *grant)
{
    return grant->refresh_token.len > 0 && grant->step < plan->count &&
           (plan->steps[grant->step].kind == LOGIN_OAUTH ||
            plan->steps[grant->step].refresh.len > 0);
}

/* ---- plans ---- */

static bool items_need_account(const struct login_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (login_text_needs_account(items[i].value))
            return true;
    return false;
}

static bool step_needs_account(const struct login_step *step)
{
    switch (step->kind) {
    case LOGIN_FORM:
    case LOGIN_OIDC:
    case LOGIN_BASIC:
    case LOGIN_RECORDED:
        return true;
    case LOGIN_OAUTH:
        if (step->grant == GRANT_PASSWORD)
            return true;
        break;
    case LOGIN_REQUEST:
    case LOGIN_CERTIFICATE:
        break;
    }
    const struct span texts[] = { step->url,           step->body,        step->client_id,
                                  step->client_secret, step->certificate, step->key };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (login_text_needs_account(texts[i]))
            return true;
    return items_need_account(step->items, step->item_count) ||
           items_need_account(step->fields, step->field_count);
}

bool login_plan_needs_account(const struct login_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (step_needs_account(&plan->steps[i]))
            return true;
    return false;
}
