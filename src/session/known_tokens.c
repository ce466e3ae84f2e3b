#include "known_tokens.h"

#include <stdlib.h>

#include "rehearse/base/glob.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum {
    MAX_TOKENS = 96,
    LONGEST_NAME = 256,
    LONGEST_VALUE = 64 * 1024, /* an ASP.NET view state is long */
    MAX_BYTES = 128 * 1024,    /* ten thousand sessions live at once */
};

static size_t size_of(const struct known_token *t)
{
    return t->name.len + t->value.len;
}

static void release_token(struct known_token *t)
{
    free((void *)(uintptr_t)t->name.ptr);
}

void known_tokens_release(struct known_tokens *tokens)
{
    for (size_t i = 0; i < tokens->len; i++)
        release_token(&tokens->at[i]);
    free(tokens->at);
    *tokens = (struct known_tokens){ 0 };
}

static void drop(struct known_tokens *tokens, size_t i)
{
    tokens->bytes -= size_of(&tokens->at[i]);
    release_token(&tokens->at[i]);
    tokens->at[i] = tokens->at[--tokens->len];
}

static void drop_oldest(struct known_tokens *tokens)
{
    size_t oldest = 0;
    for (size_t i = 1; i < tokens->len; i++)
        if (tokens->at[i].age < tokens->at[oldest].age)
            oldest = i;
    drop(tokens, oldest);
}

static void drop_same(struct known_tokens *tokens, const struct known_token *token)
{
    for (size_t i = tokens->len; i-- > 0;) {
        const struct known_token *t = &tokens->at[i];
        if (t->source == token->source && t->action == token->action &&
            span_eq(t->name, token->name))
            drop(tokens, i);
    }
}

static struct known_token copy_token(const struct known_token *token)
{
    struct known_token copy = *token;
    char *block = xmalloc(size_of(token));
    memcpy(block, token->name.ptr, token->name.len);
    memcpy(block + token->name.len, token->value.ptr, token->value.len);
    copy.name = span_make(block, token->name.len);
    copy.value = span_make(block + token->name.len, token->value.len);
    return copy;
}

static uint32_t short_hash(struct span name, struct span value)
{
    return (uint32_t)hash_mix(hash64(name), hash64(value)) | 1;
}

void known_tokens_put(struct known_tokens *tokens, const struct known_token *token)
{
    if (token->name.len == 0 || token->name.len > LONGEST_NAME || token->value.len == 0 ||
        token->value.len > LONGEST_VALUE)
        return;
    drop_same(tokens, token);
    while (tokens->len == MAX_TOKENS || (tokens->len && tokens->bytes + size_of(token) > MAX_BYTES))
        drop_oldest(tokens);
    tokens->at = array_room(tokens->at, &tokens->cap, tokens->len + 1, sizeof *tokens->at);
    struct known_token *kept = &tokens->at[tokens->len++];
    *kept = copy_token(token);
    if (token->source == TOKEN_INPUT)
        tokens->offered[tokens->clock % TOKENS_OFFERED] = short_hash(token->name, token->value);
    kept->age = tokens->clock++;
    tokens->bytes += size_of(kept);
}

void known_tokens_forget_cookie(struct known_tokens *tokens, struct span name)
{
    drop_same(tokens, &(struct known_token){ .source = TOKEN_COOKIE, .name = name });
}

/* Later, and for the form in question rather than for another one. */
static bool is_better(const struct known_token *t, const struct known_token *best, uint64_t action)
{
    if (!best)
        return true;
    bool fits = action && t->action == action;
    bool best_fits = action && best->action == action;
    return fits != best_fits ? fits : t->age > best->age;
}

struct span known_tokens_find(const struct known_tokens *tokens, enum token_source source,
                              const char *pattern, uint64_t action)
{
    const struct known_token *best = NULL;
    for (size_t i = 0; i < tokens->len; i++) {
        const struct known_token *t = &tokens->at[i];
        if (t->source == source && glob_imatches(span_of(pattern), t->name) &&
            is_better(t, best, action))
            best = t;
    }
    return best ? best->value : SPAN_NONE;
}

struct span known_tokens_find_name(const struct known_tokens *tokens, enum token_source source,
                                   struct span name, uint64_t action)
{
    const struct known_token *best = NULL;
    for (size_t i = 0; i < tokens->len; i++) {
        const struct known_token *t = &tokens->at[i];
        if (t->source == source && span_eq(t->name, name) && is_better(t, best, action))
            best = t;
    }
    return best ? best->value : SPAN_NONE;
}

struct span known_tokens_find_input(const struct known_tokens *tokens, struct span name,
                                    uint64_t action)
{
    const struct known_token *best = NULL;
    for (size_t i = 0; action && i < tokens->len; i++) {
        const struct known_token *t = &tokens->at[i];
        if (t->source == TOKEN_INPUT && t->action == action && span_eq(t->name, name) &&
            (!best || t->age > best->age))
            best = t;
    }
    return best ? best->value : SPAN_NONE;
}

bool known_tokens_offered(const struct known_tokens *tokens, struct span name, struct span value)
{
    uint32_t hash = short_hash(name, value);
    for (size_t i = 0; i < TOKENS_OFFERED; i++)
        if (tokens->offered[i] == hash)
            return true;
    return false;
}
