#ifndef TESTS_BENCHMARKS_BENCH_H
#define TESTS_BENCHMARKS_BENCH_H

/* What the benchmarks share: the lines they print, a folder of their own, processes of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rehearse/base/err.h"

_Noreturn static inline void bench_die(const char *why)
{
    fprintf(stderr, "bench: %s\n", why);
    exit(1);
}

static inline void bench_need(int rc, const struct err *err)
{
    if (rc < 0)
        bench_die(err->text);
}

struct metric {
    const char *bench, *name, *unit;
    double value;
    double ratio;        /* to what it is held against; 0: to nothing */
    const char *against; /* or NULL */
};

/* One JSON object, always with the same keys, on a line of stdout. */
static inline void bench_print(struct metric m)
{
    printf("{\"bench\":\"%s\",\"metric\":\"%s\",\"value\":%.2f,\"unit\":\"%s\",", m.bench, m.name,
           m.value, m.unit);
    if (m.against)
        printf("\"ratio\":%.3f,\"against\":\"%s\"}\n", m.ratio, m.against);
    else
        printf("\"ratio\":null,\"against\":null}\n");
    fflush(stdout);
}

/* `folder` ends with XXXXXX, which is filled in. */
static inline void bench_make_folder(char *folder)
{
    if (!mkdtemp(folder))
        bench_die("no temporary folder");
}

static inline void bench_remove_folder(const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

/* Peak of resident memory, of which Linux counts kibibytes. */
static inline double bench_rss_mb(const struct rusage *usage)
{
    return (double)usage->ru_maxrss * 1024 / 1e6;
}

/*
 * Call `fn` in a process of its own, so that its memory is its own, and give back
 * the `size` bytes it left in `answer`. Ends the program when it fails.
 */
typedef void bench_fn(const void *ctx, void *answer);
static inline struct rusage bench_apart(bench_fn *fn, const void *ctx, void *answer, size_t size)
{
    int ends[2], status = -1;
    struct rusage usage = { 0 };
    if (pipe(ends) != 0)
        bench_die("no pipe");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        fn(ctx, answer);
        fflush(NULL);
        _exit(write(ends[1], answer, size) == (ssize_t)size ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], answer, size);
    close(ends[0]);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0 ||
        got != (ssize_t)size)
        bench_die("a measurement did not come to its end");
    return usage;
}

#endif
