/* For a terminal. */
#include <math.h>

#include "rehearse/base/text.h"
#include "rehearse/http/date.h"
#include "rehearse/simulate/simulate.h"

enum { ROUTE_BYTES = 40, LABEL = 26, COLUMN = 14 };
enum { NOTES_SHOWN = 20, NOTE_BYTES = 400, REASONS_SHOWN = 12 };
#define KEY_NAMES_IT " (as the key is its; --profile names another)"

/* The width of UTF-8 text, as far as a table needs it: continuation bytes take no column. */
static size_t width_of(struct span s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; i++)
        width += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return width;
}

static void add_spaces(struct strbuf *out, size_t wanted, struct span text)
{
    for (size_t w = width_of(text); w < wanted; w++)
        strbuf_add_char(out, ' ');
}

static void add_left(struct strbuf *out, struct span text, size_t width)
{
    strbuf_add_span(out, text);
    add_spaces(out, width, text);
}

/* Takes what `cell` holds, right-aligned, and clears it. */
static void add_cell(struct strbuf *out, struct strbuf *cell)
{
    add_spaces(out, COLUMN, strbuf_span(cell));
    strbuf_add_span(out, strbuf_span(cell));
    strbuf_clear(cell);
}

static void add_words(struct strbuf *out, const char *text)
{
    add_spaces(out, COLUMN, span_of(text));
    strbuf_add_str(out, text);
}

static double change_of(const struct simulate_route *route)
{
    return (model_hit_ratio(&route->staging) - model_hit_ratio(&route->production)) * 100;
}

/* ---- the parts ---- */

static void add_time(struct strbuf *out, int64_t us)
{
    AUTO(strbuf_release) struct strbuf iso = STRBUF_INIT;
    iso_time_add(&iso, us);
    strbuf_add_span(out, span_head(strbuf_span(&iso), 19));
}

static void add_head(struct strbuf *out, const struct simulation *s)
{
    text_add_count(out, s->total.production.requests);
    strbuf_add_str(out, " requests, ");
    add_time(out, s->first_us);
    strbuf_add_str(out, " to ");
    add_time(out, s->last_us);
    strbuf_addf(out, "; cache: %s%s", s->caches[0].name,
                s->caches[0].name_from_key ? KEY_NAMES_IT : "");
    if (span_of(s->caches[1].name).len && s->caches[1].name != s->caches[0].name)
        strbuf_addf(out, ", on staging %s%s", s->caches[1].name,
                    s->caches[1].name_from_key ? KEY_NAMES_IT : "");
    strbuf_add_char(out, '\n');
}

static void add_listed(struct strbuf *out, const char *what, const struct span *texts, size_t count)
{
    for (size_t i = 0; i < count && i < NOTES_SHOWN; i++) {
        strbuf_addf(out, "  %s: ", what);
        text_add_printable(out, texts[i], NOTE_BYTES);
        strbuf_add_char(out, '\n');
    }
}

/* What of the configuration the forecast leaves out. */
static void add_left_out(struct strbuf *out, const struct simulation *s)
{
    const struct simulate_cache *c = s->caches;
    static const struct key_policy whole_url = { 0 };
    const struct key_policy *const k[] = { c[0].key ? c[0].key : &whole_url,
                                           c[1].key ? c[1].key : &whole_url };
    bool same = c[0].notes == c[1].notes;
    add_listed(out, "not taken into account", c[0].notes, c[0].note_count);
    if (!same)
        add_listed(out, "not taken into account, on staging", c[1].notes, c[1].note_count);
    add_listed(out, "the key also holds what no request shows", k[0]->unseen, k[0]->unseen_count);
    if (k[0]->unseen != k[1]->unseen)
        add_listed(out, "staging's key also holds what no request shows", k[1]->unseen,
                   k[1]->unseen_count);
}

static void add_count_row(struct strbuf *out, const char *label, uint64_t left, uint64_t right)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    add_left(out, span_of(label), LABEL);
    text_add_count(&cell, left);
    add_cell(out, &cell);
    text_add_count(&cell, right);
    add_cell(out, &cell);
    strbuf_add_char(out, '\n');
}

