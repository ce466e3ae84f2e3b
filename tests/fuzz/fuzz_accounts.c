/* Account files: read from memory by way of a file that has no name. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rehearse/session/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(identity_pool_freep) struct identity_pool *pool = NULL;
    struct err err = ERR_INIT;
    char path[64];
    int fd = memfd_create("accounts", 0);

    if (fd < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size && identity_pool_load(&pool, path, &err) == 0) {
        struct identity one;
        uint64_t session = 1;
        while (session < 100 && identity_take(pool, session, &one))
            session++;
        identity_give_back(pool, &one);
    }
    close(fd);
    return 0;
}
