#ifndef REHEARSE_BASE_ERR_H
#define REHEARSE_BASE_ERR_H

#include "rehearse/base/auto.h"

/*
 * A failure: the world did not do what was asked. The function returns a
 * negative code; the text, for a person, is in the caller's struct err and says
 * the place (file, line, column, URL), what was found, what was expected and
 * what to do. Library code never prints: the command does, once.
 *
 * A difference between two systems is no failure but a value; an impossible
 * state is no failure but an assert.
 */
enum {
    E_USAGE = -1,  /* the command line or the scenario asks for what cannot be */
    E_FORMAT = -2, /* bytes that are not what they should be */
    E_LIMIT = -3,  /* larger than a stated maximum */
    E_IO = -4,     /* the machine said no: file, disk, descriptor */
    E_NOT_FOUND = -5,
    E_NETWORK = -6, /* a peer said no, or nothing */
    E_REFUSED = -7, /* the guard's word */
    E_STOPPED = -8, /* signal, kill switch, budget */
    E_DAMAGED = -9, /* a file of ours that is not as we left it */
};

struct err {
    int code; /* 0 while nothing went wrong */
    char text[1024];
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        0, ""                                                                                      \
    }

/* Format the text, cut if too long, and return `code`. `err` may be NULL. */
int err_set(struct err *err, int code, const char *format, ...) PRINTF(3, 4);

/* As err_set, with ": <strerror(errno)>" put behind. */
int err_errno(struct err *err, int code, const char *format, ...) PRINTF(3, 4);

/* Put "<format>: " in front of the text there is; returns err's code. NULL: returns `code`. */
int err_prefix(struct err *err, int code, const char *format, ...) PRINTF(3, 4);

#endif
