#include "certificate.h"

#include <sodium.h>
#include <string.h>

/* ---- DER: tag, length, value (X.690, section 8.1) ---- */

struct der {
    uint8_t tag;
    struct span value;
};

/* The element at the front of *rest, which is left behind it. False when there is none whole. */
static bool der_next(struct span *rest, struct der *ret)
{
    const uint8_t *at = (const uint8_t *)rest->ptr;
    size_t head = 2, len;
    if (rest->len < 2 || (at[0] & 0x1f) == 0x1f)
        return false;
    len = at[1];
    if (len & 0x80) {
        size_t bytes = len & 0x7f;
        if (bytes == 0 || bytes > 4 || rest->len < 2 + bytes)
            return false;
        len = 0;
        for (size_t i = 0; i < bytes; i++)
            len = len << 8 | at[2 + i];
        head += bytes;
    }
    if (len > rest->len - head)
        return false;
    *ret = (struct der){ at[0], span_make(rest->ptr + head, len) };
    *rest = span_from(*rest, head + len);
    return true;
}

enum {
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_VERSION = 0xa0,
    DER_EXTENSIONS = 0xa3,
    NAME_DNS = 0x82,
    NAME_IP = 0x87
};

static bool der_enter(struct span *rest, uint8_t tag, struct span *ret)
{
    struct der d;
    if (!der_next(rest, &d) || d.tag != tag)
        return false;
    *ret = d.value;
    return true;
}

/* ---- the certificate (RFC 5280, section 4.1) ---- */

struct parts {
    struct span subject;
    struct span extensions; /* SPAN_NONE without */
};

static bool split(struct span der, struct parts *ret)
{
    struct span certificate, rest, wrapped;
    struct der d;
    ret->extensions = SPAN_NONE;
    if (!der_enter(&der, DER_SEQUENCE, &certificate) ||
        !der_enter(&certificate, DER_SEQUENCE, &rest))
        return false;
    if (rest.len && (uint8_t)rest.ptr[0] == DER_VERSION && !der_next(&rest, &d))
        return false;
    /* serialNumber, signature, issuer, validity */
    for (int i = 0; i < 4; i++)
        if (!der_next(&rest, &d))
            return false;
    if (!der_enter(&rest, DER_SEQUENCE, &ret->subject))
        return false;
    while (der_next(&rest, &d))
        if (d.tag == DER_EXTENSIONS) {
            wrapped = d.value;
            return der_enter(&wrapped, DER_SEQUENCE, &ret->extensions);
        }
    return true;
}

/* The value of subjectAltName, 2.5.29.17; SPAN_NONE without. */
static struct span alternative_names(struct span extensions)
{
    struct span extension, names;
    while (der_enter(&extensions, DER_SEQUENCE, &extension)) {
        struct der d;
        if (!der_next(&extension, &d) || d.tag != DER_OID ||
            !span_eq(d.value, SPAN("\x55\x1d\x11")))
            continue;
        while (der_next(&extension, &d))
            if (d.tag == DER_OCTETS && der_enter(&d.value, DER_SEQUENCE, &names))
                return names;
    }
    return SPAN_NONE;
}

/* commonName, 2.5.4.3: the last one. */
static struct span common_name(struct span subject)
{
    struct span set, pair, found = SPAN_NONE;
    while (der_enter(&subject, DER_SET, &set))
        while (der_enter(&set, DER_SEQUENCE, &pair)) {
            struct der oid, value;
            if (der_next(&pair, &oid) && der_next(&pair, &value) &&
                span_eq(oid.value, SPAN("\x55\x04\x03")))
                found = value.value;
        }
    return found;
}

static int tell_address(struct span bytes, certificate_name_fn *fn, void *ctx)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct ip_address ip = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0 } };
    if (bytes.len != 4 && bytes.len != 16)
        return 0;
    memcpy(ip.bytes + 16 - bytes.len, bytes.ptr, bytes.len);
    ip_add(&text, &ip);
    return fn(ctx, strbuf_span(&text));
}

int certificate_each_name(struct span der, certificate_name_fn *fn, void *ctx)
{
    struct parts parts;
    struct der d;
    int rc = 0;
    bool any = false;
    if (!split(der, &parts))
        return 0;
    struct span names = alternative_names(parts.extensions);
    while (rc == 0 && der_next(&names, &d)) {
        any |= d.tag == NAME_DNS;
        if (d.tag == NAME_DNS)
            rc = fn(ctx, d.value);
        else if (d.tag == NAME_IP)
            rc = tell_address(d.value, fn, ctx);
    }
    struct span common = any || rc ? SPAN_NONE : common_name(parts.subject);
    return span_is_none(common) ? rc : fn(ctx, common);
}

bool certificate_name_covers(struct span name, struct span host)
{
    while (span_ends(name, SPAN(".")))
        name = span_head(name, name.len - 1);
    if (!span_starts(name, SPAN("*.")))
        return span_ieq(name, host);
    ptrdiff_t dot = span_find_char(host, '.');
    return dot > 0 && span_ieq(span_from(name, 1), span_from(host, (size_t)dot));
}

/* ---- PEM and fingerprints ---- */

bool certificate_of_pem(struct strbuf *ret_der, struct span pem)
{
    static const struct span begin = { "-----BEGIN CERTIFICATE-----", 27 };
    static const struct span end = { "-----END", 8 };
    size_t len = 0;
    ptrdiff_t from = span_find(pem, begin);
    if (from < 0)
        return false;
    struct span text = span_from(pem, (size_t)from + begin.len);
    ptrdiff_t to = span_find(text, end);
    if (to < 0 || to > CERTIFICATE_MAX)
        return false;
    text = span_head(text, (size_t)to);
    char *room = strbuf_room(ret_der, text.len + 4);
    if (sodium_base642bin((unsigned char *)room, text.len + 4, text.ptr, text.len, "\r\n \t", &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    strbuf_grew(ret_der, len);
    return len > 0;
}

void certificate_fingerprint(unsigned char ret[FINGERPRINT_BYTES], struct span der)
{
    crypto_hash_sha256(ret, (const unsigned char *)der.ptr, der.len);
}

bool fingerprint_parse(unsigned char ret[FINGERPRINT_BYTES], struct span text)
{
    size_t len = 0;
    const char *end = NULL;
    if (span_istarts(text, SPAN("sha256:")))
        text = span_from(text, 7);
    return text.len > 0 &&
           sodium_hex2bin(ret, FINGERPRINT_BYTES, text.ptr, text.len, ": ", &len, &end) == 0 &&
           len == FINGERPRINT_BYTES && end == text.ptr + text.len;
}
