#ifndef REHEARSE_SESSION_LOGIN_VALUES_H
#define REHEARSE_SESSION_LOGIN_VALUES_H

#include "rehearse/base/strbuf.h"
#include "rehearse/session/login_flow.h"

/*
 * The values of a login: templates filled in with an account's own, tokens found in
 * answers.
 */
enum value_coding { VALUE_PLAIN, VALUE_FORM, VALUE_URL, VALUE_JSON };

struct login_values {
    const struct login_who *who;
    struct span answer; /* of the step before, for ${answer:path}; SPAN_NONE */
    int64_t now_s;
    struct arena *arena;
    struct span missing; /* the first name nothing is known for; SPAN_NONE */
};

/*
 * `text` with every ${name} replaced, in the coding of its place; what is around stays as
 * it is. A name that is not known is left out, and noted in `missing`.
 */
void login_expand(struct strbuf *out, struct span text, enum value_coding coding,
                  struct login_values *values);
/* The same, in the arena. */
struct span login_expanded(struct span text, enum value_coding coding, struct login_values *values);
/* One name: "username", "totp", "answer:csrfToken"; SPAN_NONE when nothing is known. */
struct span login_value(struct span name, struct login_values *values);
/* Does a template ask for anything of an account? */
bool login_text_needs_account(struct span text);

/* The text or number at "data.items.0.token" of a JSON text, unescaped; SPAN_NONE. */
struct span login_json_at(struct span json, struct span path, struct arena *arena);
/* The same for a token of an answer, by the names that are in use; SPAN_NONE. */
struct span login_json_token(struct span json, struct arena *arena);
struct span login_json_refresh_token(struct span json, struct arena *arena);

/* RFC 7617: "Basic …". */
void login_add_basic(struct strbuf *out, struct span user, struct span password);

#endif
