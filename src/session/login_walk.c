/*
 * A login by way of pages, as a browser goes it: get a page, follow redirects, fill in
 * the form that is there, until the pages ask for nothing more. On the way may lie a
 * provider on another host (OIDC, SAML), a name and a password on two pages, a second
 * factor, a consent, and a page that submits itself (form_post).
 */
#include "login_machine.h"
#include "login_page.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"
#include "rehearse/session/totp.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define MULTIPART_BOUNDARY "rehearse-login-form-7e3f9a"

/* ---- requests ---- */

static enum login_word get(struct login_turn *t, struct span url)
{
    t->ret->method = SPAN("GET");
    t->ret->url = url;
    t->ret->of_answer = t->answer != NULL && t->flow->walk.requests > 0;
    http_fields_add(&t->ret->fields, t->arena, SPAN("Accept"),
                    SPAN("text/html,application/xhtml+xml,*/*;q=0.8"));
    strbuf_clear(&t->flow->sent);
    return LOGIN_SEND;
}

static enum login_word post(struct login_turn *t, struct span url)
{
    get(t, url);
    t->ret->method = SPAN("POST");
    t->ret->credentials = true;
    return LOGIN_SEND;
}

static enum login_word send_recorded(struct login_turn *t)
{
    t->flow->walk.recorded_sent = true;
    return login_recorded_start(t);
}

enum login_word login_walk_start(struct login_turn *t)
{
    return get(t, login_expanded(t->step->url, VALUE_URL, &t->values));
}

/* ---- filling in ---- */

struct filling {
    struct login_turn *t;
    const struct page_form *form;
    struct strbuf *body;
    bool multipart;
};

static void put(struct filling *f, struct span name, struct span value)
{
    if (!f->multipart) {
        login_add_pair(f->body, name, value);
        return;
    }
    strbuf_add_str(f->body, "--" MULTIPART_BOUNDARY "\r\nContent-Disposition: form-data; name=\"");
    for (size_t i = 0; i < name.len; i++) /* RFC 7578, section 2, and what browsers do */
        if (name.ptr[i] == '"')
            strbuf_add_str(f->body, "%22");
        else if (name.ptr[i] != '\r' && name.ptr[i] != '\n')
            strbuf_add_char(f->body, name.ptr[i]);
    strbuf_add_str(f->body, "\"\r\n\r\n");
    strbuf_add_span(f->body, value);
    strbuf_add_str(f->body, "\r\n");
}

/* What the scenario says of an input; NULL: nothing. */
static const struct login_item *told(const struct login_turn *t, struct span name)
{
    for (size_t i = 0; i < t->step->item_count; i++)
        if (span_eq(t->step->items[i].name, name))
            return &t->step->items[i];
    return NULL;
}

static bool has_input(const struct page_form *form, struct span name)
{
    for (size_t i = 0; i < form->count; i++)
        if (span_eq(form->inputs[i].name, name))
            return true;
    return false;
}

/* The account's own for an input; what stands there already where it has none. */
static struct span own_value(struct filling *f, const struct page_input *input)
{
    struct login_values *values = &f->t->values;
    struct span code;
    switch (input->kind) {
    case INPUT_USER:
        return login_value(SPAN("username"), values);
    case INPUT_EMAIL:
        return login_value(SPAN("email"), values);
    case INPUT_PASSWORD:
        return login_value(SPAN("password"), values);
    case INPUT_FACTOR:
        code = login_value(SPAN("totp"), values);
        return span_is_none(code) ? input->value : code;
    case INPUT_TEXT:
        /* A registration wants something in every box. */
        if (f->t->flow->plan->registers && input->required && input->value.len == 0)
            return login_value(SPAN("username"), values);
        return input->value;
    case INPUT_HIDDEN:
    case INPUT_CHOICE:
    case INPUT_SUBMIT:
        return input->value;
    }
    return input->value;
}

/* One of the buttons is pressed: the one that agrees, else the first. */
static const struct page_input *button_of(const struct page_form *form)
{
    static const struct span yes[] = { { "allow", 5 },     { "accept", 6 },  { "approve", 7 },
                                       { "authorize", 9 }, { "consent", 7 }, { "yes", 3 },
                                       { "grant", 5 },     { "continue", 8 } };
    const struct page_input *first = NULL;
    for (size_t i = 0; i < form->count; i++) {
        const struct page_input *input = &form->inputs[i];
        if (input->kind != INPUT_SUBMIT)
            continue;
        if (!first)
            first = input;
        for (size_t k = 0; k < sizeof yes / sizeof *yes; k++)
            if (span_ifind(input->name, yes[k]) >= 0 || span_ifind(input->value, yes[k]) >= 0)
                return input;
    }
    return first;
}

