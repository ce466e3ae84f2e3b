#include "merge.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/strbuf.h"

/* Further sources wait closed; each open one has buffers and perhaps a decompressor. */
enum { OPEN_MAX = 16 };

struct merge_source {
    const char *path;      /* borrowed */
    struct source *source; /* owned; NULL while it waits, and after its end */
    struct arena arena;    /* of `item` */
    struct source_item item;
    enum source_outcome outcome; /* of `item`; SOURCE_END when done */
    int64_t key;        /* when `item` began; for one without a time that of the one before */
    bool broken;        /* the file breaks off: its last item, a rejected one, is out */
    bool waiting;       /* closed again: `item` is not there, `key` is its first record's */
    struct span format; /* static */
    struct strbuf evidence;
    uint64_t bytes_read, bytes_total;
};

struct merge {
    struct merge_source *sources; /* owned */
    size_t count;
    size_t *heap; /* owned; indexes of sources that have something, the earliest first */
    size_t heap_len;
    bool given; /* the item of heap[0] was handed out, and is to be replaced */
    struct source_options options;
};

/* ---- the heap ---- */

static bool before(const struct merge *m, size_t a, size_t b)
{
    const struct merge_source *x = &m->sources[a], *y = &m->sources[b];
    /* What is no exchange goes first: it is only counted, and its place in its own source is kept.
     */
    bool x_now = x->outcome != SOURCE_EXCHANGE, y_now = y->outcome != SOURCE_EXCHANGE;
    if (x_now != y_now)
        return x_now;
    return x->key != y->key ? x->key < y->key : a < b;
}

static void swap(struct merge *m, size_t a, size_t b)
{
    size_t held = m->heap[a];
    m->heap[a] = m->heap[b];
    m->heap[b] = held;
}

static void sink(struct merge *m, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;
        if (left < m->heap_len && before(m, m->heap[left], m->heap[least]))
            least = left;
        if (right < m->heap_len && before(m, m->heap[right], m->heap[least]))
            least = right;
        if (least == at)
            return;
        swap(m, at, least);
        at = least;
    }
}

/* ---- one source ---- */

/* The bytes are remembered: a closed source still counts in the progress. */
static void close_source(struct merge_source *s)
{
    s->bytes_total = source_bytes_total(s->source);
    s->bytes_read = s->bytes_total;
    source_close(s->source);
    s->source = NULL;
    arena_release(&s->arena);
}

/*
 * A file that breaks off (a rotated log still being compressed) is told as one more
 * rejected record: what came before is traffic all the same, and --strict makes it fatal.
 */
static int break_off(struct merge_source *s, const struct err *err)
{
    s->broken = true;
    s->item = (struct source_item){
        .reason = SPAN("the file breaks off here"),
        .detail = arena_copy(&s->arena, span_of(err->text)),
    };
    return SOURCE_REJECTED;
}

static int refill(struct merge_source *s, struct err *err)
{
    arena_clear(&s->arena);
    struct err why = ERR_INIT;
    int outcome = s->broken ? SOURCE_END : source_next(s->source, &s->item, &s->arena, &why);
    if (outcome == E_FORMAT)
        outcome = break_off(s, &why);
    if (outcome < 0)
        return err_set(err, outcome, "%s", why.text);
    s->outcome = (enum source_outcome)outcome;
    if (outcome == SOURCE_EXCHANGE && s->item.exchange.start_us != 0)
        s->key = s->item.exchange.start_us;
    if (outcome == SOURCE_END)
        close_source(s);
    return 0;
}

static int open_source(const struct merge *m, struct merge_source *s, struct err *err)
{
    strbuf_clear(&s->evidence);
    int rc = source_open(&s->source, s->path, &m->options, &s->evidence, err);
    if (rc < 0)
        return rc;
    s->format = span_of(source_format_name(s->source));
    return refill(s, err);
}

/* Go to the first exchange for its time, then close: what was passed comes again when it is opened
 * for good. */
