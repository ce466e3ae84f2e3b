#include "canary.h"

#include "rehearse/base/hash.h"
#include "rehearse/http/method.h"
#include "rehearse/http/mutation.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/value_place.h"

void canary_text(char ret[CANARY_LENGTH + 1], uint64_t run_seed, uint32_t account)
{
    static const char front[] = "Kanari";
    uint64_t h = hash_mix(hash_mix(run_seed, 0x6b616e617269), account);
    size_t i = sizeof front - 1;
    memcpy(ret, front, i);
    for (; i < CANARY_LENGTH; i++, h /= 26)
        ret[i] = (char)('a' + h % 26);
    ret[i] = '\0';
}

/* Free text that its owner alone reads again. Reviews, nicknames and the like are for others. */
static const struct {
    struct span name;
    enum mutation_class class;
} fields[] = {
    { { "gift_note", 9 }, MUTATION_CART },
    { { "giftnote", 8 }, MUTATION_CART },
    { { "gift_message", 12 }, MUTATION_CART },
    { { "giftmessage", 11 }, MUTATION_CART },
    { { "note", 4 }, MUTATION_CART },
    { { "notes", 5 }, MUTATION_CART },
    { { "order_note", 10 }, MUTATION_CART },
    { { "order_notes", 11 }, MUTATION_CART },
    { { "comment", 7 }, MUTATION_CART },
    { { "comments", 8 }, MUTATION_CART },
    { { "message", 7 }, MUTATION_CART },
    { { "instructions", 12 }, MUTATION_CART },
    { { "delivery_instructions", 21 }, MUTATION_CART },
    { { "engraving", 9 }, MUTATION_CART },
    { { "name", 4 }, MUTATION_ACCOUNT },
    { { "full_name", 9 }, MUTATION_ACCOUNT },
    { { "fullname", 8 }, MUTATION_ACCOUNT },
    { { "first_name", 10 }, MUTATION_ACCOUNT },
    { { "firstname", 9 }, MUTATION_ACCOUNT },
    { { "last_name", 9 }, MUTATION_ACCOUNT },
    { { "lastname", 8 }, MUTATION_ACCOUNT },
    { { "note", 4 }, MUTATION_ACCOUNT },
    { { "delivery_instructions", 21 }, MUTATION_ACCOUNT },
};

struct applying {
    enum mutation_class class;
    struct span canary;
    unsigned count;
};

static bool takes_canary(const struct applying *a, const struct value_at *at)
{
    if (at->kind != VALUE_FORM && at->kind != VALUE_JSON && at->kind != VALUE_PART)
        return false;
    /* What is no text may be a number that counts. */
    if (at->value.len == 0 || !char_is_alpha(at->value.ptr[0]) || is_pseudonym(at->value))
        return false;
    struct span leaf = value_at_leaf(at);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].class == a->class && span_ieq(leaf, fields[i].name))
            return true;
    return false;
}

static struct span put_canary(void *ctx, const struct value_at *at)
{
    struct applying *a = ctx;
    if (!takes_canary(a, at))
        return SPAN_NONE;
    a->count++;
    return a->canary;
}

unsigned canary_apply(struct http_request *wire, uint64_t run_seed, uint32_t account,
                      struct arena *arena)
{
    char text[CANARY_LENGTH + 1];
    if (wire->body.len == 0 || !request_mutates(wire))
        return 0;
    struct applying a = { .class = request_mutation(wire).class };
    if (a.class != MUTATION_CART && a.class != MUTATION_ACCOUNT)
        return 0;
    canary_text(text, run_seed, account);
    a.canary = arena_copy(arena, span_of(text));
    value_sinks(wire, put_canary, &a, arena);
    return a.count;
}
