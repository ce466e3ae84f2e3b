#ifndef REHEARSE_SESSION_VALUE_PLACE_H
#define REHEARSE_SESSION_VALUE_PLACE_H

#include "rehearse/base/map.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/*
 * Where a value stands in a message, as a text: a person reads it in a report, and a
 * program finds the place again in another message of the same kind (the answer of
 * another environment to the same request).
 *
 * Of an answer, where a value comes from:
 *
 *     header:ETag                      a field
 *     cookie:csrftoken                 the value of a Set-Cookie line
 *     location:/orders/{}#1            a variable part of a redirect's target
 *     json:/cart/id                    RFC 6901, a string or a number; "json:" is a body that is
 * one word input:csrfmiddlewaretoken@/cart  an <input>, in a form with that action; "input:n@"
 * outside of forms meta:csrf-token                  a <meta> data:cart-id                     an
 * attribute data-cart-id link:/verify?token={}#1          a variable part of a link: href, src,
 * form action, URLs in JSON script:cartId                    name: "value" in a script, in embedded
 * JSON, in an RSC row; an element of XML claim:sub@json:/access_token     a claim of the JSON Web
 * Token at a place
 *
 * Of a request, where it goes to:
 *
 *     path:2         a segment of the path, from 1, without the extension of an identifier's file
 *     query:id       header:X-CSRFToken      cookie:cart
 *     form:qty       json:/line/id           part:file (multipart)
 *
 * A template is a path with {} for each part that looks like an identifier, and the
 * items of the query by name; #N says which of these parts, from 1, path before query.
 * [N] at the end is the N-th such place of the message, from 1; [1] is not written,
 * unless a name ends like it (items[0][1]). '@' and '%' in the names of inputs and claims are
 * written %40 and %25.
 *
 * All walks are linear in the message and bounded: names over VALUE_LONGEST_NAME bytes,
 * values over VALUE_LONGEST, and JSON nested deeper than VALUE_DEEPEST are passed over.
 */
enum value_place_kind {
    VALUE_HEADER,
    VALUE_COOKIE,
    VALUE_LOCATION,
    VALUE_JSON,
    VALUE_INPUT,
    VALUE_META,
    VALUE_DATA,
    VALUE_LINK,
    VALUE_SCRIPT,
    VALUE_CLAIM,
    VALUE_PATH,
    VALUE_QUERY,
    VALUE_FORM,
    VALUE_PART,
    VALUE_PLACE_KINDS
};

enum {
    VALUE_LONGEST_NAME = 256,
    VALUE_LONGEST = 16 * 1024, /* a view state, a token in base64; more is content */
    VALUE_DEEPEST = 64,
};

/* "header", "json", …; static. */
const char *value_place_word(enum value_place_kind kind);

struct json_trail; /* how a JSON value is reached; value_at_add_text writes it */

/* A place met on a walk. Its spans are good until the visitor returns. */
struct value_at {
    enum value_place_kind kind;
    struct span name;  /* decoded; empty for links, locations, path and JSON */
    struct span value; /* decoded */
    struct span url;   /* location, link, input: path?query of the target or action, as it stands;
                          inputs   outside of forms: SPAN_NONE; claim: the place of the token */
    uint32_t part;     /* location, link, path: the number of the part, from 1 */
    const struct json_trail *trail; /* json */
    bool hidden;                    /* input: type=hidden */
};

/* The text of a place without [N]. */
void value_at_add_text(struct strbuf *out, const struct value_at *at);
/* The innermost name it goes by: "id" of json:/cart/id and form:cart[id]; empty for parts of URLs.
 * May be as it stands in the text, escapes not undone. */
struct span value_at_leaf(const struct value_at *at);

/*
 * The texts of a message's places with their [N]: ask for every place of a walk, in its
 * order. Good until the next call.
 */
struct value_names {
    struct map met;
    struct strbuf text;
};
#define VALUE_NAMES_INIT                                                                           \
    {                                                                                              \
        MAP_INIT, STRBUF_INIT                                                                      \
    }
struct span value_names_next(struct value_names *names, const struct value_at *at);
/* Ready for another message. */
void value_names_clear(struct value_names *names);
void value_names_release(struct value_names *names);

/* ---- answers ---- */

/*
 * What a token says and its pseudonym hides: ids that requests carry elsewhere, kept in
 * lines of a field of this name that no server sent: "sub@json:/access_token=u-17".
 */
#define VALUE_CLAIM_FIELD "Rehearse-Claim"
/*
 * At import, before the tokens are veiled: add those lines to the answer, and drop what
 * a server sent under that name. Kept are ids (sub, user_id, tenant, …) that look like
 * ids; never a token, a session's name, a name or an address of a person.
 */
void value_claims_keep(struct exchange *x, struct arena *arena);

/* False ends the walk. */
typedef bool value_source_fn(void *ctx, const struct value_at *at);
/*
 * Every source of an answer: its fields, then its body (decoded; none is fine).
 * The request's target is what relative links and empty form actions start from.
 * Of claims, those kept at import are walked (VALUE_CLAIM_FIELD). Decoded values are in `arena`.
 */
void value_sources(const struct exchange *answered, value_source_fn *visit, void *ctx,
                   struct arena *arena);

/* One question to an answer. */
struct value_wanted {
    struct span place;   /* a source, as text */
    struct span literal; /* a value to look for; SPAN_NONE: none */
    struct span value;   /* answered: what stands there, in the arena; SPAN_NONE: no such place, or
                            the place is unreadable */
    bool
        holds; /* answered: `literal` stands in a place of the same kind and name, whatever its N */
};
/*
 * Answer all questions in one walk. A place script:NAME also finds a member of that
 * name in a JSON body.
 */
void value_sources_find(const struct exchange *answered, struct value_wanted *wanted, size_t count,
                        struct arena *arena);
/* A claim of a JSON Web Token, into `arena`; SPAN_NONE when it is no such token or has no such
 * string or number. Nothing is verified: nothing is trusted here. */
struct span value_claim(struct span token, struct span name, struct arena *arena);

/* ---- requests ---- */

/* A new value, decoded, or SPAN_NONE to leave the place as it is. */
typedef struct span value_sink_fn(void *ctx, const struct value_at *at);
/*
 * Show every sink of a request and write new values in the coding of their place; what
 * changed is in `arena`, body_bytes is kept right. Of Authorization, the value is what
 * comes behind the scheme. A JSON number stays one where the new value is one. Values
 * that a place cannot carry (line breaks in a field or in a part, an empty segment) are not
 * written.
 */
void value_sinks(struct http_request *request, value_sink_fn *visit, void *ctx,
                 struct arena *arena);

struct value_change {
    struct span sink;  /* as text, with its [N] where it has one */
    struct span value; /* what to put there */
    struct span was; /* answered: what stood there, in the arena; SPAN_NONE: the request has no such
                        place */
};
void value_sinks_change(struct http_request *request, struct value_change *changes, size_t count,
                        struct arena *arena);

/* What a value looks like, in a word: "number", "UUID", "hash", "time", "secret" (a pseudonym),
 * "token", "id", "text"; static. */
const char *value_looks_like(struct span value);

/* ---- templates ---- */

/* Does this part of a URL look like an identifier: a number, a hash, a UUID, base64url, "ord-1042",
 * a pseudonym? Versions ("v2") and words do not. */
bool value_is_identifier(struct span part);
/* The template of a target: "/orders/{}?token={}". */
void value_add_template(struct strbuf *out, struct span target);

#endif
