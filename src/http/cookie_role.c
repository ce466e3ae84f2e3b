/*
 * The products' own names first (cdn.md, E.2), then the
 * habits of those who name cookies themselves. The first row that fits decides,
 * so the narrow rows stand above the wide ones.
 */
#include "rehearse/http/cookie_role.h"

#include <string.h>

#include "rehearse/base/glob.h"
#include "rehearse/base/hash.h"

static const struct row {
    const char *pattern; /* '*' is any run of bytes */
    enum cookie_role role;
} rows[] = {
    /* Tokens against forged requests. */
    { "*csrf*", COOKIE_CSRF },
    { "*xsrf*", COOKIE_CSRF },
    { "__RequestVerificationToken*", COOKIE_CSRF },
    { ".AspNetCore.Antiforgery.*", COOKIE_CSRF },
    { "form_key", COOKIE_CSRF },

    /* Load balancers. */
    { "AWSALB", COOKIE_STICKINESS },
    { "AWSALBCORS", COOKIE_STICKINESS },
    { "AWSALBTG*", COOKIE_STICKINESS },
    { "AWSALBAPP-*", COOKIE_STICKINESS },
    { "AWSELB", COOKIE_STICKINESS },
    { "AWSELBCORS", COOKIE_STICKINESS },
    { "SERVERID*", COOKIE_STICKINESS },
    { "SRVNAME", COOKIE_STICKINESS },
    { "GCLB", COOKIE_STICKINESS },
    { "ARRAffinity*", COOKIE_STICKINESS },
    { "BIGipServer*", COOKIE_STICKINESS },
    { "__cflb", COOKIE_STICKINESS },
    { "ROUTEID", COOKIE_STICKINESS },
    { "INGRESSCOOKIE", COOKIE_STICKINESS },
    { "KC_ROUTE", COOKIE_STICKINESS },

    /* Bot managers. */
    { "__cf_bm", COOKIE_BOT },
    { "cf_clearance", COOKIE_BOT },
    { "_cfuvid", COOKIE_BOT },
    { "ak_bmsc", COOKIE_BOT },
    { "bm_*", COOKIE_BOT },
    { "_abck", COOKIE_BOT },
    { "datadome", COOKIE_BOT },
    { "incap_ses_*", COOKIE_BOT },
    { "visid_incap_*", COOKIE_BOT },
    { "nlbi_*", COOKIE_BOT },
    { "reese84", COOKIE_BOT },
    { "_px*", COOKIE_BOT },

    /* Analytics and their consent records, which hold an id of the visitor. */
    { "_ga*", COOKIE_ANALYTICS },
    { "_gid", COOKIE_ANALYTICS },
    { "_gat*", COOKIE_ANALYTICS },
    { "_gcl_*", COOKIE_ANALYTICS },
    { "_fbp", COOKIE_ANALYTICS },
    { "_fbc", COOKIE_ANALYTICS },
    { "ajs_*", COOKIE_ANALYTICS },
    { "mp_*", COOKIE_ANALYTICS },
    { "_hj*", COOKIE_ANALYTICS },
    { "amplitude_*", COOKIE_ANALYTICS },
    { "AMP_*", COOKIE_ANALYTICS },
    { "OptanonConsent", COOKIE_ANALYTICS },
    { "OptanonAlertBoxClosed", COOKIE_ANALYTICS },
    { "CookieConsent", COOKIE_ANALYTICS },
    { "__utm*", COOKIE_ANALYTICS },
    { "_pk_*", COOKIE_ANALYTICS },
    { "optimizelyEndUserId", COOKIE_ANALYTICS },
    { "_shopify_y", COOKIE_ANALYTICS },
    { "_shopify_s", COOKIE_ANALYTICS },
    { "_clck", COOKIE_ANALYTICS },
    { "_clsk", COOKIE_ANALYTICS },
    { "_uetsid", COOKIE_ANALYTICS },
    { "_uetvid", COOKIE_ANALYTICS },
    { "_ttp", COOKIE_ANALYTICS },
    { "hubspotutk", COOKIE_ANALYTICS },
    { "__hs*", COOKIE_ANALYTICS },

    /* What a shop or a site chooses by. */
    { "X-Magento-Vary", COOKIE_VARIANT },
    { "sw-cache-hash", COOKIE_VARIANT },
    { "sw-states", COOKIE_VARIANT },
    { "woocommerce_cart_hash", COOKIE_VARIANT },
    { "woocommerce_items_in_cart", COOKIE_VARIANT },
    { "cart_currency", COOKIE_VARIANT },
    { "localization", COOKIE_VARIANT },
    { "*locale*", COOKIE_VARIANT },
    { "lang", COOKIE_VARIANT },
    { "*language*", COOKIE_VARIANT },
    { "*_lang", COOKIE_VARIANT },
    { "*-lang", COOKIE_VARIANT },
    { "i18n*", COOKIE_VARIANT },
    { "django_language", COOKIE_VARIANT },
    { "*currency*", COOKIE_VARIANT },
    { "country*", COOKIE_VARIANT },
    { "region", COOKIE_VARIANT },
    { "store", COOKIE_VARIANT },
    { "store_view", COOKIE_VARIANT },
    { "theme", COOKIE_VARIANT },
    { "color-scheme", COOKIE_VARIANT },
    { "color_scheme", COOKIE_VARIANT },
    { "*consent*", COOKIE_VARIANT },
    { "cookies_accepted", COOKIE_VARIANT },
    { "experiment*", COOKIE_VARIANT },
    { "exp_*", COOKIE_VARIANT },
    { "ab_*", COOKIE_VARIANT },
    { "ab-*", COOKIE_VARIANT },
    { "abtest*", COOKIE_VARIANT },
    { "variant*", COOKIE_VARIANT },
    { "bucket", COOKIE_VARIANT },
    { "feature_*", COOKIE_VARIANT },
    { "flag_*", COOKIE_VARIANT },

    /* Sessions and logins of frameworks and products. */
    { "PHPSESSID", COOKIE_SESSION },
    { "connect.sid", COOKIE_SESSION },
    { "koa.sess*", COOKIE_SESSION },
    { "JSESSIONID*", COOKIE_SESSION },
    { "SESSION", COOKIE_SESSION },
    { "session.sig", COOKIE_SESSION },
    { "remember-me", COOKIE_SESSION },
    { "remember_user_token", COOKIE_SESSION },
    { "remember_token", COOKIE_SESSION },
    { "remember_web_*", COOKIE_SESSION },
    { "REMEMBERME", COOKIE_SESSION },
    { "main_auth_profile_token", COOKIE_SESSION },
    { "sessionid", COOKIE_SESSION },
    { "fastapiusersauth", COOKIE_SESSION },
    { "ci_session", COOKIE_SESSION },
    { "CAKEPHP", COOKIE_SESSION },
    { "_identity", COOKIE_SESSION },
    { "ASP.NET_SessionId", COOKIE_SESSION },
    { ".ASPXAUTH", COOKIE_SESSION },
    { ".AspNetCore.*", COOKIE_SESSION },
    { ".AspNet.*", COOKIE_SESSION },
    { "Identity.*", COOKIE_SESSION },
    { "next-auth.session-token*", COOKIE_SESSION },
    { "next-auth.state", COOKIE_SESSION },
    { "next-auth.pkce.code_verifier", COOKIE_SESSION },
    { "authjs.session-token*", COOKIE_SESSION },
    { "authjs.pkce.code_verifier", COOKIE_SESSION },
    { "authjs.state", COOKIE_SESSION },
    { "authjs.nonce", COOKIE_SESSION },
    { "authjs.challenge", COOKIE_SESSION },
    { "better-auth.session_*", COOKIE_SESSION },
    { "__session", COOKIE_SESSION },
    { "__clerk_db_jwt*", COOKIE_SESSION },
    { "appSession*", COOKIE_SESSION },
    { "auth_verification", COOKIE_SESSION },
    { "__txn_*", COOKIE_SESSION },
    { "sb-*-auth-token*", COOKIE_SESSION },
    { "KEYCLOAK_SESSION*", COOKIE_SESSION },
    { "KEYCLOAK_IDENTITY*", COOKIE_SESSION },
    { "AUTH_SESSION_ID*", COOKIE_SESSION },
    { "KC_RESTART", COOKIE_SESSION },
    { "_oauth2_proxy*", COOKIE_SESSION },
    { "AWSELBAuthSessionCookie-*", COOKIE_SESSION },
    { "CF_Authorization", COOKIE_SESSION },
    { "GCP_IAAP_AUTH_TOKEN*", COOKIE_SESSION },
    { "GCP_IAP_UID", COOKIE_SESSION },
    { "AppServiceAuthSession*", COOKIE_SESSION },
    { "wordpress_logged_in_*", COOKIE_SESSION },
    { "wordpress_sec_*", COOKIE_SESSION },
    { "wp-postpass_*", COOKIE_SESSION },
    { "wp_woocommerce_session_*", COOKIE_SESSION },
    { "_shopify_essential", COOKIE_SESSION },
    { "cart", COOKIE_SESSION },
    { "cart_sig", COOKIE_SESSION },
    { "cart_id", COOKIE_SESSION },
    { "secure_customer_sig", COOKIE_SESSION },
    { "_secure_session_id", COOKIE_SESSION },
    { "mage-cache-sessid", COOKIE_VARIANT }, /* "true" for everybody */
    { "SESS*", COOKIE_SESSION },
    { "SSESS*", COOKIE_SESSION },
    { "PrestaShop-*", COOKIE_SESSION },
    { "session-", COOKIE_SESSION },
    { "sw-context-token", COOKIE_SESSION },
    { "SHOP_SESSION_TOKEN", COOKIE_SESSION },
    { "dwsid", COOKIE_SESSION },
    { "dwanonymous_*", COOKIE_SESSION },
    { "dwsecuretoken_*", COOKIE_SESSION },

    /* Habits: _<app>_session, <app>-session, <app>.sid, auth_token. */
    { "*_session", COOKIE_SESSION },
    { "*-session", COOKIE_SESSION },
    { "*.session", COOKIE_SESSION },
    { "*session_id", COOKIE_SESSION },
    { "*session-id", COOKIE_SESSION },
    { "*sessionid", COOKIE_SESSION },
    { "*session_token", COOKIE_SESSION },
    { "*session-token", COOKIE_SESSION },
    { "*sessid", COOKIE_SESSION },
    { "sid", COOKIE_SESSION },
    { "*.sid", COOKIE_SESSION },
    { "*_sid", COOKIE_SESSION },
    { "*-sid", COOKIE_SESSION },
    { "auth", COOKIE_SESSION },
    { "jwt", COOKIE_SESSION },
    { "token", COOKIE_SESSION },
    { "*auth_token", COOKIE_SESSION },
    { "*auth-token", COOKIE_SESSION },
    { "*access_token", COOKIE_SESSION },
    { "*access-token", COOKIE_SESSION },
    { "*refresh_token", COOKIE_SESSION },
    { "*id_token", COOKIE_SESSION },
};

