#ifndef REHEARSE_SRC_REPLAY_TRANSPORT_FAILURE_H
#define REHEARSE_SRC_REPLAY_TRANSPORT_FAILURE_H

#include <curl/curl.h>
#include <stdbool.h>

/*
 * Why a transfer ended with `code`, in our words: a static phrase, the same for the
 * same failure. `answered`: a status line had come.
 */
const char *transport_failure(CURL *easy, CURLcode code, bool answered);

#endif
