#ifndef REHEARSE_TESTS_FUZZ_SOURCE_H
#define REHEARSE_TESTS_FUZZ_SOURCE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rehearse/capture/source.h"

/* Sources read files: these bytes as one, without a disk. Returns the descriptor. */
static inline int fuzz_file(char path[64], const void *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* Every item: with a format named, lines come in order, and what is given out can be read. */
static inline void fuzz_read_all(const void *data, size_t size,
                                 const struct source_options *options)
{
    AUTO(source_closep) struct source *source = NULL;
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct source_item item;
    char path[64];
    int fd = fuzz_file(path, data, size);
    uint64_t line = 0;
    int rc = source_open(&source, path, options, &evidence, &err);
    while (rc >= 0 && (rc = source_next(source, &item, &arena, &err)) > 0) {
        if (options->format && item.line != ++line)
            abort();
        struct exchange copy = exchange_copy(&item.exchange, &arena);
        if (rc == SOURCE_EXCHANGE && copy.request.target.len == 0)
            abort();
        arena_clear(&arena);
    }
    close(fd);
}

#endif
