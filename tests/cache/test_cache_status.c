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
        { "edge; fwd=uri-miss; stored; collapsed", OUTCOME_COLLAPSED },
        { "edge; fwd=uri-miss; stored; collapsed=?0", OUTCOME_MISS },
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
    struct span loose = SPAN("\"e \\\"; x\" ; hit; ttl=5 ,\"\" ; Fwd=MISS");
    struct cache_status_member odd;
    assert_true(cache_status_next(&loose, &odd));
    check_span(odd.cache, "e \\\"; x");
    assert_true(odd.hit && odd.ttl_s == 5);
    assert_true(cache_status_next(&loose, &odd));
    check_span(odd.cache, "");
    assert_int_equal(cache_status_outcome(&odd), OUTCOME_MISS);
    assert_false(cache_status_next(&loose, &odd));
    struct span rest = SPAN("\"\"; fwd; key=\"\"");
    struct cache_status_member m;
    assert_true(cache_status_next(&rest, &m));
    check_span(m.cache, "");
    check_span(m.fwd, "");
    check_span(m.key, "");
    assert_int_equal(cache_status_outcome(&m), OUTCOME_UNKNOWN);
}

static void test_cache_status__says_what_is_not_as_it_should_be(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned faults;
    } rows[] = {
        /* RFC 9211, section 3. */
        { "ExampleCache; hit", 0 },
        { "ExampleCache; hit; ttl=376", 0 },
        { "ExampleCache; hit; ttl=-412", 0 },
        { "ExampleCache; fwd=uri-miss", 0 },
        { "ExampleCache; fwd=stale; fwd-status=304", 0 },
        { "ExampleCache; fwd=uri-miss; collapsed", 0 },
        { "ExampleCache; fwd=uri-miss; collapsed=?0", 0 },
        { "ExampleCache; hit; detail=MEMORY", 0 },
        { "\"CDN Company Here\"; hit; ttl=545", 0 },
        { "a; other=12; other2=\"x\"", 0 },
        { "a; hit=?0; fwd=miss", 0 },
        { "10.0.0.1:80; hit", CACHE_STATUS_NOT_STRUCTURED },
        { "a b; hit", CACHE_STATUS_NOT_STRUCTURED },
        { "a; Hit", CACHE_STATUS_NOT_STRUCTURED },
        { "a ; hit", CACHE_STATUS_NOT_STRUCTURED },
        { "a; hit; ttl=12x", CACHE_STATUS_NOT_STRUCTURED | CACHE_STATUS_BAD_TYPE },
        { "a; hit; key=\"\xc3\xbc\"", CACHE_STATUS_NOT_STRUCTURED | CACHE_STATUS_BAD_TYPE },
        { "(a); hit", CACHE_STATUS_NOT_STRUCTURED },
        { "5; hit", CACHE_STATUS_BAD_NAME },
        { "a; hit=1", CACHE_STATUS_BAD_TYPE },
        { "a; fwd=\"miss\"", CACHE_STATUS_BAD_TYPE },
        { "a; fwd", CACHE_STATUS_BAD_TYPE | CACHE_STATUS_OTHER_FWD },
        { "a; key=abc", CACHE_STATUS_BAD_TYPE },
        { "a; detail=5", CACHE_STATUS_BAD_TYPE },
        { "a; hit; ttl=1.5", CACHE_STATUS_BAD_TYPE },
        { "a; fwd=miss; fwd-status=99", CACHE_STATUS_BAD_CODE },
        { "a; hit; fwd=miss", CACHE_STATUS_HIT_AND_FWD },
        { "a; stored", CACHE_STATUS_NEEDS_FWD },
        { "a; hit; collapsed=?0", CACHE_STATUS_NEEDS_FWD },
        { "a; fwd=because", CACHE_STATUS_OTHER_FWD },
        { "5; hit=1; fwd-status=5; fwd-status=x; key=1",
          CACHE_STATUS_BAD_NAME | CACHE_STATUS_BAD_TYPE | CACHE_STATUS_BAD_CODE },
        { "5; hit; stored", CACHE_STATUS_BAD_NAME | CACHE_STATUS_NEEDS_FWD },
        { "5; hit; fwd=because",
          CACHE_STATUS_BAD_NAME | CACHE_STATUS_HIT_AND_FWD | CACHE_STATUS_OTHER_FWD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span rest = span_of(rows[i].text);
        struct cache_status_member m;
        check_row(cache_status_next(&rest, &m) && m.faults == rows[i].faults, rows[i].text);
        check_row(cache_status_valid(span_of(rows[i].text)) ==
                      !(rows[i].faults & CACHE_STATUS_INVALID),
                  rows[i].text);
        for (unsigned bit = 1; bit <= CACHE_STATUS_OTHER_FWD; bit <<= 1)
            assert_true(cache_status_fault_sentence(bit)[0]);
    }
}

