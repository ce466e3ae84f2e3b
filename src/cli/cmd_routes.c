#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"
#include "rehearse/cli/cli.h"
#include "rehearse/compare/route.h"
#include "rehearse/store/store.h"

struct count {
    struct span route;
    uint64_t targets;
};

struct tally {
    struct routes *routes;
    struct count *at;
    size_t cap;
};

static int learn(void *ctx, struct span target)
{
    routes_learn(((struct tally *)ctx)->routes, target);
    return 0;
}

static int count(void *ctx, struct span target)
{
    struct tally *tally = ctx;
    uint32_t route = routes_match(tally->routes, target);
    size_t before = tally->cap;
    tally->at = array_room(tally->at, &tally->cap, route + 1, sizeof *tally->at);
    for (size_t i = before; i < tally->cap; i++)
        tally->at[i] = (struct count){ SPAN_NONE, 0 };
    tally->at[route].targets++;
    return 0;
}

static int by_count(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->targets != y->targets)
        return x->targets < y->targets ? 1 : -1;
    return span_cmp(x->route, y->route);
}

static void print(struct tally *tally, bool json)
{
    size_t n = routes_count(tally->routes);
    if (n > tally->cap)
        n = tally->cap;
    for (size_t i = 0; i < n; i++)
        tally->at[i].route = routes_name(tally->routes, (uint32_t)i);
    if (n)
        qsort(tally->at, n, sizeof *tally->at, by_count);
    printf(json ? "[" : "routes:\n");
    for (size_t i = 0; i < n && tally->at[i].targets; i++) {
        AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
        json_add_string(&name, tally->at[i].route);
        if (json)
            printf("%s{\"route\": %s, \"urls\": %llu}", i ? ",\n " : "", name.buf,
                   (unsigned long long)tally->at[i].targets);
        else
            printf("  - {match: %s}  # %llu different URLs\n", name.buf,
                   (unsigned long long)tally->at[i].targets);
    }
    if (json)
        printf("]\n");
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(store_closep) struct store *store = NULL;
    struct tally tally = { 0 };
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = { { 0, NULL, NULL, NULL, OPTION_FLAG, NULL } };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len != 1)
        return usage_error(self, "expected one capture, baseline or run");
    int rc = store_open(&store, arguments.at[0], false, &err);
    tally.routes = routes_new();
    if (rc == 0)
        rc = store_each_target(store, learn, &tally, &err);
    routes_settle(tally.routes);
    if (rc == 0)
        rc = store_each_target(store, count, &tally, &err);
    if (rc == 0)
        print(&tally, common.json);
    free(tally.at);
    routes_free(tally.routes);
    return rc < 0 ? failed(self, &err) : EXIT_GO;
}

const struct command command_routes = {
    .name = "routes",
    .arguments = "F.capture",
    .summary = "The routes found in the traffic, as a list to keep in the scenario",
    .text = NULL,
    .example = "  rehearse routes shop.capture > routes.yaml",
    .run = run,
};
