/*
 * Hostile exchanges through the reader and the model: fields as they come, times that
 * go back, every eviction. What must hold whatever is said: nothing is stored that the
 * answer forbids, the capacity is kept, and every request has one outcome.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "rehearse/model/model_reader.h"
#include "rehearse/cache/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct model_reader *reader, struct model *model, struct span block, uint8_t how,
                struct model_counts *counts)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    static const char *const targets[] = { "/a", "/b", "/a?b=1", "*" };
    static const char *const methods[] = { "GET", "HEAD", "POST", "DELETE" };
    static const int statuses[] = { 200, 304, 206, 503 };
    struct exchange x = exchange_blank();
    struct model_request r;
    size_t bad;
    x.start_us = (int64_t)counts->requests * (how & 1 ? -400000 : 700000);
    x.marks = how & 2 ? MARK_ALL_RESPONSE_FIELDS : 0;
    x.request.method = span_of(methods[how >> 2 & 3]);
    x.request.target = span_of(targets[how >> 4 & 3]);
    x.request.authority = SPAN("shop.example");
    x.response.status = statuses[how >> 6];
    x.response.body_bytes = (int64_t)block.len * 1000;
    struct span rest = block;
    struct span asked = span_cut(&rest, '\f');
    http_fields_parse(&x.request.fields, asked, &arena, &bad);
    http_fields_parse(&x.response.fields, rest, &arena, &bad);
    const struct model_reading reading = { &x, &x, cache_outcome_of(&x.response.fields).outcome,
                                           how & 3u };
    if (!model_reader_read(reader, &reading, &r))
        return;
    model_reader_teach(reader, model);
    struct model_result result = model_step(model, &r);
    assert(result.outcome < MODEL_OUTCOMES);
    assert(!(r.flags & MODEL_HAS_NO_ANSWER) || result.outcome == MODEL_UNKNOWN);
    model_count(counts, result, r.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CAPACITY = 20000 };
    static const struct key_policy whole_url = { 0 };
    size_t profiles;
    const struct cache_profile *const *all = cache_profiles(&profiles);
    if (size < 2)
        return 0;
    const struct cache_policy *policy = all[data[0] % profiles]->policy;
    struct model_options options = model_options_of(policy);
    options.eviction = (enum model_eviction)(data[1] % EVICTIONS);
    options.capacity_bytes = CAPACITY;
    AUTO(variant_space_freep) struct variant_space *space = variant_space_new();
    AUTO(model_reader_freep)
    struct model_reader *reader = model_reader_new(
        &(struct model_reader_options){ .policy = policy, .key = &whole_url, .space = space });
    AUTO(model_freep) struct model *model = model_new(&options, space);
    struct model_counts counts = { 0 };
    struct span rest = span_make((const char *)data + 2, size - 2);
    while (!span_is_none(rest)) {
        struct span block = span_cut(&rest, '\v');
        ask(reader, model, span_from(block, 1), block.len ? (uint8_t)block.ptr[0] : 0, &counts);
        assert(model_size(model).bytes <= CAPACITY);
    }
    uint64_t sum = 0;
    for (int i = 0; i < MODEL_OUTCOMES; i++)
        sum += counts.outcomes[i];
    assert(sum == counts.requests);
    return 0;
}
