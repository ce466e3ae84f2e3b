#include "rehearse/replay/replay.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "airbag.h"
#include "rehearse/base/clock.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "login_scan.h"
#include "rehearse/session/variant_values.h"
#include "recorded_bounds.h"
#include "schedule.h"
#include "rehearse/session/credential.h"
#include "sentinel.h"
#include "shard.h"

/* What may be loaded and not yet be over, in bytes of plans; one session is always allowed. */
#define PLANNED_BYTES_MAX (160u * 1024 * 1024)
/* Sessions offered ahead of the free slots, so that a shard never waits for the disk. */
enum { AHEAD_MIN = 16, AHEAD_MAX = 256 };
enum { SHARDS_MAX = 256 };
/* How often the caller's thread looks at the kill switch and reports. */
#define TICK_NS 50000000
/* Descriptors that are not connections: files, the loops' own. */
enum { OTHER_DESCRIPTORS = 64, CONNECTIONS_MIN = 8 };

/* Shards say here when a session is over; the planner waits here for room. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t bytes;              /* of plans loaded */
    unsigned held[SHARDS_MAX]; /* sessions with each shard */
    unsigned low[SHARDS_MAX];  /* at this many or fewer held, the planner is woken */
    bool short_of_bytes;       /* the planner waits for bytes, not for a slot */
};

struct replaying {
    struct replay_options options; /* defaults filled in */
    struct store *capture, *run;   /* borrowed */
    struct replay_summary *summary;
    struct airbag *airbag;  /* NULL against production itself */
    struct map met;         /* hashes of the authorities it was told of */
    uint64_t writes_before; /* resume: unsafe requests that went out */
    uint64_t nonce;         /* of this run, over all its resumes */
    struct guard *guard;
    struct journal *journal;
    struct shard *shards[SHARDS_MAX];
    unsigned shard_count; /* started */
    unsigned slots[SHARDS_MAX];
    struct gate gate;
    struct map done;                 /* resume: session -> latest attempt * 2 + ended */
    struct variant_values *variants; /* of the capture */
    struct build_plan *builds;       /* of the capture */
    struct login_learner *learner; /* NULL: nobody stands in */
    const struct login_plan *login; /* NULL: nobody is logged in beforehand */
    struct sentinel *sentinel;      /* NULL: no member is watched */
    struct packer *packer;
    struct arena arena;       /* of one loaded session */
    struct arena names;       /* of the whole run */
    int64_t begun_us;         /* monotonic */
    int64_t first_us;         /* recorded start of the first session replayed */
    uint64_t exchanges_total; /* of the capture, for progress */
};

/* ---- options ---- */

static void fill_defaults(struct replay_options *o)
{
    if (o->shards == 0)
        o->shards = 1;
    if (o->shards > SHARDS_MAX)
        o->shards = SHARDS_MAX;
    if (o->concurrency == 0)
        o->concurrency = 64;
    if (o->shards > o->concurrency)
        o->shards = o->concurrency;
    if (o->timeout_us == 0)
        o->timeout_us = 30 * 1000000;
    if (o->stall_us == 0)
        o->stall_us = 10 * 1000000;
    if (o->body_max == 0)
        o->body_max = 8u * 1024 * 1024;
    if (o->header_max == 0)
        o->header_max = 256u * 1024;
    if (o->error_budget == 0)
        o->error_budget = 0.5;
    if (o->redirect_hops == 0)
        o->redirect_hops = 10;
}

static int check_options(const struct replay_options *o, struct store *capture, struct store *run,
                         struct err *err)
{
    const struct target_host *hosts;
    if (target_hosts(o->target, &hosts) == 0)
        return err_set(err, E_USAGE, "target %s: no host in its map, nothing could be sent",
                       target_name(o->target));
    if (store_kind(capture) != STORE_CAPTURE)
        return err_set(err, E_USAGE, "%s: a %s, expected a capture to replay", store_path(capture),
                       store_kind_name(store_kind(capture)));
    if (store_kind(run) == STORE_CAPTURE)
        return err_set(err, E_USAGE, "%s: a capture, expected a run or baseline file to write to",
                       store_path(run));
    if (o->originals && target_is_production(o->target))
        return err_set(err, E_REFUSED,
                       "target %s: visitors' own credentials are for staging only, never for production",
                       target_name(o->target));
    if (o->speed < 0 || o->rate < 0)
        return err_set(err, E_USAGE, "replay: speed and rate cannot be negative");
    return 0;
}

