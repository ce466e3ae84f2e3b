#include "bindings_facts.h"
#include "file_facts.h"
#include "rehearse/base/file.h"
#include "rehearse/rehearsal/jobs.h"
#include "rehearse/session/credential.h"
#include "rehearse/session/originals.h"

static int open_run(struct store **ret, const struct replay_job *job, struct err *err)
{
    if (job->options.resume)
        return store_open(ret, job->out, true, err);
    return store_create(ret, job->out, STORE_RUN, job->replace, err);
}

/* The originals of the side file, for a staging that shares production's sessions. */
static int load_originals(struct originals **ret, const struct replay_job *job,
                          struct store *capture, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    unsigned char key[SEAL_KEY_BYTES];
    struct span id = SPAN_NONE;
    if (job->accounts || job->accounts_made)
        return err_set(err, E_USAGE,
                       "%s: visitors' own credentials and staging accounts cannot be used together: "
                       "leave one of them out",
                       job->secrets);
    int rc = store_get_meta(capture, "secrets", &id, &arena, err);
    if (rc == 0 && id.len == 0)
        rc = err_set(err, E_USAGE,
                     "%s: was imported without --keep-secrets, %s does not belong to it",
                     job->capture, job->secrets);
    if (rc == 0)
        rc = seal_key_load(key, job->seal_key, false, err);
    if (rc < 0)
        return rc;
    rc = originals_load(ret, job->secrets, key, id, job->capture, err);
    key_forget(key, sizeof key);
    return rc;
}

int replay_job_run(const struct replay_job *job, struct replay_summary *ret, struct err *err)
{
    /* Declared first, released last: the locks outlive the store's handles. */
    AUTO(file_unlock) int old_lock = -1;
    AUTO(file_unlock) int lock = -1;
    AUTO(store_closep) struct store *capture = NULL;
    AUTO(store_closep) struct store *run = NULL;
    AUTO(identity_pool_freep) struct identity_pool *pool = NULL;
    AUTO(originals_freep) struct originals *originals = NULL;
    unsigned char key[VEIL_KEY_BYTES];
    struct replay_options options = job->options;

    int rc = store_open(&capture, job->capture, false, err);
    if (rc == 0 && job->accounts)
        rc = identity_pool_load(&pool, job->accounts, err);
    if (rc == 0 && job->secrets)
        rc = load_originals(&originals, job, capture, err);
    if (rc == 0)
        rc = veil_key_load(key, NULL, err);
    if (rc == 0 && file_exists(job->out))
        rc = file_lock(&old_lock, job->out, err);
    if (rc == 0)
        rc = open_run(&run, job, err);
    if (rc == 0 && old_lock < 0)
        rc = file_lock(&lock, job->out, err);
    if (rc == 0 && !options.resume)
        rc = facts_put_target(run, options.target, err);
    if (rc == 0)
        rc = store_commit(run, err);
    if (rc < 0)
        return rc;
    if (!pool && job->accounts_made)
        pool = identity_pool_make(job->accounts_made, options.seed, key);
    options.identities = pool;
    options.veil_key = key;
    options.originals = originals;
    rc = replay_run(capture, run, &options, ret, err);
    key_forget(key, sizeof key);
    struct err noting = ERR_INIT;
    int noted = bindings_put(run, capture, ret, &noting);
    if (rc == 0 && noted < 0)
        return err_set(err, noted, "%s", noting.text);
    return rc;
}
