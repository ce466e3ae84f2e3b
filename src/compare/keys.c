#include "keys.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/cookie.h"
#include "request_class.h"

void keys_release(struct keys *k)
{
    map_release(&k->by_key[0]);
    map_release(&k->by_key[1]);
    map_release(&k->by_pair);
    map_release(&k->by_object);
    map_release(&k->not_inputs);
    strset_release(&k->fields);
    free(k->witnesses);
    free(k->causes);
    arena_release(&k->arena);
    memset(k, 0, sizeof *k);
}

/* ---- witnesses ---- */

enum { TEXT_BYTES_MAX = 600, FIELD_BYTES_MAX = 200, FIELD_TEXTS_MAX = 1 << 16 };

static struct span keep(struct keys *k, struct span s, size_t most)
{
    return span_is_none(s) ? s : arena_copy(&k->arena, span_head(s, most));
}

static struct span intern(struct keys *k, struct span s)
{
    return strset_text(&k->fields, strset_add(&k->fields, s));
}

/* Browsers send the same few values again and again. */
static void keep_fields(struct keys *k, const struct key_inputs *in, struct key_inputs *kept)
{
    struct key_field fields[KEY_FIELDS_MAX];
    size_t len = 0;
    for (uint32_t i = 0; in->all && i < in->all->len && len < KEY_FIELDS_MAX; i++) {
        const struct http_field *f = &in->all->at[i];
        if (k->fields.len >= FIELD_TEXTS_MAX)
            break;
        if (key_field_counts(f->name) && !span_is_none(f->value))
            fields[len++] =
                (struct key_field){ intern(k, f->name),
                                    intern(k, span_head(f->value, KEY_FIELD_BYTES_MAX)) };
    }
    if (!len)
        return;
    struct key_field *own = arena_alloc(&k->arena, len * sizeof *own);
    memcpy(own, fields, len * sizeof *own);
    kept->fields = own;
    kept->field_count = len;
}

static struct key_inputs inputs_kept(struct keys *k, const struct key_inputs *in)
{
    struct key_inputs kept = {
        .target = keep(k, in->target, TEXT_BYTES_MAX),
        .cookies = keep(k, in->cookies, TEXT_BYTES_MAX),
        .authority = keep(k, in->authority, FIELD_BYTES_MAX),
        .language = keep(k, in->language, FIELD_BYTES_MAX),
        .accept = keep(k, in->accept, FIELD_BYTES_MAX),
        .encoding = keep(k, in->encoding, FIELD_BYTES_MAX),
        .agent = keep(k, in->agent, FIELD_BYTES_MAX),
    };
    keep_fields(k, in, &kept);
    return kept;
}

/* A pair as one side files it. */
struct filing {
    const struct keyed_pair *pair;
    bool merge; /* by staging's key, told apart by production's; else the reverse */
    struct span key, other_key;
    uint64_t hash, other;
};

static struct filing filing_of(const struct keyed_pair *pair, bool merge)
{
    struct filing f = { .pair = pair,
                        .merge = merge,
                        .key = merge ? pair->staging_key : pair->production_key,
                        .other_key = merge ? pair->production_key : pair->staging_key };
    f.hash = hash64_seeded(f.key, pair->kept); /* what is kept is told apart from what is not */
    f.other = hash64_seeded(f.other_key, pair->kept);
    return f;
}

static void set_witness(struct keys *k, struct key_witness *w, const struct filing *f)
{
    const struct key_inputs inputs = key_inputs_of(&f->pair->production->request);
    w->other = f->other;
    w->body = f->pair->body;
    w->session = f->pair->session;
    w->session_id = f->pair->production->session;
    w->seq = f->pair->production->seq;
    w->credential = f->pair->credential;
    w->key = keep(k, f->key, TEXT_BYTES_MAX);
    w->other_key = keep(k, f->other_key, TEXT_BYTES_MAX);
    w->inputs = inputs_kept(k, &inputs);
}

/* ---- examples ---- */

