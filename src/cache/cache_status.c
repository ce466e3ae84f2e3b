#include "rehearse/cache/cache_status.h"

/*
 * Cache-Status, RFC 9211: who speaks, then parameters. The members are cut at
 * commas and semicolons that are not inside quotes, whatever the name looks like.
 */
static struct span take_until(struct span *rest, char stop)
{
    struct span whole = *rest;
    bool quoted = false;
    for (size_t i = 0; i < whole.len; i++) {
        char c = whole.ptr[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == stop && !quoted) {
            *rest = span_from(whole, i + 1);
            return span_trim(span_head(whole, i));
        }
    }
    *rest = SPAN_NONE;
    return span_trim(whole);
}

static struct span without_quotes(struct span s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return span_make(s.ptr + 1, s.len - 2);
    return s;
}

static void take_parameter(struct cache_status_member *m, struct span name, struct span value)
{
    bool said = span_is_none(value) || span_eq(value, SPAN("?1"));
    int64_t n;

    if (span_ieq(name, SPAN("hit")))
        m->hit = said;
    else if (span_ieq(name, SPAN("stored")))
        m->stored = said;
    else if (span_ieq(name, SPAN("collapsed")))
        m->collapsed = said;
    else if (span_ieq(name, SPAN("fwd")))
        m->fwd = span_is_none(value) ? SPAN("") : without_quotes(value);
    else if (span_ieq(name, SPAN("key")))
        m->key = without_quotes(value);
    else if (span_ieq(name, SPAN("detail")))
        m->detail = without_quotes(value);
    else if (!span_to_i64(value, &n))
        return;
    else if (span_ieq(name, SPAN("ttl"))) {
        m->has_ttl = true;
        m->ttl_s = n;
    } else if (span_ieq(name, SPAN("fwd-status")) && n >= 100 && n <= 999)
        m->fwd_status = (int)n;
}

bool cache_status_next(struct span *rest, struct cache_status_member *ret)
{
    while (!span_is_none(*rest)) {
        struct span member = take_until(rest, ',');
        if (member.len == 0)
            continue;
        *ret = (struct cache_status_member){ .cache = without_quotes(take_until(&member, ';')) };
        while (!span_is_none(member)) {
            struct span value = take_until(&member, ';');
            struct span name = span_trim(span_cut(&value, '='));
            take_parameter(ret, name, span_is_none(value) ? value : span_trim(value));
        }
        return true;
    }
    return false;
}

enum cache_outcome cache_status_outcome(const struct cache_status_member *member)
{
    static const struct {
        struct span fwd;
        enum cache_outcome outcome;
    } forwards[] = {
        { { "uri-miss", 8 }, OUTCOME_MISS },
        { { "vary-miss", 9 }, OUTCOME_MISS },
        { { "miss", 4 }, OUTCOME_MISS },
        { { "partial", 7 }, OUTCOME_MISS },
        { { "stale", 5 }, OUTCOME_EXPIRED_FETCHED },
        { { "bypass", 6 }, OUTCOME_PASS },
        { { "method", 6 }, OUTCOME_PASS },
        { { "request", 7 }, OUTCOME_PASS },
    };
    if (member->hit)
        return member->has_ttl && member->ttl_s < 0 ? OUTCOME_STALE_HIT : OUTCOME_HIT;
    if (span_eq(member->fwd, SPAN("stale")) && member->fwd_status == 304)
        return OUTCOME_REVALIDATED;
    for (size_t i = 0; i < sizeof forwards / sizeof *forwards; i++)
        if (span_ieq(member->fwd, forwards[i].fwd))
            return forwards[i].outcome;
    return OUTCOME_UNKNOWN;
}
