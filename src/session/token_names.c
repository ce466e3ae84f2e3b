#include "token_names.h"

#include "rehearse/session/binding.h"

enum { LONGEST_NAME = 128 };

#define CSRF_IN_PAGE                                                                               \
    { TOKEN_META, "csrf-token" }, { TOKEN_META, "_csrf" }, { TOKEN_META, "csrf_token" },           \
        { TOKEN_JSON, "csrfToken" },                                                               \
    {                                                                                              \
        TOKEN_JSON, "csrf_token"                                                                   \
    }

static const struct {
    const char *place; /* of the request: field, query or form name, JSON member */
    struct token_origin from[TOKEN_MAX_ORIGINS];
} rows[] = {
    /* Django: the cookie holds the secret, the input a mask of it; both are accepted. */
    { "csrfmiddlewaretoken",
      { { TOKEN_INPUT, "csrfmiddlewaretoken" }, { TOKEN_COOKIE, "csrftoken" } } },
    { "X-CSRFToken", { { TOKEN_COOKIE, "csrftoken" }, { TOKEN_INPUT, "csrfmiddlewaretoken" } } },
    /* Rails, Laravel, Spring, Express, Phoenix: a header fed by the page. */
    { "X-CSRF-Token",
      { { TOKEN_HEADER, "X-CSRF-Token" },
        CSRF_IN_PAGE,
        { TOKEN_INPUT, "authenticity_token" },
        { TOKEN_INPUT, "_token" },
        { TOKEN_INPUT, "_csrf" },
        { TOKEN_INPUT, "_csrf_token" },
        { TOKEN_COOKIE, "*csrf*" },
        { TOKEN_COOKIE, "xsrf-token" } } },
    { "CSRF-Token",
      { CSRF_IN_PAGE,
        { TOKEN_INPUT, "_csrf" },
        { TOKEN_COOKIE, "*csrf*" },
        { TOKEN_COOKIE, "xsrf-token" } } },
    { "authenticity_token",
      { { TOKEN_INPUT, "authenticity_token" }, { TOKEN_META, "csrf-token" } } },
    { "_token",
      { { TOKEN_INPUT, "_token" },
        { TOKEN_META, "csrf-token" },
        { TOKEN_JSON, "_token" },
        { TOKEN_JSON, "csrfToken" } } },
    { "_csrf_token",
      { { TOKEN_INPUT, "_csrf_token" },
        { TOKEN_META, "csrf-token" },
        { TOKEN_COOKIE, "csrf-token*" } } },
    { "_csrf",
      { { TOKEN_INPUT, "_csrf" },
        { TOKEN_META, "_csrf" },
        { TOKEN_META, "csrf-token" },
        { TOKEN_JSON, "csrfToken" },
        { TOKEN_JSON, "_csrf" },
        { TOKEN_JSON, "token" } } },
    /* Double submit: Angular, axios, Laravel, Spring's cookie repository. */
    { "X-XSRF-TOKEN",
      { { TOKEN_COOKIE, "xsrf-token" },
        { TOKEN_HEADER, "X-XSRF-TOKEN" },
        CSRF_IN_PAGE,
        { TOKEN_INPUT, "__RequestVerificationToken" },
        { TOKEN_COOKIE, "*xsrf*" } } },
    { "XSRF-Token", { { TOKEN_COOKIE, "xsrf-token" }, CSRF_IN_PAGE, { TOKEN_COOKIE, "*xsrf*" } } },
    /* ASP.NET. */
    { "__RequestVerificationToken",
      { { TOKEN_INPUT, "__RequestVerificationToken" }, { TOKEN_JSON, "requestToken" } } },
    { "RequestVerificationToken",
      { { TOKEN_INPUT, "__RequestVerificationToken" },
        { TOKEN_META, "RequestVerificationToken" },
        { TOKEN_JSON, "requestToken" },
        { TOKEN_COOKIE, "xsrf-token" } } },
    { "__VIEWSTATE", { { TOKEN_INPUT, "__VIEWSTATE" } } },
    { "__VIEWSTATEGENERATOR", { { TOKEN_INPUT, "__VIEWSTATEGENERATOR" } } },
    { "__EVENTVALIDATION", { { TOKEN_INPUT, "__EVENTVALIDATION" } } },
    { "javax.faces.ViewState", { { TOKEN_INPUT, "javax.faces.ViewState" } } },
    { "jakarta.faces.ViewState", { { TOKEN_INPUT, "jakarta.faces.ViewState" } } },
    /* Auth.js, and scripts that ask for a token first. */
    { "csrfToken",
      { { TOKEN_JSON, "csrfToken" }, { TOKEN_INPUT, "csrfToken" }, { TOKEN_META, "csrf-token" } } },
    { "csrf_token",
      { { TOKEN_INPUT, "csrf_token" },
        { TOKEN_JSON, "csrf_token" },
        { TOKEN_JSON, "csrfToken" },
        { TOKEN_META, "csrf-token" },
        { TOKEN_META, "csrf_token" } } },
    { "csrf",
      { { TOKEN_INPUT, "csrf" }, { TOKEN_JSON, "csrf" }, CSRF_IN_PAGE, { TOKEN_COOKIE, "csrf" } } },
    /* Magento, WordPress, Drupal, WooCommerce. */
    { "form_key",
      { { TOKEN_COOKIE, "form_key" }, { TOKEN_INPUT, "form_key" }, { TOKEN_JSON, "form_key" } } },
    { "_wpnonce", { { TOKEN_INPUT, "_wpnonce" }, { TOKEN_JSON, "nonce" } } },
    { "X-WP-Nonce", { { TOKEN_HEADER, "X-WP-Nonce" }, { TOKEN_JSON, "nonce" } } },
    { "Nonce",
      { { TOKEN_HEADER, "Nonce" }, { TOKEN_JSON, "storeApiNonce" }, { TOKEN_JSON, "nonce" } } },
    { "Cart-Token", { { TOKEN_HEADER, "Cart-Token" } } },
    { "form_token", { { TOKEN_INPUT, "form_token" } } },
    { "form_build_id", { { TOKEN_INPUT, "form_build_id" } } },
    /* Logins that answer with a token instead of a cookie. */
    { "Authorization",
      { { TOKEN_JSON, "access_token" },
        { TOKEN_JSON, "accessToken" },
        { TOKEN_JSON, "token" },
        { TOKEN_JSON, "jwt" },
        { TOKEN_JSON, "id_token" },
        { TOKEN_JSON, "idToken" },
        { TOKEN_HEADER, "X-Auth-Token" } } },
    { "X-Auth-Token",
      { { TOKEN_HEADER, "X-Auth-Token" },
        { TOKEN_JSON, "token" },
        { TOKEN_JSON, "access_token" } } },
    { "X-Access-Token", { { TOKEN_JSON, "access_token" }, { TOKEN_JSON, "token" } } },
    { "access_token", { { TOKEN_JSON, "access_token" }, { TOKEN_JSON, "accessToken" } } },
    { "accessToken", { { TOKEN_JSON, "accessToken" }, { TOKEN_JSON, "access_token" } } },
    { "refresh_token", { { TOKEN_JSON, "refresh_token" }, { TOKEN_JSON, "refreshToken" } } },
    { "refreshToken", { { TOKEN_JSON, "refreshToken" }, { TOKEN_JSON, "refresh_token" } } },
    { "id_token", { { TOKEN_JSON, "id_token" } } },
    { "sw-context-token",
      { { TOKEN_HEADER, "sw-context-token" }, { TOKEN_JSON, "contextToken" } } },
};

