#include "shard.h"

#include <pthread.h>
#include <stdlib.h>

#include "entry.h"
#include "redirect.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/http/media_type.h"
#include "sentinel.h"
#include "session_run.h"
#include "verify.h"

/* A batch does not wait longer than this for more entries. */
#define HAND_OVER_US 20000
/* How soon a session that waits for an account looks again. */
#define ACCOUNT_RETRY_US 10000
/* Steps kept for reuse. */
enum { STEPS_KEPT = 256 };
/* A token that is over after every few requests is a staging that is broken. */
enum { RENEWALS_MAX = 100 };

struct active {
    struct session_run run;
    struct shard *shard;
    struct loop_timer *timer;    /* owned; made when first needed */
    struct active *next, *prev;  /* all active sessions */
    struct active *next_stalled; /* waiting for room in the journal */
    bool stalled;
    int64_t slot_us; /* its turn under the rate limit; 0: none taken */
    struct login_phase *login; /* owned; under way: the session waits for it */
    struct step *parked;       /* the login's next request, waiting for its turn */
    struct step *held;         /* turned away with an old token: sent again with the new one */
    bool wants_login;
    bool logs_in; /* before its first request; else its account is made at most */
    unsigned renewals;
    char *skip; /* owned: why it cannot be replayed at all; or NULL */
};

/* One request on its way, or one hop of its redirects. */
struct step {
    struct active *session;
    struct step *next; /* in the pool */
    struct step *flying_next, *flying_prev;
    struct arena arena; /* of `out`; cleared when the step is over */
    struct outgoing out;
    size_t index; /* of the captured exchange */
    uint32_t seq; /* in the run */
    bool login;   /* of the session's login: no captured exchange */
    bool again;   /* sent once before, with a token that was over */
    struct transfer *transfer;
    int64_t start_us;            /* wall clock */
    struct redirect_chain chain; /* in the arena */
};

/* A session that was offered and has not begun. */
struct waiting {
    struct waiting *next;
    struct planned *planned;
    int64_t start_us;
};

struct shard {
    struct shard_options options;
    const struct replay_options *replay;
    struct session_rules rules;
    pthread_t thread;
    struct loop *loop;            /* owned; used by the thread, but for loop_wake */
    struct transport *transport;  /* owned */
    struct verifier *verifier;    /* owned */
    struct barren_bodies *barren; /* owned */
    struct watch *watch;          /* owned; NULL: no member is watched */
    struct journal_batch *batch;  /* owned; NULL between hand-over and the next entry */
    struct loop_timer *hand_over;
    struct loop_timer *start; /* the next session's start */
    struct arena scratch;

    pthread_mutex_t lock; /* guards inbox and closed */
    struct waiting *inbox, *inbox_last;
    bool closed;

    struct waiting *waiting, *waiting_last; /* the thread's own from here on */
    bool no_more;
    struct active *active;
    unsigned active_count;
    struct active *stalled, *stalled_last;
    struct step *flying;
    struct step *pool;
    unsigned pool_count;
    int64_t next_slot_us;
    bool over;

    struct shard_counts counts; /* written by the thread only, by atomic stores */
};

static void drive(struct active *s);
static void begin_sessions(struct shard *shard);