static void add_check(struct strbuf *out, const struct simulate_check *check)
{
    if (!check->requests) {
        strbuf_add_str(out, "\nProduction's cache logged no hits or misses: the model is not "
                            "checked against it.\n");
        return;
    }
    strbuf_add_str(out, "\nProduction, of ");
    text_add_count(out, check->requests);
    strbuf_add_str(out, " requests whose outcome was logged: hit ratio ");
    text_add_percent(out, simulate_check_log(check));
    strbuf_add_str(out, ", by the model ");
    text_add_percent(out, simulate_check_model(check));
    strbuf_add_str(out, ", error ");
    text_add_points(out, simulate_check_error(check));
    strbuf_add_str(out, " points\n");
    add_left(out, SPAN(""), LABEL);
    add_words(out, "logged hit");
    add_words(out, "logged miss");
    strbuf_add_char(out, '\n');
    add_count_row(out, "  model hit", check->both_hit, check->only_model_hit);
    add_count_row(out, "  model miss", check->only_log_hit, check->neither_hit);
}

typedef void number_fn(struct strbuf *out, uint64_t n);

/* Where no answer is known there is no forecast: not even 0. */
#define UNSAID UINT64_MAX

static uint64_t said(const struct model_counts *counts, uint64_t n)
{
    return counts->outcomes[MODEL_UNKNOWN] < counts->requests ? n : UNSAID;
}

static void add_number(struct strbuf *out, uint64_t n, number_fn *add)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    if (n == UNSAID)
        strbuf_add_str(&cell, "–");
    else
        add(&cell, n);
    add_cell(out, &cell);
}

static void add_row(struct strbuf *out, const char *label, uint64_t left, uint64_t right,
                    number_fn *add)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    add_left(out, span_of(label), LABEL);
    add_number(out, left, add);
    add_number(out, right, add);
    if (left && right && left != UNSAID && right != UNSAID) {
        strbuf_addf(&cell, "x %.2f", (double)right / (double)left);
        add_cell(out, &cell);
    }
    strbuf_add_char(out, '\n');
}

static void add_ratio_row(struct strbuf *out, const struct simulate_route *total)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    add_left(out, SPAN("  hit ratio"), LABEL);
    text_add_percent(&cell, model_hit_ratio(&total->production));
    add_cell(out, &cell);
    text_add_percent(&cell, model_hit_ratio(&total->staging));
    add_cell(out, &cell);
    text_add_points(&cell, change_of(total));
    if (isfinite(change_of(total)))
        strbuf_add_str(&cell, " pt");
    add_cell(out, &cell);
    strbuf_add_char(out, '\n');
}

static void add_forecast(struct strbuf *out, const struct simulation *s)
{
    const struct model_counts *p = &s->total.production, *g = &s->total.staging;
    strbuf_add_str(out, "\nForecast\n");
    add_left(out, SPAN(""), LABEL);
    add_words(out, "production");
    add_words(out, "staging");
    strbuf_add_char(out, '\n');
    add_ratio_row(out, &s->total);
    add_row(out, "  requests to the origin", said(p, p->fetches), said(g, g->fetches),
            text_add_count);
    add_row(out, "  bytes fetched", said(p, p->fetched_bytes), said(g, g->fetched_bytes),
            text_add_bytes);
    for (int i = 0; i < MODEL_OUTCOMES; i++) {
        AUTO(strbuf_release) struct strbuf label = STRBUF_INIT;
        if (!p->outcomes[i] && !g->outcomes[i])
            continue;
        strbuf_addf(&label, "  %s", model_outcome_name((enum model_outcome)i));
        bool unknown = i == MODEL_UNKNOWN;
        add_row(out, label.buf, unknown ? p->outcomes[i] : said(p, p->outcomes[i]),
                unknown ? g->outcomes[i] : said(g, g->outcomes[i]), text_add_count);
    }
    add_row(out, "  objects at most", said(p, s->sizes[0].peak_objects),
            said(g, s->sizes[1].peak_objects), text_add_count);
    add_row(out, "  bytes at most", said(p, s->sizes[0].peak_bytes),
            said(g, s->sizes[1].peak_bytes), text_add_bytes);
    if (s->sizes[0].evicted || s->sizes[1].evicted)
        add_row(out, "  evicted", s->sizes[0].evicted, s->sizes[1].evicted, text_add_count);
}

/* ---- why not from the cache ---- */

static void add_share(struct strbuf *out, uint64_t part, const struct model_counts *of)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    text_add_percent(&cell, of->requests ? (double)part / (double)of->requests : (double)NAN);
    add_cell(out, &cell);
}

