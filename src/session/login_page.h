#ifndef REHEARSE_SESSION_LOGIN_PAGE_H
#define REHEARSE_SESSION_LOGIN_PAGE_H

#include "rehearse/base/arena.h"

/*
 * The forms of a page as a visitor who wants to log in sees them. Bounded: of a
 * hostile page the first forms and inputs are looked at. Forms do not nest: one inside
 * of another is not seen, as in browsers. What stands in a comment is no form.
 */
enum {
    PAGE_MAX_BYTES = 2 * 1024 * 1024,
    PAGE_MAX_FORMS = 16,
    PAGE_MAX_INPUTS = 200, /* of one form */
};

enum input_kind {
    INPUT_HIDDEN,
    INPUT_TEXT, /* whatever is typed in and is none of the others */
    INPUT_USER,
    INPUT_EMAIL,
    INPUT_PASSWORD,
    INPUT_FACTOR, /* a one-time code */
    INPUT_CHOICE, /* a box or a button among several */
    INPUT_SUBMIT,
};

struct page_input {
    struct span name, value; /* decoded */
    enum input_kind kind;
    bool checked; /* INPUT_CHOICE */
    bool required;
};

/* What a form is for. */
enum form_purpose {
    FORM_OTHER = 0,
    FORM_LOGIN,        /* a password */
    FORM_REGISTER,     /* a new password, or one to be repeated */
    FORM_USER,         /* the name first, the password on the next page */
    FORM_FACTOR,       /* a one-time code */
    FORM_SENDS_ITSELF, /* only hidden inputs, and a script that submits it: form_post, SAML */
    FORM_CONSENT,      /* nothing to fill in but a button */
};

struct page_form {
    struct span id, action, method, enctype; /* as written; action empty: the page itself */
    struct page_input *inputs;
    size_t count, cap;
    enum form_purpose purpose;
};

struct login_page {
    struct page_form forms[PAGE_MAX_FORMS];
    size_t count;
    bool captcha;        /* the page shows one */
    struct span refresh; /* URL of a <meta http-equiv=refresh>; SPAN_NONE */
};

/* Everything in the arena, or borrowed from `html`. */
struct login_page *login_page_read(struct span html, struct arena *arena);
/* The first form of that purpose, or NULL. */
const struct page_form *login_page_form(const struct login_page *page, enum form_purpose purpose);
/* A page of a captcha or a bot manager. */
bool login_page_has_captcha(struct span html);
/* A name that one-time codes are sent under. */
bool is_factor_name(struct span name);

#endif
