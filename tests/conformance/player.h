#ifndef REHEARSE_TESTS_CONFORMANCE_PLAYER_H
#define REHEARSE_TESTS_CONFORMANCE_PLAYER_H

#include <cjson/cJSON.h>

#include "rehearse/base/arena.h"
#include "rehearse/http/exchange.h"

/*
 * Plays http-cache-tests without sockets and without waiting: the suite's origin
 * and its client, with a cache of ours between them, all in virtual time. The
 * suite's own code is the measure: each part names the file whose rules it keeps.
 * Everything lives in one arena, cleared from test to test.
 */

/* How a test ended, by the names the suite's results use. */
enum play_end {
    PLAY_PASS = 0,
    PLAY_ASSERTION, /* the cache does not do it */
    PLAY_SETUP,     /* what the test builds on did not come about */
    PLAY_FETCH,     /* no response came */
    PLAY_TYPE,      /* the suite's own script broke: the origin was not asked */
    PLAY_ENDS,
};
/* "pass", "Assertion", "Setup", "FetchError", "TypeError"; static. */
const char *play_end_name(enum play_end end);
enum play_end play_end_of(const char *name);

struct play_outcome {
    enum play_end end;
    struct span text; /* what went wrong, in the suite's words; in the arena */
};

/* Virtual time. Milliseconds, because the origin prints them; caches count in seconds. */
struct play_clock {
    int64_t now_ms;
};

/* One request the origin saw: what /state/UUID would tell (server/handle-test.mjs). */
struct play_seen {
    int request_num; /* Req-Num; 0 when it is no number */
    struct http_request request;
    struct http_fields saved; /* the response fields the client is to find again */
};

#define PLAY_SEEN_MAX 64
struct play_origin {
    cJSON *requests; /* owned; a copy: the origin changes its values as it uses them */
    struct span uuid;
    struct play_seen seen[PLAY_SEEN_MAX];
    int seen_len;
    struct arena *arena;
    const struct play_clock *clock;
};

void play_origin_start(struct play_origin *origin, const cJSON *test, struct arena *arena,
                       const struct play_clock *clock);
void play_origin_end(struct play_origin *origin);
/* False: the connection was closed without an answer. */
bool play_origin_answer(struct play_origin *origin, const struct http_request *request,
                        struct http_response *ret);

/* A cache in front of an origin. `self` is the implementation's. */
struct play_cache {
    void *self;
    /* False: the cache closed the connection. */
    bool (*answer)(void *self, struct play_origin *origin, const struct http_request *request,
                   int64_t now_s, struct arena *arena, struct http_response *ret);
};

/* One test from its first request to its checks (client/test.mjs). */
struct play_outcome play_test(const cJSON *test, const struct play_cache *cache,
                              struct arena *arena);

/* What JavaScript does with its objects (its folder lib), for both sides. */
bool play_has(const cJSON *object, const char *name);
bool play_is_true(const cJSON *object, const char *name);
/* "" when it is no string. */
const char *play_text(const cJSON *object, const char *name);
/* The field as Node.js shows it: lines joined, the first one of those that Node.js thinks single.
 */
struct span play_field(const struct http_fields *fields, struct span name, struct arena *arena);
/* lib/header-fixup.mjs: turns the magic second member of `header` into its value, for good. */
struct play_fixup {
    int64_t server_now_ms; /* -1: not known */
    struct span base_url;
    struct span capability;
};
struct span play_header_value(cJSON *header, const struct play_fixup *with, const cJSON *request,
                              struct arena *arena);
/* parseInt(): the digits at the front; false when there are none. */
bool play_number(struct span text, int64_t *ret);

#endif
