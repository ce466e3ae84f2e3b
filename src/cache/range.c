#include "range.h"

/* Large enough for any body, small enough that sums of two fit. */
#define POSITION_MAX (INT64_MAX / 4)

static bool position_of(struct span text, int64_t *ret)
{
    uint64_t n;
    if (!span_to_u64(text, &n) || n > POSITION_MAX)
        return false;
    *ret = (int64_t)n;
    return true;
}

bool range_parse(struct span text, struct byte_range *ret)
{
    struct byte_range range = { -1, -1 };
    struct span last = text;
    struct span unit = span_trim(span_cut(&last, '='));
    if (span_is_none(last) || !span_ieq(unit, SPAN("bytes")))
        return false;
    last = span_trim(last);
    struct span first = span_trim(span_cut(&last, '-'));
    if (span_is_none(last))
        return false;
    last = span_trim(last);
    if (first.len && !position_of(first, &range.first))
        return false;
    if (last.len && !position_of(last, &range.last))
        return false;
    if (first.len == 0 && last.len == 0)
        return false;
    if (range.first >= 0 && range.last >= 0 && range.last < range.first)
        return false;
    *ret = range;
    return true;
}

/* "bytes 0-4/10", "bytes 0-4/" followed by '*'. */
static bool content_range_parse(struct span text, struct held_part *ret)
{
    struct held_part part = { .partial = true, .complete = -1 };
    text = span_trim(text);
    if (!span_istarts(text, SPAN("bytes ")))
        return false;
    struct span complete = span_trim(span_from(text, 6));
    struct span last = span_cut(&complete, '/');
    struct span first = span_cut(&last, '-');
    if (span_is_none(complete) || span_is_none(last) || !position_of(first, &part.first) ||
        !position_of(last, &part.last) || part.last < part.first)
        return false;
    if (!span_eq(complete, SPAN("*")) && !position_of(complete, &part.complete))
        return false;
    if (part.complete >= 0 && part.last >= part.complete)
        return false;
    *ret = part;
    return true;
}

bool held_part_of(const struct http_response *response, struct held_part *ret)
{
    return content_range_parse(http_fields_value(&response->fields, SPAN("Content-Range")), ret);
}

int64_t held_bytes(const struct stored_response *stored)
{
    const struct http_response *r = stored->response;
    return span_is_none(r->body) ? r->body_bytes : (int64_t)r->body.len;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The last `n` bytes. They are counted from the end of what is held, which is the end of the whole.
 */
static enum range_fit fit_suffix(int64_t n, const struct held_part *held, int64_t bytes,
                                 struct cache_decision *ret)
{
    if (n == 0)
        return RANGE_IS_BEHIND;
    if (ret->complete < 0)
        return RANGE_IS_MISSING;
    n = smaller(n, ret->complete);
    if (held->last != ret->complete - 1 || n > held->last - held->first + 1)
        return RANGE_IS_MISSING;
    ret->first = ret->complete - n;
    ret->last = ret->complete - 1;
    ret->to = bytes;
    ret->from = bytes > n ? bytes - n : 0;
    return RANGE_IS_HELD;
}

static enum range_fit fit_positions(struct byte_range asked, const struct held_part *held,
                                    int64_t bytes, struct cache_decision *ret)
{
    if (ret->complete >= 0 && asked.first >= ret->complete)
        return RANGE_IS_BEHIND;
    int64_t last = asked.last;
    if (ret->complete >= 0)
        last = last < 0 ? ret->complete - 1 : smaller(last, ret->complete - 1);
    if (last < 0 || asked.first < held->first || last > held->last)
        return RANGE_IS_MISSING;
    ret->first = asked.first;
    ret->last = last;
    ret->from = smaller(asked.first - held->first, bytes);
    ret->to = smaller(last - held->first + 1, bytes);
    return RANGE_IS_HELD;
}

enum range_fit range_fit(const struct stored_response *stored, struct byte_range asked,
                         struct cache_decision *ret)
{
    int64_t bytes = held_bytes(stored);
    if (bytes < 0)
        return RANGE_IS_MISSING;
    struct held_part held = stored->part;
    if (!held.partial)
        held = (struct held_part){ .last = bytes - 1, .complete = bytes };
    ret->complete = held.complete;
    return asked.first < 0 ? fit_suffix(asked.last, &held, bytes, ret)
                           : fit_positions(asked, &held, bytes, ret);
}
