#ifndef REHEARSE_VERDICT_COMMAND_H
#define REHEARSE_VERDICT_COMMAND_H

#include "rehearse/base/err.h"
#include "rehearse/verdict/verdict.h"

/*
 * Run a GATE_COMMAND's command with /bin/sh, at most `limit_us`, and put outcome
 * and reason into the gate. A command that fails is a gate that failed, not an
 * error; an error is when no process could be made.
 */
int gate_run_command(struct gate *gate, int64_t limit_us, struct arena *arena, struct err *err);

#endif
