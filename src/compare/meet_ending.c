/* How an answer ends: its status, where it sends the visitor, and whether that has an end. */
#include "meet.h"

#include "rehearse/http/url.h"

enum { HOPS_MAX = 10 }; /* a chain that is longer counts as a loop */

bool status_is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

static bool same_place(const struct http_request *a, const struct http_request *b)
{
    return span_eq(a->target, b->target) && span_ieq(a->authority, b->authority);
}

/* Does the chain come back to where it was, or never end? */
static bool hops_loop(const struct exchange *staging, const struct exchange *hops, size_t count)
{
    if (count >= HOPS_MAX)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (hops[i].response.status < 300 || hops[i].response.status >= 400)
            continue; /* a page may lie behind a redirect that came with a cookie */
        if (same_place(&hops[i].request, &staging->request))
            return true;
        for (size_t j = 0; j < i; j++)
            if (same_place(&hops[i].request, &hops[j].request))
                return true;
    }
    return false;
}

static bool leads_to_itself(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    if (x->response.status < 300 || x->response.status >= 400 || span_is_none(pair->location[side]))
        return false;
    struct url url;
    struct span whole =
        url_resolve(pair->production->request.target, pair->location[side], &c->scratch);
    if (!url_parse(&url, whole) || !span_eq(url.target, pair->production->request.target))
        return false;
    return span_is_none(url.authority) ||
           span_ieq(url.authority, pair->production->request.authority);
}

bool pair_loops(struct comparison *c, const struct pair *pair, const struct exchange *hops,
                size_t hop_count)
{
    if (hop_count)
        return hops_loop(pair->staging, hops, hop_count);
    return leads_to_itself(c, pair, 1) && !leads_to_itself(c, pair, 0);
}

static struct span answer_text(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    enum gate_answer answer = gate_answer_of(x->response.status, pair->location[side]);
    return arena_printf(&c->scratch, answer == ANSWER_LOGIN ? "%d to login" : "%d",
                        x->response.status);
}

struct span answer_shown(struct comparison *c, const struct pair *pair, int side)
{
    const struct exchange *x = side ? pair->staging : pair->production;
    if (span_is_none(pair->location[side]))
        return arena_printf(&c->scratch, "%d", x->response.status);
    return arena_printf(&c->scratch, "%d, Location: %.*s", x->response.status,
                        SPAN_ARG(span_head(pair->location[side], 400)));
}

/* Statuses of both, and where two redirects lead when their codes differ. True: the answers are of
 * one kind. */
bool meet_status(struct comparison *c, const struct pair *pair)
{
    bool again;
    struct repeat_slot *slot = ledger_repeat(&c->ledger, pair->base, pair->class.identity, &again);
    struct span said[2] = { answer_text(c, pair, 0), answer_text(c, pair, 1) };
    struct span shown[2] = { answer_shown(c, pair, 0), answer_shown(c, pair, 1) };
    meet_fixed(c, pair, FACET_STATUS, said[0], said[1], shown, slot, again);
    return span_eq(said[0], said[1]);
}

void meet_location(struct comparison *c, const struct pair *pair)
{
    struct span leads[2];
    for (int side = 0; side < 2; side++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        struct canonical_context context = { pair->production,
                                             side ? pair->staging : pair->production, &c->scratch };
        canonical_location(&context, pair->location[side], &text);
        leads[side] = arena_copy(&c->scratch, strbuf_span(&text));
    }
    meet_fixed(c, pair, FACET_LOCATION, leads[0], leads[1], pair->location, NULL, false);
}
