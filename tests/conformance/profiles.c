/*
 * How well the profiles tell what real caches do, by the suite http-cache-tests:
 *
 *   conformance_profiles --suite FILE [--real FOLDER | --defaults FOLDER | --test ID PROFILE]
 *
 * FILE is what profiles_export.mjs prints. Without more: the strict cache's own
 * score, then each published result against its profile, misses by name; exits 1
 * below the goals. --real: results of real programs on this machine, NAME.json each;
 * --defaults: the same of programs as they ship, so against the profiles as they stand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player_cache.h"
#include "profiles_measured.h"

#include "rehearse/base/file.h"

enum { SUITE_BYTES_MAX = 16 << 20, GOAL_PERCENT = 95, OPTIMAL_MISSES_MAX = 3 };

struct run {
    cJSON *suite; /* owned */
    struct arena arena;
    struct play_engine engine;
    bool misses; /* one of the goals */
    struct strbuf table;
};

static int read_json(cJSON **ret, const char *path, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    int rc = file_read(&text, path, SUITE_BYTES_MAX, err);
    if (rc < 0)
        return rc;
    *ret = cJSON_ParseWithLength(text.buf, text.len);
    return *ret ? 0 : err_set(err, E_FORMAT, "%s: not JSON", path);
}

static struct play_outcome play(struct run *run, const cJSON *test,
                                const struct cache_policy *policy)
{
    arena_clear(&run->arena);
    struct play_cache cache = play_engine_start(&run->engine, policy);
    return play_test(test, &cache, &run->arena);
}

/* Calls `each` for every test that is not for browsers only. */
typedef void test_visit(struct run *run, const cJSON *test, void *context);
static void each_test(struct run *run, test_visit *visit, void *context)
{
    const cJSON *group, *test;
    cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(run->suite, "suites"))
        cJSON_ArrayForEach(test, cJSON_GetObjectItemCaseSensitive(
                                     group, "tests")) if (!play_is_true(test, "browser_only"))
            visit(run, test, context);
}

/* The strict cache on its own. */

enum { REQUIRED, OPTIMAL, CHECK, KINDS };
static const char *const kind_names[KINDS] = { "required", "optimal", "check" };
struct score {
    const struct cache_policy *policy;
    unsigned passed[KINDS], of[KINDS], impossible;
};

static int kind_of(const cJSON *test)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(play_text(test, "kind"), kind_names[i]) == 0)
            return i;
    return REQUIRED;
}

/* The origin hangs up, and the test wants the answer that it did not send: nobody can give it. */
static bool can_be_passed(const cJSON *test)
{
    const cJSON *request;
    cJSON_ArrayForEach(request,
                       cJSON_GetObjectItemCaseSensitive(
                           test, "requests")) if (play_is_true(request, "disconnect") &&
                                                  strcmp(play_text(request, "expected_type"),
                                                         "not_cached") == 0) return false;
    return true;
}

static void score_test(struct run *run, const cJSON *test, void *context)
{
    struct score *score = context;
    if (!can_be_passed(test)) {
        score->impossible++;
        return;
    }
    int kind = kind_of(test);
    struct play_outcome o = play(run, test, score->policy);
    score->of[kind]++;
    if (o.end == PLAY_PASS)
        score->passed[kind]++;
    else if (kind != CHECK)
        printf("  %s %s: %s: %.*s\n", kind_names[kind], play_text(test, "id"), play_end_name(o.end),
               SPAN_ARG(o.text));
}

static struct score score_policy(struct run *run, const struct cache_policy *policy)
{
    struct score score = { .policy = policy };
    printf("%s\n", policy->name);
    each_test(run, score_test, &score);
    printf("  passed: required %u of %u, optimal %u of %u, check %u of %u; "
           "%u that nobody can pass\n",
           score.passed[REQUIRED], score.of[REQUIRED], score.passed[OPTIMAL], score.of[OPTIMAL],
           score.passed[CHECK], score.of[CHECK], score.impossible);
    return score;
}

/* A profile against measured results. */

struct match {
    const struct cache_policy *policy;
    const cJSON *results;
    unsigned of, same_verdict, same_end;
};

static void match_test(struct run *run, const cJSON *test, void *context)
{
    struct match *match = context;
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(match->results, play_text(test, "id"));
    if (!result)
        return;
    const char *said = cJSON_GetStringValue(cJSON_GetArrayItem(result, 0));
    const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(result, 1));
    enum play_end measured = cJSON_IsTrue(result) ? PLAY_PASS : play_end_of(said ? said : "");
    struct play_outcome o = play(run, test, match->policy);
    bool same = (o.end == PLAY_PASS) == (measured == PLAY_PASS);
    match->of++;
    match->same_verdict += same;
    match->same_end += o.end == measured;
    if (!same || o.end != measured)
        printf("  %s %s: predicted %s%s%.*s; measured %s%s%s\n", same ? "kind" : "miss",
               play_text(test, "id"), play_end_name(o.end), o.text.len ? ": " : "",
               SPAN_ARG(o.text), play_end_name(measured), text ? ": " : "", text ? text : "");
}

