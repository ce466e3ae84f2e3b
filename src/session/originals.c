#include "rehearse/session/originals.h"

#include <stdlib.h>

#include "patch.h"
#include "places.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strset.h"
#include "rehearse/http/cookie.h"
#include "rehearse/session/credential.h"

struct originals {
    struct map numbers; /* of form and pseudonym, into `texts` */
    struct strset texts;
    size_t count;
};

static uint64_t key_of(enum original_form form, struct span pseudonym)
{
    return hash_mix(hash64(pseudonym), (uint64_t)form);
}

static int take(void *ctx, const struct original *o)
{
    struct originals *all = ctx;
    bool is_new;
    uint64_t *number = map_put(&all->numbers, key_of(o->form, o->pseudonym), 0, &is_new);
    if (is_new) /* the first of several spellings stays */
        *number = strset_add(&all->texts, o->text);
    all->count += is_new && o->form == ORIGINAL_VALUE;
    return 0;
}

int originals_load(struct originals **ret, const char *path,
                   const unsigned char key[SEAL_KEY_BYTES], struct span id, const char *capture,
                   struct err *err)
{
    struct originals *all = xcalloc(1, sizeof *all);
    struct side_id found;
    char text[SIDE_ID_TEXT];
    all->numbers = (struct map)MAP_INIT;
    all->texts = (struct strset)STRSET_INIT;
    int rc = side_file_each(path, key, &found, take, all, err);
    if (rc == 0) {
        side_id_text(&found, text);
        if (!span_eq(id, span_of(text)))
            rc = err_set(err, E_USAGE,
                         "%s: belongs to another capture than %s: name the one that was written "
                         "with it",
                         path, capture);
    }
    if (rc < 0) {
        originals_free(all);
        return rc;
    }
    *ret = all;
    return 0;
}

void originals_free(struct originals *all)
{
    if (!all)
        return;
    map_release(&all->numbers);
    strset_release(&all->texts);
    free(all);
}

size_t originals_count(const struct originals *all)
{
    return all->count;
}

static struct span find_form(const struct originals *all, enum original_form form,
                             struct span pseudonym)
{
    const uint64_t *number = map_get(&all->numbers, key_of(form, pseudonym));
    return number ? strset_text(&all->texts, (uint32_t)*number) : SPAN_NONE;
}

/* As it was spelled there, else what it means. */
static struct span find(const struct originals *all, enum original_form form, struct span pseudonym)
{
    struct span text = find_form(all, form, pseudonym);
    return span_is_none(text) ? find_form(all, ORIGINAL_VALUE, pseudonym) : text;
}

/* ---- what was put back ---- */

struct restoring {
    const struct originals *all;
    struct restored **list;
    struct arena *arena;
};

static void remember(struct restoring *r, struct span value, struct span pseudonym)
{
    for (const struct restored *at = *r->list; at; at = at->next)
        if (span_eq(at->value, value))
            return;
    struct restored *one = arena_alloc(r->arena, sizeof *one);
    *one = (struct restored){ value, arena_copy(r->arena, pseudonym), *r->list };
    *r->list = one;
}

static struct span undo(struct restoring *r, enum original_form form, struct span pseudonym)
{
    struct span text = find(r->all, form, pseudonym);
    if (!span_is_none(text)) {
        remember(r, text, pseudonym);
        struct span meant = find_form(r->all, ORIGINAL_VALUE, pseudonym);
        if (!span_is_none(meant))
            remember(r, meant, pseudonym);
    }
    return text;
}

/* ---- places ---- */

struct span originals_restore_cookies(const struct originals *all, struct span line,
                                      struct restored **ret, struct arena *arena)
{
    AUTO(patch_release) struct patch p = patch_make(line);
    struct restoring r = { all, ret, arena };
    struct span rest = line;
    struct cookie_pair pair;
    while (cookie_next(&rest, &pair)) {
        struct span text =
            is_pseudonym(pair.value) ? undo(&r, ORIGINAL_COOKIE, pair.value) : SPAN_NONE;
        if (span_is_none(text))
            continue;
        patch_at(&p, pair.value);
        strbuf_add_span(&p.out, text);
    }
    return patch_finish(&p, arena);
}

/* A pseudonym anywhere in a text: tokens in paths, echoes, a scheme before the credential. */
static struct span restore_text(struct restoring *r, struct span text)
{
    AUTO(patch_release) struct patch p = patch_make(text);
    enum original_form form = is_pseudonym(text) ? ORIGINAL_FIELD : ORIGINAL_VALUE;
    struct span rest = text;
    ptrdiff_t hit;
    while (rest.len >= PSEUDONYM_LEN && (hit = span_find(rest, SPAN("p~"))) >= 0) {
        rest = span_from(rest, (size_t)hit);
        struct span pseudonym = span_head(rest, PSEUDONYM_LEN);
        bool is_one = rest.len >= PSEUDONYM_LEN && is_pseudonym(pseudonym);
        struct span original = is_one ? undo(r, form, pseudonym) : SPAN_NONE;
        if (!span_is_none(original)) {
            patch_at(&p, pseudonym);
            strbuf_add_span(&p.out, original);
        }
        rest = span_from(rest, is_one ? (size_t)PSEUDONYM_LEN : 2);
    }
    return patch_finish(&p, r->arena);
}

static struct span restore_place(void *ctx, const struct place *place)
{
    struct restoring *r = ctx;
    if (is_pseudonym(place->value))
        return undo(r, ORIGINAL_VALUE, place->value);
    struct span text = restore_text(r, place->value); /* JSON in a form, a URL in a query */
    return text.ptr == place->value.ptr ? SPAN_NONE : text;
}

/* What may not stand in a field or a request line was percent-coded there. */
static bool fits_a_line(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return true;
}

void originals_restore_request(const struct originals *all, struct http_request *request,
                               struct restored **ret, struct arena *arena)
{
    struct restoring r = { all, ret, arena };
    struct places walk = { .visit = restore_place, .ctx = &r, .arena = arena };
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct http_field *f = &request->fields.at[i];
        if (f->value.len < PSEUDONYM_LEN || span_ieq(f->name, SPAN("Cookie")))
            continue;
        struct span value = f->value;
        if (!is_pseudonym(value))
            value = url_places(value, &walk);
        value = restore_text(&r, value);
        if (value.ptr == f->value.ptr || !fits_a_line(value))
            continue;
        f->value = value;
        f->id = 0;
    }
    struct span target = restore_text(&r, url_places(request->target, &walk));
    if (fits_a_line(target) && span_find_char(target, ' ') < 0)
        request->target = target;
    if (request->body.len) {
        struct span type = http_fields_value(&request->fields, SPAN("Content-Type"));
        request->body = restore_text(&r, body_places(request->body, type, &walk));
        request->body_bytes = (int64_t)request->body.len;
    }
}
