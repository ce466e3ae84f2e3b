/* Changes of what is counted over a route rather than read from one answer. */
#include "change.h"

#include "rehearse/base/text.h"

static struct change make(const char *kind, enum finding_severity severity, struct span field,
                          struct span production, struct span staging, struct span title,
                          const char *effect)
{
    return (struct change){ .kind = span_of(kind),
                            .severity = severity,
                            .field = field,
                            .production_shape = production,
                            .staging_shape = staging,
                            .title = title,
                            .effect = span_of(effect),
                            .facet = FACETS_MAX };
}

static struct span first_and_more(struct span *paths, size_t len, struct arena *arena)
{
    if (len == 0)
        return SPAN("");
    if (len == 1)
        return paths[0];
    return arena_printf(arena, "%.*s and %zu more", SPAN_ARG(span_head(paths[0], 200)), len - 1);
}

struct change change_of_body(struct span *gone, size_t gone_len, struct span *came, size_t came_len,
                             struct arena *arena)
{
    struct span field = gone_len ? gone[0] : came[0];
    struct span lost = first_and_more(gone, gone_len, arena),
                new = first_and_more(came, came_len, arena);
    struct span title = gone_len && came_len ? arena_printf(arena, "%.*s is gone, %.*s is new",
                                                            SPAN_ARG(lost), SPAN_ARG(new))
                        : gone_len           ? arena_printf(arena, "%.*s is gone", SPAN_ARG(lost))
                                             : arena_printf(arena, "%.*s is new", SPAN_ARG(new));
    return make("body.structure", gone_len ? SEVERITY_MAJOR : SEVERITY_MINOR, field,
                gone_len ? lost : SPAN("absent"), came_len ? new : SPAN("absent"), title,
                gone_len ? "A part of the answer is missing; who reads it finds nothing."
                         : "The answer holds a part it did not hold.");
}

struct change change_of_size(double ratio, double production, double staging, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf title = STRBUF_INIT;
    strbuf_addf(&title, "%.1f times the size: ", ratio);
    text_add_bytes(&title, (uint64_t)staging);
    strbuf_add_str(&title, ", was ");
    text_add_bytes(&title, (uint64_t)production);
    bool grown = ratio > 1;
    return make("body.size", ratio >= 4 || ratio <= 0.25 ? SEVERITY_MAJOR : SEVERITY_MINOR,
                SPAN(""), grown ? SPAN("smaller") : SPAN("larger"),
                grown ? SPAN("larger") : SPAN("smaller"), arena_copy(arena, strbuf_span(&title)),
                grown ? "Visitors wait for more bytes, and more is paid for traffic."
                      : "Something of the answer may be missing.");
}

struct change change_of_latency(double production_us, double staging_us, struct arena *arena)
{
    AUTO(strbuf_release) struct strbuf title = STRBUF_INIT;
    strbuf_add_str(&title, "The median answer takes ");
    text_add_duration(&title, (int64_t)staging_us);
    strbuf_add_str(&title, ", was ");
    text_add_duration(&title, (int64_t)production_us);
    bool far = staging_us >= 3 * production_us || staging_us - production_us >= 100000;
    return make("latency", far ? SEVERITY_MAJOR : SEVERITY_MINOR, SPAN(""), SPAN("faster"),
                SPAN("slower"), arena_copy(arena, strbuf_span(&title)),
                "Visitors wait longer, and the origin serves fewer at a time.");
}

struct change change_of_hits(double production, double staging, struct arena *arena)
{
    return make("cache.hit-ratio", SEVERITY_MINOR, SPAN(""), SPAN("higher"), SPAN("lower"),
                arena_printf(arena,
                             "%.0f %% of repeated requests spare the origin, were %.0f %%",
                             100 * staging, 100 * production),
                "The origin is asked more often.");
}