/* Connections one shard may have open, within what the process may have. */
static unsigned connections_per_shard(unsigned shards, unsigned slots)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return CONNECTIONS_MIN;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    rlim_t room = limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS
                                                         : OTHER_DESCRIPTORS;
    unsigned each = room / shards > 65536 ? 65536u : (unsigned)(room / shards);
    unsigned wanted = slots * SCHEDULE_FLYING_MAX;
    unsigned most = each < wanted ? each : wanted;
    return most < CONNECTIONS_MIN ? CONNECTIONS_MIN : most;
}

/* ---- the gate ---- */

static void on_session_over(void *ctx, unsigned shard, size_t bytes)
{
    struct gate *gate = ctx;
    pthread_mutex_lock(&gate->lock);
    gate->held[shard]--;
    gate->bytes -= bytes;
    /* Not at each session: waking the planner for a handful at once costs less. */
    if (gate->held[shard] <= gate->low[shard] || gate->short_of_bytes)
        pthread_cond_signal(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

/* From the journal's thread. */
static void on_room(void *ctx)
{
    struct replaying *r = ctx;
    pthread_mutex_lock(&r->gate.lock);
    unsigned count = r->shard_count;
    pthread_mutex_unlock(&r->gate.lock);
    for (unsigned i = 0; i < count; i++)
        shard_wake(r->shards[i]);
}

static unsigned ahead(unsigned slots)
{
    return slots / 2 + AHEAD_MIN < AHEAD_MAX ? slots / 2 + AHEAD_MIN : AHEAD_MAX;
}

/* The shard with the most room, or -1. Under the gate's lock. */
static int shard_with_room(struct replaying *r, size_t bytes)
{
    int best = -1;
    unsigned best_room = 0, held = 0;
    for (unsigned i = 0; i < r->shard_count; i++) {
        unsigned most = r->slots[i] + ahead(r->slots[i]);
        unsigned room = most > r->gate.held[i] ? most - r->gate.held[i] : 0;
        held += r->gate.held[i];
        if (room > best_room) {
            best_room = room;
            best = (int)i;
        }
    }
    r->gate.short_of_bytes = held > 0 && r->gate.bytes + bytes > PLANNED_BYTES_MAX;
    return r->gate.short_of_bytes ? -1 : best;
}

/* ---- progress ---- */

static void add_counts(struct replaying *r, struct shard_counts *ret)
{
    *ret = (struct shard_counts){ 0 };
    for (unsigned i = 0; i < r->shard_count; i++)
        shard_add_counts(r->shards[i], ret);
}

static void report(struct replaying *r)
{
    struct shard_counts counts;
    char note[128] = "";
    if (!r->options.progress)
        return;
    add_counts(r, &counts);
    if (counts.failed || counts.status_differs)
        snprintf(note, sizeof note, "%llu other status, %llu failed",
                 (unsigned long long)counts.status_differs, (unsigned long long)counts.failed);
    struct progress_state state = {
        .doing = "replay",
        .unit = "requests",
        .done = counts.sent + counts.skipped,
        .total = r->exchanges_total,
        .note = note[0] ? note : NULL,
    };
    progress_report(r->options.progress, &state);
}

/* Wait for a change or the next tick; under the gate's lock, which is let go meanwhile. */
static void wait_a_tick(struct replaying *r)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&r->gate.changed, &r->gate.lock, &until);
    pthread_mutex_unlock(&r->gate.lock);
    report(r);
    pthread_mutex_lock(&r->gate.lock);
}

static bool asks_conditions(const struct planned *planned)
{
    static const struct span fields[] = { { "If-None-Match", 13 },     { "If-Modified-Since", 17 },
                                          { "If-Match", 8 },           { "If-Range", 8 },
                                          { "If-Unmodified-Since", 19 } };
    for (size_t i = 0; i < planned->count; i++)
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            if (http_fields_first(&planned->exchanges[i].request.fields, fields[f]))
                return true;
    return false;
}

/* ---- planning ---- */

static bool holds_login(const struct planned *planned)
{
    for (size_t i = 0; i < planned->count; i++)
        if (request_is_login(&planned->exchanges[i].request))
            return true;
    return false;
}

/* A plan that sends nothing of its own (basic, a certificate) goes with a recorded login too. */
static bool is_silent(const struct login_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind != LOGIN_BASIC && plan->steps[i].kind != LOGIN_CERTIFICATE)
            return false;
    return true;
}

