#ifndef REHEARSE_CLI_COMMANDS_H
#define REHEARSE_CLI_COMMANDS_H

/* Every command has a file of its own, cmd_<name>.c, and a row in the table of cli.c. */
#include "options.h"

extern const struct command command_check, command_run, command_import, command_baseline,
    command_replay, command_compare, command_simulate, command_routes, command_inspect,
    command_explain, command_rekey, command_gates;

#endif
