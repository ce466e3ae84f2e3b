#include "ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static struct ip_address of_v4(const uint8_t *four)
{
    struct ip_address a;
    memcpy(a.bytes, mapped, sizeof mapped);
    memcpy(a.bytes + 12, four, 4);
    return a;
}

static struct ip_address loopback(void)
{
    static const uint8_t one[4] = { 127, 0, 0, 1 };
    return of_v4(one);
}

static bool all_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i])
            return false;
    return true;
}

/* Where in an IPv6 address an IPv4 one is carried, and under which prefix. */
static const struct {
    uint8_t prefix[12];
    size_t len, at;
} carriers[] = {
    { { 0x00, 0x64, 0xff, 0x9b }, 12, 12 }, /* 64:ff9b::/96, NAT64 (RFC 6052) */
    { { 0x20, 0x02 }, 2, 2 },               /* 2002::/16, 6to4 (RFC 3056) */
    { { 0 }, 12, 12 },                      /* ::/96, compatible (RFC 4291, section 2.5.5.1) */
};

static struct ip_address one_form(struct ip_address a)
{
    if (all_zero(a.bytes, 15) && a.bytes[15] <= 1)
        return loopback(); /* ::1, and :: which connects to it */
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (memcmp(a.bytes, carriers[i].prefix, carriers[i].len) == 0) {
            a = of_v4(a.bytes + carriers[i].at);
            break;
        }
    if (ip_is_v4(&a) && (a.bytes[12] == 127 || all_zero(a.bytes + 12, 4)))
        return loopback();
    return a;
}

bool ip_is_v4(const struct ip_address *a)
{
    return memcmp(a->bytes, mapped, sizeof mapped) == 0;
}

bool ip_parse(struct ip_address *ret, struct span text)
{
    char buf[INET6_ADDRSTRLEN];
    uint8_t four[4];
    struct ip_address six;
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = span_make(text.ptr + 1, text.len - 2);
    if (text.len == 0 || text.len >= sizeof buf)
        return false;
    memcpy(buf, text.ptr, text.len);
    buf[text.len] = '\0';
    if (inet_pton(AF_INET, buf, four) == 1)
        *ret = one_form(of_v4(four));
    else if (inet_pton(AF_INET6, buf, six.bytes) == 1)
        *ret = one_form(six);
    else
        return false;
    return true;
}

bool ip_of_sockaddr(struct ip_address *ret, uint16_t *ret_port, const struct sockaddr *address,
                    socklen_t len)
{
    if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        uint8_t four[4];
        memcpy(four, &in.sin_addr, 4);
        *ret = one_form(of_v4(four));
        *ret_port = ntohs(in.sin_port);
        return true;
    }
    if (address->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 in;
        struct ip_address six;
        memcpy(&in, address, sizeof in);
        memcpy(six.bytes, &in.sin6_addr, sizeof six.bytes);
        *ret = one_form(six);
        *ret_port = ntohs(in.sin6_port);
        return true;
    }
    return false;
}

bool ip_is_loopback(const struct ip_address *a)
{
    struct ip_address loop = loopback();
    return ip_same(a, &loop, 128);
}

bool ip_same(const struct ip_address *a, const struct ip_address *b, unsigned prefix)
{
    unsigned whole = prefix / 8, rest = prefix % 8;
    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

void ip_add(struct strbuf *out, const struct ip_address *a)
{
    char buf[INET6_ADDRSTRLEN];
    bool v4 = ip_is_v4(a);
    if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->bytes + 12 : a->bytes, buf, sizeof buf))
        strbuf_add_str(out, buf);
}
