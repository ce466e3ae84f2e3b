#include "login_page.h"

#include "html_tags.h"
#include "rehearse/base/glob.h"
#include "secret_names.h"

/* ---- signs ---- */

bool login_page_has_captcha(struct span html)
{
    static const struct span signs[] = {
        { "g-recaptcha", 11 },      { "google.com/recaptcha", 20 }, { "h-captcha", 9 },
        { "hcaptcha.com", 12 },     { "cf-turnstile", 12 },         { "challenges.cloudflare", 21 },
        { "frc-captcha", 11 },      { "arkoselabs", 10 },           { "geetest", 7 },
        { "captcha-delivery", 16 }, { "name=\"captcha", 13 },       { "name='captcha", 13 },
        { "simple_captcha", 14 },   { "id=\"captcha", 11 },         { "mtcaptcha", 9 },
    };
    html = span_head(html, PAGE_MAX_BYTES);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (span_ifind(html, signs[i]) >= 0)
            return true;
    return false;
}

static bool fits_any(struct span name, const char *const *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (glob_imatches(span_of(patterns[i]), name))
            return true;
    return false;
}

bool is_factor_name(struct span name)
{
    static const char *const patterns[] = {
        "*totp*",          "*otp",         "otp*",         "*otp_*",          "*mfa*",
        "*2fa*",           "*two*factor*", "*verif*code*", "*security*code*", "*auth*code*",
        "*one*time*code*", "passcode"
    };
    return fits_any(name, patterns, sizeof patterns / sizeof *patterns);
}

/* Names that mean a one-time code where no password is asked for beside it. */
static bool is_loose_factor_name(struct span name)
{
    static const char *const patterns[] = { "code",    "token",   "pin",           "*-token",
                                            "*_token", "*[code]", "challenge*code" };
    return fits_any(name, patterns, sizeof patterns / sizeof *patterns);
}

/* ---- inputs ---- */

static enum input_kind kind_of_text(struct span name, struct span type, struct span autocomplete)
{
    if (span_ieq(autocomplete, SPAN("one-time-code")) || is_factor_name(name))
        return INPUT_FACTOR;
    if (span_ieq(type, SPAN("email")) || span_ieq(autocomplete, SPAN("email")) ||
        glob_imatches(SPAN("*mail*"), name))
        return INPUT_EMAIL;
    if (span_ieq(autocomplete, SPAN("username")) || is_user_name(name))
        return INPUT_USER;
    return INPUT_TEXT;
}

static enum input_kind kind_of_input(struct span name, struct span type, struct span autocomplete)
{
    static const struct {
        struct span type;
        enum input_kind kind;
    } kinds[] = {
        { { "hidden", 6 }, INPUT_HIDDEN },   { { "password", 8 }, INPUT_PASSWORD },
        { { "checkbox", 8 }, INPUT_CHOICE }, { { "radio", 5 }, INPUT_CHOICE },
        { { "submit", 6 }, INPUT_SUBMIT },   { { "image", 5 }, INPUT_SUBMIT },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (span_ieq(type, kinds[i].type))
            return kinds[i].kind;
    return kind_of_text(name, type, autocomplete);
}

static bool is_no_input(struct span type)
{
    return span_ieq(type, SPAN("button")) || span_ieq(type, SPAN("reset")) ||
           span_ieq(type, SPAN("file"));
}

static bool has_attribute(const struct html_tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->len; i++)
        if (span_ieq(tag->at[i].name, span_of(name)))
            return true;
    return false;
}

static void add_input(struct page_form *form, struct page_input input, struct arena *arena)
{
    if (form->count == PAGE_MAX_INPUTS)
        return;
    if (form->count == form->cap) {
        size_t cap = form->cap ? 2 * form->cap : 8;
        struct page_input *grown = arena_alloc(arena, cap * sizeof *grown);
        if (form->count)
            memcpy(grown, form->inputs, form->count * sizeof *grown);
        form->inputs = grown;
        form->cap = cap;
    }
    form->inputs[form->count++] = input;
}

