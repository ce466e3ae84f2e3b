#include "ledger.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"
#include "rehearse/http/method.h"
#include "undo.h"

/* Answers behind a change to the cart in which a way back is looked for, and so many bodies in all.
 */
enum { ANSWERS_BEHIND = 4, BODIES_MAX = 4000 };

/* ---- undo ---- */

static struct span offered_by(struct write_ledger_filling *f, const struct exchange *x,
                              struct arena *arena)
{
    AUTO(arena_release) struct arena body_arena = ARENA_INIT;
    struct span body = x->response.body;
    if (span_is_none(body) && x->body_id && f->run && f->looked_at < BODIES_MAX) {
        f->looked_at++;
        if (store_load_body(f->run, x->body_id, &body, &body_arena, NULL) < 0)
            return SPAN_NONE;
    }
    return undo_offered(body, arena);
}

/* The answer itself, or the pages that follow it in the session. */
static struct span find_undo(struct write_ledger_filling *f, const struct exchange *x, size_t left,
                             enum mutation_class class, struct arena *arena)
{
    if (x->response.status == 0 || x->response.status >= 400)
        return SPAN_NONE;
    struct span undo = undo_of_created(x, arena);
    for (size_t i = 0;
         class == MUTATION_CART && span_is_none(undo) && i < left && i <= ANSWERS_BEHIND; i++)
        undo = offered_by(f, &x[i], arena);
    return undo;
}

/* ---- lines ---- */

static uint64_t key_of(const struct write_ledger_entry *entry)
{
    return hash_mix(hash_mix(hash64(entry->route), hash64(entry->method)), entry->class);
}

/* The line of these, made when there is none; beyond the most, one for the rest of a class. */
static struct write_ledger_line *line_of(struct write_ledger_filling *f,
                                         const struct write_ledger_entry *entry)
{
    struct write_ledger *ledger = f->ledger;
    struct write_ledger_entry asked = *entry;
    const uint64_t *known = map_get(&f->by_key, key_of(&asked));
    if (!known && ledger->line_count >= LEDGER_LINES_MAX) {
        asked.route = SPAN("(other routes)");
        asked.method = SPAN("");
        known = map_get(&f->by_key, key_of(&asked));
    }
    if (known)
        return &ledger->lines[*known];
    map_put(&f->by_key, key_of(&asked), ledger->line_count, NULL);
    ledger->lines =
        array_room(ledger->lines, &ledger->line_cap, ledger->line_count + 1, sizeof *ledger->lines);
    struct write_ledger_line *line = &ledger->lines[ledger->line_count++];
    *line = (struct write_ledger_line){ .class = asked.class,
                                        .method = arena_copy(&ledger->arena, asked.method),
                                        .route = arena_copy(&ledger->arena, asked.route),
                                        .sign = entry->sign,
                                        .why = entry->why,
                                        .reason = SPAN_NONE,
                                        .undo = SPAN_NONE };
    return line;
}

static void count_status(struct write_ledger_line *line, int status)
{
    size_t i = 0;
    while (i < line->status_count && line->statuses[i].status != status)
        i++;
    if (i == line->status_count) {
        if (i == LEDGER_STATUSES)
            return;
        line->statuses[line->status_count++].status = status;
    }
    line->statuses[i].count++;
}

static void count_into(struct write_ledger_counts *c, const struct write_ledger_entry *entry)
{
    c->sent += entry->sent;
    c->skipped += !entry->sent;
    c->failed += entry->sent && entry->status == 0;
    c->undo_known += !span_is_none(entry->undo);
}

static void add_to_line(struct write_ledger_filling *f, const struct write_ledger_entry *entry)
{
    struct write_ledger *ledger = f->ledger;
    struct write_ledger_line *line = line_of(f, entry);
    count_into(&line->counts, entry);
    count_into(&ledger->classes[entry->class], entry);
    ledger->total++;
    if (entry->status)
        count_status(line, entry->status);
    if (span_is_none(line->reason) && entry->note.len && (!entry->sent || !entry->status))
        line->reason = arena_copy(&ledger->arena, entry->note);
    if (span_is_none(line->undo) && !span_is_none(entry->undo))
        line->undo = arena_copy(&ledger->arena, entry->undo);
}

