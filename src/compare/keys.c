#include "keys.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

void keys_release(struct keys *k)
{
    map_release(&k->by_key[0]);
    map_release(&k->by_key[1]);
    free(k->witnesses);
    free(k->causes);
    arena_release(&k->arena);
    memset(k, 0, sizeof *k);
}

/* ---- the inputs of a request ---- */

enum { INPUTS_MAX = 64, INPUT_BYTES_MAX = 600 };

struct input {
    const char *where;       /* "query parameter", "cookie", "header" */
    struct span name, value; /* SPAN_NONE: not there */
};
struct inputs {
    struct input at[INPUTS_MAX];
    size_t len;
};

static void add_input(struct inputs *in, const char *where, struct span name, struct span value)
{
    if (in->len < INPUTS_MAX)
        in->at[in->len++] = (struct input){ where, name, value };
}

static void list_inputs(struct inputs *in, const struct key_witness *w)
{
    struct url url;
    struct query_item item;
    struct cookie_pair pair;
    in->len = 0;
    struct span query = url_parse(&url, w->target) ? url.query : SPAN_NONE;
    while (!span_is_none(query) && query_next(&query, &item))
        if (item.name.len)
            add_input(in, "query parameter", item.name,
                      span_is_none(item.value) ? SPAN("") : item.value);
    struct span cookies = w->cookies;
    while (cookie_next(&cookies, &pair))
        add_input(in, "cookie", pair.name, pair.value);
    add_input(in, "header", SPAN("Accept-Language"), w->language);
    add_input(in, "header", SPAN("Accept"), w->accept);
    add_input(in, "header", SPAN("Accept-Encoding"), w->encoding);
    add_input(in, "header", SPAN("Host"), w->authority);
}

static struct span value_in(const struct inputs *in, const struct input *like)
{
    for (size_t i = 0; i < in->len; i++)
        if (in->at[i].where == like->where && span_eq(in->at[i].name, like->name))
            return in->at[i].value;
    return SPAN_NONE;
}

static bool same_value(struct span a, struct span b)
{
    return span_is_none(a) == span_is_none(b) && span_eq(a, b);
}

/* The two keys, and what the two requests hold of one input: does the input show in the keys? */
static bool shows(struct span key_a, struct span key_b, struct span a, struct span b)
{
    bool a_in = !a.len || span_find(key_a, a) >= 0;
    bool b_in = !b.len || span_find(key_b, b) >= 0;
    bool apart = (a.len && span_find(key_b, a) < 0) || (b.len && span_find(key_a, b) < 0);
    return a_in && b_in && apart;
}

struct difference {
    const struct key_witness *a, *b;
    struct span key_a, key_b; /* on the side that tells the two apart */
    struct inputs in_a, in_b;
    const struct input *best;
    int best_score;
};

static void weigh(struct difference *d, const struct input *input)
{
    struct span a = value_in(&d->in_a, input), b = value_in(&d->in_b, input);
    if (same_value(a, b))
        return;
    bool named = input->name.len >= 3 &&
                 (span_ifind(d->key_a, input->name) >= 0 || span_ifind(d->key_b, input->name) >= 0);
    int score = shows(d->key_a, d->key_b, a, b) ? 3 : named ? 2 : 1;
    if (score > d->best_score) {
        d->best = input;
        d->best_score = score;
    }
}

/* Where no input can be told: the first "name=value" that only one of the keys has. */
static struct span differing_part(struct keys *k, const struct difference *d)
{
    struct span rest = d->key_a;
    while (!span_is_none(rest)) {
        struct span part = span_trim(span_cut(&rest, '|'));
        ptrdiff_t equals = span_find_char(part, '=');
        if (equals > 0 && span_find(d->key_b, part) < 0)
            return arena_printf(
                &k->arena, "part of the key %.*s",
                SPAN_ARG(span_head(part, (size_t)equals < 80 ? (size_t)equals : 80)));
    }
    return SPAN("nothing in the request");
}