static void take_input(struct page_form *form, const struct html_tag *tag, struct arena *arena)
{
    struct span type = span_trim(html_attribute_raw(tag, "type"));
    bool button = span_ieq(tag->name, SPAN("button"));
    struct page_input input = { .name = html_attribute_value(tag, "name", arena),
                                .value = html_attribute_value(tag, "value", arena) };
    if (is_no_input(type) || has_attribute(tag, "disabled"))
        return;
    input.kind = button ? INPUT_SUBMIT
                        : kind_of_input(input.name, type,
                                        span_trim(html_attribute_raw(tag, "autocomplete")));
    if (span_is_none(input.value))
        input.value = input.kind == INPUT_CHOICE ? SPAN("on") : SPAN("");
    input.checked = has_attribute(tag, "checked");
    input.required = has_attribute(tag, "required");
    if (input.name.len || input.kind == INPUT_SUBMIT || input.kind == INPUT_PASSWORD)
        add_input(form, input, arena);
}

/* ---- forms ---- */

struct reading {
    struct login_page *page;
    struct page_form *open; /* or NULL */
    struct span select;     /* name of the <select> that is open */
    bool select_has;        /* its value is known: the chosen option, else the first */
    bool script_submits;
    struct arena *arena;
};

/* The form an input belongs to: the one around it, or the one it names. */
static struct page_form *form_of(const struct reading *r, const struct html_tag *tag)
{
    struct span id = html_attribute_raw(tag, "form");
    for (size_t i = 0; id.len && i < r->page->count; i++)
        if (span_eq(r->page->forms[i].id, id))
            return &r->page->forms[i];
    return r->open;
}

static void take_form(struct reading *r, const struct html_tag *tag)
{
    if (tag->closing) {
        r->open = NULL;
        return;
    }
    if (r->open || r->page->count == PAGE_MAX_FORMS)
        return; /* HTML, section 13.2.6.4.7: a form inside of a form is passed over */
    r->open = &r->page->forms[r->page->count++];
    *r->open = (struct page_form){
        .id = html_attribute_raw(tag, "id"),
        .action = span_trim(html_attribute_value(tag, "action", r->arena)),
        .method = span_trim(html_attribute_raw(tag, "method")),
        .enctype = span_trim(html_attribute_raw(tag, "enctype")),
    };
}

static void take_option(struct reading *r, const struct html_tag *tag)
{
    bool chosen = has_attribute(tag, "selected");
    struct span value = html_attribute_value(tag, "value", r->arena);
    if (!r->open || r->select.len == 0 || span_is_none(value) || (r->select_has && !chosen))
        return;
    if (r->select_has)
        r->open->inputs[r->open->count - 1].value = value;
    else if (r->open->count < PAGE_MAX_INPUTS) {
        add_input(r->open,
                  (struct page_input){ .name = r->select, .value = value, .kind = INPUT_HIDDEN },
                  r->arena);
        r->select_has = true;
    }
}

static void take_select(struct reading *r, const struct html_tag *tag)
{
    r->select = tag->closing ? SPAN_NONE : html_attribute_value(tag, "name", r->arena);
    r->select_has = false;
}

/* "0; url=/next" */
static void take_meta(struct reading *r, const struct html_tag *tag)
{
    struct span content = html_attribute_value(tag, "content", r->arena);
    if (!span_ieq(html_attribute_raw(tag, "http-equiv"), SPAN("refresh")))
        return;
    ptrdiff_t at = span_ifind(content, SPAN("url="));
    if (at < 0)
        return;
    struct span url = span_trim(span_from(content, (size_t)at + 4));
    if (url.len > 1 && (url.ptr[0] == '\'' || url.ptr[0] == '"'))
        url = span_make(url.ptr + 1, url.len - 2);
    r->page->refresh = url;
}

static void take_tag(struct reading *r, const struct html_tag *tag)
{
    struct page_form *form;
    if (span_ieq(tag->name, SPAN("form"))) {
        take_form(r, tag);
    } else if (span_ieq(tag->name, SPAN("select"))) {
        take_select(r, tag);
    } else if (tag->closing) {
        return;
    } else if (span_ieq(tag->name, SPAN("input")) || span_ieq(tag->name, SPAN("button"))) {
        form = form_of(r, tag);
        if (form && r->select.len == 0)
            take_input(form, tag, r->arena);
    } else if (span_ieq(tag->name, SPAN("option"))) {
        take_option(r, tag);
    } else if (span_ieq(tag->name, SPAN("meta"))) {
        take_meta(r, tag);
    } else if (span_ieq(tag->name, SPAN("script"))) {
        r->script_submits |= span_find(tag->content, SPAN("submit()")) >= 0;
    } else if (span_ieq(tag->name, SPAN("body"))) {
        r->script_submits |= span_find(html_attribute_raw(tag, "onload"), SPAN("submit()")) >= 0;
    }
}

