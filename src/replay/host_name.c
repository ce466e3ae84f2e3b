#include "host_name.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void url_free(CURLU **held)
{
    curl_url_cleanup(*held);
}

static void text_free(char **held)
{
    curl_free(*held);
}

static bool keep_host(struct host_name *ret, const char *host)
{
    struct span name = span_of(host);
    ptrdiff_t zone = span_find_char(name, '%'); /* fe80::1%eth0 */
    if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
        name = span_make(name.ptr + 1, name.len - 2);
    else if (zone >= 0)
        return false;
    while (span_ends(name, SPAN(".")))
        name = span_head(name, name.len - 1);
    if (name.len == 0 || name.len > HOST_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        ret->text[i] = char_lower(name.ptr[i]);
    ret->text[name.len] = '\0';
    ret->is_ip = ip_parse(&ret->ip, name);
    return true;
}

/* libidn2 reads a name as the locale has it, and names are UTF-8 whatever the user's locale is. */
static CURLUcode punycode(CURLU *url, char **ret_host)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    CURLUcode code = curl_url_get(url, CURLUPART_HOST, ret_host, CURLU_PUNYCODE);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return code;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

bool host_name_of(struct host_name *ret, struct span text)
{
    AUTO(url_free) CURLU *url = curl_url();
    AUTO(strbuf_release) struct strbuf sb = STRBUF_INIT;
    AUTO(text_free) char *host = NULL;
    AUTO(text_free) char *port = NULL;
    uint64_t n = 0;
    if (!url)
        abort(); /* out of memory, as in xmalloc */
    memset(ret, 0, sizeof *ret);
    if (text.len == 0 || text.len > 2000 || memchr(text.ptr, '\0', text.len))
        return false;
    if (span_find(text, SPAN("://")) < 0)
        strbuf_add_str(&sb, "https://");
    strbuf_add_span(&sb, text);
    if (curl_url_set(url, CURLUPART_URL, sb.buf, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return false;
    AUTO(text_free) char *coded = NULL;
    if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return false;
    if (!is_ascii(host))
        punycode(url, &coded);
    if (curl_url_get(url, CURLUPART_PORT, &port, 0) == CURLUE_OK)
        span_to_u64(span_of(port), &n);
    ret->port = (uint16_t)n;
    return keep_host(ret, coded ? coded : host);
}

bool host_name_same(const struct host_name *a, const struct host_name *b)
{
    if (a->is_ip && b->is_ip)
        return ip_same(&a->ip, &b->ip, 128);
    return a->is_ip == b->is_ip && strcmp(a->text, b->text) == 0;
}
