/* What production taught: per route and field, how often it is there and what it holds. */
#include <stdlib.h>

#include "comparison_state.h"
#include "rehearse/base/json_text.h"
#include "rehearse/base/mem.h"
#include "shape.h"

enum { CONTRACT_VALUES = 8 }; /* more different ones are "many" */

struct line {
    struct span route, field;
    uint32_t cohort;
    const struct evidence *evidence;
};

static int by_route_and_field(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = span_cmp(x->route, y->route);
    if (!order)
        order = span_cmp(x->field, y->field);
    if (!order)
        order = x->evidence->facet - y->evidence->facet;
    return order ? order : x->cohort < y->cohort ? -1 : x->cohort > y->cohort;
}

static struct span facet_title(const struct facet *f)
{
    switch (f->kind) {
    case FACET_STATUS:
        return SPAN("(status)");
    case FACET_STORED:
        return SPAN("(kept by shared caches)");
    case FACET_LIFETIME:
        return SPAN("(lifetime in shared caches)");
    default:
        return f->field;
    }
}

struct tally {
    uint64_t present, of;
    struct strset values;
    bool repeats_differ;
};

static void add_evidence(struct tally *t, const struct comparison *c, const struct evidence *e)
{
    t->of += c->ledger.cohorts[e->cohort].pairs;
    t->repeats_differ |= e->unequal[0] > 0;
    for (unsigned i = 0; i < e->len; i++)
        if (e->cells[i].production != VALUE_ABSENT) {
            t->present += e->cells[i].count;
            if (t->values.len <= CONTRACT_VALUES)
                strset_add(&t->values, facet_text(&c->facets, e->cells[i].production));
        }
}

static const char *shape_word(const struct tally *t)
{
    if (t->values.len > CONTRACT_VALUES)
        return "many";
    if (t->values.len > 1)
        return "one of";
    return t->values.len && shape_is_plain(strset_text(&t->values, 0)) ? "constant" : "shape";
}

static int by_text(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void write_tally(const struct tally *t, struct strbuf *out)
{
    strbuf_addf(out,
                "{\"shape\":\"%s\",\"present\":%llu,\"of\":%llu,\"repeats\":\"%s\",\"values\":[",
                shape_word(t), (unsigned long long)t->present, (unsigned long long)t->of,
                t->repeats_differ ? "differ" : "equal");
    struct span sorted[CONTRACT_VALUES];
    size_t len = t->values.len > CONTRACT_VALUES ? 0 : t->values.len;
    for (size_t i = 0; i < len; i++)
        sorted[i] = strset_text(&t->values, (uint32_t)i);
    if (len)
        qsort(sorted, len, sizeof *sorted, by_text);
    for (size_t i = 0; i < len; i++) {
        if (i)
            strbuf_add_char(out, ',');
        json_add_string(out, sorted[i]);
    }
    strbuf_add_str(out, "]}");
}

static bool taught(const struct comparison *c, const struct evidence *e)
{
    enum facet_kind kind = c->facets.at[e->facet].kind;
    return kind != FACET_LOOP && kind != FACET_TRANSPORT;
}

int comparison_each_contract_line(struct comparison *c, contract_line_fn *fn, void *ctx)
{
    size_t len = 0;
    int rc = 0;
    struct line *lines = xmalloc((c->ledger.evidence_count + 1) * sizeof *lines);
    for (size_t i = 0; i < c->ledger.evidence_count; i++) {
        const struct evidence *e = &c->ledger.evidence[i];
        if (taught(c, e))
            lines[len++] =
                (struct line){ routes_name(c->options.routes, c->ledger.cohorts[e->cohort].route),
                               facet_title(&c->facets.at[e->facet]), e->cohort, e };
    }
    if (len)
        qsort(lines, len, sizeof *lines, by_route_and_field);
    for (size_t from = 0, to; from < len && rc == 0; from = to) {
        struct tally t = { .values = STRSET_INIT };
        AUTO(strbuf_release) struct strbuf json = STRBUF_INIT;
        for (to = from; to < len && span_eq(lines[to].route, lines[from].route) &&
                        span_eq(lines[to].field, lines[from].field);
             to++)
            add_evidence(&t, c, lines[to].evidence);
        write_tally(&t, &json);
        if (t.present)
            rc = fn(ctx, lines[from].route, lines[from].field, strbuf_span(&json));
        strset_release(&t.values);
    }
    free(lines);
    return rc;
}
