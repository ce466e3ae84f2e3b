/* The presets against what real programs were seen to do: fixtures/keys/pairs. */
#include "support/fields.h"

#include "rehearse/base/file.h"
#include "rehearse/cache/product.h"
#include "rehearse/cache/profile.h"
#include "rehearse/key/key_source.h"

static const char *const programs[] = { "apache", "haproxy",       "nginx",
                                        "squid",  "trafficserver", "varnish" };

/* "GET shop.example /p" */
static struct span key_for(const struct key_policy *policy, struct span asked, struct arena *arena)
{
    struct http_request request = { .scheme = SPAN("http") };
    request.method = span_cut(&asked, ' ');
    request.authority = span_cut(&asked, ' ');
    request.target = asked;
    return key_of(policy, &request, arena);
}

static bool is_listed(struct span list, const char *name)
{
    while (!span_is_none(list))
        if (span_eq(span_cut(&list, ' '), span_of(name)))
            return true;
    return false;
}

static void test_presets__share_what_the_real_programs_share(void **state)
{
    (void)state;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    unsigned pairs = 0;
    assert_int_equal(file_read(&text, FIXTURES "/keys/pairs", 1 << 20, NULL), 0);
    struct span rest = strbuf_span(&text);
    while (rest.len) {
        struct span line = span_cut(&rest, '\n');
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        struct span list = line;
        struct span first = span_cut(&list, '\t');
        struct span second = span_cut(&list, '\t');
        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
            const struct key_policy *policy = &key_preset(span_of(programs[i]))->policy;
            bool same = span_eq(key_for(policy, first, &arena), key_for(policy, second, &arena));
            if (same != is_listed(list, programs[i]))
                print_error("%s: %.*s\n", programs[i], SPAN_ARG(line));
            assert_int_equal(same, is_listed(list, programs[i]));
        }
        pairs++;
    }
    assert_true(pairs > 20);
}

static void test_presets__go_with_each_profile_and_each_product_that_shows(void **state)
{
    (void)state;
    size_t count;
    const struct cache_profile *const *all = cache_profiles(&count);
    for (size_t i = 0; i < count; i++)
        assert_non_null(key_preset(all[i]->name));
    const struct product_sign *signs = product_signs(&count);
    for (size_t i = 0; i < count; i++)
        assert_non_null(key_preset(signs[i].product));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets__share_what_the_real_programs_share),
        cmocka_unit_test(test_presets__go_with_each_profile_and_each_product_that_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
