#include "rehearse/http/method.h"

#include "rehearse/http/media_type.h"
#include "rehearse/http/url.h"

/* Methods are case-sensitive (RFC 9110 section 9.1): "get" is an unknown method. */
static const struct {
    struct span name;
    bool safe;
} idempotent[] = {
    { { "GET", 3 }, true },     { { "HEAD", 4 }, true },  { { "OPTIONS", 7 }, true },
    { { "TRACE", 5 }, true },   { { "QUERY", 5 }, true }, { { "PUT", 3 }, false },
    { { "DELETE", 6 }, false },
};

enum { IDEMPOTENT = sizeof idempotent / sizeof *idempotent };

bool method_is_safe(struct span method)
{
    for (size_t i = 0; i < IDEMPOTENT; i++)
        if (span_eq(method, idempotent[i].name))
            return idempotent[i].safe;
    return false;
}

bool method_is_idempotent(struct span method)
{
    for (size_t i = 0; i < IDEMPOTENT; i++)
        if (span_eq(method, idempotent[i].name))
            return true;
    return false;
}

/* Frameworks read the true method from these, whatever the request line says. */
static const struct span override_fields[] = {
    { "X-HTTP-Method-Override", 22 },
    { "X-HTTP-Method", 13 },
    { "X-Method-Override", 17 },
};

/* CGI and its heirs make '_' of '-': to some servers the two are one name. */
static bool same_field(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        char c = a.ptr[i] == '_' ? '-' : char_lower(a.ptr[i]);
        char d = b.ptr[i] == '_' ? '-' : char_lower(b.ptr[i]);
        if (c != d)
            return false;
    }
    return true;
}

/* Some frameworks and proxies take the true target from these. */
static const struct span target_fields[] = {
    { "X-Original-URL", 14 },
    { "X-Rewrite-URL", 13 },
};

/*
 * Path segments that act although the method is GET: sign-out links, the
 * one-click links of mails, carts of the large shop systems (WooCommerce,
 * Magento, Shopify, PrestaShop, OpenCart), Drupal and WordPress actions.
 */
static const struct {
    struct span segment;
    const char *sign;
} acting_segments[] = {
    { { "logout", 6 }, "the path signs the visitor out" },
    { { "log-out", 7 }, "the path signs the visitor out" },
    { { "log_out", 7 }, "the path signs the visitor out" },
    { { "signout", 7 }, "the path signs the visitor out" },
    { { "sign-out", 8 }, "the path signs the visitor out" },
    { { "sign_out", 8 }, "the path signs the visitor out" },
    { { "logoff", 6 }, "the path signs the visitor out" },
    { { "unsubscribe", 11 }, "the path unsubscribes someone" },
    { { "add-to-cart", 11 }, "the path changes the cart" },
    { { "add_to_cart", 11 }, "the path changes the cart" },
    { { "addtocart", 9 }, "the path changes the cart" },
    { { "remove-from-cart", 16 }, "the path changes the cart" },
    { { "activate", 8 }, "the path activates something" },
    { { "confirm", 7 }, "the path confirms something" },
    { { "verify", 6 }, "the path verifies something" },
    { { "delete", 6 }, "the path deletes something" },
    { { "destroy", 7 }, "the path deletes something" },
};

