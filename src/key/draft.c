#include "draft.h"

void *draft_grown(struct arena *arena, void *at, size_t len, size_t *cap, size_t size)
{
    if (len < *cap)
        return at;
    size_t more = *cap ? *cap * 2 : 8;
    void *bigger = arena_calloc(arena, more, size);
    if (len)
        memcpy(bigger, at, len * size);
    *cap = more;
    return bigger;
}

bool texts_add(struct texts *list, struct arena *arena, struct span text)
{
    if (list->len >= KEY_SOURCE_ITEMS_MAX)
        return false;
    list->at = draft_grown(arena, list->at, list->len, &list->cap, sizeof *list->at);
    list->at[list->len++] = text;
    return true;
}

void draft_start(struct key_draft *draft, struct key_source *source, const char *product,
                 struct arena *arena)
{
    *draft = (struct key_draft){ .source = source, .arena = arena };
    *source = (struct key_source){
        .product = span_of(product),
        .lifetimes = { .min_s = -1, .default_s = -1, .max_s = -1 },
    };
}

bool draft_add_input(struct key_draft *draft, struct key_input input)
{
    if (draft->input_len >= KEY_SOURCE_ITEMS_MAX)
        return false;
    draft->inputs = draft_grown(draft->arena, draft->inputs, draft->input_len, &draft->input_cap,
                                sizeof *draft->inputs);
    draft->inputs[draft->input_len++] = input;
    return true;
}

bool draft_add_bypass(struct key_draft *draft, struct bypass_rule rule)
{
    if (draft->bypass_len >= KEY_SOURCE_ITEMS_MAX)
        return false;
    draft->bypasses = draft_grown(draft->arena, draft->bypasses, draft->bypass_len,
                                  &draft->bypass_cap, sizeof *draft->bypasses);
    draft->bypasses[draft->bypass_len++] = rule;
    return true;
}

bool draft_add_lifetime(struct key_draft *draft, struct range_lifetime lifetime)
{
    if (draft->lifetime_len >= KEY_SOURCE_ITEMS_MAX)
        return false;
    draft->lifetimes = draft_grown(draft->arena, draft->lifetimes, draft->lifetime_len,
                                   &draft->lifetime_cap, sizeof *draft->lifetimes);
    draft->lifetimes[draft->lifetime_len++] = lifetime;
    return true;
}

static void add_once(struct texts *list, struct arena *arena, struct span text)
{
    for (size_t i = 0; i < list->len; i++)
        if (span_eq(list->at[i], text))
            return;
    if (list->len < NOTES_MAX)
        texts_add(list, arena, text);
}

void draft_note(struct key_draft *draft, struct span note)
{
    add_once(&draft->notes, draft->arena, note);
}

void draft_unseen(struct key_draft *draft, struct span what)
{
    add_once(&draft->unseen, draft->arena, what);
}

void draft_finish(struct key_draft *draft)
{
    struct key_source *s = draft->source;
    if (s->never_caches)
        draft_add_bypass(draft, (struct bypass_rule){ .on = BYPASS_PATH, .name = SPAN("*") });
    s->notes = draft->notes.at;
    s->note_count = draft->notes.len;
    s->by_status = draft->lifetimes;
    s->by_status_count = draft->lifetime_len;
    s->policy.inputs = draft->inputs;
    s->policy.input_count = draft->input_len;
    s->policy.bypass = draft->bypasses;
    s->policy.bypass_count = draft->bypass_len;
    s->policy.methods = draft->methods.at;
    s->policy.method_count = draft->methods.len;
    s->policy.unseen = draft->unseen.at;
    s->policy.unseen_count = draft->unseen.len;
}
