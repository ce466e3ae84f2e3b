#ifndef REHEARSE_REHEARSAL_SCENARIO_H
#define REHEARSE_REHEARSAL_SCENARIO_H

#include "rehearse/base/arena.h"
#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"
#include "rehearse/key/key_source.h"
#include "rehearse/compare/route.h"
#include "rehearse/session/login_flow.h"
#include "rehearse/http/mutation.h"
#include "rehearse/replay/production.h"
#include "rehearse/session/persona.h"
#include "rehearse/verdict/verdict.h"

/*
 * A scenario: everything a rehearsal needs, read from one YAML (or JSON) file and
 * checked before anything is sent. Texts are owned by the scenario's arena and
 * terminated; relative paths are already joined to the scenario file's folder.
 */
struct scenario_place {
    const char *production; /* a production host, or "*" */
    const char *place;      /* where it lives: URL or host[:port] */
};

struct scenario_target {
    bool given;
    struct scenario_place *hosts;
    size_t host_count;
    struct scenario_place *connect; /* authority -> address */
    size_t connect_count;
    bool mutations;
    bool refused[MUTATION_CLASSES]; /* classes that are not sent although mutations are allowed */
    bool write_budget_given;
    uint64_t write_budget;
    const char *proxy; /* or NULL */
    bool tls_verify;
    const char *tls_ca; /* or NULL */
    bool http2;
};

/* The shared cache in front of one side. */
struct scenario_cache {
    struct span profile;        /* "varnish"; empty: none named, and what CDNs have in common */
    struct cache_policy policy; /* the profile's, with the lifetimes of the key's file */
    struct key_source key;      /* policy, and what was read beside it */
    bool key_given;             /* by a profile, or in words */
    bool profile_from_key;      /* nobody named one, and what the key comes from is a product's */
    struct span field;          /* a response field that shows the key, looked at first; or none */
};

enum scenario_baseline {
    BASELINE_RECORDED, /* the responses the capture holds */
    BASELINE_LIVE,     /* asked from production: safe methods, no visitor's credentials */
    BASELINE_FILE,     /* made before */
};

struct yaml_node;

struct scenario {
    struct arena arena;
    const char *path; /* as given; for errors and the report */
    const char *name;

    struct {               /* capture */
        const char **from; /* paths after globbing; NULL-terminated */
        size_t from_count;
        const char *format, *log_format, *nginx_conf, *log_name, *field_map; /* or NULL */
        const char *scheme, *host;    /* for sources that do not say; or NULL */
        const char **session_cookies; /* NULL-terminated, or NULL */
        const char **secrets;         /* further secret names; NULL-terminated, or NULL */
        int64_t idle_gap_us;          /* 0: the default */
        double sample;                /* 0 to 1 */
        int utc_offset_s;
        bool strict;
        bool keep_secrets;       /* a side file beside the capture */
        const char *secrets_key; /* the file of its key, or NULL */
    } capture;

    struct scenario_target production, staging;
    struct production_facts known_production; /* what a run to staging must not meet */
    enum scenario_baseline baseline;
    const char *baseline_file; /* of BASELINE_FILE */
    double baseline_rate;      /* requests a second against production */

    const char *accounts;                     /* identities; or NULL */
    unsigned accounts_made;                   /* in place of a file: so many, by registration */
    struct login_plan login, registration;    /* no steps: as the capture shows; none */
    bool identities_are_theirs; /* visitors' own credentials, from the side file */
    bool identities_for_all;                  /* sessions that were nobody's get an account too */
    const struct yaml_node *identities_given; /* the section as it was written, or NULL */

    struct persona *personas; /* who asks every route again */
    size_t persona_count;
    const struct yaml_node *personas_given; /* the section as it was written; NULL: the usual ones,
                                               where there are accounts */

    struct {          /* replay */
        double speed; /* 0: max */
        double rate;
        unsigned concurrency, shards; /* 0: the default */
        uint64_t seed;
        int64_t timeout_us; /* 0: the default */
        double error_budget;
    } replay;

    /* cache: production's, staging's. Always filled in; the section may be absent. */
    struct scenario_cache caches[2];
    const struct yaml_node *cache_given; /* the section as it was written, or NULL */
    bool staging_cache_given;            /* in it, one of staging's own */
    bool asks_for_key[2]; /* production, staging: send the fields that make a cache show its key */

    struct route_rule *routes;
    size_t route_count;
    struct span *ignore; /* field names not to compare */
    size_t ignore_count;
    struct gate *gates;
    size_t gate_count;
    int64_t gate_command_us; /* how long a gate's command may take */
    const char *report_folder;
};

/* A scenario with every default and nothing else. */
struct scenario *scenario_new(void);
/* Read and check `path`. E_USAGE with file, line and column for whatever is wrong. */
int scenario_load(struct scenario **ret, const char *path, struct err *err);
/* The same from text; relative paths are joined to `folder`. */
int scenario_parse(struct scenario **ret, const char *name, struct span text, const char *folder,
                   struct err *err);
void scenario_free(struct scenario *scenario);
/*
 * The section `identities` from a command's options: an accounts file (or NULL), and the
 * steps of a login in the scenario's own words, "form: /login". E_USAGE as above.
 */
int scenario_set_identities(struct scenario *scenario, const char *accounts,
                            const char *const *steps, size_t step_count, struct err *err);
/* The section `personas` from a command's options, in the scenario's own words. E_USAGE as above. */
int scenario_set_personas(struct scenario *scenario, const char *const *words, size_t count,
                          struct err *err);

enum { SCENARIO_ASKS_MAX = 8 };
/* The fields that make the cache of production (0) or staging (1) show its key, where the scenario
 * asks for it: those of the profile, of every product where none is named. Returns how many; static
 * text. */
size_t scenario_asks(const struct scenario *scenario, int side,
                     struct http_field ret[SCENARIO_ASKS_MAX]);

/* For a person, a line each: which cache, what is in its key, what goes past it, and what of its
 * configuration could not be taken into account. Nothing without the section. */
void scenario_add_cache_text(const struct scenario *scenario, struct strbuf *out);

/* The scenario as a YAML file that scenario_load takes: what `check` prints. */
void scenario_add_yaml(const struct scenario *scenario, struct strbuf *out);

AUTO_FREE(struct scenario, scenario_free);

#endif
