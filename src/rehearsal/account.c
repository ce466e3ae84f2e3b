#include "account.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/session/secret_signs.h"

/* What is read of a detail is more than is kept: a token cut in two is none any more. */
enum { REASONS_MAX = 256, DETAIL_MAX = 300, DETAIL_READ = 4096 };

void account_sources(struct import_summary *summary, const char *const *paths, size_t count)
{
    summary->sources = arena_calloc(&summary->arena, count, sizeof *summary->sources);
    summary->source_count = count;
    for (size_t i = 0; i < count; i++)
        summary->sources[i].path = arena_copy(&summary->arena, span_of(paths[i]));
}

/* ---- reasons ---- */

static struct import_reason *find_reason(struct import_summary *summary, size_t source,
                                         bool rejected, struct span reason)
{
    for (size_t i = 0; i < summary->reason_count; i++) {
        struct import_reason *r = &summary->reasons[i];
        if (r->source == source && r->rejected == rejected && span_eq(r->reason, reason))
            return r;
    }
    return NULL;
}

/* The array lives in the arena: growing leaves the old one behind, which for so few is nothing. */
static struct import_reason *add_reason(struct import_summary *summary)
{
    if (summary->reason_count == summary->reason_cap) {
        size_t cap = summary->reason_cap ? 2 * summary->reason_cap : 16;
        struct import_reason *more = arena_alloc(&summary->arena, cap * sizeof *more);
        if (summary->reason_count)
            memcpy(more, summary->reasons, summary->reason_count * sizeof *more);
        summary->reasons = more;
        summary->reason_cap = cap;
    }
    return &summary->reasons[summary->reason_count++];
}

static void count_reason(struct import_summary *summary, size_t source, bool rejected,
                         struct span reason)
{
    struct import_reason *r = find_reason(summary, source, rejected, reason);
    if (!r && summary->reason_count >= REASONS_MAX) {
        reason = SPAN("other reasons");
        r = find_reason(summary, source, rejected, reason);
    }
    if (!r) {
        r = add_reason(summary);
        *r = (struct import_reason){ source, rejected, arena_copy(&summary->arena, reason), 0 };
    }
    r->count++;
}

void account_skipped(struct import_summary *summary, size_t source, struct span reason)
{
    summary->read++;
    summary->skipped++;
    summary->sources[source].read++;
    summary->sources[source].skipped++;
    count_reason(summary, source, /* rejected= */ false, reason);
}

/* It quotes the log: shown to people and kept in the file. */
static struct span masked(struct arena *arena, struct span detail)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    secrets_mask(&out, span_head(detail, DETAIL_READ));
    return arena_copy(arena, span_head(strbuf_span(&out), DETAIL_MAX));
}

void account_rejected(struct import_summary *summary, size_t source, const struct source_item *item)
{
    summary->read++;
    summary->rejected++;
    summary->sources[source].read++;
    summary->sources[source].rejected++;
    count_reason(summary, source, /* rejected= */ true, item->reason);
    if (summary->place_count == IMPORT_PLACES)
        return;
    summary->places[summary->place_count++] = (struct import_place){
        .source = source,
        .line = item->line,
        .column = item->column,
        .entry = item->entry,
        .reason = arena_copy(&summary->arena, item->reason),
        .detail = masked(&summary->arena, item->detail),
    };
}

/* ---- exchanges ---- */

static bool knows_cookies(const struct exchange *x)
{
    return (x->marks & MARK_ALL_REQUEST_FIELDS) ||
           http_fields_first(&x->request.fields, SPAN("Cookie"));
}

void account_imported(struct import_summary *summary, size_t source, const struct exchange *x)
{
    uint32_t marks = x->marks;
    summary->read++;
    summary->imported++;
    summary->sources[source].read++;
    summary->sources[source].imported++;
    summary->credentials_masked += (marks & MARK_CREDENTIALS_MASKED) != 0;
    summary->cookies_unknown += !knows_cookies(x);
    summary->no_host += span_is_none(x->request.authority);
    summary->no_status += x->response.status == 0;
    summary->no_response_fields +=
        x->response.fields.len == 0 && !(marks & MARK_ALL_RESPONSE_FIELDS);
    summary->fields_cut += (marks & MARK_FIELDS_CUT) != 0;
    summary->bodies_missing += (marks & MARK_REQUEST_BODY_MISSING) != 0;
    summary->aborted += (marks & MARK_CLIENT_ABORTED) != 0;
    summary->recorded_304 += (marks & MARK_RECORDED_304) != 0;
    summary->from_browser_cache += (marks & MARK_FROM_BROWSER_CACHE) != 0;
    summary->preflights += (marks & MARK_PREFLIGHT) != 0;
}

/* ---- for people ---- */

void import_add_place(const struct import_summary *summary, size_t place, struct strbuf *out)
{
    assert(place < summary->place_count);
    const struct import_place *p = &summary->places[place];
    text_add_printable(out, summary->sources[p->source].path, 4096);
    if (p->line)
        strbuf_addf(out, ":%" PRIu64, p->line);
    if (p->line && p->column)
        strbuf_addf(out, ":%" PRIu64, p->column);
    if (p->entry)
        strbuf_addf(out, ", record %" PRIu64, p->entry);
    strbuf_add_str(out, ": ");
    text_add_printable(out, p->reason, DETAIL_MAX);
    if (p->detail.len) {
        strbuf_add_str(out, ": ");
        text_add_printable(out, p->detail, DETAIL_MAX);
    }
}

