#include "body.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/media_type.h"
#include "rehearse/stats/significance.h"

void bodies_release(struct bodies *b)
{
    for (size_t i = 0; b->memo && i < SKELETON_MEMO; i++)
        free(b->memo[i].skeleton.paths);
    for (size_t i = 0; i < b->evidence_len; i++) {
        free(b->evidence[i].paths);
        map_release(&b->evidence[i].by_path);
        map_release(&b->evidence[i].pairs_seen);
    }
    free(b->memo);
    free(b->evidence);
    free(b->dictionary.parents);
    strset_release(&b->dictionary.texts);
    map_release(&b->by_cohort);
    map_release(&b->pairs_of_route);
    memset(b, 0, sizeof *b);
}

enum body_form body_form_of(const struct http_response *response)
{
    struct span type = http_fields_value(&response->fields, SPAN("Content-Type"));
    if (media_type_is_html(type))
        return BODY_HTML;
    return media_type_is_json(type) ? BODY_JSON : BODY_OTHER;
}

/* ---- reading one body ---- */

static uint32_t path_number(struct path_dictionary *d, uint32_t parent, struct span piece)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    if (parent != UINT32_MAX) {
        strbuf_add_span(&text, strset_text(&d->texts, parent));
        strbuf_add_char(&text, '/');
    }
    strbuf_add_span(&text, piece);
    uint32_t known = strset_find(&d->texts, strbuf_span(&text));
    if (known != STRSET_ABSENT)
        return known;
    if (d->texts.len >= PATHS_MAX)
        return UINT32_MAX;
    known = strset_add(&d->texts, strbuf_span(&text));
    d->parents = array_room(d->parents, &d->cap, known + 1, sizeof *d->parents);
    d->parents[known] = parent;
    return known;
}