static void put_input(struct filling *f, const struct page_input *input)
{
    const struct login_item *item = told(f->t, input->name);
    bool choice = input->kind == INPUT_CHOICE;
    /* A box to be ticked before one may register: terms of use. */
    bool tick = f->t->flow->plan->registers && input->required;
    if (input->name.len == 0 || input->kind == INPUT_SUBMIT)
        return;
    if (item)
        put(f, input->name, login_expanded(item->value, VALUE_PLAIN, &f->t->values));
    else if (!choice || input->checked || tick)
        put(f, input->name, own_value(f, input));
}

static void fill_in(struct filling *f)
{
    const struct login_step *step = f->t->step;
    const struct page_input *button = button_of(f->form);
    for (size_t i = 0; i < f->form->count; i++)
        put_input(f, &f->form->inputs[i]);
    /* What the page's script would have added belongs to the form that asks for the account. */
    for (size_t i = 0; i < step->item_count; i++)
        if ((f->form->purpose == FORM_LOGIN || f->form->purpose == FORM_REGISTER) &&
            !has_input(f->form, step->items[i].name))
            put(f, step->items[i].name,
                login_expanded(step->items[i].value, VALUE_PLAIN, &f->t->values));
    if (button && button->name.len)
        put(f, button->name, button->value);
    if (f->multipart)
        strbuf_add_str(f->body, "--" MULTIPART_BOUNDARY "--\r\n");
}

static enum login_word submit(struct login_turn *t, const struct page_form *form)
{
    struct login_flow *flow = t->flow;
    AUTO(strbuf_release) struct strbuf body = STRBUF_INIT;
    struct filling f = { t, form, &body, span_ieq(form->enctype, SPAN("multipart/form-data")) };
    struct span url =
        form->action.len ? url_resolve(t->answer->url, form->action, t->arena) : t->answer->url;
    fill_in(&f);
    enum login_word word = login_check_missing(t);
    if (word != LOGIN_DONE)
        return word;
    if (!span_ieq(form->method, SPAN("post"))) {
        /* HTML, section 4.10.21.3: the query is replaced. */
        struct span rest = url;
        struct span front = span_cut(&rest, '?');
        return get(t, arena_printf(t->arena, "%.*s?%s", SPAN_ARG(front), body.buf));
    }
    post(t, url);
    flow->sent_type = f.multipart ? "multipart/form-data; boundary=" MULTIPART_BOUNDARY : FORM_TYPE;
    strbuf_add_span(&flow->sent, strbuf_span(&body));
    t->ret->body = arena_copy(t->arena, strbuf_span(&body));
    http_fields_add(&t->ret->fields, t->arena, SPAN("Content-Type"), span_of(flow->sent_type));
    return LOGIN_SEND;
}

/* ---- redirects ---- */

