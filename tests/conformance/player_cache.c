#include "player_cache.h"

#include <string.h>

#include "rehearse/cache/validation.h"
#include "rehearse/http/method.h"

/* One request on its way through the cache. */
struct visit {
    struct play_engine *engine;
    struct play_origin *origin;
    const struct http_request *request;
    struct span uri;
    int64_t now_s;
    struct arena *arena;
    /* What is stored under the key, and which entry each is. */
    struct stored_response candidates[PLAY_ENTRIES_MAX];
    size_t entry_of[PLAY_ENTRIES_MAX];
    size_t count;
    struct cache_decision decision;
    struct http_response *ret;
};

static struct span uri_of(const struct http_request *request, struct arena *arena)
{
    return arena_printf(arena, "%.*s://%.*s%.*s", SPAN_ARG(request->scheme),
                        SPAN_ARG(request->authority), SPAN_ARG(request->target));
}

static struct stored_response stored_of(const struct play_entry *e)
{
    return (struct stored_response){ &e->asked, &e->response,   NULL,
                                     e->times,  e->invalidated, e->part };
}

static void find_candidates(struct visit *v)
{
    v->count = 0;
    for (size_t i = 0; i < v->engine->len; i++) {
        if (!span_eq(v->engine->entries[i].uri, v->uri))
            continue;
        v->entry_of[v->count] = i;
        v->candidates[v->count++] = stored_of(&v->engine->entries[i]);
    }
}

static struct play_entry *chosen(const struct visit *v)
{
    ptrdiff_t at = v->decision.candidate;
    return at < 0 ? NULL : &v->engine->entries[v->entry_of[at]];
}

/* Answers out of the store. */
static void serve(struct visit *v, const struct play_entry *e, const struct cache_decision *d)
{
    struct stored_response stored = stored_of(e);
    struct http_response *r = v->ret;
    *r = e->response;
    r->fields = cache_answer_fields(v->engine->policy, &stored, d, v->arena, &r->status);
    if (d->step == CACHE_PART)
        r->body = span_make(e->response.body.ptr + d->from, (size_t)(d->to - d->from));
    if (d->step == CACHE_NOT_MODIFIED || d->step == CACHE_UNSATISFIABLE)
        r->body = SPAN_NONE;
    if (span_eq(v->request->method, SPAN("HEAD")))
        r->body = SPAN_NONE;
}

static void settle(struct visit *v, const struct play_entry *e)
{
    struct stored_response stored = stored_of(e);
    struct cache_decision d = cache_settle(v->engine->policy, v->request, &stored, v->now_s);
    serve(v, e, &d);
}

static void refuse(struct visit *v, int status)
{
    *v->ret = exchange_blank().response;
    v->ret->status = status;
    v->ret->body = SPAN("no answer");
}

/* What the origin said goes to the client, without what belonged to the connection. */
static void pass_on(struct visit *v, const struct http_response *response)
{
    struct http_fields all = response->fields;
    *v->ret = *response;
    v->ret->fields = (struct http_fields){ 0 };
    for (uint32_t i = 0; i < all.len; i++)
        if (field_is_stored(&all, all.at[i].name) &&
            !(v->engine->policy->strips_surrogate_control &&
              span_ieq(all.at[i].name, SPAN("Surrogate-Control"))))
            http_fields_add(&v->ret->fields, v->arena, all.at[i].name, all.at[i].value);
}

static void drop(struct play_engine *engine, size_t at)
{
    memmove(&engine->entries[at], &engine->entries[at + 1],
            (engine->len - at - 1) * sizeof *engine->entries);
    engine->len--;
}

/* The place of the variant this request selects, or a new one. */
static struct play_entry *place_for(struct visit *v, const struct http_response *response)
{
    struct vary vary = vary_of(&response->fields, v->arena);
    AUTO(strbuf_release) struct strbuf mine = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf its = STRBUF_INIT;
    struct play_engine *engine = v->engine;

    variant_key_add(&mine, &vary, v->request);
    for (size_t i = 0; i < engine->len; i++) {
        strbuf_clear(&its);
        variant_key_add(&its, &vary, &engine->entries[i].asked);
        if (span_eq(engine->entries[i].uri, v->uri) &&
            span_eq(strbuf_span(&its), strbuf_span(&mine))) {
            drop(engine, i);
            break;
        }
    }
    if (engine->len == PLAY_ENTRIES_MAX)
        drop(engine, 0);
    return &engine->entries[engine->len++];
}

static struct play_entry *store(struct visit *v, const struct http_response *response,
                                struct exchange_times times)
{
    struct play_entry *e = place_for(v, response);
    *e = (struct play_entry){
        .uri = v->uri, .asked = *v->request, .response = *response, .times = times
    };
    e->response.fields = cache_fields_to_store(v->engine->policy, &response->fields, v->arena);
    if (response->status == 206)
        held_part_of(response, &e->part);
    return e;
}

static void freshen(struct visit *v, struct play_entry *e, const struct http_response *response,
                    struct exchange_times times)
{
    e->response.fields =
        cache_fields_update(v->engine->policy, &e->response.fields, &response->fields, v->arena);
    e->times = times;
    e->invalidated = false;
}

