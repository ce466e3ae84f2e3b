#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rehearse/base/file.h"

/* A folder of its own for each test. */
static int make_folder(void **state)
{
    char *folder = test_malloc(64);
    snprintf(folder, 64, "/tmp/rehearse-test-XXXXXX");
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int drop_folder(void **state)
{
    static const char *const inside[] = { "/file", "/a/b", "/a", "" };
    char path[128];
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        snprintf(path, sizeof path, "%s%s", (char *)*state, inside[i]);
        remove(path);
    }
    test_free(*state);
    return 0;
}

static void test_file__written_reads_back_with_its_mode(void **state)
{
    char path[128];
    struct stat st;
    struct err err = ERR_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    assert_false(file_exists(path));
    assert_int_equal(file_write(path, SPAN("one\0two"), 0600, &err), 0);
    assert_int_equal(file_write(path, SPAN("three\0four"), 0600, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    strbuf_add_str(&text, "> ");
    assert_int_equal(file_read(&text, path, 10, &err), 0);
    assert_int_equal(text.len, 12);
    assert_memory_equal(text.buf, "> three\0four", 12);
}

static void test_file__errors_name_the_path(void **state)
{
    char path[128];
    struct err err = ERR_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    assert_int_equal(file_read(&text, path, 10, &err), E_NOT_FOUND);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(file_write(path, SPAN("0123456789a"), 0600, &err), 0);
    assert_int_equal(file_read(&text, path, 10, &err), E_LIMIT);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(file_read(&text, *state, 10, &err), E_IO);
    snprintf(path, sizeof path, "%s/no/file", (char *)*state);
    assert_int_equal(file_write(path, SPAN("x"), 0600, &err), E_IO);
}

static void test_file__folders_are_made_as_deep_as_asked(void **state)
{
    char path[128];
    struct err err = ERR_INIT;
    snprintf(path, sizeof path, "%s/a/b", (char *)*state);
    assert_int_equal(file_make_folder(path, &err), 0);
    assert_int_equal(file_make_folder(path, &err), 0);
    assert_true(file_exists(path));
    snprintf(path, sizeof path, "%s/a/b/file", (char *)*state);
    assert_int_equal(file_write(path, SPAN("x"), 0600, &err), 0);
    assert_int_equal(file_make_folder(path, &err), E_IO);
    assert_non_null(strstr(err.text, "is a file, expected a folder"));
    assert_int_equal(unlink(path), 0);
}

static void test_err__prefix_and_null(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_set(&err, E_FORMAT, "column %d", 7), E_FORMAT);
    assert_int_equal(err_prefix(&err, E_IO, "a.log:%d", 3), E_FORMAT);
    assert_string_equal(err.text, "a.log:3: column 7");
    assert_int_equal(err_set(NULL, E_LIMIT, "x"), E_LIMIT);
    assert_int_equal(err_prefix(NULL, E_IO, "x"), E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file__written_reads_back_with_its_mode, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(test_file__errors_name_the_path, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_file__folders_are_made_as_deep_as_asked, make_folder,
                                        drop_folder),
        cmocka_unit_test(test_err__prefix_and_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
