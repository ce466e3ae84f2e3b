#include "entry.h"

#include "rehearse/http/coding.h"

/* What is in the plan stays where it is: the plan is let go through the journal. The rest is
 * copied. */
static struct span kept(const struct planned *planned, struct span s, struct arena *arena)
{
    const char *from = (const char *)planned;
    if (s.ptr >= from && s.ptr < from + planned->bytes)
        return s;
    return arena_copy(arena, s);
}

static struct http_fields kept_fields(const struct planned *planned,
                                      const struct http_fields *fields, struct arena *arena)
{
    struct http_fields copy = { NULL, 0, 0 };
    if (fields->len == 0)
        return copy;
    copy.at = arena_alloc(arena, fields->len * sizeof *copy.at);
    copy.len = copy.cap = fields->len;
    for (uint32_t i = 0; i < fields->len; i++) {
        const struct http_field *f = &fields->at[i];
        copy.at[i] =
            (struct http_field){ kept(planned, f->name, arena), kept(planned, f->value, arena), 0 };
    }
    return copy;
}

static struct http_request kept_request(const struct planned *planned, const struct http_request *r,
                                        struct arena *arena)
{
    return (struct http_request){
        .method = kept(planned, r->method, arena),
        .scheme = kept(planned, r->scheme, arena),
        .authority = kept(planned, r->authority, arena),
        .target = kept(planned, r->target, arena),
        .version = kept(planned, r->version, arena),
        .fields = kept_fields(planned, &r->fields, arena),
        .body = kept(planned, r->body, arena),
        .body_bytes = r->body_bytes,
    };
}

struct exchange *entry_put(struct journal_batch *batch, const struct planned *planned, size_t index,
                           const struct outgoing *out)
{
    struct arena *arena = journal_batch_arena(batch);
    struct exchange *x = journal_put(batch, planned->attempt);
    x->session = planned->session;
    x->planned = planned->exchanges[index].seq;
    x->marks = out->marks;
    x->request = kept_request(planned, &out->wire, arena);
    x->note = arena_copy(arena, out->note);
    journal_put_restored(batch, out->restored);
    return x;
}

void entry_not_sent(struct exchange *x, const char *reason, const char *sign, struct arena *arena)
{
    x->marks |= MARK_NOT_SENT;
    x->note = sign ? arena_printf(arena, "%s (%s)", reason, sign) : span_of(reason);
}

static void take_body(struct exchange *x, const struct transport_answer *answer, size_t body_max,
                      struct arena *arena)
{
    struct span coding = http_fields_joined(&x->response.fields, SPAN("Content-Encoding"), arena);
    x->response.body_bytes = answer->body_cut ? -1 : (int64_t)answer->body.len;
    if (answer->body_cut)
        x->marks |= MARK_RESPONSE_BODY_CUT;
    if (span_is_none(coding) || answer->body.len == 0) {
        x->response.body = arena_copy(arena, answer->body);
        return;
    }
    AUTO(strbuf_release) struct strbuf plain = STRBUF_INIT;
    int rc = content_decode(&plain, answer->body, coding, body_max, NULL);
    if (rc == E_LIMIT)
        x->marks |= MARK_RESPONSE_BODY_CUT;
    else if (rc < 0 && !answer->body_cut)
        x->marks |= MARK_BODY_UNDECODABLE;
    if (rc == 0 || rc == E_LIMIT || plain.len > 0)
        x->response.body = arena_copy(arena, strbuf_span(&plain));
}

static void take_fields(struct exchange *x, const struct transport_answer *answer,
                        struct arena *arena)
{
    size_t bad;
    struct span block = arena_copy(arena, answer->block);
    x->marks |= MARK_ALL_RESPONSE_FIELDS;
    if (http_fields_parse(&x->response.fields, block, arena, &bad) < 0 && !answer->failure)
        x->note = SPAN("a response field is not of the form name: value");
}

void entry_answer(struct exchange *x, const struct transport_answer *answer, size_t body_max,
                  struct arena *arena)
{
    x->first_byte_us = answer->first_byte_us;
    x->duration_us = answer->duration_us;
    x->response.status = answer->status;
    x->response.version = answer->version;
    x->request.version = answer->version;
    x->marks |= MARK_ALL_REQUEST_FIELDS;
    if (answer->status > 0)
        take_fields(x, answer, arena);
    if (answer->failure) {
        x->marks |= MARK_FAILED;
        x->note = span_of(answer->failure);
        return;
    }
    take_body(x, answer, body_max, arena);
}