static void test_cache_status__strict_reads_the_whole_field_or_nothing(void **state)
{
    (void)state;
    struct span value = SPAN("ReverseProxyCache; hit, ForwardProxyCache; fwd=uri-miss; collapsed; "
                             "stored, \"BrowserCache\"; fwd=uri-miss; key=\"a\\\"b\"");
    struct sf_cursor c = sf_cursor_make(value);
    struct cache_status_member m;
    assert_true(cache_status_valid(value));
    assert_true(cache_status_next_strict(&c, &m));
    assert_true(m.hit && span_is_none(m.fwd) && !m.has_collapsed);
    assert_true(cache_status_next_strict(&c, &m));
    assert_true(!m.hit && m.stored && m.collapsed && m.has_collapsed);
    check_span(m.fwd, "uri-miss");
    assert_true(cache_status_next_strict(&c, &m));
    check_span(m.cache, "BrowserCache");
    check_span(m.key, "a\\\"b");
    assert_false(cache_status_next_strict(&c, &m));
    assert_false(c.failed);
    assert_false(cache_status_valid(SPAN("a; hit, 10.0.0.1; hit")));
    assert_false(cache_status_valid(SPAN("a; hit,")));
    assert_false(cache_status_valid(SPAN("5; hit, a; hit")));
    assert_true(cache_status_valid(SPAN("")));
}

static void test_cache_status__written(void **state)
{
    (void)state;
    static const struct {
        struct cache_status_member m;
        const char *text; /* NULL: cannot be written */
    } rows[] = {
        { { .cache = { "edge", 4 }, .hit = true, .has_ttl = true, .ttl_s = -5 },
          "edge;hit;ttl=-5" },
        { { .cache = { "10.0.0.1:80", 11 },
            .fwd = { "stale", 5 },
            .fwd_status = 304,
            .stored = true,
            .has_collapsed = true,
            .key = { "GET \"/\"", 7 },
            .detail = { "a b", 3 } },
          "\"10.0.0.1:80\";fwd=stale;fwd-status=304;stored;collapsed=?0;key=\"GET \\\"/\\\"\";"
          "detail=\"a b\"" },
        { { .cache = { "e", 1 },
            .fwd = { "miss", 4 },
            .collapsed = true,
            .detail = { "MEMORY", 6 } },
          "e;fwd=miss;collapsed;detail=MEMORY" },
        { { .cache = { "\xc3\xbc", 2 }, .hit = true }, NULL },
        { { .cache = { "e", 1 }, .key = { "a\nb", 3 } }, NULL },
        { { .cache = { "e", 1 }, .fwd = { "not a token", 11 } }, NULL },
        { { .cache = { "e", 1 }, .has_ttl = true, .ttl_s = INT64_MAX }, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        assert_int_equal(cache_status_add(&out, &rows[i].m), rows[i].text != NULL);
        check_span(strbuf_span(&out), rows[i].text ? rows[i].text : "");
    }
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    strbuf_add_str(&out, "origin; hit");
    assert_true(cache_status_add(&out, &rows[0].m));
    assert_false(cache_status_add(&out, &rows[3].m));
    check_span(strbuf_span(&out), "origin; hit, edge;hit;ttl=-5");
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
        cmocka_unit_test(test_cache_status__says_what_is_not_as_it_should_be),
        cmocka_unit_test(test_cache_status__strict_reads_the_whole_field_or_nothing),
        cmocka_unit_test(test_cache_status__written),
        cmocka_unit_test(test_observation__tells_evidence_from_content),
        cmocka_unit_test(test_outcome__names_and_hits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