static void add(uint64_t *counter, uint64_t by)
{
    __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

static void count(uint64_t *counter)
{
    add(counter, 1);
}

static int64_t now_s(const struct shard *shard)
{
    return loop_wall_us(shard->loop) / 1000000;
}

/* ---- the journal ---- */

static void hand_over(struct shard *shard)
{
    if (!shard->batch)
        return;
    journal_hand_over(shard->options.journal, shard->batch);
    shard->batch = NULL;
    loop_timer_cancel(shard->hand_over);
}

static void on_hand_over(void *ctx)
{
    hand_over(ctx);
}

static struct journal_batch *open_batch(struct shard *shard)
{
    if (shard->batch && journal_batch_is_full(shard->batch))
        hand_over(shard);
    if (!shard->batch) {
        shard->batch = journal_take_batch(shard->options.journal);
        loop_timer_at(shard->hand_over, loop_now_us(shard->loop) + HAND_OVER_US);
    }
    return shard->batch;
}

/* ---- steps ---- */

static struct step *step_take(struct shard *shard, struct active *session, size_t index)
{
    struct step *step = shard->pool;
    if (step) {
        shard->pool = step->next;
        shard->pool_count--;
    } else {
        step = xcalloc(1, sizeof *step);
        step->arena = (struct arena)ARENA_INIT;
    }
    struct arena arena = step->arena;
    *step = (struct step){ .session = session, .arena = arena, .index = index };
    step->flying_next = shard->flying;
    if (shard->flying)
        shard->flying->flying_prev = step;
    shard->flying = step;
    return step;
}

static void step_give_back(struct shard *shard, struct step *step)
{
    if (step->flying_prev)
        step->flying_prev->flying_next = step->flying_next;
    else
        shard->flying = step->flying_next;
    if (step->flying_next)
        step->flying_next->flying_prev = step->flying_prev;
    if (shard->pool_count >= STEPS_KEPT) {
        arena_release(&step->arena);
        free(step);
        return;
    }
    arena_clear(&step->arena);
    step->next = shard->pool;
    shard->pool = step;
    shard->pool_count++;
}

static const struct exchange *recorded_of(const struct step *step)
{
    return &step->session->run.planned->exchanges[step->index];
}

/* ---- keeping what happened ---- */

static struct exchange *put_entry(struct shard *shard, const struct step *step)
{
    struct exchange *x =
        entry_put(open_batch(shard), step->session->run.planned, step->index, &step->out);
    x->seq = step->seq;
    x->start_us = step->start_us;
    if (step->login)
        x->planned = UINT32_MAX;
    return x;
}

static void keep_unsent(struct shard *shard, struct step *step, const char *reason,
                        const char *sign)
{
    struct exchange *x = put_entry(shard, step);
    entry_not_sent(x, reason, sign, journal_batch_arena(shard->batch));
    if (step->chain.hop == 0 && !step->login)
        count(&shard->counts.skipped);
}

static struct exchange *keep_answer(struct shard *shard, struct step *step,
                                    const struct transport_answer *answer)
{
    struct exchange *x = put_entry(shard, step);
    entry_answer(x, answer, shard->replay->body_max, journal_batch_arena(shard->batch));
    return x;
}

static void count_answer(struct shard *shard, const struct step *step, const struct exchange *x,
                         const struct transport_answer *answer)
{
    struct shard_counts *counts = &shard->counts;
    bool failed = x->marks & MARK_FAILED;
    guard_note_outcome(shard->options.guard, answer->failure);
    if (step->chain.hop > 0)
        return;
    count(failed ? &counts->failed : &counts->answered);
    if (failed)
        return;
    struct verdict_on_answer verdict =
        verifier_check(shard->verifier, recorded_of(step), x, answer->block);
    if (verdict.status_known)
        count(verdict.status_same ? &counts->status_same : &counts->status_differs);
    if (verdict.fields_known)
        count(verdict.fields_same ? &counts->fields_same : &counts->fields_differ);
}

/* ---- redirects that production did not give ---- */

static bool send_guarded(struct step *step);

/* Sends the hop behind an answer; false when there is none, with the reason noted on `x` where
 * there should have been one. */
static bool follow(struct step *step, struct exchange *x)
{
    struct shard *shard = step->session->shard;
    struct session_run *run = &step->session->run;
    struct span location = redirect_to_follow(recorded_of(step), x);
    if (span_is_none(location))
        return false;
    if (step->chain.hop >= shard->replay->redirect_hops) {
        x->note = SPAN("the redirects do not end: not followed any further");
        return false;
    }
    struct step *hop = step_take(shard, step->session, step->index);
    if (!session_run_follow(run, &step->out, location, &shard->rules, now_s(shard), &hop->out,
                            &hop->arena))
        x->note = SPAN("the redirect leads to no URL");
    else if (!guard_allows_place(shard->options.guard, hop->out.wire.scheme,
                                 hop->out.wire.authority))
        x->note = SPAN("the redirect leads out of the target's map: not followed");
    else if (redirect_chain_loops(&step->chain, &hop->out.wire))
        x->note = SPAN("the redirects run in a loop: not followed any further");
    else {
        redirect_chain_extend(&hop->chain, &step->chain, &step->out.wire, &hop->out.wire,
                              &hop->arena);
        hop->seq = run->next_seq++;
        return send_guarded(hop);
    }
    step_give_back(shard, hop);
    return false;
}

/* ---- a token that is over ---- */

static void start_login(struct active *s, bool renew);

static bool has_token(const struct active *s)
{
    return s->shard->options.login.plan && s->run.grant.value.len > 0 && !s->run.grant.basic &&
           s->renewals < RENEWALS_MAX && !s->run.planned->credentials;
}

/* Staging turns the token away that production's visitor came through with. */
static bool token_is_refused(const struct step *step, const struct transport_answer *answer)
{
    return answer->status == 401 && !answer->failure && !step->again && step->chain.hop == 0 &&
           !step->out.is_login && recorded_of(step)->response.status != 401 &&
           has_token(step->session);
}

/* The answer is kept beside what was planned; its request waits for the new token. */
static void hold(struct step *step, struct exchange *x)
{
    struct active *s = step->session;
    x->marks |= MARK_LOGIN_STEP;
    x->planned = UINT32_MAX;
    x->note = SPAN("the token was over: renewed, and asked again");
    guard_note_outcome(s->shard->options.guard, NULL);
    step->next = s->held;
    s->held = step;
    if (!s->login)
        start_login(s, /* renew= */ true);
}

/* ---- sending ---- */

static void settle(struct step *step)
{
    struct active *s = step->session;
    schedule_done(s->run.schedule, step->index, loop_now_us(s->shard->loop));
    step_give_back(s->shard, step);
}

static void remark_login(struct step *step, struct span reason)
{
    const struct planned *planned = step->session->run.planned;
    if (!span_is_none(reason))
        journal_put_remark(open_batch(step->session->shard), planned->session, planned->attempt,
                           step->seq, "login", reason);
}

/* Not while an exchange is being filled in: the batch may change. */
static void remark_leaks(struct active *s)
{
    if (watch_has_remarks(s->shard->watch))
        watch_put_remarks(s->shard->watch, s->run.planned, open_batch(s->shard));
}

static void on_login_answer(void *ctx, const struct transport_answer *answer);

static void on_answer(void *ctx, const struct transport_answer *answer)
{
    struct step *step = ctx;
    struct active *s = step->session;
    struct shard *shard = s->shard;
    step->transfer = NULL;
    struct exchange *x = keep_answer(shard, step, answer);
    if (token_is_refused(step, answer)) {
        hold(step, x);
        return;
    }
    count_answer(shard, step, x, answer);
    struct span login = SPAN_NONE;
    if (step->out.is_login && step->chain.hop == 0)
        login = session_run_judge_login(&s->run, step->index, x, &step->arena);
    if (answer->status > 0) {
        session_run_learn(&s->run, &step->out, x, &shard->rules, now_s(shard), &shard->scratch);
        arena_clear(&shard->scratch);
        watch_answer(shard->watch, &s->run, &step->out, x);
    }
    bool hop = !answer->failure && follow(step, x); /* it carries on for this one */
    remark_login(step, login);
    remark_leaks(s);
    if (hop) {
        step_give_back(shard, step);
        return;
    }
    settle(step);
    drive(s);
}

/*
 * The one place where anything is sent. False when the guard said no: then it is
 * kept as not sent, unless the whole run is stopped, where it is left for a resume.
 */
static bool send_guarded(struct step *step)
{
    struct shard *shard = step->session->shard;
    const struct transport_way way = {
        .connect = target_connect_address(shard->replay->target, step->out.wire.authority),
        .certificate = step->out.certificate.ptr,
        .key = step->out.key.ptr,
    };
    struct guard_decision decision =
        step->login ? guard_check_login(shard->options.guard, &step->out.wire)
                    : guard_check(shard->options.guard, &step->out.wire);
    step->start_us = loop_wall_us(shard->loop);
    switch (decision.word) {
    case GUARD_SEND:
        count(step->chain.hop                ? &shard->counts.hops
              : step->login || step->again ? &shard->counts.login_steps
                                           : &shard->counts.sent);
        if (step->out.is_login && step->chain.hop == 0 && !step->login)
            count(&shard->counts.logins);
        step->transfer = transport_send(shard->transport, &step->out.wire, &way,
                                        step->login ? on_login_answer : on_answer, step);
        return true;
    case GUARD_SKIP:
        step->out.skip = decision.reason;
        keep_unsent(shard, step, decision.reason, decision.sign);
        break;
    case GUARD_STOP:
        loop_wake(shard->loop);
        break;
    }
    if (step->chain.hop > 0)
        step_give_back(shard, step);
    return false;
}

static void note_bounds(struct step *step)
{
    struct shard *shard = step->session->shard;
    const struct planned *planned = step->session->run.planned;
    const struct bound_counts *bounds = &step->out.bounds;
    add(&shard->counts.values_given, bounds->given);
    add(&shard->counts.values_kept, bounds->kept);
    add(&shard->counts.values_missing, bounds->missing);
    for (const struct unresolved *u = step->out.unresolved; u; u = u->next)
        journal_put_remark(open_batch(shard), planned->session, planned->attempt, step->seq,
                           "unresolved", u->what);
}

static void take_step(struct active *s, size_t index)
{
    struct shard *shard = s->shard;
    struct step *step = step_take(shard, s, index);
    step->seq = s->run.next_seq++;
    schedule_sent(s->run.schedule, index, loop_now_us(shard->loop));
    session_run_build(&s->run, index, &shard->rules, now_s(shard), &step->out, &step->arena);
    note_bounds(step);
    if (step->out.skip) {
        step->start_us = loop_wall_us(shard->loop);
        keep_unsent(shard, step, step->out.skip, NULL);
        settle(step);
        return;
    }
    if (!send_guarded(step) && !guard_stopped(shard->options.guard))
        settle(step);
}

/* ---- sessions ---- */

static void end_session(struct active *s, const char *outcome)
{
    struct shard *shard = s->shard;
    size_t bytes = s->run.planned->bytes;
    struct journal_batch *batch = open_batch(shard);
    journal_put_end(batch, s->run.planned->session, s->run.planned->attempt, outcome);
    count(&shard->counts.sessions_ended);

    if (s->prev)
        s->prev->next = s->next;
    else
        shard->active = s->next;
    if (s->next)
        s->next->prev = s->prev;
    shard->active_count--;
    loop_timer_free(s->timer);
    login_phase_free(s->login);
    free(s->skip);
    journal_let_go(batch, session_run_release(&s->run));
    free(s);
    shard->options.on_session_over(shard->options.ctx, shard->options.number, bytes);
    begin_sessions(shard);
}

static void on_session_timer(void *ctx)
{
    drive(ctx);
}

static void wait_until(struct active *s, int64_t due_us)
{
    if (!s->timer)
        s->timer = loop_timer_new(s->shard->loop, on_session_timer, s);
    loop_timer_at(s->timer, due_us);
}

static void stall(struct active *s)
{
    struct shard *shard = s->shard;
    if (s->stalled)
        return;
    s->stalled = true;
    s->next_stalled = NULL;
    if (shard->stalled_last)
        shard->stalled_last->next_stalled = s;
    else
        shard->stalled = s;
    shard->stalled_last = s;
}

/* Its turn under the rate limit: turns are given out in the order they are asked for. */
static bool has_turn(struct active *s, int64_t now)
{
    struct shard *shard = s->shard;
    if (shard->options.rate <= 0)
        return true;
    if (s->slot_us == 0) {
        if (shard->next_slot_us < now)
            shard->next_slot_us = now;
        s->slot_us = shard->next_slot_us;
        shard->next_slot_us += (int64_t)(1e6 / shard->options.rate);
    }
    if (s->slot_us > now) {
        wait_until(s, s->slot_us);
        return false;
    }
    s->slot_us = 0;
    return true;
}

/* ---- logins ---- */

/* None of its exchanges goes out: it would be another visit than the recorded one. */
static void skip_session(struct active *s, const char *reason)
{
    struct shard *shard = s->shard;
    const struct planned *planned = s->run.planned;
    for (size_t i = 0; i < planned->count; i++) {
        const struct outgoing out = { .wire = planned->exchanges[i].request };
        struct exchange *x = entry_put(open_batch(shard), planned, i, &out);
        x->seq = s->run.next_seq++;
        x->start_us = loop_wall_us(shard->loop);
        x->marks |= MARK_NOT_SENT;
        x->note = arena_copy(journal_batch_arena(shard->batch), span_of(reason));
        count(&shard->counts.skipped);
    }
    count(&shard->counts.sessions_skipped);
    end_session(s, "skipped: not logged in");
}

static void drive_login(struct active *s);
static bool has_turn(struct active *s, int64_t now);

/* What was turned away goes out again: with the new token, or, where there is none, for the record. */
static void send_held(struct active *s)
{
    struct shard *shard = s->shard;
    struct step *step = s->held, *next;
    s->held = NULL;
    for (; step && !guard_stopped(shard->options.guard); step = next) {
        next = step->next;
        arena_clear(&step->arena);
        step->next = NULL;
        step->again = true;
        step->seq = s->run.next_seq++;
        session_run_build(&s->run, step->index, &shard->rules, now_s(shard), &step->out,
                          &step->arena);
        if (!send_guarded(step) && !guard_stopped(shard->options.guard))
            settle(step);
    }
}

static char *reason_text(const char *front, struct span reason)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_add_str(&text, front);
    strbuf_add_span(&text, reason);
    return strbuf_detach(&text);
}

