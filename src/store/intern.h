#ifndef STORE_INTERN_H
#define STORE_INTERN_H

#include "rehearse/base/err.h"
#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

struct http_field;
struct store;

enum text_kind { TEXT_WORD = 1, TEXT_TARGET = 2, TEXT_FIELD = 3 };

/*
 * Which texts and bodies have a number already. Tables of hashes with a cap:
 * full ones are emptied, after which a text may get a second number (harmless)
 * and a body is looked up in the file (bodies are large, so never stored twice).
 */
struct intern_slot {
    uint64_t hash;
    uint32_t len; /* told apart beside the hash */
    uint32_t id;  /* 0: the slot is empty */
};

struct intern_table {
    struct intern_slot *slots; /* owned, INTERN_SLOTS of them */
    uint32_t len;
};

enum {
    INTERN_SLOTS = 1u << 18,
    INTERN_FULL = INTERN_SLOTS / 4 * 3,
    INTERN_MEMOS = 10,
    INTERN_MEMO_BYTES = 48,
};

/* The text a member had last, for members that hardly ever change: no hash needed. */
struct intern_memo {
    uint32_t id; /* 0: nothing yet */
    uint32_t len;
    char bytes[INTERN_MEMO_BYTES];
};

struct intern {
    struct intern_table texts;
    struct intern_table bodies;
    struct intern_memo memos[INTERN_MEMOS];
    uint32_t last_text;   /* the highest number given */
    bool bodies_complete; /* every body of the file is in `bodies` */
    struct strbuf line;   /* scratch: "Name: value" */
    void *zstd;           /* owned ZSTD_CCtx, made at the first body */
    struct strbuf coded;  /* scratch: a compressed body */
};

/* At the opening of a file for writing; `fresh` says that it is empty. */
int intern_init(struct store *store, bool fresh, struct err *err);
void intern_release(struct intern *intern);

/*
 * Where a text is looked for. Making the key fetches that place from memory: with
 * the keys of an exchange made before the first is asked for, the waits overlap.
 */
struct intern_key {
    uint64_t hash;
    uint32_t len;
};
struct intern_key intern_key_of_text(struct store *store, enum text_kind kind, struct span text);
struct intern_key intern_key_of_field(struct store *store, const struct http_field *field);

/* The number of a text that is not none. *ret is untouched on failure. */
int intern_text(struct store *store, enum text_kind kind, struct span text, struct intern_key key,
                uint32_t *ret, struct err *err);
int intern_field(struct store *store, const struct http_field *field, struct intern_key key,
                 uint32_t *ret, struct err *err);
/*
 * The number of a word, 0 for SPAN_NONE, that is likely the same as the last one
 * given with this memo (0 to INTERN_MEMOS-1).
 */
int intern_word(struct store *store, unsigned memo, struct span word, uint32_t *ret,
                struct err *err);
int intern_body(struct store *store, struct span body, uint32_t *ret, struct err *err);

#endif
