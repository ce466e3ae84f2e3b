/*
 * A session of any bytes: what is found to be bound stands at both ends of the binding.
 * Messages are divided by lines of "--"; the first line of each is a target.
 */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/flow.h"
#include "rehearse/session/value_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 8 };

struct session {
    struct exchange at[MOST];
    size_t len;
    struct arena arena;
};

static void add_message(struct session *s, struct span text)
{
    static const char *const types[] = { "text/html", "application/json", "",
                                         "application/x-www-form-urlencoded" };
    struct exchange x = exchange_blank();
    struct span target = span_cut(&text, '\n');
    struct span request = text;
    ptrdiff_t gap = span_find(text, SPAN("\n\n"));
    struct span answer = SPAN_NONE;
    if (gap >= 0) {
        request = span_head(text, (size_t)gap);
        answer = span_from(text, (size_t)gap + 2);
    }
    struct span type = span_of(types[target.len % 4]);
    x.session = 1;
    x.seq = (uint32_t)s->len;
    x.request.method = request.len ? SPAN("POST") : SPAN("GET");
    x.request.target = target.len ? target : SPAN("/");
    x.request.body = request;
    x.response.status = 200;
    x.response.body = answer;
    http_fields_add(&x.request.fields, &s->arena, SPAN("Content-Type"), type);
    http_fields_add(&x.request.fields, &s->arena, SPAN("Cookie"), span_head(request, 60));
    http_fields_add(&x.response.fields, &s->arena, SPAN("Content-Type"), type);
    http_fields_add(&x.response.fields, &s->arena, SPAN("Location"), span_head(answer, 60));
    http_fields_add(&x.response.fields, &s->arena, SPAN("Set-Cookie"), span_head(answer, 60));
    s->at[s->len++] = x;
}

static int check(void *ctx, const struct flow_binding *b)
{
    struct session *s = ctx;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct value_change change = { .sink = b->sink, .value = SPAN_NONE };
    assert(b->session == 1 && b->seq < s->len && b->source.len && b->sink.len);
    value_sinks_change(&s->at[b->seq].request, &change, 1, &arena);
    assert(change.was.len);
    if (b->source_seq == FLOW_NO_SOURCE)
        return 0;
    assert(b->source_seq < b->seq);
    struct value_wanted wanted = { .place = b->source };
    value_sources_find(&s->at[b->source_seq], &wanted, 1, &arena);
    assert(span_eq(wanted.value, change.was));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session s = { .arena = ARENA_INIT };
    struct span rest = span_make((const char *)data, size);
    const struct flow_options options = { .found = check, .ctx = &s, .slots = 1 << 12 };
    while (s.len < MOST && rest.len) {
        ptrdiff_t end = span_find(rest, SPAN("\n--\n"));
        add_message(&s, end < 0 ? rest : span_head(rest, (size_t)end));
        rest = end < 0 ? SPAN_NONE : span_from(rest, (size_t)end + 4);
    }
    if (s.len) {
        AUTO(flow_freep) struct flow *flow = flow_new(&options);
        for (size_t i = 0; i < s.len; i++)
            flow_meet(flow, &s.at[i], &s.arena);
        int rc = flow_search(flow, s.at, s.len);
        assert(rc == 0);
        rc = flow_end(flow);
        assert(rc == 0);
    }
    arena_release(&s.arena);
    return 0;
}
