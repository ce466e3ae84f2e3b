#include "resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/mem.h"

enum { THREADS_MAX = 16 };
#define RESERVED_LIMIT_US 250000

static size_t ask_system(const struct resolver *self, const char *host, struct ip_address *ret)
{
    (void)self;
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    size_t count = 0;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return 0;
    for (const struct addrinfo *a = found; a && count < RESOLVED_MAX; a = a->ai_next) {
        uint16_t port;
        count += ip_of_sockaddr(&ret[count], &port, a->ai_addr, a->ai_addrlen);
    }
    freeaddrinfo(found);
    return count;
}

const struct resolver resolver_system = { ask_system };

/* Shared with the threads: the last to let go frees it. */
struct asking {
    const struct resolver *resolver;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned held;
    bool given_up;
    size_t count, next, open, open_unreserved; /* open: asked or to be asked, no answer yet */
    char **hosts;                              /* owned */
    struct resolution *found;                  /* owned */
};

static bool is_reserved(const char *host)
{
    static const struct span tops[] = { { ".example", 8 }, { ".invalid", 8 }, { ".test", 5 } };
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        if (span_ends(span_of(host), tops[i]))
            return true;
    return false;
}

/* Under the lock, which is let go. */
static void let_go(struct asking *a)
{
    bool last = --a->held == 0;
    pthread_mutex_unlock(&a->lock);
    if (!last)
        return;
    for (size_t i = 0; i < a->count; i++)
        free(a->hosts[i]);
    free(a->hosts);
    free(a->found);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static void *ask(void *ctx)
{
    struct asking *a = ctx;
    struct resolution one;
    pthread_mutex_lock(&a->lock);
    while (!a->given_up && a->next < a->count) {
        size_t i = a->next++;
        pthread_mutex_unlock(&a->lock);
        memset(&one, 0, sizeof one);
        one.count = a->resolver->resolve(a->resolver, a->hosts[i], one.at);
        one.state = one.count ? RESOLUTION_SOME : RESOLUTION_NONE;
        pthread_mutex_lock(&a->lock);
        a->found[i] = one;
        a->open--;
        a->open_unreserved -= !is_reserved(a->hosts[i]);
        pthread_cond_signal(&a->changed);
    }
    let_go(a);
    return NULL;
}

static struct asking *asking_new(const struct resolver *resolver, const char *const *hosts,
                                 size_t count)
{
    struct asking *a = xcalloc(1, sizeof *a);
    pthread_condattr_t attributes;
    a->resolver = resolver;
    a->held = 1;
    a->count = a->open = count;
    a->hosts = xcalloc(count, sizeof *a->hosts);
    a->found = xcalloc(count, sizeof *a->found);
    for (size_t i = 0; i < count; i++) {
        a->hosts[i] = xstrdup(hosts[i]);
        a->open_unreserved += !is_reserved(hosts[i]);
    }
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&a->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return a;
}

static void start_threads(struct asking *a)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < a->count && i < THREADS_MAX; i++) {
        a->held++;
        if (pthread_create(&thread, &attributes, ask, a) != 0)
            a->held--; /* then the others ask for more, or it is late */
    }
    pthread_mutex_unlock(&a->lock);
    pthread_attr_destroy(&attributes);
}

void resolve_names(const struct resolver *resolver, const char *const *hosts, size_t count,
                   int64_t limit_us, struct resolution *ret)
{
    int64_t begun_ns = clock_now_ns();
    memset(ret, 0, count * sizeof *ret);
    if (count > RESOLVE_NAMES_MAX)
        count = RESOLVE_NAMES_MAX;
    if (count == 0)
        return;
    struct asking *a = asking_new(resolver, hosts, count);
    start_threads(a);
    pthread_mutex_lock(&a->lock);
    while (a->open) {
        int64_t limit =
            a->open_unreserved || limit_us < RESERVED_LIMIT_US ? limit_us : RESERVED_LIMIT_US;
        int64_t until = begun_ns + limit * 1000;
        struct timespec at = { .tv_sec = (time_t)(until / 1000000000),
                               .tv_nsec = (long)(until % 1000000000) };
        if (clock_now_ns() >= until || pthread_cond_timedwait(&a->changed, &a->lock, &at) != 0)
            break;
    }
    a->given_up = true;
    memcpy(ret, a->found, count * sizeof *ret);
    let_go(a);
}
