#include "facts.h"

#include "rehearse/base/text.h"
#include "rehearse/http/date.h"

uint64_t facts_count(const struct report_facts *facts, enum finding_severity severity)
{
    uint64_t count = 0;
    for (size_t i = 0; i < facts->findings->len; i++)
        count += facts->findings->at[i].severity == severity;
    return count;
}

void facts_add_time(struct strbuf *out, int64_t us)
{
    if (us == 0) {
        strbuf_add_str(out, "unknown");
        return;
    }
    AUTO(strbuf_release) struct strbuf iso = STRBUF_INIT;
    iso_time_add(&iso, us);
    if (iso.len < 19) {
        strbuf_add_span(out, strbuf_span(&iso));
        return;
    }
    strbuf_addf(out, "%.10s %.8s UTC", iso.buf, iso.buf + 11);
}

void facts_add_share(struct strbuf *out, double share)
{
    double percent = share * 100;
    if (percent > 0 && percent < 0.1)
        strbuf_add_str(out, "under 0.1 %");
    else
        strbuf_addf(out, "%.1f %%", percent);
}

void facts_add_plural(struct strbuf *out, uint64_t n, const char *one)
{
    text_add_count(out, n);
    strbuf_addf(out, " %s%s", one, n == 1 ? "" : "s");
}

static void add_outcomes(struct strbuf *out, const struct session_outcomes *o)
{
    if (!o->sessions)
        return;
    strbuf_add_char(out, ' ');
    text_add_count(out, o->as_in_production);
    strbuf_add_str(out, " of these sessions went as in production");
    if (o->members) {
        strbuf_add_str(out, "; of those with a login ");
        text_add_count(out, o->members_as_in_production);
        strbuf_add_str(out, " of ");
        text_add_count(out, o->members);
    }
    strbuf_add_char(out, '.');
}

void facts_add_coverage(struct strbuf *out, const struct report_facts *facts)
{
    const struct comparison_summary *s = &facts->summary;
    text_add_count(out, s->compared);
    strbuf_add_str(out, " of ");
    facts_add_plural(out, s->planned, "captured exchange");
    strbuf_add_str(out, s->planned == 1 ? " was" : " were");
    strbuf_add_str(out, " compared");
    if (s->planned) {
        strbuf_add_str(out, " (");
        facts_add_share(out, (double)s->compared / (double)s->planned);
        strbuf_add_str(out, ")");
    }
    strbuf_add_str(out, ", from ");
    facts_add_plural(out, s->sessions, "session");
    strbuf_add_str(out, ".");
    add_outcomes(out, &facts->outcomes);
}

struct span coverage_outcome(const struct coverage_line *line)
{
    return line->reason.len ? line->reason : SPAN("compared");
}

void facts_add_not_compared(struct strbuf *out, const struct report_facts *facts)
{
    const struct comparison_summary *s = &facts->summary;
    size_t told = 0;
    uint64_t others = 0;
    for (size_t i = 0; i < s->coverage_count; i++) {
        const struct coverage_line *line = &s->coverage[i];
        if (!span_eq(line->what, SPAN("exchanges")) || line->reason.len == 0)
            continue;
        if (told == REASONS_IN_HEAD) {
            others += line->exchanges;
            continue;
        }
        strbuf_add_str(out, told++ ? "; " : "Not compared: ");
        text_add_count(out, line->exchanges);
        strbuf_add_str(out, " (");
        text_add_printable(out, line->reason, TITLE_BYTES);
        strbuf_add_char(out, ')');
    }
    if (others) {
        strbuf_add_str(out, "; ");
        text_add_count(out, others);
        strbuf_add_str(out, " for other reasons");
    }
    if (told)
        strbuf_add_char(out, '.');
}
