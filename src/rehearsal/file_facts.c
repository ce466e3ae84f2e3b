#include "file_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

static int put_host(struct store *store, size_t number, const struct target_host *host,
                    struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    char key[40];
    strbuf_add_span(&text, host->production);
    strbuf_add_char(&text, '\t');
    strbuf_add_span(&text, host->scheme);
    strbuf_add_char(&text, '\t');
    strbuf_add_span(&text, host->authority);
    snprintf(key, sizeof key, "target.host.%03zu", number);
    return store_put_meta(store, key, strbuf_span(&text), err);
}

int facts_put_target(struct store *store, const struct target *target, struct err *err)
{
    AUTO(strbuf_release) struct strbuf words = STRBUF_INIT;
    const struct target_host *hosts;
    size_t count = target_hosts(target, &hosts);
    int rc = store_put_meta(store, "target.name", span_of(target_name(target)), err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = put_host(store, i, &hosts[i], err);
        if (i)
            strbuf_add_str(&words, ", ");
        if (!span_is_none(hosts[i].scheme))
            strbuf_addf(&words, "%.*s://", SPAN_ARG(hosts[i].scheme));
        strbuf_add_span(&words, hosts[i].authority);
    }
    return rc < 0 ? rc : store_put_meta(store, "target.words", strbuf_span(&words), err);
}

struct host_walk {
    struct target_facts *facts;
    struct arena *arena;
    size_t cap;
};

static int take_host(void *ctx, struct span key, struct span value)
{
    (void)key;
    struct host_walk *walk = ctx;
    struct target_facts *facts = walk->facts;
    struct span rest = arena_copy(walk->arena, value);
    struct span production = span_cut(&rest, '\t');
    struct span scheme = span_cut(&rest, '\t');
    if (facts->host_count == walk->cap) {
        size_t cap = walk->cap ? walk->cap * 2 : 8;
        struct host_pair *grown = arena_calloc(walk->arena, cap, sizeof *grown);
        if (facts->host_count)
            memcpy(grown, facts->hosts, facts->host_count * sizeof *grown);
        facts->hosts = grown;
        walk->cap = cap;
    }
    facts->hosts[facts->host_count++] = (struct host_pair){ production, rest, scheme };
    return 0;
}

int facts_get_target(struct store *store, struct target_facts *ret, struct arena *arena,
                     struct err *err)
{
    memset(ret, 0, sizeof *ret);
    struct host_walk walk = { .facts = ret, .arena = arena };
    int rc = store_get_meta(store, "target.name", &ret->name, arena, err);
    if (rc == 0)
        rc = store_get_meta(store, "target.words", &ret->words, arena, err);
    if (rc == 0)
        rc = store_each_meta(store, "target.host.", take_host, &walk, err);
    return rc;
}

struct copying {
    struct store *to;
    struct err *err;
};

static int copy_count(void *ctx, struct span source, struct span outcome, struct span reason,
                      uint64_t count)
{
    const struct copying *c = ctx;
    return store_count_skipped(c->to, source, outcome, reason, count, c->err);
}

static int copy_meta(void *ctx, struct span key, struct span value)
{
    const struct copying *c = ctx;
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    strbuf_add_span(&name, key);
    return store_put_meta(c->to, name.buf, value, c->err);
}

int facts_copy_import(struct store *from, struct store *to, struct err *err)
{
    struct copying c = { to, err };
    int rc = store_each_skipped(from, copy_count, &c, err);
    return rc < 0 ? rc : store_each_meta(from, "source.", copy_meta, &c, err);
}

struct account_walk {
    struct report_account *at;
    size_t len, cap;
    struct arena *arena;
};

static int take_account(void *ctx, struct span source, struct span outcome, struct span reason,
                        uint64_t count)
{
    struct account_walk *walk = ctx;
    ptrdiff_t slash =
        span_rfind_char(source, '/'); /* a report names files, not folders of a machine */
    walk->at = array_room(walk->at, &walk->cap, walk->len + 1, sizeof *walk->at);
    walk->at[walk->len++] = (struct report_account){
        .source = arena_copy(walk->arena, span_from(source, (size_t)(slash + 1))),
        .outcome = arena_copy(walk->arena, outcome),
        .reason = arena_copy(walk->arena, reason),
        .count = count,
    };
    return 0;
}

int facts_get_accounts(struct store *store, struct report_account **ret, size_t *ret_count,
                       struct arena *arena, struct err *err)
{
    struct account_walk walk = { .arena = arena };
    int rc = store_each_skipped(store, take_account, &walk, err);
    if (rc == 0) {
        *ret = arena_calloc(arena, walk.len + 1, sizeof **ret);
        if (walk.len)
            memcpy(*ret, walk.at, walk.len * sizeof *walk.at);
        *ret_count = walk.len;
    }
    free(walk.at);
    return rc;
}
