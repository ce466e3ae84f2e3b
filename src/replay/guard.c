#include "guard.h"

#include <pthread.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "rehearse/http/token.h"
#include "rehearse/session/identity.h"

struct guard {
    const struct target *target; /* borrowed */
    struct guard_limits limits;
    bool every_class;          /* is allowed: none need be told */
    uint64_t sent;             /* atomic */
    uint64_t writes;           /* atomic: unsafe ones */
    const char *stop_reason;   /* atomic; NULL while the run goes on */
    const char *last_failure;  /* atomic; NULL while there was none */
    pthread_mutex_t lock;      /* guards the window */
    bool window[ERROR_WINDOW]; /* the last outcomes, true: failed */
    unsigned window_len, window_at, window_failed;
};

static bool takes_every_class(const struct target *target)
{
    for (int i = 0; i < MUTATION_CLASSES; i++)
        if (target_class(target, (enum mutation_class)i) != MUTATIONS_ALLOW)
            return false;
    return true;
}

struct guard *guard_new(const struct target *target, const struct guard_limits *limits)
{
    struct guard *guard = xcalloc(1, sizeof *guard);
    guard->target = target;
    guard->limits = *limits;
    guard->writes = limits->writes_before;
    guard->every_class = takes_every_class(target);
    pthread_mutex_init(&guard->lock, NULL);
    return guard;
}

void guard_free(struct guard *guard)
{
    if (!guard)
        return;
    pthread_mutex_destroy(&guard->lock);
    free(guard);
}

