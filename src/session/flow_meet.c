/* The first round: what requests carry, which sessions are one visitor's, and which are worth a
 * search. */
#include "flow_state.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/cookie.h"
#include "rehearse/http/method.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/value_place.h"

/* ---- sessions and visitors ---- */

uint32_t flow_who_of_session(uint64_t session)
{
    uint32_t who = (uint32_t)hash_mix(2, session);
    return who == 0 || who == UINT32_MAX ? 1 : who;
}

/* The session's entry, or the one to take for it: empty, or met longest ago. */
static struct met_session *find_session(const struct flow *flow, uint64_t session, bool *ret_known)
{
    size_t sets = flow->slots / SESSIONS_SHARE / SESSION_WAYS;
    uint64_t hash = hash_mix(3, session);
    struct met_session *set = &flow->sessions[(hash & (sets - 1)) * SESSION_WAYS];
    struct met_session *oldest = set;
    *ret_known = true;
    for (size_t i = 0; i < SESSION_WAYS; i++) {
        if (set[i].who && set[i].tag == (uint32_t)(hash >> 32))
            return &set[i];
        if (set[i].who == 0 || (oldest->who && set[i].last < oldest->last))
            oldest = &set[i];
    }
    *ret_known = false;
    return oldest;
}

static struct met_session *meet_session(struct flow *flow, uint64_t session)
{
    bool known;
    struct met_session *met = find_session(flow, session, &known);
    flow->forgot |= !known && met->who;
    if (!known)
        *met = (struct met_session){ .tag = (uint32_t)(hash_mix(3, session) >> 32),
                                     .who = flow_who_of_session(session) };
    met->last = flow->clock++;
    return met;
}

/* Two sessions that come with one credential are one visitor's: the first one's. */
static uint32_t owner_of(struct flow *flow, uint64_t key, uint32_t who)
{
    uint32_t owner = who;
    if (sightings_of(flow->cookies, key, &owner) == SIGHTED_NEVER)
        sightings_note(flow->cookies, key, who, NULL);
    return owner;
}

static uint32_t owner_by_cookies(struct flow *flow, struct span line, uint32_t who)
{
    struct cookie_pair pair;
    while (cookie_next(&line, &pair)) {
        enum cookie_role role = cookie_role_kept(&flow->roles, pair.name);
        if (is_pseudonym(pair.value) && cookie_may_log_in(pair.name, role))
            who = owner_of(flow, hash64(pair.value), who);
    }
    return who;
}

static uint32_t owner_by_credentials(struct flow *flow, const struct exchange *x, uint32_t who)
{
    for (uint32_t i = 0; i < x->request.fields.len; i++) {
        const struct http_field *field = &x->request.fields.at[i];
        if (field->value.len && span_ieq(field->name, SPAN("Cookie")))
            who = owner_by_cookies(flow, field->value, who);
    }
    return x->user.len ? owner_of(flow, hash64_seeded(x->user, 1), who) : who;
}

uint32_t flow_visitor(struct flow *flow, const struct exchange *exchanges, size_t count)
{
    bool known;
    const struct met_session *met = find_session(flow, exchanges[0].session, &known);
    uint32_t who = known ? met->who : flow_who_of_session(exchanges[0].session);
    for (size_t i = 0; !known && i < count; i++)
        who = owner_by_credentials(flow, &exchanges[i], who);
    return who;
}

/* ---- the filter ---- */

static uint64_t *filter_word(const struct flow *flow, uint64_t hash, uint64_t *ret_bits)
{
    *ret_bits = UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63);
    return &flow->filter[hash & (flow->filter_words - 1)];
}

static void filter_add(struct flow *flow, uint64_t hash)
{
    uint64_t bits;
    *filter_word(flow, hash, &bits) |= bits;
}

bool flow_filter_may_hold(const struct flow *flow, uint64_t hash)
{
    uint64_t bits;
    return (*filter_word(flow, hash, &bits) & bits) == bits;
}

/* ---- first round ---- */

uint64_t flow_value_key(uint64_t value, enum worth worth, const struct noun *noun)
{
    return worth == WORTH_STRONG ? value : hash_mix(value, noun_hash(noun));
}

