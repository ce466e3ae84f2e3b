#ifndef REHEARSE_TESTS_HOSTILE_BEHAVIOUR_H
#define REHEARSE_TESTS_HOSTILE_BEHAVIOUR_H

/* What hostile_server.h answers, by the path of a request: see the table at the end. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

struct hostile_server;

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

/* /lead?URL leads to that URL, as it is written. */
static bool hostile_lead(struct hostile_connection *c, const struct hostile_request *request)
{
    AUTO(strbuf_release) struct strbuf location = STRBUF_INIT;
    struct span url = request->target;
    span_cut(&url, '?');
    strbuf_add_span(&location, url);
    return hostile_redirect(c, location.buf);
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
    { "/lead", hostile_lead },
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

#endif
