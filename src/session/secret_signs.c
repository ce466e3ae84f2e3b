/* Secrets by their look. */
#include "rehearse/session/secret_signs.h"

#include <sodium.h>

#include "card_number.h"
#include "one_of.h"
#include "rehearse/session/credential.h"
#include "shape.h"
#include "web_token.h"

const char *secret_sign_name(enum secret_sign sign)
{
    static const char *const names[SECRET_SIGNS] = {
        [SIGN_NAMED] = "named credential",  [SIGN_COOKIE] = "cookie",
        [SIGN_WEB_TOKEN] = "web token",     [SIGN_AUTHORIZATION] = "authorization",
        [SIGN_PRIVATE_KEY] = "private key", [SIGN_SERVICE_KEY] = "service key",
        [SIGN_CARD] = "card number",        [SIGN_USERINFO] = "password in a URL",
        [SIGN_KNOWN] = "known secret",
    };
    return names[sign];
}

bool is_masked(struct span value)
{
    static const char *const words[] = { "redacted", "masked",  "hidden",   "removed", "filtered",
                                         "absent",   "secret",  "password", "token",   "null",
                                         "none",     "true",    "false",    "undefined" };
    struct span s = span_trim(value);
    while (s.len && is_one_of(s.ptr[0], "[<({\"'"))
        s = span_from(s, 1);
    while (s.len && is_one_of(s.ptr[s.len - 1], "]>)}\"'"))
        s = span_head(s, s.len - 1);
    if (s.len == 0 || is_pseudonym(s))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_ieq(s, span_of(words[i])))
            return true;
    size_t i = 0;
    while (i < s.len && (s.ptr[i] == s.ptr[0] || (unsigned char)s.ptr[i] >= 0x80) &&
           (is_one_of(s.ptr[0], "*xX.-#") || (unsigned char)s.ptr[0] >= 0x80))
        i++;
    return i == s.len;
}

static bool is_token_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || is_one_of(c, "-._~+/=");
}

static size_t token_length(struct span s)
{
    size_t len = 0;
    while (len < s.len && is_token_char(s.ptr[len]))
        len++;
    return len;
}

static bool begins_a_word(struct span text, size_t at)
{
    return at == 0 || (!char_is_alpha(text.ptr[at - 1]) && !char_is_digit(text.ptr[at - 1]) &&
                       text.ptr[at - 1] != '_');
}

struct looking {
    struct span text;
    secret_sighting_fn *fn;
    void *ctx;
};

static void see(const struct looking *l, enum secret_sign sign, struct span value)
{
    const struct secret_sighting s = { sign, SPAN_NONE, value, (size_t)(value.ptr - l->text.ptr) };
    l->fn(l->ctx, &s);
}

static void find_web_tokens(const struct looking *l)
{
    struct span rest = l->text, token;
    while (web_token_next(&rest, &token))
        see(l, SIGN_WEB_TOKEN, token);
}

/* Services that mark their keys (a new first letter goes into `begins` too); what comes behind the mark is at least so long. */
static const struct {
    const char *mark;
    size_t least;
} service_keys[] = {
    { "AKIA", 16 },      { "ASIA", 16 },        { "ghp_", 30 },     { "gho_", 30 },
    { "ghu_", 30 },      { "ghs_", 30 },        { "ghr_", 30 },     { "github_pat_", 30 },
    { "glpat-", 20 },    { "xoxb-", 20 },       { "xoxp-", 20 },    { "xoxa-", 20 },
    { "xapp-", 20 },     { "sk_live_", 16 },    { "rk_live_", 16 }, { "sk_test_", 16 },
    { "whsec_", 24 },    { "AIza", 35 },        { "ya29.", 20 },    { "SG.", 40 },
    { "npm_", 30 },      { "sk-ant-", 20 },     { "sk-proj-", 20 }, { "dop_v1_", 40 },
    { "shpat_", 30 },    { "shpss_", 30 },      { "hvs.", 24 },     { "pypi-", 50 },
    { "GOCSPX-", 20 },   { "EAACEdEose0cBA", 10 }, { "AGE-SECRET-KEY-", 40 },
};

static void find_service_key(const struct looking *l, size_t at)
{
    struct span rest = span_from(l->text, at);
    for (size_t i = 0; i < sizeof service_keys / sizeof *service_keys; i++) {
        struct span mark = span_of(service_keys[i].mark);
        if (rest.ptr[0] != mark.ptr[0] || rest.len < 2 || rest.ptr[1] != mark.ptr[1] ||
            !span_starts(rest, mark))
            continue;
        size_t len = token_length(span_from(rest, mark.len));
        if (len >= service_keys[i].least && len < 512)
            see(l, SIGN_SERVICE_KEY, span_head(rest, mark.len + len));
    }
}

/* -----BEGIN … PRIVATE KEY-----; the key itself is longer than any window. */
static void find_private_key(const struct looking *l, size_t at)
{
    struct span rest = span_from(l->text, at);
    if (!span_starts(rest, SPAN("-----BEGIN ")))
        return;
    struct span line = span_head(rest, rest.len < 80 ? rest.len : 80);
    ptrdiff_t end = span_find(line, SPAN("PRIVATE KEY-----"));
    if (end > 0)
        see(l, SIGN_PRIVATE_KEY, span_head(rest, (size_t)end + 16));
}

