/*
 * Keys of hostile requests under hostile policies. The first bytes choose the
 * policy; then a target line, and fields. The same request always has the same key,
 * and no input makes a line of its own.
 */
#include <assert.h>

#include "rehearse/key/bypass.h"
#include "rehearse/key/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct span patterns[] = { { "a*", 2 }, { "*b", 2 }, { "sid", 3 } };
static const struct span values[] = { { "de", 2 }, { "en-US", 5 }, { "gzip", 4 }, { "bot", 3 } };
static const char *const names[] = { "Accept-Language", "Accept-Encoding", "User-Agent", "x" };

/* A line feed of a value has a tab behind it, and begins no line. */
static size_t lines_of(struct span key)
{
    size_t lines = 0;
    for (size_t i = 0; i < key.len; i++)
        lines += key.ptr[i] == '\n' && (i + 1 == key.len || key.ptr[i + 1] != '\t');
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    if (size < 4)
        return 0;
    struct key_input input = { .name = span_of(names[data[0] % 4]),
                               .rule = (enum key_rule)(data[1] % (KEY_IS_DEVICE + 1)),
                               .place = (enum key_place)(data[0] / 4 % 3),
                               .values = values,
                               .value_count = data[1] / 16 % 5,
                               .any_case = data[0] & 64 };
    struct key_policy policy = { .query = (enum key_query)(data[2] % 4),
                                 .query_names = patterns,
                                 .query_count = 3,
                                 .query_sort = data[2] & 4,
                                 .query_values = data[2] & 8,
                                 .query_percent = data[2] & 16,
                                 .query_fold = data[2] & 32,
                                 .path = data[3],
                                 .inputs = &input,
                                 .input_count = 1,
                                 .ignore_host = true };
    struct span text = span_make((const char *)data + 4, size - 4), rest = text;
    struct http_request request = { .method = SPAN("GET"), .target = span_cut(&rest, '\0') };
    size_t bad;
    http_fields_parse(&request.fields, rest, &arena, &bad);
    struct span key = key_of(&policy, &request, &arena);
    assert(lines_of(key) == 2 && key.ptr[key.len - 1] == '\n');
    assert(span_eq(key, key_of(&policy, &request, &arena)));
    policy.cookies = patterns;
    policy.cookie_count = data[2] / 64;
    policy.cookie_mode = data[3] & 128 ? KEY_COOKIES_DROP : KEY_COOKIES_KEEP;
    assert(lines_of(key_of(&policy, &request, &arena)) >= 2);
    return 0;
}
