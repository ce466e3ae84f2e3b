#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "explain_profile.h"
#include "rehearse/base/file.h"
#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cli/cli.h"

enum { REPORT_MAX_BYTES = 256 * 1024 * 1024 };

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

static void print_text(const char *label, const cJSON *object, const char *key)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    text_add_printable(&text, value ? span_of(value) : SPAN("(absent)"), 4000);
    printf("%-12s %s\n", label, text.buf);
}

static void print_number(const char *label, const cJSON *object, const char *key, const char *unit)
{
    printf("%-12s %.0f %s\n", label, cJSON_GetNumberValue(cJSON_GetObjectItem(object, key)), unit);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return text ? text : "";
}

/* "why, staging  Cache-Control: private keeps it out of shared caches. (RFC 9111 section 3, rule
 * B-S5)" */
static void print_reason(const char *label, const cJSON *side)
{
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT, shown = STRBUF_INIT;
    const cJSON *why = cJSON_GetObjectItem(side, "why");
    const char *section = text_of(why, "section");
    if (!*text_of(why, "sentence"))
        return;
    strbuf_addf(&text, "%s (%s%srule %s)", text_of(why, "sentence"), section, *section ? ", " : "",
                text_of(why, "rule"));
    text_add_printable(&shown, strbuf_span(&text), 1000);
    printf("%-12s %s\n", label, shown.buf);
}

static void print_forecast(const char *label, const cJSON *forecast)
{
    const cJSON *side = cJSON_GetObjectItem(forecast, "production");
    if (!side)
        return;
    printf("%-12s %s, of %.0f requests\n", "forecast", label,
           cJSON_GetNumberValue(cJSON_GetObjectItem(forecast, "requests")));
    for (; side; side = side->next)
        printf("  %-10s %.1f %% hits, %.0f to the origin, %.0f objects\n", side->string,
               100 * cJSON_GetNumberValue(cJSON_GetObjectItem(side, "hit_ratio")),
               cJSON_GetNumberValue(cJSON_GetObjectItem(side, "origin_requests")),
               cJSON_GetNumberValue(cJSON_GetObjectItem(side, "objects")));
}

/* Of findings about caches: why each side is kept or not, and what comes of it. */
static void print_cache(const cJSON *cache)
{
    const cJSON *forecast = cJSON_GetObjectItem(cache, "forecast");
    print_reason("why, before", cJSON_GetObjectItem(cache, "production"));
    print_reason("why, after", cJSON_GetObjectItem(cache, "staging"));
    print_forecast("here", cJSON_GetObjectItem(forecast, "here"));
    print_forecast("by the splits alone", cJSON_GetObjectItem(forecast, "splits_alone"));
    print_forecast("in total", cJSON_GetObjectItem(forecast, "total"));
}

/* ---- what was tolerated in the finding's field ---- */

static bool same_field(const char *a, const char *b)
{
    return span_ieq(span_of(a), span_of(b));
}

/* The field it is about, or the one that decided in a cache; a cookie's finding is of Set-Cookie.
 */
static bool is_of_field(const cJSON *finding, const char *field)
{
    static const char *const sides[] = { "production", "staging" };
    const cJSON *cache = cJSON_GetObjectItem(finding, "cache");
    if (span_starts(span_of(text_of(finding, "kind")), SPAN("cookie.")))
        return same_field(field, "Set-Cookie");
    for (size_t i = 0; i < 2; i++) {
        const cJSON *why = cJSON_GetObjectItem(cJSON_GetObjectItem(cache, sides[i]), "why");
        if (same_field(field, text_of(why, "field")))
            return true;
    }
    return same_field(field, text_of(finding, "field"));
}

static bool holds_text(const cJSON *list, const char *text)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
            return true;
    }
    return false;
}

static bool share_a_route(const cJSON *finding, const cJSON *told)
{
    const cJSON *route;
    if (cJSON_IsTrue(cJSON_GetObjectItem(told, "more_routes")))
        return true;
    cJSON_ArrayForEach(route, cJSON_GetObjectItem(told, "routes"))
    {
        if (cJSON_IsString(route) &&
            holds_text(cJSON_GetObjectItem(finding, "routes"), route->valuestring))
            return true;
    }
    return false;
}

/* "tolerated    Age: Age is there more than once. (new on staging)", and how often on each side. */
static void print_tolerated(const cJSON *told)
{
    static const char *const sides[] = { "production", "staging" };
    bool is_new = cJSON_IsTrue(cJSON_GetObjectItem(told, "new_on_staging"));
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    text_add_printable(&text, span_of(text_of(told, "field")), 100);
    strbuf_add_str(&text, ": ");
    text_add_printable(&text, span_of(text_of(told, "tolerated")), 300);
    printf("%-12s %s%s\n", "tolerated", text.buf, is_new ? " (new on staging)" : "");
    for (size_t i = 0; i < 2; i++) {
        AUTO(strbuf_release) struct strbuf shown = STRBUF_INIT;
        const cJSON *side = cJSON_GetObjectItem(told, sides[i]);
        double answers = cJSON_GetNumberValue(cJSON_GetObjectItem(side, "answers"));
        if (!(answers > 0))
            continue;
        strbuf_addf(&shown, "%.0f %s, the first: ", answers, answers > 1 ? "answers" : "answer");
        text_add_printable(&shown, span_of(text_of(side, "value")), 300);
        strbuf_add_str(&shown, ", ");
        text_add_printable(&shown, span_of(text_of(side, "taken")), 100);
        printf("  %-10s %s\n", sides[i], shown.buf);
    }
}

