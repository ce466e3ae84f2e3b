#include "made.h"

#include "parts.h"
#include "rehearse/http/url.h"

/* A map's value may be made of maps, whose values are: two of each make 2^32 in 32 steps. */
static const uint64_t WORK_MAX = 4 * 1000 * 1000;

struct making {
    const struct http_request *request;
    struct strbuf slots[MADE_SLOTS_MAX];
    const struct pattern_groups *groups; /* of the pattern that led here; NULL: none did */
    uint64_t work;                       /* left */
    unsigned depth;
};

static void add_text(struct making *m, struct strbuf *out, const struct made_text *text);

/* ---- what the request has ---- */

static struct span query_of(const struct http_request *r)
{
    struct span query = r->target;
    span_cut(&query, '?');
    return query;
}

/* In lower case and without the port. */
static void add_host(struct strbuf *out, struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    size_t start = out->len;
    if (colon >= 0 && span_find_char(span_from(authority, (size_t)colon), ']') < 0)
        authority = span_head(authority, (size_t)colon);
    strbuf_add_span(out, authority);
    for (size_t i = start; i < out->len; i++)
        out->buf[i] = char_lower(out->buf[i]);
}

static void add_uri(struct strbuf *out, struct span target)
{
    key_add_path(out, KEY_PATH_DECODE | KEY_PATH_SLASHES | KEY_PATH_DOTS, span_cut(&target, '?'));
    strbuf_add_span(out, SPAN("")); /* the NUL that key_add_path may leave out */
}

static void add_part(struct strbuf *out, enum made_part part, const struct http_request *r)
{
    switch (part) {
    case PART_SCHEME:
        strbuf_add_span(out, r->scheme);
        return;
    case PART_HTTPS:
        strbuf_add_str(out, span_ieq(r->scheme, SPAN("https")) ? "on" : "");
        return;
    case PART_HOST:
        add_host(out, r->authority);
        return;
    case PART_HTTP_HOST:
        strbuf_add_span(out, r->authority);
        return;
    case PART_REQUEST_URI:
        strbuf_add_span(out, r->target);
        return;
    case PART_URI:
        add_uri(out, r->target);
        return;
    case PART_ARGS:
        strbuf_add_span(out, query_of(r));
        return;
    case PART_IS_ARGS:
        strbuf_add_str(out, query_of(r).len ? "?" : "");
        return;
    case PART_METHOD:
        strbuf_add_span(out, r->method);
        return;
    }
}

/* nginx joins the lines of Cookie by "; ", those of other fields by ", ". */
static void add_input(struct strbuf *out, const struct key_input *input,
                      const struct http_request *request)
{
    AUTO(strbuf_release) struct strbuf joined = STRBUF_INIT;
    if (input->place != KEY_HEADER || !span_ieq(input->name, SPAN("Cookie"))) {
        strbuf_add_span(out, key_input_value(input, request, &joined));
        return;
    }
    const char *before = "";
    for (uint32_t i = 0; i < request->fields.len; i++) {
        if (!span_ieq(request->fields.at[i].name, SPAN("Cookie")))
            continue;
        strbuf_add_str(out, before);
        strbuf_add_span(out, span_trim(request->fields.at[i].value));
        before = "; ";
    }
}

/* ---- maps ---- */

static const struct made_text *find_entry(const struct made_map *map, struct span lower)
{
    size_t low = 0, high = map->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_cmp(map->entries[middle].match, lower) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->entry_count && span_eq(map->entries[low].match, lower)
               ? &map->entries[low].value
               : NULL;
}

static const struct made_text *find_host(const struct made_map *map, struct span lower)
{
    for (size_t i = 0; i < map->end_count; i++)
        if (span_ends(lower, map->ends[i].match) && lower.len > map->ends[i].match.len)
            return &map->ends[i].value;
    for (size_t i = 0; i < map->begin_count; i++)
        if (span_starts(lower, map->begins[i].match) && lower.len > map->begins[i].match.len)
            return &map->begins[i].value;
    return NULL;
}

/* ngx_http_map_find: patterns are not asked about an empty text. */
static const struct made_text *find(struct making *m, const struct made_map *map,
                                    struct span source, struct pattern_groups *groups)
{
    AUTO(strbuf_release) struct strbuf lower = STRBUF_INIT;
    struct span name = source;
    if (map->hostnames && span_ends(name, SPAN(".")))
        name.len--;
    strbuf_add_span(&lower, name);
    for (size_t i = 0; i < lower.len; i++)
        lower.buf[i] = char_lower(lower.buf[i]);
    const struct made_text *found = find_entry(map, strbuf_span(&lower));
    if (!found)
        found = find_host(map, strbuf_span(&lower));
    for (size_t i = 0; !found && name.len && i < map->regex_count; i++)
        if (pattern_matches(map->regexes[i].pattern, name,
                            map->regexes[i].has_groups ? groups : NULL, &m->work))
            found = &map->regexes[i].value;
    return found ? found : &map->otherwise;
}