/* ---- what a form is for ---- */

static unsigned count_kind(const struct page_form *form, enum input_kind kind)
{
    unsigned n = 0;
    for (size_t i = 0; i < form->count; i++)
        n += form->inputs[i].kind == kind;
    return n;
}

/* A site may call the user's name anything: it is what is typed in before the password. */
static void find_user(struct page_form *form)
{
    struct page_input *last = NULL;
    if (count_kind(form, INPUT_USER) + count_kind(form, INPUT_EMAIL) > 0)
        return;
    for (size_t i = 0; i < form->count && form->inputs[i].kind != INPUT_PASSWORD; i++)
        if (form->inputs[i].kind == INPUT_TEXT)
            last = &form->inputs[i];
    if (last)
        last->kind = INPUT_USER;
}

/* A loose name is a code only where it is the one thing to type in. */
static void find_factor(struct page_form *form)
{
    struct page_input *only = NULL;
    unsigned typed = 0;
    for (size_t i = 0; i < form->count; i++)
        if (form->inputs[i].kind == INPUT_TEXT || form->inputs[i].kind == INPUT_USER ||
            form->inputs[i].kind == INPUT_EMAIL) {
            typed++;
            only = &form->inputs[i];
        }
    if (typed == 1 && is_loose_factor_name(only->name))
        only->kind = INPUT_FACTOR;
}

static enum form_purpose purpose_of(struct page_form *form, bool script_submits)
{
    unsigned passwords = count_kind(form, INPUT_PASSWORD);
    if (passwords > 0) {
        find_user(form);
        return passwords > 1 ? FORM_REGISTER : FORM_LOGIN;
    }
    find_factor(form);
    if (count_kind(form, INPUT_FACTOR) > 0)
        return FORM_FACTOR;
    unsigned typed = count_kind(form, INPUT_TEXT);
    unsigned names = count_kind(form, INPUT_USER) + count_kind(form, INPUT_EMAIL);
    if (names > 0)
        return typed == 0 && names == 1 ? FORM_USER : FORM_OTHER;
    if (typed > 0 || !span_ieq(form->method, SPAN("post")))
        return FORM_OTHER;
    if (script_submits && count_kind(form, INPUT_HIDDEN) > 0)
        return FORM_SENDS_ITSELF;
    return count_kind(form, INPUT_SUBMIT) > 0 ? FORM_CONSENT : FORM_OTHER;
}

/* Up to the next comment; *rest goes on behind it. */
static struct span cut_comment(struct span *rest)
{
    ptrdiff_t begin = span_find(*rest, SPAN("<!--"));
    struct span text = *rest;
    if (begin < 0) {
        *rest = SPAN_NONE;
        return text;
    }
    struct span behind = span_from(text, (size_t)begin + 4);
    ptrdiff_t end = span_find(behind, SPAN("-->"));
    *rest = end < 0 ? SPAN_NONE : span_from(behind, (size_t)end + 3);
    return span_head(text, (size_t)begin);
}

struct login_page *login_page_read(struct span html, struct arena *arena)
{
    struct login_page *page = arena_calloc(arena, 1, sizeof *page);
    struct reading r = { .page = page, .arena = arena, .select = SPAN_NONE };
    struct span rest = span_head(html, PAGE_MAX_BYTES);
    struct html_tag tag;
    page->refresh = SPAN_NONE;
    page->captcha = login_page_has_captcha(rest);
    while (rest.len) {
        struct span part = cut_comment(&rest);
        while (html_next_tag(&part, &tag))
            take_tag(&r, &tag);
    }
    for (size_t i = 0; i < page->count; i++)
        page->forms[i].purpose = purpose_of(&page->forms[i], r.script_submits);
    return page;
}

const struct page_form *login_page_form(const struct login_page *page, enum form_purpose purpose)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->forms[i].purpose == purpose)
            return &page->forms[i];
    return NULL;
}
