/* Answers of a hostile staging to a login: pages, redirects, JSON. The machine comes to an end. */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/login_flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct identity account = { .username = { "ann", 3 }, .password = { "pw", 2 } };

static const struct login_item items[] = { { { "t", 1 }, { "${answer:a.0.b}", 15 } } };

static const struct login_step steps[] = {
    { .kind = LOGIN_FORM, .url = { "/in", 3 } },
    { .kind = LOGIN_OIDC, .url = { "https://a.test/in", 17 } },
    { .kind = LOGIN_REQUEST,
      .url = { "/in", 3 },
      .items = items,
      .item_count = 1,
      .wants_login = true },
    { .kind = LOGIN_OAUTH, .url = { "/token", 6 } },
};

/* Each answer: a byte of status, then up to a NUL field lines, then up to a NUL a body. */
static struct span take(struct span *rest)
{
    struct span part = span_cut(rest, '\0');
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 302, 303, 307, 401, 403, 422, 500 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span rest = span_make((const char *)data, size);
    if (size < 2)
        return 0;
    const struct login_plan plan = { &steps[data[0] % 4], 1, (data[0] & 4) != 0 };
    const struct login_who who = { NULL, &account };
    AUTO(login_flow_freep) struct login_flow *flow = login_flow_new(&plan, &who);
    struct login_request request;
    enum login_word word = login_flow_next(flow, NULL, 59, &request, &arena);
    rest = span_from(rest, 1);
    while (word == LOGIN_SEND) {
        struct http_fields fields = { NULL, 0, 0 };
        size_t bad;
        int status = statuses[rest.len ? (unsigned char)rest.ptr[0] % 8 : 0];
        rest = rest.len ? span_from(rest, 1) : SPAN("");
        struct span lines = take(&rest), body = take(&rest);
        if (http_fields_parse(&fields, lines, &arena, &bad) < 0)
            fields.len = 0;
        const struct login_answer answer = { .url = SPAN("https://a.test/x/y?z"),
                                             .status = status,
                                             .fields = &fields,
                                             .body = body,
                                             .cookies = 1 };
        word = login_flow_next(flow, &answer, 59, &request, &arena);
        assert(word != LOGIN_SEND || request.method.len);
    }
    if (word == LOGIN_FAILED)
        assert(login_flow_reason(flow).len > 0);
    struct login_grant grant = { .block = NULL };
    if (word == LOGIN_DONE)
        login_flow_take_grant(flow, &grant);
    login_grant_release(&grant);
    return 0;
}
