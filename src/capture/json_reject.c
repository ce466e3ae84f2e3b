/* Where an element of a document stops to be JSON, said with its place in the file. */
#include <inttypes.h>

#include "json_slices.h"
#include "source_impl.h"

int source_reject_json(struct source_item *item, const struct json_slice *slice, size_t at,
                       const char *what, struct span reason, struct arena *arena)
{
    struct span before = span_head(slice->bytes, at);
    ptrdiff_t line_end = span_rfind_char(before, '\n');
    uint64_t column = line_end < 0 ? slice->column + at : at - (size_t)line_end;

    for (size_t i = 0; i < before.len; i++)
        item->line += before.ptr[i] == '\n';
    return source_reject(item, column, reason,
                         arena_printf(arena,
                                      "%s %" PRIu64 ": expected JSON, stopped at byte %zu "
                                      "of the %s, at \"%.*s\"",
                                      what, item->entry, at, what,
                                      SPAN_ARG(span_head(span_from(slice->bytes, at), 20))));
}
