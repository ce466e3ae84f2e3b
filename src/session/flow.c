/* The second round: what answers gave, and which requests carry it. */
#include "flow_state.h"

#include <assert.h>
#include <stdlib.h>

#include "flow_sources.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "rehearse/session/binding.h"

struct flow *flow_new(const struct flow_options *options)
{
    struct flow *flow = xcalloc(1, sizeof *flow);
    flow->options = *options;
    flow->slots = options->slots ? options->slots : VALUE_SLOTS;
    flow->sessions = xcalloc(flow->slots / SESSIONS_SHARE, sizeof *flow->sessions);
    flow->cookies = sightings_new(flow->slots / COOKIES_SHARE);
    flow->sent = sightings_new(flow->slots / SENT_SHARE);
    flow->filter_words = flow->slots / FILTER_SHARE;
    flow->filter = xcalloc(flow->filter_words, sizeof *flow->filter);
    flow->texts = (struct strset)STRSET_INIT;
    return flow;
}

void flow_free(struct flow *flow)
{
    if (!flow)
        return;
    sightings_free(flow->cookies);
    sightings_free(flow->sent);
    sightings_free(flow->given);
    sightings_free(flow->bodies);
    strset_release(&flow->texts);
    map_release(&flow->nouns);
    free(flow->sessions);
    free(flow->filter);
    free(flow->counts);
    free(flow->found);
    free(flow);
}

static uint64_t use_key(const struct use *use)
{
    return flow_value_key(use->value, use->worth, &use->noun);
}

/* ---- second round: answers ---- */

struct search {
    struct flow *flow;
    struct exchange *exchanges;
    size_t count;
    uint32_t who;
    struct arena arena;      /* of the session */
    struct arena scratch;    /* of one walk over an answer */
    struct arena body;       /* of `loaded` */
    struct exchange *loaded; /* whose body is there; or NULL */
    struct session_sources sources;
    struct map own;   /* values that the visitor brought himself */
    struct map shape; /* values bound by their shape: to the index of the use that was first */
    struct uses uses;
    bool lacks_bodies; /* an answer since the last write came without the body it had */
    /* Of the answer that is walked. */
    const struct exchange *x;
    uint32_t ordinal;
    struct span last_url; /* whose template was hashed last */
    uint64_t last_template;
    struct strbuf text;
    struct value_names names;
};

static uint64_t template_hash(struct search *s, struct span url)
{
    if (span_is_none(url))
        return 0;
    if (s->last_url.ptr != url.ptr || s->last_url.len != url.len) {
        strbuf_clear(&s->text);
        value_add_template(&s->text, url);
        s->last_template = hash64(strbuf_span(&s->text));
        s->last_url = url;
    }
    return s->last_template;
}

/* As of a request's fields: see sink_worth. */
static bool is_worth_a_look(const struct value_at *at, enum worth worth)
{
    if (worth != WORTH_WEAK || at->kind == VALUE_JSON)
        return worth != WORTH_NOTHING;
    return at->kind == VALUE_HEADER ? noun_of_name(at->name).is_id : at->kind != VALUE_COOKIE;
}

static bool on_source(void *ctx, const struct value_at *at)
{
    struct search *s = ctx;
    uint32_t ordinal = s->ordinal++;
    uint64_t hash = hash64(at->value);
    if (!flow_filter_may_hold(s->flow, hash))
        return true;
    enum worth worth = value_worth(at->value);
    if (!is_worth_a_look(at, worth))
        return true;
    struct source_record record = { .seq = s->x->seq,
                                    .ordinal = ordinal,
                                    .kind = at->kind,
                                    .noun = noun_of_place(at, s->x->request.target),
                                    .text = SPAN_NONE };
    record.key = flow_value_key(hash, worth, &record.noun);
    sightings_note(s->flow->given, record.key, s->who, NULL);
    struct carried_value *value = session_sources_find(&s->sources, hash);
    if (!value || value->last_use <= s->x->seq)
        return true;
    record.part = at->part;
    record.leaf = leaf_hash(value_at_leaf(at));
    record.url = template_hash(s, at->url);
    carried_value_add(value, &record, &s->arena);
    return true;
}

/* Pictures, films, fonts, and the files of a build: nothing of one visitor's. */
static bool holds_values(const struct exchange *x)
{
    static const char *const others[] = { "image/", "video/", "audio/", "font/", "text/css" };
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (span_istarts(type, span_of(others[i])))
            return false;
    return !belongs_to_a_build(x->request.target);
}

/* A body that several visitors were given has nothing that is one visitor's. */
static bool is_of_several(struct search *s, const struct exchange *x)
{
    uint32_t who = 0;
    enum sighted seen = sightings_of(s->flow->bodies, hash_mix(1, x->body_id), &who);
    return seen == SIGHTED_SEVERAL;
}

static void drop_body(struct search *s)
{
    if (s->loaded)
        s->loaded->response.body = SPAN_NONE;
    s->loaded = NULL;
    arena_clear(&s->body);
}

