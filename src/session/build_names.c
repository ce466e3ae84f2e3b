#include "rehearse/session/build_names.h"

#include <stdlib.h>

#include "html_tags.h"
#include "known_bodies.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strset.h"
#include "rehearse/http/media_type.h"
#include "rehearse/session/value_place.h"
#include "value_template.h"

enum {
    STEMS_MAX = 65536,
    LONGEST_PATH = 1024,
    SHORTEST_HASH = 6,
};

/* ---- stems ---- */

struct stem {
    struct strbuf text; /* "/static/app.{}.js"; of a build id: "/_next/{}" */
    struct span name;   /* what stands for it: the whole path, or the build id alone */
};

static bool is_static_file(struct span path)
{
    static const char *const endings[] = { ".js",   ".mjs",  ".css",  ".map",   ".woff",
                                           ".woff2", ".ttf", ".wasm", ".json",  ".png",
                                           ".jpg",  ".jpeg", ".webp", ".avif",  ".gif",
                                           ".svg",  ".ico",  ".mp4",  ".webm" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (span_ends(path, span_of(endings[i])))
            return true;
    return false;
}

/* Hashes in file names are short: a digit among letters, or capitals where no word has them. */
static bool looks_like_hash(struct span run)
{
    size_t digits = 0, letters = 0, turns = 0;
    for (size_t i = 0; i < run.len; i++) {
        char c = run.ptr[i];
        digits += char_is_digit(c);
        letters += char_is_alpha(c);
        turns += i && char_is_alpha(c) && c < 'a' && run.ptr[i - 1] >= 'a';
    }
    if (run.len < SHORTEST_HASH)
        return false;
    return (digits && letters) || digits >= 8 || (run.len >= 8 && turns >= 2);
}

static bool in_run(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

static bool add_file_stem(struct strbuf *out, struct span path)
{
    bool hashed = false;
    for (size_t i = 0, end; i < path.len; i = end) {
        for (end = i; end < path.len && in_run(path.ptr[end]); end++)
            ;
        struct span run = span_make(path.ptr + i, end - i);
        if (run.len == 0)
            strbuf_add(out, path.ptr + end++, 1);
        else if (looks_like_hash(run)) {
            hashed = true;
            strbuf_add_str(out, "{}");
        } else
            strbuf_add_span(out, run);
    }
    return hashed;
}

/* The build id of Next.js: behind /_next/data, and in the manifest's path. SPAN_NONE: there is none. */
static struct span next_build_id(struct span path)
{
    static const struct span places[] = { { "/_next/data/", 12 }, { "/_next/static/", 14 } };
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t at = span_find(path, places[i]);
        if (at < 0)
            continue;
        struct span rest = span_from(path, (size_t)at + places[i].len);
        struct span id = span_cut(&rest, '/');
        if (i == 0 && !span_is_none(rest))
            return id;
        if (i == 1 && (span_eq(rest, SPAN("_buildManifest.js")) || span_eq(rest, SPAN("_ssgManifest.js"))))
            return id;
    }
    return SPAN_NONE;
}

static struct span path_of(struct span target)
{
    size_t end = 0;
    while (end < target.len && target.ptr[end] != '?' && target.ptr[end] != '#')
        end++;
    return span_head(target, end);
}

static bool find_stem(struct stem *ret, struct span target)
{
    struct span path = path_of(target);
    strbuf_clear(&ret->text);
    if (path.len == 0 || path.len > LONGEST_PATH)
        return false;
    ret->name = next_build_id(path);
    if (!span_is_none(ret->name)) {
        strbuf_add_str(&ret->text, "/_next/{}");
        return ret->name.len > 0;
    }
    ret->name = path;
    return is_static_file(path) && add_file_stem(&ret->text, path);
}

/* ---- the plan ---- */

struct build_plan {
    struct strset stems;
    struct strbuf scratch;
};

struct build_plan *build_plan_new(void)
{
    struct build_plan *plan = xcalloc(1, sizeof *plan);
    plan->stems = (struct strset)STRSET_INIT;
    plan->scratch = (struct strbuf)STRBUF_INIT;
    return plan;
}

void build_plan_free(struct build_plan *plan)
{
    if (!plan)
        return;
    strset_release(&plan->stems);
    strbuf_release(&plan->scratch);
    free(plan);
}

void build_plan_add(struct build_plan *plan, struct span target)
{
    struct stem stem = { .text = plan->scratch };
    if (plan->stems.len < STEMS_MAX && find_stem(&stem, target))
        strset_add(&plan->stems, strbuf_span(&stem.text));
    plan->scratch = stem.text;
}

/* ---- what staging names ---- */

struct named {
    struct span name; /* the first one; in the arena */
    bool several;
};

struct build_names {
    const struct build_plan *plan;
    struct named *at;   /* owned; by number of the stem */
    struct strset all;  /* every name of a wanted stem, as staging has it */
    struct known_bodies *read; /* owned */
    struct strbuf scratch;
};

struct build_names *build_names_new(const struct build_plan *plan)
{
    if (plan->stems.len == 0)
        return NULL;
    struct build_names *names = xcalloc(1, sizeof *names);
    names->plan = plan;
    names->at = xcalloc(plan->stems.len, sizeof *names->at);
    names->all = (struct strset)STRSET_INIT;
    names->read = xcalloc(1, sizeof *names->read);
    names->scratch = (struct strbuf)STRBUF_INIT;
    return names;
}

void build_names_free(struct build_names *names)
{
    if (!names)
        return;
    strset_release(&names->all);
    strbuf_release(&names->scratch);
    free(names->read);
    free(names->at);
    free(names);
}

static void note_name(struct build_names *names, struct span target)
{
    struct stem stem = { .text = names->scratch };
    bool found = find_stem(&stem, target);
    names->scratch = stem.text;
    if (!found || names->all.len >= STEMS_MAX)
        return;
    uint32_t number = strset_find(&names->plan->stems, strbuf_span(&stem.text));
    if (number == STRSET_ABSENT)
        return;
    struct named *named = &names->at[number];
    uint32_t at = strset_add(&names->all, stem.name);
    struct span kept = names->all.texts[at];
    named->several |= named->name.len && !span_eq(named->name, kept);
    if (!named->name.len)
        named->name = kept;
}

static void note_attribute(struct build_names *names, const struct html_tag *tag, const char *name,
                           struct span page, struct arena *scratch)
{
    struct span link = html_attribute_value(tag, name, scratch);
    if (!span_is_none(link) && link.len <= LONGEST_PATH)
        note_name(names, link_target(link, page, scratch));
}

void build_names_learn(struct build_names *names, const struct exchange *answered,
                       struct arena *scratch)
{
    if (!names || !answered->response.body.len)
        return;
    struct span type = http_fields_value(&answered->response.fields, SPAN("Content-Type"));
    if (!media_type_is_html(type))
        return;
    struct hash128 key = known_bodies_key(answered->response.body, type);
    if (known_bodies_has(names->read, key))
        return;
    known_bodies_add(names->read, key);
    struct span rest = answered->response.body;
    struct html_tag tag;
    while (html_next_tag(&rest, &tag)) {
        note_attribute(names, &tag, "src", answered->request.target, scratch);
        note_attribute(names, &tag, "href", answered->request.target, scratch);
    }
}

/* ---- rewriting ---- */

/* `target` with its part `old` (of it) replaced. */
static struct span replaced(struct span target, struct span old, struct span by, struct arena *arena)
{
    struct span before = span_make(target.ptr, (size_t)(old.ptr - target.ptr));
    struct span behind = span_from(target, before.len + old.len);
    return arena_printf(arena, "%.*s%.*s%.*s", SPAN_ARG(before), SPAN_ARG(by), SPAN_ARG(behind));
}

enum build_name_word build_names_apply(const struct build_names *names,
                                       struct http_request *request, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct stem stem = { .text = STRBUF_INIT };
    if (!names)
        return BUILD_NO_NAME;
    bool found = find_stem(&stem, request->target);
    text = stem.text;
    uint32_t number = found ? strset_find(&names->plan->stems, strbuf_span(&text)) : STRSET_ABSENT;
    if (number == STRSET_ABSENT)
        return BUILD_NO_NAME;
    if (strset_find(&names->all, stem.name) != STRSET_ABSENT)
        return BUILD_KEPT;
    const struct named *named = &names->at[number];
    if (!named->name.len || named->several)
        return BUILD_NOT_KNOWN;
    request->target = replaced(request->target, stem.name, named->name, arena);
    return BUILD_RENAMED;
}
