#include "flow_uses.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "rehearse/http/url.h"
#include "value_template.h"
#include "value_text.h"

struct collector {
    struct arena *arena;   /* of what stays */
    struct arena *scratch; /* of one request */
    struct value_names names;
    struct strbuf text;
    struct use *at; /* owned until the end */
    size_t len, cap;
    size_t of_request;
    const struct exchange *x;
    struct span target; /* of x, as it stands in the arena */
    uint64_t template_;
    struct url_part parts[URL_MAX_PARTS];
    unsigned part_count;
    bool after_write;
};

bool field_is_browsers(struct span name)
{
    static const char *const names[] = {
        "Accept",
        "Accept-Charset",
        "Accept-Encoding",
        "Accept-Language",
        "Cache-Control",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
        "DNT",
        "Expect",
        "Forwarded",
        "From",
        "If-Modified-Since",
        "If-None-Match",
        "If-Unmodified-Since",
        "Host",
        "Keep-Alive",
        "Next-Action",
        "Next-Router-State-Tree",
        "Origin",
        "Pragma",
        "Priority",
        "Range",
        "Referer",
        "Save-Data",
        "TE",
        "Traceparent",
        "Tracestate",
        "Upgrade",
        "User-Agent",
        "Via",
        "X-Real-IP",
        "X-Request-ID",
    };
    if (span_istarts(name, SPAN("Sec-")) || span_istarts(name, SPAN("X-Forwarded-")))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(name, span_of(names[i])))
            return true;
    return false;
}

/* Items that name a release: all visitors of one share them, and nothing here finds staging's yet. */
static bool names_a_build(const struct value_at *at)
{
    return at->kind == VALUE_QUERY &&
           (span_eq(at->name, SPAN("_rsc")) || span_eq(at->name, SPAN("dpl")) ||
            span_eq(at->name, SPAN("v")) || span_eq(at->name, SPAN("ver")));
}

enum worth sink_worth(const struct value_at *at)
{
    enum worth worth = value_worth(at->value);
    if (worth == WORTH_NOTHING || names_a_build(at))
        return WORTH_NOTHING;
    if (at->kind == VALUE_HEADER && field_is_browsers(at->name))
        return WORTH_NOTHING;
    /* A number in a field is a length, an age, a limit, unless its name says that it is none. */
    if (at->kind == VALUE_HEADER && worth == WORTH_WEAK && !noun_of_name(at->name).is_id)
        return WORTH_NOTHING;
    if (at->kind == VALUE_COOKIE && worth == WORTH_WEAK)
        return WORTH_NOTHING;
    if (at->kind == VALUE_PATH && !value_is_identifier(at->value))
        return WORTH_NOTHING;
    return worth;
}

/* Which variable part of the target a segment or an item is: the N of a link to it. */
static uint32_t part_of(const struct collector *c, const struct value_at *at)
{
    for (unsigned i = 0; i < c->part_count; i++) {
        const struct url_part *p = &c->parts[i];
        bool is_item = !span_is_none(p->name);
        if (is_item != (at->kind == VALUE_QUERY))
            continue;
        struct span value = url_decode(p->raw, is_item, c->scratch);
        if (span_eq(value, at->value))
            return i + 1;
    }
    return 0;
}

static struct span on_sink(void *ctx, const struct value_at *at)
{
    struct collector *c = ctx;
    if (c->of_request == USES_A_REQUEST || c->len == USES_MAX)
        return SPAN_NONE;
    struct span sink = value_names_next(&c->names, at);
    enum worth worth = sink_worth(at);
    if (worth == WORTH_NOTHING)
        return SPAN_NONE;
    c->of_request++;
    c->at = array_room(c->at, &c->cap, c->len + 1, sizeof *c->at);
    bool in_url = at->kind == VALUE_PATH || at->kind == VALUE_QUERY;
    c->at[c->len++] = (struct use){ .seq = c->x->seq,
                                    .kind = at->kind,
                                    .worth = worth,
                                    .after_write = c->after_write,
                                    .value = hash64(at->value),
                                    .template_ = c->template_,
                                    .part = in_url ? part_of(c, at) : 0,
                                    .noun = noun_of_place(at, c->target),
                                    .sink = arena_copy(c->arena, sink),
                                    .leaf = arena_copy(c->arena, value_at_leaf(at)),
                                    .target = c->target };
    return SPAN_NONE;
}

static void collect(struct collector *c, struct exchange *x)
{
    c->x = x;
    c->of_request = 0;
    value_names_clear(&c->names);
    if (belongs_to_a_build(x->request.target))
        return;
    strbuf_clear(&c->text);
    value_add_template(&c->text, x->request.target);
    c->template_ = hash64(strbuf_span(&c->text));
    c->target = arena_copy(c->arena, x->request.target);
    c->part_count = url_parts(c->target, c->parts);
    value_sinks(&x->request, on_sink, c, c->scratch);
    c->after_write |= !method_is_safe(x->request.method);
}

struct uses uses_of(struct exchange *exchanges, size_t count, struct arena *arena)
{
    AUTO(arena_release) struct arena scratch = ARENA_INIT;
    struct collector *c = xcalloc(1, sizeof *c);
    c->arena = arena;
    c->scratch = &scratch;
    c->names = (struct value_names)VALUE_NAMES_INIT;
    c->text = (struct strbuf)STRBUF_INIT;
    for (size_t i = 0; i < count; i++) {
        collect(c, &exchanges[i]);
        arena_clear(&scratch);
    }
    struct uses uses = { arena_alloc(arena, (c->len + 1) * sizeof *c->at), c->len };
    if (c->len)
        memcpy(uses.at, c->at, c->len * sizeof *c->at);
    free(c->at);
    value_names_release(&c->names);
    strbuf_release(&c->text);
    free(c);
    return uses;
}