/* A target that takes nothing unsafe is asked as it always was: without logins. */
static bool takes_logins(const struct shard *shard)
{
    return target_mutations(shard->replay->target) == MUTATIONS_ALLOW && !shard->replay->safe_only;
}

static void login_over(struct active *s, enum login_word word)
{
    struct shard *shard = s->shard;
    struct login_phase *login = s->login;
    const struct planned *planned = s->run.planned;
    bool first = s->renewals == 0;
    s->login = NULL;
    if (word == LOGIN_DONE)
        watch_grant(shard->watch, &s->run);
    if (word == LOGIN_DONE && s->logs_in) {
        count(first ? &shard->counts.logins : &shard->counts.renewals);
    } else if (word == LOGIN_FAILED) {
        struct span reason = login_phase_reason(login);
        count(&shard->counts.logins_failed);
        journal_put_remark(open_batch(shard), planned->session, planned->attempt, 0, "login",
                           reason);
        if (first && (takes_logins(shard) || planned->plays_role ||
                      !login_phase_was_refused(login)))
            s->skip = reason_text("login failed: ", reason);
    }
    login_phase_free(login);
    send_held(s);
    drive(s);
}

static void login_goes_on(struct active *s, struct step *step, enum login_word word)
{
    if (word == LOGIN_SEND) {
        s->parked = step;
        drive_login(s);
        return;
    }
    step_give_back(s->shard, step);
    login_over(s, word);
}

