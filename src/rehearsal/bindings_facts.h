#ifndef REHEARSE_REHEARSAL_BINDINGS_FACTS_H
#define REHEARSE_REHEARSAL_BINDINGS_FACTS_H

/*
 * What a run says of the bindings it went by, so that a report needs no more than the run:
 *
 *     bindings.given, bindings.kept, bindings.missing     counts
 *     bindings.session        16 hex digits: whose bindings are kept as an example
 *
 * Beside them, the bindings of that session, and a remark "unresolved" for each value
 * that staging gave nothing for.
 */
#include "rehearse/replay/replay.h"
#include "rehearse/report/report.h"
#include "rehearse/store/store.h"

/* After a replay, resumed ones too. */
int bindings_put(struct store *run, struct store *capture, const struct replay_summary *summary,
                 struct err *err);
/* In `arena`. All zero for a run without. */
int bindings_get(struct store *run, struct report_bindings *ret, struct arena *arena,
                 struct err *err);

#endif
