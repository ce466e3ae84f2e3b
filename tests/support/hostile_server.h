#ifndef REHEARSE_TESTS_HOSTILE_SERVER_H
#define REHEARSE_TESTS_HOSTILE_SERVER_H

/*
 * A small HTTP/1.1 server that misbehaves on request, in the test's own process: one
 * thread accepts, one thread a connection. What a request gets is told by its path,
 * by the table at the end. Everything it was sent is kept, in order of arrival.
 *
 * Header only, because a test is one file; include it once.
 */
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

enum { HOSTILE_CONNECTIONS_MAX = 256 };

struct hostile_server {
    int listening;
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    struct strbuf log; /* heads and bodies of all requests, one after the other */
    unsigned requests;
    int fds[HOSTILE_CONNECTIONS_MAX];
    unsigned open; /* connection threads alive */
    bool stopping;
};

struct hostile_connection {
    struct hostile_server *server;
    int fd;
    unsigned slot;
};

struct hostile_request {
    struct span method, target, head, body;
};

static bool hostile_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t wrote = send(fd, at, len, MSG_NOSIGNAL);
        if (wrote <= 0)
            return false;
        at += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static bool hostile_say(int fd, const char *text)
{
    return hostile_write(fd, text, strlen(text));
}

/* Until the client goes away, or the server ends. */
static void hostile_wait_for_goodbye(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        ;
}

static void hostile_reset(int fd)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Each behaviour answers one request; false ends the connection. */
typedef bool hostile_behaviour(struct hostile_connection *c, const struct hostile_request *request);

static bool hostile_ok(struct hostile_connection *c, const struct hostile_request *request)
{
    bool head = span_eq(request->method, SPAN("HEAD"));
    return hostile_say(
               c->fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n") &&
           (head || hostile_say(c->fd, "ok\n"));
}

static bool hostile_cookie(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_say(c->fd,
                       "HTTP/1.1 200 OK\r\nSet-Cookie: sid=staging-secret; Path=/; HttpOnly\r\n"
                       "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n");
}

static bool hostile_close(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)c;
    (void)request;
    return false;
}

static bool hostile_reset_now(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_reset(c->fd);
    return false;
}

static bool hostile_reset_mid_body(struct hostile_connection *c,
                                   const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nthe front part");
    /* Let the client read it: a reset takes unread bytes along. */
    poll(NULL, 0, 50);
    hostile_reset(c->fd);
    return false;
}

static bool hostile_short(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
    return false;
}

static bool hostile_long(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nlonger than it said");
    return false;
}

static bool hostile_stall(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_wait_for_goodbye(c->fd);
    return false;
}

static bool hostile_stall_mid_body(struct hostile_connection *c,
                                   const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfront");
    hostile_wait_for_goodbye(c->fd);
    return false;
}

/* A byte now and then, without end: no stall, and never done. */
static bool hostile_trickle(struct hostile_connection *c, const struct hostile_request *request)
{
    struct pollfd gone = { .fd = c->fd, .events = POLLIN };
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (poll(&gone, 1, 20) == 0 && hostile_say(c->fd, "."))
        ;
    return false;
}

static bool hostile_garbage(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n\001\002\003");
    return false;
}

static bool hostile_bad_chunks(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno number\r\n");
    return false;
}

static bool hostile_redirect(struct hostile_connection *c, const char *location)
{
    char text[512];
    snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
             location);
    return hostile_say(c->fd, text);
}

static bool hostile_loop(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_redirect(c, "/loop");
}

/* A new URL each time. */
static bool hostile_chain(struct hostile_connection *c, const struct hostile_request *request)
{
    uint64_t number = 0;
    char location[64];
    if (request->target.len > 7)
        span_to_u64(span_from(request->target, 7), &number);
    snprintf(location, sizeof location, "/chain?%llu", (unsigned long long)number + 1);
    return hostile_redirect(c, location);
}

static bool hostile_once(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_redirect(c, "/ok?landed");
}

static bool hostile_to_production(struct hostile_connection *c,
                                  const struct hostile_request *request)
{
    (void)request;
    return hostile_redirect(c, "https://shop.example/ok");
}

static bool hostile_elsewhere(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_redirect(c, "http://localhost.localdomain:9/");
}

/* 100 MB of fields, or as much of it as anyone reads. */
static bool hostile_fields(struct hostile_connection *c, const struct hostile_request *request)
{
    char line[1024];
    (void)request;
    memset(line, 'x', sizeof line);
    memcpy(line, "X-Fill: ", 8);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    if (!hostile_say(c->fd, "HTTP/1.1 200 OK\r\n"))
        return false;
    for (unsigned i = 0; i < 100 * 1024; i++)
        if (!hostile_write(c->fd, line, sizeof line))
            return false;
    return false;
}

