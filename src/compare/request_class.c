#include "request_class.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/media_type.h"

void request_classes_release(struct request_classes *classes)
{
    strset_release(&classes->texts);
}

static uint16_t number(struct request_classes *classes, struct span text)
{
    if (classes->texts.len == 0)
        strset_add(&classes->texts, SPAN(""));
    if (text.len > 64)
        text = span_head(text, 64);
    if (classes->texts.len >= CLASS_TEXTS_MAX) {
        uint32_t known = strset_find(&classes->texts, text);
        return known == STRSET_ABSENT ? 0 : (uint16_t)known;
    }
    return (uint16_t)strset_add(&classes->texts, text);
}

/* Crawlers name themselves with one of these (any case); people's browsers do not. */
static const struct span bot_words[] = {
    { "bot", 3 }, { "crawl", 5 }, { "spider", 6 }, { "slurp", 5 }, { "facebookexternalhit", 19 },
};

bool user_agent_is_bot(struct span user_agent)
{
    struct span head = span_head(user_agent, 300);
    for (size_t i = 0; i < sizeof bot_words / sizeof *bot_words; i++)
        if (span_ifind(head, bot_words[i]) >= 0)
            return true;
    return false;
}

bool cookie_name_is_credential(struct span name)
{
    return cookie_may_log_in(name, cookie_role(name));
}

bool cookies_hold_credential(struct span line)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        if (cookie_name_is_credential(pair.name))
            return true;
    return false;
}

bool request_has_credential(const struct http_request *request)
{
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (span_is_none(f->value))
            continue;
        if (span_ieq(f->name, SPAN("Authorization")))
            return true;
        if (span_ieq(f->name, SPAN("Cookie")) && cookies_hold_credential(f->value))
            return true;
    }
    return false;
}

bool request_sends_cookie(const struct http_request *request, struct span name)
{
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (f->name.len == 6 && span_ieq(f->name, SPAN("Cookie")) &&
            !span_is_none(cookie_value(f->value, name)))
            return true;
    }
    return false;
}

/* A cookie by which a visitor chose a language. */
static const struct span locale_cookies[] = {
    { "locale", 6 },        { "lang", 4 },    { "language", 8 },
    { "NEXT_LOCALE", 11 },  { "i18next", 7 }, { "django_language", 15 },
    { "localization", 12 },
};

static struct span locale_cookie(struct span line)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        for (size_t i = 0; i < sizeof locale_cookies / sizeof *locale_cookies; i++)
            if (span_ieq(pair.name, locale_cookies[i]))
                return pair.value;
    return SPAN_NONE;
}

static struct span first_tag(struct span accept_language)
{
    struct span first = span_cut(&accept_language, ',');
    return span_trim(span_cut(&first, ';'));
}

static enum request_form form_of_accept(struct span accept)
{
    struct span first = span_trim(span_cut(&accept, ','));
    if (media_type_is_html(first))
        return FORM_HTML;
    if (media_type_is_json(first))
        return FORM_JSON;
    return span_istarts(first, SPAN("image/")) ? FORM_IMAGE : FORM_ANY;
}

/* As cookies_hold_credential, for line after line. */
static bool line_holds_credential(struct request_classes *classes, struct span line)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair))
        if (cookie_may_log_in(pair.name, cookie_role_kept(&classes->roles, pair.name)))
            return true;
    return false;
}

struct reading {
    struct request_class class;
    struct span tag, locale;
};

static bool is_bot(struct request_classes *classes, struct span agent)
{
    uint64_t key = hash64(agent) | 1;
    size_t place = (size_t)(key >> 20) & (AGENT_MEMO - 1);
    if (classes->agents[place].key != key) {
        classes->agents[place].key = key;
        classes->agents[place].bot = user_agent_is_bot(agent);
    }
    return classes->agents[place].bot;
}

static void read_field(struct request_classes *classes, struct reading *r,
                       const struct http_field *f)
{
    struct request_class *c = &r->class;
    switch (f->name.len) {
    case 3:
        if (span_ieq(f->name, SPAN("RSC")))
            c->form = FORM_RSC;
        break;
    case 5:
        if (span_ieq(f->name, SPAN("Range")))
            c->form = FORM_RANGE;
        break;
    case 6:
        if (span_ieq(f->name, SPAN("Cookie"))) {
            c->credential |= line_holds_credential(classes, f->value);
            c->identity = hash_mix(c->identity, f->id ? f->id : hash64(f->value));
            struct span locale = locale_cookie(f->value);
            r->locale = span_is_none(locale) ? r->locale : locale;
        } else if (span_ieq(f->name, SPAN("Accept")) && c->form == FORM_ANY) {
            c->form = (uint8_t)form_of_accept(f->value);
        }
        break;
    case 10:
        if (span_ieq(f->name, SPAN("User-Agent")))
            c->bot = is_bot(classes, f->value);
        break;
    case 13:
        if (span_ieq(f->name, SPAN("Authorization"))) {
            c->credential = true;
            c->identity = hash_mix(c->identity, hash64(f->value));
        }
        break;
    case 15:
        if (span_ieq(f->name, SPAN("Accept-Language")))
            r->tag = first_tag(f->value);
        break;
    case 16:
        if (span_ieq(f->name, SPAN("X-Requested-With")))
            c->form = FORM_AJAX;
        break;
    default:
        break;
    }
}

struct request_class request_class_of(struct request_classes *classes, const struct exchange *x)
{
    struct reading r = { { 0 }, SPAN_NONE, SPAN_NONE };
    for (uint32_t i = 0; i < x->request.fields.len; i++)
        if (!span_is_none(x->request.fields.at[i].value))
            read_field(classes, &r, &x->request.fields.at[i]);
    r.class.method = number(classes, x->request.method);
    r.class.host = number(classes, x->request.authority);
    r.class.language = number(classes, span_is_none(r.locale) ? r.tag : r.locale);
    if (!span_is_none(x->user) && x->user.len)
        r.class.credential = true;
    r.class.target = hash_mix(r.class.host, hash64(x->request.target));
    r.class.identity = hash_mix(r.class.identity, hash64(x->request.target));
    return r.class;
}
