#include "lifetime.h"
#include "question.h"
#include "range.h"
#include "rehearse/cache/decision.h"
#include "rehearse/cache/storability.h"
#include "rehearse/cache/validation.h"
#include "rehearse/http/etag.h"

/* What comes back from the origin. Section numbers without a name are those of RFC 9111. */

/* What has come, and to what. */
struct arrival {
    const struct cache_policy *policy;
    const struct http_request *request;
    struct judged_request asked;
    const struct cache_decision *decision;
    const struct stored_response *stored; /* NULL: none */
    struct judged_response held;          /* of `stored` */
    const struct http_response *response;
    struct judged_response fresh; /* of `response` */
    struct exchange_times times;
    int64_t now_s;
};

static struct cache_reception taken(enum cache_taking taking, const char *rule, struct span field,
                                    const char *section, const char *sentence)
{
    return (struct cache_reception){ .taking = taking, .why = { rule, field, section, sentence } };
}

/* RFC 5861 section 4 names these. */
static bool is_error(int status)
{
    return status == 500 || status == 502 || status == 503 || status == 504;
}

/* Section 4.2.4 and RFC 5861 section 4: may what is stored stand in? */
static bool covers_error(const struct arrival *a)
{
    if (!a->stored || a->stored->invalidated || a->stored->part.partial ||
        (a->asked.method != METHOD_GET && a->asked.method != METHOD_HEAD))
        return false;
    struct stale_windows w = stale_windows_of(a->policy, &a->held);
    if (w.forbidden)
        return false;
    int64_t window = w.if_error_s;
    if (a->asked.asks & ASKS_STALE_IF_ERROR && a->asked.stale_if_error_s > window)
        window = a->asked.stale_if_error_s;
    struct lifetime life = lifetime_of(a->policy, &a->held, a->stored->times.received_s);
    int64_t age = age_at(a->policy, &a->held, a->stored->times, a->now_s);
    return life.s > age || seconds_between(life.s, age) < window;
}

static struct cache_reception stand_in(void)
{
    return taken(CACHE_SERVE_STALE, "B-E1", SPAN("Cache-Control"), "RFC 5861 section 4",
                 "The origin failed, and what is stored may stand in for it.");
}

static struct cache_reception no_answer(const struct arrival *a)
{
    if (covers_error(a))
        return stand_in();
    if (a->stored) {
        struct stale_windows w = stale_windows_of(a->policy, &a->held);
        if (w.forbidden)
            return (struct cache_reception){ .taking = CACHE_FAIL, .why = *w.forbidden };
    }
    return taken(CACHE_FAIL, "B-E2", SPAN_NONE, "RFC 9111 section 4.2.4",
                 "The origin did not answer, and nothing stored may stand in for it.");
}

static bool strong_tag(struct span text, struct etag *ret)
{
    return etag_parse(ret, text) && !ret->weak && !ret->unquoted;
}

/* Section 4.3.4: is the 304 about what we hold? */
static bool names_what_we_hold(const struct arrival *a)
{
    struct etag fresh, held;
    if (strong_tag(a->fresh.etag, &fresh))
        return etag_parse(&held, a->held.etag) && span_eq(fresh.opaque, held.opaque);
    if (etag_parse(&fresh, a->fresh.etag))
        return etag_parse(&held, a->held.etag) && etag_weak_eq(&fresh, &held);
    if (a->fresh.says & SAYS_LAST_MODIFIED && a->held.says & SAYS_LAST_MODIFIED)
        return a->fresh.last_modified_s == a->held.last_modified_s;
    return true; /* no validator: we asked about one response only, so it is that one */
}

