#ifndef REHEARSE_SRC_REPLAY_CANARY_H
#define REHEARSE_SRC_REPLAY_CANARY_H

#include "rehearse/http/exchange.h"

/*
 * Canaries: words that exist nowhere else, one for each account and run. They go out in
 * place of what production's visitors wrote into free-text fields of their cart and
 * their account; whoever else is shown one was shown that member's data.
 */
enum { CANARY_LENGTH = 16 };

/* Letters alone: fields for names take nothing else. `ret` is terminated. */
void canary_text(char ret[CANARY_LENGTH + 1], uint64_t run_seed, uint32_t account);
/*
 * Write it into the request's free-text fields (form, multipart, JSON), where it is one of
 * class cart or account. Returns how many; what changed is in `arena`.
 */
unsigned canary_apply(struct http_request *wire, uint64_t run_seed, uint32_t account,
                      struct arena *arena);

#endif
