#include "session_run.h"

#include "rehearse/base/hash.h"

void session_run_init(struct session_run *run, struct planned *planned, struct identity_pool *pool,
                      const struct identity *identity, struct barren_bodies *barren, double speed,
                      int64_t start_us)
{
    *run = (struct session_run){ .planned = planned, .pool = pool };
    run->schedule = schedule_new(planned->exchanges, planned->count, speed, start_us);
    run->jar = jar_new();
    run->bindings = bindings_new();
    bindings_share(run->bindings, barren);
    run->validators = planned->asks_conditions ? validators_new() : NULL;
    run->bounds = bound_values_new(planned->bounds, planned->bound_count);
    if (identity) {
        run->identity = *identity;
        run->has_identity = true;
    }
}

struct planned *session_run_release(struct session_run *run)
{
    struct planned *planned = run->planned;
    if (run->has_identity)
        identity_give_back(run->pool, &run->identity);
    run->has_identity = false;
    bound_values_free(run->bounds);
    validators_free(run->validators);
    bindings_free(run->bindings);
    jar_free(run->jar);
    login_grant_release(&run->grant);
    schedule_free(run->schedule);
    *run = (struct session_run){ .planned = NULL };
    return planned;
}

struct outgoing_source session_run_source(const struct session_run *run,
                                          const struct session_rules *rules, uint32_t seq,
                                          int64_t now_s)
{
    return (struct outgoing_source){
        .target = rules->target,
        .jar = run->jar,
        .bindings = run->bindings,
        .bounds = run->bounds,
        .validators = run->validators,
        .builds = rules->builds,
        .identity = run->has_identity ? &run->identity : NULL,
        .grant = &run->grant,
        .variants = rules->variants,
        .originals = rules->originals,
        .no_credentials = rules->no_credentials,
        .credentials = run->planned->credentials,
        .asks = rules->asks,
        .run_seed = hash_mix(rules->seed, rules->nonce),
        .canaries = rules->canaries,
        .trace_seed = hash_mix(hash_mix(rules->seed, run->planned->session), seq),
        .now_s = now_s,
    };
}

void session_run_build(const struct session_run *run, size_t index,
                       const struct session_rules *rules, int64_t now_s, struct outgoing *ret,
                       struct arena *arena)
{
    const struct exchange *recorded = &run->planned->exchanges[index];
    struct outgoing_source source = session_run_source(run, rules, recorded->seq, now_s);
    outgoing_build(ret, recorded, &source, arena);
}

bool session_run_follow(const struct session_run *run, const struct outgoing *from,
                        struct span location, const struct session_rules *rules, int64_t now_s,
                        struct outgoing *ret, struct arena *arena)
{
    struct outgoing_source source = session_run_source(run, rules, run->next_seq, now_s);
    return outgoing_follow(ret, from, location, &source, arena);
}

static int class_of(const struct exchange *x)
{
    return x->response.status / 100;
}

/*
 * A redirect is what a form answers that lets in, 2xx what an API does; a form that comes
 * again is 2xx too, so that the other way round nothing is told.
 */
static bool is_turned_away(const struct exchange *recorded, const struct exchange *answered)
{
    return class_of(answered) >= 4 || (class_of(recorded) == 3 && class_of(answered) == 2);
}

struct span session_run_judge_login(struct session_run *run, size_t index,
                                    const struct exchange *answered, struct arena *arena)
{
    const struct exchange *recorded = &run->planned->exchanges[index];
    bool was_let_in = class_of(recorded) == 2 || class_of(recorded) == 3;
    if (!run->has_identity || !was_let_in || answered->response.status == 0 ||
        request_passwords(&recorded->request) != 1)
        return SPAN_NONE;
    if (!is_turned_away(recorded, answered)) {
        identity_worked(run->pool, &run->identity);
        return SPAN_NONE;
    }
    struct span reason =
        arena_printf(arena, "its login was answered with status %d, not %d",
                     answered->response.status, recorded->response.status);
    identity_failed(run->pool, &run->identity, reason, /* to_blame= */ false);
    return reason;
}

static void learn_cookie(struct session_run *run, struct span line, const struct outgoing *sent,
                         const struct target *target, int64_t now_s, struct arena *arena)
{
    struct span wide =
        outgoing_translate_set_cookie(line, sent, target, /* narrow= */ false, arena);
    enum jar_outcome outcome =
        jar_set(run->jar, wide, sent->scheme, sent->authority, sent->wire.target, now_s, NULL);
    if (outcome != JAR_REFUSED || wide.ptr == line.ptr)
        return;
    /* Staging's domain is an ordinary one and production's is a public suffix: keep the cookie for
     * the host. */
    struct span narrow =
        outgoing_translate_set_cookie(line, sent, target, /* narrow= */ true, arena);
    jar_set(run->jar, narrow, sent->scheme, sent->authority, sent->wire.target, now_s, NULL);
}

void session_run_learn(struct session_run *run, const struct outgoing *sent,
                       const struct exchange *answered, const struct session_rules *rules,
                       int64_t now_s, struct arena *arena)
{
    if (rules->no_credentials)
        return;
    /* Who asks with a spoiled session goes on with it, whatever he is given in its place. */
    if (run->planned->credentials && answered->planned != UINT32_MAX)
        return;
    for (uint32_t i = 0; i < answered->response.fields.len; i++)
        if (span_ieq(answered->response.fields.at[i].name, SPAN("Set-Cookie")))
            learn_cookie(run, answered->response.fields.at[i].value, sent, rules->target, now_s,
                         arena);
    bindings_learn(run->bindings, answered);
    if (answered->marks & MARK_LOGIN_STEP)
        return;
    bound_values_learn(run->bounds, answered->planned, answered, arena);
    build_names_learn(rules->builds, answered, arena);
    if (run->validators && !(answered->marks & MARK_HOP) &&
        answered->planned < run->planned->count)
        validators_learn(run->validators,
                         run->planned->exchanges[answered->planned].request.target,
                         &answered->response);
}
