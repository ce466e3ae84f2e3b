/* What an answer says of a gate beyond its status: soft gates, bot managers, languages. */
#include "gate_place.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/compare/gate.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

/* A gate shows itself in the front part of a page. */
enum { LOOKED_AT = 256 * 1024, ERRORS_LOOKED_AT = 64, TITLE_MAX = 512 };

/* ---- redirects that are no redirects by their status ---- */

static enum gate_answer led_to(struct span place)
{
    return is_login_place(place) ? ANSWER_LOGIN : ANSWER_REDIRECT;
}

static const struct span redirect_fields[] = {
    { "x-nextjs-redirect", 17 }, { "x-action-redirect", 17 }, { "X-Remix-Redirect", 16 },
    { "HX-Redirect", 11 },       { "HX-Location", 11 },
};

static bool by_field(const struct exchange *x, enum gate_answer *ret)
{
    for (size_t i = 0; i < sizeof redirect_fields / sizeof *redirect_fields; i++) {
        struct span place = http_fields_value(&x->response.fields, redirect_fields[i]);
        if (place.len) {
            *ret = led_to(span_cut(&place, ';')); /* x-action-redirect: "/login;replace" */
            return true;
        }
    }
    return false;
}

/* "NEXT_REDIRECT;replace;/login;307;", in an RSC payload or in a template of a page. */
static bool by_digest(struct span body, enum gate_answer *ret)
{
    ptrdiff_t at = span_find(body, SPAN("NEXT_REDIRECT;"));
    if (at < 0)
        return false;
    struct span rest = span_head(span_from(body, (size_t)at), 2048);
    span_cut(&rest, ';');
    span_cut(&rest, ';'); /* replace or push */
    *ret = led_to(span_cut(&rest, ';'));
    return true;
}

/* ---- pages ---- */

/* The tag at the first place of `needle`, up to its end; SPAN_NONE. */
static struct span tag_around(struct span page, struct span needle)
{
    ptrdiff_t at = span_ifind(page, needle);
    if (at < 0)
        return SPAN_NONE;
    size_t begin = (size_t)at;
    while (begin > 0 && page.ptr[begin] != '<' && (size_t)at - begin < 1024)
        begin--;
    struct span tag = span_head(span_from(page, begin), 4096);
    ptrdiff_t end = span_find_char(tag, '>');
    return end < 0 ? tag : span_head(tag, (size_t)end);
}

static bool by_refresh(struct span page, enum gate_answer *ret)
{
    struct span tag = tag_around(page, SPAN("http-equiv=\"refresh\""));
    if (span_is_none(tag))
        tag = tag_around(page, SPAN("http-equiv=refresh"));
    ptrdiff_t url = span_ifind(tag, SPAN("url="));
    if (span_is_none(tag) || url < 0)
        return false;
    struct span place = span_from(tag, (size_t)url + 4);
    while (place.len && (place.ptr[0] == '\'' || place.ptr[0] == '"'))
        place = span_from(place, 1);
    size_t len = 0;
    while (len < place.len && !strchr("\"' \t\n", place.ptr[len]))
        len++;
    /* A page that leads anywhere else may be read before it does. */
    *ret = ANSWER_LOGIN;
    return is_login_place(span_head(place, len));
}

static unsigned count_passwords(struct span page)
{
    static const struct span spellings[] = { { "type=\"password\"", 15 },
                                             { "type='password'", 15 },
                                             { "type=password", 13 } };
    unsigned count = 0;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct span rest = page;
        for (ptrdiff_t at; count < 3 && (at = span_ifind(rest, spellings[i])) >= 0; count++)
            rest = span_from(rest, (size_t)at + spellings[i].len);
    }
    return count;
}

/* What titles of login pages say; others have a login beside their content. */
static bool is_titled_login(struct span page)
{
    static const char *const words[] = { "log in",    "login",        "sign in", "signin",
                                         "sign-in",   "anmeld",       "einlog",  "connexion",
                                         "connecter", "iniciar sesi", "acced",   "inlog",
                                         "entrar",    "logga in",     "log ind", "zaloguj",
                                         "ログイン",  "войти" };
    ptrdiff_t at = span_ifind(page, SPAN("<title"));
    if (at < 0)
        return false;
    struct span title = span_head(span_from(page, (size_t)at), TITLE_MAX);
    ptrdiff_t end = span_ifind(title, SPAN("</title"));
    title = end < 0 ? title : span_head(title, (size_t)end);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_ifind(title, span_of(words[i])) >= 0)
            return true;
    return false;
}

/* One password: two make an account, or change a password. */
static bool is_login_page(const struct exchange *x, struct span page)
{
    return !is_login_place(x->request.target) && count_passwords(page) == 1 &&
           is_titled_login(page);
}

/* ---- GraphQL ---- */

static bool code_of(struct json_cursor *c, struct span *ret)
{
    struct span key;
    bool found = false;
    if (json_peek(c) != JSON_OBJECT) {
        json_skip(c);
        return false;
    }
    json_enter_object(c);
    while (json_next_member(c, &key)) {
        if (span_eq(key, SPAN("extensions"))) {
            found |= code_of(c, ret);
            continue;
        }
        struct json_value value = json_take(c);
        if (span_eq(key, SPAN("code")) && value.type == JSON_STRING) {
            *ret = value.raw;
            found = true;
        }
    }
    return found;
}