static void start_login(struct active *s, bool renew)
{
    struct shard *shard = s->shard;
    struct step *step = step_take(shard, s, 0);
    step->login = true;
    s->renewals += renew;
    struct login_rules rules = shard->options.login;
    if (!s->logs_in)
        rules.plan = NULL;
    s->login = login_phase_new(&s->run, &rules, renew);
    enum login_word word =
        login_phase_begin(s->login, &shard->rules, now_s(shard), &step->out, &step->arena);
    login_goes_on(s, step, word);
}

/* The next request of the login, when it is its turn. */
static void drive_login(struct active *s)
{
    struct shard *shard = s->shard;
    struct step *step = s->parked;
    if (!step)
        return;
    int64_t wait_s = step->out.not_before_s - now_s(shard);
    if (wait_s > 0) {
        wait_until(s, loop_now_us(shard->loop) + wait_s * 1000000);
        return;
    }
    if (journal_is_full(shard->options.journal)) {
        stall(s);
        return;
    }
    if (!has_turn(s, loop_now_us(shard->loop)))
        return;
    s->parked = NULL;
    step->seq = s->run.next_seq++;
    if (send_guarded(step) || guard_stopped(shard->options.guard))
        return;
    struct step *next = step_take(shard, s, 0);
    next->login = true;
    enum login_word word =
        login_phase_refused(s->login, &step->out, step->out.skip, &shard->rules, now_s(shard),
                            &next->out, &next->arena);
    step_give_back(shard, step);
    login_goes_on(s, next, word);
}