struct span cookie_base_name(struct span name)
{
    if (span_istarts(name, SPAN("__Host-")))
        return span_from(name, 7);
    if (span_istarts(name, SPAN("__Secure-")))
        return span_from(name, 9);
    return name;
}

/* Names longer than any that is known are unknown, before a pattern walks them. */
enum { LONGEST_KNOWN = 128 };

/* The cheap question first: do the ends that are no '*' fit? */
static bool ends_fit(const char *pattern, struct span name)
{
    if (*pattern != '*' && char_lower(*pattern) != char_lower(name.ptr[0]))
        return false;
    char last = pattern[strlen(pattern) - 1];
    return last == '*' || char_lower(last) == char_lower(name.ptr[name.len - 1]);
}

static const struct row *find_row(struct span name)
{
    struct span base = cookie_base_name(name);
    if (base.len == 0 || base.len > LONGEST_KNOWN)
        return NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ends_fit(rows[i].pattern, base) && glob_imatches(span_of(rows[i].pattern), base))
            return &rows[i];
    return NULL;
}

enum cookie_role cookie_role(struct span name)
{
    const struct row *row = find_row(name);
    return row ? row->role : COOKIE_UNKNOWN;
}

enum cookie_role cookie_role_kept(struct cookie_roles *roles, struct span name)
{
    uint64_t key = hash64(name) | 1;
    size_t slot = (size_t)(key >> 32) % COOKIE_ROLES_KEPT;
    if (roles->keys[slot] != key) {
        roles->keys[slot] = key;
        roles->roles[slot] = (uint8_t)cookie_role(name);
    }
    return (enum cookie_role)roles->roles[slot];
}

