#include "cookie_place.h"

#include "one_of.h"
#include <libpsl.h>

static struct span without_port(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    ptrdiff_t bracket = span_rfind_char(authority, ']');
    if (colon < 0 || colon < bracket)
        return authority;
    return span_head(authority, (size_t)colon);
}

static bool looks_like_address(struct span host)
{
    if (host.len && host.ptr[0] == '[')
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (!char_is_digit(host.ptr[i]) && host.ptr[i] != '.')
            return false;
    return host.len > 0;
}

/*
 * This machine's own addresses count as secure, as browsers have it (potentially
 * trustworthy origins): a staging on http://localhost may set Secure cookies.
 */
static bool is_loopback(struct span host)
{
    return span_eq(host, SPAN("localhost")) || span_ends(host, SPAN(".localhost")) ||
           span_eq(host, SPAN("[::1]")) ||
           (looks_like_address(host) && span_starts(host, SPAN("127.")));
}

static bool host_byte_is_fine(char c)
{
    return (unsigned char)c > ' ' && (unsigned char)c < 0x7f && !is_one_of(c, "/?#@\\,;");
}

static bool take_host(struct cookie_place *place, struct span authority)
{
    struct span host = without_port(authority);
    if (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    if (host.len == 0 || host.len > LONGEST_HOST)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        if (!host_byte_is_fine(host.ptr[i]))
            return false;
        place->bytes[i] = char_lower(host.ptr[i]);
    }
    place->bytes[host.len] = '\0';
    place->host = span_make(place->bytes, host.len);
    return true;
}

static struct span path_of(struct span target)
{
    size_t end = 0;
    while (end < target.len && target.ptr[end] != '?' && target.ptr[end] != '#')
        end++;
    struct span path = span_head(target, end);
    return path.len && path.ptr[0] == '/' ? path : SPAN("/");
}

bool cookie_place_init(struct cookie_place *ret, struct span scheme, struct span authority,
                       struct span target)
{
    if (!take_host(ret, authority))
        return false;
    ret->path = path_of(target);
    ret->is_address = looks_like_address(ret->host);
    ret->secure =
        span_ieq(scheme, SPAN("https")) || span_ieq(scheme, SPAN("wss")) || is_loopback(ret->host);
    return true;
}

bool domain_matches(struct span host, bool is_address, struct span domain)
{
    if (span_eq(host, domain))
        return true;
    return !is_address && host.len > domain.len && span_ends(host, domain) &&
           host.ptr[host.len - domain.len - 1] == '.';
}

bool path_matches(struct span request_path, struct span cookie_path)
{
    if (!span_starts(request_path, cookie_path) || cookie_path.len == 0)
        return false;
    return request_path.len == cookie_path.len || cookie_path.ptr[cookie_path.len - 1] == '/' ||
           request_path.ptr[cookie_path.len] == '/';
}

struct span default_path(struct span request_path)
{
    ptrdiff_t last = span_rfind_char(request_path, '/');
    return last <= 0 ? SPAN("/") : span_head(request_path, (size_t)last);
}

bool is_public_suffix(struct span domain)
{
    char text[LONGEST_HOST + 1];

    if (domain.len == 0 || domain.len > LONGEST_HOST)
        return false;
    memcpy(text, domain.ptr, domain.len);
    text[domain.len] = '\0';
    return psl_is_public_suffix(psl_builtin(), text) == 1;
}
