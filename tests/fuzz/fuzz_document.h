#ifndef REHEARSE_TESTS_FUZZ_DOCUMENT_H
#define REHEARSE_TESTS_FUZZ_DOCUMENT_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rehearse/capture/source.h"

/* Read every item in `data`, which lies in memory and is opened like a file. */
static inline void fuzz_document(const char *format, const uint8_t *data, size_t size)
{
    const struct source_options options = { .format = format };
    AUTO(strbuf_release) struct strbuf evidence = STRBUF_INIT;
    AUTO(source_closep) struct source *source = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct source_item item;
    char path[64];
    int fd = memfd_create("fuzz", 0);
    ssize_t written = write(fd, data, size);

    assert(written == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int outcome = source_open(&source, path, &options, &evidence, NULL);
    close(fd);
    while (outcome >= 0) {
        arena_clear(&arena);
        outcome = source_next(source, &item, &arena, NULL);
        if (outcome <= SOURCE_END)
            break;
        assert(outcome != SOURCE_EXCHANGE || item.exchange.request.method.len > 0);
        assert(outcome != SOURCE_EXCHANGE || item.exchange.request.target.len > 0);
        assert(outcome == SOURCE_EXCHANGE || item.reason.len > 0);
    }
}

#endif
