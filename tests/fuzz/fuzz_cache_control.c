/*
 * The cache room as a whole: request fields, an empty line, response fields. The
 * rules never fail, and the strict cache stores nothing that says no-store.
 */
#include <assert.h>

#include "rehearse/cache/cache_status.h"
#include "rehearse/cache/directives.h"
#include "rehearse/cache/freshness.h"
#include "rehearse/key/key.h"
#include "rehearse/key/observed_key.h"
#include "rehearse/cache/storability.h"
#include "rehearse/cache/validation.h"
#include "rehearse/cache/vary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct cache_policy *policy, const struct http_request *request,
                  const struct http_response *response, struct arena *arena)
{
    struct obeyed_directives o = directives_obeyed(policy, &response->fields);
    struct storability s = storability_of(policy, request, response);
    assert(s.why.rule && s.why.sentence[0]);
    assert(!(s.storable && o.d.no_store && !o.d.must_understand));
    assert(!(s.storable && o.d.is_private));
    struct freshness f = freshness_on_arrival(policy, response, INT64_C(1700000000));
    assert(f.lifetime_s >= 0 && f.age_s >= 0 && f.why.rule && f.why_stale.rule);
    assert(cache_outcome_name(cache_outcome_of(&response->fields).outcome));

    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct vary vary = vary_of(&response->fields, arena);
    variant_key_add(&out, &vary, request);
    assert(vary_eq(&vary, &vary));
    assert(precondition_judge(policy, request, response, 0).why.sentence[0]);
    struct http_request post = *request;
    struct span uris[INVALIDATED_MAX];
    post.method = SPAN("POST");
    assert(invalidated_uris(&post, response, arena, uris) <= INVALIDATED_MAX);
    struct observed_key key;
    key_observed(&response->fields, SPAN_NONE, arena, &key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct span text = span_make((const char *)data, size);
    struct http_request request = { .method = SPAN("GET"), .target = text };
    struct http_response response = { .status = size ? 200 + data[0] % 4 * 102 : 200 };
    struct key_policy policy = { .query_sort = true };
    size_t bad;
    ptrdiff_t read = http_fields_parse(&request.fields, text, &arena, &bad);
    if (read >= 0)
        http_fields_parse(&response.fields, span_from(text, (size_t)read), &arena, &bad);
    judge(&cache_policy_rfc, &request, &response, &arena);
    judge(&cache_policy_cdn, &request, &response, &arena);
    key_of(&policy, &request, &arena);
    cache_outcome_of_text(text);
    return 0;
}
