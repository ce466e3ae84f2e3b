#include "rehearse/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int file_read(struct strbuf *out, const char *path, size_t max, struct err *err)
{
    AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot be opened", path);
    size_t start = out->len;
    for (;;) {
        ssize_t got = read(fd, strbuf_room(out, 65536), 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, E_IO, "%s: cannot be read", path);
        if (got == 0)
            return 0;
        strbuf_grew(out, (size_t)got);
        if (out->len - start > max)
            return err_set(err, E_LIMIT, "%s: larger than the %zu bytes allowed here", path, max);
    }
}

static int write_all(int fd, struct span content)
{
    while (content.len) {
        ssize_t put = write(fd, content.ptr, content.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        content = span_from(content, (size_t)put);
    }
    return 0;
}

int file_write(const char *path, struct span content, unsigned mode, struct err *err)
{
    AUTO(strbuf_release) struct strbuf temporary = STRBUF_INIT;
    strbuf_addf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    int fd = open(temporary.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return err_errno(err, E_IO, "%s: cannot be created", temporary.buf);
    int failed = write_all(fd, content);
    int cause = errno;
    if (close(fd) != 0 && !failed) {
        failed = -1;
        cause = errno;
    }
    if (!failed && rename(temporary.buf, path) != 0) {
        failed = -1;
        cause = errno;
    }
    if (!failed)
        return 0;
    unlink(temporary.buf);
    errno = cause;
    return err_errno(err, E_IO, "%s: cannot be written", path);
}

int file_make_folder(const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf part = STRBUF_INIT;
    strbuf_add_str(&part, path);
    for (size_t i = 1; i <= part.len; i++) {
        if (part.buf[i] != '/' && part.buf[i] != '\0')
            continue;
        char kept = part.buf[i];
        part.buf[i] = '\0';
        struct stat st;
        if (mkdir(part.buf, 0755) != 0 && errno != EEXIST)
            return err_errno(err, E_IO, "%s: cannot be created", part.buf);
        if (stat(part.buf, &st) == 0 && !S_ISDIR(st.st_mode))
            return err_set(err, E_IO, "%s: is a file, expected a folder", part.buf);
        part.buf[i] = kept;
    }
    return 0;
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

int file_lock(int *ret_lock, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, E_IO, "%s: cannot be opened", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int cause = errno;
        close(fd);
        errno = cause;
        if (cause == EWOULDBLOCK)
            return err_set(err, E_USAGE,
                           "%s: another process is writing it; wait for its end or stop it", path);
        return err_errno(err, E_IO, "%s: cannot be locked", path);
    }
    *ret_lock = fd;
    return 0;
}

void file_unlock(const int *lock)
{
    if (*lock >= 0)
        close(*lock);
}
