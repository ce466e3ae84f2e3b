#include "support/check.h"

#include "html_tags.h"
#include "places.h"
#include "rehearse/base/strbuf.h"
#include "shape.h"

/* A visitor that writes down what it is shown and gives "NEW" to names that begin with 't'. */
struct log {
    struct strbuf text;
    bool change;
};

static struct span note(void *ctx, const struct place *place)
{
    static const char *const kinds[] = { "query", "form", "json", "input", "meta", "script" };
    struct log *log = ctx;
    strbuf_addf(&log->text, "%s %.*s=%.*s", kinds[place->kind], SPAN_ARG(place->name),
                SPAN_ARG(place->value));
    if (place->hidden)
        strbuf_add_str(&log->text, " hidden");
    if (!span_is_none(place->action))
        strbuf_addf(&log->text, " to \"%.*s\"", SPAN_ARG(place->action));
    strbuf_add_char(&log->text, ';');
    return log->change && place->name.len && place->name.ptr[0] == 't' ? SPAN("N\"&W") : SPAN_NONE;
}

typedef struct span walk_fn(struct span text, const struct places *walk);

static struct span any_body(struct span text, const struct places *walk)
{
    return body_places(text, SPAN_NONE, walk);
}

static struct span boundary_b(struct span text, const struct places *walk)
{
    return multipart_places(text, SPAN("b"), walk);
}

static const struct row {
    walk_fn *walk;
    const char *text, *shown, *changed; /* changed NULL: not looked at */
} rows[] = {
    { url_places, "/a?b=1&t=2%20x#t=3", "query b=1;query t=2 x;query t=3;",
      "/a?b=1&t=N%22%26W#t=N%22%26W" },
    { url_places, "/a;t=1?x", "query t=1;", "/a;t=N%22%26W?x" },
    { url_places, "/a?n=/b?t=1&c=2", "query n=/b?t=1;query t=1;query c=2;",
      "/a?n=/b?t=N%22%26W&c=2" },
    { url_places, "/a?n=%2Fb%3Ft%3D1", "query n=/b?t=1;query t=1;",
      "/a?n=%2Fb%3Ft%3DN%2522%2526W" },
    { url_places, "</x?t=1>; rel=\"next\"", "query t=1;", NULL },
    { url_places, "no items", "", NULL },
    { form_places, "a=1&t=%C3%A4+b&c&=d", "form a=1;form t=ä b;form =d;", "a=1&t=N%22%26W&c&=d" },
    { json_places, "{\"a\":1, \"t\" : \"x\\ny\", \"o\":{\"t\":2.5e1}, \"n\":null, \"b\":true}",
      "json a=1;json t=x\ny;json t=2.5e1;",
      "{\"a\":1, \"t\" : \"N\\\"&W\", \"o\":{\"t\":\"N\\\"&W\"}, \"n\":null, \"b\":true}" },
    { json_places, "{\"a\":\"{\\\"t\\\":\\\"x\\\"}\"}", "json a={\"t\":\"x\"};script t=x;",
      "{\"a\":\"{\\\"t\\\":\\\"N\\\\\\\"&W\\\"}\"}" },
    { json_places, "[\"a\",{\"t\":\"cut", "json t=cut;", "[\"a\",{\"t\":\"N\\\"&W\"" },
    { json_places, ")]}',\n{\"t\":\"x\"}\n{\"t\":\"y\"}", "json t=x;json t=y;",
      ")]}',\n{\"t\":\"N\\\"&W\"}\n{\"t\":\"N\\\"&W\"}" },
    { script_places, "var t = 'x', o = { u: \"y\", 't' : 'z' }; if (t == 1) n();",
      "script t=x;script u=y;script t=z;",
      "var t = \"N\\\"&W\", o = { u: \"y\", 't' : \"N\\\"&W\" }; if (t == 1) n();" },
    { html_places,
      "<p title='a=b'><form action=/x?y&amp;z><INPUT TYPE=HIDDEN NAME=t "
      "VALUE='1&amp;2'></form><input name=u value=v>",
      "query a=b;input t=1&2 hidden to \"/x?y&z\";input u=v;", NULL },
    { html_places, "<meta property='og' content=c><meta name=t content=c><div data-t=d data-u>",
      "meta og=c;meta t=c;meta t=d;", NULL },
    { html_places, "<a href=\"/x?a=1&amp;t=2\">", "query a=1;query t=2;",
      "<a href=\"/x?a=1&amp;t=N%22%26W\">" },
    { html_places,
      "<!-- <input name=t value=1> --><script>t = \"<input name=u value=2>\"</SCRIPT ><input "
      "name=w "
      "value=3",
      "input t=1;script t=<input name=u value=2>;input w=3;",
      "<!-- <input name=t value=\"N&quot;&amp;W\"> --><script>t = \"N\\\"&W\"</SCRIPT ><input "
      "name=w value=3" },
    { boundary_b,
      "--b\r\nContent-Disposition: form-data; "
      "name=\"t\"\r\n\r\nx\r\ny\r\n--b\r\nContent-Disposition: "
      "form-data; name=f; filename=\"t\"\r\n\r\nz\r\n--b--",
      "form t=x\r\ny;",
      "--b\r\nContent-Disposition: form-data; "
      "name=\"t\"\r\n\r\nN\"&W\r\n--b\r\nContent-Disposition: "
      "form-data; name=f; filename=\"t\"\r\n\r\nz\r\n--b--" },
    { any_body, " {\"t\":\"x\"}", "json t=x;", " {\"t\":\"N\\\"&W\"}" },
    { any_body, "user[t]=1&u=2", "form user[t]=1;form u=2;", NULL },
    { any_body, "what you say = nothing", "", NULL },
    { any_body, "\x89PNG\r\n=", "", NULL },
};

