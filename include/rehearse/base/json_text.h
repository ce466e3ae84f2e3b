#ifndef REHEARSE_BASE_JSON_TEXT_H
#define REHEARSE_BASE_JSON_TEXT_H

#include "rehearse/base/strbuf.h"

/*
 * JSON text, written straight into a strbuf: deterministic, without a tree.
 * Reading is json_cursor.h (fast, borrowed) or cJSON (whole documents).
 */
/* A quoted JSON string; bytes that are not UTF-8 become U+FFFD, controls \u00xx. */
void json_add_string(struct strbuf *out, struct span s);
/* As above; SPAN_NONE becomes null. */
void json_add_string_or_null(struct strbuf *out, struct span s);
/* `"key":`, with a comma in front when *first is false; *first becomes false. */
void json_add_key(struct strbuf *out, bool *first, const char *key);
/* A finite double in the shortest form that reads back equal; others become null. */
void json_add_double(struct strbuf *out, double d);

/* A member of an object: json_add_key(), and the value as above. */
void json_member_string(struct strbuf *out, bool *first, const char *key, struct span value);
void json_member_string_or_null(struct strbuf *out, bool *first, const char *key,
                                struct span value);
void json_member_u64(struct strbuf *out, bool *first, const char *key, uint64_t n);
void json_member_double(struct strbuf *out, bool *first, const char *key, double d);

#endif