/* "shop.example/p/1|cookie.currency=EUR": in one line. */
static struct span key_shown(struct span key, struct arena *arena)
{
    struct span copy = arena_copy(arena, span_trim(span_head(key, TEXT_BYTES_MAX)));
    char *text = arena_alloc(arena, copy.len + 1);
    for (size_t i = 0; i < copy.len; i++)
        text[i] = copy.ptr[i] == '\n' ? '|' : copy.ptr[i];
    return span_make(text, copy.len);
}

/* A cookie that selects a variant is shown: without it the two requests look the same. */
static struct span cookie_shown(struct span input, struct span cookies, struct arena *arena)
{
    struct span name = key_input_name(input);
    if (!span_eq(key_input_category(input), SPAN("cookie")) || cookie_name_is_credential(name) ||
        span_is_none(cookies))
        return SPAN_NONE;
    struct span value = cookie_value(cookies, name);
    if (span_is_none(value))
        return SPAN_NONE;
    return arena_printf(arena, "%.*s=%.*s", SPAN_ARG(name), SPAN_ARG(value_shown(value, arena)));
}

static void add_example(struct key_cause *cause, uint32_t number, struct span cookie,
                        const struct filing *f, struct examples *examples)
{
    if (!number)
        return;
    examples->at[number - 1].shown_cookie = cookie;
    memcpy(examples->at[number - 1].effect, f->pair->effect, sizeof f->pair->effect);
    cause->examples[cause->example_count++] = number;
}

static void add_field(struct http_fields *fields, struct arena *arena, struct span name,
                      struct span value)
{
    if (!span_is_none(value))
        http_fields_add(fields, arena, name, value);
}

/* The request that was filed first, made up again from what is kept of it. */
static void keep_first(struct keys *k, struct key_cause *cause, const struct key_witness *w,
                       const struct filing *f, struct examples *examples)
{
    struct exchange first = *f->pair->production, twin = *f->pair->staging;
    struct http_request *r = &first.request;
    const bool merge = f->merge;
    first.session = w->session_id;
    first.seq = w->seq;
    r->target = twin.request.target = w->inputs.target;
    r->authority = w->inputs.authority;
    r->fields = (struct http_fields){ NULL, 0, 0 };
    add_field(&r->fields, &k->arena, SPAN("Accept"), w->inputs.accept);
    add_field(&r->fields, &k->arena, SPAN("Accept-Language"), w->inputs.language);
    add_field(&r->fields, &k->arena, SPAN("User-Agent"), w->inputs.agent);
    add_field(&r->fields, &k->arena, SPAN("Cookie"), w->inputs.cookies);
    uint32_t number =
        examples_keep(examples, &first, &twin, key_shown(merge ? w->other_key : w->key, &k->arena),
                      key_shown(merge ? w->key : w->other_key, &k->arena));
    add_example(cause, number, cookie_shown(cause->input, w->inputs.cookies, &examples->arena), f,
                examples);
}

static void keep_now(struct keys *k, struct key_cause *cause, const struct filing *f,
                     struct examples *examples)
{
    const struct keyed_pair *pair = f->pair;
    struct span cookies = http_fields_value(&pair->production->request.fields, SPAN("Cookie"));
    uint32_t number = examples_keep(examples, pair->production, pair->staging,
                                    key_shown(pair->production_key, &k->arena),
                                    key_shown(pair->staging_key, &k->arena));
    add_example(cause, number, cookie_shown(cause->input, cookies, &examples->arena), f, examples);
}

/* ---- causes ---- */

enum { NO_CAUSE = 0 };

/* Its number plus 1; NO_CAUSE when there are too many. */
static uint32_t cause_of(struct keys *k, const struct filing *f, struct span input)
{
    size_t i = 0;
    while (i < k->cause_len &&
           (k->causes[i].route != f->pair->route || k->causes[i].merge != f->merge ||
            k->causes[i].kept != f->pair->kept || !span_eq(k->causes[i].input, input)))
        i++;
    if (i < k->cause_len)
        return (uint32_t)i + 1;
    if (i >= KEY_CAUSES_MAX)
        return NO_CAUSE;
    k->causes = array_room(k->causes, &k->cause_cap, i + 1, sizeof *k->causes);
    k->causes[k->cause_len++] = (struct key_cause){ .route = f->pair->route,
                                                    .merge = f->merge,
                                                    .kept = f->pair->kept,
                                                    .input = input,
                                                    .last_session = UINT32_MAX };
    return (uint32_t)i + 1;
}

