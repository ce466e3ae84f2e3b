#include "inspect_faults.h"

#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/json_text.h"
#include "rehearse/base/text.h"
#include "rehearse/cache/faults.h"

/* There are only so many sentences, each with few fields. */
enum { TOLD_MAX = 256 };

struct told {
    struct cache_fault fault; /* the field in tally.arena */
    uint64_t answers;
    struct span first; /* a request that shows it, in tally.arena */
};

struct tally {
    const struct cache_policy *policy;
    struct told at[TOLD_MAX];
    size_t len;
    uint64_t answers;
    struct arena arena;
};

static void count(struct tally *t, const struct cache_fault *fault, const struct exchange *x)
{
    for (size_t i = 0; i < t->len; i++)
        if (t->at[i].fault.sentence == fault->sentence &&
            span_eq(t->at[i].fault.field, fault->field)) {
            t->at[i].answers++;
            return;
        }
    if (t->len == TOLD_MAX)
        return;
    struct span where = span_head(x->request.target, 200);
    t->at[t->len++] = (struct told){
        .fault = { arena_copy(&t->arena, fault->field), fault->sentence },
        .answers = 1,
        .first = arena_printf(&t->arena, "%.*s %.*s%.*s", SPAN_ARG(x->request.method),
                              SPAN_ARG(x->request.authority), SPAN_ARG(where)),
    };
}

static void look_at(struct tally *t, const struct exchange *x, struct arena *arena)
{
    struct cache_fault faults[CACHE_FAULTS_MAX];
    if (!x->response.fields.len)
        return;
    t->answers++;
    size_t found = cache_faults_of(t->policy, &x->response, arena, faults, CACHE_FAULTS_MAX);
    for (size_t i = 0; i < found; i++)
        count(t, &faults[i], x);
}

static int walk(struct tally *t, struct store *store, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *sessions = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct store_session session;
    int rc = store_sessions_open(&sessions, store, STORE_BY_START, err);
    while (rc == 0 && (rc = store_sessions_next(sessions, &session, err)) > 0) {
        struct exchange *exchanges;
        size_t len;
        arena_clear(&arena);
        rc = store_load_session(store, session.id, false, &exchanges, &len, &arena, err);
        for (size_t i = 0; rc == 0 && i < len; i++)
            look_at(t, &exchanges[i], &arena);
    }
    return rc;
}

static int by_answers(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    if (x->answers != y->answers)
        return x->answers > y->answers ? -1 : 1;
    int by_field = span_cmp(x->fault.field, y->fault.field);
    return by_field ? by_field : strcmp(x->fault.sentence, y->fault.sentence);
}

static void add_text(struct strbuf *out, const struct tally *t)
{
    text_add_count(out, t->answers);
    strbuf_addf(out, " answers with fields, read as by \"%s\"; %s\n", t->policy->name,
                t->len ? "tolerated:" : "nothing had to be tolerated");
    for (size_t i = 0; i < t->len; i++) {
        const struct told *told = &t->at[i];
        AUTO(strbuf_release) struct strbuf number = STRBUF_INIT;
        text_add_count(&number, told->answers);
        strbuf_addf(out, "%10s  ", number.buf);
        text_add_printable(out, told->fault.field, 100);
        strbuf_addf(out, ": %s\n            first: ", told->fault.sentence);
        text_add_printable(out, told->first, 300);
        strbuf_add_char(out, '\n');
    }
}

static void add_json(struct strbuf *out, const struct tally *t)
{
    strbuf_add_str(out, "[");
    for (size_t i = 0; i < t->len; i++) {
        const struct told *told = &t->at[i];
        strbuf_add_str(out, i ? ", {\"field\": " : "{\"field\": ");
        json_add_string(out, told->fault.field);
        strbuf_add_str(out, ", \"tolerated\": ");
        json_add_string(out, span_of(told->fault.sentence));
        strbuf_addf(out, ", \"answers\": %llu, \"first\": ", (unsigned long long)told->answers);
        json_add_string(out, told->first);
        strbuf_add_char(out, '}');
    }
    strbuf_add_str(out, "]\n");
}

int inspect_faults(struct store *store, const struct cache_policy *policy, bool json,
                   struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct tally tally = { .policy = policy };
    int rc = walk(&tally, store, err);
    if (rc == 0) {
        if (tally.len)
            qsort(tally.at, tally.len, sizeof *tally.at, by_answers);
        if (json)
            add_json(&text, &tally);
        else
            add_text(&text, &tally);
        fputs(text.buf, stdout);
    }
    arena_release(&tally.arena);
    return rc;
}
