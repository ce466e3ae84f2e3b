#ifndef REHEARSE_CLI_CLI_H
#define REHEARSE_CLI_CLI_H

/*
 * The program behind its main(): picks the command, runs it, returns the exit code.
 * 0 go (or done), 1 no-go, 2 wrong usage or configuration, 3 could not be carried
 * out, 4 stopped.
 */
enum { EXIT_GO = 0, EXIT_NO_GO = 1, EXIT_USAGE = 2, EXIT_FAILED = 3, EXIT_STOPPED = 4 };

int cli_main(int argc, char **argv);

#endif
