#include <stdio.h>

#include "commands.h"
#include "inspect_bindings.h"
#include "inspect_faults.h"
#include "inspect_ledger.h"
#include "inspect_secrets.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cli/cli.h"
#include "rehearse/http/date.h"
#include "rehearse/store/store.h"

static void print_line(const char *name, const struct strbuf *value)
{
    printf("%-12s %s\n", name, value->buf);
}

static void print_totals(struct store *store, const struct store_totals *t)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    printf("%-12s %s\n", "file", store_path(store));
    printf("%-12s %s\n", "kind", store_kind_name(store_kind(store)));
    text_add_count(&text, t->sessions);
    print_line("sessions", &text);
    strbuf_clear(&text);
    text_add_count(&text, t->exchanges);
    print_line("exchanges", &text);
    strbuf_clear(&text);
    text_add_count(&text, t->skipped);
    strbuf_add_str(&text, " skipped, ");
    text_add_count(&text, t->rejected);
    strbuf_add_str(&text, " rejected");
    print_line("left out", &text);
    strbuf_clear(&text);
    iso_time_add(&text, t->first_us);
    strbuf_add_str(&text, " to ");
    iso_time_add(&text, t->last_us);
    print_line("time", &text);
}

static int print_meta(void *ctx, struct span key, struct span value)
{
    (void)ctx;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    text_add_printable(&text, key, 100);
    strbuf_add_str(&text, " = ");
    text_add_printable(&text, value, 400);
    printf("  %s\n", text.buf);
    return 0;
}

static int print_skipped(void *ctx, struct span source, struct span outcome, struct span reason,
                         uint64_t count)
{
    (void)ctx;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    text_add_count(&text, count);
    strbuf_add_char(&text, ' ');
    text_add_printable(&text, outcome, 40);
    strbuf_add_str(&text, ": ");
    text_add_printable(&text, reason, 200);
    strbuf_add_str(&text, " (");
    text_add_printable(&text, source, 200);
    printf("  %s)\n", text.buf);
    return 0;
}

static int print_sessions(struct store *store, unsigned most, struct err *err)
{
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    struct store_session session;
    int rc = store_sessions_open(&walk, store, STORE_BY_START, err);
    for (unsigned i = 0; rc == 0 && i < most; i++) {
        rc = store_sessions_next(walk, &session, err);
        if (rc <= 0)
            return rc;
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        iso_time_add(&text, session.first_us);
        strbuf_addf(&text, "  %6u exchanges  %s", session.exchanges,
                    session.ended ? "ended  " : "");
        text_add_printable(&text, session.how, 60);
        printf("  %016llx  %s\n", (unsigned long long)session.id, text.buf);
        rc = 0;
    }
    return rc;
}

static void print_exchange(const struct exchange *x)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "%4u  %3d  ", x->seq, x->response.status);
    text_add_printable(&text, x->request.method, 10);
    strbuf_add_char(&text, ' ');
    text_add_printable(&text, x->request.authority, 100);
    text_add_printable(&text, x->request.target, 200);
    if (x->duration_us >= 0) {
        strbuf_add_str(&text, "  ");
        text_add_duration(&text, x->duration_us);
    }
    if (x->note.len) {
        strbuf_add_str(&text, "  # ");
        text_add_printable(&text, x->note, 200);
    }
    printf("%s\n", text.buf);
}

static void print_fields(const char *mark, const struct http_fields *fields)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        text_add_printable(&text, fields->at[i].name, 100);
        strbuf_add_str(&text, ": ");
        text_add_printable(
            &text, span_is_none(fields->at[i].value) ? SPAN("(absent)") : fields->at[i].value, 300);
        printf("          %s %s\n", mark, text.buf);
    }
}

static int print_session(struct store *store, const char *id, bool fields, struct err *err)
{
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct exchange *exchanges;
    size_t count;
    uint64_t number;
    int rc = session_number(id, &number, err);
    if (rc < 0)
        return rc;
    rc = store_load_session(store, number, false, &exchanges, &count, &arena, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        print_exchange(&exchanges[i]);
        if (!fields)
            continue;
        print_fields(">", &exchanges[i].request.fields);
        print_fields("<", &exchanges[i].response.fields);
    }
    return rc;
}

static void print_json(struct store *store, const struct store_totals *t)
{
    printf("{\"kind\": \"%s\", \"sessions\": %llu, \"exchanges\": %llu, \"superseded\": %llu, "
           "\"skipped\": %llu, \"rejected\": %llu, \"first_us\": %lld, \"last_us\": %lld}\n",
           store_kind_name(store_kind(store)), (unsigned long long)t->sessions,
           (unsigned long long)t->exchanges, (unsigned long long)t->superseded,
           (unsigned long long)t->skipped, (unsigned long long)t->rejected, (long long)t->first_us,
           (long long)t->last_us);
}

