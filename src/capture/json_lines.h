#ifndef REHEARSE_CAPTURE_JSON_LINES_H
#define REHEARSE_CAPTURE_JSON_LINES_H

#include "record.h"

/*
 * JSON lines: a preset is a table of places and what stands there.
 */
struct json_row {
    /*
     * Member names from the outside in, with '.' between; "\\." is a dot of a name.
     * A last "*" takes every member that begins so far ("request_*").
     */
    const char *path;
    struct meaning meaning;
};

struct json_preset {
    const struct json_row *rows; /* ends with a NULL path */
    struct record_rules rules;
    int certainty; /* when every line fits, 1 to 100 */
    /*
     * Texts of which one must be in the first lines; ends with NULL. A quote in front pins
     * the start of a name. NULL: any line of JSON may be it.
     */
    const char *const *signs;
};

/* For rows. */
#define JSON_FIELD(role_, name_)                                                                   \
    {                                                                                              \
        .role = (role_), .name = { "" name_ "", sizeof(name_) - 1 }                                \
    }
#define JSON_ROLE(role_)                                                                           \
    {                                                                                              \
        .role = (role_)                                                                            \
    }
#define JSON_TIME(role_, unit_)                                                                    \
    {                                                                                              \
        .role = (role_), .unit = (unit_)                                                           \
    }

/* json_presets.c */
extern const struct json_preset preset_any, preset_nginx, preset_varnishncsa, preset_haproxy,
    preset_caddy, preset_traefik, preset_envoy, preset_cloudfront, preset_cloudflare, preset_fastly,
    preset_akamai, preset_gcp;

/* Rows compiled for looking names up (json_map.c). */
struct json_level;

struct json_node {
    struct span name;
    struct meaning meaning;
    struct json_level *inner; /* owned; NULL when nothing inside is wanted */
};

struct json_level {
    struct json_node *nodes; /* owned */
    size_t len, cap;
    struct json_node *prefixes; /* owned: names that end with '*' */
    size_t prefixes_len, prefixes_cap;
    uint16_t slots[512]; /* open addressing: index + 1 of a node */
};

/* All names are borrowed. E_FORMAT when a path is empty, E_LIMIT when there are too many. */
int json_level_add(struct json_level *level, struct span path, const struct meaning *meaning,
                   struct err *err);
/*
 * "role=dotted.path,…": roles by name, request.NAME, response.NAME, cookie.NAME;
 * durations say their unit (duration_ms).
 */
int json_level_add_map(struct json_level *level, struct span map, struct err *err);
/* The node of that name, or NULL; *ret_rest is what a prefix left of it. */
const struct json_node *json_level_find(const struct json_level *level, struct span name,
                                        struct span *ret_rest);
void json_level_free(struct json_level *level);

AUTO_FREE(struct json_level, json_level_free);

#endif
