/* What a cache makes of Accept-Language and Accept-Encoding before they enter a key. */
#include "parts.h"

enum { RANGES_MAX = 32 }; /* more languages than a person reads; what follows is not looked at */

/* One member of an Accept field, its weight in thousandths (RFC 9110 section 12.4.2). */
struct choice {
    struct span name;
    unsigned weight;
};

/* "0.8" is 800. A weight that is none counts as 1, as most servers take it. */
static unsigned weight_of(struct span text)
{
    int64_t thousandths;
    if (!span_to_scaled(text, 3, &thousandths) || thousandths < 0 || thousandths > 1000)
        return 1000;
    return (unsigned)thousandths;
}

static bool choice_next(struct span *rest, struct choice *ret)
{
    while (!span_is_none(*rest)) {
        struct span parameters = span_cut(rest, ',');
        *ret = (struct choice){ span_trim(span_cut(&parameters, ';')), 1000 };
        while (!span_is_none(parameters)) {
            struct span value = span_cut(&parameters, ';');
            struct span name = span_trim(span_cut(&value, '='));
            if (span_ieq(name, SPAN("q")))
                ret->weight = weight_of(span_trim(value));
        }
        if (ret->name.len)
            return true;
    }
    return false;
}

/* ---- languages ---- */

/* Best first; equal weights as they came. */
static size_t ranked(struct span accept, struct choice *ret)
{
    struct choice choice;
    size_t len = 0;
    while (len < RANGES_MAX && choice_next(&accept, &choice)) {
        if (choice.weight == 0)
            continue;
        size_t i = len++;
        for (; i > 0 && ret[i - 1].weight < choice.weight; i--)
            ret[i] = ret[i - 1];
        ret[i] = choice;
    }
    return len;
}

/* RFC 4647 section 3.4: from the end, and single letters go with what follows them. */
static struct span shorter(struct span range)
{
    ptrdiff_t dash = span_rfind_char(range, '-');
    if (dash < 0)
        return SPAN("");
    range = span_head(range, (size_t)dash);
    if (range.len >= 2 && range.ptr[range.len - 2] == '-')
        range = span_head(range, range.len - 2);
    return range;
}

static const struct span *find(const struct span *values, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (span_ieq(values[i], name))
            return &values[i];
    return NULL;
}

struct span negotiated_language(struct span accept, const struct span *values, size_t count)
{
    struct choice ranges[RANGES_MAX];
    size_t len = ranked(accept, ranges);
    for (size_t i = 0; i < len; i++) {
        /* Language tags are short (RFC 5646 section 4.4.1 wants 35 bytes); no long text is cut
         * subtag by subtag. */
        for (struct span r = span_head(ranges[i].name, 64); r.len; r = shorter(r)) {
            const struct span *found = find(values, count, r);
            if (found)
                return *found;
        }
    }
    return count ? values[0] : SPAN("");
}

struct span first_language(struct span accept)
{
    struct choice first;
    if (!choice_next(&accept, &first) || span_eq(first.name, SPAN("*")))
        return SPAN("");
    struct span rest = first.name;
    return span_cut(&rest, '-');
}

/* ---- codings ---- */

bool encoding_accepted(struct span accept, struct span coding)
{
    struct choice choice;
    bool by_star = false;
    while (choice_next(&accept, &choice)) {
        bool named = span_ieq(choice.name, coding) ||
                     (span_ieq(choice.name, SPAN("x-gzip")) && span_ieq(coding, SPAN("gzip")));
        if (named)
            return choice.weight > 0;
        by_star |= span_eq(choice.name, SPAN("*")) && choice.weight > 0;
    }
    return by_star;
}
