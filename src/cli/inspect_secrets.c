#include "inspect_secrets.h"

#include <stdio.h>

#include "progress.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "stop.h"

int inspect_secrets(const struct command *self, struct secret_scan_options *options,
                    const struct common *common)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    AUTO(freep) struct secret_scan *scan = xcalloc(1, sizeof *scan);
    struct progress_line line;
    struct err err = ERR_INIT;
    scan->arena = (struct arena)ARENA_INIT;
    progress_line_init(&line, common->quiet);
    options->progress = &line.progress;
    options->stop = stop_on_signal();
    int rc = secret_scan_run(options, scan, &err);
    progress_line_end(&line);
    if (rc == 0 && common->json)
        secret_scan_add_json(scan, &out);
    else if (rc == 0)
        secret_scan_add_text(scan, &out);
    if (rc == 0)
        puts(out.buf);
    bool clean = scan->secrets == 0;
    arena_release(&scan->arena);
    return rc < 0 ? failed(self, &err) : clean ? EXIT_GO : EXIT_NO_GO;
}
