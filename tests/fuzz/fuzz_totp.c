/* Secrets of a second factor, as base32 or as a key URI: whatever is taken gives a code of its digits. */
#include <assert.h>
#include <stdint.h>

#include "rehearse/session/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct totp totp;
    char code[TOTP_MAX_DIGITS + 1];
    if (!totp_parse(&totp, span_make((const char *)data, size)))
        return 0;
    totp_code(&totp, (int64_t)size * 1000003, code);
    assert(strlen(code) == totp.digits);
    for (size_t i = 0; i < totp.digits; i++)
        assert(char_is_digit(code[i]));
    return 0;
}
