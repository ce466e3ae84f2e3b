/*
 * Proxy Verifier replay files as a source: JSON, as Traffic Server's traffic_dump
 * writes it, of any size; or YAML, as people write it, up to a limit. Both are read
 * transaction by transaction.
 *
 * A session of the file is one client connection, and every exchange of it carries
 * the same session: a hash of the session's place in the file and of what its
 * first transaction says of itself (time, uuid, target), for traffic_dump writes a
 * file a session, and all of them are the first of theirs.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "formats.h"
#include "json_slices.h"
#include "proxy_verifier_transaction.h"
#include "proxy_verifier_yaml.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "source_impl.h"

struct replay_source {
    struct source base;
    struct json_slices *slices; /* owned; NULL for YAML */
    struct replay_yaml *yaml;   /* owned; NULL for JSON */
    uint64_t transactions;      /* given so far */
    uint64_t outer;             /* place of the session at hand in the file, from 1; 0 before */
    uint64_t session;           /* its hash; 0 until its first exchange */
    bool any;                   /* an item has been given */
};

static uint64_t session_of(const struct exchange *x, const cJSON *transaction, uint64_t outer)
{
    uint64_t h = hash_mix(outer, (uint64_t)x->start_us);
    struct span uuid = tree_text(transaction, "uuid");

    if (span_is_none(uuid)) { /* traffic_dump: all.headers.fields[["uuid", …]] */
        const cJSON *all = tree_member(tree_member(transaction, "all"), "headers");
        const cJSON *value =
            cJSON_GetArrayItem(cJSON_GetArrayItem(tree_member(all, "fields"), 0), 1);
        uuid = cJSON_IsString(value) ? span_of(value->valuestring) : SPAN("");
    }
    h = hash_mix(h, hash64(uuid));
    h = hash_mix(h, hash64(span_is_none(x->request.authority) ? SPAN("") : x->request.authority));
    h = hash_mix(h, hash64(x->request.target));
    return h ? h : 1;
}

static int transaction_item(struct replay_source *replay, struct source_item *item,
                            const cJSON *transaction, const cJSON *protocol, uint64_t outer,
                            struct arena *arena)
{
    int outcome = transaction_read(item, transaction, protocol, arena);

    if (outcome != SOURCE_EXCHANGE)
        return outcome;
    exchange_finish(&item->exchange, &replay->base.options, arena);
    if (outer != replay->outer) {
        replay->outer = outer;
        replay->session = session_of(&item->exchange, transaction, outer);
    }
    item->exchange.session = replay->session;
    return SOURCE_EXCHANGE;
}

static int slice_item(struct replay_source *replay, struct source_item *item,
                      const struct json_slice *slice, struct arena *arena)
{
    size_t at = 0;
    struct span aside = json_slices_aside(replay->slices);
    AUTO(cJSON_Deletep) cJSON *transaction = tree_parse(slice->bytes, &at);
    AUTO(cJSON_Deletep) cJSON *protocol = NULL;

    if (!transaction)
        return source_reject_json(item, slice, at, "transaction", SPAN("transaction is not JSON"),
                                  arena);
    if (!span_is_none(aside))
        protocol = tree_parse(aside, &at);
    return transaction_item(replay, item, transaction, protocol, slice->outer, arena);
}

static int cut_item(struct source_item *item, const struct json_slice *slice, struct arena *arena)
{
    struct span detail;

    if (slice->begun_line)
        detail = arena_printf(arena,
                              "transaction %" PRIu64 ", begun in line %" PRIu64 ", is not "
                              "complete; the ones before it are",
                              slice->number, slice->begun_line);
    else
        detail = arena_printf(arena,
                              "%" PRIu64 " transactions were read before this place; "
                              "expected one JSON document with sessions",
                              slice->number);
    return source_reject(item, slice->column, span_of(slice->found), detail);
}

static int end_item(const struct replay_source *replay, struct source_item *item)
{
    if (replay->any || json_slices_found(replay->slices))
        return SOURCE_END;
    return source_reject(item, 0, SPAN("no transactions in the document"),
                         SPAN("expected {\"sessions\": [{\"transactions\": […]}]}"));
}

static int next_json(struct replay_source *replay, struct source_item *ret, struct arena *arena,
                     struct err *err)
{
    struct json_slice slice = { 0 };
    int outcome = json_slices_next(replay->slices, &slice, err);

