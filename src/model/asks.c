/* What a request is to the cache beside its key, and by which rule. */
#include "asks.h"

#include "rehearse/cache/decision.h"
#include "rehearse/key/bypass.h"

/* What the request itself wants of the origin, or of the store. */
static void take_wishes(const struct model_reader_options *options, struct whys *whys,
                        const struct judged_request *asked, struct model_request *ret)
{
    static const struct reason fresh_one = {
        "B-Q1",
        { "Cache-Control", 13 },
        "RFC 9111 section 5.2.1",
        "The request asks for the origin's own answer: no-cache, max-age=0 or a reload."
    };
    static const struct reason authorized = {
        "B-P3",
        { "Authorization", 13 },
        "",
        "This cache asks the origin when a request carries Authorization."
    };
    static const struct reason not_kept = {
        "B-S4", { "Cache-Control", 13 }, "RFC 9111 section 5.2.1.5", "The request said no-store."
    };
    const struct cache_policy *policy = options->policy;
    const struct reason *why = NULL;
    if (asked->asks & ASKS_AUTHORIZED && policy->authorized_answer == AUTHORIZED_GETS_NONE)
        why = &authorized;
    if (asked->asks & (ASKS_NO_CACHE | ASKS_RELOAD) ||
        (asked->asks & ASKS_MAX_AGE && asked->max_age_s == 0))
        why = &fresh_one;
    if (why) {
        ret->flags |= MODEL_ASKS_ORIGIN;
        if (!ret->why_past)
            ret->why_past = whys_number(whys, why, NULL);
    }
    if (policy->reload_fetches_anew && why == &fresh_one)
        ret->flags |= MODEL_ASKS_ANEW;
    if (!(asked->asks & ASKS_NO_STORE))
        return;
    ret->flags |= MODEL_ASKS_NO_STORE;
    if (!ret->why_kept_out)
        ret->why_kept_out = whys_number(whys, &not_kept, NULL);
}

/* Fetched as HEAD: there is no body to store. */
static void take_head(const struct model_reader_options *options, struct whys *whys,
                      const struct judged_request *asked, struct model_request *ret)
{
    static const struct reason no_body = {
        "B-H0", { NULL, 0 }, "RFC 9111 section 4.3.5", "An answer to HEAD has nothing to store."
    };
    if (asked->method != METHOD_HEAD || options->policy->head_is_get)
        return;
    ret->flags |= MODEL_ASKS_HEAD;
    if (!ret->why_kept_out)
        ret->why_kept_out = whys_number(whys, &no_body, NULL);
}

void asks_put(const struct model_reader_options *options, struct whys *whys,
              const struct http_request *request, const struct judged_request *asked,
              struct model_request *ret)
{
    struct cache_decision decision =
        cache_decide_judged(options->policy, request, asked, NULL, 0, 0);
    struct bypass bypass = { .reads = true, .stores = true };
    bypass_of(options->key, request, &bypass);
    if (decision.step == CACHE_PASS) {
        ret->flags |= MODEL_ASKS_PASS;
        ret->why_past = whys_number(whys, &decision.why, NULL);
        return;
    }
    if (!bypass.reads) /* fetched whatever is stored, and stored: nginx's proxy_cache_bypass */
        ret->flags |= MODEL_ASKS_ORIGIN | MODEL_ASKS_ANEW;
    if (!bypass.reads)
        ret->why_past = whys_number(whys, &bypass.why, bypass.rule);
    if (!bypass.stores)
        ret->flags |= MODEL_ASKS_NO_STORE;
    if (!bypass.stores)
        ret->why_kept_out = whys_number(whys, &bypass.why, bypass.rule);
    if (!bypass.reads && !bypass.stores)
        ret->flags = MODEL_ASKS_PASS;
    take_wishes(options, whys, asked, ret);
    take_head(options, whys, asked, ret);
}
