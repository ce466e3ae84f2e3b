#include "rehearse/rehearsal/units.h"

bool share_parse(struct span text, double *ret)
{
    bool percent = span_ends(text, SPAN("%"));
    double d;
    if (percent)
        text = span_trim(span_head(text, text.len - 1));
    if (!span_to_double(text, &d))
        return false;
    d = percent ? d / 100 : d;
    if (!(d >= 0 && d <= 1))
        return false;
    *ret = d;
    return true;
}

bool duration_parse(struct span text, int64_t *ret_us)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = { { "us", 1 },     { "ms", 1e3 },   { "s", 1e6 },    { "m", 60e6 },
                  { "min", 60e6 }, { "h", 3600e6 }, { "d", 86400e6 } };
    size_t digits = 0;
    while (digits < text.len && (char_is_digit(text.ptr[digits]) || text.ptr[digits] == '.'))
        digits++;
    double n;
    struct span unit = span_trim(span_from(text, digits));
    if (!span_to_double(span_head(text, digits), &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!span_eq(unit, span_of(units[i].unit)) || n * units[i].us > 9e15)
            continue;
        *ret_us = (int64_t)(n * units[i].us);
        return true;
    }
    return false;
}
