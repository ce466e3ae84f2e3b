#include "rehearse/http/mutation.h"

#include "graphql.h"
#include "mutation_words.h"
#include "rehearse/base/json_cursor.h"
#include "rehearse/http/media_type.h"
#include "rehearse/http/method.h"
#include "rehearse/http/url.h"

/* Of a body, so much is looked at, and so many of its fields. */
enum { BODY_LOOKED_AT = 65536, FIELDS_LOOKED_AT = 200 };

static const char *const names[MUTATION_CLASSES] = {
    [MUTATION_IDEMPOTENT] = "idempotent", [MUTATION_CART] = "cart",
    [MUTATION_ACCOUNT] = "account",       [MUTATION_PAYMENT] = "payment",
    [MUTATION_MESSAGE] = "message",       [MUTATION_OTHER] = "other",
};

const char *mutation_class_name(enum mutation_class class)
{
    return names[class];
}

bool mutation_class_named(struct span name, enum mutation_class *ret)
{
    for (int i = 0; i < MUTATION_CLASSES; i++)
        if (span_eq(name, span_of(names[i]))) {
            *ret = (enum mutation_class)i;
            return true;
        }
    return false;
}

/* What is known of the request so far. */
struct evidence {
    struct mutation told;
    enum mutation_class
        weak; /* by names of fields that tell something only when nothing else does */
};

static void tell(struct evidence *e, enum mutation_class class, const char *why)
{
    if (graver(e->told.class, class) != e->told.class)
        e->told = (struct mutation){ class, why };
}

static void take_name(struct evidence *e, struct span name, const char *why)
{
    tell(e, field_class(name, /* strong= */ true), why);
    e->weak = graver(e->weak, field_class(name, /* strong= */ false));
}

/* Names whose value says what is to be done. */
static bool names_action(struct span name)
{
    static const struct span actions[] = {
        { "action", 6 },
        { "_action", 7 },
        { "intent", 6 },
        { "wc-ajax", 7 },
        { "do", 2 },
        { "cmd", 3 },
        { "op", 2 },
        { "task", 4 },
        { "command", 7 },
        { "method", 6 },
        { "operationName", 13 },
        { "__EVENTTARGET", 13 },
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (span_ieq(name, actions[i]))
            return true;
    return false;
}

/* In a query, a name without a verb tells nothing: ?order=asc sorts. */
static bool names_deed(struct span name)
{
    static const struct span deeds[] = {
        { "add-to-cart", 11 }, { "add_to_cart", 11 },     { "remove_item", 11 },
        { "undo_item", 9 },    { "empty-cart", 10 },      { "add_to_wishlist", 15 },
        { "mylogout", 8 },     { "customer-logout", 15 }, { "remove_from_wishlist", 20 },
        { "unsubscribe", 11 },
    };
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (span_ieq(name, deeds[i]))
            return true;
    return false;
}

static void look_at_target(struct evidence *e, struct span target)
{
    struct span query = target;
    struct span path = span_cut(&query, '?');
    struct query_item item;
    tell(e, words_class(path), "the path");
    for (unsigned n = 0; n < FIELDS_LOOKED_AT && query_next(&query, &item); n++) {
        if (names_action(item.name))
            tell(e, words_class(item.value), "the query");
        else if (names_deed(item.name) || span_starts(item.name, SPAN("/"))) /* SvelteKit: ?/add */
            tell(e,
                 span_ieq(item.name, SPAN("remove_item")) || span_ieq(item.name, SPAN("undo_item"))
                     ? MUTATION_CART
                     : words_class(item.name),
                 "the query");
    }
}

/* ---- bodies ---- */

static void look_at_form(struct evidence *e, struct span body)
{
    struct query_item item;
    for (unsigned n = 0; n < FIELDS_LOOKED_AT && query_next(&body, &item); n++) {
        take_name(e, item.name, "its form fields");
        if (names_action(item.name))
            tell(e, words_class(item.value), "its form fields");
    }
}

/* name="…" of each part; React numbers the names of a Server Action: 1_productId. */
static void look_at_multipart(struct evidence *e, struct span body)
{
    for (unsigned n = 0; n < FIELDS_LOOKED_AT; n++) {
        ptrdiff_t at = span_ifind(body, SPAN("; name=\""));
        if (at < 0)
            return;
        body = span_from(body, (size_t)at + 8);
        ptrdiff_t end = span_find_char(body, '"');
        if (end < 0)
            return;
        struct span name = span_head(body, (size_t)end);
        size_t digits = 0;
        while (digits < name.len && char_is_digit(name.ptr[digits]))
            digits++;
        if (digits && digits < name.len && name.ptr[digits] == '_')
            name = span_from(name, digits + 1);
        take_name(e, name, "its form fields");
        body = span_from(body, (size_t)end);
    }
}

static void look_at_graphql(struct evidence *e, struct span document, struct span operation)
{
    struct graphql_reading g = graphql_read(document, operation);
    if (g.reads_only)
        tell(e, MUTATION_IDEMPOTENT, "a GraphQL query");
    else
        tell(e, g.class, "the GraphQL operation");
}

/* One object: a JSON body, or an operation in a batch of them. */
static void look_at_object(struct evidence *e, struct json_cursor *c, struct arena *arena)
{
    struct span key, document = SPAN_NONE, operation = SPAN_NONE;
    bool empty_query = true;
    if (!json_enter_object(c))
        return;
    for (unsigned n = 0; n < FIELDS_LOOKED_AT && json_next_member(c, &key); n++) {
        struct json_value v = json_take(c);
        bool text = v.type == JSON_STRING;
        if (text && span_eq(key, SPAN("query")))
            document = json_unescape(v.raw, arena);
        else if (text && span_eq(key, SPAN("operationName")))
            operation = json_unescape(v.raw, arena);
        take_name(e, key, "its JSON members");
        if (text && names_action(key))
            tell(e, words_class(v.raw), "its JSON members");
    }
    empty_query = document.len == 0;
    if (!empty_query && graphql_is_document(document))
        look_at_graphql(e, document, operation);
}

static void look_at_json(struct evidence *e, struct span body)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct json_cursor c = json_cursor_make(body);
    if (json_peek(&c) != JSON_ARRAY) {
        look_at_object(e, &c, &arena);
        return;
    }
    if (!json_enter_array(&c))
        return;
    for (unsigned n = 0; n < FIELDS_LOOKED_AT && json_next_element(&c); n++) {
        struct json_cursor one = json_cursor_make(json_take(&c).raw);
        if (json_peek(&one) == JSON_OBJECT)
            look_at_object(e, &one, &arena);
    }
}

