/* Dates: what was read and written again reads the same. */
#include <assert.h>

#include "rehearse/http/cookie.h"
#include "rehearse/http/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The tolerant reader agrees with the strict one, and says what it tolerated. */
static void read_tolerantly(struct span text)
{
    int64_t strict, s;
    unsigned oddities = ~0u;
    bool by_rfc = http_date_parse(text, &strict);
    bool read = http_date_read(text, 1795435200, &s, &oddities);
    if (!read) {
        assert(!by_rfc && oddities == ~0u);
        return;
    }
    assert(by_rfc == !(oddities & ~HTTP_DATE_BY_RFC));
    assert(!by_rfc || (oddities & HTTP_DATE_RFC850) || s == strict);
    for (unsigned i = 0; i < 32; i++)
        assert(!(oddities >> i & 1) || http_date_oddity_sentence(1u << i)[0]);
}

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
    read_tolerantly(text);
    cookie_date_parse(text, &first);
    return 0;
}
