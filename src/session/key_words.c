#include "rehearse/session/key_words.h"

#include <sodium.h>
#include <stdlib.h>

#include "one_of.h"
#include "pseudonym.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/url.h"

enum {
    SHORTEST = NEEDLE_SHORTEST,
    LONGEST = 1024,
    TRIED = 1 << 16, /* words tried lately: the same ones come again and again */
};

struct key_words {
    struct pseudonyms *pseudonyms;
    struct map wanted; /* hashes of pseudonyms */
    uint64_t tried[TRIED];
    struct arena arena; /* of one word */
};

int key_words_new(struct key_words **ret, const unsigned char key[VEIL_KEY_BYTES], struct err *err)
{
    struct pseudonyms *pseudonyms;
    int rc = pseudonyms_new(&pseudonyms, key, err);
    if (rc < 0)
        return rc;
    struct key_words *w = xcalloc(1, sizeof *w);
    w->pseudonyms = pseudonyms;
    w->wanted = (struct map)MAP_INIT;
    w->arena = (struct arena)ARENA_INIT;
    *ret = w;
    return 0;
}

void key_words_free(struct key_words *w)
{
    if (!w)
        return;
    pseudonyms_free(w->pseudonyms);
    map_release(&w->wanted);
    arena_release(&w->arena);
    free(w);
}

void key_words_learn(struct key_words *w, struct span text)
{
    ptrdiff_t hit;
    while (text.len >= PSEUDONYM_LEN && (hit = span_find(text, SPAN("p~"))) >= 0) {
        text = span_from(text, (size_t)hit);
        bool is_one = text.len >= PSEUDONYM_LEN && is_pseudonym(span_head(text, PSEUDONYM_LEN));
        if (is_one)
            map_put(&w->wanted, hash64(span_head(text, PSEUDONYM_LEN)), 1, NULL);
        text = span_from(text, is_one ? (size_t)PSEUDONYM_LEN : 2);
    }
}

struct trial {
    struct key_words *w;
    struct span text;
    secret_sighting_fn *fn;
    void *ctx;
};

/* `word` is of the text, `meant` what it may stand for. */
static void try_one(const struct trial *t, struct span word, struct span meant, const char *way)
{
    if (meant.len < SHORTEST)
        return;
    struct span pseudonym = pseudonym_of(t->w->pseudonyms, meant, &t->w->arena);
    if (!map_get(&t->w->wanted, hash64(pseudonym)))
        return;
    const struct secret_sighting s = { SIGN_KNOWN, span_of(way), word,
                                       (size_t)(word.ptr - t->text.ptr) };
    t->fn(t->ctx, &s);
}

static void try_base64(const struct trial *t, struct span word)
{
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                    sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    for (size_t v = 0; v < 2; v++) {
        size_t len = 0;
        char *plain = arena_alloc(&t->w->arena, word.len);
        if (sodium_base642bin((unsigned char *)plain, word.len, word.ptr, word.len, "=", &len, NULL,
                              variants[v]) != 0)
            continue;
        try_one(t, word, span_make(plain, len), "in base64");
        struct span rest = span_make(plain, len); /* user:password, a=b */
        struct span front = span_cut(&rest, ':');
        if (!span_is_none(rest)) {
            try_one(t, word, front, "in base64");
            try_one(t, word, rest, "in base64");
        }
        return;
    }
}

static void try_word(const struct trial *t, struct span word)
{
    struct key_words *w = t->w;
    if (word.len < SHORTEST || word.len > LONGEST || is_pseudonym(word))
        return;
    uint64_t hash = hash64(word) | 1, *slot = &w->tried[hash % TRIED];
    if (*slot == hash)
        return;
    arena_clear(&w->arena);
    try_one(t, word, word, "as it is");
    if (span_find_char(word, '%') >= 0)
        try_one(t, word, url_decode(word, false, &w->arena), "URL-encoded");
    char *turned = arena_alloc(&w->arena, word.len);
    for (size_t i = 0; i < word.len; i++)
        turned[i] = word.ptr[word.len - 1 - i];
    try_one(t, word, span_make(turned, word.len), "backwards");
    try_base64(t, word);
    *slot = hash;
}

/* Where words end, from the widest reading to the narrowest: a value may hold '=' itself. */
static const char *const ends[] = {
    " \t\r\n\"'<>\\,;",
    " \t\r\n\"'<>\\,;&?(){}[]|",
    " \t\r\n\"'<>\\,;&?(){}[]|=/:",
};

void key_words_find(struct key_words *w, struct span text, secret_sighting_fn *fn, void *ctx)
{
    const struct trial t = { w, text, fn, ctx };
    if (w->wanted.len == 0)
        return;
    for (size_t reading = 0; reading < sizeof ends / sizeof *ends; reading++)
        for (size_t from = 0, at = 0; at <= text.len; at++)
            if (at == text.len || text.ptr[at] == '\0' || is_one_of(text.ptr[at], ends[reading])) {
                struct span word = span_make(text.ptr + from, at - from);
                try_word(&t, word);
                from = at + 1;
            }
}