/* Words may follow "basic": only a credential decodes to "user:password". */
static bool is_basic(struct span token)
{
    char plain[256];
    size_t len = 0;
    if (token.len < 8 || token.len > 256 ||
        sodium_base642bin((unsigned char *)plain, sizeof plain, token.ptr, token.len, "=", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return false;
    struct span text = span_make(plain, len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)plain[i] < 0x20 || plain[i] == 0x7f)
            return false;
    return span_find_char(text, ':') > 0;
}

static void find_authorization(const struct looking *l, size_t at)
{
    struct span rest = span_from(l->text, at);
    bool bearer = span_istarts(rest, SPAN("bearer"));
    if (!bearer && !span_istarts(rest, SPAN("basic")))
        return;
    rest = span_from(rest, bearer ? 6 : 5);
    size_t gap = 0;
    while (gap < rest.len && (rest.ptr[gap] == ' ' || rest.ptr[gap] == '+'))
        gap++;
    if (span_istarts(rest, SPAN("%20")))
        gap = 3;
    if (gap == 0)
        return;
    rest = span_from(rest, gap);
    struct span token = span_head(rest, token_length(rest));
    if (is_masked(token))
        return;
    if (bearer ? token.len >= 8 && looks_random(token) : is_basic(token))
        see(l, SIGN_AUTHORIZATION, token);
}

static void find_userinfo(const struct looking *l, size_t at)
{
    struct span rest = span_from(l->text, at);
    size_t end = 3;
    if (!span_starts(rest, SPAN("://")))
        return;
    while (end < rest.len && end < 256 && !is_one_of(rest.ptr[end], "/?#<>\"' \t\r\n\\,"))
        end++;
    struct span authority = span_make(rest.ptr + 3, end - 3);
    ptrdiff_t sign = span_rfind_char(authority, '@');
    ptrdiff_t colon = span_find_char(authority, ':');
    if (sign <= 0 || colon < 0 || colon + 1 >= sign)
        return;
    struct span password = span_make(authority.ptr + colon + 1, (size_t)(sign - colon - 1));
    if (!is_masked(password) && !is_masked(span_head(authority, (size_t)sign)))
        see(l, SIGN_USERINFO, password);
}

static bool is_hex_word(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '_' || c == '~';
}

/* A run of digits by itself: no part of a longer number, name or fraction. */
static size_t find_card(const struct looking *l, size_t at)
{
    struct span rest = span_from(l->text, at);
    size_t len = 0, last = 0;
    while (len < rest.len && len < 24 &&
           (char_is_digit(rest.ptr[len]) || ((rest.ptr[len] == ' ' || rest.ptr[len] == '-') &&
                                             len == last))) {
        if (char_is_digit(rest.ptr[len]))
            last = len + 1;
        len++;
    }
    bool alone = at == 0 || (!is_hex_word(l->text.ptr[at - 1]) && !is_one_of(l->text.ptr[at - 1], ".-%+"));
    bool ends = last == rest.len || (!is_hex_word(rest.ptr[last]) && rest.ptr[last] != '-' &&
                                     !(rest.ptr[last] == '.' && last + 1 < rest.len &&
                                       char_is_digit(rest.ptr[last + 1])));
    if (alone && ends && is_card_number(span_head(rest, last)))
        see(l, SIGN_CARD, span_head(rest, last));
    return last ? last : 1;
}

/* What a byte may begin; most begin nothing, and texts are long. */
enum { BEGINS_USERINFO = 1, BEGINS_PEM, BEGINS_NUMBER, BEGINS_MARK, BEGINS_SCHEME };

static const uint8_t begins[256] = {
    [':'] = BEGINS_USERINFO, ['-'] = BEGINS_PEM,    ['0'] = BEGINS_NUMBER, ['1'] = BEGINS_NUMBER,
    ['2'] = BEGINS_NUMBER,   ['3'] = BEGINS_NUMBER, ['4'] = BEGINS_NUMBER, ['5'] = BEGINS_NUMBER,
    ['6'] = BEGINS_NUMBER,   ['7'] = BEGINS_NUMBER, ['8'] = BEGINS_NUMBER, ['9'] = BEGINS_NUMBER,
    ['A'] = BEGINS_MARK,     ['E'] = BEGINS_MARK,   ['G'] = BEGINS_MARK,   ['S'] = BEGINS_MARK,
    ['d'] = BEGINS_MARK,     ['g'] = BEGINS_MARK,   ['h'] = BEGINS_MARK,   ['n'] = BEGINS_MARK,
    ['p'] = BEGINS_MARK,     ['r'] = BEGINS_MARK,   ['s'] = BEGINS_MARK,   ['w'] = BEGINS_MARK,
    ['x'] = BEGINS_MARK,     ['y'] = BEGINS_MARK,   ['b'] = BEGINS_SCHEME, ['B'] = BEGINS_SCHEME,
};

void secret_signs_by_look(struct span text, secret_sighting_fn *fn, void *ctx)
{
    const struct looking l = { text, fn, ctx };
    find_web_tokens(&l);
    for (size_t at = 0; at < text.len; at++) {
        switch (begins[(unsigned char)text.ptr[at]]) {
        case BEGINS_USERINFO:
            find_userinfo(&l, at);
            break;
        case BEGINS_PEM:
            find_private_key(&l, at);
            break;
        case BEGINS_NUMBER:
            at += find_card(&l, at) - 1;
            break;
        case BEGINS_MARK:
            if (begins_a_word(text, at))
                find_service_key(&l, at);
            break;
        case BEGINS_SCHEME:
            if (begins_a_word(text, at))
                find_authorization(&l, at);
            break;
        default:
            break;
        }
    }
}