static const struct {
    struct span name;
    struct span value; /* SPAN_NONE: any value */
    const char *sign;
} acting_items[] = {
    { { "add-to-cart", 11 }, { NULL, 0 }, "the query changes the cart" },
    { { "add_to_cart", 11 }, { NULL, 0 }, "the query changes the cart" },
    { { "remove_item", 11 }, { NULL, 0 }, "the query changes the cart" },
    { { "undo_item", 9 }, { NULL, 0 }, "the query changes the cart" },
    { { "empty-cart", 10 }, { NULL, 0 }, "the query changes the cart" },
    { { "add_to_wishlist", 15 }, { NULL, 0 }, "the query changes a wish list" },
    { { "remove_from_wishlist", 20 }, { NULL, 0 }, "the query changes a wish list" },
    { { "customer-logout", 15 }, { NULL, 0 }, "the query signs the visitor out" },
    { { "action", 6 }, { "logout", 6 }, "the query signs the visitor out" },
    { { "mylogout", 8 }, { NULL, 0 }, "the query signs the visitor out" },
    { { "action", 6 }, { "delete", 6 }, "the query deletes something" },
    { { "action", 6 }, { "trash", 5 }, "the query deletes something" },
    { { "action", 6 }, { "remove", 6 }, "the query deletes something" },
    { { "action", 6 }, { "add", 3 }, "the query adds something" },
    { { "action", 6 }, { "update", 6 }, "the query changes something" },
    { { "action", 6 }, { "save", 4 }, "the query changes something" },
    { { "wc-ajax", 7 }, { "add_to_cart", 11 }, "the query changes the cart" },
    { { "wc-ajax", 7 }, { "remove_from_cart", 16 }, "the query changes the cart" },
    { { "wc-ajax", 7 }, { "checkout", 8 }, "the query places an order" },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The next character of a query value, escapes undone; false at the end. */
static bool next_char(struct span *rest, char *ret)
{
    if (rest->len == 0)
        return false;
    size_t used = 1;
    char c = rest->ptr[0];
    if (c == '+') {
        c = ' ';
    } else if (c == '%' && rest->len > 2 && char_hex(rest->ptr[1]) >= 0 &&
               char_hex(rest->ptr[2]) >= 0) {
        c = (char)(char_hex(rest->ptr[1]) * 16 + char_hex(rest->ptr[2]));
        used = 3;
    }
    *rest = span_from(*rest, used);
    *ret = c;
    return true;
}

/* /cart/add, /cart/remove/9: Shopify, Magento and many a shop of one's own. */
static bool acts_on_cart(struct span before, struct span segment)
{
    return span_ieq(before, SPAN("cart")) &&
           (span_ieq(segment, SPAN("add")) || span_ieq(segment, SPAN("remove")) ||
            span_ieq(segment, SPAN("clear")) || span_ieq(segment, SPAN("update")));
}

/* Longer ones are none of ours. */
enum { NAME_BYTES = 32 };

/* `s` with its escapes undone, once, as servers do; as it is when it is too long to matter. */
static struct span decoded(struct span s, char out[NAME_BYTES])
{
    size_t len = 0;
    if (span_find_char(s, '%') < 0 || s.len > (size_t)3 * NAME_BYTES)
        return s;
    while (s.len) {
        char c;
        next_char(&s, &c);
        if (len == NAME_BYTES)
            return SPAN("");
        out[len++] = c;
    }
    return span_make(out, len);
}

static const char *segment_sign(struct span path)
{
    char bytes[2][NAME_BYTES];
    struct span before = SPAN("");
    for (unsigned turn = 0; !span_is_none(path); turn ^= 1) {
        struct span segment = decoded(span_cut(&path, '/'), bytes[turn]);
        segment = span_cut(&segment, ';'); /* logout;jsessionid=… */
        segment = span_cut(&segment, '.'); /* logout.php */
        if (acts_on_cart(before, segment))
            return "the path changes the cart";
        before = segment;
        for (size_t i = 0; i < COUNT(acting_segments); i++)
            if (span_ieq(segment, acting_segments[i].segment))
                return acting_segments[i].sign;
    }
    return NULL;
}

/*
 * Does a GraphQL document hold a mutation: the word, outside of braces,
 * parentheses, strings and comments (GraphQL spec, section 2.3)?
 */
static bool holds_mutation(struct span query)
{
    static const char word[] = "mutation";
    size_t depth = 0, matched = 0; /* how much of the word has been seen */
    bool in_string = false, in_comment = false, in_word = false;
    char c;

    while (next_char(&query, &c)) {
        if (in_comment) {
            in_comment = c != '\n' && c != '\r';
            continue;
        }
        if (c == '"')
            in_string = !in_string;
        if (in_string)
            continue;
        bool letter = char_is_alpha(c) || char_is_digit(c) || c == '_';
        if (letter && depth == 0) {
            bool goes_on = !in_word || matched;
            matched = goes_on && matched < sizeof word - 1 && c == word[matched] ? matched + 1 : 0;
            in_word = true;
            continue;
        }
        if (matched == sizeof word - 1)
            return true;
        matched = 0;
        in_word = false;
        in_comment = c == '#';
        if (c == '{' || c == '(')
            depth++;
        else if ((c == '}' || c == ')') && depth)
            depth--;
    }
    return matched == sizeof word - 1;
}

/* An override in small letters is one to most frameworks; an empty one is none. */
static bool is_safe_word(struct span method)
{
    static const struct span safe[] = {
        { "GET", 3 }, { "HEAD", 4 }, { "OPTIONS", 7 }, { "TRACE", 5 }, { "QUERY", 5 },
    };
    for (size_t i = 0; i < COUNT(safe); i++)
        if (span_ieq(method, safe[i]))
            return true;
    return method.len == 0;
}

static const char *item_sign(const struct query_item *item)
{
    char name_bytes[NAME_BYTES], value_bytes[NAME_BYTES];
    struct span name = decoded(item->name, name_bytes), value = decoded(item->value, value_bytes);
    if (span_ieq(name, SPAN("_method")) && !is_safe_word(value))
        return "the query overrides the method (_method)";
    if (span_eq(name, SPAN("query")) && holds_mutation(item->value))
        return "a GraphQL mutation over GET";
    for (size_t i = 0; i < COUNT(acting_items); i++)
        if (span_ieq(name, acting_items[i].name) &&
            (span_is_none(acting_items[i].value) || span_ieq(value, acting_items[i].value)))
            return acting_items[i].sign;
    return NULL;
}

/* Items end at '&', and to some servers at ';' too. */
static const char *query_sign(struct span query)
{
    struct query_item item;
    const char *sign = NULL;
    while (!sign && query_next(&query, &item)) {
        sign = item_sign(&item);
        for (struct span rest = item.value; !sign && span_find_char(rest, ';') >= 0;) {
            span_cut(&rest, ';');
            struct span value = rest;
            struct query_item inner = { .name = span_cut(&value, '=') };
            inner.value = span_is_none(value) ? value : span_cut(&value, ';');
            sign = item_sign(&inner);
        }
    }
    return sign;
}

static const char *target_sign(struct span target)
{
    struct span query = target;
    struct span path = span_cut(&query, '?');
    const char *sign = segment_sign(path);
    return sign ? sign : query_sign(query);
}

/* The value of a field that overrides the method; SPAN_NONE without one. */
static struct span overriding(const struct http_request *request)
{
    for (uint32_t f = 0; f < request->fields.len; f++)
        for (size_t i = 0; i < COUNT(override_fields); i++)
            if (same_field(request->fields.at[f].name, override_fields[i]) &&
                span_trim(request->fields.at[f].value).len)
                return span_trim(request->fields.at[f].value);
    return SPAN_NONE;
}

static struct span method_item(struct span items)
{
    struct query_item item;
    while (query_next(&items, &item)) {
        char bytes[NAME_BYTES];
        if (span_ieq(decoded(item.name, bytes), SPAN("_method")) && item.value.len)
            return item.value;
    }
    return SPAN_NONE;
}

struct span method_effective(const struct http_request *request)
{
    struct span query = request->target, method = overriding(request);
    span_cut(&query, '?');
    if (span_is_none(method))
        method = method_item(query);
    if (span_is_none(method) &&
        media_type_is_form(http_fields_value(&request->fields, SPAN("Content-Type"))))
        method = method_item(request->body);
    return span_is_none(method) ? request->method : method;
}

static const char *field_sign(const struct http_fields *fields)
{
    for (uint32_t f = 0; f < fields->len; f++) {
        const struct http_field *field = &fields->at[f];
        if (field->value.len == 0)
            continue;
        for (size_t i = 0; i < COUNT(override_fields); i++)
            if (same_field(field->name, override_fields[i]) &&
                !is_safe_word(span_trim(field->value)))
                return "a field overrides the method";
        for (size_t i = 0; i < COUNT(target_fields); i++)
            if (same_field(field->name, target_fields[i]) && target_sign(field->value))
                return "a field overrides the target with one that changes something";
        if (same_field(field->name, SPAN("Next-Action")))
            return "a Server Action";
    }
    return NULL;
}

const char *request_mutates(const struct http_request *request)
{
    if (!method_is_safe(request->method))
        return "the method is not a safe one";
    const char *sign = field_sign(&request->fields);
    if (!sign)
        sign = target_sign(request->target);
    if (!sign && request->body.len && !is_safe_word(method_effective(request)))
        sign = "its body overrides the method (_method)";
    return sign;
}
