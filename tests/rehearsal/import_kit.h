#ifndef TESTS_REHEARSAL_IMPORT_KIT_H
#define TESTS_REHEARSAL_IMPORT_KIT_H

/* Logs in a folder of their own for each test, and what an import makes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/rehearsal/import.h"
#include "rehearse/store/store.h"
#include "support/check.h"

enum { LOGS = 24 };

struct place {
    char folder[64];
    char logs[LOGS][96];
    char out[96], second[96];
    const char *paths[LOGS];
    struct import_summary summary;
    struct err err;
};

static inline int set_up(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/rehearse-import-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    for (int i = 0; i < LOGS; i++) {
        snprintf(p->logs[i], sizeof p->logs[i], "%s/%d.log", p->folder, i);
        p->paths[i] = p->logs[i];
    }
    snprintf(p->out, sizeof p->out, "%s/out.capture", p->folder);
    snprintf(p->second, sizeof p->second, "%s/second.capture", p->folder);
    *state = p;
    return 0;
}

static inline int tear_down(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < LOGS; i++)
        unlink(p->logs[i]);
    unlink(p->out);
    unlink(p->second);
    int rc = rmdir(p->folder);
    import_summary_release(&p->summary);
    free(p);
    return rc;
}

static inline void write_log(struct place *p, int log, const char *text)
{
    struct err err = ERR_INIT;
    if (file_write(p->logs[log], span_of(text), 0600, &err) < 0)
        fail_msg("%s", err.text);
}

static inline struct import_options options(struct place *p, size_t logs)
{
    return (struct import_options){ .paths = p->paths,
                                    .path_count = logs,
                                    .out = p->out,
                                    .source = { .format = "combined", .authority = "shop.example" },
                                    .replace = true };
}

static inline int run(struct place *p, const struct import_options *o)
{
    import_summary_release(&p->summary);
    p->err = (struct err)ERR_INIT;
    return import_run(o, &p->summary, &p->err);
}

static inline void must_run(struct place *p, const struct import_options *o)
{
    if (run(p, o) < 0)
        fail_msg("%s", p->err.text);
}

/* "10.0.0.1 … GET /a": second of the day, address, target, status; further text is the user's. */
static inline void add_line(struct strbuf *out, int second, int visitor, const char *target,
                            int status)
{
    strbuf_addf(out,
                "10.0.0.%d - - [02/Mar/2026:%02d:%02d:%02d +0000] \"GET %s HTTP/1.1\" %d 12 \"-\" "
                "\"Agent/1\"\n",
                visitor, second / 3600, second / 60 % 60, second % 60, target, status);
}

/* Every exchange of the file as "session-number target" lines, sessions as they began. */
static inline void list_targets(const char *path, struct strbuf *out)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(store_sessions_closep) struct store_sessions *walk = NULL;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct store_session s;
    if (store_open(&store, path, false, &err) < 0 ||
        store_sessions_open(&walk, store, STORE_BY_START, &err) < 0)
        fail_msg("%s", err.text);
    while (store_sessions_next(walk, &s, &err) == 1) {
        struct exchange *x;
        size_t count;
        assert_int_equal(store_load_session(store, s.id, true, &x, &count, &arena, &err), 0);
        assert_int_equal(count, s.exchanges);
        for (size_t i = 0; i < count; i++)
            strbuf_addf(out, "%.*s ", SPAN_ARG(x[i].request.target));
        strbuf_add_char(out, '\n');
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