static void print_tolerances(const cJSON *finding, const cJSON *tolerances)
{
    const cJSON *told;
    cJSON_ArrayForEach(told, tolerances)
    {
        if (is_of_field(finding, text_of(told, "field")) && share_a_route(finding, told))
            print_tolerated(told);
    }
}

static void print_finding(const cJSON *finding, const cJSON *tolerances)
{
    const cJSON *example;
    print_text("finding", finding, "id");
    print_text("kind", finding, "kind");
    print_text("severity", finding, "severity");
    print_text("what", finding, "title");
    print_text("effect", finding, "effect");
    print_text("route", finding, "route");
    print_text("field", finding, "field");
    print_text("production", finding, "production");
    print_text("staging", finding, "staging");
    print_number("touches", finding, "exchanges", "exchanges");
    print_number("", finding, "sessions", "sessions");
    print_cache(cJSON_GetObjectItem(finding, "cache"));
    print_tolerances(finding, tolerances);
    cJSON_ArrayForEach(example, cJSON_GetObjectItem(finding, "examples"))
    {
        printf("\n");
        print_text("example", example, "url");
        print_text("production", example, "production");
        print_text("staging", example, "staging");
        print_text("ask", example, "curl_production");
        print_text("", example, "curl_staging");
        print_text("session", example, "session");
    }
}

static void free_text(char **text)
{
    cJSON_free(*text);
}

static bool is_meant(const cJSON *finding, const char *id)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(finding, "id"));
    return name && (!id || strncmp(name, id, strlen(id)) == 0);
}

/* An array of those whose id begins so, each as the report has it. */
static void print_json(const cJSON *findings, const char *id)
{
    const cJSON *finding;
    bool any = false;
    printf("[");
    cJSON_ArrayForEach(finding, findings)
    {
        if (!is_meant(finding, id))
            continue;
        AUTO(free_text) char *text = cJSON_PrintUnformatted(finding);
        printf("%s%s", any ? ",\n " : "\n ", text ? text : "null");
        any = true;
    }
    printf("]\n");
}

static bool any_is_meant(const cJSON *findings, const char *id)
{
    const cJSON *finding;
    cJSON_ArrayForEach(finding, findings)
    {
        if (is_meant(finding, id))
            return true;
    }
    return false;
}

static void print_text_of_all(const cJSON *root, const char *id)
{
    const cJSON *tolerances =
        cJSON_GetObjectItem(cJSON_GetObjectItem(root, "summary"), "tolerated");
    const cJSON *finding;
    bool found = false;
    cJSON_ArrayForEach(finding, cJSON_GetObjectItem(root, "findings"))
    {
        if (!is_meant(finding, id))
            continue;
        if (found)
            printf("\n");
        print_finding(finding, tolerances);
        found = true;
    }
}

static int explain(const struct command *self, const char *folder, const char *id, bool json)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(free_json) cJSON *root = NULL;
    struct err err = ERR_INIT;

    strbuf_addf(&path, "%s/findings.json", folder);
    if (file_read(&text, path.buf, REPORT_MAX_BYTES, &err) < 0)
        return failed(self, &err);
    root = cJSON_ParseWithLength(text.buf, text.len);
    if (!root) {
        err_set(&err, E_FORMAT, "%s: not JSON, expected a findings.json that rehearse wrote",
                path.buf);
        return failed(self, &err);
    }
    const cJSON *findings = cJSON_GetObjectItem(root, "findings");
    bool found = any_is_meant(findings, id);
    if (!found && (id || !json)) {
        err_set(&err, E_NOT_FOUND, "%s: holds no finding %s", path.buf, id ? id : "at all");
        return failed(self, &err);
    }
    if (json)
        print_json(findings, id);
    else
        print_text_of_all(root, id);
    return EXIT_GO;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *folder = "rehearsal-report", *profile = NULL;
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    const struct option options[] = {
        { 'r', "report", "DIR", "the report it is in (rehearsal-report)", OPTION_TEXT, &folder },
        { 0, "profile", "NAME", "instead: what we know of that cache, and how we know it",
          OPTION_TEXT, &profile },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len > 1)
        return usage_error(self, "expected one finding's id, or none for all");
    if (profile) {
        const struct cache_profile *known = cache_profile_named(span_of(profile));
        if (!known)
            return unknown_profile(self, profile);
        if (arguments.len)
            return usage_error(self, "expected a finding or --profile, found both");
        explain_profile(known, common.json);
        return EXIT_GO;
    }
    return explain(self, folder, arguments.len ? arguments.at[0] : NULL, common.json);
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[FINDING] -r DIR",
    .summary = "One finding: what changed, its effect, and how to see it yourself",
    .text = "With --profile, a cache: what it does its own way, and whether that was measured,\n"
            "read in its source, documented by its maker or assumed.",
    .example = "  rehearse explain F-3fa1 -r report/\n"
               "  rehearse explain --profile varnish",
    .run = run,
};