/* What a login says and is told is not for the run file: bodies hold passwords and tokens under any
 * name. What stands in its URLs is the veil's business. */
static void leave_out_secrets(struct exchange *x)
{
    struct span type = http_fields_value(&x->response.fields, SPAN("Content-Type"));
    x->request.body = SPAN_NONE;
    if (!media_type_is_html(type))
        x->response.body = SPAN_NONE;
}

static void on_login_answer(void *ctx, const struct transport_answer *answer)
{
    struct step *step = ctx;
    struct active *s = step->session;
    struct shard *shard = s->shard;
    step->transfer = NULL;
    struct exchange *x = keep_answer(shard, step, answer);
    guard_note_outcome(shard->options.guard, answer->failure);
    if (answer->status > 0) {
        session_run_learn(&s->run, &step->out, x, &shard->rules, now_s(shard), &shard->scratch);
        watch_answer(shard->watch, &s->run, &step->out, x);
    }
    arena_clear(&shard->scratch);
    struct step *next = step_take(shard, s, 0);
    next->login = true;
    enum login_word word = login_phase_take(s->login, &step->out, x, &shard->rules, now_s(shard),
                                            &next->out, &next->arena);
    leave_out_secrets(x);
    remark_leaks(s);
    step_give_back(shard, step);
    login_goes_on(s, next, word);
}

