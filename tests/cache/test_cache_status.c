#include "support/fields.h"

#include "rehearse/cache/cache_status.h"

static void test_outcome__words_of_all_products(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        enum cache_outcome outcome;
    } rows[] = {
        { "HIT", OUTCOME_HIT },
        { "hit", OUTCOME_HIT },
        { "MISS, HIT", OUTCOME_HIT },
        { "HIT,MISS", OUTCOME_MISS },
        { "HIT (3)", OUTCOME_HIT },
        { "HIT from squid.example:3128", OUTCOME_HIT },
        { "EXPIRED", OUTCOME_EXPIRED_FETCHED },
        { "STALE", OUTCOME_STALE_HIT },
        { "UPDATING", OUTCOME_STALE_HIT },
        { "REVALIDATED", OUTCOME_REVALIDATED },
        { "BYPASS", OUTCOME_PASS },
        { "DYNAMIC", OUTCOME_UNCACHEABLE },
        { "Hit from cloudfront", OUTCOME_HIT },
        { "RefreshHit from cloudfront", OUTCOME_REVALIDATED },
        { "Miss from cloudfront", OUTCOME_MISS },
        { "Error from cloudfront", OUTCOME_ERROR },
        { "LambdaGeneratedResponse from cloudfront", OUTCOME_SYNTH },
        { "LambdaExecutionError from cloudfront", OUTCOME_ERROR },
        { "OriginShieldHit", OUTCOME_HIT },
        { "TCP_HIT from a23-1-2-3.deploy.akamaitechnologies.com (AkamaiGHost/11) (-)",
          OUTCOME_HIT },
        { "TCP_REFRESH_MISS from a23", OUTCOME_EXPIRED_FETCHED },
        { "TCP_REFRESH_FAIL_HIT", OUTCOME_STALE_HIT },
        { "HitStale from child, Miss from parent", OUTCOME_STALE_HIT },
        { "Miss from child, Hit from parent", OUTCOME_MISS },
        { "TCP_MISS/200", OUTCOME_MISS },
        { "TCP_MISS_ABORTED", OUTCOME_MISS },
        { "TCP_REFRESH_UNMODIFIED", OUTCOME_REVALIDATED },
        { "TCP_CLIENT_REFRESH_MISS", OUTCOME_PASS },
        { "TCP_DENIED/403", OUTCOME_SYNTH },
        { "HIT-CLUSTER", OUTCOME_HIT },
        { "MISS-WAIT-CLUSTER", OUTCOME_MISS },
        { "HIT-STALE-CLUSTER", OUTCOME_STALE_HIT },
        { "ERROR-CLUSTER", OUTCOME_ERROR },
        { "hit-stale", OUTCOME_STALE_HIT },
        { "hit-fresh", OUTCOME_HIT },
        { "skipped", OUTCOME_PASS },
        { "TCP_REMOTE_HIT", OUTCOME_HIT },
        { "PRIVATE_NOSTORE", OUTCOME_UNCACHEABLE },
        { "CONFIG_NOCACHE", OUTCOME_PASS },
        { "PRERENDER", OUTCOME_HIT },
        { "edge; fwd=stale; fwd-status=304", OUTCOME_REVALIDATED },
        { "pass", OUTCOME_PASS },
        { "synth", OUTCOME_SYNTH },
        { "N/A", OUTCOME_UNKNOWN },
        { "-", OUTCOME_UNKNOWN },
        { "", OUTCOME_UNKNOWN },
        { "none", OUTCOME_UNKNOWN },
        { "HITCHHIKER", OUTCOME_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(cache_outcome_of_text(span_of(rows[i].raw)) == rows[i].outcome, rows[i].raw);
}

static void test_outcome__fields_by_their_weight(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum cache_outcome outcome;
        const char *field;
    } rows[] = {
        { "X-Cache: MISS\nCache-Status: edge; hit; ttl=5", OUTCOME_HIT, "Cache-Status" },
        { "Cache-Status: edge; hit; ttl=0", OUTCOME_HIT, "Cache-Status" },
        { "Cache-Status: edge; hit; ttl=-5", OUTCOME_STALE_HIT, "Cache-Status" },
        { "Cache-Status: o; hit\nCache-Status: \"e;x\"; fwd=uri-miss; stored", OUTCOME_MISS,
          "Cache-Status" },
        { "Cache-Status: o; hit, e; fwd=stale", OUTCOME_EXPIRED_FETCHED, "Cache-Status" },
        { "Cache-Status: squid; detail=match\nX-Cache: HIT from squid", OUTCOME_HIT, "X-Cache" },
        { "CF-Cache-Status: DYNAMIC\nX-Cache: HIT", OUTCOME_UNCACHEABLE, "CF-Cache-Status" },
        { "x-vercel-cache: REVALIDATED", OUTCOME_EXPIRED_FETCHED, "X-Vercel-Cache" },
        { "X-Cache: HIT\nX-Cache: Miss from cloudfront", OUTCOME_MISS, "X-Cache" },
        { "Via: http/1.1 ats (ApacheTrafficServer/10.0.0 [cMsSfW])", OUTCOME_MISS, "Via" },
        { "Via: 1.1 a, http/1.1 ats (ApacheTrafficServer/10.0.0 [uScRs f p eN:t cCHp s ])",
          OUTCOME_HIT, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cSsNfU])", OUTCOME_REVALIDATED, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cSsSfU])", OUTCOME_EXPIRED_FETCHED, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cSfUsN])", OUTCOME_EXPIRED_FETCHED, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cRs f ])", OUTCOME_HIT, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cAsSfW])", OUTCOME_MISS, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [c sSf ])", OUTCOME_PASS, "Via" },
        { "Via: http/1.1 a (ApacheTrafficServer/10 [cX])", OUTCOME_UNKNOWN, NULL },
        { "Via: http/1.1 a (Other/10 [cHs f ])", OUTCOME_UNKNOWN, NULL },
        { "Via: 1.1 varnish (Varnish/8.0)\nX-Varnish: 65562 32771", OUTCOME_HIT, "X-Varnish" },
        { "X-Varnish: 32770\nAge: 0", OUTCOME_MISS, "X-Varnish" },
        { "Age: 7", OUTCOME_HIT, "Age" },
        { "Age: 0", OUTCOME_UNKNOWN, NULL },
        { "Server: x", OUTCOME_UNKNOWN, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct http_fields f = fields_from(rows[i].fields, &arena);
        struct observed_outcome seen = cache_outcome_of(&f);
        check_row(seen.outcome == rows[i].outcome, rows[i].fields);
        check_span(seen.field, rows[i].field);
    }
}

