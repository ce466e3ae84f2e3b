/* Every way we know to be led to production without its name being said plainly. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "airbag.h"
#include "check.h"
#include "host_name.h"

/* ---- a DNS of our own ---- */

struct record {
    const char *host, *address; /* several rows a host are several addresses */
};

struct fake_dns {
    struct resolver base;
    const struct record *records; /* up to a row without host */
    unsigned delay_us;
};

static size_t answer(const struct resolver *self, const char *host, struct ip_address *ret)
{
    const struct fake_dns *dns = (const struct fake_dns *)(const void *)self;
    size_t count = 0;
    if (dns->delay_us)
        usleep(dns->delay_us);
    for (const struct record *r = dns->records; r->host; r++)
        if (strcmp(r->host, host) == 0 && count < RESOLVED_MAX)
            count += ip_parse(&ret[count], span_of(r->address));
    return count;
}

static const struct record records[] = {
    { "shop.example.com", "203.0.113.7" },  { "shop.example.com", "2001:db8::7" },
    { "www.example.com", "198.51.100.9" },  { "xn--mnchen-3ya.example.com", "203.0.113.8" },
    { "staging.example.net", "192.0.2.1" }, { "lb.example.net", "203.0.113.7" },
    { "self.example.com", "127.0.0.1" },    { NULL, NULL },
};

static const struct fake_dns dns = { { answer }, records, 0 };

/* ---- one scene a row ---- */

struct scene {
    const char *about;
    const char *host, *place;              /* of the map */
    const char *connect_from, *connect_to; /* or NULL */
    const char *name;                      /* production's, beside the map; or NULL */
    const char *address;                   /* given; or NULL */
    const char *proxy;
    unsigned shared;
    int rc;
};

static int open_scene(struct airbag **ret, struct target **ret_target, const struct scene *s,
                      struct err *err)
{
    const char *const names[] = { s->name }, *const addresses[] = { s->address };
    const struct production_facts facts = { .names = names,
                                            .name_count = s->name != NULL,
                                            .addresses = addresses,
                                            .address_count = s->address != NULL,
                                            .shared = s->shared };
    *ret_target = target_new("staging", false);
    assert_int_equal(target_add_host(*ret_target, s->host, s->place, err), 0);
    if (s->connect_from)
        assert_int_equal(target_add_connect(*ret_target, s->connect_from, s->connect_to, err), 0);
    if (s->proxy)
        assert_int_equal(target_set_proxy(*ret_target, s->proxy, err), 0);
    const struct airbag_options options = { .target = *ret_target,
                                            .facts = &facts,
                                            .resolver = &dns.base };
    return airbag_new(ret, &options, err);
}

#define SHOP "shop.example.com"
#define STAGING "https://staging.example.net"

