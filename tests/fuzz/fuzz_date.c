/* Dates: what was read and written again reads the same. */
#include <assert.h>

#include "rehearse/http/cookie.h"
#include "rehearse/http/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct span text = span_make((const char *)data, size);
    int64_t first, again;
    if (http_date_parse(text, &first)) {
        http_date_add(&out, first);
        assert(first < date_days(0, 1, 1) * 86400 || first >= date_days(10000, 1, 1) * 86400 ||
               (http_date_parse(strbuf_span(&out), &again) && again == first));
    }
    strbuf_clear(&out);
    if (iso_time_parse(text, &first)) {
        iso_time_add(&out, first);
        bool four_digits = first >= date_days(0, 1, 1) * 86400000000 &&
                           first < date_days(10000, 1, 1) * 86400000000;
        assert(!four_digits || (iso_time_parse(strbuf_span(&out), &again) && again == first));
    }
    ncsa_time_parse(text, &first);
    cookie_date_parse(text, &first);
    return 0;
}
