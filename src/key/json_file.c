#include "json_file.h"

#include <inttypes.h>

#include "rehearse/base/text.h"

struct json_file json_file_make(const char *name, struct span text, struct key_draft *draft,
                                struct err *err)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf"))) /* as some editors begin a file */
        text = span_from(text, 3);
    return (struct json_file){ name, json_cursor_make(text), draft, err };
}

static void find_place(const struct json_file *f, const char *place, size_t *ret_line,
                       size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (const char *p = f->cursor.start; p < place; p++) {
        if (*p == '\n') {
            ++*ret_line;
            *ret_column = 0;
        }
        ++*ret_column;
    }
}

int json_fault(struct json_file *f, const char *place, const char *what)
{
    size_t line, column;
    find_place(f, place, &line, &column);
    return err_set(f->err, E_FORMAT, "%s:%zu:%zu: %s", f->name, line, column, what);
}

static void add_found(struct strbuf *out, struct json_cursor c)
{
    switch (json_peek(&c)) {
    case JSON_NONE:
        strbuf_add_str(out, "the end of the file");
        return;
    case JSON_OBJECT:
        strbuf_add_str(out, "an object");
        return;
    case JSON_ARRAY:
        strbuf_add_str(out, "a list");
        return;
    default:
        break;
    }
    struct span rest = span_make(c.at, (size_t)(c.end - c.at));
    struct json_value value = json_take(&c);
    strbuf_add_char(out, '"');
    text_add_printable(out, value.raw.len ? value.raw : span_head(rest, 1), 60);
    strbuf_add_char(out, '"');
}

int json_expected(struct json_file *f, const char *what)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    struct json_cursor c = f->cursor;
    c.failed = false;
    json_peek(&c); /* over the space before the value */
    strbuf_add_str(&text, "found ");
    add_found(&text, c);
    strbuf_addf(&text, ", expected %s", what);
    return json_fault(f, c.at, text.buf);
}

/* Takes a null; false when the value is something else. */
static bool take_null(struct json_file *f)
{
    if (json_peek(&f->cursor) != JSON_NULL)
        return false;
    json_skip(&f->cursor);
    return true;
}

static void note_unknown(struct json_file *f, struct span key)
{
    AUTO(strbuf_release) struct strbuf note = STRBUF_INIT;
    size_t line, column;
    if (f->draft->notes.len >= NOTES_MAX) /* before the walk to the line, which takes its time */
        return;
    find_place(f, key.ptr, &line, &column);
    strbuf_addf(&note, "line %zu: \"", line);
    text_add_printable(&note, key, 60);
    strbuf_add_str(&note, "\" is not known here and was passed over");
    draft_note(f->draft, arena_copy(f->draft->arena, strbuf_span(&note)));
}

static int read_member(struct json_file *f, struct span key, const struct json_member *members)
{
    const struct json_member *m = members;
    while (m->key && !span_eq(key, span_of(m->key)))
        m++;
    if (!m->key) {
        note_unknown(f, key);
        json_skip(&f->cursor);
        return f->cursor.failed ? json_expected(f, "a JSON value") : 0;
    }
    if (take_null(f))
        return 0;
    return m->read(f, m->into);
}

int json_read_object(struct json_file *f, const struct json_member *members)
{
    struct span key;
    size_t count = 0;
    if (json_peek(&f->cursor) != JSON_OBJECT || !json_enter_object(&f->cursor))
        return json_expected(f, "an object");
    while (json_next_member(&f->cursor, &key)) {
        if (++count > KEY_SOURCE_ITEMS_MAX)
            return json_fault(f, key.ptr, "more members than any such file has");
        int rc = read_member(f, key, members);
        if (rc < 0)
            return rc;
    }
    return f->cursor.failed ? json_expected(f, "a member of the object, or its end") : 0;
}

int json_read_root(struct json_file *f, const struct json_member *members)
{
    int rc = json_read_object(f, members);
    if (rc < 0)
        return rc;
    return json_peek(&f->cursor) == JSON_NONE ? 0 : json_expected(f, "the end of the file");
}

int json_read_array(struct json_file *f, json_read_fn *read, void *into)
{
    size_t count = 0;
    if (json_peek(&f->cursor) != JSON_ARRAY || !json_enter_array(&f->cursor))
        return json_expected(f, "a list");
    while (json_next_element(&f->cursor)) {
        if (++count > KEY_SOURCE_ITEMS_MAX)
            return json_expected(f, "a list of at most 10000");
        int rc = read(f, into);
        if (rc < 0)
            return rc;
    }
    return f->cursor.failed ? json_expected(f, "an element of the list, or its end") : 0;
}

int json_read_bool(struct json_file *f, void *into)
{
    enum json_type type = json_peek(&f->cursor);
    if (type != JSON_TRUE && type != JSON_FALSE)
        return json_expected(f, "true or false");
    json_skip(&f->cursor);
    *(bool *)into = type == JSON_TRUE;
    return 0;
}

int json_read_seconds(struct json_file *f, void *into)
{
    struct json_cursor c = f->cursor;
    if (json_peek(&c) != JSON_NUMBER || !span_to_i64(json_take(&c).raw, into))
        return json_expected(f, "a whole number");
    f->cursor = c;
    return 0;
}

int json_read_text(struct json_file *f, void *into)
{
    struct json_cursor c = f->cursor;
    struct json_value value = { .type = JSON_NONE };
    if (json_peek(&c) == JSON_STRING)
        value = json_take(&c);
    if (value.type != JSON_STRING)
        return json_expected(f, "a text in quotes");
    *(struct span *)into = arena_copy(f->draft->arena, json_unescape(value.raw, f->draft->arena));
    f->cursor = c;
    return 0;
}

static int read_one_text(struct json_file *f, void *into)
{
    struct span text;
    int rc = json_read_text(f, &text);
    if (rc < 0)
        return rc;
    return texts_add(into, f->draft->arena, text) ? 0 : json_expected(f, "at most 10000 names");
}

int json_read_texts(struct json_file *f, void *into)
{
    return json_read_array(f, read_one_text, into);
}

int json_pass_over(struct json_file *f, void *into)
{
    (void)into;
    json_skip(&f->cursor);
    return f->cursor.failed ? json_expected(f, "a JSON value") : 0;
}