/* Go on with a session as far as it goes now. It may be gone afterwards. */
static void drive(struct active *s)
{
    struct shard *shard = s->shard;
    for (;;) {
        size_t index;
        int64_t due_us, now = loop_now_us(shard->loop);
        if (s->stalled || guard_stopped(shard->options.guard))
            return;
        if (s->login) {
            drive_login(s);
            return;
        }
        if (s->skip) {
            skip_session(s, s->skip);
            return;
        }
        if (s->wants_login) {
            s->wants_login = false;
            start_login(s, /* renew= */ false);
            return;
        }
        switch (schedule_next(s->run.schedule, now, &index, &due_us)) {
        case SCHEDULE_OVER:
            if (schedule_is_over(s->run.schedule))
                end_session(s, "complete");
            return;
        case SCHEDULE_BLOCKED:
            return;
        case SCHEDULE_LATER:
            wait_until(s, due_us);
            return;
        case SCHEDULE_DUE:
            if (journal_is_full(shard->options.journal)) {
                stall(s);
                return;
            }
            if (has_token(s) && login_grant_is_stale(&s->run.grant, now_s(shard))) {
                start_login(s, /* renew= */ true);
                return;
            }
            if (!has_turn(s, now))
                return;
            take_step(s, index);
        }
    }
}