static int inspect(struct store *store, const struct common *common, unsigned most, struct err *err)
{
    struct store_totals totals;
    int rc = store_totals(store, &totals, err);
    if (rc < 0)
        return rc;
    if (common->json) {
        print_json(store, &totals);
        return 0;
    }
    print_totals(store, &totals);
    printf("facts\n");
    rc = store_each_meta(store, "", print_meta, NULL, err);
    if (rc == 0 && totals.skipped + totals.rejected) {
        printf("records left out\n");
        rc = store_each_skipped(store, print_skipped, NULL, err);
    }
    if (rc < 0)
        return rc;
    printf("sessions (the first %u)\n", most);
    return print_sessions(store, most, err);
}

static int run(const struct command *self, int argc, char **argv)
{
    AUTO(store_closep) struct store *store = NULL;
    const char *session = NULL;
    unsigned most = 10;
    bool fields = false, tolerated = false, bindings = false, ledger = false;
    const char *against = NULL;
    bool secrets = false;
    struct secret_scan_options scan = { 0 };
    AUTO(store_closep) struct store *other = NULL;
    const char *profile = NULL;
    const struct cache_policy *policy = &cache_policy_cdn;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    struct err err = ERR_INIT;
    const struct option options[] = {
        { 's', "session", "ID", "the exchanges of one session", OPTION_TEXT, &session },
        { 0, "fields", NULL, "with their header fields", OPTION_FLAG, &fields },
        { 0, "tolerated", NULL,
          "what is wrong in the answers' cache fields, and how a cache takes it", OPTION_FLAG,
          &tolerated },
        { 0, "profile", "NAME", "whose way of reading them (what CDNs have in common)", OPTION_TEXT,
          &profile },
        { 0, "bindings", NULL, "which values of requests earlier answers of their session gave",
          OPTION_FLAG, &bindings },
        { 0, "against", "CAPTURE",
          "with --bindings: another recording of the same journey; what varies, place by place",
          OPTION_TEXT, &against },
        { 0, "ledger", NULL,
          "every request of a run that may change something: sent or not, answer, undo",
          OPTION_FLAG, &ledger },
        { 0, "secrets", NULL,
          "look through any files and folders for secrets that are not masked; 1 when there are any",
          OPTION_FLAG, &secrets },
        { 0, "accounts", "CSV", "with --secrets: values of this file must not occur either",
          OPTION_TEXT, &scan.accounts },
        { 0, "originals", "FILE", "with --secrets: nor the originals of this side file (FILE.secrets)",
          OPTION_TEXT, &scan.originals },
        { 0, "secrets-key", "FILE", "64 hex digits, the key that sealed the side file", OPTION_TEXT,
          &scan.seal_key },
        { 0, "key", "FILE",
          "with --secrets: the pseudonyms' key; every word is held against the pseudonyms there are",
          OPTION_TEXT, &scan.key },
        { 'n', "sessions", "N", "how many sessions to list (10)", OPTION_COUNT, &most },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (!secrets && (scan.accounts || scan.originals || scan.key || scan.seal_key))
        return usage_error(self, "--accounts, --originals and the keys go with --secrets");
    if (secrets && arguments.len) {
        scan.paths = arguments.at;
        scan.path_count = arguments.len;
        return inspect_secrets(self, &scan, &common);
    }
    if (arguments.len != 1)
        return usage_error(self, "expected one capture, baseline or run");
    if (against && !bindings)
        return usage_error(self, "--against goes with --bindings");
    if (profile) {
        const struct cache_profile *known = cache_profile_named(span_of(profile));
        if (!known)
            return unknown_profile(self, profile);
        policy = known->policy;
    }
    int rc = store_open(&store, arguments.at[0], false, &err);
    if (rc == 0 && against)
        rc = store_open(&other, against, false, &err);
    if (rc == 0 && against)
        rc = inspect_journeys(store, other, common.json, &err);
    else if (rc == 0 && bindings)
        rc = inspect_bindings(store, session, most, common.json, &err);
    else if (rc == 0 && ledger)
        rc = inspect_ledger(store, common.json, &err);
    else if (rc == 0 && tolerated)
        rc = inspect_faults(store, policy, common.json, &err);
    else if (rc == 0)
        rc = session ? print_session(store, session, fields, &err)
                     : inspect(store, &common, most, &err);
    return rc < 0 ? failed(self, &err) : EXIT_GO;
}

const struct command command_inspect = {
    .name = "inspect",
    .arguments = "FILE",
    .summary = "Look into a capture, a baseline or a run",
    .text = "The files are SQLite: sqlite3 FILE 'select * from exchange limit 5' works too.",
    .example = "  rehearse inspect shop.capture\n"
               "  rehearse inspect staging.run --session 1f0c33a2b4d5e6f7 --fields\n"
               "  rehearse inspect staging.run --tolerated --profile varnish\n"
               "  rehearse inspect staging.run --ledger\n"
               "  rehearse inspect shop.capture --bindings\n"
               "  rehearse inspect --secrets shop.capture staging.run report/ --accounts accounts.csv",
    .run = run,
};
