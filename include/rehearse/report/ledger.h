#ifndef REHEARSE_REPORT_LEDGER_H
#define REHEARSE_REPORT_LEDGER_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/mutation.h"

/*
 * The ledger: every request of a run that could change something, sent or not, with
 * what was answered and how to undo it. Lines sum up a class, a method and a route;
 * entries are single requests, the first ones. Everything in it may come from a
 * hostile log or server: writers show it inert and cut.
 */
enum { LEDGER_STATUSES = 6, LEDGER_LINES_MAX = 1000, LEDGER_ENTRIES_MAX = 500 };

struct write_ledger_counts {
    uint64_t sent, skipped; /* requests */
    uint64_t failed;        /* of the sent: without a complete answer */
    uint64_t undo_known;    /* of the sent */
};

struct write_ledger_line {
    enum mutation_class class;
    struct span method, route;
    const char *sign; /* what makes the first of them unsafe; static */
    const char *why;  /* what told its class; static */
    struct write_ledger_counts counts;
    struct { /* the first few different ones */
        int status;
        uint64_t count;
    } statuses[LEDGER_STATUSES];
    size_t status_count;
    struct span reason; /* why the first of the skipped or failed was; SPAN_NONE */
    struct span undo;   /* an example; SPAN_NONE: none known */
};

struct write_ledger_entry {
    uint64_t session;
    uint32_t seq; /* in the run */
    enum mutation_class class;
    struct span method, target, route;
    const char *sign, *why;
    bool sent;
    int status;       /* 0: none came, or not sent */
    struct span note; /* why not sent, how it failed; SPAN_NONE */
    struct span undo; /* "POST /cart/remove/9"; SPAN_NONE: none known */
};

struct write_ledger {
    struct arena arena;              /* of all texts */
    struct write_ledger_line *lines; /* by class, then by route and method */
    size_t line_count, line_cap;
    struct write_ledger_entry *entries; /* the first LEDGER_ENTRIES_MAX */
    size_t entry_count, entry_cap;
    uint64_t superseded; /* exchanges of sessions that were begun again after a stop: not in here */
    uint64_t total;      /* unsafe requests, sent or not */
    struct write_ledger_counts classes[MUTATION_CLASSES];
    struct span *safety; /* what the airbag watched for and let pass, a line each */
    size_t safety_count;
};

void write_ledger_release(struct write_ledger *ledger);

/* One entry for a person, in one line; as a JSON object. */
void write_ledger_add_entry_text(struct strbuf *out, const struct write_ledger_entry *entry);
void write_ledger_add_entry_json(struct strbuf *out, const struct write_ledger_entry *entry);
/* The counts by class and by route, for a terminal. */
void write_ledger_add_text(struct strbuf *out, const struct write_ledger *ledger);
/* The members of a JSON object, without braces: classes, lines, safety. */
void write_ledger_add_members(struct strbuf *out, const struct write_ledger *ledger);
/* The writers' sections; nothing for NULL or a ledger of nothing. */
void write_ledger_add_html(struct strbuf *out, const struct write_ledger *ledger);
void write_ledger_add_markdown(struct strbuf *out, const struct write_ledger *ledger);
/* The whole as one JSON object, entries too. */
void write_ledger_add_json(struct strbuf *out, const struct write_ledger *ledger);

#endif