uint32_t skeleton_add(struct skeleton_builder *b, uint32_t parent, struct span piece)
{
    uint32_t path = path_number(b->dictionary, parent, piece);
    if (path == UINT32_MAX)
        return path;
    /* Siblings of a list come one behind the other: most repeats are caught here. */
    for (size_t back = 1; back <= 8 && back <= b->len; back++)
        if (b->paths[b->len - back] == path)
            return path;
    if (b->len >= 16 * (size_t)SKELETON_PATHS_MAX)
        return UINT32_MAX;
    b->paths = array_room(b->paths, &b->cap, b->len + 1, sizeof *b->paths);
    b->paths[b->len++] = path;
    return path;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void finish_skeleton(struct skeleton_builder *b, struct skeleton *ret)
{
    size_t len = 0;
    if (b->len)
        qsort(b->paths, b->len, sizeof *b->paths, by_number);
    for (size_t i = 0; i < b->len; i++)
        if (i == 0 || b->paths[i] != b->paths[i - 1])
            b->paths[len++] = b->paths[i];
    if (len > SKELETON_PATHS_MAX)
        len = SKELETON_PATHS_MAX;
    *ret = (struct skeleton){ b->paths, (uint32_t)len,
                              hash64(span_make((const char *)b->paths, len * sizeof *b->paths)),
                              b->language };
}

static bool read_skeleton(struct bodies *b, enum body_form form, struct span body,
                          struct skeleton *ret)
{
    struct skeleton_builder builder = { .dictionary = &b->dictionary, .language = SPAN_NONE };
    bool read =
        form == BODY_HTML ? skeleton_of_html(&builder, body) : skeleton_of_json(&builder, body);
    finish_skeleton(&builder, ret);
    return read && ret->len < SKELETON_PATHS_MAX; /* a cut one would differ for want of room */
}

/* ---- finding the bodies of a pair ---- */

static uint64_t body_key(const struct exchange *x, bool staging)
{
    if (x->body_id)
        return hash_mix(x->body_id, staging ? 2 : 1) | 1;
    return span_is_none(x->response.body) ? 0 : hash64(x->response.body) | 1;
}

struct side {
    uint64_t key;
    struct skeleton skeleton; /* paths copied from the memo */
    bool readable, empty;
};

/* The skeleton is copied into `scratch`: the other side's may push it out of the memo. */
static bool skeleton_for(struct bodies *b, const struct exchange *x, bool staging,
                         enum body_form form, struct side *ret, struct arena *scratch)
{
    if (!b->memo)
        b->memo = xcalloc(SKELETON_MEMO, sizeof *b->memo);
    size_t place = (size_t)(ret->key >> 20) & (SKELETON_MEMO - 1);
    if (b->memo[place].key != ret->key) {
        struct span body = x->response.body;
        if (span_is_none(body) && (!b->fetch || b->fetch(b->fetch_ctx, x, staging, &body) < 0))
            return false;
        free(b->memo[place].skeleton.paths);
        b->memo[place].key = ret->key;
        b->memo[place].empty = body.len == 0;
        b->memo[place].readable = read_skeleton(b, form, body, &b->memo[place].skeleton);
    }
    ret->readable = b->memo[place].readable;
    ret->empty = b->memo[place].empty;
    ret->skeleton = b->memo[place].skeleton;
    uint32_t *copy = arena_alloc(scratch, (ret->skeleton.len + 1) * sizeof *copy);
    if (ret->skeleton.len)
        memcpy(copy, ret->skeleton.paths, ret->skeleton.len * sizeof *copy);
    ret->skeleton.paths = copy;
    return true;
}

static struct body_evidence *evidence_of(struct bodies *b, uint32_t cohort)
{
    uint64_t *known = map_get(&b->by_cohort, cohort + 1);
    if (known)
        return &b->evidence[*known];
    if (b->evidence_len >= BODY_COHORTS_MAX)
        return NULL;
    b->evidence =
        array_room(b->evidence, &b->evidence_cap, b->evidence_len + 1, sizeof *b->evidence);
    memset(&b->evidence[b->evidence_len], 0, sizeof *b->evidence);
    b->evidence[b->evidence_len].cohort = cohort;
    map_put(&b->by_cohort, cohort + 1, b->evidence_len, NULL);
    return &b->evidence[b->evidence_len++];
}

static void count_path(struct body_evidence *e, uint32_t path, bool production, bool staging)
{
    uint64_t *known = map_get(&e->by_path, path + 1);
    if (!known && e->len >= COHORT_PATHS_MAX)
        return;
    if (!known) {
        known = map_put(&e->by_path, path + 1, e->len, NULL);
        e->paths = array_room(e->paths, &e->cap, e->len + 1, sizeof *e->paths);
        e->paths[e->len++] = (struct path_count){ .path = path };
    }
    struct path_count *p = &e->paths[*known];
    p->both += production && staging;
    p->production_only += production && !staging;
    p->staging_only += !production && staging;
}

static void count_skeletons(struct body_evidence *e, const struct skeleton *p,
                            const struct skeleton *s)
{
    uint32_t i = 0, j = 0;
    while (i < p->len || j < s->len) {
        bool in_p = i < p->len && (j >= s->len || p->paths[i] <= s->paths[j]);
        bool in_s = j < s->len && (i >= p->len || s->paths[j] <= p->paths[i]);
        count_path(e, in_p ? p->paths[i] : s->paths[j], in_p, in_s);
        i += in_p;
        j += in_s;
    }
}

static struct body_outcome not_compared(const char *why)
{
    return (struct body_outcome){ why, NULL, false, { SPAN_NONE, SPAN_NONE } };
}

static struct body_outcome compare_new(struct bodies *b, const struct body_pair *pair,
                                       struct body_evidence *e, struct side side[2],
                                       enum body_form form, uint64_t key, struct arena *scratch)
{
    uint64_t *used = map_put(&b->pairs_of_route, pair->route + 1, 0, NULL);
    if (*used >= pair->limit)
        return not_compared("beyond the number of bodies compared per route");
    ++*used;
    if (!skeleton_for(b, pair->production, false, form, &side[0], scratch) ||
        !skeleton_for(b, pair->staging, true, form, &side[1], scratch))
        return not_compared("no body was recorded");
    if (side[0].empty && side[1].empty)
        return not_compared("empty");
    if (!side[0].readable || !side[1].readable)
        return not_compared("not readable as what it says it is");
    struct body_outcome outcome = { NULL,
                                    e,
                                    side[0].skeleton.hash != side[1].skeleton.hash,
                                    { side[0].skeleton.language, side[1].skeleton.language } };
    count_skeletons(e, &side[0].skeleton, &side[1].skeleton);
    map_put(&e->pairs_seen, key, outcome.differs, NULL);
    e->pairs++;
    return outcome;
}

struct body_outcome bodies_add(struct bodies *b, const struct body_pair *pair,
                               struct arena *scratch)
{
    const struct exchange *p = pair->production, *s = pair->staging;
    enum body_form form = body_form_of(&p->response);
    if (form == BODY_OTHER || body_form_of(&s->response) != form)
        return not_compared("neither HTML nor JSON on both sides");
    if ((p->marks | s->marks) & (MARK_RESPONSE_BODY_CUT | MARK_BODY_UNDECODABLE))
        return not_compared("cut or undecodable");
    struct side side[2] = { { .key = body_key(p, false) }, { .key = body_key(s, true) } };
    if (!side[0].key || !side[1].key)
        return not_compared("no body was recorded");
    struct body_evidence *e = evidence_of(b, pair->cohort);
    if (!e)
        return not_compared("beyond the number of cohorts compared");

    uint64_t key = hash_mix(side[0].key, side[1].key);
    const uint64_t *seen = map_get(&e->pairs_seen, key);
    struct body_outcome outcome = { NULL, e, seen && *seen, { SPAN_NONE, SPAN_NONE } };
    if (!seen) {
        outcome = compare_new(b, pair, e, side, form, key, scratch);
        if (!outcome.evidence)
            return outcome;
    }
    e->exchanges++;
    e->differing += outcome.differs;
    return outcome;
}

/* ---- the verdict over a cohort's paths ---- */

/*
 * Went for good: production always showed it and staging never; or production
 * showed it at times, and chance does not explain that staging never did.
 */
static bool is_gone(const struct body_evidence *e, const struct path_count *p, bool came)
{
    uint32_t only = came ? p->staging_only : p->production_only;
    uint32_t against = came ? p->production_only : p->staging_only;
    if (only == 0)
        return false;
    if (only == e->pairs)
        return true;
    if (p->both + only >= e->pairs - e->pairs / 50 && against == 0 && only >= e->pairs * 9 / 10)
        return true;
    return only >= (p->both + only) * 9 / 10 && sign_test_p(only, against) < 0.001;
}

static bool is_gone_number(const struct body_evidence *e, uint32_t path, bool came)
{
    const uint64_t *known = path == UINT32_MAX ? NULL : map_get(&e->by_path, path + 1);
    return known && is_gone(e, &e->paths[*known], came);
}

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

struct span *body_paths_gone(const struct bodies *b, const struct body_evidence *e, bool came,
                             size_t *ret_len, struct arena *arena)
{
    size_t len = 0;
    struct span *found = arena_calloc(arena, e->len, sizeof *found);
    for (size_t i = 0; i < e->len; i++) {
        uint32_t path = e->paths[i].path;
        if (is_gone(e, &e->paths[i], came) && !is_gone_number(e, b->dictionary.parents[path], came))
            found[len++] = arena_copy(arena, strset_text(&b->dictionary.texts, path));
    }
    if (len)
        qsort(found, len, sizeof *found, by_text);
    *ret_len = len;
    return found;
}
