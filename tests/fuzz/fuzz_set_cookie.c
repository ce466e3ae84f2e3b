/* Set-Cookie and Cookie lines: a cookie that was set is found in the line it would be sent in. */
#include <assert.h>

#include "rehearse/base/strbuf.h"
#include "rehearse/http/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    struct span text = span_make((const char *)data, size);
    struct set_cookie c;
    int64_t s;
    if (set_cookie_parse(&c, text)) {
        assert(c.name.len + c.value.len > 0 && c.name.len + c.value.len <= 4096);
        assert(same_site_name(c.same_site));
        set_cookie_broken_promise(&c);
        assert(c.faults < 1u << SET_COOKIE_FAULTS);
        assert(!c.has_max_age || !(c.faults & SET_COOKIE_LONG_AGE) || c.max_age_s > 0 ||
               c.faults & SET_COOKIE_REPEATED);
        strbuf_add_span(&line, c.name);
        strbuf_add_char(&line, '=');
        strbuf_add_span(&line, c.value);
        assert(span_eq(cookie_value(strbuf_span(&line), c.name), c.value));
    }
    assert(!set_cookie_refusal(text) == set_cookie_parse(&c, text));
    struct cookie_pair pair;
    for (struct span rest = text; cookie_next(&rest, &pair);)
        assert(pair.name.len + pair.value.len <= size);
    cookie_date_parse(text, &s);
    return 0;
}