/* ---- inputs that two keys do not name ---- */

/* What differs each time that the keys do. */
static void suspect(struct keys *k, struct key_cause *cause, bool is_new,
                    const struct keyed_request *a, const struct keyed_request *b)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_suspects now, *known = &cause->suspects;
    k->hidden[cause->merge] = true;
    if (is_new) {
        key_input_suspects(&a->inputs, &b->inputs, &k->arena, known);
        return;
    }
    size_t kept = 0;
    key_input_suspects(&a->inputs, &b->inputs, &arena, &now);
    for (size_t i = 0; i < known->len; i++)
        for (size_t n = 0; n < now.len; n++)
            if (span_eq(known->at[i], now.at[n])) {
                known->at[kept++] = known->at[i];
                break;
            }
    known->len = kept;
}

enum { LOOKS_MAX = 20000 };

/* Two requests with the same keys: what differs between them is in neither. */
static void clear_suspects(struct keys *k, const struct key_witness *first, const struct filing *f)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct key_suspects differing;
    if (!k->hidden[f->merge] || k->looked >= LOOKS_MAX)
        return;
    const struct key_inputs now = key_inputs_of(&f->pair->production->request);
    k->looked++;
    key_input_suspects(&first->inputs, &now, &arena, &differing);
    for (size_t i = 0; i < differing.len; i++)
        map_put(&k->not_inputs, hash64_seeded(differing.at[i], f->merge), 1, NULL);
}

static bool is_usual(struct span input)
{
    return !span_eq(key_input_category(input), SPAN("header")) ||
           !key_field_counts(key_input_name(input));
}

/* The one that is left; of several, the only one that keys are usually made of. */
static void name_hidden(const struct keys *k, struct key_cause *cause)
{
    struct span left = SPAN_NONE, usual = SPAN_NONE;
    size_t count = 0, usual_count = 0;
    for (size_t i = 0; i < cause->suspects.len; i++) {
        struct span input = cause->suspects.at[i];
        if (map_get(&k->not_inputs, hash64_seeded(input, cause->merge)))
            continue;
        left = input;
        count++;
        if (is_usual(input)) {
            usual = input;
            usual_count++;
        }
    }
    if (count == 1)
        cause->input = left;
    else if (usual_count == 1)
        cause->input = usual;
}

/* An object that is split or merged by one more input than the first: keys_sum counts it there. */
static void count_object(struct keys *k, const struct filing *f, uint32_t cause)
{
    bool made = false;
    if (k->by_object.len < KEY_PAIRS_MAX)
        map_put(&k->by_object, hash_mix(hash_mix(f->hash, f->merge), cause), 1, &made);
    k->causes[cause - 1].objects += made;
    k->causes[cause - 1].pieces += made;
}

/* Two keys that met before have the cause they had; where too many did, that of the object's first
 * meeting. */
static uint32_t find_cause(struct keys *k, const struct key_witness *first, const struct filing *f)
{
    uint64_t both = hash_mix(hash_mix(f->hash, f->other), f->merge);
    const uint64_t *known = map_get(&k->by_pair, both);
    if (known)
        return (uint32_t)*known;
    if (k->by_pair.len >= KEY_PAIRS_MAX)
        return first->cause;
    const struct keyed_request a = { first->inputs, first->other_key };
    const struct keyed_request b = { key_inputs_of(&f->pair->production->request), f->other_key };
    size_t causes = k->cause_len;
    uint32_t cause = cause_of(k, f, key_input_blamed(&a, &b, &k->arena));
    if (cause != NO_CAUSE && key_input_is_hidden(k->causes[cause - 1].input))
        suspect(k, &k->causes[cause - 1], k->cause_len > causes, &a, &b);
    map_put(&k->by_pair, both, cause, NULL);
    if (cause == NO_CAUSE)
        return cause;
    k->causes[cause - 1].pieces++;
    if (first->cause && first->cause != cause)
        count_object(k, f, cause);
    return cause;
}

