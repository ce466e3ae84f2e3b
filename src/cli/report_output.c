#include "report_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/cli/cli.h"

enum { FINDINGS_SHOWN = 12 };

/* May stdout be coloured: a terminal, and NO_COLOR not set. */
static bool color_wanted(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && no[0]);
}

static const struct report_writer *find_writer(const char *file)
{
    for (size_t i = 0; report_writers[i]->file; i++)
        if (span_eq(span_of(report_writers[i]->file), span_of(file)))
            return report_writers[i];
    return NULL;
}

int print_verdict(const struct compare_result *result, const struct common *common,
                  const char *folder)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (common->json) {
        find_writer("findings.json")->write(&result->facts, &text);
    } else if (!common->quiet) {
        report_add_text(&result->facts, &text, FINDINGS_SHOWN, color_wanted());
        if (folder)
            strbuf_addf(&text, "report: %s/index.html\n", folder);
    }
    fputs(text.buf, stdout);
    return result->facts.verdict.go ? EXIT_GO : EXIT_NO_GO;
}
