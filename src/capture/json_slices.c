#include "json_slices.h"

#include <assert.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

/*
 * Two followers walk the document side by side, one for each path. A follower
 * knows how many of the open containers lie on its path; a container that does
 * not is only counted, so a depth that no one has memory for costs one number.
 */
struct follower {
    const char *const *path; /* NULL: follows nothing */
    uint64_t length;         /* of path */
    uint64_t on;             /* open containers that lie on the path, outermost first */
};

/* The value being collected. */
struct collection {
    bool on;
    bool aside;
    bool scalar; /* ends before a delimiter, not behind a bracket */
    bool too_large;
    uint64_t level; /* open containers around it */
    uint64_t values;
    uint64_t line, column;
    size_t from; /* first byte of the chunk not yet in `bytes` */
    struct strbuf bytes;
};

#define KEY_MAX 64 /* no path step is longer */

struct json_slices {
    json_slices_read *read;
    void *ctx; /* borrowed */
    struct span chunk;
    size_t at;           /* into chunk */
    uint64_t before;     /* bytes of the document before the chunk */
    uint64_t line;       /* from 1 */
    uint64_t line_start; /* offset of its first byte */

    uint64_t depth; /* open containers */
    char open[JSON_PATH_MAX +
              1]; /* '{' or '[' of the container at that depth, as deep as a path reaches */
    bool in_string, escaped, in_key, in_scalar;
    bool expect_key;
    bool root_seen, done;
    const char *fault; /* why the scan stopped, or NULL */

    char key[KEY_MAX];
    size_t key_len; /* KEY_MAX and more: too long to match */

    struct follower element, aside;
    struct collection taken;
    struct strbuf aside_bytes;
    bool aside_seen, array_seen;
    uint64_t number, outer, outer_step;
};

static struct follower follower_of(const char *const *path)
{
    struct follower f = { path, 0, 0 };
    while (path && path[f.length])
        f.length++;
    assert(f.length <= JSON_PATH_MAX);
    return f;
}

static bool is_any(const char *step)
{
    return strcmp(step, "[]") == 0;
}

struct json_slices *json_slices_new(const struct json_slices_spec *spec, json_slices_read *read,
                                    void *ctx)
{
    struct json_slices *s = xcalloc(1, sizeof *s);

    s->read = read;
    s->ctx = ctx;
    s->line = 1;
    s->element = follower_of(spec->elements);
    s->aside = follower_of(spec->aside);
    assert(s->element.length > 0 && is_any(spec->elements[s->element.length - 1]));
    while (!is_any(spec->elements[s->outer_step]))
        s->outer_step++;
    s->taken.bytes = (struct strbuf)STRBUF_INIT;
    s->aside_bytes = (struct strbuf)STRBUF_INIT;
    return s;
}

void json_slices_free(struct json_slices *s)
{
    if (!s)
        return;
    strbuf_release(&s->taken.bytes);
    strbuf_release(&s->aside_bytes);
    free(s);
}

struct span json_slices_aside(const struct json_slices *s)
{
    return s->aside_seen ? strbuf_span(&s->aside_bytes) : SPAN_NONE;
}

bool json_slices_found(const struct json_slices *s)
{
    return s->array_seen;
}

static uint64_t column_of(const struct json_slices *s)
{
    return s->before + s->at - s->line_start + 1;
}

static size_t limit_of(const struct collection *c)
{
    return c->aside ? JSON_ASIDE_MAX_BYTES : JSON_SLICE_MAX_BYTES;
}

/* Move what the chunk holds of the value, up to `end`, into the buffer. */
static void keep(struct json_slices *s, size_t end)
{
    struct collection *c = &s->taken;

    if (!c->on)
        return;
    if (!c->too_large && c->bytes.len + (end - c->from) > limit_of(c)) {
        c->too_large = true;
        strbuf_clear(&c->bytes);
    }
    if (!c->too_large)
        strbuf_add(&c->bytes, s->chunk.ptr + c->from, end - c->from);
    c->from = end;
}