static void test_cache_status__reads_every_parameter(void **state)
{
    (void)state;
    struct span rest =
        SPAN("\"Netlify Edge\"; fwd=miss; fwd-status=200; stored; collapsed=?0; ttl=-3;"
             " key=\"a;b, c\"; detail=x ,, 10.0.0.1:80;hit");
    struct cache_status_member m;
    assert_true(cache_status_next(&rest, &m));
    check_span(m.cache, "Netlify Edge");
    check_span(m.fwd, "miss");
    assert_int_equal(m.fwd_status, 200);
    assert_true(m.stored && !m.collapsed && !m.hit);
    assert_true(m.has_ttl);
    assert_int_equal(m.ttl_s, -3);
    check_span(m.key, "a;b, c");
    check_span(m.detail, "x");
    assert_true(cache_status_next(&rest, &m));
    check_span(m.cache, "10.0.0.1:80");
    assert_true(m.hit);
    check_span(m.key, NULL);
    assert_false(cache_status_next(&rest, &m));
}

static void test_cache_status__passes_over_what_it_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int fwd_status;
    } rows[] = {
        { "a; fwd=miss; fwd-status=100", 100 },
        { "a; fwd=miss; fwd-status=999", 999 },
        { "a; fwd=miss; fwd-status=99", 0 },
        { "a; fwd=miss; fwd-status=1000", 0 },
        { "a; fwd=miss; fwd-status=x", 0 },
        { "a; fwd=miss; x-status=500", 0 },
        { "\"\"; fwd=miss", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span rest = span_of(rows[i].text);
        struct cache_status_member m;
        assert_true(cache_status_next(&rest, &m));
        check_row(m.fwd_status == rows[i].fwd_status && !m.has_ttl, rows[i].text);
    }
    struct span rest = SPAN("\"\"; fwd; key=\"\"");
    struct cache_status_member m;
    assert_true(cache_status_next(&rest, &m));
    check_span(m.cache, "");
    check_span(m.fwd, "");
    check_span(m.key, "");
    assert_int_equal(cache_status_outcome(&m), OUTCOME_UNKNOWN);
}

static void test_observation__tells_evidence_from_content(void **state)
{
    (void)state;
    static const char *const evidence[] = {
        "Age",
        "age",
        "VIA",
        "X-Cache",
        "x-cache-hits",
        "CF-RAY",
        "cf-cache-status",
        "X-Served-By",
        "X-Timer",
        "X-Varnish",
        "X-Amz-Cf-Id",
        "X-Vercel-Id",
        "Cache-Status",
        "X-Nextjs-Cache",
        "Fastly-Debug-Path",
        "Akamai-Cache-Status",
        "CDN-RequestId",
    };
    static const char *const content[] = {
        "Cache-Control", "X-Cache-Control",   "X-Cache-Key",   "X-Cache-Tags", "Vary", "ETag",
        "Date",          "CDN-Cache-Control", "Surrogate-Key", "Ag",           "",
    };
    for (size_t i = 0; i < sizeof evidence / sizeof *evidence; i++)
        check_row(cache_field_is_observation(span_of(evidence[i])), evidence[i]);
    for (size_t i = 0; i < sizeof content / sizeof *content; i++)
        check_row(!cache_field_is_observation(span_of(content[i])), content[i]);
}

static void test_outcome__names_and_hits(void **state)
{
    (void)state;
    assert_string_equal(cache_outcome_name(OUTCOME_STALE_HIT), "STALE_HIT");
    assert_string_equal(cache_outcome_name(OUTCOME_SYNTH), "SYNTH");
    assert_true(cache_outcome_is_hit(OUTCOME_REVALIDATED));
    assert_false(cache_outcome_is_hit(OUTCOME_EXPIRED_FETCHED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcome__words_of_all_products),
        cmocka_unit_test(test_outcome__fields_by_their_weight),
        cmocka_unit_test(test_cache_status__reads_every_parameter),
        cmocka_unit_test(test_cache_status__passes_over_what_it_does_not_know),
        cmocka_unit_test(test_observation__tells_evidence_from_content),
        cmocka_unit_test(test_outcome__names_and_hits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