static const struct scene scenes[] = {
    { "another name", SHOP, STAGING, NULL, NULL, NULL, NULL, NULL, 0, 0 },
    { "production's name", SHOP, "https://shop.example.com", .rc = E_REFUSED },
    { "with another port", SHOP, "https://shop.example.com:8443", .rc = E_REFUSED },
    { "in capitals", SHOP, "https://SHOP.Example.COM", .rc = E_REFUSED },
    { "with a dot behind", SHOP, "https://shop.example.com.", .rc = E_REFUSED },
    { "with a dot behind and a port", SHOP, "https://shop.example.com.:443", .rc = E_REFUSED },
    { "with an escape in it", SHOP, "https://sh%6fp.example.com", .rc = E_REFUSED },
    { "in punycode", "m\xc3\xbcnchen.example.com", "https://xn--mnchen-3ya.example.com",
      .rc = E_REFUSED },
    { "out of punycode", "xn--mnchen-3ya.example.com", "https://m\xc3\xbcnchen.example.com",
      .rc = E_REFUSED },
    { "in escapes of UTF-8", "xn--mnchen-3ya.example.com", "https://m%c3%bcnchen.example.com",
      .rc = E_REFUSED },
    { "with a dot that is none", SHOP,
      "https://shop\xe3\x80\x82"
      "example.com",
      .rc = E_REFUSED },
    { "another of production's names", SHOP, "https://www.example.com", .name = "www.example.com",
      .rc = E_REFUSED },
    { "another, given as a URL", SHOP, "https://www.example.com",
      .name = "https://WWW.example.com:443/", .rc = E_REFUSED },
    { "production's address", SHOP, "https://203.0.113.7", .rc = E_REFUSED },
    { "production's address, another port", SHOP, "http://203.0.113.7:8080", .rc = E_REFUSED },
    { "its address in hex", SHOP, "http://0xcb007107:8080", .rc = E_REFUSED },
    { "its address in decimal", SHOP, "http://3405803783", .rc = E_REFUSED },
    { "its address in octal", SHOP, "http://0313.0.0161.07", .rc = E_REFUSED },
    { "its address in two parts", SHOP, "http://203.28935", .rc = E_REFUSED },
    { "its address mapped into IPv6", SHOP, "http://[::ffff:203.0.113.7]:80", .rc = E_REFUSED },
    { "mapped, in hex", SHOP, "http://[::ffff:cb00:7107]", .rc = E_REFUSED },
    { "through NAT64", SHOP, "http://[64:ff9b::203.0.113.7]", .rc = E_REFUSED },
    { "through 6to4", SHOP, "http://[2002:cb00:7107::1]", .rc = E_REFUSED },
    { "its IPv6 address, written long", SHOP, "http://[2001:0DB8:0:0:0:0:0:7]", .rc = E_REFUSED },
    { "a given address", SHOP, "http://192.0.2.77", .address = "192.0.2.77", .rc = E_REFUSED },
    { "a given network", SHOP, "http://192.0.2.77", .address = "192.0.2.0/24", .rc = E_REFUSED },
    { "beside a given network", SHOP, "http://192.0.3.77", .address = "192.0.2.0/24", .rc = 0 },
    { "another port than given", SHOP, "http://192.0.2.77:81", .address = "192.0.2.77:80",
      .rc = 0 },
    { "given addresses are in DNS' place", SHOP, "https://203.0.113.7", .address = "192.0.2.77",
      .rc = 0 },
    { "the loop, other port", "127.0.0.1:8001", "http://127.0.0.1:8002", .rc = 0 },
    { "the loop, same port", "127.0.0.1:8001", "http://127.0.0.1:8001", .rc = E_REFUSED },
    { "the loop, same port, other spelling", "127.0.0.1:8001", "http://[::1]:8001",
      .rc = E_REFUSED },
    { "the loop by any address", "127.0.0.1:8001", "http://0.0.0.0:8001", .rc = E_REFUSED },
    { "the loop by a number", "127.0.0.1:8001", "http://2130706433:8001", .rc = E_REFUSED },
    { "the loop by a short form", "127.0.0.1:8001", "http://127.1:8001", .rc = E_REFUSED },
    { "the loop under a name, other port", "self.example.com", "http://127.0.0.1:8002", .rc = 0 },
    { "the loop under a name, its port", "self.example.com", "http://127.0.0.1", .rc = E_REFUSED },
    { "connected elsewhere", SHOP, "https://shop.example.com", "shop.example.com:443",
      "192.0.2.1:443", .rc = 0 },
    { "connected to production's name", SHOP, STAGING, "staging.example.net:443",
      "shop.example.com:443", .rc = E_REFUSED },
    { "connected to production's address", SHOP, STAGING, "staging.example.net:443",
      "203.0.113.7:443", .rc = E_REFUSED },
    { "connected to its mapped address", SHOP, STAGING, "staging.example.net:443",
      "[::ffff:203.0.113.7]:443", .rc = E_REFUSED },
    { "a proxy at production's name", SHOP, STAGING, .proxy = "http://shop.example.com:3128",
      .rc = E_REFUSED },
    { "a proxy at production's address", SHOP, STAGING, .proxy = "http://203.0.113.7:3128",
      .rc = E_REFUSED },
    { "a name behind the proxy that is production's", SHOP, "https://lb.example.net",
      .proxy = "http://192.0.2.1:3128", .rc = E_REFUSED },
    { "a proxy elsewhere", SHOP, STAGING, .proxy = "http://192.0.2.2:3128", .rc = 0 },
    { "a shared address, said", SHOP, "https://203.0.113.7", .shared = SHARES_ADDRESS, .rc = 0 },
    { "a shared address says nothing of names", SHOP, "https://shop.example.com",
      .shared = SHARES_ADDRESS, .rc = E_REFUSED },
    { "a production name, connected to a shared address", SHOP, "https://shop.example.com",
      "shop.example.com:443", "203.0.113.7:443", .shared = SHARES_ADDRESS, .rc = E_REFUSED },
    { "a shared host, said", SHOP, "https://shop.example.com", .shared = SHARES_HOST, .rc = 0 },
};

