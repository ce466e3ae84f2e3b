#ifndef REHEARSE_SRC_KEY_JSON_FILE_H
#define REHEARSE_SRC_KEY_JSON_FILE_H

/*
 * Typed values out of a product's JSON configuration. Each reader stands before a
 * value, takes it and returns 0, or a negative code with file, line, column, what
 * was found and what was expected. A null is as if the member were not there.
 */
#include "draft.h"
#include "rehearse/base/json_cursor.h"

struct json_file {
    const char *name; /* for errors */
    struct json_cursor cursor;
    struct key_draft *draft; /* what is being read into */
    struct err *err;
};

typedef int json_read_fn(struct json_file *f, void *into);

/* A member that an object may have. */
struct json_member {
    const char *key;
    json_read_fn *read;
    void *into;
};

struct json_file json_file_make(const char *name, struct span text, struct key_draft *draft,
                                struct err *err);

/* The value the cursor stands before is what was found. */
int json_expected(struct json_file *f, const char *what);
/* "file:line:column: <format>" for a place in the text, of before the cursor moved on. */
int json_fault(struct json_file *f, const char *place, const char *what);

/* Members that are not listed are passed over with a note: products add some every year. */
int json_read_object(struct json_file *f, const struct json_member *members);
/* The whole text is one object, with nothing behind it. */
int json_read_root(struct json_file *f, const struct json_member *members);
/* `read` before each element; at most KEY_SOURCE_ITEMS_MAX of them. */
int json_read_array(struct json_file *f, json_read_fn *read, void *into);

int json_read_bool(struct json_file *f, void *into);    /* bool * */
int json_read_seconds(struct json_file *f, void *into); /* int64_t *, a whole number */
int json_read_text(struct json_file *f, void *into);    /* struct span *, escapes undone */
int json_read_texts(struct json_file *f, void *into);   /* struct texts *: appends */
int json_pass_over(struct json_file *f, void *into); /* known, and nothing that a key depends on */

#endif
