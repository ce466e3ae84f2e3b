#include "rehearse/compare/finding.h"

#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

static const char *const names[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_MINOR] = "minor",
    [SEVERITY_MAJOR] = "major",
    [SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum finding_severity severity)
{
    return names[severity];
}

void findings_release(struct findings *findings)
{
    free(findings->at);
    arena_release(&findings->arena);
    *findings = (struct findings)FINDINGS_INIT;
}

struct finding *findings_add(struct findings *findings)
{
    findings->at =
        array_room(findings->at, &findings->cap, findings->len + 1, sizeof *findings->at);
    struct finding *made = &findings->at[findings->len++];
    memset(made, 0, sizeof *made);
    return made;
}

static int by_weight(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->traffic_share > y->traffic_share)
        return -1;
    if (x->traffic_share < y->traffic_share)
        return 1;
    return span_cmp(x->id, y->id);
}

void findings_sort(struct findings *findings)
{
    if (findings->len)
        qsort(findings->at, findings->len, sizeof *findings->at, by_weight);
}

struct span finding_id(struct arena *arena, struct span kind, struct span route, struct span field,
                       struct span production_shape, struct span staging_shape)
{
    const struct span parts[] = { kind, route, field, production_shape, staging_shape };
    uint64_t h = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        h = hash_mix(h, hash64(parts[i].ptr ? parts[i] : SPAN("")));
    return arena_printf(arena, "F-%012llx", (unsigned long long)(h >> 16));
}
