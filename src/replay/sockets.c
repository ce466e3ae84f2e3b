#include "sockets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rehearse/base/mem.h"

struct socket {
    struct sockets *sockets;
    struct loop_watch *watch; /* owned */
    bool ours;                /* opened by on_open, so on_close tells of its end */
    bool wanted;              /* libcurl wants to hear of it */
};

struct sockets {
    struct loop *loop;
    sockets_ready_fn *ready;
    void *ctx;
    struct socket **at; /* owned array, by descriptor; NULL where there is none */
    size_t cap;
};

static void on_watch(void *ctx, int fd, unsigned what)
{
    struct socket *s = ctx;
    if (!s->wanted) {
        /* An idle connection says something, most likely goodbye: libcurl sees to it when it takes
         * it up again. */
        loop_watch_set(s->watch, 0);
        return;
    }
    s->sockets->ready(s->sockets->ctx, fd,
                      (what & LOOP_READ ? CURL_CSELECT_IN : 0) |
                          (what & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static struct socket *find(const struct sockets *sockets, int fd)
{
    return (size_t)fd < sockets->cap ? sockets->at[fd] : NULL;
}

static struct socket *add(struct sockets *sockets, int fd)
{
    size_t had = sockets->cap;
    sockets->at = array_room(sockets->at, &sockets->cap, (size_t)fd + 1, sizeof(struct socket *));
    if (sockets->cap > had)
        memset(sockets->at + had, 0, (sockets->cap - had) * sizeof(struct socket *));
    struct socket *s = xcalloc(1, sizeof *s);
    s->sockets = sockets;
    s->watch = loop_watch_new(sockets->loop, fd, on_watch, s);
    sockets->at[fd] = s;
    return s;
}

static void drop(struct sockets *sockets, int fd)
{
    struct socket *s = find(sockets, fd);
    if (!s)
        return;
    sockets->at[fd] = NULL;
    loop_watch_free(s->watch);
    free(s);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct sockets *sockets = ctx;
    struct socket *s = find(sockets, fd);
    (void)easy;
    (void)socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (s && s->ours)
            s->wanted = false;
        else
            drop(sockets, fd);
        return 0;
    }
    if (!s)
        s = add(sockets, fd);
    s->wanted = true;
    loop_watch_set(s->watch, (what & CURL_POLL_IN ? (unsigned)LOOP_READ : 0u) |
                                 (what & CURL_POLL_OUT ? (unsigned)LOOP_WRITE : 0u));
    return 0;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct socket_door *door = ctx;
    struct sockets *sockets = door->sockets;
    (void)purpose;
    if (!door->allow(door->ctx, &address->addr, address->addrlen))
        return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    drop(sockets, fd); /* whatever had this number is gone */
    add(sockets, fd)->ours = true;
    return fd;
}

static int on_close(void *ctx, curl_socket_t fd)
{
    drop(ctx, fd);
    return close(fd);
}

struct sockets *sockets_new(struct loop *loop, CURLM *multi, sockets_ready_fn *ready, void *ctx)
{
    struct sockets *sockets = xcalloc(1, sizeof *sockets);
    sockets->loop = loop;
    sockets->ready = ready;
    sockets->ctx = ctx;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
    return sockets;
}

void sockets_watch_easy(struct sockets *sockets, CURL *easy, struct socket_door *door)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, door);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

void sockets_free(struct sockets *sockets)
{
    if (!sockets)
        return;
    for (size_t fd = 0; fd < sockets->cap; fd++)
        drop(sockets, (int)fd);
    free(sockets->at);
    free(sockets);
}
