/* What the scenario says of mutations and of production. */
#include "check.h"
#include "rehearse/rehearsal/scenario.h"

/* Of the files to import it only matters that they are there. */
#define FRONT "capture: {from: \"" FIXTURES "/regressions.tsv\"}\ntargets:\n"

static int parse(struct scenario **ret, const char *targets, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_add_str(&text, FRONT);
    strbuf_add_str(&text, targets);
    return scenario_parse(ret, "s.yaml", strbuf_span(&text), "", err);
}

#define HOSTS "hosts: {a.example: b.test}"

static void test_mutations__are_careful_as_a_map_and_all_as_a_word(void **state)
{
    (void)state;
    static const struct {
        const char *mutations, *refused; /* names of classes; "-" for none sent at all */
    } rows[] = {
        { "allow", "" },
        { "refuse", "-" },
        { "{}", "payment message " },
        { "{cart: allow}", "payment message " },
        { "{payment: refuse}", "payment message " },
        { "{payment: allow, message: allow}", "" },
        { "{message: allow, other: refuse, idempotent: refuse}", "idempotent payment other " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(scenario_freep) struct scenario *s = NULL;
        AUTO(strbuf_release) struct strbuf refused = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf targets = STRBUF_INIT;
        struct err err = ERR_INIT;
        strbuf_addf(&targets, "  staging: {" HOSTS ", mutations: %s}\n", rows[i].mutations);
        assert_int_equal(parse(&s, targets.buf, &err), 0);
        if (!s->staging.mutations)
            strbuf_add_char(&refused, '-');
        for (int c = 0; s->staging.mutations && c < MUTATION_CLASSES; c++)
            if (s->staging.refused[c])
                strbuf_addf(&refused, "%s ", mutation_class_name((enum mutation_class)c));
        check_row(strcmp(refused.buf, rows[i].refused) == 0, rows[i].mutations);
    }
}

static void test_production__is_known_by_what_the_scenario_says(void **state)
{
    (void)state;
    AUTO(scenario_freep) struct scenario *s = NULL;
    AUTO(scenario_freep) struct scenario *again = NULL;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    int rc = parse(&s,
                   "  production:\n"
                   "    hosts: {a.example: \"https://www.a.example\"}\n"
                   "    addresses: [203.0.113.7, \"198.51.100.0/24\"]\n"
                   "    certificates: "
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
                   "  staging: {" HOSTS ", write_budget: 0, proxy: \"http://proxy.test:3128\", "
                   "shared_with_production: [address, host]}\n",
                   &err);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, 0);
    for (int round = 0; round < 2; round++) {
        const struct production_facts *p = &s->known_production;
        assert_int_equal(p->address_count, 2);
        assert_string_equal(p->addresses[1], "198.51.100.0/24");
        assert_int_equal(p->certificate_count, 1);
        assert_int_equal(p->shared, SHARES_ADDRESS | SHARES_HOST);
        assert_int_equal(p->name_count, 2);
        assert_string_equal(p->names[0], "a.example");
        assert_string_equal(p->names[1], "https://www.a.example");
        assert_true(s->staging.write_budget_given);
        assert_int_equal(s->staging.write_budget, 0);
        assert_string_equal(s->staging.proxy, "http://proxy.test:3128");
        if (round)
            break;
        /* And as it is written again. */
        scenario_add_yaml(s, &text);
        assert_int_equal(scenario_parse(&again, "again.yaml", strbuf_span(&text), "", &err), 0);
        struct scenario *first = s;
        s = again;
        again = first;
    }
}

static void test_what_cannot_be_meant__is_an_error_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *targets, *error;
    } rows[] = {
        { "  staging: {" HOSTS ", mutations: {cart: maybe}}\n", "expected allow or refuse" },
        { "  staging: {" HOSTS ", mutations: {carts: allow}}\n", "carts" },
        { "  staging: {" HOSTS ", mutations: some}\n", "expected allow, refuse, or a map" },
        { "  production: {mutations: {cart: allow}}\n", "mutations are never sent to production" },
        { "  production: {mutations: allow}\n", "mutations are never sent to production" },
        { "  production: {addresses: [203.0.113.7, shop.example]}\n",
          "s.yaml:3:41: address \"shop.example\": expected such as" },
        { "  production: {addresses: [0.0.0.0/0]}\n", "address \"0.0.0.0/0\"" },
        { "  production: {certificates: [abcd]}\n", "expected its SHA-256" },
        { "  staging: {" HOSTS ", proxy: proxy.test}\n", "expected http://host:port" },
        { "  staging: {" HOSTS ", proxy: \"http://u:p@proxy.test:80\"}\n",
          "expected http://host:port" },
        { "  staging: {" HOSTS ", shared_with_production: [name]}\n",
          "expected any of: address, certificate, host" },
        { "  staging: {" HOSTS ", write_budget: -1}\n", "write_budget" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(scenario_freep) struct scenario *s = NULL;
        struct err err = ERR_INIT;
        int rc = parse(&s, rows[i].targets, &err);
        check_row(rc == E_USAGE, rows[i].targets);
        if (!strstr(err.text, rows[i].error))
            print_error("%s\n", err.text);
        check_row(strstr(err.text, rows[i].error) != NULL, rows[i].targets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutations__are_careful_as_a_map_and_all_as_a_word),
        cmocka_unit_test(test_production__is_known_by_what_the_scenario_says),
        cmocka_unit_test(test_what_cannot_be_meant__is_an_error_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