static void test_words_of_the_scenario__that_lead_to_production_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct err err = ERR_INIT;
        AUTO(target_freep) struct target *target = NULL;
        AUTO(airbag_freep) struct airbag *airbag = NULL;
        int rc = open_scene(&airbag, &target, &scenes[i], &err);
        if (rc != scenes[i].rc)
            print_error("%d %s\n", rc, err.text);
        check_row(rc == scenes[i].rc, scenes[i].about);
        if (rc < 0)
            check_contains(err.text, "nothing was sent");
    }
}

/* ---- addresses on the way ---- */

static const char *check(struct airbag *airbag, const char *authority, const char *address,
                         uint16_t port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return airbag_check_address(airbag, span_of(authority), (struct sockaddr *)&v4, sizeof v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return airbag_check_address(airbag, span_of(authority), (struct sockaddr *)&v6, sizeof v6);
}

static void test_an_address_of_production_on_the_way__trips_it_for_good(void **state)
{
    (void)state;
    static const char *const addresses[] = { "203.0.113.7", "2001:db8::7", "::ffff:203.0.113.7",
                                             "64:ff9b::cb00:7107", "2002:cb00:7107::" };
    static const struct scene scene = { .host = SHOP, .place = STAGING };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct err err = ERR_INIT;
        AUTO(target_freep) struct target *target = NULL;
        AUTO(airbag_freep) struct airbag *airbag = NULL;
        assert_int_equal(open_scene(&airbag, &target, &scene, &err), 0);
        assert_null(check(airbag, "staging.example.net", "192.0.2.1", 443));
        assert_null(airbag_tripped(airbag));
        const char *reason = check(airbag, "staging.example.net", addresses[i], 8443);
        check_row(reason != NULL, addresses[i]);
        check_contains(reason, "an address of production (shop.example.com)");
        /* From now on, even what was fine is not. */
        assert_ptr_equal(check(airbag, "staging.example.net", "192.0.2.1", 443), reason);
        assert_ptr_equal(airbag_tripped(airbag), reason);
        assert_ptr_equal(airbag_check_certificate(airbag, SPAN("staging.example.net"), SPAN_NONE),
                         reason);
    }
}

static void test_a_shared_address__lets_pass_other_names_and_no_production_name(void **state)
{
    (void)state;
    static const struct scene scene = { .host = SHOP, .place = STAGING, .shared = SHARES_ADDRESS };
    struct err err = ERR_INIT;
    AUTO(target_freep) struct target *target = NULL;
    AUTO(airbag_freep) struct airbag *airbag = NULL;
    assert_int_equal(open_scene(&airbag, &target, &scene, &err), 0);
    assert_null(check(airbag, "staging.example.net", "203.0.113.7", 443));
    assert_non_null(check(airbag, "Shop.example.com.:443", "203.0.113.7", 443));
}

