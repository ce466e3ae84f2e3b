#include "csv.h"

struct csv csv_make(struct span text, const char *path, struct arena *arena)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_from(text, 3);
    return (struct csv){ text, path, 0, 1, arena };
}

static bool at_line_end(const struct csv *csv)
{
    return csv->rest.len == 0 || csv->rest.ptr[0] == '\n' ||
           (csv->rest.ptr[0] == '\r' && (csv->rest.len == 1 || csv->rest.ptr[1] == '\n'));
}

static void skip_line_end(struct csv *csv)
{
    if (csv->rest.len && csv->rest.ptr[0] == '\r')
        csv->rest = span_from(csv->rest, 1);
    if (csv->rest.len) {
        csv->rest = span_from(csv->rest, 1);
        csv->next_line++;
    }
}

static void skip_idle_lines(struct csv *csv)
{
    while (csv->rest.len && (at_line_end(csv) || csv->rest.ptr[0] == '#')) {
        while (!at_line_end(csv))
            csv->rest = span_from(csv->rest, 1);
        skip_line_end(csv);
    }
}

/* The length of the quoted text behind the opening quote, -1 when it does not close. */
static ptrdiff_t quoted_length(struct span s, size_t *ret_breaks, size_t *ret_doubled)
{
    for (size_t i = 0; i < s.len; i++) {
        *ret_breaks += s.ptr[i] == '\n';
        if (s.ptr[i] != '"')
            continue;
        if (i + 1 == s.len || s.ptr[i + 1] != '"')
            return (ptrdiff_t)i;
        (*ret_doubled)++;
        i++;
    }
    return -1;
}

static struct span halve_quotes(struct span s, struct arena *arena)
{
    char *text = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        text[len++] = s.ptr[i];
        i += s.ptr[i] == '"';
    }
    text[len] = '\0';
    return span_make(text, len);
}

static int take_quoted(struct csv *csv, struct span *ret, struct err *err)
{
    size_t doubled = 0;
    struct span inner = span_from(csv->rest, 1);
    ptrdiff_t len = quoted_length(inner, &csv->next_line, &doubled);
    if (len < 0)
        return err_set(err, E_FORMAT, "%s:%zu: a quoted value does not end: expected a closing \"",
                       csv->path, csv->line);
    *ret = span_head(inner, (size_t)len);
    if (doubled)
        *ret = halve_quotes(*ret, csv->arena);
    csv->rest = span_from(inner, (size_t)len + 1);
    if (!at_line_end(csv) && csv->rest.ptr[0] != ',')
        return err_set(err, E_FORMAT,
                       "%s:%zu: found text behind a closing quote, expected a comma or the end of "
                       "the line; a quote inside of a value is written twice",
                       csv->path, csv->line);
    return 0;
}

static void take_bare(struct csv *csv, struct span *ret)
{
    size_t len = 0;
    while (len < csv->rest.len && csv->rest.ptr[len] != ',' && csv->rest.ptr[len] != '\n')
        len++;
    *ret = span_trim(span_head(csv->rest, len));
    csv->rest = span_from(csv->rest, len);
}

int csv_next(struct csv *csv, struct span *ret, struct err *err)
{
    int count = 0;

    skip_idle_lines(csv);
    csv->line = csv->next_line;
    if (csv->rest.len == 0)
        return 0;
    for (;;) {
        if (count == CSV_MAX_COLUMNS)
            return err_set(err, E_LIMIT, "%s:%zu: more than %d columns", csv->path, csv->line,
                           CSV_MAX_COLUMNS);
        if (csv->rest.len && csv->rest.ptr[0] == '"') {
            int rc = take_quoted(csv, &ret[count], err);
            if (rc < 0)
                return rc;
        } else {
            take_bare(csv, &ret[count]);
        }
        count++;
        if (csv->rest.len == 0 || csv->rest.ptr[0] != ',')
            break;
        csv->rest = span_from(csv->rest, 1);
    }
    skip_line_end(csv);
    return count;
}