static enum gate_answer answer_of_code(struct span code)
{
    if (span_eq(code, SPAN("UNAUTHENTICATED")))
        return ANSWER_CHALLENGE;
    return span_eq(code, SPAN("FORBIDDEN")) ? ANSWER_FORBIDDEN : ANSWER_ALLOW;
}

static enum gate_answer errors_say(struct json_cursor *c)
{
    enum gate_answer answer = ANSWER_ALLOW;
    if (json_peek(c) != JSON_ARRAY) {
        json_skip(c);
        return answer;
    }
    json_enter_array(c);
    for (unsigned i = 0; json_next_element(c); i++) {
        struct span code;
        if (answer != ANSWER_ALLOW || i >= ERRORS_LOOKED_AT || json_peek(c) != JSON_OBJECT)
            json_skip(c);
        else if (code_of(c, &code))
            answer = answer_of_code(code);
    }
    return answer;
}

/* What an operation that failed in part still gives is open. */
static bool by_graphql(struct span body, enum gate_answer *ret)
{
    struct json_cursor c = json_cursor_make(body);
    struct span key;
    enum gate_answer answer = ANSWER_ALLOW;
    bool gives = false;
    if (json_peek(&c) != JSON_OBJECT || span_find(body, SPAN("\"errors\"")) < 0)
        return false;
    json_enter_object(&c);
    while (json_next_member(&c, &key)) {
        if (span_eq(key, SPAN("errors")))
            answer = errors_say(&c);
        else {
            enum json_type type = json_take(&c).type;
            gives |= span_eq(key, SPAN("data")) && type == JSON_OBJECT;
        }
    }
    *ret = answer;
    return !c.failed && answer != ANSWER_ALLOW && !gives;
}

/* ---- bot managers ---- */

static const struct {
    struct span field, holds;
} puzzles[] = {
    { { "cf-mitigated", 12 }, { "challenge", 9 } },
    { { "x-datadome", 10 }, { "", 0 } },
    { { "x-amzn-waf-action", 17 }, { "", 0 } },
    { { "Server", 6 }, { "AkamaiGHost", 11 } },
};

static bool is_puzzle(const struct exchange *x)
{
    int status = x->response.status;
    if (status != 403 && status != 503 && status != 405 && status != 202)
        return false;
    for (size_t i = 0; i < sizeof puzzles / sizeof *puzzles; i++) {
        struct span value = http_fields_value(&x->response.fields, puzzles[i].field);
        if (!span_is_none(value) && span_ifind(value, puzzles[i].holds) >= 0)
            return true;
    }
    return false;
}

enum gate_answer gate_answer_read(const struct exchange *x)
{
    struct span location = http_fields_value(&x->response.fields, SPAN("Location"));
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    struct span body = span_head(x->response.body, LOOKED_AT);
    enum gate_answer answer = gate_answer_of(x->response.status, location);
    if (is_puzzle(x))
        return ANSWER_PUZZLE;
    if (x->response.status == 304)
        return ANSWER_ALLOW;
    if (answer != ANSWER_ALLOW)
        return answer;
    if (by_field(x, &answer))
        return answer;
    if (body.len && media_type_is_json(type) && by_graphql(x->response.body, &answer))
        return answer;
    if (body.len && by_digest(body, &answer))
        return answer;
    if (body.len && media_type_is_html(type) &&
        (by_refresh(body, &answer) || is_login_page(x, body)))
        return ANSWER_LOGIN;
    return ANSWER_ALLOW;
}

/* ---- languages ---- */

static struct span primary(struct span tag)
{
    size_t len = 0;
    while (len < tag.len && char_is_alpha(tag.ptr[len]))
        len++;
    return len >= 2 && len <= 3 ? span_head(tag, len) : SPAN("");
}

static struct span language_of_page(struct span page)
{
    struct span tag = tag_around(span_head(page, 8192), SPAN("<html"));
    ptrdiff_t at = span_ifind(tag, SPAN(" lang="));
    if (span_is_none(tag) || at < 0)
        return SPAN("");
    struct span value = span_from(tag, (size_t)at + 6);
    if (value.len && (value.ptr[0] == '"' || value.ptr[0] == '\''))
        value = span_from(value, 1);
    return primary(value);
}

/* "/de/…" and "/de-AT/…": two letters, and a region perhaps. */
static struct span language_of_path(struct span location)
{
    struct url url;
    if (!url_parse(&url, location) || url.path.len < 3 || url.path.ptr[0] != '/')
        return SPAN("");
    struct span rest = span_from(url.path, 1), first = span_cut(&rest, '/');
    struct span language = primary(first);
    bool plain = language.len == 2 && (first.len == 2 || (first.len == 5 && first.ptr[2] == '-'));
    return plain ? language : SPAN("");
}

struct span gate_answer_language(const struct exchange *x)
{
    struct span said = http_fields_value(&x->response.fields, SPAN("Content-Language"));
    struct span location = http_fields_value(&x->response.fields, SPAN("Location"));
    if (said.len)
        return primary(span_trim(said));
    if (location.len)
        return language_of_path(location);
    return x->response.body.len ? language_of_page(x->response.body) : SPAN("");
}
