#include <cJSON.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
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

static void print_finding(const cJSON *finding)
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

static int explain(const struct command *self, const char *folder, const char *id)
{
    AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    AUTO(free_json) cJSON *root = NULL;
    struct err err = ERR_INIT;
    const cJSON *finding;
    bool found = false;

    strbuf_addf(&path, "%s/findings.json", folder);
    if (file_read(&text, path.buf, REPORT_MAX_BYTES, &err) < 0)
        return failed(self, &err);
    root = cJSON_ParseWithLength(text.buf, text.len);
    if (!root) {
        err_set(&err, E_FORMAT, "%s: not JSON, expected a findings.json that rehearse wrote",
                path.buf);
        return failed(self, &err);
    }
    cJSON_ArrayForEach(finding, cJSON_GetObjectItem(root, "findings"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(finding, "id"));
        if (!name || (id && strncmp(name, id, strlen(id)) != 0))
            continue;
        if (found)
            printf("\n");
        print_finding(finding);
        found = true;
    }
    if (found)
        return EXIT_GO;
    err_set(&err, E_NOT_FOUND, "%s: holds no finding %s", path.buf, id ? id : "at all");
    return failed(self, &err);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *folder = "rehearsal-report";
    struct common common = { 0 };
    AUTO(freep) const char **held = NULL;
    struct arguments arguments;
    const struct option options[] = {
        { 'r', "report", "DIR", "the report it is in (rehearsal-report)", OPTION_TEXT, &folder },
        { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
    };

    int code = options_parse(self, options, argc, argv, &common, &arguments);
    held = arguments.at;
    if (code >= 0)
        return code;
    if (arguments.len > 1)
        return usage_error(self, "expected one finding's id, or none for all");
    return explain(self, folder, arguments.len ? arguments.at[0] : NULL);
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[FINDING] -r DIR",
    .summary = "One finding: what changed, its effect, and how to see it yourself",
    .text = NULL,
    .example = "  rehearse explain F-3fa1 -r report/",
    .run = run,
};