/* In a row that begins with '*' the app's own name is what differs, and two apps are no twins. */
static bool tells_installations_apart(const struct row *row)
{
    return row->pattern[0] != '*' && strchr(row->pattern, '*') &&
           (row->role == COOKIE_SESSION || row->role == COOKIE_CSRF);
}

int cookie_family(struct span name)
{
    const struct row *row = find_row(name);
    /* These rows hold several cookies of one installation. */
    if (!row || !tells_installations_apart(row) || span_istarts(name, SPAN(".AspNet.")) ||
        (span_istarts(name, SPAN(".AspNetCore.")) && row->role != COOKIE_CSRF))
        return COOKIE_NO_FAMILY;
    return (int)(row - rows);
}

/* Words of the names that people give to what carries a login. */
static const struct span login_words[] = {
    { "session", 7 },  { "auth", 4 },     { "token", 5 },    { "login", 5 }, { "logged_in", 9 },
    { "remember", 8 }, { "identity", 8 }, { "user", 4 },     { "jwt", 3 },   { "account", 7 },
};

bool cookie_may_log_in(struct span name, enum cookie_role role)
{
    if (role != COOKIE_UNKNOWN)
        return role == COOKIE_SESSION;
    struct span base = span_head(cookie_base_name(name), LONGEST_KNOWN);
    for (size_t i = 0; i < sizeof login_words / sizeof *login_words; i++)
        if (span_ifind(base, login_words[i]) >= 0)
            return true;
    return false;
}
