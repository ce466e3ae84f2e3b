#include "rehearse/session/persona.h"

#include "places.h"
#include "rehearse/base/hash.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/cookie_role.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"
#include "rehearse/session/binding.h"

/* ---- those that everybody knows ---- */

static const struct {
    const char *name;
    enum persona_kind kind;
    bool logs_in;
    enum persona_credentials credentials;
    const char *bot, *user_agent;
} known[] = {
    { "anonymous", PERSONA_ANONYMOUS, false, 0, NULL, NULL },
    { "member", PERSONA_MEMBER, true, 0, NULL, NULL },
    { "expired", PERSONA_EXPIRED, true, CREDENTIALS_EXPIRED, NULL, NULL },
    { "tampered", PERSONA_TAMPERED, true, CREDENTIALS_TAMPERED, NULL, NULL },
    { "another", PERSONA_ANOTHER, true, 0, NULL, NULL },
    { "googlebot", PERSONA_BOT, false, 0, "Googlebot",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
    { "bingbot", PERSONA_BOT, false, 0, "bingbot",
      "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)" },
    { "applebot", PERSONA_BOT, false, 0, "Applebot",
      "Mozilla/5.0 (compatible; Applebot/0.1; +http://www.apple.com/go/applebot)" },
    { "duckduckbot", PERSONA_BOT, false, 0, "DuckDuckBot",
      "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)" },
    { "yandexbot", PERSONA_BOT, false, 0, "YandexBot",
      "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)" },
    { "baiduspider", PERSONA_BOT, false, 0, "Baiduspider",
      "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)" },
    { "gptbot", PERSONA_BOT, false, 0, "GPTBot",
      "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
      "+https://openai.com/gptbot)" },
    { "facebook", PERSONA_BOT, false, 0, "facebookexternalhit",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)" },
};
enum { KNOWN = sizeof known / sizeof *known };

bool persona_named(struct persona *ret, struct span name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (!span_eq(name, span_of(known[i].name)))
            continue;
        *ret = (struct persona){
            .name = span_of(known[i].name),
            .kind = known[i].kind,
            .logs_in = known[i].logs_in,
            .credentials = known[i].credentials,
            .user_agent = span_of(known[i].user_agent),
            .bot = span_of(known[i].bot),
        };
        return true;
    }
    return false;
}

const char *persona_name_at(size_t index)
{
    return index < KNOWN ? known[index].name : NULL;
}

struct span persona_language_of(struct span accept_language)
{
    struct span first = span_cut(&accept_language, ',');
    first = span_trim(span_cut(&first, ';'));
    first = span_cut(&first, '-');
    return span_is_none(first) || span_eq(first, SPAN("*")) ? SPAN("") : first;
}

/* ---- asking ---- */

/* What belongs to the visitor, to what he had, or to the connection of his time. */
static bool is_his_own(struct span name)
{
    static const struct span own[] = {
        { "Cookie", 6 },         { "Authorization", 13 },       { "Proxy-Authorization", 19 },
        { "If-None-Match", 13 }, { "If-Modified-Since", 17 },   { "If-Match", 8 },
        { "If-Range", 8 },       { "If-Unmodified-Since", 19 }, { "Range", 5 },
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (span_ieq(name, own[i]))
            return true;
    return false;
}

static void add_cookie(struct strbuf *line, struct span name, struct span value)
{
    if (line->len)
        strbuf_add_str(line, "; ");
    strbuf_add_span(line, name);
    strbuf_add_char(line, '=');
    strbuf_add_span(line, value);
}

void persona_ask(struct http_request *request, const struct persona *persona,
                 const struct span *names, size_t name_count, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf cookies = STRBUF_INIT;
    struct http_fields kept = { NULL, 0, 0 };
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (!is_his_own(f->name) && !span_is_none(f->value))
            http_fields_add(&kept, arena, f->name, f->value);
    }
    if (persona->user_agent.len)
        http_fields_set(&kept, arena, SPAN("User-Agent"), persona->user_agent);
    for (size_t i = 0; i < persona->field_count; i++)
        http_fields_set(&kept, arena, persona->fields[i].name, persona->fields[i].value);
    for (size_t i = 0; i < persona->cookie_count; i++)
        add_cookie(&cookies, persona->cookies[i].name, persona->cookies[i].value);
    for (size_t i = 0; persona->credentials == CREDENTIALS_EXPIRED && i < name_count; i++) {
        uint64_t h = hash64(names[i]);
        struct span value =
            arena_printf(arena, "%016llx%016llx", (unsigned long long)hash_mix(h, 1),
                         (unsigned long long)hash_mix(h, 2));
        add_cookie(&cookies, names[i], value);
    }
    if (cookies.len)
        http_fields_add(&kept, arena, SPAN("Cookie"), arena_copy(arena, strbuf_span(&cookies)));
    request->fields = kept;
}

