/* Marks are looked for in whatever staging answers; the first line of the input is a mark. */
#include "rehearse/session/learned_marks.h"
#include "rehearse/session/mark_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool found(void *ctx, size_t number)
{
    const struct mark_set *set = ctx;
    (void)mark_set_at(set, number);
    return number % 2 == 0;
}

static bool found_learned(void *ctx, const struct learned_mark *mark, struct span text)
{
    size_t *bytes = ctx;
    *bytes += text.len + mark->owner;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make((const char *)data, size), first = span_cut(&text, '\n');
    struct learned_mark mark = { 1, "session token", 1, 1 }, other;
    size_t bytes = 0;
    if (span_is_none(text))
        return 0;
    AUTO(mark_set_freep) struct mark_set *set = mark_set_new();
    AUTO(learned_marks_freep) struct learned_marks *learned = learned_marks_new();
    mark_set_add(set, 1, "e-mail address", first);
    mark_set_find(set, text, found, set);
    learned_marks_add(learned, &mark, first, &other);
    learned_marks_find(learned, text, found_learned, &bytes);
    return 0;
}
