/*
 * HTTP Archive 1.2 as a source: log.entries, read element by element, so that a
 * file of any size takes the memory of its largest entry.
 *
 * One HAR is one visitor: a browser's export is what one person did, whatever its
 * cookies turn into on the way (a login changes them). Every exchange of the file
 * carries the same session, a hash of the creator and of the first entry's time
 * and URL, so that the same file is the same visitor wherever it lies. mitmproxy
 * stands between many visitors and a server: its files leave the session open. Of
 * an unknown creator it is not known which of the two it is: a mark says so, and
 * grouping tells visitors apart once the entries contradict each other.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "formats.h"
#include "har_entry.h"
#include "json_slices.h"
#include "recorded.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "source_impl.h"

struct har_source {
    struct source base;
    struct json_slices *slices; /* owned */
    enum har_creator creator;
    uint64_t session; /* 0 before the first exchange */
    bool credentials_seen;
    bool any; /* an item has been given */
};

static int read_chunk(void *ctx, struct span *ret, struct err *err)
{
    return input_chunk(ctx, ret, err);
}

static enum har_creator creator_from(struct span aside)
{
    size_t at;
    AUTO(cJSON_Deletep) cJSON *creator = span_is_none(aside) ? NULL : tree_parse(aside, &at);
    return har_creator_of(tree_text(creator, "name"));
}

static uint64_t session_of(const struct har_source *har, const struct exchange *x)
{
    uint64_t h = hash64(json_slices_aside(har->slices));

    h = hash_mix(h, (uint64_t)x->start_us);
    h = hash_mix(h, hash64(x->request.authority));
    h = hash_mix(h, hash64(x->request.target));
    return h ? h : 1;
}

static bool shows_credentials(const struct exchange *x)
{
    return http_fields_first(&x->request.fields, SPAN("Cookie")) ||
           http_fields_first(&x->request.fields, SPAN("Authorization")) ||
           http_fields_first(&x->response.fields, SPAN("Set-Cookie"));
}

/*
 * Chrome's export leaves Cookie, Set-Cookie and Authorization out unless it is
 * asked for sensitive data, and nothing in the file says which it was. So its
 * entries count as masked until one of those fields has been seen: in a full
 * export that is soon, in a sanitised one never.
 */
static void judge_credentials(struct har_source *har, struct exchange *x, struct arena *arena)
{
    har->credentials_seen |= shows_credentials(x);
    if (exchange_drop_masked(x, arena) || (har->creator == HAR_CHROME && !har->credentials_seen)) {
        x->marks |= MARK_CREDENTIALS_MASKED;
        x->marks &= ~(uint32_t)(MARK_ALL_REQUEST_FIELDS | MARK_ALL_RESPONSE_FIELDS);
    }
}

static int entry_item(struct har_source *har, struct source_item *item,
                      const struct json_slice *slice, struct arena *arena)
{
    size_t at = 0;
    AUTO(cJSON_Deletep) cJSON *entry = tree_parse(slice->bytes, &at);
    struct exchange *x = &item->exchange;

    if (!entry)
        return source_reject_json(item, slice, at, "entry", SPAN("entry is not JSON"), arena);
    if (har->creator == HAR_OTHER)
        har->creator = creator_from(json_slices_aside(har->slices));
    struct har_entry_context context = {
        .creator = har->creator,
        .holds_nul = span_find(slice->bytes, SPAN("\\u0000")) >= 0,
    };
    int outcome = har_entry_read(item, entry, &context, arena);
    if (outcome != SOURCE_EXCHANGE)
        return outcome;
    judge_credentials(har, x, arena);
    exchange_finish(x, &har->base.options, arena);
    if (har->session == 0)
        har->session = session_of(har, x);
    x->session = har->creator == HAR_MITMPROXY ? 0 : har->session;
    if (har->creator == HAR_OTHER)
        x->marks |= MARK_SESSION_OF_RECORDING;
    return SOURCE_EXCHANGE;
}

static int cut_item(struct source_item *item, const struct json_slice *slice, struct arena *arena)
{
    struct span detail;

    item->entry = slice->number;
    if (slice->begun_line)
        detail = arena_printf(arena,
                              "entry %" PRIu64 ", begun in line %" PRIu64 ", is not "
                              "complete; the entries before it are; export the HAR again",
                              slice->number, slice->begun_line);
    else
        detail = arena_printf(arena,
                              "%" PRIu64 " entries were read before this place; expected "
                              "one JSON document with log.entries; export the HAR again",
                              slice->number);
    return source_reject(item, slice->column, span_of(slice->found), detail);
}

static int end_item(const struct har_source *har, struct source_item *item)
{
    if (har->any || json_slices_found(har->slices))
        return SOURCE_END;
    return source_reject(item, 0, SPAN("no log.entries in the document"),
                         SPAN("expected a HAR: {\"log\": {\"entries\": […]}}"));
}

static int next(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err)
{
    struct har_source *har = (struct har_source *)source;
    struct json_slice slice = { 0 };
    int outcome = json_slices_next(har->slices, &slice, err);

    if (outcome < 0)
        return outcome;
    ret->line = slice.line;
    ret->entry = slice.number;
    if (outcome == JSON_SLICE)
        outcome = entry_item(har, ret, &slice, arena);
    else if (outcome == JSON_SLICE_TOO_LARGE)
        outcome = source_reject(ret, slice.column, SPAN("entry is too large"),
                                SPAN("expected at most 64 MB and 1,000,000 values in one entry"));
    else if (outcome == JSON_SLICES_CUT)
        outcome = cut_item(ret, &slice, arena);
    else
        outcome = end_item(har, ret);
    har->any = true;
    return outcome;
}

static void release(struct source *source)
{
    json_slices_free(((struct har_source *)source)->slices);
}

static int sniff(struct span head, struct strbuf *evidence)
{
    struct span text =
        span_trim(span_starts(head, SPAN("\xEF\xBB\xBF")) ? span_from(head, 3) : head);
    struct span start =
        span_head(text, 4096); /* "log" stands in front, entries may be far behind */

    if (!span_starts(text, SPAN("{")) || span_find(start, SPAN("\"log\"")) < 0)
        return 0;
    bool creator = span_find(text, SPAN("\"creator\"")) >= 0;
    bool entries = span_find(text, SPAN("\"entries\"")) >= 0;
    if (!creator && !entries)
        return 0;
    strbuf_addf(evidence, "a JSON document with log%s%s", creator ? ", log.creator" : "",
                entries ? ", log.entries" : "");
    return creator && entries ? 98 : 80;
}

static int open_har(struct source **ret, struct input *input, const struct source_options *options,
                    struct err *err)
{
    static const struct source_ops ops = { next, release };
    static const char *const entries[] = { "log", "entries", "[]", NULL };
    static const char *const creator[] = { "log", "creator", NULL };
    static const struct json_slices_spec spec = { entries, creator };
    struct har_source *har = xcalloc(1, sizeof *har);

    (void)err;
    source_init(&har->base, &ops, &format_har, input, options);
    har->slices = json_slices_new(&spec, read_chunk, input);
    *ret = &har->base;
    return 0;
}

const struct source_format format_har = {
    .name = "har",
    .summary = "HTTP Archive 1.2, as browsers and mitmproxy export it",
    .sniff = sniff,
    .open = open_har,
};