/* One field of 2 MB. */
static bool hostile_field(struct hostile_connection *c, const struct hostile_request *request)
{
    char part[1024];
    (void)request;
    memset(part, 'x', sizeof part);
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nX-Long: ");
    for (unsigned i = 0; i < 2 * 1024; i++)
        if (!hostile_write(c->fd, part, sizeof part))
            return false;
    hostile_say(c->fd, "\r\nContent-Length: 0\r\n\r\n");
    return false;
}

/* Interim answers without end. */
static bool hostile_interim(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    for (unsigned i = 0; i < 1000000; i++)
        if (!hostile_say(c->fd, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"))
            return false;
    return false;
}

static bool hostile_early_hints(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_say(c->fd, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nX-Final: yes\r\nContent-Length: 3\r\n\r\nok\n");
}

static bool hostile_bomb(struct hostile_connection *c, const struct hostile_request *request);

static bool hostile_endless_body(struct hostile_connection *c,
                                 const struct hostile_request *request)
{
    char part[4096];
    (void)request;
    memset(part, 'y', sizeof part);
    hostile_say(c->fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (hostile_write(c->fd, part, sizeof part))
        ;
    return false;
}

static bool hostile_bad_gzip(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    return hostile_say(
        c->fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip");
}

static const struct {
    const char *path;
    hostile_behaviour *behave;
} hostile_table[] = {
    { "/cookie", hostile_cookie },
    { "/close", hostile_close },
    { "/reset", hostile_reset_now },
    { "/reset-mid-body", hostile_reset_mid_body },
    { "/short", hostile_short },
    { "/long", hostile_long },
    { "/stall", hostile_stall },
    { "/stall-mid-body", hostile_stall_mid_body },
    { "/trickle", hostile_trickle },
    { "/garbage", hostile_garbage },
    { "/bad-chunks", hostile_bad_chunks },
    { "/loop", hostile_loop },
    { "/chain", hostile_chain },
    { "/once", hostile_once },
    { "/to-production", hostile_to_production },
    { "/elsewhere", hostile_elsewhere },
    { "/fields", hostile_fields },
    { "/field", hostile_field },
    { "/interim", hostile_interim },
    { "/early-hints", hostile_early_hints },
    { "/bomb", hostile_bomb },
    { "/endless-body", hostile_endless_body },
    { "/bad-gzip", hostile_bad_gzip },
};

/* deflate, one block of fixed codes: a zero, then "repeat 258 bytes from one back" over and over.
 */
static bool hostile_bomb(struct hostile_connection *c, const struct hostile_request *request)
{
    (void)request;
    enum { REPEATS = 400000 }; /* 258 bytes each: 100 MB */
    size_t cap = REPEATS * 13 / 8 + 64, len = 10;
    unsigned char *gz = xcalloc(1, cap);
    memcpy(gz, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    uint64_t bits = 0;
    unsigned have = 0;
    /* Block header (final, fixed): 1, 01. Literal 0: code 00110000, most significant bit first. */
    const struct {
        unsigned value, count;
    } start[] = { { 1, 1 }, { 1, 2 }, { 0x0c, 8 } };
    for (unsigned i = 0; i < 3; i++) {
        bits |= (uint64_t)start[i].value << have;
        have += start[i].count;
    }
    for (unsigned i = 0; i <= REPEATS; i++) {
        /* Length 258: symbol 285, code 11000101, reversed 10100011; distance 1: code 00000. End:
         * 0000000. */
        unsigned value = i < REPEATS ? 0xa3u : 0, count = i < REPEATS ? 13 : 7;
        bits |= (uint64_t)value << have;
        have += count;
        while (have >= 8) {
            gz[len++] = (unsigned char)bits;
            bits >>= 8;
            have -= 8;
        }
    }
    gz[len++] = (unsigned char)bits;
    char head[128];
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", len);
    bool wrote = hostile_say(c->fd, head) && hostile_write(c->fd, gz, len);
    free(gz);
    return wrote;
}

static bool hostile_answer(struct hostile_connection *c, const struct hostile_request *request)
{
    struct span path = request->target;
    ptrdiff_t query = span_find_char(path, '?');
    if (query >= 0)
        path = span_head(path, (size_t)query);
    for (size_t i = 0; i < sizeof hostile_table / sizeof *hostile_table; i++)
        if (span_eq(path, span_of(hostile_table[i].path)))
            return hostile_table[i].behave(c, request);
    return hostile_ok(c, request);
}

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
