#ifndef REHEARSE_CLI_OPTIONS_H
#define REHEARSE_CLI_OPTIONS_H

/*
 * Command lines by table: each command lists its options and where their values
 * go. --help, --quiet and --json are every command's. Options may stand before or
 * behind the arguments; "--" ends them; --name=value and --name value both work.
 */
#include "rehearse/base/err.h"
#include "rehearse/base/span.h"

enum option_kind {
    OPTION_FLAG,     /* bool * */
    OPTION_TEXT,     /* const char ** */
    OPTION_TEXTS,    /* struct option_texts *: may be given several times */
    OPTION_COUNT,    /* unsigned * */
    OPTION_BIG,      /* uint64_t * */
    OPTION_NUMBER,   /* double * */
    OPTION_SPEED,    /* double *: a factor, or "max" for 0 */
    OPTION_SHARE,    /* double *: "10%" or 0.1 */
    OPTION_DURATION, /* int64_t *: microseconds */
    OPTION_BYTES,    /* uint64_t *: "512MB", "2GB" */
    OPTION_TIME,     /* int64_t *: Unix microseconds, ISO 8601 */
};

enum { OPTION_TEXTS_MAX = 64 };
struct option_texts {
    const char *at[OPTION_TEXTS_MAX + 1]; /* NULL-terminated */
    size_t len;
};

struct option {
    char letter;       /* or 0 */
    const char *name;  /* long, without dashes; NULL ends the table */
    const char *value; /* what stands for the value in the help; NULL for flags */
    const char *help;
    enum option_kind kind;
    void *into;
};

struct command {
    const char *name;
    const char *arguments;   /* "LOG… -o FILE" */
    const char *summary;     /* one line */
    const char *text;        /* a paragraph, or NULL */
    const char *example;     /* lines of "  rehearse …" */
    void (*more_help)(void); /* prints a table behind the options, or NULL */
    int (*run)(const struct command *self, int argc, char **argv);
};

/* What every command has. */
struct common {
    bool quiet;
    bool json;
};

enum { ARGUMENTS_MAX = 4096 };
struct arguments {
    const char **at; /* borrowed from argv */
    size_t len;
};

/*
 * Parse argv[1…]. Returns -1 to go on; else the exit code to leave with (help was
 * printed, or what is wrong was said on stderr). `arguments->at` must be freed.
 */
int options_parse(const struct command *command, const struct option *options, int argc,
                  char **argv, struct common *ret_common, struct arguments *ret_arguments);

/* "rehearse COMMAND: message" and the hint to --help on stderr; returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...) PRINTF(2, 3);
/* The same for a cache profile nobody knows, with the names that are known. */
int unknown_profile(const struct command *command, const char *name);
/* Print a failure once; returns the exit code that fits err->code. */
int failed(const struct command *command, const struct err *err);

#endif