static void count_value(struct collection *c)
{
    if (!c->on || ++c->values <= JSON_SLICE_MAX_VALUES)
        return;
    c->too_large = true;
    strbuf_clear(&c->bytes);
}

static void begin(struct json_slices *s, bool aside, bool scalar)
{
    struct collection *c = &s->taken;

    strbuf_clear(&c->bytes);
    c->on = true;
    c->aside = aside;
    c->scalar = scalar;
    c->too_large = false;
    c->level = s->depth;
    c->values = 0;
    c->line = s->line;
    c->column = column_of(s);
    c->from = s->at;
    if (!aside)
        s->number++;
}

static bool step_fits(const struct json_slices *s, const char *step)
{
    if (s->open[s->depth] == '[')
        return is_any(step);
    return s->key_len < KEY_MAX && strlen(step) == s->key_len &&
           memcmp(step, s->key, s->key_len) == 0;
}

/* A value begins here: is it what `f` looks for, or does it hold it? */
static void follow(struct json_slices *s, struct follower *f, bool container, bool scalar)
{
    if (!f->path || f->on != s->depth || s->depth > f->length)
        return;
    if (s->depth > 0 && !step_fits(s, f->path[s->depth - 1]))
        return;
    if (f == &s->element && s->depth == s->outer_step + 1) {
        s->outer++;
        if (s->aside.length > s->outer_step + 1)
            s->aside_seen = false; /* it belonged to the one before */
    }
    if (s->depth == f->length) {
        if (!s->taken.on)
            begin(s, f == &s->aside, scalar);
    } else if (container) {
        f->on = s->depth + 1;
    }
}

static void value_begins(struct json_slices *s, char c)
{
    bool container = c == '{' || c == '[';

    if (s->depth == 0 && s->root_seen)
        s->fault = "more bytes behind the end of the JSON document";
    else if (s->depth == 0 && !container)
        s->fault = "no JSON document: it should begin with {";
    s->root_seen = true;
    if (s->fault)
        return;
    count_value(&s->taken);
    follow(s, &s->element, container, !container && c != '"');
    follow(s, &s->aside, container, !container && c != '"');
}

static void container_opens(struct json_slices *s, char c)
{
    value_begins(s, c);
    s->depth++;
    s->expect_key = c == '{';
    if (s->depth <= JSON_PATH_MAX)
        s->open[s->depth] = c;
    if (c == '[' && s->depth == s->element.length && s->element.on == s->depth)
        s->array_seen = true;
}

static void container_closes(struct json_slices *s, char c)
{
    bool followed = s->element.on == s->depth || s->aside.on == s->depth;

    if (s->depth == 0 || (followed && s->open[s->depth] != (c == '}' ? '{' : '['))) {
        s->fault = "a closing bracket without its opening one";
        return;
    }
    s->depth--;
    s->expect_key = false;
    if (s->element.on > s->depth)
        s->element.on = s->depth;
    if (s->aside.on > s->depth)
        s->aside.on = s->depth;
}

static void string_opens(struct json_slices *s)
{
    s->in_string = true;
    s->in_key = s->expect_key && s->depth <= JSON_PATH_MAX && s->open[s->depth] == '{';
    if (s->in_key)
        s->key_len = 0;
    else
        value_begins(s, '"');
}

static void newline(struct json_slices *s)
{
    s->line++;
    s->line_start = s->before + s->at + 1;
}

static void key_grows(struct json_slices *s, char c)
{
    if (s->key_len < KEY_MAX)
        s->key[s->key_len++] = c;
}

/* Run through a string up to its end or the chunk's; true when the closing quote was passed. */
static bool pass_string(struct json_slices *s)
{
    for (; s->at < s->chunk.len; s->at++) {
        char c = s->chunk.ptr[s->at];
        if (c == '\n')
            newline(s);
        if (c == '"' && !s->escaped) {
            s->at++;
            s->in_string = false;
            return true;
        }
        s->escaped = c == '\\' && !s->escaped;
        if (s->in_key)
            key_grows(s, c);
    }
    return false;
}

