/*
 * The public suite of structured fields (github.com/httpwg/structured-field-tests, kept
 * beside this tree): what it calls valid reads to the values it expects, what it calls
 * invalid does not read, and the expected values are written in the form it calls
 * canonical. Skipped where the suite is not there; SF_SUITE names another folder.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/base/file.h"
#include "structured_parts.h"

enum { PARSING_CASES = 1591, SERIALISATION_CASES = 544 };

struct suite_case {
    struct span name;
    enum sf_field_type type;
    struct span raw;       /* lines joined; SPAN_NONE in serialisation cases */
    struct span canonical; /* SPAN_NONE where it is the raw one */
    struct span expected;  /* JSON */
    bool must_fail, can_fail;
};

static struct span joined_lines(struct json_cursor *c, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf lines = STRBUF_INIT;
    json_enter_array(c);
    for (bool first = true; json_next_element(c); first = false) {
        if (!first)
            strbuf_add_str(&lines, ", ");
        strbuf_add_span(&lines, json_unescape(json_take(c).raw, arena));
    }
    return arena_copy(arena, strbuf_span(&lines));
}

static enum sf_field_type field_type(struct span name)
{
    if (span_eq(name, SPAN("item")))
        return SF_FIELD_ITEM;
    return span_eq(name, SPAN("list")) ? SF_FIELD_LIST : SF_FIELD_DICTIONARY;
}

static struct suite_case read_case(struct json_cursor *c, struct arena *arena)
{
    struct suite_case s = { 0 };
    struct span key;
    json_enter_object(c);
    while (json_next_member(c, &key)) {
        if (span_eq(key, SPAN("raw")))
            s.raw = joined_lines(c, arena);
        else if (span_eq(key, SPAN("canonical")))
            s.canonical = joined_lines(c, arena);
        else if (span_eq(key, SPAN("header_type")))
            s.type = field_type(json_take(c).raw);
        else if (span_eq(key, SPAN("name")))
            s.name = json_take(c).raw;
        else if (span_eq(key, SPAN("expected")))
            s.expected = json_take(c).raw;
        else if (span_eq(key, SPAN("must_fail")))
            s.must_fail = json_take(c).type == JSON_TRUE;
        else if (span_eq(key, SPAN("can_fail")))
            s.can_fail = json_take(c).type == JSON_TRUE;
        else
            fail_msg("the suite has a member this test does not know: %.*s", SPAN_ARG(key));
    }
    return s;
}

static struct span canonical_of(const struct suite_case *s)
{
    return span_is_none(s->canonical) ? s->raw : s->canonical;
}

/* NULL when all is as the suite says, else what is not. */
static const char *judge_parsing(const struct suite_case *s, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct parts found = { 0 };
    bool reads = parts_read(s->raw, s->type, &found, arena);
    bool rewritten = sf_canonical_add(&out, s->raw, s->type);
    if (rewritten != reads)
        return "the canonical form exists and the field does not read, or the reverse";
    if (s->must_fail)
        return reads ? "it reads" : NULL;
    if (!reads)
        return s->can_fail ? NULL : "it does not read";
    struct parts expected = json_parts(s->expected, s->type, arena);
    if (!parts_equal(&found, &expected))
        return "it reads to other values";
    if (!span_eq(strbuf_span(&out), canonical_of(s)))
        return "its canonical form is another";
    strbuf_clear(&out);
    if (!parts_write(&out, &expected, s->type) || !span_eq(strbuf_span(&out), canonical_of(s)))
        return "its expected values are written in another form";
    return NULL;
}

static const char *judge_serialisation(const struct suite_case *s, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
    struct parts expected = json_parts(s->expected, s->type, arena);
    strbuf_add_str(&out, "before ");
    bool written = parts_write(&out, &expected, s->type);
    if (s->must_fail)
        return written || out.len != 7 ? "it is written" : NULL;
    if (!written)
        return "it is not written";
    return span_eq(span_from(strbuf_span(&out), 7), s->canonical) ? NULL
                                                                  : "it is written otherwise";
}

typedef const char *judge_fn(const struct suite_case *s, struct arena *arena);

static unsigned run_file(const char *path, judge_fn *judge)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    unsigned cases = 0, wrong = 0;
    assert_int_equal(file_read(&text, path, 64 << 20, &err), 0);
    struct json_cursor c = json_cursor_make(strbuf_span(&text));
    assert_true(json_enter_array(&c));
    for (; json_next_element(&c); cases++) {
        struct suite_case s = read_case(&c, &arena);
        const char *fault = judge(&s, &arena);
        if (fault)
            print_error("%s: %.*s: %s\n", path, SPAN_ARG(s.name), fault);
        wrong += fault != NULL;
        arena_clear(&arena);
    }
    assert_false(c.failed);
    assert_int_equal(wrong, 0);
    return cases;
}

static const char *suite_folder(void)
{
    const char *named = getenv("SF_SUITE");
    return named ? named : SUITES "/structured-fields";
}

static unsigned run_folder(const char *below, judge_fn *judge)
{
    char folder_path[1024], path[1400];
    unsigned cases = 0;
    snprintf(folder_path, sizeof folder_path, "%s%s", suite_folder(), below);
    DIR *folder = opendir(folder_path);
    assert_non_null(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (!span_ends(span_of(e->d_name), SPAN(".json")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder_path, e->d_name);
        cases += run_file(path, judge);
    }
    closedir(folder);
    return cases;
}

static void test_suite__every_parsing_case(void **state)
{
    (void)state;
    unsigned cases = run_folder("", judge_parsing);
    print_message("structured fields: %u parsing cases passed\n", cases);
    assert_int_equal(cases, PARSING_CASES);
}

static void test_suite__every_serialisation_case(void **state)
{
    (void)state;
    unsigned cases = run_folder("/serialisation-tests", judge_serialisation);
    print_message("structured fields: %u serialisation cases passed\n", cases);
    assert_int_equal(cases, SERIALISATION_CASES);
}

/* What ctest and tests/run take for "skipped". */
enum { SKIPPED = 77 };

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite__every_parsing_case),
        cmocka_unit_test(test_suite__every_serialisation_case),
    };
    DIR *folder = opendir(suite_folder());
    if (!folder) {
        printf("SKIPPED: the suite of structured fields is not at %s\n", suite_folder());
        return SKIPPED;
    }
    closedir(folder);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
