/* HTTP/1.1 messages: a body read in pieces is the body read whole, and nothing outside the input is
 * touched. */
#include <assert.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum wire_step unframe(struct wire_body body, struct span in, size_t step,
                              struct strbuf *out)
{
    enum wire_step said = WIRE_MORE;
    while (in.len > 0 && said == WIRE_MORE) {
        struct span given = span_head(in, step), piece;
        size_t before = given.len;
        while ((said = wire_body_take(&body, &given, &piece)) == WIRE_PIECE)
            strbuf_add_span(out, piece);
        in = span_from(in, before - given.len);
    }
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf whole = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf pieces = STRBUF_INIT;
    struct span in = span_make((const char *)data, size);
    struct wire_head head;
    size_t scanned = 0, len = wire_head_length(in, &scanned);
    assert(len <= size && scanned <= size && wire_blank_length(in) <= size);
    if (len == 0)
        return 0;
    bool response = wire_read_response(&head, span_head(in, len), SPAN("GET"), &arena);
    if (!response && wire_read_request(&head, span_head(in, len), &arena) != 0)
        return 0;
    assert(head.fields.len <= WIRE_MAX_FIELDS);
    struct span rest = span_from(in, len);
    enum wire_step one = unframe(wire_body_of(&head), rest, rest.len, &whole);
    enum wire_step other = unframe(wire_body_of(&head), rest, 1 + size % 7, &pieces);
    assert(one == other && span_eq(strbuf_span(&whole), strbuf_span(&pieces)));
    return 0;
}