static void begin(struct shard *shard, struct waiting *w, const struct identity *identity,
                  struct span skip)
{
    struct active *s = xcalloc(1, sizeof *s);
    s->shard = shard;
    session_run_init(&s->run, w->planned, w->planned->accounts, identity, shard->barren,
                     shard->replay->speed, w->start_us);
    watch_begin(shard->watch, &s->run);
    s->next = shard->active;
    if (s->next)
        s->next->prev = s;
    shard->active = s;
    shard->active_count++;
    s->logs_in = w->planned->logs_in && shard->options.login.plan;
    s->wants_login = s->logs_in || login_phase_registers(&s->run, &shard->options.login);
    if (!span_is_none(skip))
        s->skip = reason_text("no staging account is left whose login works: ", skip);
    arena_clear(&shard->scratch);
    free(w);
    if (identity)
        journal_put_identity(open_batch(shard), s->run.planned->session, identity->username);
    /* Not from here: this may run inside another session's end. */
    wait_until(s, 0);
}

/* Does it need an account, and is none free? */
static bool lacks_account(struct shard *shard, const struct waiting *w, struct identity *ret,
                          bool *ret_taken)
{
    struct identity_pool *pool = w->planned->accounts;
    *ret_taken = false;
    if (!w->planned->wants_identity || !pool || shard->rules.no_credentials ||
        identity_pool_size(pool) == 0)
        return false;
    *ret_taken = identity_take(pool, w->planned->session, ret);
    return !*ret_taken;
}

/* Begin what may begin now. Sessions that wait for an account let others pass. */
static void begin_sessions(struct shard *shard)
{
    int64_t now = loop_now_us(shard->loop), next_us = 0;
    struct waiting **at = &shard->waiting;
    shard->waiting_last = NULL;
    while (*at) {
        struct waiting *w = *at;
        struct identity identity;
        struct span spent = SPAN_NONE;
        bool taken;
        int64_t retry_us = 0;
        if (shard->active_count >= shard->options.slots || guard_stopped(shard->options.guard))
            break;
        if (w->start_us > now)
            retry_us = w->start_us;
        else if (lacks_account(shard, w, &identity, &taken)) {
            spent = identity_pool_spent(w->planned->accounts, &shard->scratch);
            if (span_is_none(spent))
                retry_us = now + ACCOUNT_RETRY_US;
        }
        if (retry_us) {
            if (!next_us || retry_us < next_us)
                next_us = retry_us;
            shard->waiting_last = w;
            at = &w->next;
            continue;
        }
        *at = w->next;
        begin(shard, w, taken ? &identity : NULL, spent);
    }
    for (struct waiting *w = *at; w; w = w->next)
        shard->waiting_last = w;
    if (next_us)
        loop_timer_at(shard->start, next_us);
    if (shard->no_more && !shard->waiting && shard->active_count == 0) {
        shard->over = true;
        hand_over(shard);
        loop_stop(shard->loop);
    }
}

static void on_start(void *ctx)
{
    begin_sessions(ctx);
}

/* ---- waking ---- */

static void take_inbox(struct shard *shard)
{
    pthread_mutex_lock(&shard->lock);
    struct waiting *first = shard->inbox, *last = shard->inbox_last;
    shard->inbox = shard->inbox_last = NULL;
    shard->no_more = shard->closed;
    pthread_mutex_unlock(&shard->lock);
    if (!first)
        return;
    if (shard->waiting_last)
        shard->waiting_last->next = first;
    else
        shard->waiting = first;
    shard->waiting_last = last;
}

static void resume_stalled(struct shard *shard)
{
    struct active *s = shard->stalled;
    shard->stalled = shard->stalled_last = NULL;
    while (s) {
        struct active *next = s->next_stalled;
        s->stalled = false;
        drive(s);
        s = next;
    }
}

static void on_wake(void *ctx)
{
    struct shard *shard = ctx;
    if (journal_has_failed(shard->options.journal))
        guard_stop(shard->options.guard, "the run file cannot be written");
    if (guard_stopped(shard->options.guard)) {
        hand_over(shard);
        loop_stop(shard->loop);
        return;
    }
    take_inbox(shard);
    resume_stalled(shard);
    begin_sessions(shard);
}

/* ---- the thread ---- */

