#include "rehearse/http/method.h"

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

/* /cart/add, /cart/remove/9: Shopify, Magento and many a shop of one's own. */
static bool acts_on_cart(struct span before, struct span segment)
{
    return span_ieq(before, SPAN("cart")) &&
           (span_ieq(segment, SPAN("add")) || span_ieq(segment, SPAN("remove")) ||
            span_ieq(segment, SPAN("clear")) || span_ieq(segment, SPAN("update")));
}

static const char *segment_sign(struct span path)
{
    struct span before = SPAN("");
    while (!span_is_none(path)) {
        struct span segment = span_cut(&path, '/');
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

static const char *item_sign(const struct query_item *item)
{
    if (span_ieq(item->name, SPAN("_method")) && !method_is_safe(item->value))
        return "the query overrides the method (_method)";
    if (span_eq(item->name, SPAN("query")) && holds_mutation(item->value))
        return "a GraphQL mutation over GET";
    for (size_t i = 0; i < COUNT(acting_items); i++)
        if (span_ieq(item->name, acting_items[i].name) &&
            (span_is_none(acting_items[i].value) || span_ieq(item->value, acting_items[i].value)))
            return acting_items[i].sign;
    return NULL;
}

static const char *target_sign(struct span target)
{
    struct span query = target;
    struct span path = span_cut(&query, '?');
    const char *sign = segment_sign(path);
    struct query_item item;
    while (!sign && query_next(&query, &item))
        sign = item_sign(&item);
    return sign;
}

const char *request_mutates(const struct http_request *request)
{
    if (!method_is_safe(request->method))
        return "the method is not a safe one";
    for (size_t i = 0; i < COUNT(override_fields); i++) {
        struct span value = http_fields_value(&request->fields, override_fields[i]);
        if (value.len && !method_is_safe(span_trim(value)))
            return "a field overrides the method";
    }
    for (size_t i = 0; i < COUNT(target_fields); i++)
        if (target_sign(http_fields_value(&request->fields, target_fields[i])))
            return "a field overrides the target with one that changes something";
    return target_sign(request->target);
}
