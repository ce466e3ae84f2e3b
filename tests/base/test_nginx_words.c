#include "rehearse/base/nginx_words.h"
#include "rehearse/base/strbuf.h"
#include "support/check.h"

/* "word|;|{|}|": every token, words with their line and column. */
static void add_tokens(struct strbuf *out, const char *text, struct arena *arena)
{
    static const char *const marks[] = { [NGINX_SEMICOLON] = ";",
                                         [NGINX_OPEN] = "{",
                                         [NGINX_CLOSE] = "}",
                                         [NGINX_UNCLOSED] = "unclosed" };
    struct nginx_cursor c = nginx_cursor_make(span_of(text));
    struct nginx_word word;
    enum nginx_token token;
    while ((token = nginx_next(&c, &word, arena)) != NGINX_END) {
        if (token == NGINX_WORD) {
            strbuf_addf(out, "%zu:%zu:", word.line, word.column);
            strbuf_add_span(out, word.text);
        } else {
            strbuf_add_str(out, marks[token]);
        }
        strbuf_add_char(out, '|');
        if (token == NGINX_UNCLOSED)
            break;
    }
}

static void test_words__are_told_apart_as_nginx_does(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { "  # all\n\t# of it", "" },
        { "a b;", "1:1:a|1:3:b|;|" },
        { "a{b c;}", "1:1:a|{|1:3:b|1:5:c|;|}|" },
        { "a\n  b;#c\nd", "1:1:a|2:3:b|;|3:1:d|" },
        { "a \"b c;{}#\" 'd\"e';", "1:1:a|1:4:b c;{}#|1:14:d\"e|;|" },
        { "a \"\";", "1:1:a|1:4:|;|" },
        { "a \"x\ny\" z", "1:1:a|1:4:x\ny|2:4:z|" },
        { "a${b}c ${d};", "1:1:a${b}c|1:8:${d}|;|" },
        { "a#b", "1:1:a#b|" },
        { "\"a\\\"b\\\\c\\td\\qe\"", "1:2:a\"b\\c\td\\qe|" },
        { "a\\ b;", "1:1:a\\ b|;|" },
        { "a\\", "1:1:a\\|" },
        { "x \"abc", "1:1:x|unclosed|" },
        { "x \"abc\\\"", "1:1:x|unclosed|" },
        { "${a;b", "1:1:${a;b|" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        AUTO(strbuf_release) struct strbuf out = STRBUF_INIT;
        add_tokens(&out, rows[i][0], &arena);
        check_span(strbuf_span(&out), rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words__are_told_apart_as_nginx_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
