#include "rehearse/session/totp.h"

#include <assert.h>
#include <sodium.h>

#include "rehearse/http/url.h"
#include "sha1.h"

/* RFC 4648, section 6: 0 to 31, or -1. */
static int base32_value(char c)
{
    c = char_lower(c);
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static bool take_base32(struct totp *t, struct span text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    while (text.len && text.ptr[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ' || text.ptr[i] == '-')
            continue;
        int value = base32_value(text.ptr[i]);
        if (value < 0)
            return false;
        bits = bits << 5 | (uint32_t)value;
        count += 5;
        if (count < 8)
            continue;
        if (t->secret_len == TOTP_MAX_SECRET)
            return false;
        count -= 8;
        t->secret[t->secret_len++] = (unsigned char)(bits >> count);
        bits &= (1u << count) - 1;
    }
    return t->secret_len > 0;
}

static bool take_number(struct span text, unsigned least, unsigned most, unsigned *ret)
{
    uint64_t n;
    if (!span_to_u64(text, &n) || n < least || n > most)
        return false;
    *ret = (unsigned)n;
    return true;
}

static bool take_hash(struct span text, enum totp_hash *ret)
{
    static const char *const names[] = {
        [TOTP_SHA1] = "SHA1", [TOTP_SHA256] = "SHA256", [TOTP_SHA512] = "SHA512"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_ieq(text, span_of(names[i]))) {
            *ret = (enum totp_hash)i;
            return true;
        }
    return false;
}

/* The key URI that QR codes hold:
 * otpauth://totp/Shop:ann?secret=…&algorithm=SHA1&digits=6&period=30 */
static bool take_url(struct totp *t, struct span query)
{
    struct query_item item;
    bool fine = true;
    while (fine && query_next(&query, &item)) {
        if (span_ieq(item.name, SPAN("secret")))
            fine = t->secret_len == 0 && take_base32(t, item.value);
        else if (span_ieq(item.name, SPAN("algorithm")))
            fine = take_hash(item.value, &t->hash);
        else if (span_ieq(item.name, SPAN("digits")))
            fine = take_number(item.value, 6, TOTP_MAX_DIGITS, &t->digits);
        else if (span_ieq(item.name, SPAN("period")))
            fine = take_number(item.value, 1, 3600, &t->period_s);
    }
    return fine && t->secret_len > 0;
}

bool totp_parse(struct totp *ret, struct span text)
{
    struct totp t = { .hash = TOTP_SHA1, .digits = 6, .period_s = 30 };
    struct span rest = span_trim(text);
    bool fine;
    if (span_istarts(rest, SPAN("otpauth://totp/"))) {
        span_cut(&rest, '?');
        fine = take_url(&t, rest);
    } else {
        fine = take_base32(&t, rest);
    }
    if (fine)
        *ret = t;
    return fine;
}

static size_t make_mac(const struct totp *t, const unsigned char moment[8], unsigned char mac[64])
{
    crypto_auth_hmacsha256_state sha256;
    crypto_auth_hmacsha512_state sha512;
    switch (t->hash) {
    case TOTP_SHA1:
        hmac_sha1(mac, t->secret, t->secret_len, moment, 8);
        return SHA1_BYTES;
    case TOTP_SHA256:
        crypto_auth_hmacsha256_init(&sha256, t->secret, t->secret_len);
        crypto_auth_hmacsha256_update(&sha256, moment, 8);
        crypto_auth_hmacsha256_final(&sha256, mac);
        return crypto_auth_hmacsha256_BYTES;
    case TOTP_SHA512:
        crypto_auth_hmacsha512_init(&sha512, t->secret, t->secret_len);
        crypto_auth_hmacsha512_update(&sha512, moment, 8);
        crypto_auth_hmacsha512_final(&sha512, mac);
        return crypto_auth_hmacsha512_BYTES;
    }
    return 0;
}

void totp_code(const struct totp *t, int64_t now_s, char ret[TOTP_MAX_DIGITS + 1])
{
    uint64_t step = (uint64_t)(now_s < 0 ? 0 : now_s) / t->period_s;
    unsigned char moment[8], mac[64];
    for (unsigned i = 0; i < 8; i++)
        moment[i] = (unsigned char)(step >> (56 - 8 * i));
    size_t len = make_mac(t, moment, mac);
    /* Dynamic truncation: RFC 4226, section 5.3. */
    unsigned at = mac[len - 1] & 0xf;
    uint32_t number = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
                      (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    assert(t->digits >= 6 && t->digits <= TOTP_MAX_DIGITS);
    for (unsigned i = t->digits; i-- > 0; number /= 10)
        ret[i] = (char)('0' + number % 10);
    ret[t->digits] = '\0';
}
