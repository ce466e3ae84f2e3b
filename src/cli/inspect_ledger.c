#include "inspect_ledger.h"

#include <stdio.h>

#include "rehearse/rehearsal/ledger.h"

static int print_entry(void *ctx, const struct write_ledger_entry *entry)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    (void)ctx;
    write_ledger_add_entry_text(&line, entry);
    puts(line.buf);
    return 0;
}

static int print_entry_json(void *ctx, const struct write_ledger_entry *entry)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    bool *first = ctx;
    write_ledger_add_entry_json(&line, entry);
    printf("%s\n  %s", *first ? "" : ",", line.buf);
    *first = false;
    return 0;
}

int inspect_ledger(struct store *store, bool json, struct err *err)
{
    AUTO(write_ledger_release) struct write_ledger ledger = { .arena = ARENA_INIT };
    AUTO(strbuf_release) struct strbuf sum = STRBUF_INIT;
    bool first = true;
    if (store_kind(store) == STORE_CAPTURE)
        return err_set(err, E_USAGE,
                       "%s: a capture, expected a run: only what was sent has a ledger",
                       store_path(store));
    if (json)
        printf("{\"entries\":[");
    int rc =
        write_ledger_of_run(store, &ledger, json ? print_entry_json : print_entry, &first, err);
    if (rc < 0)
        return rc;
    if (json)
        write_ledger_add_members(&sum, &ledger);
    else
        write_ledger_add_text(&sum, &ledger);
    printf(json ? "],\n%s}\n" : "%s", sum.buf);
    return 0;
}
