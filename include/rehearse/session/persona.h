#ifndef REHEARSE_SESSION_PERSONA_H
#define REHEARSE_SESSION_PERSONA_H

#include "rehearse/http/exchange.h"

/*
 * A persona: a name and a way of asking. It turns a recorded request into the one that
 * somebody else would have made: without a login or with one, with a session that is over
 * or forged, as a crawler, in another language, with a feature flag on or off.
 */
enum persona_kind {
    PERSONA_ANONYMOUS,
    PERSONA_MEMBER,   /* logged in; of a role, where one is named */
    PERSONA_EXPIRED,  /* brings a session that the environment does not know (any more) */
    PERSONA_TAMPERED, /* brings his own session with one character changed */
    PERSONA_ANOTHER,  /* logged in, and asks for what belongs to another member */
    PERSONA_BOT,
    PERSONA_LOCALE,
    PERSONA_FLAG, /* a feature flag or kill switch, on or off */
    PERSONA_OTHER,
};

/* What becomes of cookies that may log in, and of Authorization, on their way out. */
enum persona_credentials {
    CREDENTIALS_AS_THEY_ARE = 0,
    CREDENTIALS_EXPIRED,
    CREDENTIALS_TAMPERED,
};

struct persona_item {
    struct span name, value;
};

/* Routes fitting `route` ('*' and ":name" stand for anything) are to be answered so: gate.h has
 * the words. */
struct persona_expectation {
    struct span route, outcome;
};

struct persona { /* all borrowed */
    struct span name;
    enum persona_kind kind;
    bool logs_in;
    enum persona_credentials credentials;
    struct span role;       /* of the accounts' column "role"; empty: any that is no other's */
    struct span user_agent; /* empty: as recorded */
    struct span bot;        /* word in the User-Agent field that this crawler is told by; empty */
    struct span language;   /* first language of Accept-Language; empty */
    const struct persona_item *fields;
    size_t field_count;
    const struct persona_item *cookies;
    size_t cookie_count;
    struct span flag; /* its name, where the persona is one side of it */
    bool flag_on;
    const struct persona_expectation *expect;
    size_t expect_count;
};

/* One that everybody knows: "anonymous", "member", "expired", "tampered", "another", or a
 * crawler's name ("googlebot", "bingbot", …). Texts are static. False: no such name. */
bool persona_named(struct persona *ret, struct span name);
/* The names persona_named knows, in order; NULL behind the last. Static. */
const char *persona_name_at(size_t index);

/* The first language of an Accept-Language field, lower case as far as compared, without its
 * region: "de" of "de-AT,de;q=0.9". Borrowed; empty when there is none. */
struct span persona_language_of(struct span accept_language);

/*
 * The recorded request as the persona would make it, changed in `arena`: the visitor's
 * credentials, cookies and conditions are left out, the persona's fields and cookies put
 * in. `names` are cookies to bring as an expired session where the persona does not log in.
 */
void persona_ask(struct http_request *request, const struct persona *persona,
                 const struct span *names, size_t name_count, struct arena *arena);

/*
 * The last word before the request goes out: cookies that may log in, and Authorization.
 * EXPIRED makes every letter and digit another of its kind, which leaves the form; TAMPERED
 * changes one character in the middle of the longest part. By `seed`; the same value always
 * becomes the same one.
 */
void persona_spoil(struct http_request *request, enum persona_credentials credentials,
                   uint64_t seed, struct arena *arena);
/* One value of them. */
struct span persona_spoiled(struct span value, enum persona_credentials credentials, uint64_t seed,
                            struct arena *arena);

/*
 * Take the token against forged requests out of a recorded post: fields, query, form, JSON
 * and multipart places of a token's name. How many there were.
 */
unsigned persona_drop_tokens(struct http_request *request, struct arena *arena);

#endif
