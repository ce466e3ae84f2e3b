/*
 * A gate that is a command of the user's: go when it exits 0. Its output is kept
 * short, its time bounded, and its children die with it.
 */
#include "rehearse/verdict/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/text.h"

enum { OUTPUT_KEPT = 2000 };

static void child(const char *command, const int out[2])
{
    setpgid(0, 0);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    close(out[0]);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Reads all there is, so that the command never blocks on us; keeps the front. */
static bool drain(int fd, struct strbuf *kept, int64_t deadline_ns)
{
    char bytes[4096];
    for (;;) {
        int64_t left_ms = (deadline_ns - clock_now_ns()) / 1000000;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (left_ms <= 0)
            return false;
        int ready = poll(&p, 1, left_ms > 1000 ? 1000 : (int)left_ms);
        if (ready < 0 && errno != EINTR)
            return true;
        if (ready <= 0)
            continue;
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got <= 0)
            return true;
        size_t room = kept->len < OUTPUT_KEPT ? OUTPUT_KEPT - kept->len : 0;
        strbuf_add(kept, bytes, (size_t)got < room ? (size_t)got : room);
    }
}

/* It may have closed its output and gone on: wait for its end no longer than the deadline. */
static bool wait_until(pid_t pid, int *status, int64_t deadline_ns)
{
    const struct timespec pause = { 0, 5000000 };
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return true;
        if (clock_now_ns() >= deadline_ns)
            return false;
        nanosleep(&pause, NULL);
    }
}

static struct span last_line(struct span text)
{
    text = span_trim(text);
    ptrdiff_t at = span_rfind_char(text, '\n');
    return at < 0 ? text : span_from(text, (size_t)at + 1);
}

static void settle(struct gate *gate, int status, bool in_time, int64_t limit_us,
                   struct span output, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf said = STRBUF_INIT;
    text_add_printable(&said, last_line(output), 300);
    gate->outcome = GATE_FAILED;
    if (!in_time)
        gate->reason = arena_printf(arena, "stopped after %lld s without an end",
                                    (long long)(limit_us / 1000000));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        gate->outcome = GATE_PASSED;
        gate->reason = SPAN("exit code 0");
    } else if (WIFEXITED(status))
        gate->reason = arena_printf(arena, "exit code %d%s%s", WEXITSTATUS(status),
                                    said.len ? ": " : "", said.buf);
    else
        gate->reason = arena_printf(arena, "ended by signal %d", WTERMSIG(status));
}

int gate_run_command(struct gate *gate, int64_t limit_us, struct arena *arena, struct err *err)
{
    AUTO(strbuf_release) struct strbuf output = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf command = STRBUF_INIT;
    int out[2];

    strbuf_add_span(&command, gate->command);
    if (pipe2(out, O_CLOEXEC) != 0)
        return err_errno(err, E_IO, "gate %.*s: no pipe", SPAN_ARG(gate->name));
    pid_t pid = fork();
    if (pid < 0) {
        close(out[0]);
        close(out[1]);
        return err_errno(err, E_IO, "gate %.*s: no process", SPAN_ARG(gate->name));
    }
    if (pid == 0)
        child(command.buf, out);
    close(out[1]);
    int64_t deadline_ns = clock_now_ns() + limit_us * 1000;
    int status = 0;
    bool in_time = drain(out[0], &output, deadline_ns) && wait_until(pid, &status, deadline_ns);
    close(out[0]);
    kill(-pid, SIGKILL); /* and what it left behind */
    if (!in_time) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    settle(gate, status, in_time, limit_us, strbuf_span(&output), arena);
    return 0;
}
