#include <stdio.h>

#include "commands.h"
#include "progress.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/key/key_source.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cli/cli.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/report/simulation.h"

enum { ROUTES_SHOWN = 20, OVERHEAD_MAX = 1000000 };

/* What of one side is asked for on the command line; NULL: as the profile, or as the other side. */
struct side_options {
    const char *profile, *key;
};

struct simulate_line {
    struct side_options sides[2]; /* production's, staging's */
    const char *eviction, *folder, *scenario;
    uint64_t capacity, objects, overhead;
    unsigned nodes, routes;
    struct option_texts changes;
    bool cold;
};

/* A file, or the name of a preset. */
static int read_key(const char *text, struct key_source *ret, struct arena *arena, struct err *err)
{
    AUTO(strbuf_release) struct strbuf content = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    const struct key_source *preset = key_preset(span_of(text));
    if (preset) {
        *ret = *preset;
        return 0;
    }
    if (!file_exists(text)) {
        key_preset_names_add(&names);
        return err_set(err, E_USAGE, "%s: no file, and no key preset; expected one of: %s", text,
                       names.buf);
    }
    int rc = file_read(&content, text, KEY_SOURCE_MAX, err);
    if (rc < 0)
        return rc;
    return key_from_text(ret, text, arena_copy(arena, strbuf_span(&content)), arena, err);
}

static void set_profile(struct simulate_cache *cache, const struct cache_profile *profile,
                        bool from_key)
{
    cache->name = profile->name.ptr;
    cache->name_from_key = from_key;
    cache->policy = profile->policy;
    cache->model = model_options_of(cache->policy);
}

/* `named`: a profile was named before, and a key does not bring its own. */
static int set_side(const struct command *self, const struct side_options *wanted, bool named,
                    struct simulate_cache *cache, struct key_source *key, struct arena *arena,
                    struct err *err)
{
    if (wanted->profile) {
        const struct cache_profile *profile = cache_profile_named(span_of(wanted->profile));
        if (!profile)
            return unknown_profile(self, wanted->profile);
        const struct key_source *preset = key_preset(profile->name);
        set_profile(cache, profile, /* from_key= */ false);
        cache->notes = NULL;
        cache->note_count = 0;
        if (preset)
            cache->key = &preset->policy;
    }
    if (wanted->key) {
        int rc = read_key(wanted->key, key, arena, err);
        if (rc < 0)
            return failed(self, err);
        const struct cache_profile *of_key = cache_profile_named(key->product);
        if (of_key && !wanted->profile && !named)
            set_profile(cache, of_key, /* from_key= */ true);
        cache->notes = key->notes;
        cache->note_count = key->note_count;
        struct cache_policy *policy = arena_alloc(arena, sizeof *policy);
        *policy = key_source_policy(key, cache->policy, arena);
        cache->key = &key->policy;
        cache->policy = policy;
        cache->model = model_options_of(policy);
    }
    return -1;
}

static bool names_profile(const struct scenario *scenario, int side)
{
    return scenario && scenario->caches[side].profile.len &&
           !scenario->caches[side].profile_from_key;
}

/* From the default over the scenario to the command line; staging's is production's, unless it is
 * told apart. */
static int set_caches(const struct command *self, const struct simulate_line *line,
                      const struct scenario *scenario, struct simulate_cache caches[2],
                      struct key_source keys[2], struct arena *arena, struct err *err)
{
    simulate_caches(caches, scenario);
    bool named[2] = { names_profile(scenario, 0),
                      scenario && scenario->staging_cache_given && names_profile(scenario, 1) };
    int code = set_side(self, &line->sides[0], named[0], &caches[0], &keys[0], arena, err);
    if (line->sides[0].profile || line->sides[0].key) {
        caches[1] = caches[0];
        named[1] = false;
    }
    return code >= 0 ? code
                     : set_side(self, &line->sides[1], named[1], &caches[1], &keys[1], arena, err);
}

/* "Name: value", "Name:" to take it away, each with a route and a space in front or without. */
static int read_change(const struct command *self, const char *text, struct simulate_change *ret)
{
    struct span rest = span_of(text);
    *ret = (struct simulate_change){ .route = SPAN("") };
    if (rest.len && rest.ptr[0] == '/')
        ret->route = span_cut(&rest, ' ');
    if (span_is_none(rest) || span_find_char(rest, ':') < 1)
        return usage_error(self,
                           "--set: found \"%s\", expected \"Name: value\" or "
                           "\"/route Name: value\"",
                           text);
    ret->field = span_trim(span_cut(&rest, ':'));
    rest = span_trim(rest);
    ret->value = rest.len ? rest : SPAN_NONE;
    return -1;
}

static int set_options(const struct command *self, const struct simulate_line *line,
                       struct simulate_options *o, struct simulate_change *changes)
{
    enum model_eviction eviction = EVICTION_LRU;
    if (line->eviction && !model_eviction_parse(span_of(line->eviction), &eviction))
        return usage_error(self,
                           "--eviction: found \"%s\", expected lru, fifo, lfu, sieve, s3fifo or "
                           "tinylfu",
                           line->eviction);
    if (line->overhead > OVERHEAD_MAX)
        return usage_error(self, "--overhead: expected at most %d bytes", OVERHEAD_MAX);
    for (int side = 0; side < 2; side++) {
        o->caches[side].model.capacity_bytes = line->capacity;
        o->caches[side].model.capacity_objects = line->objects;
        o->caches[side].model.object_overhead_bytes = (uint32_t)line->overhead;
        o->caches[side].model.eviction = eviction;
        o->caches[side].nodes = line->nodes;
    }
    for (size_t i = 0; i < line->changes.len; i++) {
        int code = read_change(self, line->changes.at[i], &changes[i]);
        if (code >= 0)
            return code;
    }
    o->changes = changes;
    o->change_count = line->changes.len;
    o->cold = line->cold;
    return -1;
}