/* It stays until the next one: mostly it is the last answer that gave what is sent. */
static int load_body(struct search *s, struct exchange *x)
{
    const struct flow_options *o = &s->flow->options;
    if (!o->body || !x->body_id || x->response.body.len)
        return 0;
    drop_body(s);
    s->loaded = x;
    return o->body(o->ctx, x, &s->body);
}

static int walk_answer(struct search *s, struct exchange *x)
{
    bool wanted = holds_values(x) && !(x->body_id && is_of_several(s, x));
    int rc = wanted ? load_body(s, x) : 0;
    if (rc < 0)
        return rc;
    s->x = x;
    s->ordinal = 0;
    s->last_url = SPAN_NONE;
    value_sources(x, on_source, s, &s->scratch);
    arena_clear(&s->scratch);
    if (wanted && x->body_id)
        sightings_note(s->flow->bodies, hash_mix(1, x->body_id), s->who, NULL);
    return 0;
}

/* ---- second round: requests ---- */

static int deliver(struct flow *flow)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < flow->found_len; i++) {
        const struct found *f = &flow->found[i];
        if (f->key && sightings_of(flow->given, f->key, NULL) == SIGHTED_SEVERAL)
            continue;
        const struct flow_binding binding = { .session = f->session,
                                              .seq = f->seq,
                                              .source_seq = f->source_seq,
                                              .sink = strset_text(&flow->texts, f->sink),
                                              .source = strset_text(&flow->texts, f->source) };
        rc = flow->options.found(flow->options.ctx, &binding);
    }
    flow->found_len = 0;
    strset_release(&flow->texts);
    flow->texts = (struct strset)STRSET_INIT;
    return rc;
}

static int keep(struct search *s, const struct use *use, uint32_t source_seq, struct span source,
                uint64_t key)
{
    struct flow *flow = s->flow;
    if (flow->found_len == MAX_FOUND || flow->texts.arena.used > MAX_TEXT) {
        int rc = deliver(flow);
        if (rc < 0)
            return rc;
    }
    flow->found =
        array_room(flow->found, &flow->found_cap, flow->found_len + 1, sizeof *flow->found);
    flow->found[flow->found_len++] = (struct found){ .session = s->exchanges[0].session,
                                                     .key = key,
                                                     .seq = use->seq,
                                                     .source_seq = source_seq,
                                                     .sink = strset_add(&flow->texts, use->sink),
                                                     .source = strset_add(&flow->texts, source) };
    return 0;
}

/* The record of this very place; NULL when a later answer took its place, or nobody asks for it. */
static struct source_record *record_of(struct search *s, const struct value_at *at,
                                       uint32_t ordinal)
{
    uint64_t hash = hash64(at->value);
    struct carried_value *value =
        flow_filter_may_hold(s->flow, hash) ? session_sources_find(&s->sources, hash) : NULL;
    for (unsigned i = 0; value && i < value->len; i++)
        if (value->records[i].seq == s->x->seq && value->records[i].ordinal == ordinal)
            return &value->records[i];
    return NULL;
}

static bool on_named_source(void *ctx, const struct value_at *at)
{
    struct search *s = ctx;
    struct span text = value_names_next(&s->names, at);
    struct source_record *r = record_of(s, at, s->ordinal++);
    if (r)
        r->text = arena_copy(&s->arena, text);
    return true;
}

/*
 * The texts of the places of one answer, [N] and all: it is walked again, once, when
 * the first of its values is used.
 */
static int name_sources(struct search *s, struct exchange *x)
{
    int rc = load_body(s, x);
    if (rc < 0)
        return rc;
    s->x = x;
    s->ordinal = 0;
    value_names_clear(&s->names);
    value_sources(x, on_named_source, s, &s->scratch);
    arena_clear(&s->scratch);
    return 0;
}

static int bind(struct search *s, const struct use *use, struct source_record *r)
{
    bool is_jars = use->kind == VALUE_COOKIE && r->kind == VALUE_COOKIE;
    if (is_jars || sightings_of(s->flow->given, r->key, NULL) == SIGHTED_SEVERAL)
        return 0;
    int rc = span_is_none(r->text) ? name_sources(s, &s->exchanges[r->seq]) : 0;
    if (rc < 0)
        return rc;
    assert(r->text.len); /* the second walk meets what the first one met */
    return keep(s, use, r->seq, r->text, r->key);
}

/* The cookie of the same request that holds the same value. */
static const struct use *twin_cookie(const struct search *s, const struct use *use)
{
    if (use->worth != WORTH_STRONG || use->kind == VALUE_COOKIE)
        return NULL;
    const struct use *end = s->uses.at + s->uses.len;
    const struct use *u = use;
    while (u > s->uses.at && u[-1].seq == use->seq)
        u--;
    for (; u < end && u->seq == use->seq; u++)
        if (u->kind == VALUE_COOKIE && u->value == use->value)
            return u;
    return NULL;
}

/* ---- by shape ---- */

/* Was there a body, and it was not recorded? */
static bool lacks_its_body(const struct exchange *x)
{
    return x->response.status / 100 == 2 && x->response.status != 204 &&
           x->response.body_bytes != 0 && !x->body_id && x->response.body.len == 0 &&
           !span_eq(x->request.method, SPAN("HEAD"));
}

