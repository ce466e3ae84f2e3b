#include "verify.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"

/* Pairs remembered; a server with ever new fields makes us forget, not grow. */
enum { REMEMBERED_MAX = 32768 };
/* Blocks of more fields than this are not compared field by field: each with each would take too
 * long. */
enum { COMPARED_FIELDS_MAX = 1000 };

struct verifier {
    struct map verdicts; /* hash of the two blocks -> 1 when they say the same */
};

struct verifier *verifier_new(void)
{
    return xcalloc(1, sizeof(struct verifier));
}

void verifier_free(struct verifier *verifier)
{
    if (!verifier)
        return;
    map_release(&verifier->verdicts);
    free(verifier);
}

/* Fields whose value differs from answer to answer by nature, and those of the connection. */
static bool varies_by_nature(struct span name)
{
    static const struct span names[] = {
        { "Date", 4 },
        { "Age", 3 },
        { "Expires", 7 },
        { "Last-Modified", 13 },
        { "ETag", 4 },
        { "Set-Cookie", 10 },
        { "Content-Length", 14 },
        { "Location", 8 },
        { "Link", 4 },
        { "Via", 3 },
        { "Server-Timing", 13 },
        { "X-Request-Id", 12 },
        { "X-Cache", 7 },
        { "X-Varnish", 9 },
        { "CF-Ray", 6 },
        { "Content-Security-Policy", 23 },
        { "Report-To", 9 },
        { "X-Timer", 7 },
        { "X-Runtime", 9 },
        { "Access-Control-Allow-Origin", 27 },
        { "Content-Encoding", 16 },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(names[i], name))
            return true;
    return false;
}

static bool of_the_connection(struct span name)
{
    static const struct span names[] = {
        { "Connection", 10 }, { "Keep-Alive", 10 },     { "Transfer-Encoding", 17 },
        { "Alt-Svc", 7 },     { "Content-Length", 14 }, { "Upgrade", 7 },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(names[i], name))
            return true;
    return false;
}

static bool has_same(const struct http_fields *fields, const struct http_field *f)
{
    for (uint32_t i = 0; i < fields->len; i++)
        if (span_ieq(fields->at[i].name, f->name) && !span_is_none(fields->at[i].value) &&
            (varies_by_nature(f->name) || span_eq(fields->at[i].value, f->value)))
            return true;
    return false;
}

/* Every field of `a` is in `b`. */
static bool within(const struct http_fields *a, const struct http_fields *b)
{
    for (uint32_t i = 0; i < a->len; i++)
        if (!of_the_connection(a->at[i].name) && !span_is_none(a->at[i].value) &&
            !has_same(b, &a->at[i]))
            return false;
    return true;
}

static bool say_the_same(const struct exchange *recorded, const struct exchange *answered)
{
    if (recorded->response.fields.len > COMPARED_FIELDS_MAX ||
        answered->response.fields.len > COMPARED_FIELDS_MAX)
        return false;
    if (!within(&recorded->response.fields, &answered->response.fields))
        return false;
    /* A log that holds some fields says nothing of the others. */
    return !(recorded->marks & MARK_ALL_RESPONSE_FIELDS) ||
           within(&answered->response.fields, &recorded->response.fields);
}

static uint64_t hash_of_recorded(const struct exchange *recorded)
{
    uint64_t h = recorded->marks & MARK_ALL_RESPONSE_FIELDS;
    for (uint32_t i = 0; i < recorded->response.fields.len; i++) {
        const struct http_field *f = &recorded->response.fields.at[i];
        h = hash_mix(h, f->id ? f->id : hash64(f->name));
        if (!f->id)
            h = hash_mix(h, span_is_none(f->value) ? 0 : hash64(f->value) | 1);
    }
    return h;
}

struct verdict_on_answer verifier_check(struct verifier *verifier, const struct exchange *recorded,
                                        const struct exchange *answered, struct span block)
{
    struct verdict_on_answer verdict = { false, false, false, false };
    if (recorded->response.status == 0 ||
        recorded->marks & (MARK_CLIENT_ABORTED | MARK_RECORDED_304))
        return verdict;
    verdict.status_known = true;
    verdict.status_same = recorded->response.status == answered->response.status;
    if (recorded->response.fields.len == 0)
        return verdict;

    bool fresh;
    if (verifier->verdicts.len >= REMEMBERED_MAX)
        map_clear(&verifier->verdicts);
    uint64_t *known = map_put(&verifier->verdicts,
                              hash_mix(hash_of_recorded(recorded), hash64(block)), 0, &fresh);
    if (fresh)
        *known = say_the_same(recorded, answered);
    verdict.fields_known = true;
    verdict.fields_same = *known;
    return verdict;
}
