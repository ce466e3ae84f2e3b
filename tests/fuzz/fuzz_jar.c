/* Lines of "url<TAB>Set-Cookie line"; then what the jar sends everywhere, alone and beside a
 * recorded line. */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/jar.h"

static void ask(const struct jar *jar, struct span authority, struct span recorded)
{
    AUTO(strbuf_release) struct strbuf line = STRBUF_INIT;
    unsigned unresolved;
    jar_add_cookie_line(jar, &line, SPAN("https"), authority, SPAN("/a/b"), 1000);
    jar_add_replay_line(jar, &line, recorded, SPAN("http"), authority, SPAN("/"), 1000,
                        &unresolved);
    /* Whatever was set, a request stays one request. */
    assert(span_find_char(strbuf_span(&line), '\n') < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(jar_freep) struct jar *jar = jar_new();
    struct span rest = span_make((const char *)data, size);
    int64_t now_s = 0;

    while (!span_is_none(rest)) {
        struct span line = span_cut(&rest, '\n');
        struct span authority = span_cut(&line, '\t');
        if (span_is_none(line))
            line = authority;
        jar_set(jar, line, SPAN("https"), authority, SPAN("/a/b?c"), now_s, NULL);
        jar_set(jar, line, SPAN("http"), SPAN("localhost"), line, now_s++, NULL);
        ask(jar, authority, line);
    }
    ask(jar, SPAN("localhost"), span_make((const char *)data, size));
    return 0;
}