/* What a write made is named by the answers from it on. */
static void note_gap(struct search *s, const struct exchange *x)
{
    if (!method_is_safe(x->request.method))
        s->lacks_bodies = false;
    s->lacks_bodies |= lacks_its_body(x);
}

/* Something that visitors come upon by themselves, or that several have. */
static bool is_browsed(struct flow *flow, const struct noun *noun)
{
    const struct noun_count *count = flow_count_of(flow, noun);
    return !count || count->before >= count->after || count->shared > count->after / 10;
}

/* A name that does not say so, and yet each visitor sends a value of his own: form:cart. */
static bool is_of_each(struct flow *flow, const struct noun *noun)
{
    const struct noun_count *count = flow_count_of(flow, noun);
    return count && count->after >= ENOUGH_OF_EACH && count->shared == 0;
}

static bool is_shape_of_an_id(struct flow *flow, const struct use *use)
{
    switch (use->kind) {
    case VALUE_PATH:
        return use->part > 0;
    case VALUE_QUERY:
    case VALUE_FORM:
    case VALUE_PART:
    case VALUE_JSON:
        return use->noun.is_id || is_of_each(flow, &use->noun);
    default:
        return false;
    }
}

static bool is_by_shape(struct search *s, const struct use *use)
{
    return use->after_write && is_shape_of_an_id(s->flow, use) &&
           !binding_is_token_name(use->leaf) &&
           sightings_of(s->flow->sent, use_key(use), NULL) == SIGHTED_ONE &&
           !is_browsed(s->flow, &use->noun) && s->lacks_bodies;
}

static void add_shape_source(struct strbuf *out, const struct use *use)
{
    bool in_form = use->kind == VALUE_FORM || use->kind == VALUE_PART;
    struct value_at at = { .url = use->target, .part = use->part, .name = use->leaf };
    at.kind = use->part ? VALUE_LINK : in_form ? VALUE_INPUT : VALUE_SCRIPT;
    value_at_add_text(out, &at);
}

static int bind_by_shape(struct search *s, const struct use *use, const struct use *first)
{
    strbuf_clear(&s->text);
    s->last_url = SPAN_NONE;
    add_shape_source(&s->text, first);
    return keep(s, use, FLOW_NO_SOURCE, strbuf_span(&s->text), 0);
}

/* No answer gave this value: of a kind that one must have given, or the visitor's own. */
static int place_unsourced(struct search *s, const struct use *use)
{
    const struct use *twin = twin_cookie(s, use);
    const uint64_t *first = map_get(&s->shape, use_key(use));
    if (twin)
        return keep(s, use, FLOW_NO_SOURCE, twin->sink, 0);
    if (first) /* a link to this very page, else where the value came up first */
        return bind_by_shape(s, use, use->part ? use : &s->uses.at[*first]);
    if (is_by_shape(s, use)) {
        map_put(&s->shape, use_key(use), (uint64_t)(use - s->uses.at), NULL);
        return bind_by_shape(s, use, use);
    }
    if (use->kind != VALUE_COOKIE) /* an earlier visit left it */
        map_put(&s->own, use_key(use), 1, NULL);
    return 0;
}

static int place_use(struct search *s, const struct use *use)
{
    if (map_get(&s->own, use_key(use)))
        return 0;
    struct source_record *r =
        carried_value_source(session_sources_find(&s->sources, use->value), use);
    return r ? bind(s, use, r) : place_unsourced(s, use);
}

static int search_in_order(struct search *s)
{
    size_t next = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->count; i++) {
        for (; rc == 0 && next < s->uses.len && s->uses.at[next].seq == s->exchanges[i].seq; next++)
            rc = place_use(s, &s->uses.at[next]);
        if (rc == 0)
            rc = walk_answer(s, &s->exchanges[i]);
        note_gap(s, &s->exchanges[i]);
    }
    return rc;
}

int flow_search(struct flow *flow, struct exchange *exchanges, size_t count)
{
    struct search s = { .flow = flow,
                        .exchanges = exchanges,
                        .count = count,
                        .arena = ARENA_INIT,
                        .scratch = ARENA_INIT,
                        .body = ARENA_INIT,
                        .text = STRBUF_INIT,
                        .names = VALUE_NAMES_INIT };
    if (count == 0)
        return 0;
    if (!flow->given) {
        flow->given = sightings_new(flow->slots);
        flow->bodies = sightings_new(flow->slots / BODIES_SHARE);
    }
    s.who = flow_visitor(flow, exchanges, count);
    s.uses = uses_of(exchanges, count, &s.arena);
    session_sources_init(&s.sources, &s.uses, &s.arena);
    int rc = search_in_order(&s);
    session_sources_release(&s.sources);
    map_release(&s.own);
    map_release(&s.shape);
    arena_release(&s.arena);
    drop_body(&s);
    arena_release(&s.scratch);
    arena_release(&s.body);
    strbuf_release(&s.text);
    value_names_release(&s.names);
    return rc;
}

int flow_end(struct flow *flow)
{
    return deliver(flow);
}