static void keep_entry(struct write_ledger *ledger, const struct write_ledger_entry *entry)
{
    if (ledger->entry_count >= LEDGER_ENTRIES_MAX)
        return;
    ledger->entries = array_room(ledger->entries, &ledger->entry_cap, ledger->entry_count + 1,
                                 sizeof *ledger->entries);
    struct write_ledger_entry *kept = &ledger->entries[ledger->entry_count++];
    struct arena *arena = &ledger->arena;
    *kept = *entry;
    kept->method = arena_copy(arena, entry->method);
    kept->target = arena_copy(arena, entry->target);
    kept->route = arena_copy(arena, entry->route);
    kept->note = arena_copy(arena, entry->note);
    kept->undo = arena_copy(arena, entry->undo);
}

int write_ledger_fill(struct write_ledger_filling *f, const struct exchange *x, size_t count)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const char *sign = request_mutates(&x[i].request);
        if (!sign)
            continue;
        struct mutation m = request_mutation(&x[i].request);
        uint32_t route = routes_match(f->routes, x[i].request.target);
        struct write_ledger_entry entry = {
            .session = x[i].session,
            .seq = x[i].seq,
            .class = m.class,
            .method = x[i].request.method,
            .target = x[i].request.target,
            .route = routes_name(f->routes, route),
            .sign = sign,
            .why = m.why,
            .sent = !(x[i].marks & MARK_NOT_SENT),
            .status = x[i].response.status,
            .note = x[i].note,
            .undo = find_undo(f, &x[i], count - i, m.class, &arena),
        };
        add_to_line(f, &entry);
        keep_entry(f->ledger, &entry);
        if (f->each)
            rc = f->each(f->ctx, &entry);
    }
    return rc;
}

static int by_class(const void *a, const void *b)
{
    const struct write_ledger_line *x = a, *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    int order = span_cmp(x->route, y->route);
    return order ? order : span_cmp(x->method, y->method);
}

static int take_safety(void *ctx, struct span key, struct span value)
{
    struct write_ledger *ledger = ctx;
    (void)key;
    size_t cap = ledger->safety_count; /* grown one by one: there are a handful */
    ledger->safety =
        array_room(ledger->safety, &cap, ledger->safety_count + 1, sizeof *ledger->safety);
    ledger->safety[ledger->safety_count++] = arena_copy(&ledger->arena, value);
    return 0;
}

int write_ledger_finish(struct write_ledger_filling *f, struct err *err)
{
    map_release(&f->by_key);
    f->by_key = (struct map)MAP_INIT;
    if (f->ledger->line_count)
        qsort(f->ledger->lines, f->ledger->line_count, sizeof *f->ledger->lines, by_class);
    if (!f->run)
        return 0;
    struct store_totals totals;
    int rc = store_totals(f->run, &totals, err);
    if (rc < 0)
        return rc;
    f->ledger->superseded = totals.superseded;
    return store_each_meta(f->run, "safety.", take_safety, f->ledger, err);
}

/* ---- a whole run ---- */

static int learn_target(void *ctx, struct span target)
{
    routes_learn(ctx, target);
    return 0;
}

static int fill_all(struct write_ledger_filling *f, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    struct exchange *x;
    size_t count;
    int rc = store_sessions_open(&walk, f->run, STORE_BY_START, err);
    if (rc < 0)
        return rc;
    while ((rc = store_sessions_next(walk, &session, err)) > 0) {
        arena_clear(&arena);
        rc = store_load_session(f->run, session.id, /* bodies= */ false, &x, &count, &arena, err);
        if (rc == 0)
            rc = write_ledger_fill(f, x, count);
        if (rc != 0)
            return rc;
    }
    return rc < 0 ? rc : write_ledger_finish(f, err);
}

int write_ledger_of_run(struct store *run, struct write_ledger *ret, write_ledger_entry_fn *each,
                        void *ctx, struct err *err)
{
    struct routes *routes = routes_new();
    int rc = store_each_target(run, learn_target, routes, err);
    routes_settle(routes);
    struct write_ledger_filling f = {
        .ledger = ret, .run = run, .routes = routes, .each = each, .ctx = ctx
    };
    if (rc == 0)
        rc = fill_all(&f, err);
    if (rc != 0)
        map_release(&f.by_key);
    routes_free(routes);
    return rc;
}
