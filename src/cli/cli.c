#include "rehearse/cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "commands.h"

/* In the order one meets them. */
static const struct command *const commands[] = {
    &command_check,
    &command_run,
    &command_import,
    &command_baseline,
    &command_replay,
    &command_compare,
    &command_gates,
    &command_simulate,
    &command_routes,
    &command_inspect,
    &command_explain,
    &command_rekey,
    NULL,
};

static void print_help(FILE *out)
{
    fprintf(out,
            "rehearse replays captured production traffic against staging, compares, and says\n"
            "whether an upgrade may go live.\n\nUsage: rehearse COMMAND [options]\n\nCommands:\n");
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\nStart with:\n  rehearse check shop.har https://staging.test\n\n"
                 "Every command explains itself: rehearse COMMAND --help\n"
                 "Exit codes: 0 go or done, 1 no-go, 2 wrong usage, 3 could not be carried out, 4 "
                 "stopped\n");
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/*
 * Keys and credentials are in memory: a crash must not write them to disk. One byte, for
 * where cores are piped to a program Linux looks at no other limit (core(5)).
 */
static void write_no_core(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 1 ? limit.rlim_max : 1;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

int cli_main(int argc, char **argv)
{
    write_no_core();
    signal(SIGPIPE, SIG_IGN); /* a closed socket or pipe is an error to handle, not an end */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        if (argc > 2 && find(argv[2])) {
            char *help[] = { argv[2], (char[]){ "--help" }, NULL };
            return find(argv[2])->run(find(argv[2]), 2, help);
        }
        print_help(stdout);
        return EXIT_GO;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("rehearse %s\n", REHEARSE_VERSION);
        return EXIT_GO;
    }
    const struct command *command = find(argv[1]);
    if (!command) {
        fprintf(stderr, "rehearse: \"%s\" is no command\nSee: rehearse --help\n", argv[1]);
        return EXIT_USAGE;
    }
    return command->run(command, argc - 1, argv + 1);
}