static int print(const struct simulation *simulation, const struct common *common,
                 const struct simulate_line *line, struct err *err)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    int rc = line->folder ? simulation_write(simulation, line->folder, err) : 0;
    if (rc < 0)
        return rc;
    if (common->json) {
        simulation_add_json(simulation, &text);
    } else if (!common->quiet) {
        simulation_add_text(simulation, &text, line->routes ? line->routes : ROUTES_SHOWN);
        if (line->folder)
            strbuf_addf(&text, "\nchart: %s%ssimulation.html\n", line->folder,
                        span_ends(span_of(line->folder), SPAN("/")) ? "" : "/");
    }
    fputs(text.buf, stdout);
    return 0;
}

/* Nobody said which cache it is, and the answers do. */
static int suggest_profile(const char *production, struct err *err)
{
    const struct product_sign *sign;
    int rc = simulate_product(production, &sign, err);
    if (rc == 0 && sign)
        printf("\n%.*s in production's answers is %.*s's: --profile %.*s says what it does by "
               "default\n",
               SPAN_ARG(sign->field), SPAN_ARG(sign->product), SPAN_ARG(sign->product));
    return rc;
}

static int simulate_line(const struct command *self, const struct simulate_line *line,
                         struct simulate_options *o, const struct common *common)
{
    AUTO(scenario_freep) struct scenario *scenario = NULL;
    AUTO(simulation_release) struct simulation simulation = { 0 };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct simulate_change changes[OPTION_TEXTS_MAX];
    struct key_source keys[2];
    struct progress_line progress;
    struct err err = ERR_INIT;

    if (line->scenario && scenario_load(&scenario, line->scenario, &err) < 0)
        return failed(self, &err);
    int code = set_caches(self, line, scenario, o->caches, keys, &arena, &err);
    if (code < 0)
        code = set_options(self, line, o, changes);
    if (code >= 0)
        return code;
    if (scenario) {
        o->routes = scenario->routes;
        o->route_count = scenario->route_count;
    }
    progress_line_init(&progress, common->quiet);
    o->progress = &progress.progress;
    int rc = simulate(o, &simulation, &err);
    progress_line_end(&progress);
    if (rc == 0)
        rc = print(&simulation, common, line, &err);
    if (rc == 0 && !common->quiet && !common->json && !line->sides[0].profile && !scenario &&
        !simulation.caches[0].name_from_key)
        rc = suggest_profile(o->production, &err);
    return rc < 0 ? failed(self, &err) : EXIT_GO;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct simulate_line line = { 0 };
    struct simulate_options o = { 0 };
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    const struct option options[] = {
        { 'o', "output", "DIR", "write simulation.html (charts) and simulation.json", OPTION_TEXT,
          &line.folder },
        { 0, "profile", "NAME", "which cache: varnish, nginx, fastly, … (what CDNs have in common)",
          OPTION_TEXT, &line.sides[0].profile },
        { 0, "staging-profile", "NAME", "the same for staging, where it is another one",
          OPTION_TEXT, &line.sides[1].profile },
        { 0, "key", "FILE", "cache key: a product's configuration, or a preset (the profile's)",
          OPTION_TEXT, &line.sides[0].key },
        { 0, "staging-key", "FILE", "the same for staging, where it is another one", OPTION_TEXT,
          &line.sides[1].key },
        { 0, "capacity", "SIZE", "how much a cache holds, such as 512MB (no limit)", OPTION_BYTES,
          &line.capacity },
        { 0, "overhead", "SIZE", "what an object takes beside its body and fields (0)",
          OPTION_BYTES, &line.overhead },
        { 0, "objects", "N", "how many objects a cache holds (no limit)", OPTION_BIG,
          &line.objects },
        { 0, "eviction", "NAME", "lru, fifo, lfu, sieve, s3fifo or tinylfu (lru)", OPTION_TEXT,
          &line.eviction },
        { 0, "nodes", "N", "caches side by side, visitors spread over them (1)", OPTION_COUNT,
          &line.nodes },
        { 0, "set", "FIELD", "give staging's answers a field: \"[/route ]Name: value\"",
          OPTION_TEXTS, &line.changes },
        { 0, "cold", NULL, "nothing was cached before the capture, whatever it logged", OPTION_FLAG,
          &line.cold },
        { 0, "scenario", "FILE", "routes and caches from a scenario", OPTION_TEXT, &line.scenario },
        { 0, "routes", "N", "routes to print (20)", OPTION_COUNT, &line.routes },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len < 1 || arguments.len > 2)
        return usage_error(self, "expected a capture, and a run of staging when there is one");
    o.production = arguments.at[0];
    o.staging = arguments.len == 2 ? arguments.at[1] : NULL;
    return simulate_line(self, &line, &o, &common);
}

const struct command command_simulate = {
    .name = "simulate",
    .arguments = "F.capture [F.run]",
    .summary = "Forecast the hit ratio of a shared cache, production's headers against staging's",
    .text = "The capture goes through a model of the cache in virtual time. First the model says\n"
            "what production's cache should have logged, and how far it is off; then it takes\n"
            "the headers of staging's run, or those of --set.",
    .example =
        "  rehearse simulate shop.capture staging.run --profile varnish --capacity 2GB -o out/\n"
        "  rehearse simulate shop.capture --set \"/products/:id Cache-Control: s-maxage=600\"",
    .run = run,
};
