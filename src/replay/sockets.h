#ifndef REHEARSE_SRC_REPLAY_SOCKETS_H
#define REHEARSE_SRC_REPLAY_SOCKETS_H

#include <curl/curl.h>

#include "loop.h"

/*
 * The sockets of one libcurl multi handle, watched by the loop. A socket that libcurl
 * takes its hands off stays with the loop until it is closed or becomes readable
 * unasked: on a kept-alive connection the next request asks for it again at once, and
 * each asking is a system call.
 */
struct sockets;

/* May a connection to this address be opened? `ctx` is the door's. */
typedef bool sockets_allow_fn(void *ctx, const struct sockaddr *address, socklen_t len);

/* One easy handle's way to open sockets; lives as long as the handle. */
struct socket_door {
    struct sockets *sockets;
    sockets_allow_fn *allow;
    void *ctx;
};

/* From the loop: `what` has happened on `fd`, for curl_multi_socket_action. */
typedef void sockets_ready_fn(void *ctx, curl_socket_t fd, int what);

/* `loop` and `multi` are borrowed; sets the socket options of `multi`. */
struct sockets *sockets_new(struct loop *loop, CURLM *multi, sockets_ready_fn *ready, void *ctx);
/* `easy` opens its sockets through `door` (borrowed) and closes them through us. Once for each
 * handle of the multi. */
void sockets_watch_easy(struct sockets *sockets, CURL *easy, struct socket_door *door);
/* After the multi handle's end. NULL is fine. */
void sockets_free(struct sockets *sockets);

#endif
