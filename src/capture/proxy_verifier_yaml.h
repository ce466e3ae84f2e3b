#ifndef REHEARSE_CAPTURE_PROXY_VERIFIER_YAML_H
#define REHEARSE_CAPTURE_PROXY_VERIFIER_YAML_H

#include "json_tree.h"
#include "rehearse/base/err.h"

/*
 * A Proxy Verifier replay file in YAML, taken apart into its transactions, one at a
 * time. The text itself is held as a whole, so it has a limit; JSON has none.
 */
#define REPLAY_YAML_MAX_BYTES (64u * 1024 * 1024)

struct replay_yaml;

enum replay_yaml_outcome {
    REPLAY_YAML_END = 0,
    REPLAY_YAML_TRANSACTION,
    REPLAY_YAML_BAD, /* place and `fault` are set; the next one may be good */
};

struct replay_yaml_item {
    cJSON *transaction;    /* the caller's to delete; NULL when bad */
    const cJSON *protocol; /* of its session, borrowed until the next call; or NULL */
    uint64_t session;      /* from 1 */
    uint64_t line, column; /* from 1; 0 unknown */
    const char *fault;     /* a constant phrase, or libfyaml's words */
};

/* `text` is copied. Broken YAML is no failure here: an item says so, behind those that stand before
 * the fault. */
struct replay_yaml *replay_yaml_new(struct span text);
void replay_yaml_free(struct replay_yaml *yaml);
int replay_yaml_next(struct replay_yaml *yaml, struct replay_yaml_item *ret);

AUTO_FREE(struct replay_yaml, replay_yaml_free);

#endif
