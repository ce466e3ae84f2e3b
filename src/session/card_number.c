#include "card_number.h"

enum { SHORTEST = 14, LONGEST = 19 };

/* The networks' ranges, by the leading four digits. */
static bool is_issued(unsigned front, size_t digits)
{
    static const struct {
        unsigned from, to;
        size_t least, most;
    } ranges[] = {
        { 4000, 4999, 16, 16 }, /* Visa */
        { 5100, 5599, 16, 16 }, /* Mastercard */
        { 2221, 2720, 16, 16 },
        { 3400, 3499, 15, 15 }, /* American Express */
        { 3700, 3799, 15, 15 },
        { 6011, 6011, 16, 19 }, /* Discover */
        { 6440, 6599, 16, 19 },
        { 3528, 3589, 16, 19 }, /* JCB */
        { 3000, 3059, 14, 19 }, /* Diners */
        { 3600, 3699, 14, 19 },
        { 3800, 3999, 14, 19 },
        { 6200, 6299, 16, 19 }, /* UnionPay */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (front >= ranges[i].from && front <= ranges[i].to)
            return digits >= ranges[i].least && digits <= ranges[i].most;
    return false;
}

bool is_card_number(struct span value)
{
    unsigned digits[LONGEST], front = 0, sum = 0;
    size_t count = 0;
    if (value.len < SHORTEST)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if ((c == ' ' || c == '-') && i > 0 && i + 1 < value.len &&
            char_is_digit(value.ptr[i - 1]))
            continue;
        if (!char_is_digit(c) || count == LONGEST)
            return false;
        digits[count++] = (unsigned)(c - '0');
    }
    if (count < SHORTEST)
        return false;
    for (size_t i = 0; i < count; i++) {
        unsigned d = digits[count - 1 - i];
        if (i % 2 == 1)
            d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    for (size_t i = 0; i < 4; i++)
        front = front * 10 + digits[i];
    return sum % 10 == 0 && is_issued(front, count);
}