/* Does this cache see another content in what the 304 says, and so does not believe it? */
static bool contradicts_content(const struct arrival *a)
{
    static const struct span names[] = {
        { "Content-Encoding", 16 },
        { "Content-Length", 14 },
        { "Content-Location", 16 },
        { "Content-MD5", 11 },
        { "Content-Range", 13 },
        { "Content-Type", 12 },
        { "ETag", 4 },
    };
    if (!a->policy->distrusts_304_about_content)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span fresh = http_fields_value(&a->response->fields, names[i]);
        if (!span_is_none(fresh) &&
            !span_eq(fresh, http_fields_value(&a->stored->response->fields, names[i])))
            return true;
    }
    return false;
}

/* A 304 that forbids storing serves this client, and what is stored goes with it. */
static struct cache_reception freshened(const struct arrival *a)
{
    struct cache_reception r = taken(CACHE_FRESHEN, "B-V4", SPAN_NONE, "RFC 9111 section 4.3.4",
                                     "The origin says that what is stored still holds.");
    if (a->fresh.says & SAYS_PRIVATE ||
        (a->fresh.says & SAYS_NO_STORE && !(a->fresh.says & SAYS_MUST_UNDERSTAND))) {
        r.outdates = true;
        r.why = (struct reason){ "B-V9", a->fresh.field, "RFC 9111 section 3",
                                 "What is stored still holds, and may not be stored any more." };
    }
    return r;
}

static struct cache_reception not_modified(const struct arrival *a)
{
    if (a->decision->step == CACHE_COMPLETE)
        return taken(CACHE_ASK_AGAIN, "B-V8", SPAN_NONE, "RFC 9110 section 13.1.5",
                     "A 304 is no answer to If-Range.");
    if (!a->stored || a->decision->step != CACHE_VALIDATE)
        return taken(CACHE_PASS_ON, "B-V6", SPAN_NONE, "RFC 9111 section 4.3.2",
                     "The 304 answers the client's own condition.");
    if ((names_what_we_hold(a) || a->policy->trusts_any_304) && !contradicts_content(a))
        return freshened(a);
    struct cache_reception again =
        taken(CACHE_ASK_AGAIN, "B-V7", SPAN("ETag"), "RFC 9111 section 4.3.4",
              "The 304 names an entity tag that is not stored, so it freshens nothing.");
    again.outdates = true;
    return again;
}

/* Section 4.3.5. */
static bool head_agrees(const struct arrival *a)
{
    struct span length = http_fields_value(&a->response->fields, SPAN("Content-Length"));
    int64_t n;
    if (a->fresh.says & SAYS_ETAG && !span_eq(span_trim(a->fresh.etag), span_trim(a->held.etag)))
        return false;
    if (a->fresh.says & SAYS_LAST_MODIFIED &&
        !(a->held.says & SAYS_LAST_MODIFIED && a->held.last_modified_s == a->fresh.last_modified_s))
        return false;
    return span_is_none(length) || !span_to_i64(span_trim(length), &n) ||
           held_bytes(a->stored) < 0 || n == held_bytes(a->stored);
}

static struct cache_reception head_answer(const struct arrival *a)
{
    if (!a->stored || a->policy->head_updates_nothing || a->fresh.status != 200 ||
        a->held.status != 200 || a->stored->part.partial || a->asked.asks & ASKS_NO_STORE ||
        a->fresh.says & SAYS_NO_STORE ||
        authorization_keeps_out(a->policy, a->asked.asks, a->fresh.says))
        return taken(CACHE_PASS_ON, "B-H0", SPAN_NONE, "RFC 9111 section 4.3.5",
                     "An answer to HEAD has nothing to store.");
    if (head_agrees(a))
        return taken(CACHE_FRESHEN, "B-H1", SPAN_NONE, "RFC 9111 section 4.3.5",
                     "The answer to HEAD brings the stored fields up to date.");
    struct cache_reception r =
        taken(CACHE_PASS_ON, "B-H2", SPAN_NONE, "RFC 9111 section 4.3.5",
              "The answer to HEAD is about another representation than the stored one.");
    r.outdates = true;
    return r;
}