/* Section 3.4: two parts that touch become one; else the new one takes the place of the old. */
static struct play_entry *combine(struct visit *v, struct play_entry *e,
                                  const struct http_response *response, struct exchange_times times)
{
    struct held_part part = { 0 };
    if (!held_part_of(response, &part) || part.first > e->part.last + 1 ||
        part.last + 1 < e->part.first)
        return store(v, response, times);
    int64_t first = part.first < e->part.first ? part.first : e->part.first;
    int64_t last = part.last > e->part.last ? part.last : e->part.last;
    char *bytes = arena_alloc(v->arena, (size_t)(last - first + 1));
    memcpy(bytes + (e->part.first - first), e->response.body.ptr, e->response.body.len);
    memcpy(bytes + (part.first - first), response->body.ptr, response->body.len);
    freshen(v, e, response, times);
    e->response.body = span_make(bytes, (size_t)(last - first + 1));
    e->response.body_bytes = last - first + 1;
    e->part.first = first;
    e->part.last = last;
    if (first == 0 && last + 1 == e->part.complete) {
        e->part = (struct held_part){ 0 };
        e->response.status = 200;
    }
    return e;
}

static void invalidate(struct visit *v, const struct http_response *response)
{
    struct cache_invalidation gone =
        cache_invalidation_of(v->engine->policy, v->request, response, v->arena);
    for (size_t i = 0; i < gone.count; i++)
        for (size_t k = 0; k < v->engine->len; k++)
            if (span_eq(v->engine->entries[k].uri, gone.uris[i]))
                v->engine->entries[k].invalidated = true;
}

/* What the origin is asked: with this cache's fields and method. */
static void ask(struct visit *v, const struct cache_decision *decision,
                const struct stored_response *stored, struct http_response *response)
{
    const struct cache_policy *policy = v->engine->policy;
    struct http_request out = *v->request;
    int tries = policy->retries_failures && method_is_safe(v->request->method) ? 2 : 1;
    out.method = cache_forward_method(policy, v->request, decision);
    out.fields = cache_forward_fields(policy, v->request, decision, stored, v->arena);
    while (tries--) {
        if (!play_origin_answer(v->origin, &out, response))
            *response = exchange_blank().response;
        if (policy->fails_on_transfer_coding &&
            !span_is_none(http_fields_value(&response->fields, SPAN("Transfer-Encoding"))))
            *response = (struct http_response){ .status = 502, .body = SPAN("bad coding") };
        if (response->status != 500 && response->status != 503)
            break;
    }
}

static void take(struct visit *v, const struct cache_reception *got,
                 const struct http_response *response, struct exchange_times times)
{
    struct play_entry *e = chosen(v);
    if (got->invalidates)
        invalidate(v, response);
    if (got->outdates && e)
        e->invalidated = true;
    switch (got->taking) {
    case CACHE_STORE:
        e = store(v, response, times);
        if (v->decision.step == CACHE_VALIDATE)
            settle(v, e);
        else
            pass_on(v, response);
        return;
    case CACHE_FRESHEN:
        freshen(v, e, response, times);
        settle(v, e);
        return;
    case CACHE_COMBINE:
        settle(v, combine(v, e, response, times));
        return;
    case CACHE_SERVE_STALE: {
        struct stored_response stored = stored_of(e);
        struct cache_decision d = cache_settle(v->engine->policy, v->request, &stored, v->now_s);
        serve(v, e, &d);
        return;
    }
    case CACHE_FAIL:
        refuse(v, 504);
        return;
    case CACHE_ASK_AGAIN:
    case CACHE_PASS_ON:
        pass_on(v, response);
        return;
    }
}

static void go_forward(struct visit *v)
{
    struct play_entry *e = chosen(v);
    struct stored_response held = e ? stored_of(e) : (struct stored_response){ 0 };
    struct exchange_times times = { v->now_s, v->now_s };
    const struct cache_policy *policy = v->engine->policy;
    struct http_request sent = *v->request; /* a HEAD may be sent, and is taken, as GET */
    struct http_response response;

    sent.method = cache_forward_method(policy, v->request, &v->decision);
    ask(v, &v->decision, e ? &held : NULL, &response);
    struct cache_reception got =
        cache_receive(policy, &sent, &v->decision, e ? &held : NULL, &response, times, v->now_s);
    if (got.taking == CACHE_ASK_AGAIN) {
        v->decision.step = CACHE_FORWARD;
        v->decision.candidate = -1;
        ask(v, &v->decision, NULL, &response);
        got = cache_receive(policy, &sent, &v->decision, NULL, &response, times, v->now_s);
    }
    take(v, &got, &response, times);
    if (span_eq(v->request->method, SPAN("HEAD")))
        v->ret->body = SPAN_NONE;
}

static bool answer(void *self, struct play_origin *origin, const struct http_request *request,
                   int64_t now_s, struct arena *arena, struct http_response *ret)
{
    struct visit v = { .engine = self,
                       .origin = origin,
                       .request = request,
                       .uri = uri_of(request, arena),
                       .now_s = now_s,
                       .arena = arena,
                       .ret = ret };
    find_candidates(&v);
    v.decision = cache_decide(v.engine->policy, request, v.candidates, v.count, now_s);
    if (cache_step_is_hit(v.decision.step))
        serve(&v, chosen(&v), &v.decision);
    else if (v.decision.step == CACHE_REFUSE)
        refuse(&v, 504);
    else
        go_forward(&v);
    return true;
}

struct play_cache play_engine_start(struct play_engine *engine, const struct cache_policy *policy)
{
    engine->policy = policy;
    engine->len = 0;
    return (struct play_cache){ engine, answer };
}