/* ---- credentials that do not hold ---- */

static bool is_alnum(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

/* Another one of its kind; never the same. */
static char another_char(char c, uint64_t by)
{
    char first = char_is_digit(c) ? '0' : c >= 'a' ? 'a' : 'A';
    unsigned size = char_is_digit(c) ? 10 : 26;
    /* Hexadecimal stays hexadecimal: what reads it must get as far as not knowing it. */
    if (size == 26 && char_lower(c) <= 'f')
        size = 6;
    unsigned at = (unsigned)(c - first);
    return (char)(first + (int)((at + 1 + by % (size - 1)) % size));
}

/* Length of an escape at the front: "%3A", whose digits must stay. */
static size_t escape_length(struct span s)
{
    return s.len >= 3 && s.ptr[0] == '%' && char_hex(s.ptr[1]) >= 0 && char_hex(s.ptr[2]) >= 0 ? 3
                                                                                               : 0;
}

/* The middle of the longest run of letters and digits; behind the value when there is none. */
static size_t middle_of(struct span value)
{
    size_t best = value.len, best_len = 0;
    for (size_t i = 0; i < value.len;) {
        size_t escape = escape_length(span_from(value, i)), begin = i;
        if (escape) {
            i += escape;
            continue;
        }
        while (i < value.len && is_alnum(value.ptr[i]))
            i++;
        if (i - begin > best_len) {
            best_len = i - begin;
            best = begin + best_len / 2;
        }
        i += i == begin;
    }
    return best;
}

/* A JSON Web Token that is over still reads well: only its signature is another. */
static size_t front_that_stays(struct span value)
{
    ptrdiff_t dot = span_rfind_char(value, '.');
    return span_starts(value, SPAN("eyJ")) && dot > 0 ? (size_t)dot + 1 : 0;
}

struct span persona_spoiled(struct span value, enum persona_credentials credentials, uint64_t seed,
                            struct arena *arena)
{
    if (credentials == CREDENTIALS_AS_THEY_ARE || value.len == 0)
        return value;
    char *at = arena_alloc(arena, value.len + 1);
    uint64_t h = hash64_seeded(value, seed);
    memcpy(at, value.ptr, value.len);
    at[value.len] = '\0';
    if (credentials == CREDENTIALS_TAMPERED) {
        size_t middle = middle_of(value);
        if (middle < value.len)
            at[middle] = another_char(at[middle], h);
        return span_make(at, value.len);
    }
    for (size_t i = front_that_stays(value); i < value.len; i++) {
        size_t escape = escape_length(span_from(value, i));
        if (escape)
            i += escape - 1;
        else if (is_alnum(at[i]))
            at[i] = another_char(at[i], hash_mix(h, i));
    }
    return span_make(at, value.len);
}

static struct span spoiled_line(struct span line, enum persona_credentials credentials,
                                uint64_t seed, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct cookie_pair pair;
    while (cookie_next(&line, &pair)) {
        bool own = cookie_may_log_in(pair.name, cookie_role(pair.name));
        add_cookie(&out, pair.name,
                   own ? persona_spoiled(pair.value, credentials, seed, arena) : pair.value);
    }
    return arena_copy(arena, strbuf_span(&out));
}

/* "Bearer abc": the scheme stays. */
static struct span spoiled_authorization(struct span value, enum persona_credentials credentials,
                                         uint64_t seed, struct arena *arena)
{
    struct span token = value;
    struct span scheme = span_cut(&token, ' ');
    if (span_is_none(token))
        return persona_spoiled(value, credentials, seed, arena);
    token = persona_spoiled(span_trim(token), credentials, seed, arena);
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_add_span(&out, scheme);
    strbuf_add_char(&out, ' ');
    strbuf_add_span(&out, token);
    return arena_copy(arena, strbuf_span(&out));
}

void persona_spoil(struct http_request *request, enum persona_credentials credentials,
                   uint64_t seed, struct arena *arena)
{
    for (uint32_t i = 0; credentials && i < request->fields.len; i++) {
        struct http_field *f = &request->fields.at[i];
        bool cookie = span_ieq(f->name, SPAN("Cookie"));
        if (cookie)
            f->value = spoiled_line(f->value, credentials, seed, arena);
        else if (span_ieq(f->name, SPAN("Authorization")))
            f->value = spoiled_authorization(f->value, credentials, seed, arena);
        else
            continue;
        f->id = 0;
    }
}

/* ---- posts without their token ---- */

static bool is_token(struct span name)
{
    return binding_is_token_name(name) || binding_is_token_name(place_leaf(name));
}

/* A query or a form without its tokens; itself when it has none. */
static struct span items_without(struct span items, unsigned *count, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span rest = items;
    unsigned found = 0, kept = 0;
    while (!span_is_none(rest)) {
        struct span item = span_cut(&rest, '&'), name = item;
        name = url_decode(span_cut(&name, '='), /* plus= */ true, arena);
        if (is_token(name)) {
            found++;
            continue;
        }
        if (kept++)
            strbuf_add_char(&out, '&');
        strbuf_add_span(&out, item);
    }
    *count += found;
    return found ? arena_copy(arena, strbuf_span(&out)) : items;
}

static struct span part_name(struct span part)
{
    struct span line = SPAN_NONE;
    for (unsigned i = 0; i < 8 && !span_is_none(part); i++) {
        line = span_trim(span_cut(&part, '\n'));
        struct span value = line, name = span_cut(&value, ':');
        if (span_ieq(name, SPAN("Content-Disposition")) && !span_is_none(value))
            return media_type_parameter(value, SPAN("name"));
    }
    return SPAN_NONE;
}

/* Parts stand between delimiters (RFC 2046, section 5.1.1), each of which begins its part here. */
static struct span parts_without(struct span whole, struct span boundary, unsigned *count,
                                 struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span body = whole, delimiter = arena_printf(arena, "--%.*s", SPAN_ARG(boundary));
    unsigned found = 0;
    ptrdiff_t at = span_find(body, delimiter);
    if (boundary.len == 0 || at < 0)
        return body;
    strbuf_add_span(&out, span_head(body, (size_t)at));
    body = span_from(body, (size_t)at);
    while (body.len) {
        ptrdiff_t next = span_find(span_from(body, delimiter.len), delimiter);
        size_t len = next < 0 ? body.len : (size_t)next + delimiter.len;
        struct span name = part_name(span_from(span_head(body, len), delimiter.len));
        if (name.len && is_token(name))
            found++;
        else
            strbuf_add_span(&out, span_head(body, len));
        body = span_from(body, len);
    }
    *count += found;
    return found ? arena_copy(arena, strbuf_span(&out)) : whole;
}

static struct span blank_token(void *ctx, const struct place *place)
{
    unsigned *count = ctx;
    if (!is_token(place->name))
        return SPAN_NONE;
    ++*count;
    return SPAN("");
}

static struct span body_without(const struct http_request *r, unsigned *count, struct arena *arena)
{
    struct span type = http_fields_value(&r->fields, SPAN("Content-Type"));
    struct places walk = { .visit = blank_token, .ctx = count, .arena = arena };
    switch (body_form(r->body, type)) {
    case BODY_FORM:
        return items_without(r->body, count, arena);
    case BODY_MULTIPART:
        return parts_without(r->body, places_boundary(r->body, type), count, arena);
    case BODY_JSON:
        return json_places(r->body, &walk);
    default:
        return r->body;
    }
}

unsigned persona_drop_tokens(struct http_request *request, struct arena *arena)
{
    struct http_fields kept = { NULL, 0, 0 };
    unsigned count = 0;
    for (uint32_t i = 0; i < request->fields.len; i++) {
        const struct http_field *f = &request->fields.at[i];
        if (is_token(f->name) && !span_is_none(f->value))
            count++;
        else
            http_fields_add(&kept, arena, f->name, f->value);
    }
    ptrdiff_t query = span_find_char(request->target, '?');
    if (query >= 0) {
        struct span path = span_head(request->target, (size_t)query);
        struct span all = span_from(request->target, (size_t)query + 1);
        struct span items = items_without(all, &count, arena);
        if (items.len < all.len)
            request->target = arena_printf(arena, "%.*s%s%.*s", SPAN_ARG(path),
                                           items.len ? "?" : "", SPAN_ARG(items));
    }
    if (request->body.len)
        request->body = body_without(request, &count, arena);
    request->fields = kept;
    request->body_bytes =
        span_is_none(request->body) ? request->body_bytes : (int64_t)request->body.len;
    return count;
}