/* A byte order mark is no part of the document (RFC 8259, section 8.1). */
static bool is_byte_order_mark(const struct json_slices *s, char c)
{
    uint64_t offset = s->before + s->at;
    return offset < 3 && !s->root_seen && c == "\xEF\xBB\xBF"[offset];
}

/* One byte outside a string. */
static void pass_byte(struct json_slices *s, char c)
{
    bool was_scalar = s->in_scalar;

    s->in_scalar = false;
    switch (c) {
    case '\n':
        newline(s);
        break;
    case ' ':
    case '\t':
    case '\r':
        break;
    case '"':
        string_opens(s);
        break;
    case '{':
    case '[':
        container_opens(s, c);
        break;
    case '}':
    case ']':
        container_closes(s, c);
        break;
    case ',':
        s->expect_key = true;
        break;
    case ':':
        s->expect_key = false;
        break;
    default:
        if (is_byte_order_mark(s, c))
            break;
        s->in_scalar = true;
        if (!was_scalar)
            value_begins(s, c);
    }
    if (!s->fault)
        s->at++;
}

static bool ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The value being collected is complete: what it was, or -1 to go on. */
static int finish(struct json_slices *s, struct json_slice *ret)
{
    struct collection *c = &s->taken;

    keep(s, s->at);
    c->on = false;
    if (c->aside) {
        s->aside_seen = !c->too_large;
        strbuf_clear(&s->aside_bytes);
        strbuf_add_span(&s->aside_bytes, strbuf_span(&c->bytes));
        return -1;
    }
    *ret = (struct json_slice){
        .bytes = c->too_large ? SPAN_NONE : strbuf_span(&c->bytes),
        .line = c->line,
        .column = c->column,
        .number = s->number,
        .outer = s->outer,
    };
    return c->too_large ? JSON_SLICE_TOO_LARGE : JSON_SLICE;
}

static int stop(struct json_slices *s, struct json_slice *ret)
{
    bool begun = s->taken.on && !s->taken.aside;

    s->done = true;
    *ret = (struct json_slice){
        .line = s->line,
        .column = column_of(s),
        .begun_line = begun ? s->taken.line : 0,
        .number = s->number,
        .outer = s->outer,
        .found = s->fault,
    };
    return JSON_SLICES_CUT;
}

/* The next chunk; 0 at the end of the input. */
static int refill(struct json_slices *s, struct err *err)
{
    keep(s, s->at);
    s->before += s->chunk.len;
    s->chunk = SPAN_NONE;
    s->at = 0;
    s->taken.from = 0;
    return s->read(s->ctx, &s->chunk, err);
}

static int at_end(struct json_slices *s, struct json_slice *ret)
{
    if (s->in_string)
        s->fault = "the document ends inside a string";
    else if (s->depth > 0)
        s->fault = "the document ends before its brackets are closed";
    if (s->fault)
        return stop(s, ret);
    s->done = true;
    return JSON_SLICES_END;
}

/* Pass over one string part or byte; is the value being collected now complete? */
static bool advance(struct json_slices *s)
{
    struct collection *c = &s->taken;

    if (s->in_string) {
        bool was_key = s->in_key;
        if (!pass_string(s))
            return false;
        s->in_key = false;
        return !was_key && c->on && s->depth == c->level;
    }
    char byte = s->chunk.ptr[s->at];
    if (c->on && c->scalar && ends_scalar(byte))
        return true; /* the delimiter is not the value's */
    pass_byte(s, byte);
    return c->on && !c->scalar && s->depth == c->level && !s->in_string;
}

int json_slices_next(struct json_slices *s, struct json_slice *ret, struct err *err)
{
    while (!s->done) {
        if (s->at == s->chunk.len) {
            int rc = refill(s, err);
            if (rc < 0)
                return rc;
            if (rc == 0)
                return at_end(s, ret);
            continue;
        }
        bool complete = advance(s);
        if (s->fault)
            return stop(s, ret);
        if (complete) {
            int outcome = finish(s, ret);
            if (outcome >= 0)
                return outcome;
        }
    }
    return JSON_SLICES_END;
}