/* Who stands in for its visitor, and from when on. */
static void plan_identity(const struct replaying *r, struct planned *planned)
{
    const struct replay_options *o = &r->options;
    const struct replay_role *role = o->role ? o->role(o->role_ctx, planned->session) : NULL;
    planned->accounts = role ? role->accounts : o->identities;
    if (role) {
        planned->credentials = role->credentials;
        planned->plays_role = true;
        planned->logs_in = role->logs_in && r->login;
        planned->wants_identity = role->accounts != NULL;
        return;
    }
    if (!r->learner)
        return;
    bool login = holds_login(planned);
    enum session_start start =
        login_learner_start_of(r->learner, planned->exchanges, planned->count);
    bool somebody = o->identities_for_all || start != START_ANONYMOUS;
    planned->wants_identity = o->identities && (login || somebody);
    if (r->login && is_silent(r->login))
        planned->logs_in = login || somebody;
    else
        planned->logs_in = start == START_LOGGED_IN || (o->identities_for_all && !login);
}

static int64_t start_of(const struct replaying *r, const struct planned *planned)
{
    if (r->options.speed <= 0 || planned->first_us <= r->first_us)
        return r->begun_us;
    double offset = ((double)planned->first_us - (double)r->first_us) / r->options.speed;
    return offset < 9e15 ? r->begun_us + (int64_t)offset : INT64_MAX;
}

/* Waits until a shard has room; false when the run was stopped meanwhile. */
static bool offer(struct replaying *r, struct planned *planned)
{
    int to = -1;
    pthread_mutex_lock(&r->gate.lock);
    while (!guard_stopped(r->guard) && (to = shard_with_room(r, planned->bytes)) < 0)
        wait_a_tick(r);
    if (to >= 0) {
        r->gate.held[to]++;
        r->gate.bytes += planned->bytes;
    }
    pthread_mutex_unlock(&r->gate.lock);
    if (to < 0) {
        free(planned);
        return false;
    }
    shard_offer(r->shards[to], planned, start_of(r, planned));
    return true;
}

/* The attempt this session is up to now, or 0 when it is over and done with. */
static uint32_t attempt_of(struct replaying *r, uint64_t session)
{
    const uint64_t *known = map_get(&r->done, session);
    if (!known)
        return 1;
    if (*known & 1)
        return 0;
    r->summary->sessions_resumed++;
    return (uint32_t)(*known / 2) + 1;
}

/* Where the map has a star, the capture says what production's names are. */
static int meet_names(struct replaying *r, const struct exchange *x, size_t count, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; r->airbag && rc == 0 && i < count; i++) {
        bool fresh;
        map_put(&r->met, hash64(x[i].request.authority), 1, &fresh);
        if (fresh)
            rc = airbag_meet_name(r->airbag, x[i].request.authority, err);
    }
    return rc;
}

static int plan_session(struct replaying *r, const struct store_session *session, bool *ret_go_on,
                        struct err *err)
{
    struct exchange *x;
    struct recorded_session recorded = { .id = session->id };
    struct bound *bounds = NULL;
    uint32_t attempt = attempt_of(r, session->id);
    *ret_go_on = true;
    if (attempt == 0)
        return 0;
    arena_clear(&r->arena);
    int rc = store_load_session(r->capture, session->id, /* bodies= */ false, &x, &recorded.count,
                                &r->arena, err);
    if (rc == 0)
        rc = meet_names(r, x, recorded.count, err);
    if (rc == 0 && !r->options.no_credentials)
        rc = recorded_bounds(r->capture, session->id, x, recorded.count, &bounds,
                             &recorded.bound_count, &r->arena, err);
    if (rc < 0)
        return rc;
    recorded.exchanges = x;
    recorded.bounds = bounds;
    struct planned *planned = packer_pack(r->packer, &recorded);
    planned->attempt = attempt;
    plan_identity(r, planned);
    planned->asks_conditions = asks_conditions(planned);
    if (r->summary->sessions_planned++ == 0)
        r->first_us = planned->first_us;
    r->summary->planned += recorded.count;
    *ret_go_on = offer(r, planned);
    return 0;
}

