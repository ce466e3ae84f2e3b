/* The text of a segment, as a damaged file might hold it. */
#include <stdint.h>

#include "../../src/store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    AUTO(strbuf_release) struct strbuf again = STRBUF_INIT;
    struct record_reader reader = record_reader_make(span_make((const char *)data, size));
    struct record record;
    while (record_read(&reader, &record, &arena)) {
        strbuf_clear(&again);
        record_write(&again, &record);
    }
    return 0;
}