struct noun_count *flow_count_of(struct flow *flow, const struct noun *noun)
{
    bool made;
    size_t len = flow->nouns.len + flow->nouns.has_zero;
    uint64_t key = noun_hash(noun);
    uint64_t *index = map_get(&flow->nouns, key);
    if (index)
        return &flow->counts[*index];
    if (len == MAX_NOUNS)
        return NULL;
    flow->counts = array_room(flow->counts, &flow->count_cap, len + 1, sizeof *flow->counts);
    flow->counts[len] = (struct noun_count){ 0 };
    map_put(&flow->nouns, key, len, &made);
    return &flow->counts[len];
}

struct meeting {
    struct flow *flow;
    const struct exchange *x;
    uint32_t who; /* the session itself: whose visit it is may come out later */
};

static bool comes_after_write(const struct flow *flow, uint64_t session)
{
    bool known;
    const struct met_session *met = find_session(flow, session, &known);
    return known && met->after_write;
}

static void count_value(const struct meeting *m, const struct noun *noun, enum sighted before,
                        enum sighted now)
{
    struct noun_count *count = before == now ? NULL : flow_count_of(m->flow, noun);
    if (!count)
        return;
    bool after = before == SIGHTED_NEVER && comes_after_write(m->flow, m->x->session);
    count->before += before == SIGHTED_NEVER && !after;
    count->after += after;
    count->shared += now == SIGHTED_SEVERAL;
}

static void meet_value(const struct meeting *m, const struct value_at *at, enum worth worth)
{
    uint64_t value = hash64(at->value);
    filter_add(m->flow, value);
    if (at->kind == VALUE_COOKIE || at->kind == VALUE_HEADER)
        return;
    struct noun noun = noun_of_place(at, m->x->request.target);
    enum sighted before;
    enum sighted now =
        sightings_note(m->flow->sent, flow_value_key(value, worth, &noun), m->who, &before);
    count_value(m, &noun, before, now);
}

static struct span on_sent(void *ctx, const struct value_at *at)
{
    enum worth worth = sink_worth(at);
    if (worth != WORTH_NOTHING)
        meet_value(ctx, at, worth);
    return SPAN_NONE;
}

/* An answer that may give something, or a write that may make something. */
static bool is_wanted(const struct exchange *x)
{
    static const struct span names[] = { { "Set-Cookie", 10 },
                                         { "Location", 8 },
                                         { "Link", 4 },
                                         { VALUE_CLAIM_FIELD, sizeof VALUE_CLAIM_FIELD - 1 } };
    if (x->response.body.len || x->body_id || !method_is_safe(x->request.method))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (http_fields_value(&x->response.fields, names[i]).len)
            return true;
    return false;
}

/* Most exchanges of a log have nothing to remember their session for. */
static bool tells_of_session(const struct exchange *x, bool wanted)
{
    return wanted || x->user.len || http_fields_value(&x->request.fields, SPAN("Cookie")).len;
}

static void note_session(struct flow *flow, const struct exchange *x)
{
    bool wanted = is_wanted(x);
    if (!tells_of_session(x, wanted))
        return;
    struct met_session *session = meet_session(flow, x->session);
    session->who = owner_by_credentials(flow, x, session->who);
    session->wanted |= wanted;
    session->after_write |= !method_is_safe(x->request.method);
    flow->wanted |= wanted;
}

void flow_meet(struct flow *flow, struct exchange *x, struct arena *arena)
{
    struct meeting m = { flow, x, flow_who_of_session(x->session) };
    /* Before anything was given or written nothing can be bound: a log of mere reading is passed
     * over. */
    if (!flow->wanted && !is_wanted(x))
        return;
    if (!belongs_to_a_build(x->request.target))
        value_sinks(&x->request, on_sent, &m, arena);
    note_session(flow, x);
}

bool flow_wants_any(const struct flow *flow)
{
    return flow->wanted;
}

bool flow_wants(const struct flow *flow, uint64_t session)
{
    bool known;
    const struct met_session *met = find_session(flow, session, &known);
    return known ? met->wanted : flow->forgot;
}