static void test_places__are_shown_decoded_and_written_back_encoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(arena_release) struct arena arena = ARENA_INIT;
        struct log seen = { STRBUF_INIT, false }, again = { STRBUF_INIT, true };
        struct span text = span_of(rows[i].text);
        struct span same =
            rows[i].walk(text, &(struct places){ .visit = note, .ctx = &seen, .arena = &arena });
        struct span changed =
            rows[i].walk(text, &(struct places){ .visit = note, .ctx = &again, .arena = &arena });
        /* What is only read is the very same text. */
        check_row(same.ptr == text.ptr && same.len == text.len, rows[i].text);
        check_span(strbuf_span(&seen.text), rows[i].shown);
        if (rows[i].changed)
            check_span(changed, rows[i].changed);
        strbuf_release(&seen.text);
        strbuf_release(&again.text);
    }
}

static void test_place_leaf__is_the_innermost_name(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        { "password", "password" },
        { "user[password]", "password" },
        { "a[b][c]", "c" },
        { "emails[]", "emails" },
        { "emails[0]", "emails" },
        { "user.password", "password" },
        { "[", "[" },
        { "]", "]" },
        { "", "" },
        { "a.", "a." },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_span(place_leaf(span_of(names[i][0])), names[i][1]);
}

/*
 * Hostile texts: a megabyte of what makes a careless walk look at the rest again
 * and again. A quadratic walk would not end within the test's time limit.
 */
static void test_places__take_linear_time(void **state)
{
    (void)state;
    static const char *const units[] = {
        "a=",       "?a=",     "a=?",         "%3D=",   "&a=%3Fb%3D", "\"",   "\"a\":\"",
        "\\\"",     "<",       "<a ",         "<a b='", "<script>",   "<!--", "<input name=",
        "</script", "--b\r\n", "--b\r\n\r\n", "=\n",    "a:",         "'",    "&amp;",
        "[",        "{\"a\":",
    };
    static walk_fn *const walks[] = { url_places,  form_places, json_places, script_places,
                                      html_places, boundary_b,  any_body };
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
        while (text.len < 1000000)
            strbuf_add_str(&text, units[u]);
        for (size_t w = 0; w < sizeof walks / sizeof *walks; w++) {
            AUTO(arena_release) struct arena arena = ARENA_INIT;
            struct log seen = { STRBUF_INIT, false };
            walks[w](strbuf_span(&text),
                     &(struct places){ .visit = note, .ctx = &seen, .arena = &arena });
            assert_true(seen.text.len < 64u * 1000000);
            assert_true(arena.used < 64u * 1000000);
            strbuf_release(&seen.text);
        }
    }
}

static void test_html__entities_are_undone_and_others_stay(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        { "a&amp;b", "a&b" },
        { "&quot;&#39;&#x27;&apos;", "\"'''" },
        { "&lt;&gt;", "<>" },
        { "&nbsp;x", "&nbsp;x" },
        { "&#0;&#999;", "&#0;&#999;" },
        { "&", "&" },
        { "&#x;", "&#x;" },
        { "&#x2B", "&#x2B" },
        { "&#43;&AMP;", "+&" },
    };
    AUTO(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_span(html_unescape(span_of(texts[i][0]), &arena), texts[i][1]);
}

static void test_looks_random__tells_words_from_draws(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",
        "de",
        "en-US",
        "EUR",
        "dark",
        "true",
        "1",
        "2026-01-summer-sale-b",
        "variant_b2",
        "Europe/Vienna",
        "accepted:all,marketing",
        "checkout-v2",
        "darkMode",
        "1,2,3,4",
        "20260307",
    };
    static const char *const draws[] = {
        "550e8400-e29b-41d4-a716-446655440000",
        "9f86d081884c7d659a2feaa0c55ad015",
        "1700000000123",
        "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8",
        "abcdefghijklmnopqrstuvwxyz",
        "QxZpLmKwRtYb",
        "4111111111111111",
        "a1b2c3d4e5f6",
        "GA1.2.1234567890.1700000000",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        check_row(!looks_random(span_of(words[i])), words[i]);
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        check_row(looks_random(span_of(draws[i])), draws[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places__are_shown_decoded_and_written_back_encoded),
        cmocka_unit_test(test_place_leaf__is_the_innermost_name),
        cmocka_unit_test(test_places__take_linear_time),
        cmocka_unit_test(test_html__entities_are_undone_and_others_stay),
        cmocka_unit_test(test_looks_random__tells_words_from_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