static uint64_t place_of(struct span url)
{
    struct url u;
    if (!url_parse(&u, url))
        return 0;
    return hash_mix(hash64(u.scheme), hash64(u.authority));
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* RFC 9110, section 15.4: 307 and 308 repeat the request, the others ask for a page. */
static enum login_word follow(struct login_turn *t, struct span location)
{
    struct login_flow *flow = t->flow;
    struct span url = url_resolve(t->answer->url, location, t->arena);
    bool repeats = (t->answer->status == 307 || t->answer->status == 308) && flow->sent.len;
    if (!repeats)
        return get(t, url);
    struct span body = arena_copy(t->arena, strbuf_span(&flow->sent));
    post(t, url);
    strbuf_add_span(&flow->sent, body);
    t->ret->body = body;
    http_fields_add(&t->ret->fields, t->arena, SPAN("Content-Type"), span_of(flow->sent_type));
    return LOGIN_SEND;
}

/* ---- pages ---- */

static enum login_word refused(struct login_turn *t, const char *what)
{
    return login_fail(t, true, "%s%s", what,
                      t->flow->walk.captcha ? ", or a captcha is asked for" : "");
}

static enum login_word give_password(struct login_turn *t, const struct page_form *form)
{
    struct login_walk *walk = &t->flow->walk;
    /* A form without method is sent by a script of the page, which is not run. */
    bool by_script = form->method.len == 0 && form->action.len == 0;
    if (walk->password_sent)
        return refused(t, t->flow->plan->registers
                              ? "the registration form came again: the account is not accepted"
                              : "the login form came again: user name or password are refused");
    walk->password_sent = true;
    if (by_script && t->step->recorded)
        return send_recorded(t);
    if (by_script)
        return login_fail(t, false,
                          "the page's form is sent by a script: give the request itself "
                          "as a step (post:)");
    return submit(t, form);
}

static enum login_word give_user(struct login_turn *t, const struct page_form *form)
{
    if (t->flow->walk.user_sent)
        return refused(t, "the form for the user name came again: it is refused");
    t->flow->walk.user_sent = true;
    return submit(t, form);
}

/* The code of the next time step, in its time. */
static enum login_word give_next_code(struct login_turn *t, const struct page_form *form,
                                      const struct totp *totp)
{
    int64_t step = t->values.now_s / totp->period_s + 1;
    identity_uses_code(t->flow->who.pool, t->flow->who.identity, step);
    t->flow->walk.code_reused = false;
    t->values.now_s = step * totp->period_s;
    t->ret->not_before_s = t->values.now_s;
    return submit(t, form);
}

static bool secret_of(const struct login_turn *t, struct totp *ret)
{
    const struct login_who *who = &t->flow->who;
    return who->pool && who->identity && totp_parse(ret, who->identity->totp);
}

static enum login_word give_code(struct login_turn *t, const struct page_form *form)
{
    struct totp totp;
    struct login_walk *walk = &t->flow->walk;
    bool known = secret_of(t, &totp);
    if (walk->code_sent && walk->code_reused && known)
        return give_next_code(t, form, &totp);
    if (!walk->code_sent && known)
        walk->code_reused = identity_uses_code(t->flow->who.pool, t->flow->who.identity,
                                               t->values.now_s / totp.period_s);
    struct span code = login_value(SPAN("totp"), &t->values);
    if (t->flow->walk.code_sent)
        return refused(t, "the code of the second factor is refused");
    if (span_is_none(code))
        return login_fail(t, true,
                          "a second factor is asked for, and the account has no secret "
                          "(column totp)");
    t->flow->walk.code_sent = true;
    return submit(t, form);
}

static enum login_word give_consent(struct login_turn *t, const struct page_form *form)
{
    t->flow->walk.consent_sent = true;
    return submit(t, form);
}

/* Once the password is sent, a form with a name only is a newsletter's or a search; before, a page
 * with both kinds has the login first. */
static enum login_word take_form(struct login_turn *t, const struct login_page *page)
{
    const struct login_walk *walk = &t->flow->walk;
    bool registers = t->flow->plan->registers;
    bool away = t->step->kind == LOGIN_OIDC && place_of(t->answer->url) != walk->home;
    const struct page_form *form = login_page_form(page, FORM_SENDS_ITSELF);
    if (form)
        return submit(t, form);
    form = login_page_form(page, registers ? FORM_REGISTER : FORM_LOGIN);
    if (!form && registers)
        form = login_page_form(page, FORM_LOGIN);
    if (form)
        return give_password(t, form);
    form = login_page_form(page, FORM_FACTOR);
    if (form)
        return give_code(t, form);
    form = login_page_form(page, FORM_USER);
    if (form && !walk->password_sent)
        return give_user(t, form);
    form = login_page_form(page, FORM_CONSENT);
    if (form && away && walk->password_sent && !walk->consent_sent)
        return give_consent(t, form);
    return LOGIN_DONE;
}

/* Nothing more is asked for: is somebody logged in? */
static enum login_word arrive(struct login_turn *t)
{
    const struct login_walk *walk = &t->flow->walk;
    int status = t->answer->status;
    if (!walk->password_sent && status < 400 && t->flow->session_cookie &&
        t->step->recorded == NULL && t->flow->at > 0)
        return LOGIN_DONE; /* a step before logged in */
    if (!walk->password_sent) {
        if (walk->captcha)
            return login_fail(t, true, "a captcha is asked for before the login form");
        enum login_word word = login_check_status(t);
        if (word != LOGIN_DONE) {
            t->flow->blames_account = false;
            return word;
        }
        return t->step->recorded ? send_recorded(t)
                                 : login_fail(t, false, "the page has no login form");
    }
    if (status == 401 || status == 403)
        return walk->captcha ? refused(t, "refused") : login_check_status(t);
    if (status >= 400 && !t->flow->session_cookie)
        return login_check_status(t);
    if (t->step->kind == LOGIN_OIDC && place_of(t->answer->url) != walk->home)
        return login_fail(t, true, "the provider does not lead back: its last answer has status %d",
                          status);
    if (t->flow->plan->registers)
        return login_check_status(t);
    return login_check_cookie(t);
}

enum login_word login_walk_take(struct login_turn *t)
{
    struct login_walk *walk = &t->flow->walk;
    const struct login_answer *answer = t->answer;
    if (walk->recorded_sent)
        return login_recorded_take(t);
    if (walk->home == 0)
        walk->home = place_of(answer->url);
    struct span location =
        answer->fields ? http_fields_value(answer->fields, SPAN("Location")) : SPAN_NONE;
    if (is_redirect(answer->status) && location.len)
        return follow(t, location);
    if (answer->status == 429)
        return login_check_status(t);

    const struct login_page *page = login_page_read(answer->body, t->arena);
    walk->captcha |= page->captcha;
    if (answer->fields &&
        span_ifind(http_fields_value(answer->fields, SPAN("cf-mitigated")), SPAN("challenge")) >= 0)
        walk->captcha = true;
    enum login_word word = take_form(t, page);
    if (word != LOGIN_DONE)
        return word;
    if (page->refresh.len && answer->status < 400)
        return get(t, url_resolve(answer->url, page->refresh, t->arena));
    return arrive(t);
}
