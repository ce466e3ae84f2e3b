#include "secret_names.h"

#include <stdlib.h>

#include "places.h"
#include "rehearse/base/glob.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/session/binding.h"

enum {
    CACHE_SLOTS = 2048,
    LONGEST_NAME = 256, /* what is longer is no name of these tables */
};

struct remembered {
    uint64_t key;
    uint8_t secrecy;
};

struct secret_names {
    const char *const *further;
    struct remembered items[CACHE_SLOTS];
    struct remembered fields[CACHE_SLOTS];
};

struct rule {
    const char *pattern; /* the first that fits decides */
    uint8_t secrecy;
};

static const char *const password_names[] = {
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "currentPassword",
    "password1",
    "new_password1",
    "new_password2",
    "password_confirmation",
    "passwordConfirmation",
    "password2",
    "passwordConfirm",
    "confirmPassword",
    "pword",
    "psw",
    "pw",
    /* As forms in other languages call it. */
    "passwort",
    "kennwort",
    "senha",
    "contrasena",
    "contraseña",
    "clave",
    "motdepasse",
    "mot_de_passe",
    "mdp",
    "wachtwoord",
    "parola",
    "haslo",
    "hasło",
    "losenord",
    "lösenord",
    "adgangskode",
    "salasana",
    "sifre",
    "şifre",
    "heslo",
    "jelszo",
    "пароль",
    "密码",
    "パスワード",
};

static const char *const user_names[] = {
    "username",   "user_name", "email",   "login",      "user",     "j_username",
    "log",        "userid",    "user_id", "user_login", "login_id", "loginname",
    "identifier", "e-mail",    "mail",    "account",
};

static const struct rule item_rules[] = {
    /* Places in a list, and how much of something: no secrets in spite of the name. */
    { "*page*token", SECRET_NO },
    { "*continuation*", SECRET_NO },
    { "next*token", SECRET_NO },
    { "sync*token", SECRET_NO },
    { "max*token*", SECRET_NO },
    { "secret*question*", SECRET_NO },
    /* The name of the token's place, not the token (Rails, Spring). */
    { "*csrf*param*", SECRET_NO },
    { "*csrf*header*", SECRET_NO },

    { "*passw*", SECRET_YES },
    { "*passphrase*", SECRET_YES },
    { "pwd", SECRET_YES },
    { "pass", SECRET_YES },
    { "pword", SECRET_YES },
    { "psw", SECRET_YES },
    { "pw", SECRET_YES },
    { "*kennwort*", SECRET_YES },
    { "*senha*", SECRET_YES },
    { "*contrase*", SECRET_YES },
    { "clave", SECRET_YES },
    { "*motdepasse*", SECRET_YES },
    { "*mot_de_passe*", SECRET_YES },
    { "mdp", SECRET_YES },
    { "*wachtwoord*", SECRET_YES },
    { "parola", SECRET_YES },
    { "haslo", SECRET_YES },
    { "hasło", SECRET_YES },
    { "losenord", SECRET_YES },
    { "lösenord", SECRET_YES },
    { "adgangskode", SECRET_YES },
    { "salasana", SECRET_YES },
    { "sifre", SECRET_YES },
    { "şifre", SECRET_YES },
    { "heslo", SECRET_YES },
    { "jelszo", SECRET_YES },
    { "пароль", SECRET_YES },
    { "密码", SECRET_YES },
    { "パスワード", SECRET_YES },
    { "pin", SECRET_YES },
    { "*secret*", SECRET_YES },
    { "*csrf*", SECRET_YES },
    { "*xsrf*", SECRET_YES },
    { "*token", SECRET_YES },
    { "*tokens", SECRET_YES },
    { "*jwt", SECRET_YES },
    { "*apikey*", SECRET_YES },
    { "*api_key*", SECRET_YES },
    { "*api-key*", SECRET_YES },
    { "*privatekey*", SECRET_YES },
    { "*private_key*", SECRET_YES },
    { "*access_key*", SECRET_YES },
    { "*accesskey*", SECRET_YES },
    { "*credential*", SECRET_YES },
    { "authorization", SECRET_YES },
    { "bearer", SECRET_YES },
    { "signature", SECRET_YES },
    { "sig", SECRET_YES },
    { "x-amz-signature", SECRET_YES },
    { "x-goog-signature", SECRET_YES },
    { "hmac", SECRET_YES },
    { "*otp", SECRET_YES },
    { "otp*", SECRET_YES },
    { "mfa_code", SECRET_YES },
    { "totp*", SECRET_YES },
    { "cvv", SECRET_YES },
    { "cvc", SECRET_YES },
    { "*card_number", SECRET_YES },
    { "*cardnumber", SECRET_YES },
    { "iban", SECRET_YES },
    { "ssn", SECRET_YES },
    { "*sessionid", SECRET_YES },
    { "*session_id", SECRET_YES },
    { "*session-id", SECRET_YES },
    { "phpsessid", SECRET_YES },
    { "sessid", SECRET_YES },
    { "code_verifier", SECRET_YES },
    { "assertion", SECRET_YES },
    { "samlresponse", SECRET_YES },
    { "samlrequest", SECRET_YES },
    { "relaystate", SECRET_IF_RANDOM },
    { "form_build_id", SECRET_YES },
    { "_wpnonce", SECRET_YES },
    { "nonce", SECRET_YES },
    { "*_nonce", SECRET_YES },
    { "storeapinonce", SECRET_YES },
    { "*viewstate", SECRET_YES },
    { "__eventvalidation", SECRET_YES },
    { "form_key", SECRET_YES },

    { "code", SECRET_IF_RANDOM },
    { "state", SECRET_IF_RANDOM },
    { "key", SECRET_IF_RANDOM },
    { "policy", SECRET_IF_RANDOM },
    { "ticket", SECRET_IF_RANDOM },
    { "auth", SECRET_IF_RANDOM },
    { "hash", SECRET_IF_RANDOM },
    { "session", SECRET_IF_RANDOM },
    { "session_state", SECRET_IF_RANDOM },
    { "sid", SECRET_IF_RANDOM },
    { "s", SECRET_IF_RANDOM },
    { "sign", SECRET_IF_RANDOM },
    { "verifier", SECRET_IF_RANDOM },
    { "invite*", SECRET_IF_RANDOM },
    { "reset*", SECRET_IF_RANDOM },
    { "confirmation*", SECRET_IF_RANDOM },

    { "*email*", SECRET_PERSONAL },
    { "e-mail", SECRET_PERSONAL },
};