static void blame(struct keys *k, struct key_witness *first, const struct filing *f,
                  struct examples *examples)
{
    uint32_t number = find_cause(k, first, f);
    if (number == NO_CAUSE)
        return;
    struct key_cause *cause = &k->causes[number - 1];
    if (!first->cause)
        first->cause = number;
    if (cause->example_count == 0)
        keep_first(k, cause, first, f, examples);
    if (cause->example_count < FINDING_EXAMPLES)
        keep_now(k, cause, f, examples);
    cause->events++;
    cause->sessions += cause->last_session != f->pair->session;
    cause->last_session = f->pair->session;
    cause->visitors += first->session != f->pair->session;
    cause->credentials += first->credential || f->pair->credential;
    if (first->body && f->pair->body) {
        cause->alike += first->body == f->pair->body;
        cause->unlike += first->body != f->pair->body;
    }
}

/* ---- filing ---- */

static bool file_under(struct keys *k, const struct filing *f, struct examples *examples)
{
    struct map *map = &k->by_key[f->merge];
    const uint64_t *known = map_get(map, f->hash);
    if (!known) {
        if (map->len >= KEYED_MAX)
            return false;
        map_put(map, f->hash, k->len, NULL);
        k->witnesses = array_room(k->witnesses, &k->cap, k->len + 1, sizeof *k->witnesses);
        struct key_witness *made = &k->witnesses[k->len++];
        *made = (struct key_witness){ .requests = 1, .merge = f->merge };
        set_witness(k, made, f);
        return true;
    }
    struct key_witness *first = &k->witnesses[*known];
    first->requests++;
    first->shared |= first->session != f->pair->session;
    if (first->other == f->other) {
        if (first->body && f->pair->body) {
            first->repeats++;
            first->changed += first->body != f->pair->body;
        }
        clear_suspects(k, first, f);
        return true;
    }
    blame(k, first, f, examples);
    /* A request whose two keys agree stands for the rule, one whose keys differ for the exception.
     */
    if (f->hash == f->other && !span_eq(first->key, first->other_key))
        set_witness(k, first, f);
    return true;
}

bool keys_add(struct keys *k, const struct keyed_pair *pair, struct examples *examples)
{
    struct filing split = filing_of(pair, false), merge = filing_of(pair, true);
    bool split_filed = file_under(k, &split, examples);
    bool merge_filed = file_under(k, &merge, examples);
    k->compared++;
    return split_filed && merge_filed;
}

/* What one of production's keys says of the merge it became part of: whose it was, and how restless
 * what was filed under it is by itself. */
static void sum_piece(struct keys *k, const struct key_witness *piece)
{
    const uint64_t *whole = map_get(&k->by_key[1], piece->other);
    if (!whole || !k->witnesses[*whole].cause)
        return;
    struct key_cause *cause = &k->causes[k->witnesses[*whole].cause - 1];
    cause->own += !piece->shared;
    cause->common += piece->shared;
    cause->repeats += piece->repeats;
    cause->changed += piece->changed;
}

static void sum_object(struct key_cause *cause, const struct key_witness *w)
{
    cause->objects++;
    cause->pieces++;
    cause->requests += w->requests;
    if (!cause->merge) {
        cause->repeats += w->repeats;
        cause->changed += w->changed;
    }
}

void keys_sum(struct keys *k)
{
    for (size_t i = 0; i < k->cause_len; i++)
        if (key_input_is_hidden(k->causes[i].input))
            name_hidden(k, &k->causes[i]);
    for (size_t i = 0; i < k->len; i++) {
        const struct key_witness *w = &k->witnesses[i];
        if (w->cause)
            sum_object(&k->causes[w->cause - 1], w);
        if (!w->merge)
            sum_piece(k, w);
    }
}
