#include "question.h"

#include "range.h"
#include "rehearse/cache/validation.h"
#include "rehearse/http/etag.h"

/* In which form a stored response answers. Section numbers without a name are those of RFC 9111. */

struct cache_decision question_decided(enum cache_step step, enum cache_forwarded forwarded,
                                       const char *rule, struct span field, const char *section,
                                       const char *sentence)
{
    return (struct cache_decision){
        .step = step,
        .forwarded = forwarded,
        .candidate = -1,
        .complete = -1,
        .why = { rule, field, section, sentence },
    };
}

int64_t question_made_s(const struct stored_response *stored, const struct judged_response *judged)
{
    return judged->says & SAYS_DATE ? judged->date_s : stored->times.received_s;
}

/*
 * RFC 9110 section 13.1.5: the range is meant for this representation only. A date
 * says so when nothing can have changed within its second: section 8.8.2.2.
 */
static bool if_range_holds(const struct judged_request *a, const struct choice *c)
{
    struct etag asked, own;
    struct span text = span_trim(a->if_range);
    if (text.len && (text.ptr[0] == '"' || span_starts(text, SPAN("W/"))))
        return etag_parse(&asked, text) && etag_parse(&own, c->judged->etag) &&
               etag_strong_eq(&asked, &own);
    return c->judged->says & SAYS_LAST_MODIFIED &&
           c->judged->last_modified_s < question_made_s(c->stored, c->judged) &&
           span_eq(text, span_trim(c->judged->last_modified));
}

static struct cache_decision in_part(const struct question *q, const struct choice *c)
{
    struct cache_decision d =
        question_decided(CACHE_PART, FORWARDED_NOT, "B-G1", SPAN("Range"), "RFC 9110 section 14.2",
                         "The bytes asked for are stored.");
    switch (range_fit(c->stored, q->asked->range, &d)) {
    case RANGE_IS_HELD:
        break;
    case RANGE_IS_BEHIND:
        d.step = CACHE_UNSATISFIABLE;
        d.why = (struct reason){ "B-G2", SPAN("Range"), "RFC 9110 section 15.5.17",
                                 "The range lies behind the end." };
        break;
    case RANGE_IS_MISSING:
        d = question_decided(CACHE_FORWARD, FORWARDED_PARTIAL, "B-G3", SPAN("Range"),
                             "RFC 9111 section 3.3", "Not all the bytes asked for are stored.");
    }
    return d;
}

/* The whole is asked for, and a part is stored: ask for what lies before or behind it. */
static struct cache_decision the_rest(const struct question *q, const struct choice *c)
{
    const struct held_part *p = &c->stored->part;
    struct etag tag;
    bool guarded = etag_parse(&tag, c->judged->etag) && !tag.weak;
    bool at_end = p->complete >= 0 && p->last == p->complete - 1;
    bool at_front = p->complete >= 0 && p->first == 0 && !at_end;
    struct cache_decision d =
        question_decided(CACHE_FORWARD, FORWARDED_PARTIAL, "B-G4", SPAN_NONE,
                         "RFC 9111 section 3.3", "A part is stored, and the whole is asked for.");
    if (q->asked->method != METHOD_GET || !(guarded || q->policy->completes_unguarded))
        return d;
    if (at_front) {
        d.step = CACHE_COMPLETE;
        d.first = p->last + 1;
        d.last = -1;
    } else if (at_end && p->first > 0) {
        d.step = CACHE_COMPLETE;
        d.first = 0;
        d.last = p->first - 1;
    }
    return d;
}

static bool answers_conditions(int status)
{
    return status == 200 || status == 206; /* section 4.3.2 */
}

/* Accept-Ranges is a hint to clients (RFC 9110 section 14.3); one cache takes it for a permission.
 */
static bool may_be_cut(const struct cache_policy *policy, const struct http_response *response)
{
    return !policy->ranges_need_permission ||
           span_ifind(http_fields_value(&response->fields, SPAN("Accept-Ranges")), SPAN("bytes")) >=
               0;
}

/* The chosen response may be used: as 304, in part, or whole. */
struct cache_decision question_form(const struct question *q, const struct choice *c,
                                    struct cache_decision whole)
{
    unsigned asks = q->asked->asks;
    if (asks & (ASKS_IF_NONE_MATCH | ASKS_IF_MODIFIED_SINCE) &&
        answers_conditions(c->judged->status)) {
        struct precondition_answer p = precondition_judge(
            q->policy, q->request, c->stored->response, c->stored->times.received_s);
        if (p.answer == PRECONDITION_NOT_MODIFIED) {
            whole.step = CACHE_NOT_MODIFIED;
            whole.why = p.why;
            return whole;
        }
    }
    bool ranged = asks & ASKS_RANGE && answers_conditions(c->judged->status) &&
                  (!(asks & ASKS_IF_RANGE) || if_range_holds(q->asked, c));
    if (ranged && may_be_cut(q->policy, c->stored->response))
        return in_part(q, c);
    return c->stored->part.partial ? the_rest(q, c) : whole;
}
