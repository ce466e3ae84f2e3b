/* The vocabulary of mutations: the large shop systems, and what people call their own. */
#include "mutation_words.h"

/* A longer word is none of ours. */
enum { WORD_MAX = 24 };

static const struct {
    struct span word;
    enum mutation_class class;
} words[] = {
#define W(text, class)                                                                             \
    {                                                                                              \
        { text, sizeof text - 1 }, MUTATION_##class                                                \
    }
    W("checkout", PAYMENT),
    W("pay", PAYMENT),
    W("payment", PAYMENT),
    W("order", PAYMENT),
    W("charge", PAYMENT),
    W("refund", PAYMENT),
    W("purchase", PAYMENT),
    W("buy", PAYMENT),
    W("subscription", PAYMENT),
    W("donate", PAYMENT),
    W("donation", PAYMENT),
    W("invoice", PAYMENT),
    W("transfer", PAYMENT),
    W("payout", PAYMENT),
    W("withdraw", PAYMENT),
    W("withdrawal", PAYMENT),
    W("deposit", PAYMENT),
    W("billing", PAYMENT),
    W("stripe", PAYMENT),
    W("paypal", PAYMENT),
    W("klarna", PAYMENT),
    W("adyen", PAYMENT),
    W("braintree", PAYMENT),
    W("placeorder", PAYMENT),
    W("giftcard", PAYMENT),
    W("booking", PAYMENT),
    W("reservation", PAYMENT),
    W("message", MESSAGE),
    W("mail", MESSAGE),
    W("sendmail", MESSAGE),
    W("contact", MESSAGE),
    W("newsletter", MESSAGE),
    W("subscribe", MESSAGE),
    W("unsubscribe", MESSAGE),
    W("invite", MESSAGE),
    W("invitation", MESSAGE),
    W("notify", MESSAGE),
    W("notification", MESSAGE),
    W("sms", MESSAGE),
    W("comment", MESSAGE),
    W("review", MESSAGE),
    W("share", MESSAGE),
    W("feedback", MESSAGE),
    W("ticket", MESSAGE),
    W("chat", MESSAGE),
    W("send", MESSAGE),
    W("resend", MESSAGE),
    W("forgot", MESSAGE),
    W("forgotpassword", MESSAGE),
    W("publish", MESSAGE),
    W("inquiry", MESSAGE),
    W("cart", CART),
    W("basket", CART),
    W("bag", CART),
    W("trolley", CART),
    W("minicart", CART),
    W("wishlist", CART),
    W("favorite", CART),
    W("favourite", CART),
    W("coupon", CART),
    W("voucher", CART),
    W("lineitem", CART),
    W("addtocart", CART),
    W("login", ACCOUNT),
    W("logout", ACCOUNT),
    W("logoff", ACCOUNT),
    W("signin", ACCOUNT),
    W("signout", ACCOUNT),
    W("signup", ACCOUNT),
    W("sign", ACCOUNT),
    W("log", ACCOUNT),
    W("register", ACCOUNT),
    W("registration", ACCOUNT),
    W("account", ACCOUNT),
    W("profile", ACCOUNT),
    W("password", ACCOUNT),
    W("user", ACCOUNT),
    W("address", ACCOUNT),
    W("session", ACCOUNT),
    W("auth", ACCOUNT),
    W("oauth", ACCOUNT),
    W("oauth2", ACCOUNT),
    W("token", ACCOUNT),
    W("mfa", ACCOUNT),
    W("otp", ACCOUNT),
    W("2fa", ACCOUNT),
    W("preference", ACCOUNT),
    W("setting", ACCOUNT),
    W("customer", ACCOUNT),
    W("member", ACCOUNT),
    W("activate", ACCOUNT),
    W("mylogout", ACCOUNT),
#undef W
};