static int take_line(void *ctx, const char *line)
{
    strbuf_add_str(ctx, line);
    strbuf_add_char(ctx, '\n');
    return 0;
}

static void test_what_was_let_pass__is_said_once(void **state)
{
    (void)state;
    static const struct scene scene = { .host = SHOP, .place = STAGING, .shared = SHARES_ADDRESS };
    struct err err = ERR_INIT;
    AUTO(strbuf_release) struct strbuf lines = STRBUF_INIT;
    AUTO(target_freep) struct target *target = NULL;
    AUTO(airbag_freep) struct airbag *airbag = NULL;
    assert_int_equal(open_scene(&airbag, &target, &scene, &err), 0);
    check(airbag, "staging.example.net", "203.0.113.7", 443);
    check(airbag, "staging.example.net", "203.0.113.7", 443);
    assert_int_equal(airbag_each_line(airbag, take_line, &lines), 0);
    assert_string_equal(
        lines.buf, "watched for production: 1 name, 2 addresses as DNS gave them, 0 "
                   "certificates\n"
                   "staging.example.net leads to 203.0.113.7 port 443, an address of production "
                   "(shop.example.com): let pass by the scenario's word "
                   "(shared_with_production)\n");
}

/* ---- DNS that changes its mind ---- */

struct changing_dns {
    struct resolver base;
    unsigned asked; /* one name is asked at a time here */
};

static size_t answer_anew(const struct resolver *self, const char *host, struct ip_address *ret)
{
    struct changing_dns *moving = (struct changing_dns *)(uintptr_t)self;
    (void)host;
    return ip_parse(ret, moving->asked++ ? SPAN("192.0.2.1") : SPAN("203.0.113.7"));
}

static void test_production_that_moves_to_where_staging_moves__is_asked_for_again(void **state)
{
    (void)state;
    struct changing_dns moving = { { answer_anew }, 0 };
    struct err err = ERR_INIT;
    AUTO(target_freep) struct target *target = target_new("staging", false);
    AUTO(airbag_freep) struct airbag *airbag = NULL;
    assert_int_equal(target_add_host(target, SHOP, STAGING, &err), 0);
    const struct airbag_options options = { .target = target,
                                            .resolver = &moving.base,
                                            .fresh_us = 1 };
    assert_int_equal(airbag_new(&airbag, &options, &err), 0);
    assert_int_equal(moving.asked, 1);
    usleep(1000);
    assert_non_null(check(airbag, "staging.example.net", "192.0.2.1", 443));
    assert_int_equal(moving.asked, 2);
}

/* ---- names of the capture, and DNS that does not come back ---- */

static void test_a_name_of_the_capture__is_productions_where_the_map_has_a_star(void **state)
{
    (void)state;
    static const struct scene scene = { .host = "*", .place = "https://shop.example.com." };
    struct err err = ERR_INIT;
    AUTO(target_freep) struct target *target = NULL;
    AUTO(airbag_freep) struct airbag *airbag = NULL;
    assert_int_equal(open_scene(&airbag, &target, &scene, &err), 0);
    assert_int_equal(airbag_meet_name(airbag, SPAN("www.example.com"), &err), 0);
    assert_int_equal(airbag_meet_name(airbag, SPAN("SHOP.example.com"), &err), E_REFUSED);
}

static void test_dns_that_does_not_come_back__is_not_waited_for(void **state)
{
    (void)state;
    static const struct fake_dns slow = { { answer }, records, 1500000 };
    struct err err = ERR_INIT;
    AUTO(strbuf_release) struct strbuf lines = STRBUF_INIT;
    AUTO(target_freep) struct target *target = target_new("staging", false);
    AUTO(airbag_freep) struct airbag *airbag = NULL;
    assert_int_equal(target_add_host(target, SHOP, STAGING, &err), 0);
    const struct airbag_options options = { .target = target,
                                            .resolver = &slow.base,
                                            .resolve_us = 50000 };
    assert_int_equal(airbag_new(&airbag, &options, &err), 0);
    assert_int_equal(airbag_each_line(airbag, take_line, &lines), 0);
    check_contains(lines.buf, "DNS did not say in 0.1 s where 1 of production's names are");
}

