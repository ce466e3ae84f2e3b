#ifndef REHEARSE_SESSION_PATCH_H
#define REHEARSE_SESSION_PATCH_H

#include "rehearse/base/arena.h"
#include "rehearse/base/strbuf.h"

/*
 * A text with some parts replaced, front to back; nothing is copied until the
 * first replacement. Use: patch_at(&p, part), add the new bytes to p.out, … and
 * patch_finish at the end.
 */
struct patch {
    struct span text;
    size_t done; /* bytes of text that are in `out`, or replaced there */
    bool changed;
    struct strbuf out;
};

static inline struct patch patch_make(struct span text)
{
    return (struct patch){ .text = text, .out = STRBUF_INIT };
}

/* `part` lies in the text, behind all parts before it; what comes in its place is the caller's to
 * add. */
static inline void patch_at(struct patch *p, struct span part)
{
    size_t start = (size_t)(part.ptr - p->text.ptr);
    strbuf_add(&p->out, p->text.ptr + p->done, start - p->done);
    p->done = start + part.len;
    p->changed = true;
}

/* The text itself when nothing was replaced, else the new one, in the arena. */
static inline struct span patch_finish(struct patch *p, struct arena *arena)
{
    if (!p->changed)
        return p->text;
    strbuf_add_span(&p->out, span_from(p->text, p->done));
    return arena_copy(arena, strbuf_span(&p->out));
}

static inline void patch_release(struct patch *p)
{
    strbuf_release(&p->out);
}

#endif