static int plan_all(struct replaying *r, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    struct store_session session;
    bool go_on = true;
    int rc = store_sessions_open(&walk, r->capture, STORE_BY_START, err);
    if (rc < 0)
        return rc;
    while (go_on && !guard_stopped(r->guard)) {
        rc = store_sessions_next(walk, &session, err);
        if (rc <= 0)
            return rc;
        rc = plan_session(r, &session, &go_on, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- resume ---- */

/* What an earlier part of the run has changed counts in its write budget. */
static int count_writes(struct replaying *r, const struct store_session *session, struct err *err)
{
    struct exchange *x;
    size_t count;
    if (target_write_budget(r->options.target) == UINT64_MAX)
        return 0;
    arena_clear(&r->arena);
    int rc =
        store_load_session(r->run, session->id, /* bodies= */ false, &x, &count, &r->arena, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        r->writes_before += !(x[i].marks & MARK_NOT_SENT) && request_mutates(&x[i].request);
    return rc;
}

/* Read before the journal takes the run file over. */
static int read_done(struct replaying *r, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    struct store_session session;
    if (!r->options.resume)
        return 0;
    int rc = store_sessions_open(&walk, r->run, STORE_BY_ID, err);
    if (rc < 0)
        return rc;
    while ((rc = store_sessions_next(walk, &session, err)) > 0) {
        *map_put(&r->done, session.id, 0, NULL) = (uint64_t)session.attempt * 2 + session.ended;
        rc = count_writes(r, &session, err);
        if (rc < 0)
            return rc;
    }
    return rc;
}

/*
 * What makes this run another than the last one of the same seed, and a resumed one
 * the same as before: keys that a server remembers are renewed by it.
 */
static int read_nonce(struct replaying *r, struct err *err)
{
    struct span known;
    char text[20];
    int rc = store_get_meta(r->run, "run.nonce", &known, &r->arena, err);
    if (rc < 0 || (!span_is_none(known) && span_to_u64(known, &r->nonce)))
        return rc;
    if (getrandom(&r->nonce, sizeof r->nonce, 0) != (ssize_t)sizeof r->nonce)
        return err_errno(err, E_IO, "random bytes for the run");
    snprintf(text, sizeof text, "%llu", (unsigned long long)(r->nonce >>= 1));
    return store_put_meta(r->run, "run.nonce", span_of(text), err);
}

static int open_airbag(struct replaying *r, struct err *err)
{
    const struct airbag_options options = { .target = r->options.target,
                                            .facts = &r->options.production,
                                            .resolver = r->options.resolver };
    return airbag_new(&r->airbag, &options, err);
}

struct safety {
    struct store *run;
    unsigned lines;
    struct err *err;
};

static int put_safety(void *ctx, const char *line)
{
    struct safety *s = ctx;
    char key[32];
    snprintf(key, sizeof key, "safety.%02u", ++s->lines);
    return store_put_meta(s->run, key, span_of(line), s->err);
}

/* ---- identities ---- */

/* What the capture says of logins; asked where somebody is there to log in. */
static int learn_logins(struct replaying *r, struct err *err)
{
    const struct replay_options *o = &r->options;
    bool pool = o->identities && identity_pool_size(o->identities) > 0;
    if (o->role) {
        r->login = o->login; /* the capture has no logins of its own */
        return 0;
    }
    if (o->no_credentials || (!pool && !o->login))
        return 0;
    r->learner = login_learner_new();
    int rc = login_scan(r->learner, r->capture, r->guard, err);
    r->login = o->login ? o->login : login_learner_plan(r->learner);
    if (r->login && !pool && login_plan_needs_account(r->login))
        r->login = NULL;
    return rc;
}

/* ---- start and end ---- */

static int take_target(void *ctx, struct span target)
{
    build_plan_add(ctx, target);
    return 0;
}

static int take_variant(void *ctx, struct span name, struct span pseudonym, struct span value)
{
    variant_values_add(ctx, name, pseudonym, value);
    return 0;
}

static int start_shards(struct replaying *r, struct err *err)
{
    const struct replay_options *o = &r->options;
    for (unsigned i = 0; i < o->shards; i++) {
        unsigned slots = o->concurrency / o->shards + (i < o->concurrency % o->shards);
        struct shard_options options = {
            .replay = o,
            .guard = r->guard,
            .journal = r->journal,
            .variants = r->variants,
            .builds = r->builds,
            .slots = slots,
            .rate = o->rate / o->shards,
            .limits = { o->timeout_us, o->stall_us, o->header_max, o->body_max,
                        connections_per_shard(o->shards, slots), r->airbag },
            .nonce = r->nonce,
            .sentinel = r->sentinel,
            .login = { r->login, o->registration },
            .on_session_over = on_session_over,
            .ctx = &r->gate,
            .number = i,
        };
        struct shard *shard;
        int rc = shard_start(&shard, &options, err);
        if (rc < 0)
            return rc;
        pthread_mutex_lock(&r->gate.lock);
        r->slots[i] = slots;
        r->gate.low[i] = slots + ahead(slots) / 2;
        r->shards[i] = shard;
        r->shard_count = i + 1;
        pthread_mutex_unlock(&r->gate.lock);
    }
    return 0;
}

/* Everything is planned: wait for the last session, or the stop. */
static void wait_for_end(struct replaying *r)
{
    bool any = true;
    for (unsigned i = 0; i < r->shard_count; i++)
        shard_close(r->shards[i]);
    pthread_mutex_lock(&r->gate.lock);
    for (unsigned i = 0; i < r->shard_count; i++)
        r->gate.low[i] = 0;
    while (any && !guard_stopped(r->guard)) {
        any = false;
        for (unsigned i = 0; i < r->shard_count; i++)
            any |= r->gate.held[i] > 0;
        if (any)
            wait_a_tick(r);
    }
    pthread_mutex_unlock(&r->gate.lock);
}

static void end_shards(struct replaying *r)
{
    for (unsigned i = 0; i < r->shard_count; i++) {
        shard_close(r->shards[i]);
        shard_wake(r->shards[i]);
    }
}

static void sum_up(struct replaying *r)
{
    struct shard_counts counts;
    struct replay_summary *s = r->summary;
    add_counts(r, &counts);
    s->sent = counts.sent;
    s->skipped = counts.skipped;
    s->answered = counts.answered;
    s->failed = counts.failed;
    s->hops = counts.hops;
    s->logins = counts.logins;
    s->logins_failed = counts.logins_failed;
    s->login_steps = counts.login_steps;
    s->renewals = counts.renewals;
    s->sessions_skipped = counts.sessions_skipped;
    s->sessions_ended = counts.sessions_ended;
    s->status_same = counts.status_same;
    s->status_differs = counts.status_differs;
    s->fields_same = counts.fields_same;
    s->fields_differ = counts.fields_differ;
    s->values_given = counts.values_given;
    s->values_kept = counts.values_kept;
    s->values_missing = counts.values_missing;
    s->elapsed_us = clock_now_ns() / 1000 - r->begun_us;
}

enum { SECRET_NAMES_MAX = 256 };

/* Fields of the login's own that carry a token, under whatever name: not for the run file. */
static size_t add_login_secrets(struct replaying *r, const char **names, size_t count)
{
    const struct login_plan *plan = r->options.login;
    for (size_t i = 0; plan && i < plan->count && count < SECRET_NAMES_MAX; i++)
        if (plan->steps[i].header.len)
            names[count++] = arena_copy(&r->names, plan->steps[i].header).ptr;
    return count;
}

/* The run is veiled as its capture is: the names the user gave at import count here too. */
static int read_secret_names(struct replaying *r, const char *const **ret, struct err *err)
{
    struct span given = SPAN_NONE;
    const char **names = arena_calloc(&r->names, SECRET_NAMES_MAX + 1, sizeof *names);
    size_t count = add_login_secrets(r, names, 0);
    int rc = store_get_meta(r->capture, "secret.names", &given, &r->names, err);
    if (rc < 0)
        return rc;
    while (given.len && count < SECRET_NAMES_MAX)
        names[count++] = arena_copy(&r->names, span_cut(&given, '\n')).ptr;
    *ret = names;
    return 0;
}

/* With which key: what turns to another one must know. */
static int note_key(struct replaying *r, struct err *err)
{
    char name[VEIL_KEY_NAME];
    if (!r->options.veil_key)
        return 0;
    veil_key_name(r->options.veil_key, name);
    return store_put_meta(r->run, "keyed", span_of(name), err);
}

static int replay(struct replaying *r, struct err *err)
{
    const struct replay_options *o = &r->options;
    struct journal_options journal = { .run = r->run,
                                       .veil_key = o->veil_key,
                                       .on_room = on_room,
                                       .ctx = r };
    int rc = read_done(r, err);
    if (rc == 0)
        rc = read_secret_names(r, &journal.secret_names, err);
    if (rc == 0)
        rc = note_key(r, err);
    if (rc == 0)
        rc = read_nonce(r, err);
    if (rc == 0)
        rc = open_airbag(r, err);
    if (rc == 0)
        rc = store_each_variant(r->capture, take_variant, r->variants, err);
    if (rc == 0)
        rc = store_each_target(r->capture, take_target, r->builds, err);
    if (rc < 0)
        return rc;
    const struct guard_limits limits = { .safe_only = o->safe_only,
                                         .request_budget = o->request_budget,
                                         .writes_before = r->writes_before,
                                         .error_budget = o->error_budget,
                                         .stop = o->stop,
                                         .airbag = r->airbag };
    r->guard = guard_new(o->target, &limits);
    rc = journal_open(&r->journal, &journal, err);
    if (rc < 0)
        return rc;
    if (!o->no_credentials)
        r->sentinel = sentinel_new(o->identities, hash_mix(o->seed, r->nonce));
    rc = learn_logins(r, err);
    if (rc == 0)
        rc = start_shards(r, err);
    if (rc == 0)
        rc = plan_all(r, err);
    if (rc == 0)
        wait_for_end(r);
    else
        guard_stop(r->guard, "the capture could not be read to its end");
    end_shards(r);
    return rc;
}

/* Joins the threads, writes the rest, and says how it went. */
static int finish(struct replaying *r, int rc, struct err *err)
{
    unsigned count = r->shard_count;
    struct err closing = ERR_INIT;
    for (unsigned i = 0; i < count; i++)
        shard_wait(r->shards[i]);
    int closed = journal_close(r->journal, &closing);
    sum_up(r);
    report(r);
    for (unsigned i = 0; i < count; i++)
        shard_free(r->shards[i]);
    if (rc < 0)
        return rc;
    if (closed < 0)
        return err_set(err, closed, "%s", closing.text);
    rc = airbag_each_line(r->airbag, put_safety, &(struct safety){ .run = r->run, .err = err });
    if (rc == 0)
        rc = sentinel_finish(r->sentinel, r->capture, r->run, err);
    if (rc == 0)
        rc = store_commit(r->run, err);
    if (rc < 0)
        return rc;
    const char *stopped = r->guard ? guard_stopped(r->guard) : NULL;
    const char *failure = r->guard ? guard_last_failure(r->guard) : NULL;
    if (failure == stopped)
        failure = NULL; /* the airbag's word is both */
    if (stopped && r->summary->sessions_ended < r->summary->sessions_planned)
        return err_set(err, E_STOPPED, "replay: %s%s%s; the run file is whole and can be resumed",
                       stopped, failure ? "; the last failure: " : "", failure ? failure : "");
    if (stopped && !r->summary->sessions_planned)
        return err_set(err, E_STOPPED, "replay: %s before the first request", stopped);
    rc = store_finish(r->run, err);
    if (rc == 0 && r->summary->failed > 0 && r->summary->answered == 0)
        return err_set(err, E_NETWORK,
                       "target %s: none of %llu requests was answered; the last failure: %s",
                       target_name(r->options.target), (unsigned long long)r->summary->sent,
                       failure ? failure : "not sent");
    return rc;
}

static void gate_init(struct gate *gate)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&gate->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&gate->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

int replay_run(struct store *capture, struct store *run, const struct replay_options *options,
               struct replay_summary *ret, struct err *err)
{
    *ret = (struct replay_summary){ 0 };
    struct replaying *r = xcalloc(1, sizeof *r);
    r->options = *options;
    r->capture = capture;
    r->run = run;
    r->summary = ret;
    r->arena = r->names = (struct arena)ARENA_INIT;
    r->packer = packer_new();
    r->variants = variant_values_new();
    r->builds = build_plan_new();
    r->begun_us = clock_now_ns() / 1000;
    fill_defaults(&r->options);
    gate_init(&r->gate);

    int rc = check_options(&r->options, capture, run, err);
    struct store_totals totals;
    if (rc == 0)
        rc = store_totals(capture, &totals, err);
    if (rc == 0) {
        r->exchanges_total = totals.exchanges;
        rc = replay(r, err);
        rc = finish(r, rc, err);
    }

    guard_free(r->guard);
    airbag_free(r->airbag);
    map_release(&r->met);
    packer_free(r->packer);
    sentinel_free(r->sentinel);
    login_learner_free(r->learner);
    variant_values_free(r->variants);
    build_plan_free(r->builds);
    map_release(&r->done);
    arena_release(&r->arena);
    arena_release(&r->names);
    pthread_cond_destroy(&r->gate.changed);
    pthread_mutex_destroy(&r->gate.lock);
    free(r);
    return rc;
}