const struct token_origin *token_origins(struct span name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (span_ieq(name, span_of(rows[i].place)))
            return rows[i].from;
    return NULL;
}

/*
 * Every place and origin of the table, in lower case, shorter ones first, then in
 * order; without those that names_csrf knows, cookies and Authorization. Asked for
 * each field of each message and each member of each body.
 */
#define NAME(text) { text, sizeof text - 1 }
static const struct span handed_out[] = {
    NAME("jwt"),
    NAME("nonce"),
    NAME("token"),
    NAME("_token"),
    NAME("idtoken"),
    NAME("_wpnonce"),
    NAME("form_key"),
    NAME("id_token"),
    NAME("cart-token"),
    NAME("form_token"),
    NAME("x-wp-nonce"),
    NAME("__viewstate"),
    NAME("accesstoken"),
    NAME("access_token"),
    NAME("contexttoken"),
    NAME("refreshtoken"),
    NAME("requesttoken"),
    NAME("x-auth-token"),
    NAME("form_build_id"),
    NAME("refresh_token"),
    NAME("storeapinonce"),
    NAME("x-access-token"),
    NAME("sw-context-token"),
    NAME("__eventvalidation"),
    NAME("authenticity_token"),
    NAME("__viewstategenerator"),
    NAME("javax.faces.viewstate"),
    NAME("jakarta.faces.viewstate"),
    NAME("requestverificationtoken"),
    NAME("__requestverificationtoken"),
};
#undef NAME

/* "csrf" or "xsrf" anywhere in it; asked for every field of every message. */
static bool names_csrf(struct span name)
{
    for (size_t i = 0; i + 4 <= name.len; i++) {
        const char *at = name.ptr + i;
        if (char_lower(at[1]) == 's' && char_lower(at[2]) == 'r' && char_lower(at[3]) == 'f' &&
            (char_lower(at[0]) == 'c' || char_lower(at[0]) == 'x'))
            return true;
    }
    return false;
}

/* In the order of the table. `folded` is in lower case. */
static int compare_folded(struct span name, struct span folded)
{
    if (name.len != folded.len)
        return name.len < folded.len ? -1 : 1;
    for (size_t i = 0; i < name.len; i++) {
        char c = char_lower(name.ptr[i]);
        if (c != folded.ptr[i])
            return c < folded.ptr[i] ? -1 : 1;
    }
    return 0;
}

bool token_is_handed_out(struct span name)
{
    size_t low = 0, high = sizeof handed_out / sizeof *handed_out;

    if (name.len < 3 || name.len > LONGEST_NAME)
        return false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_folded(name, handed_out[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return names_csrf(name);
}

bool binding_is_token_name(struct span name)
{
    return token_is_handed_out(name) || span_ieq(name, SPAN("Authorization"));
}