/* "query parameter utm_source", in the arena. */
static struct span explain(struct keys *k, struct difference *d)
{
    list_inputs(&d->in_a, d->a);
    list_inputs(&d->in_b, d->b);
    for (size_t i = 0; i < d->in_b.len; i++)
        weigh(d, &d->in_b.at[i]);
    for (size_t i = 0; i < d->in_a.len; i++)
        weigh(d, &d->in_a.at[i]);
    if (d->best_score < 2)
        return differing_part(k, d);
    return arena_printf(&k->arena, "%s %.*s", d->best->where,
                        SPAN_ARG(span_head(d->best->name, 80)));
}

/* ---- partitions ---- */

static struct span keep(struct keys *k, struct span s)
{
    return span_is_none(s) ? s : arena_copy(&k->arena, span_head(s, INPUT_BYTES_MAX));
}

static struct key_witness witness_view(const struct keyed_pair *pair, bool staging)
{
    const struct http_request *r = &pair->production->request;
    return (struct key_witness){
        .other = hash64(staging ? pair->production_key : pair->staging_key),
        .key = staging ? pair->staging_key : pair->production_key,
        .other_key = staging ? pair->production_key : pair->staging_key,
        .target = r->target,
        .authority = r->authority,
        .language = http_fields_value(&r->fields, SPAN("Accept-Language")),
        .cookies = http_fields_value(&r->fields, SPAN("Cookie")),
        .accept = http_fields_value(&r->fields, SPAN("Accept")),
        .encoding = http_fields_value(&r->fields, SPAN("Accept-Encoding")),
    };
}

static struct key_witness witness_kept(struct keys *k, struct key_witness w)
{
    struct span *const texts[] = { &w.key,      &w.other_key, &w.target, &w.authority,
                                   &w.language, &w.cookies,   &w.accept, &w.encoding };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = keep(k, *texts[i]);
    return w;
}

static void blame(struct keys *k, const struct keyed_pair *pair, bool merge, struct span input,
                  struct examples *examples)
{
    size_t i = 0;
    while (i < k->cause_len && (k->causes[i].route != pair->route || k->causes[i].merge != merge ||
                                !span_eq(k->causes[i].input, input)))
        i++;
    if (i == k->cause_len) {
        if (k->cause_len >= KEY_CAUSES_MAX)
            return;
        k->causes = array_room(k->causes, &k->cause_cap, i + 1, sizeof *k->causes);
        k->causes[k->cause_len++] = (struct key_cause){
            .route = pair->route, .merge = merge, .input = input, .last_session = UINT32_MAX
        };
    }
    struct key_cause *cause = &k->causes[i];
    if (cause->events < FINDING_EXAMPLES)
        cause->examples[cause->events] = examples_keep(examples, pair->production, pair->staging,
                                                       pair->production_key, pair->staging_key);
    cause->events++;
    cause->sessions += cause->last_session != pair->session;
    cause->last_session = pair->session;
}

/* `merge`: filed by staging's key, told apart by production's; else the reverse. */
static void file_under(struct keys *k, const struct keyed_pair *pair, bool merge,
                       struct examples *examples)
{
    struct key_witness now = witness_view(pair, merge);
    struct map *map = &k->by_key[merge];
    uint64_t key = hash64(now.key);
    uint64_t *known = map_get(map, key);
    if (!known) {
        if (map->len >= KEYED_MAX)
            return;
        map_put(map, key, k->len, NULL);
        k->witnesses = array_room(k->witnesses, &k->cap, k->len + 1, sizeof *k->witnesses);
        k->witnesses[k->len++] = witness_kept(k, now);
        return;
    }
    struct key_witness *first = &k->witnesses[*known];
    if (first->other == now.other)
        return;
    struct difference d = {
        .a = first, .b = &now, .key_a = first->other_key, .key_b = now.other_key, .best_score = 0
    };
    blame(k, pair, merge, explain(k, &d), examples);
    /* A request whose two keys agree stands for the rule, one whose keys differ for the exception.
     */
    if (span_eq(now.key, now.other_key) && !span_eq(first->key, first->other_key))
        *first = witness_kept(k, now);
}

void keys_add(struct keys *k, const struct keyed_pair *pair, struct examples *examples)
{
    k->compared++;
    file_under(k, pair, false, examples);
    file_under(k, pair, true, examples);
}
