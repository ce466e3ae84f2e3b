#ifndef TESTS_SESSION_MESSAGES_H
#define TESTS_SESSION_MESSAGES_H

#include "rehearse/http/exchange.h"
#include "support/fields.h"

/* Exchanges from text: "POST /login\nCookie: a=b\n\nbody" and "302\nLocation: /\n\nbody". */
static inline struct span front_line(const char **text)
{
    const char *end = strchr(*text, '\n');
    struct span line = end ? span_make(*text, (size_t)(end - *text)) : span_of(*text);
    *text = end ? end + 1 : *text + line.len;
    return line;
}

static inline struct span fields_and_body(struct http_fields *fields, const char *text,
                                          struct arena *arena)
{
    if (*text == '\n')
        return span_of(text + 1);
    *fields = fields_from(text, arena);
    const char *gap = strstr(text, "\n\n");
    return gap && gap[2] ? span_of(gap + 2) : SPAN_NONE;
}

static inline struct http_request request_of(const char *text, struct arena *arena)
{
    struct http_request r = { .scheme = SPAN("https"), .authority = SPAN("shop.example") };
    struct span line = front_line(&text);
    r.method = span_cut(&line, ' ');
    r.target = line;
    r.body = fields_and_body(&r.fields, text, arena);
    r.body_bytes = (int64_t)r.body.len;
    return r;
}

static inline struct exchange exchange_of(const char *request, const char *response,
                                          struct arena *arena)
{
    struct exchange x = exchange_blank();
    uint64_t status = 0;
    x.request = request_of(request, arena);
    if (response) {
        assert_true(span_to_u64(front_line(&response), &status));
        x.response.status = (int)status;
        x.response.body = fields_and_body(&x.response.fields, response, arena);
    }
    return x;
}

#endif
