#ifndef TESTS_SUPPORT_PORT_H
#define TESTS_SUPPORT_PORT_H

/* Ports of the loopback interface, for servers that tests and benchmarks start. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static inline struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons((in_port_t)port) };
}

/* One that nobody listens on just now; -1 when there is none to be had. */
static inline int port_free(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool fine = fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
                getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    if (fd >= 0)
        close(fd);
    return fine ? ntohs(address.sin_port) : -1;
}

/* Waits up to five seconds until somebody answers there. */
static inline bool port_answers(int port)
{
    struct sockaddr_in address = loopback(port);
    for (unsigned i = 0; i < 100; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int rc = connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (rc == 0)
            return true;
        usleep(50000);
    }
    return false;
}

#endif