static double percent(unsigned part, unsigned of)
{
    return of ? 100.0 * part / of : 0;
}

static void match_profile(struct run *run, const struct measured_cache *cache, const char *version,
                          const cJSON *results, enum measured_how how)
{
    struct cache_policy policy = measured_policy(cache, how);
    struct match match = { .policy = &policy, .results = results };
    printf("%s %s\n", cache->name, version);
    each_test(run, match_test, &match);
    printf("  same verdict: %u of %u (%.1f %%); same kind of failure too: %u (%.1f %%)\n",
           match.same_verdict, match.of, percent(match.same_verdict, match.of), match.same_end,
           percent(match.same_end, match.of));
    strbuf_addf(&run->table, "| %-13s | %-24s | %3u of %u | %6.1f %% | %6.1f %% |\n", cache->name,
                version, match.same_verdict, match.of, percent(match.same_verdict, match.of),
                percent(match.same_end, match.of));
    if (match.same_verdict * 100 < GOAL_PERCENT * match.of)
        run->misses = true;
}

static void match_published(struct run *run)
{
    const cJSON *result;
    cJSON_ArrayForEach(result, cJSON_GetObjectItemCaseSensitive(run->suite, "results"))
    {
        const struct measured_cache *cache = measured_cache_named(play_text(result, "name"));
        if (cache)
            match_profile(run, cache, play_text(result, "version"),
                          cJSON_GetObjectItemCaseSensitive(result, "results"), AS_PUBLISHED);
    }
}

static int match_real(struct run *run, const char *folder, enum measured_how how, struct err *err)
{
    for (const struct measured_cache *cache = measured_caches; cache->name; cache++) {
        char path[4096];
        cJSON *results = NULL;
        snprintf(path, sizeof path, "%s/%s.json", folder, cache->name);
        if (!file_exists(path))
            continue;
        if (read_json(&results, path, err) < 0)
            return err->code;
        AUTO(strbuf_release) struct strbuf version = STRBUF_INIT;
        snprintf(path, sizeof path, "%s/%s.version", folder, cache->name);
        if (!file_exists(path) || file_read(&version, path, sizeof path, err) < 0)
            strbuf_add_str(&version, "this machine's");
        match_profile(run, cache, version.buf, results, how);
        cJSON_Delete(results);
    }
    return 0;
}

struct wanted {
    const char *id, *profile;
    bool found;
};

static void show_test(struct run *run, const cJSON *test, void *context)
{
    struct wanted *wanted = context;
    const struct measured_cache *cache = measured_cache_named(wanted->profile);
    if (strcmp(play_text(test, "id"), wanted->id) != 0 || !cache)
        return;
    struct cache_policy policy = measured_policy(cache, AS_MEASURED);
    struct play_outcome o = play(run, test, &policy);
    printf("%s: %.*s\n", play_end_name(o.end), SPAN_ARG(o.text));
    wanted->found = true;
}

static int usage(void)
{
    fputs("usage: conformance_profiles --suite FILE [--real FOLDER | --defaults FOLDER | --test ID "
          "PROFILE]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct run run = { .arena = ARENA_INIT, .table = STRBUF_INIT };
    struct err err = ERR_INIT;
    if (argc < 3 || strcmp(argv[1], "--suite") != 0)
        return usage();
    if (read_json(&run.suite, argv[2], &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    bool real = argc == 5 && strcmp(argv[3], "--real") == 0;
    bool defaults = argc == 5 && strcmp(argv[3], "--defaults") == 0;
    if (real || defaults) {
        if (match_real(&run, argv[4], real ? AS_MEASURED : AS_SHIPPED, &err) < 0)
            fprintf(stderr, "%s\n", err.text), run.misses = true;
    } else if (argc == 6 && strcmp(argv[3], "--test") == 0) {
        struct wanted wanted = { argv[4], argv[5], false };
        each_test(&run, show_test, &wanted);
        run.misses = !wanted.found;
    } else if (argc == 3) {
        score_policy(&run, &cache_policy_rfc);
        struct score strict = score_policy(&run, &cache_policy_optimal);
        run.misses = strict.passed[REQUIRED] < strict.of[REQUIRED] ||
                     strict.passed[OPTIMAL] + OPTIMAL_MISSES_MAX < strict.of[OPTIMAL];
        match_published(&run);
    } else {
        return usage();
    }
    if (run.table.len)
        printf(
            "\n| cache         | version                  | same verdict | share | same kind |\n"
            "| :------------ | :----------------------- | ---------: | -------: | -------: |\n%s",
            run.table.buf);
    strbuf_release(&run.table);
    cJSON_Delete(run.suite);
    arena_release(&run.arena);
    return run.misses ? 1 : 0;
}