static void test_production_itself__has_no_airbag(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    AUTO(target_freep) struct target *target = target_new("production", true);
    struct airbag *airbag = NULL;
    assert_int_equal(target_add_host(target, SHOP, "https://shop.example.com", &err), 0);
    const struct airbag_options options = { .target = target, .resolver = &dns.base };
    assert_int_equal(airbag_new(&airbag, &options, &err), 0);
    assert_null(airbag);
    assert_null(airbag_tripped(airbag));
    assert_null(check(airbag, SHOP, "203.0.113.7", 443));
}

/* ---- words ---- */

static void test_addresses_and_fingerprints__are_read_or_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    static const char *const good[] = { "203.0.113.7",       "203.0.113.7:443", "2001:db8::1",
                                        "[2001:db8::1]:443", "198.51.100.0/24", "2001:db8::/32" };
    static const char *const bad[] = { "",
                                       "shop.example",
                                       "203.0.113.7:0",
                                       "203.0.113.7:70000",
                                       "0.0.0.0/0",
                                       "203.0.113.7/33",
                                       "::/0",
                                       "203.0.113.7/x",
                                       "203.0.113",
                                       "[::1" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check_row(production_check_address(good[i], &err) == 0, good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_row(production_check_address(bad[i], &err) == E_USAGE, bad[i]);
    assert_int_equal(
        production_check_certificate(
            "e3:b0:c4:42:98:fc:1c:14:9a:fb:f4:c8:99:6f:b9:24:27:ae:41:e4:64:9b:93:4c:a4:95:99:1b:"
            "78:52:b8:55",
            &err),
        0);
    assert_int_equal(production_check_certificate("e3b0c442", &err), E_USAGE);
    assert_int_equal(production_check_certificate("", &err), E_USAGE);
}

static void test_a_host__is_what_libcurl_would_connect_to(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        uint16_t port;
    } rows[] = {
        { "https://staging.test@shop.example.com/x", "shop.example.com", 0 },
        { "staging.test@shop.example.com", "shop.example.com", 0 },
        { "http://user:pass@SHOP.example.com:8080", "shop.example.com", 8080 },
        { "http://0x7f.1:80", "127.0.0.1", 80 },
        { "[::1]:443", "::1", 443 },
        { "shop.example.com...", NULL, 0 },
        { "", NULL, 0 },
        { "http://", NULL, 0 },
        { "sh op", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host_name host;
        bool is = host_name_of(&host, span_of(rows[i].text));
        if (!rows[i].host && is)
            continue; /* what libcurl takes is looked at as it takes it */
        check_row(is == (rows[i].host != NULL), rows[i].text);
        check_row(!is || strcmp(host.text, rows[i].host) == 0, rows[i].text);
        check_row(!is || host.port == rows[i].port, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_the_scenario__that_lead_to_production_are_refused),
        cmocka_unit_test(test_an_address_of_production_on_the_way__trips_it_for_good),
        cmocka_unit_test(test_a_shared_address__lets_pass_other_names_and_no_production_name),
        cmocka_unit_test(test_what_was_let_pass__is_said_once),
        cmocka_unit_test(test_production_that_moves_to_where_staging_moves__is_asked_for_again),
        cmocka_unit_test(test_a_name_of_the_capture__is_productions_where_the_map_has_a_star),
        cmocka_unit_test(test_dns_that_does_not_come_back__is_not_waited_for),
        cmocka_unit_test(test_production_itself__has_no_airbag),
        cmocka_unit_test(test_addresses_and_fingerprints__are_read_or_refused),
        cmocka_unit_test(test_a_host__is_what_libcurl_would_connect_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