static void add_reasons(struct strbuf *out, const struct simulation *s)
{
    if (!s->reason_count)
        return;
    strbuf_add_str(out, "\nNot answered from the cache, by rule; of all requests\n");
    add_words(out, "production");
    add_words(out, "staging");
    strbuf_add_char(out, '\n');
    for (size_t i = 0; i < s->reason_count && i < REASONS_SHOWN; i++) {
        const struct simulate_reason *r = &s->reasons[i];
        add_share(out, r->requests[0], &s->total.production);
        add_share(out, r->requests[1], &s->total.staging);
        strbuf_addf(out, "  %s: ", simulate_fate_name(r->fate));
        text_add_printable(out, r->text, NOTE_BYTES);
        strbuf_add_char(out, '\n');
    }
    if (s->reason_count > REASONS_SHOWN)
        strbuf_addf(out, "and %zu more rules\n", s->reason_count - REASONS_SHOWN);
}

static void add_route(struct strbuf *out, const struct simulate_route *route)
{
    AUTO(strbuf_release) struct strbuf cell = STRBUF_INIT;
    text_add_printable(&cell, route->route, ROUTE_BYTES - 4);
    add_left(out, strbuf_span(&cell), ROUTE_BYTES);
    strbuf_clear(&cell);
    text_add_count(&cell, route->production.requests);
    add_cell(out, &cell);
    text_add_percent(&cell, simulate_check_log(&route->check));
    add_cell(out, &cell);
    text_add_percent(&cell, model_hit_ratio(&route->production));
    add_cell(out, &cell);
    text_add_points(&cell, simulate_check_error(&route->check));
    add_cell(out, &cell);
    text_add_percent(&cell, model_hit_ratio(&route->staging));
    add_cell(out, &cell);
    text_add_points(&cell, change_of(route));
    add_cell(out, &cell);
    strbuf_add_char(out, '\n');
}

static void add_routes(struct strbuf *out, const struct simulation *s, size_t max)
{
    static const char *const heads[] = {
        "requests", "logged", "model", "error", "staging", "change"
    };
    strbuf_add_char(out, '\n');
    add_left(out, SPAN("Route"), ROUTE_BYTES);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        add_words(out, heads[i]);
    strbuf_add_char(out, '\n');
    for (size_t i = 0; i < s->route_count && i < max; i++)
        add_route(out, &s->routes[i]);
    if (s->route_count > max)
        strbuf_addf(out, "and %zu more routes\n", s->route_count - max);
}

/* ---- what the forecast stands on ---- */

static void add_note(struct strbuf *out, uint64_t n, const char *what)
{
    if (!n)
        return;
    strbuf_add_str(out, "  ");
    text_add_count(out, n);
    strbuf_addf(out, " %s\n", what);
}

static void add_notes(struct strbuf *out, const struct simulation *s)
{
    AUTO(strbuf_release) struct strbuf notes = STRBUF_INIT;
    add_note(&notes, s->gaps.without_answer,
             "have no recorded response, or none of its caching fields: counted as unknown");
    add_note(&notes, s->gaps.without_vary, "do not say whether there was a Vary: taken as none");
    add_note(&notes, s->gaps.without_set_cookie,
             "do not say whether there was a Set-Cookie: taken as none");
    add_note(&notes, s->gaps.without_request_fields,
             "are not recorded with all request fields: what is missing is taken as absent");
    add_note(&notes, s->not_seen, "more were answered in the browser: no cache saw them");
    if (!span_is_none(s->staging)) {
        add_note(&notes, s->pairing.same_key,
                 "were not sent to staging: taken as answered like the last one under their key");
        add_note(&notes, s->pairing.as_route,
                 "were not sent to staging: taken as answered like the last one of their route");
        add_note(&notes, s->pairing.as_production,
                 "were not sent to staging: taken as answered like production");
    }
    if (notes.len) {
        strbuf_add_str(out, "\nOf these requests\n");
        strbuf_add_span(out, strbuf_span(&notes));
    }
}

void simulation_add_text(const struct simulation *s, struct strbuf *out, size_t max)
{
    add_head(out, s);
    add_left_out(out, s);
    add_check(out, &s->total.check);
    add_forecast(out, s);
    add_reasons(out, s);
    add_routes(out, s, max);
    add_notes(out, s);
}
