#ifndef REHEARSE_CAPTURE_JSON_TREE_H
#define REHEARSE_CAPTURE_JSON_TREE_H

#include <cjson/cJSON.h>

#include "rehearse/base/arena.h"
#include "rehearse/base/auto.h"

/*
 * One record of a document as a cJSON tree, read with tolerance: each getter
 * takes NULL for a tree and answers "absent" where a type does not fit.
 */
AUTO_FREE(cJSON, cJSON_Delete);

/* NULL when `text` (which ends with a NUL) is not JSON: then *ret_at is the offset of the fault. */
cJSON *tree_parse(struct span text, size_t *ret_at);
const cJSON *tree_member(const cJSON *object, const char *name);
/* A string borrowed from the tree; SPAN_NONE when absent or of another type. */
struct span tree_text(const cJSON *object, const char *name);
/* As above, copied; a number or a boolean is given as text too. */
struct span tree_text_copy(const cJSON *object, const char *name, struct arena *arena);
struct span tree_scalar_copy(const cJSON *value, struct arena *arena);
/* A number, or a string that holds one; false when absent or not finite. */
bool tree_number(const cJSON *object, const char *name, double *ret);
/* A whole number of that kind from 0 to 2^53; -1 else. */
int64_t tree_count(const cJSON *object, const char *name);
bool tree_is_true(const cJSON *object, const char *name);
/* What type a value is, for messages: "a string", "nothing", … */
const char *tree_type(const cJSON *value);

#endif
