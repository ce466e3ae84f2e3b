#ifndef REHEARSE_TESTS_HOSTILE_SERVER_H
#define REHEARSE_TESTS_HOSTILE_SERVER_H

/*
 * A small HTTP/1.1 server that misbehaves on request, in the test's own process: one
 * thread accepts, one thread a connection. What a request gets is told by its path:
 * hostile_behaviour.h. Everything it was sent is kept, in order of arrival.
 *
 * Header only, because a test is one file; include it once.
 */
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile_behaviour.h"

enum { HOSTILE_CONNECTIONS_MAX = 256 };

struct hostile_server {
    int listening;
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    struct strbuf log; /* heads and bodies of all requests, one after the other */
    unsigned requests;
    size_t received; /* bytes, whole requests or not */
    int fds[HOSTILE_CONNECTIONS_MAX];
    unsigned open; /* connection threads alive */
    bool stopping;
};

static size_t hostile_length(struct span head)
{
    uint64_t length = 0;
    ptrdiff_t at = span_ifind(head, SPAN("\r\nContent-Length:"));
    if (at >= 0) {
        struct span rest = span_from(head, (size_t)at + 17);
        span_to_u64(span_trim(span_cut(&rest, '\r')), &length);
    }
    return (size_t)length;
}

static void hostile_keep(struct hostile_server *server, struct span bytes)
{
    pthread_mutex_lock(&server->lock);
    strbuf_add_span(&server->log, bytes);
    server->requests++;
    pthread_mutex_unlock(&server->lock);
}

static void hostile_count(struct hostile_server *server, size_t bytes)
{
    pthread_mutex_lock(&server->lock);
    server->received += bytes;
    pthread_mutex_unlock(&server->lock);
}

static void *hostile_serve(void *ctx)
{
    struct hostile_connection *c = ctx;
    struct hostile_server *server = c->server;
    AUTO(strbuf_release) struct strbuf in = STRBUF_INIT;
    bool go_on = true;
    while (go_on) {
        ptrdiff_t end = span_find(strbuf_span(&in), SPAN("\r\n\r\n"));
        size_t need = end < 0 ? 0
                              : (size_t)end + 4 +
                                    hostile_length(span_head(strbuf_span(&in), (size_t)end + 4));
        if (end < 0 || in.len < need) {
            ssize_t got = recv(c->fd, strbuf_room(&in, 65536), 65536, 0);
            if (got <= 0)
                break;
            strbuf_grew(&in, (size_t)got);
            hostile_count(server, (size_t)got);
            if (in.buf[0] ==
                0x16) { /* a TLS handshake: answered in plain HTTP, as servers do on such a port */
                hostile_say(c->fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                break;
            }
            continue;
        }
        struct hostile_request request = { .head = span_head(strbuf_span(&in), (size_t)end + 4) };
        request.body = span_make(in.buf + end + 4, need - (size_t)end - 4);
        struct span rest = request.head;
        request.method = span_cut(&rest, ' ');
        request.target = span_cut(&rest, ' ');
        hostile_keep(server, span_head(strbuf_span(&in), need));
        go_on = hostile_answer(c, &request);
        memmove(in.buf, in.buf + need, in.len - need);
        strbuf_cut(&in, in.len - need);
    }
    pthread_mutex_lock(&server->lock);
    server->fds[c->slot] = -1;
    close(c->fd);
    server->open--;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    free(c);
    return NULL;
}

static void hostile_take(struct hostile_server *server, int fd)
{
    struct hostile_connection *c = xcalloc(1, sizeof *c);
    pthread_t thread;
    pthread_mutex_lock(&server->lock);
    unsigned slot = 0;
    while (slot < HOSTILE_CONNECTIONS_MAX && server->fds[slot] >= 0)
        slot++;
    assert(slot < HOSTILE_CONNECTIONS_MAX);
    server->fds[slot] = fd;
    server->open++;
    *c = (struct hostile_connection){ server, fd, slot };
    pthread_mutex_unlock(&server->lock);
    int rc = pthread_create(&thread, NULL, hostile_serve, c);
    assert(rc == 0);
    pthread_detach(thread);
}

static void *hostile_accept(void *ctx)
{
    struct hostile_server *server = ctx;
    int fd;
    while ((fd = accept(server->listening, NULL, NULL)) >= 0)
        hostile_take(server, fd);
    return NULL;
}

static struct hostile_server *hostile_start(void)
{
    struct hostile_server *server = xcalloc(1, sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    server->log = (struct strbuf)STRBUF_INIT;
    for (unsigned i = 0; i < HOSTILE_CONNECTIONS_MAX; i++)
        server->fds[i] = -1;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->listening = socket(AF_INET, SOCK_STREAM, 0);
    int rc = bind(server->listening, (struct sockaddr *)&address, len);
    assert(rc == 0);
    rc = listen(server->listening, 128);
    assert(rc == 0);
    getsockname(server->listening, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    rc = pthread_create(&server->thread, NULL, hostile_accept, server);
    assert(rc == 0);
    (void)rc;
    return server;
}

static void hostile_stop(struct hostile_server *server)
{
    shutdown(server->listening, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listening);
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    for (unsigned i = 0; i < HOSTILE_CONNECTIONS_MAX; i++)
        if (server->fds[i] >= 0)
            shutdown(server->fds[i], SHUT_RDWR);
    while (server->open > 0)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
    strbuf_release(&server->log);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

#endif