static const struct rule field_rules[] = {
    { "Cookie", FIELD_COOKIES },
    { "Set-Cookie", FIELD_SET_COOKIE },
    { "Authorization", FIELD_AUTHORIZATION },
    { "Proxy-Authorization", FIELD_AUTHORIZATION },
    { "*authorization", FIELD_AUTHORIZATION }, /* what proxies make of it: X-Forwarded-… */
    { "Referer", FIELD_URL },
    { "Location", FIELD_URL },
    { "Content-Location", FIELD_URL },
    { "Link", FIELD_URL },
    { "Refresh", FIELD_URL },
    { "X-Original-URL", FIELD_URL },
    { "X-Original-URI", FIELD_URL },
    { "X-Forwarded-URI", FIELD_URL },
    { "X-Rewrite-URL", FIELD_URL },
    { "HX-Current-URL", FIELD_URL },
    { "HX-Redirect", FIELD_URL },
    { "X-Nextjs-Redirect", FIELD_URL },
    { "X-Action-Redirect", FIELD_URL },
    { "Next-Url", FIELD_URL },
    { "Origin-Trial", FIELD_PLAIN }, /* public, the same for every visitor */
    { "Authentication-Info", FIELD_SECRET },
    { "*token*", FIELD_SECRET },
    { "*csrf*", FIELD_SECRET },
    { "*xsrf*", FIELD_SECRET },
    { "*secret*", FIELD_SECRET },
    { "*password*", FIELD_SECRET },
    { "*api-key", FIELD_SECRET },
    { "*apikey", FIELD_SECRET },
    { "*-jwt*", FIELD_SECRET },
    { "*session-id", FIELD_SECRET },
    { "*sessionid", FIELD_SECRET },
    { "X-Session*", FIELD_SECRET },
    { "X-Auth-*", FIELD_SECRET },
    { "X-Amzn-Oidc-*", FIELD_SECRET },
    { "X-Ms-Client-Principal*", FIELD_SECRET },
    { "X-Goog-Authenticated-User-*", FIELD_SECRET },
    { "CF-Access-*", FIELD_SECRET },
    { "X-Vercel-Protection-Bypass", FIELD_SECRET },
    { "X-Vercel-Oidc-*", FIELD_SECRET },
    { "X-WP-Nonce", FIELD_SECRET },
    { "Nonce", FIELD_SECRET },
    { "DPoP", FIELD_SECRET },
    { "X-Signature", FIELD_SECRET },
    { "X-Hub-Signature*", FIELD_SECRET },
    { "Signature", FIELD_SECRET },
};