/* Names of fields, without what is not a letter or a digit. */
static const struct {
    struct span name;
    enum mutation_class class;
    bool strong;
} fields[] = {
#define F(text, class, strong)                                                                     \
    {                                                                                              \
        { text, sizeof text - 1 }, MUTATION_##class, strong                                        \
    }
    F("cardnumber", PAYMENT, true),
    F("ccnumber", PAYMENT, true),
    F("creditcard", PAYMENT, true),
    F("cvv", PAYMENT, true),
    F("cvv2", PAYMENT, true),
    F("cvc", PAYMENT, true),
    F("iban", PAYMENT, true),
    F("paymentmethod", PAYMENT, true),
    F("paymentmethodid", PAYMENT, true),
    F("paymentmethodnonce", PAYMENT, true),
    F("paymenttoken", PAYMENT, true),
    F("paymentintent", PAYMENT, true),
    F("password", ACCOUNT, true),
    F("passwd", ACCOUNT, true),
    F("jpassword", ACCOUNT, true),
    F("newpassword", ACCOUNT, true),
    F("userpassword", ACCOUNT, true),
    F("pwd", ACCOUNT, true),
    F("recipient", MESSAGE, false),
    F("subject", MESSAGE, false),
    F("message", MESSAGE, false),
    F("comment", MESSAGE, false),
    F("productid", CART, false),
    F("variantid", CART, false),
    F("sku", CART, false),
    F("quantity", CART, false),
    F("qty", CART, false),
    F("firstname", ACCOUNT, false),
    F("lastname", ACCOUNT, false),
    F("username", ACCOUNT, false),
#undef F
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum mutation_class graver(enum mutation_class a, enum mutation_class b)
{
    static const int weight[MUTATION_CLASSES] = {
        [MUTATION_OTHER] = 0, [MUTATION_IDEMPOTENT] = 1, [MUTATION_ACCOUNT] = 2,
        [MUTATION_CART] = 3,  [MUTATION_MESSAGE] = 4,    [MUTATION_PAYMENT] = 5,
    };
    return weight[b] > weight[a] ? b : a;
}

static bool is_word_char(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

/* The next character, an escape undone. */
static char take_char(struct span *rest)
{
    char c = rest->ptr[0];
    size_t used = 1;
    if (c == '%' && rest->len > 2 && char_hex(rest->ptr[1]) >= 0 && char_hex(rest->ptr[2]) >= 0) {
        c = (char)(char_hex(rest->ptr[1]) * 16 + char_hex(rest->ptr[2]));
        used = 3;
    }
    *rest = span_from(*rest, used);
    return c;
}

static enum mutation_class class_of_word(struct span word)
{
    struct span one = span_ends(word, SPAN("s")) ? span_head(word, word.len - 1) : word;
    struct span es = span_ends(word, SPAN("es")) ? span_head(word, word.len - 2) : word;
    for (size_t i = 0; i < COUNT(words); i++)
        if (span_eq(words[i].word, word) || span_eq(words[i].word, one) ||
            span_eq(words[i].word, es))
            return words[i].class;
    return MUTATION_OTHER;
}

/* The next word in lower case, cut off when it is too long to be one of ours; false at the end. */
static bool next_word(struct span *rest, char *word, size_t *ret_len)
{
    size_t len = 0;
    bool small = false, began = false;
    while (rest->len) {
        struct span before = *rest;
        char c = take_char(rest);
        bool capital = c >= 'A' && c <= 'Z';
        if (!is_word_char(c)) {
            if (began)
                break;
            continue;
        }
        if (capital && small) {
            *rest = before;
            break;
        }
        began = true;
        small = !capital;
        if (len < WORD_MAX)
            word[len++] = char_lower(c);
    }
    *ret_len = len;
    return began;
}

enum mutation_class words_class(struct span text)
{
    enum mutation_class class = MUTATION_OTHER;
    char word[WORD_MAX];
    size_t len;
    while (next_word(&text, word, &len))
        class = graver(class, class_of_word(span_make(word, len)));
    return class;
}

enum mutation_class field_class(struct span name, bool strong)
{
    char bare[WORD_MAX];
    size_t len = 0;
    while (name.len && len < WORD_MAX) {
        char c = take_char(&name);
        if (is_word_char(c))
            bare[len++] = char_lower(c);
    }
    for (size_t i = 0; i < COUNT(fields); i++)
        if ((fields[i].strong || !strong) && span_eq(fields[i].name, span_make(bare, len)))
            return fields[i].class;
    return MUTATION_OTHER;
}
