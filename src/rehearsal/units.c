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

bool points_parse(struct span text, double *ret)
{
    if (!span_ends(text, SPAN("pt")))
        return share_parse(text, ret);
    double d;
    if (!span_to_double(span_trim(span_head(text, text.len - 2)), &d) || !(d >= 0 && d <= 100))
        return false;
    *ret = d / 100;
    return true;
}

/* The number in front and the unit behind it. */
static bool amount_parse(struct span text, double *ret, struct span *ret_unit)
{
    size_t digits = 0;
    while (digits < text.len && (char_is_digit(text.ptr[digits]) || text.ptr[digits] == '.'))
        digits++;
    *ret_unit = span_trim(span_from(text, digits));
    return span_to_double(span_head(text, digits), ret);
}

bool bytes_parse(struct span text, uint64_t *ret)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = { { "", 1 },         { "B", 1 },        { "KB", 1e3 },     { "MB", 1e6 },
                  { "GB", 1e9 },     { "TB", 1e12 },    { "KiB", 1024.0 }, { "MiB", 1048576.0 },
                  { "GiB", 0x1p30 }, { "TiB", 0x1p40 }, { "k", 1024.0 },   { "m", 1048576.0 },
                  { "g", 0x1p30 } }; /* the last three as nginx and Varnish write them */
    double n;
    struct span unit;
    if (!amount_parse(text, &n, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!span_ieq(unit, span_of(units[i].unit)) || n * units[i].bytes > 9e15)
            continue;
        *ret = (uint64_t)(n * units[i].bytes);
        return true;
    }
    return false;
}

bool duration_parse(struct span text, int64_t *ret_us)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = { { "us", 1 },     { "ms", 1e3 },   { "s", 1e6 },    { "m", 60e6 },
                  { "min", 60e6 }, { "h", 3600e6 }, { "d", 86400e6 } };
    double n;
    struct span unit;
    if (!amount_parse(text, &n, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!span_eq(unit, span_of(units[i].unit)) || n * units[i].us > 9e15)
            continue;
        *ret_us = (int64_t)(n * units[i].us);
        return true;
    }
    return false;
}