struct warning {
    uint64_t count, of;
    const char *unit;
    const char *text; /* behind "12 of 34 exchanges" */
};

static void add_warning(struct strbuf *out, const struct warning *w)
{
    if (w->count == 0)
        return;
    text_add_count(out, w->count);
    strbuf_add_str(out, " of ");
    text_add_count(out, w->of);
    strbuf_addf(out, " %s %s\n", w->unit, w->text);
}

void import_add_warnings(const struct import_summary *s, struct strbuf *out)
{
    if (s->imported == 0) {
        strbuf_add_str(out, "nothing was imported: the capture is empty\n");
        return;
    }
    const struct warning warnings[] = {
        { s->credentials_masked, s->imported, "exchanges",
          "had their cookies or credentials masked or dropped by whoever recorded them:"
          " logged-in journeys cannot be replayed from this recording" },
        { s->rejected, s->read, "records", "were not understood and are missing from the capture" },
        { s->cookies_unknown, s->imported, "exchanges",
          "come from a source that does not record cookies: sessions and logins cannot be seen in "
          "it" },
        { s->heuristic_sessions, s->sessions, "sessions",
          "were told by client address and user agent: several people may share one" },
        { s->no_host, s->imported, "exchanges",
          "do not say which host they went to: name it with --host" },
        { s->bodies_missing, s->imported, "exchanges",
          "sent a request body that was not recorded: they cannot be replayed as they were" },
        { s->no_status, s->imported, "exchanges",
          "have no recorded response: there is no baseline for them but a live one" },
        { s->no_response_fields, s->imported, "exchanges",
          "have no recorded response fields: their headers cannot be compared with this "
          "recording" },
        { s->fields_cut, s->imported, "exchanges",
          "have repeated fields cut to the first one (nginx logs one Set-Cookie)" },
    };
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        add_warning(out, &warnings[i]);
}

/* ---- into the file ---- */

static int put_number(struct store *store, const char *key, uint64_t n, struct err *err)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    return store_put_meta(store, key, span_make(digits, (size_t)len), err);
}

static int store_source(const struct import_source *s, size_t number, struct store *store,
                        struct err *err)
{
    const struct {
        const char *name;
        struct span text;
        uint64_t count;
    } facts[] = {
        { "path", s->path, 0 },
        { "format", s->format, 0 },
        { "evidence", s->evidence, 0 },
        { "read", SPAN_NONE, s->read },
        { "imported", SPAN_NONE, s->imported },
        { "skipped", SPAN_NONE, s->skipped },
        { "rejected", SPAN_NONE, s->rejected },
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        char key[64];
        /* Padded, so that the keys come back in the order of the sources. */
        snprintf(key, sizeof key, "source.%05zu.%s", number, facts[i].name);
        int rc = facts[i].text.ptr ? store_put_meta(store, key, facts[i].text, err)
                                   : put_number(store, key, facts[i].count, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int store_warnings(const struct import_summary *summary, struct store *store,
                          struct err *err)
{
    AUTO(strbuf_release) struct strbuf lines = STRBUF_INIT;
    import_add_warnings(summary, &lines);
    struct span rest = strbuf_span(&lines);
    for (unsigned n = 1; rest.len; n++) {
        char key[32];
        snprintf(key, sizeof key, "warning.%u", n);
        struct span line = span_cut(&rest, '\n');
        int rc = store_put_meta(store, key, line, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int store_reasons(const struct import_summary *summary, struct store *store, struct err *err)
{
    for (size_t i = 0; i < summary->reason_count; i++) {
        const struct import_reason *r = &summary->reasons[i];
        int rc = store_count_skipped(store, summary->sources[r->source].path,
                                     r->rejected ? SPAN("rejected") : SPAN("skipped"), r->reason,
                                     r->count, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int account_store(const struct import_summary *s, struct store *store, struct err *err)
{
    const struct {
        const char *key;
        uint64_t count;
    } totals[] = {
        { "records.read", s->read },
        { "records.imported", s->imported },
        { "records.skipped", s->skipped },
        { "records.rejected", s->rejected },
        { "sessions.heuristic", s->heuristic_sessions },
        { "lacks.credentials", s->credentials_masked },
        { "lacks.cookies", s->cookies_unknown },
        { "lacks.host", s->no_host },
        { "lacks.response", s->no_status },
        { "lacks.response_fields", s->no_response_fields },
        { "lacks.repeated_fields", s->fields_cut },
        { "lacks.request_body", s->bodies_missing },
        { "marked.aborted", s->aborted },
        { "marked.recorded_304", s->recorded_304 },
        { "marked.browser_cache", s->from_browser_cache },
        { "marked.preflight", s->preflights },
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof totals / sizeof *totals; i++)
        rc = put_number(store, totals[i].key, totals[i].count, err);
    for (size_t i = 0; rc == 0 && i < s->source_count; i++)
        rc = store_source(&s->sources[i], i + 1, store, err);
    if (rc == 0)
        rc = store_reasons(s, store, err);
    if (rc == 0)
        rc = store_warnings(s, store, err);
    return rc;
}

void import_summary_release(struct import_summary *summary)
{
    arena_release(&summary->arena);
    *summary = (struct import_summary){ 0 };
}