    if (outcome < 0)
        return outcome;
    ret->line = slice.line;
    ret->entry = slice.number;
    if (outcome == JSON_SLICE)
        return slice_item(replay, ret, &slice, arena);
    if (outcome == JSON_SLICE_TOO_LARGE)
        return source_reject(
            ret, slice.column, SPAN("transaction is too large"),
            SPAN("expected at most 64 MB and 1,000,000 values in one transaction"));
    return outcome == JSON_SLICES_CUT ? cut_item(ret, &slice, arena) : end_item(replay, ret);
}

static int next_yaml(struct replay_source *replay, struct source_item *ret, struct arena *arena)
{
    struct replay_yaml_item item;
    int outcome = replay_yaml_next(replay->yaml, &item);
    AUTO(cJSON_Deletep) cJSON *transaction = item.transaction;

    if (outcome == REPLAY_YAML_END)
        return SOURCE_END;
    ret->line = item.line;
    ret->entry = ++replay->transactions;
    if (outcome == REPLAY_YAML_BAD)
        return source_reject(ret, item.column, SPAN("not a replay file in YAML"),
                             arena_copy(arena, span_of(item.fault)));
    return transaction_item(replay, ret, transaction, item.protocol, item.session, arena);
}

static int next(struct source *source, struct source_item *ret, struct arena *arena,
                struct err *err)
{
    struct replay_source *replay = (struct replay_source *)source;
    int outcome =
        replay->slices ? next_json(replay, ret, arena, err) : next_yaml(replay, ret, arena);
    replay->any = true;
    return outcome;
}

static void release(struct source *source)
{
    struct replay_source *replay = (struct replay_source *)source;
    json_slices_free(replay->slices);
    replay_yaml_free(replay->yaml);
}

static struct span without_mark(struct span head)
{
    return span_trim(span_starts(head, SPAN("\xEF\xBB\xBF")) ? span_from(head, 3) : head);
}

static int sniff(struct span head, struct strbuf *evidence)
{
    static const char *const messages[] = { "client-request", "proxy-request", "server-response",
                                            "proxy-response" };
    bool json = span_starts(without_mark(head), SPAN("{"));
    bool sessions = span_find(head, json ? SPAN("\"sessions\"") : SPAN("sessions:")) >= 0;
    bool transactions =
        span_find(head, json ? SPAN("\"transactions\"") : SPAN("transactions:")) >= 0;
    unsigned found = 0;

    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        found += span_find(head, span_of(messages[i])) >= 0;
    if (!sessions || !transactions)
        return 0;
    strbuf_addf(evidence, "a %s document with sessions and transactions%s", json ? "JSON" : "YAML",
                found ? ", and messages named as Proxy Verifier names them" : "");
    return found ? 97 : 60;
}

static int read_chunk(void *ctx, struct span *ret, struct err *err)
{
    return input_chunk(ctx, ret, err);
}

static int read_whole(struct strbuf *out, struct input *input, struct err *err)
{
    for (;;) {
        struct span chunk;
        int rc = input_chunk(input, &chunk, err);
        if (rc <= 0)
            return rc;
        if (out->len + chunk.len > REPLAY_YAML_MAX_BYTES)
            return err_set(err, E_LIMIT,
                           "%s: a replay file in YAML may have %u bytes; convert it to JSON, which "
                           "is read at any size",
                           input_path(input), REPLAY_YAML_MAX_BYTES);
        strbuf_add_span(out, chunk);
    }
}

static int open_yaml(struct replay_source *replay, struct input *input, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    int rc = read_whole(&text, input, err);

    if (rc < 0)
        return rc;
    replay->yaml = replay_yaml_new(strbuf_span(&text));
    return 0;
}

static int open_replay(struct source **ret, struct input *input,
                       const struct source_options *options, struct err *err)
{
    static const struct source_ops ops = { next, release };
    static const char *const transactions[] = { "sessions", "[]", "transactions", "[]", NULL };
    static const char *const protocol[] = { "sessions", "[]", "protocol", NULL };
    static const struct json_slices_spec spec = { transactions, protocol };
    AUTO(freep) struct replay_source *replay = xcalloc(1, sizeof *replay);
    struct span head;

    source_init(&replay->base, &ops, &format_proxy_verifier, input, options);
    int rc = input_peek(input, 1024, &head, err);
    if (rc < 0)
        return rc;
    if (span_starts(without_mark(head), SPAN("{")))
        replay->slices = json_slices_new(&spec, read_chunk, input);
    else
        rc = open_yaml(replay, input, err);
    if (rc < 0)
        return rc;
    *ret = &replay->base;
    replay = NULL; /* handed over */
    return 0;
}

const struct source_format format_proxy_verifier = {
    .name = "proxy-verifier",
    .summary = "Proxy Verifier and Traffic Server traffic_dump replay files, JSON or YAML",
    .sniff = sniff,
    .open = open_replay,
};