static void look_at_body(struct evidence *e, const struct http_request *request)
{
    struct span type = http_fields_value(&request->fields, SPAN("Content-Type"));
    struct span essence = media_type_essence(type);
    struct span body = span_head(request->body, BODY_LOOKED_AT);
    if (body.len == 0)
        return;
    if (media_type_is_form(type))
        look_at_form(e, body);
    else if (media_type_is_json(type))
        look_at_json(e, body);
    else if (span_istarts(essence, SPAN("multipart/")))
        look_at_multipart(e, body);
    else if (span_ieq(essence, SPAN("application/graphql")))
        look_at_graphql(e, body, SPAN_NONE);
}

/* ---- the method ---- */

/* Questions that are too long for a URL. */
static bool asks_only(struct span target)
{
    static const struct span ends[] = {
        { "/_search", 8 }, { "/_msearch", 9 }, { "/_count", 7 },
        { "/queries", 8 }, { "/search", 7 },
    };
    struct span query = target;
    struct span path = span_cut(&query, '?');
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (span_ends(path, ends[i]))
            return true;
    return false;
}

/* In any case: an override is often written small. */
static bool repeats_harmlessly(struct span method)
{
    return span_ieq(method, SPAN("PUT")) || span_ieq(method, SPAN("DELETE"));
}

struct mutation request_mutation(const struct http_request *request)
{
    struct evidence e = { { MUTATION_OTHER, "its method alone" }, MUTATION_OTHER };
    struct span method = method_effective(request);
    look_at_target(&e, request->target);
    look_at_body(&e, request);
    if (repeats_harmlessly(method))
        tell(&e, MUTATION_IDEMPOTENT, "its method");
    if (asks_only(request->target))
        tell(&e, MUTATION_IDEMPOTENT, "the path of a search");
    if (e.told.class == MUTATION_OTHER && e.weak != MUTATION_OTHER)
        e.told = (struct mutation){ e.weak, "the names of its fields" };
    return e.told;
}