static void add_map(struct making *m, struct strbuf *out, const struct made_map *map)
{
    AUTO(strbuf_release) struct strbuf source = STRBUF_INIT;
    struct pattern_groups groups = { .at = { { NULL, 0 } } };
    const struct pattern_groups *before = m->groups;
    if (m->depth == MADE_DEPTH_MAX)
        return;
    m->depth++;
    add_text(m, &source, &map->source);
    const struct made_text *value = find(m, map, strbuf_span(&source), &groups);
    m->groups = &groups;
    add_text(m, out, value);
    m->groups = before;
    m->depth--;
}

/* ---- texts ---- */

static void add_piece(struct making *m, struct strbuf *out, const struct made_piece *piece)
{
    switch (piece->kind) {
    case PIECE_LITERAL:
        strbuf_add_span(out, piece->literal);
        return;
    case PIECE_INPUT:
        add_input(out, &piece->input, m->request);
        return;
    case PIECE_PART:
        add_part(out, (enum made_part)piece->number, m->request);
        return;
    case PIECE_SLOT:
        strbuf_add_span(out, strbuf_span(&m->slots[piece->number]));
        return;
    case PIECE_MAP:
        add_map(m, out, piece->map);
        return;
    case PIECE_GROUP:
        if (m->groups)
            strbuf_add_span(out, m->groups->at[piece->number]);
        return;
    }
}

static void spend(struct making *m, uint64_t work)
{
    m->work -= work < m->work ? work : m->work;
}

static void add_text(struct making *m, struct strbuf *out, const struct made_text *text)
{
    size_t start = out->len;
    for (size_t i = 0; i < text->len && m->work; i++) {
        size_t before = out->len;
        add_piece(m, out, &text->pieces[i]);
        if (out->len - start > MADE_BYTES_MAX)
            strbuf_cut(out, start + MADE_BYTES_MAX);
        spend(m, 1 + (out->len > before ? out->len - before : 0));
    }
}

/* ---- set and if ---- */

static bool test(struct making *m, const struct made_op *op, struct span text,
                 struct pattern_groups *groups)
{
    AUTO(strbuf_release) struct strbuf other = STRBUF_INIT;
    if (op->kind == OP_TRUTHY)
        return text.len && !span_eq(text, SPAN("0"));
    if (op->kind == OP_MATCHES)
        return pattern_matches(op->pattern, text, groups, &m->work);
    add_text(m, &other, &op->value);
    return span_eq(text, strbuf_span(&other));
}

static void set_slot(struct making *m, const struct made_op *op)
{
    AUTO(strbuf_release) struct strbuf value = STRBUF_INIT; /* it may be made of what it was */
    add_text(m, &value, &op->value);
    strbuf_clear(&m->slots[op->slot]);
    strbuf_add_span(&m->slots[op->slot], strbuf_span(&value));
}

static void run_ops(struct making *m, const struct key_made *made)
{
    /* What a group is of must outlive the groups, for sets behind the test are made of them. */
    AUTO(strbuf_release) struct strbuf tested = STRBUF_INIT;
    struct pattern_groups groups = { .at = { { NULL, 0 } } };
    bool holds = false;
    for (size_t i = 0; i < made->op_count; i++) {
        const struct made_op *op = &made->ops[i];
        if (op->kind == OP_SET || (op->kind == OP_SET_IF && holds)) {
            set_slot(m, op);
        } else if (op->kind != OP_SET_IF) {
            m->groups = NULL;
            strbuf_clear(&tested);
            add_text(m, &tested, &op->text);
            holds = test(m, op, strbuf_span(&tested), &groups) != op->inverted;
            m->groups = op->kind == OP_MATCHES && !op->inverted && holds ? &groups : NULL;
        }
    }
    m->groups = NULL;
}

void key_made_add(struct strbuf *out, const struct key_made *made,
                  const struct http_request *request)
{
    struct making m = { .request = request, .work = WORK_MAX };
    for (unsigned i = 0; i < made->slots; i++)
        m.slots[i] = (struct strbuf)STRBUF_INIT;
    run_ops(&m, made);
    add_text(&m, out, &made->text);
    for (unsigned i = 0; i < made->slots; i++)
        strbuf_release(&m.slots[i]);
}
