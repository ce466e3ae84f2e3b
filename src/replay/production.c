/* What the user says of production, read: shared by the scenario, the options and the airbag. */
#include "rehearse/replay/production.h"

#include "address_pattern.h"
#include "certificate.h"

bool address_pattern_parse(struct address_pattern *ret, struct span text)
{
    uint64_t n;
    struct span address = span_trim(text);
    *ret = (struct address_pattern){ .prefix = 128 };
    if (ip_parse(&ret->ip, address))
        return true;
    ptrdiff_t slash = span_find_char(address, '/');
    if (slash > 0) {
        struct span bits = span_from(address, (size_t)slash + 1);
        if (!ip_parse(&ret->ip, span_head(address, (size_t)slash)) || !span_to_u64(bits, &n))
            return false;
        bool v4 = span_find_char(address, ':') < 0;
        /* 0.0.0.0/0 would be every address there is, staging's too: a slip of the pen. */
        if (n == 0 || n > (v4 ? 32u : 128u))
            return false;
        ret->prefix = (unsigned)n + (v4 ? 96 : 0);
        return true;
    }
    ptrdiff_t colon = span_rfind_char(address, ':');
    if (colon <= 0 || !ip_parse(&ret->ip, span_head(address, (size_t)colon)) ||
        !span_to_u64(span_from(address, (size_t)colon + 1), &n) || n == 0 || n > 65535)
        return false;
    ret->port = (uint16_t)n;
    return true;
}

int production_check_address(const char *text, struct err *err)
{
    struct address_pattern pattern;
    if (address_pattern_parse(&pattern, span_of(text)))
        return 0;
    return err_set(err, E_USAGE,
                   "address \"%s\": expected such as 203.0.113.7, 203.0.113.7:443, 2001:db8::1, "
                   "[2001:db8::1]:443 or 198.51.100.0/24",
                   text);
}

static const struct {
    const char *word;
    unsigned bit;
} shared_words[] = {
    { "address", SHARES_ADDRESS },
    { "certificate", SHARES_CERTIFICATE },
    { "host", SHARES_HOST },
};

const char *production_shared_word(size_t number, unsigned *ret_bit)
{
    if (number >= sizeof shared_words / sizeof *shared_words)
        return NULL;
    *ret_bit = shared_words[number].bit;
    return shared_words[number].word;
}

bool production_shared_named(struct span word, unsigned *ret_bit)
{
    for (size_t i = 0; i < sizeof shared_words / sizeof *shared_words; i++)
        if (span_eq(word, span_of(shared_words[i].word))) {
            *ret_bit = shared_words[i].bit;
            return true;
        }
    return false;
}

int production_check_certificate(const char *text, struct err *err)
{
    unsigned char bytes[FINGERPRINT_BYTES];
    if (fingerprint_parse(bytes, span_of(text)))
        return 0;
    return err_set(err, E_USAGE, "certificate \"%s\": expected its SHA-256, 64 hex digits", text);
}
