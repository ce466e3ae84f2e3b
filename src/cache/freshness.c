#include "rehearse/cache/freshness.h"

#include "lifetime.h"

static void set_stale(struct freshness *f, const struct cache_policy *policy,
                      const struct judged_response *judged)
{
    struct stale_windows w = stale_windows_of(policy, judged);
    f->stale_while_revalidate_s = w.while_revalidate_s;
    f->stale_if_error_s = w.if_error_s;
    if (w.forbidden)
        f->why_stale = *w.forbidden;
    else if (w.while_revalidate_s || w.if_error_s)
        f->why_stale = (struct reason){ "B-R6", SPAN_NONE, "RFC 5861",
                                        "A window for stale answers is given." };
    else
        f->why_stale = (struct reason){ "B-R7", SPAN_NONE, "RFC 9111 section 4.2.4",
                                        "No window for stale answers is given." };
    f->why_stale.field = judged->field;
}

struct freshness freshness_judged(const struct cache_policy *policy,
                                  const struct judged_response *judged, struct exchange_times times,
                                  int64_t now_s)
{
    struct lifetime life = lifetime_of(policy, judged, times.received_s);
    struct freshness f = {
        .source = life.source,
        .lifetime_s = life.s,
        .age_s = age_at(policy, judged, times, now_s),
        .must_validate = judged->says & SAYS_NO_CACHE,
        .why = lifetime_reason(judged, life),
    };
    set_stale(&f, policy, judged);
    return f;
}

struct freshness freshness_on_arrival(const struct cache_policy *policy,
                                      const struct http_response *response, int64_t received_s)
{
    struct exchange_times times = { received_s, received_s };
    struct judged_response judged;
    judge_response(&judged, policy, response);
    return freshness_judged(policy, &judged, times, received_s);
}
