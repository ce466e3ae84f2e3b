#include "pseudonym.h"

#include <sodium.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

enum { CACHE_SLOTS = 4096, DIGEST_BYTES = 16 };

struct remembered {
    uint64_t low, high; /* of the value, under seeds drawn from the key */
    char text[PSEUDONYM_LEN];
};

struct pseudonyms {
    unsigned char key[VEIL_KEY_BYTES];
    uint64_t seed_low, seed_high;
    struct remembered cache[CACHE_SLOTS];
};

/*
 * The seeds are secret, so nobody can craft two values that meet in the cache.
 * A label keeps them apart from every pseudonym.
 */
static void draw_seeds(struct pseudonyms *p)
{
    static const unsigned char label[] = "rehearse: seeds of the pseudonym cache";
    uint64_t seeds[2];

    crypto_generichash((unsigned char *)seeds, sizeof seeds, label, sizeof label, p->key,
                       sizeof p->key);
    p->seed_low = seeds[0];
    p->seed_high = seeds[1];
}

int pseudonyms_new(struct pseudonyms **ret, const unsigned char key[VEIL_KEY_BYTES],
                   struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, E_IO, "libsodium could not be set up: no source of randomness?");
    struct pseudonyms *p = xcalloc(1, sizeof *p);
    memcpy(p->key, key, VEIL_KEY_BYTES);
    draw_seeds(p);
    *ret = p;
    return 0;
}

void pseudonyms_free(struct pseudonyms *p)
{
    if (!p)
        return;
    sodium_memzero(p->key, sizeof p->key);
    free(p);
}

static void write_pseudonym(const struct pseudonyms *p, struct span value, char text[PSEUDONYM_LEN])
{
    unsigned char digest[DIGEST_BYTES];
    char coded[PSEUDONYM_LEN]; /* 22 and a NUL */

    crypto_generichash(digest, sizeof digest, (const unsigned char *)(value.ptr ? value.ptr : ""),
                       value.len, p->key, sizeof p->key);
    sodium_bin2base64(coded, sizeof coded, digest, sizeof digest,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text[0] = 'p';
    text[1] = '~';
    memcpy(text + 2, coded, PSEUDONYM_LEN - 2);
}

struct span pseudonym_of(struct pseudonyms *p, struct span value, struct arena *arena)
{
    uint64_t low = hash64_seeded(value, p->seed_low) | 1; /* 0 is an empty slot */
    uint64_t high = hash64_seeded(value, p->seed_high);
    struct remembered *slot = &p->cache[high % CACHE_SLOTS];

    if (slot->low != low || slot->high != high) {
        slot->low = low;
        slot->high = high;
        write_pseudonym(p, value, slot->text);
    }
    return arena_copy(arena, span_make(slot->text, PSEUDONYM_LEN));
}

static bool is_base64url(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_';
}

bool is_pseudonym(struct span value)
{
    if (value.len != PSEUDONYM_LEN || value.ptr[0] != 'p' || value.ptr[1] != '~')
        return false;
    for (size_t i = 2; i < value.len; i++)
        if (!is_base64url(value.ptr[i]))
            return false;
    return true;
}
