/* A key policy in words, for who has to check that it is the right one. */
#include "rehearse/base/text.h"
#include "rehearse/key/key.h"

enum { NAMES_SHOWN = 12, NAME_BYTES = 80 };

static void add_names(struct strbuf *out, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        strbuf_add_str(out, i ? ", " : " ");
        text_add_printable(out, names[i], NAME_BYTES);
    }
    if (count > NAMES_SHOWN)
        strbuf_addf(out, " and %zu more", count - NAMES_SHOWN);
}

static void begin(struct strbuf *out, size_t start, const char *what)
{
    if (out->len > start)
        strbuf_add_str(out, "; ");
    strbuf_add_str(out, what);
}

static void add_path(struct strbuf *out, size_t start, unsigned bits)
{
    static const struct {
        unsigned bit;
        const char *what;
    } words[] = {
        { KEY_PATH_FOLD, "case" },
        { KEY_PATH_PERCENT, "escapes" },
        { KEY_PATH_DECODE, "encoding" },
        { KEY_PATH_DOTS, "dot segments" },
        { KEY_PATH_SLASHES, "slashes" },
        { KEY_PATH_TRAILING, "a slash at the end" },
        { KEY_PATH_LEADING, "slashes in front" },
    };
    const char *before = " whatever its ";
    if (bits & KEY_PATH_NONE)
        return;
    begin(out, start, "path");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!(bits & words[i].bit))
            continue;
        strbuf_addf(out, "%s%s", before, words[i].what);
        before = ", ";
    }
}

static void add_query(struct strbuf *out, size_t start, const struct key_policy *policy)
{
    static const char *const words[] = {
        [KEY_QUERY_ALL] = "query",
        [KEY_QUERY_NONE] = "no query",
        [KEY_QUERY_KEEP] = "of the query only",
        [KEY_QUERY_DROP] = "query without",
    };
    begin(out, start, words[policy->query]);
    if (policy->query == KEY_QUERY_KEEP || policy->query == KEY_QUERY_DROP)
        add_names(out, policy->query_names, policy->query_count);
    if (policy->query_sort && policy->query != KEY_QUERY_NONE)
        strbuf_add_str(out, " in any order");
}

static void add_input(struct strbuf *out, size_t start, const struct key_input *input)
{
    static const char *const places[] = {
        [KEY_HEADER] = "header ",
        [KEY_COOKIE] = "cookie ",
        [KEY_PARAMETER] = "query parameter ",
        [KEY_MADE] = "variable ",
    };
    static const struct {
        const char *before, *behind; /* the name; values follow */
    } rules[] = {
        [KEY_VALUE] = { "", "" },
        [KEY_TEXT] = { "", "" },
        [KEY_FOLDED] = { "", " in any case" },
        [KEY_PRESENCE] = { "whether there is ", "" },
        [KEY_CONTAINS] = { "", " by whether it contains" },
        [KEY_UNLESS] = { "", " unless it is" },
        [KEY_LANGUAGE] = { "", " as the best of" },
        [KEY_FIRST_LANGUAGE] = { "first language of ", "" },
        [KEY_ENCODING] = { "", " as the first of" },
        [KEY_ENCODINGS] = { "", " by which it accepts of" },
        [KEY_DEVICE] = { "class of device of ", "" },
        [KEY_IS_DEVICE] = { "", " by whether it is" },
    };
    begin(out, start, rules[input->rule].before);
    strbuf_add_str(out, places[input->place]);
    text_add_printable(out, input->name, NAME_BYTES);
    strbuf_add_str(out, rules[input->rule].behind);
    if (input->value_count && input->rule >= KEY_CONTAINS)
        add_names(out, input->values, input->value_count);
}

static void add_cookies(struct strbuf *out, size_t start, const struct key_policy *policy)
{
    bool drop = policy->cookie_mode == KEY_COOKIES_DROP;
    if (!drop && !policy->cookie_count)
        return;
    begin(out, start, !drop ? "cookies" : policy->cookie_count ? "all cookies but" : "all cookies");
    add_names(out, policy->cookies, policy->cookie_count);
}

void key_policy_add_words(struct strbuf *out, const struct key_policy *policy)
{
    size_t start = out->len;
    if (policy->method != KEY_METHOD_NO)
        begin(out, start, "method");
    if (policy->scheme)
        begin(out, start, "scheme");
    if (!policy->ignore_host)
        begin(out, start, policy->host_count ? "host, some for others" : "host");
    add_path(out, start, policy->path);
    add_query(out, start, policy);
    for (size_t i = 0; i < policy->input_count && i < NAMES_SHOWN; i++)
        add_input(out, start, &policy->inputs[i]);
    if (policy->input_count > NAMES_SHOWN)
        strbuf_addf(out, "; %zu more", policy->input_count - NAMES_SHOWN);
    add_cookies(out, start, policy);
}