/* What is still there after a stop: in flight, active, not begun. None of it has an end mark. */
static void clear(struct shard *shard)
{
    while (shard->flying) {
        struct step *step = shard->flying;
        if (step->transfer)
            transport_cancel(shard->transport, step->transfer);
        step_give_back(shard, step);
    }
    for (struct active *s = shard->active, *next; s; s = next) {
        next = s->next;
        loop_timer_free(s->timer);
        login_phase_free(s->login);
        free(s->skip);
        journal_let_go(open_batch(shard), session_run_release(&s->run));
        free(s);
    }
    hand_over(shard);
    take_inbox(shard);
    for (struct waiting *w = shard->waiting, *next; w; w = next) {
        next = w->next;
        free(w->planned);
        free(w);
    }
}

static void *run(void *ctx)
{
    struct shard *shard = ctx;
    loop_run(shard->loop);
    clear(shard);
    return NULL;
}

void shard_free(struct shard *shard)
{
    if (!shard)
        return;
    transport_free(shard->transport);
    for (struct step *step = shard->pool, *next; step; step = next) {
        next = step->next;
        arena_release(&step->arena);
        free(step);
    }
    if (shard->hand_over)
        loop_timer_free(shard->hand_over);
    if (shard->start)
        loop_timer_free(shard->start);
    loop_free(shard->loop);
    verifier_free(shard->verifier);
    build_names_free(shard->rules.builds);
    barren_bodies_free(shard->barren);
    watch_free(shard->watch);
    arena_release(&shard->scratch);
    pthread_mutex_destroy(&shard->lock);
    free(shard);
}

int shard_start(struct shard **ret, const struct shard_options *options, struct err *err)
{
    struct shard *shard = xcalloc(1, sizeof *shard);
    shard->options = *options;
    shard->replay = options->replay;
    shard->rules = (struct session_rules){
        .target = options->replay->target,
        .variants = options->variants,
        .builds = build_names_new(options->builds),
        .originals = options->replay->originals,
        .no_credentials = options->replay->no_credentials,
        .seed = options->replay->seed,
        .nonce = options->nonce,
        .canaries = options->sentinel != NULL,
        .asks = &options->replay->asks,
    };
    shard->scratch = (struct arena)ARENA_INIT;
    pthread_mutex_init(&shard->lock, NULL);
    shard->loop = loop_new();
    shard->verifier = verifier_new();
    shard->barren = barren_bodies_new();
    shard->watch = watch_new(options->sentinel);
    shard->hand_over = loop_timer_new(shard->loop, on_hand_over, shard);
    shard->start = loop_timer_new(shard->loop, on_start, shard);
    loop_on_wake(shard->loop, on_wake, shard);
    int rc = transport_curl_new(&shard->transport, shard->loop, options->replay->target,
                                &options->limits, err);
    if (rc == 0 && pthread_create(&shard->thread, NULL, run, shard) != 0)
        rc = err_set(err, E_IO, "a shard's thread does not start: no threads left");
    if (rc < 0) {
        shard_free(shard);
        return rc;
    }
    *ret = shard;
    return 0;
}

void shard_offer(struct shard *shard, struct planned *planned, int64_t start_us)
{
    struct waiting *w = xmalloc(sizeof *w);
    *w = (struct waiting){ NULL, planned, start_us };
    pthread_mutex_lock(&shard->lock);
    bool first = !shard->inbox;
    if (shard->inbox_last)
        shard->inbox_last->next = w;
    else
        shard->inbox = w;
    shard->inbox_last = w;
    pthread_mutex_unlock(&shard->lock);
    if (first)
        loop_wake(shard->loop);
}

void shard_close(struct shard *shard)
{
    pthread_mutex_lock(&shard->lock);
    shard->closed = true;
    pthread_mutex_unlock(&shard->lock);
    loop_wake(shard->loop);
}

void shard_wake(struct shard *shard)
{
    loop_wake(shard->loop);
}

void shard_add_counts(const struct shard *shard, struct shard_counts *to)
{
    const uint64_t *from = &shard->counts.sent;
    uint64_t *sum = &to->sent;
    for (size_t i = 0; i < sizeof *to / sizeof *sum; i++)
        sum[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

void shard_wait(struct shard *shard)
{
    pthread_join(shard->thread, NULL);
}