static uint8_t first_rule(const struct rule *rules, size_t count, struct span name)
{
    char first = char_lower(name.ptr[0]);
    for (size_t i = 0; i < count; i++) {
        char wanted = rules[i].pattern[0];
        if ((wanted == '*' || char_lower(wanted) == first) &&
            glob_imatches(span_of(rules[i].pattern), name))
            return rules[i].secrecy;
    }
    return 0;
}

static bool is_listed(struct span name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ieq(name, span_of(list[i])))
            return true;
    return false;
}

bool secret_is_payment(struct span name)
{
    static const char *const patterns[] = { "*card_number", "*cardnumber", "*card-number", "cvv*",
                                            "cvc*",         "iban",        "*_iban",       "pan",
                                            "ssn" };
    struct span leaf = place_leaf(name);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (glob_imatches(span_of(patterns[i]), leaf))
            return true;
    return false;
}

bool is_password_name(struct span name)
{
    struct span leaf = place_leaf(name);
    return is_listed(leaf, password_names, sizeof password_names / sizeof *password_names) ||
           glob_imatches(SPAN("*_password"), leaf);
}

bool is_user_name(struct span name)
{
    return is_listed(place_leaf(name), user_names, sizeof user_names / sizeof *user_names);
}

bool secret_by_order(const struct secret_names *names, struct span name)
{
    for (const char *const *at = names->further; at && *at; at++)
        if (glob_imatches(span_of(*at), name))
            return true;
    return false;
}

/* The whole name first: "form[_token]" is judged by "_token", but a rule may name all of it. */
static enum secrecy judge_item(const struct secret_names *names, struct span name)
{
    struct span leaf = place_leaf(name);
    if (secret_by_order(names, name) || secret_by_order(names, leaf))
        return SECRET_YES;
    if (leaf.len == 0)
        return SECRET_NO;
    uint8_t secrecy = first_rule(item_rules, sizeof item_rules / sizeof *item_rules, leaf);
    if (secrecy == SECRET_NO && is_user_name(leaf))
        return SECRET_USER;
    return (enum secrecy)secrecy;
}

static enum field_secrecy judge_field(const struct secret_names *names, struct span name)
{
    if (secret_by_order(names, name))
        return FIELD_SECRET;
    return (enum field_secrecy)first_rule(field_rules, sizeof field_rules / sizeof *field_rules,
                                          name);
}

struct secret_names *secret_names_new(const char *const *further)
{
    struct secret_names *names = xcalloc(1, sizeof *names);
    names->further = further;
    return names;
}

void secret_names_free(struct secret_names *names)
{
    free(names);
}

/* The slot for a name; `ret_known` tells that it holds the answer already. */
static struct remembered *look_up(struct remembered *slots, struct span name, bool *ret_known)
{
    uint64_t key = hash64(name) | 1; /* 0 is an empty slot */
    struct remembered *slot = &slots[(key >> 32) % CACHE_SLOTS];
    *ret_known = slot->key == key;
    slot->key = key;
    return slot;
}

enum secrecy secret_name(struct secret_names *names, struct span name)
{
    bool known;
    if (name.len == 0 || name.len > LONGEST_NAME)
        return SECRET_NO;
    struct remembered *slot = look_up(names->items, name, &known);
    if (!known)
        slot->secrecy = (uint8_t)judge_item(names, name);
    return (enum secrecy)slot->secrecy;
}

enum field_secrecy secret_field(struct secret_names *names, struct span name)
{
    bool known;
    if (name.len == 0 || name.len > LONGEST_NAME)
        return FIELD_PLAIN;
    struct remembered *slot = look_up(names->fields, name, &known);
    if (!known)
        slot->secrecy = (uint8_t)judge_field(names, name);
    return (enum field_secrecy)slot->secrecy;
}