static int park(struct merge_source *s, struct err *err)
{
    /* A file that begins with very much that is no request is opened early instead. */
    enum { LOOK_AT = 1000 };
    for (int i = 0; i < LOOK_AT && s->source && s->outcome != SOURCE_EXCHANGE; i++) {
        int rc = refill(s, err);
        if (rc < 0)
            return rc;
    }
    if (!s->source)
        s->key = INT64_MIN;
    else
        close_source(s);
    s->bytes_read = 0;
    s->waiting = true;
    s->outcome = SOURCE_EXCHANGE;
    return 0;
}

/* ---- all of them ---- */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Among rotated logs the newest is often empty: that is no reason to refuse the others. */
static bool is_empty(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

int merge_open(struct merge **ret, const char *const *paths, size_t count,
               const struct source_options *options, struct err *err)
{
    AUTO(merge_closep) struct merge *m = xcalloc(1, sizeof *m);
    m->sources = xcalloc(count, sizeof *m->sources);
    m->heap = xcalloc(count, sizeof *m->heap);
    m->options = *options;
    for (; m->count < count; m->count++) {
        struct merge_source *s = &m->sources[m->count];
        s->path = paths[m->count];
        s->evidence = (struct strbuf)STRBUF_INIT;
        s->key = INT64_MIN;
    }
    for (size_t i = 0; i < count; i++) {
        struct merge_source *s = &m->sources[i];
        if (count > 1 && is_empty(s->path)) {
            s->format = SPAN("empty");
            strbuf_add_str(&s->evidence, "nothing was logged yet");
            continue;
        }
        int rc = open_source(m, s, err);
        if (rc == 0 && count > OPEN_MAX && s->source && !is_stdin(s->path))
            rc = park(s, err);
        if (rc < 0)
            return rc;
        if (s->outcome != SOURCE_END)
            m->heap[m->heap_len++] = i;
    }
    for (size_t i = m->heap_len; i-- > 0;)
        sink(m, i);
    *ret = m;
    m = NULL;
    return 0;
}

void merge_close(struct merge *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++) {
        source_close(m->sources[i].source);
        arena_release(&m->sources[i].arena);
        strbuf_release(&m->sources[i].evidence);
    }
    free(m->sources);
    free(m->heap);
    free(m);
}

/* The top's item is used up, or not there yet: get the next one and put the source where it
 * belongs. */
static int advance_top(struct merge *m, struct err *err)
{
    struct merge_source *s = &m->sources[m->heap[0]];
    int rc = s->waiting ? open_source(m, s, err) : refill(s, err);
    if (rc < 0)
        return rc;
    s->waiting = false;
    if (s->outcome == SOURCE_END)
        m->heap[0] = m->heap[--m->heap_len];
    sink(m, 0);
    return 0;
}

int merge_next(struct merge *m, struct source_item **ret, size_t *ret_source, struct err *err)
{
    if (m->given) {
        m->given = false;
        int rc = advance_top(m, err);
        if (rc < 0)
            return rc;
    }
    while (m->heap_len && m->sources[m->heap[0]].waiting) {
        int rc = advance_top(m, err);
        if (rc < 0)
            return rc;
    }
    if (m->heap_len == 0)
        return SOURCE_END;
    struct merge_source *s = &m->sources[m->heap[0]];
    m->given = true;
    *ret = &s->item;
    *ret_source = m->heap[0];
    return (int)s->outcome;
}

struct arena *merge_arena(struct merge *m, size_t source)
{
    return &m->sources[source].arena;
}

struct span merge_format(const struct merge *m, size_t source)
{
    return m->sources[source].format;
}

struct span merge_evidence(const struct merge *m, size_t source)
{
    return strbuf_span(&m->sources[source].evidence);
}

uint64_t merge_bytes(const struct merge *m, uint64_t *ret_total)
{
    uint64_t read = 0, total = 0;
    bool known = true;
    for (size_t i = 0; i < m->count; i++) {
        const struct merge_source *s = &m->sources[i];
        uint64_t all = s->source ? source_bytes_total(s->source) : s->bytes_total;
        read += s->source ? source_bytes_read(s->source) : s->bytes_read;
        total += all;
        known &= all > 0;
    }
    *ret_total = known ? total : 0;
    return read;
}