/* Section 3.4: the same strong validator, and bytes that touch. */
static bool joins(const struct arrival *a)
{
    struct held_part part;
    struct etag fresh, held;
    if (!a->policy->stores_partial || !a->stored || !a->stored->part.partial ||
        !held_part_of(a->response, &part))
        return false;
    if (!strong_tag(a->fresh.etag, &fresh) || !strong_tag(a->held.etag, &held) ||
        !etag_strong_eq(&fresh, &held))
        return false;
    const struct held_part *own = &a->stored->part;
    return part.complete == own->complete && part.first <= own->last + 1 &&
           own->first <= part.last + 1;
}

/* What storability alone cannot say: Expires without Date is held against the moment it came. */
static bool came_stale(const struct arrival *a)
{
    if (!a->policy->stale_is_not_stored || !(a->fresh.says & SAYS_EXPIRES) ||
        a->fresh.says & SAYS_DATE)
        return false;
    struct lifetime life = lifetime_of(a->policy, &a->fresh, a->times.received_s);
    return life.s <= age_at(a->policy, &a->fresh, a->times, a->times.received_s);
}

static struct cache_reception full_answer(const struct arrival *a)
{
    struct storability s =
        storability_judged(a->policy, a->request, &a->asked, a->response, &a->fresh);
    struct cache_reception r = { .taking = s.storable ? CACHE_STORE : CACHE_PASS_ON, .why = s.why };
    if (a->decision->step == CACHE_PASS)
        return taken(CACHE_PASS_ON, "B-P0", a->decision->why.field, a->decision->why.section,
                     a->decision->why.sentence);
    if (s.storable && came_stale(a))
        return taken(CACHE_PASS_ON, "B-S14", SPAN("Expires"), "",
                     "It is stale as it comes, and this cache keeps only what it can serve.");
    if (s.storable && a->fresh.status == 206 && joins(a))
        r = taken(CACHE_COMBINE, "B-G5", SPAN("Content-Range"), "RFC 9111 section 3.4",
                  "Its bytes join those stored, which have the same strong validator.");
    /* Section 4.3.3: a full response says that what we asked about no longer holds. */
    r.outdates = !s.storable && a->decision->step == CACHE_VALIDATE && a->fresh.status < 500;
    return r;
}

static struct cache_reception take(const struct arrival *a)
{
    int status = a->fresh.status;
    if (is_error(status) && !a->policy->error_answer_is_an_answer && covers_error(a))
        return stand_in();
    if (status == 304)
        return not_modified(a);
    if (a->decision->step == CACHE_COMPLETE && status == 206 && !joins(a)) {
        struct cache_reception again =
            taken(CACHE_ASK_AGAIN, "B-G6", SPAN("Content-Range"), "RFC 9111 section 3.4",
                  "The bytes that came do not join those stored.");
        again.outdates = true;
        return again;
    }
    if (a->asked.method == METHOD_HEAD)
        return head_answer(a);
    return full_answer(a);
}

struct cache_reception
cache_receive(const struct cache_policy *policy, const struct http_request *request,
              const struct cache_decision *decision, const struct stored_response *stored,
              const struct http_response *response, struct exchange_times times, int64_t now_s)
{
    struct arrival a = {
        policy,         request,       .decision = decision, .stored = stored, .response = response,
        .times = times, .now_s = now_s
    };
    struct reason why;
    judge_request(&a.asked, policy, request);
    if (decision->own_request)
        a.asked.asks = 0; /* it went out without what the client asks: cache_forward_fields() */
    if (stored && stored->judged)
        a.held = *stored->judged;
    else if (stored)
        judge_response(&a.held, policy, stored->response);
    if (!response || response->status == 0)
        return no_answer(&a);
    judge_response(&a.fresh, policy, response);
    struct cache_reception r = take(&a);
    r.invalidates = exchange_invalidates_for(policy, request, response, &why);
    return r;
}
