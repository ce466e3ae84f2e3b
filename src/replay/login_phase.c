#include "login_phase.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

struct login_phase {
    struct session_run *run; /* borrowed */
    struct login_rules rules;
    struct login_who who;
    struct login_flow *flow; /* owned */
    bool registering, renewing;
    bool refused;
    struct strbuf page; /* URL of the last answer: Referer of the next request */
};

static enum login_word turn(struct login_phase *phase, const struct login_answer *answer,
                            const struct session_rules *rules, int64_t now_s, struct outgoing *ret,
                            struct arena *arena);

static const struct login_plan *plan_of(const struct login_phase *phase)
{
    return phase->registering ? phase->rules.registration : phase->rules.plan;
}

/* The flow that is next, from its beginning. LOGIN_DONE when there is none. */
static enum login_word start_flow(struct login_phase *phase, const struct session_rules *rules,
                                  int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    if (!plan_of(phase))
        return LOGIN_DONE;
    login_flow_free(phase->flow);
    phase->flow = phase->renewing
                      ? login_flow_renew(phase->rules.plan, &phase->who, &phase->run->grant)
                      : login_flow_new(plan_of(phase), &phase->who);
    return turn(phase, NULL, rules, now_s, ret, arena);
}

bool login_phase_registers(const struct session_run *run, const struct login_rules *rules)
{
    return rules->registration && run->has_identity &&
           !identity_is_registered(run->pool, &run->identity);
}

struct login_phase *login_phase_new(struct session_run *run, const struct login_rules *rules,
                                    bool renew)
{
    struct login_phase *phase = xcalloc(1, sizeof *phase);
    phase->run = run;
    phase->rules = *rules;
    phase->page = (struct strbuf)STRBUF_INIT;
    phase->who.pool = run->pool;
    phase->who.identity = run->has_identity ? &run->identity : NULL;
    phase->renewing = renew && login_can_renew(rules->plan, &run->grant);
    phase->registering = login_phase_registers(run, rules);
    return phase;
}

void login_phase_free(struct login_phase *phase)
{
    if (!phase)
        return;
    login_flow_free(phase->flow);
    strbuf_release(&phase->page);
    free(phase);
}

/* Puts the flow's request into the session's terms; false when it cannot be sent, with the reason.
 */
static bool build(struct login_phase *phase, const struct login_request *request,
                  const struct session_rules *rules, int64_t now_s, struct outgoing *ret,
                  struct arena *arena)
{
    struct outgoing_source source = session_run_source(phase->run, rules, 0, now_s);
    source.grant = NULL;
    if (request->recorded) {
        /* Another visitor's recording: the bindings of this one are not about it. */
        source.bounds = NULL;
        outgoing_build(ret, request->recorded, &source, arena);
        ret->marks |= MARK_LOGIN_STEP;
        return ret->skip == NULL;
    }
    if (outgoing_login(ret, request, strbuf_span(&phase->page), phase->run->planned->exchanges,
                       &source, arena))
        return true;
    ret->skip = "the login leads to no URL";
    return false;
}

/* A flow is over: what comes behind it. */
static enum login_word flow_done(struct login_phase *phase, const struct session_rules *rules,
                                 int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    struct session_run *run = phase->run;
    if (!phase->registering) {
        login_flow_take_grant(phase->flow, &run->grant);
        if (run->has_identity)
            identity_worked(run->pool, &run->identity);
        return LOGIN_DONE;
    }
    phase->registering = false;
    identity_registered(run->pool, &run->identity);
    /* A registration may log in, too: the visit begins as somebody who is not. */
    jar_free(run->jar);
    run->jar = jar_new();
    return start_flow(phase, rules, now_s, ret, arena);
}

static enum login_word flow_failed(struct login_phase *phase, const struct session_rules *rules,
                                   int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    struct session_run *run = phase->run;
    bool second_chance = phase->renewing || phase->registering;
    if (phase->refused)
        return LOGIN_FAILED;
    if (second_chance) {
        /* The refresh token is over; or an earlier run registered this account: log in. */
        if (phase->registering)
            identity_registered(run->pool, &run->identity);
        phase->renewing = phase->registering = false;
        return start_flow(phase, rules, now_s, ret, arena);
    }
    if (run->has_identity)
        identity_failed(run->pool, &run->identity, login_flow_reason(phase->flow),
                        login_flow_blames_account(phase->flow));
    return LOGIN_FAILED;
}

static enum login_word turn(struct login_phase *phase, const struct login_answer *answer,
                            const struct session_rules *rules, int64_t now_s, struct outgoing *ret,
                            struct arena *arena)
{
    struct login_request request;
    phase->refused = answer && answer->refused;
    enum login_word word = login_flow_next(phase->flow, answer, now_s, &request, arena);
    if (word == LOGIN_DONE)
        return flow_done(phase, rules, now_s, ret, arena);
    if (word == LOGIN_FAILED)
        return flow_failed(phase, rules, now_s, ret, arena);
    if (build(phase, &request, rules, now_s, ret, arena))
        return LOGIN_SEND;
    const struct login_answer unsent = { .refused = ret->skip };
    return turn(phase, &unsent, rules, now_s, ret, arena);
}

enum login_word login_phase_begin(struct login_phase *phase, const struct session_rules *rules,
                                  int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    return start_flow(phase, rules, now_s, ret, arena);
}

static void note_page(struct login_phase *phase, const struct outgoing *sent)
{
    strbuf_clear(&phase->page);
    strbuf_add_span(&phase->page, sent->wire.scheme);
    strbuf_add_str(&phase->page, "://");
    strbuf_add_span(&phase->page, sent->wire.authority);
    strbuf_add_span(&phase->page, sent->wire.target);
}

enum login_word login_phase_take(struct login_phase *phase, const struct outgoing *sent,
                                 const struct exchange *answered, const struct session_rules *rules,
                                 int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    bool failed = answered->marks & MARK_FAILED;
    note_page(phase, sent);
    const struct login_answer answer = {
        .url = strbuf_span(&phase->page),
        .status = answered->response.status,
        .fields = &answered->response.fields,
        .body = answered->response.body,
        /* Phrases of the transport are static. */
        .failure = failed ? answered->note.ptr : NULL,
        .cookies = jar_count(phase->run->jar),
    };
    return turn(phase, &answer, rules, now_s, ret, arena);
}

enum login_word login_phase_refused(struct login_phase *phase, const struct outgoing *sent,
                                    const char *reason, const struct session_rules *rules,
                                    int64_t now_s, struct outgoing *ret, struct arena *arena)
{
    note_page(phase, sent);
    const struct login_answer answer = { .url = strbuf_span(&phase->page), .refused = reason };
    return turn(phase, &answer, rules, now_s, ret, arena);
}

struct span login_phase_reason(const struct login_phase *phase)
{
    return login_flow_reason(phase->flow);
}

bool login_phase_was_refused(const struct login_phase *phase)
{
    return phase->refused;
}