void guard_stop(struct guard *guard, const char *reason)
{
    const char *none = NULL;
    __atomic_compare_exchange_n(&guard->stop_reason, &none, reason, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

const char *guard_stopped(struct guard *guard)
{
    if (guard->limits.stop && __atomic_load_n(guard->limits.stop, __ATOMIC_RELAXED))
        guard_stop(guard, "stopped by the kill switch");
    const char *airbag = airbag_tripped(guard->limits.airbag);
    if (airbag)
        guard_stop(guard, airbag);
    return __atomic_load_n(&guard->stop_reason, __ATOMIC_ACQUIRE);
}

bool guard_allows_place(const struct guard *guard, struct span scheme, struct span authority)
{
    return (span_eq(scheme, SPAN("http")) || span_eq(scheme, SPAN("https"))) &&
           target_holds(guard->target, authority);
}

/* Bytes below 0x21 or DEL would end a request line or a field early, and start another request. */
static bool has_control_or_space(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static bool has_line_break(struct span s)
{
    return s.len > 0 &&
           (memchr(s.ptr, '\n', s.len) || memchr(s.ptr, '\r', s.len) || memchr(s.ptr, '\0', s.len));
}

/* Recorded bytes that would be read as something else than this one request (RFC 9112,
 * section 11.2). */
static const char *unsendable(const struct http_request *wire)
{
    if (!http_is_token(wire->method))
        return "the method is no token";
    if (span_ieq(wire->method, SPAN("CONNECT")))
        return "CONNECT asks for a tunnel";
    if (wire->target.len == 0 || has_control_or_space(wire->target))
        return "the request target holds bytes that cannot be sent";
    if (wire->target.ptr[0] != '/' && !span_eq(wire->target, SPAN("*")))
        return "the request target is no path";
    for (uint32_t i = 0; i < wire->fields.len; i++)
        if (!http_is_token(wire->fields.at[i].name) || has_line_break(wire->fields.at[i].value))
            return "a request field holds bytes that cannot be sent";
    return NULL;
}

static struct guard_decision skip(const char *reason, const char *sign)
{
    return (struct guard_decision){ GUARD_SKIP, reason, sign };
}

/* Under a name of production's in another spelling, and not connected elsewhere. */
static bool leads_to_production(const struct guard *guard, struct span authority)
{
    return !target_connect_address(guard->target, authority) &&
           airbag_is_production_name(guard->limits.airbag, authority);
}

static const char *const refused_class[MUTATION_CLASSES] = {
    [MUTATION_IDEMPOTENT] = "guard: the target refuses idempotent requests",
    [MUTATION_CART] = "guard: the target refuses cart requests",
    [MUTATION_ACCOUNT] = "guard: the target refuses account requests",
    [MUTATION_PAYMENT] = "guard: the target refuses payment requests",
    [MUTATION_MESSAGE] = "guard: the target refuses message requests",
    [MUTATION_OTHER] = "guard: the target refuses other unsafe requests",
};

/* The login of a staging account is what lets a session be replayed at all: it goes with any
 * mutation that is allowed. */
static const char *refused_by_class(const struct guard *guard, const struct http_request *wire)
{
    enum mutation_class class = request_mutation(wire).class;
    if (target_class(guard->target, class) == MUTATIONS_ALLOW)
        return NULL;
    return class == MUTATION_ACCOUNT && request_is_login(wire) ? NULL : refused_class[class];
}

static struct guard_decision check_unsafe(struct guard *guard, const struct http_request *wire,
                                          bool login)
{
    const char *sign = request_mutates(wire);
    if (!sign)
        return (struct guard_decision){ GUARD_SEND, NULL, NULL };
    if (target_is_production(guard->target))
        return skip("guard: unsafe requests are never sent to production", sign);
    if (target_reaches_production(guard->target, wire->authority) ||
        leads_to_production(guard, wire->authority))
        return skip("guard: this place is a production name of the map; unsafe requests are never "
                    "sent to production",
                    sign);
    if (guard->limits.safe_only)
        return skip("guard: only safe requests are wanted", sign);
    if (target_mutations(guard->target) != MUTATIONS_ALLOW)
        return skip("guard: the target does not allow mutations", sign);
    const char *refused = login || guard->every_class ? NULL : refused_by_class(guard, wire);
    if (refused)
        return skip(refused, sign);
    uint64_t before = __atomic_fetch_add(&guard->writes, 1, __ATOMIC_RELAXED);
    if (before >= target_write_budget(guard->target)) {
        __atomic_fetch_sub(&guard->writes, 1, __ATOMIC_RELAXED);
        return skip("guard: the write budget is used up", sign);
    }
    return (struct guard_decision){ GUARD_SEND, NULL, NULL };
}

static struct guard_decision check(struct guard *guard, const struct http_request *wire, bool login)
{
    const char *reason = guard_stopped(guard);
    if (reason)
        return (struct guard_decision){ GUARD_STOP, reason, NULL };
    if (!guard_allows_place(guard, wire->scheme, wire->authority))
        return skip("guard: the host is not one of the target's places", NULL);
    reason = unsendable(wire);
    if (reason)
        return skip(reason, NULL);
    struct guard_decision decision = check_unsafe(guard, wire, login);
    if (decision.word != GUARD_SEND)
        return decision;

    uint64_t sent = __atomic_fetch_add(&guard->sent, 1, __ATOMIC_RELAXED);
    if (guard->limits.request_budget && sent >= guard->limits.request_budget) {
        guard_stop(guard, "the request budget is used up");
        return (struct guard_decision){ GUARD_STOP, guard_stopped(guard), NULL };
    }
    return decision;
}

struct guard_decision guard_check(struct guard *guard, const struct http_request *wire)
{
    return check(guard, wire, /* login= */ false);
}

struct guard_decision guard_check_login(struct guard *guard, const struct http_request *wire)
{
    return check(guard, wire, /* login= */ true);
}

uint64_t guard_writes(const struct guard *guard)
{
    return __atomic_load_n(&guard->writes, __ATOMIC_RELAXED);
}

const char *guard_last_failure(const struct guard *guard)
{
    return __atomic_load_n(&guard->last_failure, __ATOMIC_RELAXED);
}

void guard_note_outcome(struct guard *guard, const char *failure)
{
    bool failed = failure != NULL;
    if (failed)
        __atomic_store_n(&guard->last_failure, failure, __ATOMIC_RELAXED);
    if (guard->limits.error_budget > 1)
        return;
    pthread_mutex_lock(&guard->lock);
    if (guard->window_len == ERROR_WINDOW)
        guard->window_failed -= guard->window[guard->window_at];
    else
        guard->window_len++;
    guard->window[guard->window_at] = failed;
    guard->window_failed += failed;
    guard->window_at = (guard->window_at + 1) % ERROR_WINDOW;
    bool over =
        guard->window_len >= ERROR_WINDOW_MIN &&
        (double)guard->window_failed > guard->limits.error_budget * (double)guard->window_len;
    pthread_mutex_unlock(&guard->lock);
    if (over)
        guard_stop(guard, "too many of the last exchanges failed (error budget)");
}
