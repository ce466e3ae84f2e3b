#include "rehearse/rehearsal/scenario.h"

/* libfyaml 0.7.12 leaks a little in fy_token_get_text() for a quoted scalar with many escapes. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario *scenario = NULL;
    struct err err = ERR_INIT;
    struct strbuf yaml = STRBUF_INIT;
    if (scenario_parse(&scenario, "fuzz.yaml", span_make((const char *)data, size), "", &err) == 0)
        scenario_add_yaml(scenario, &yaml);
    strbuf_release(&yaml);
    scenario_free(scenario);
    return 0;
}
