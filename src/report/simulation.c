/*
 * simulation.html: one file that opens from disk with no network and no script. The
 * pictures are SVG with a text for who cannot see them; every number in them stands
 * in a table as well.
 */
#include "rehearse/report/simulation.h"

#include <math.h>

#include "facts.h"
#include "html_page.h"
#include "rehearse/base/file.h"
#include "rehearse/base/text.h"

enum { WIDTH = 960, HEIGHT = 300, LEFT = 52, RIGHT = 12, TOP = 16, BOTTOM = 32 };
enum { BARS_SHOWN = 20, BAR_ROW = 34, BAR_LEFT = 330, NAME_BYTES = 44 };
enum { REASONS_SHOWN = 20, NOTES_SHOWN = 20 };

/* ---- over time ---- */

typedef double moment_value_fn(const struct simulate_moment *moment);

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

static double logged_at(const struct simulate_moment *m)
{
    return share(m->logged_hits, m->logged);
}

static double production_at(const struct simulate_moment *m)
{
    return share(m->hits[0], m->known[0]);
}

static double staging_at(const struct simulate_moment *m)
{
    return share(m->hits[1], m->known[1]);
}

static const struct {
    const char *class, *name;
    moment_value_fn *value;
} lines[] = {
    { "logged", "logged", logged_at },
    { "production", "production, by the model", production_at },
    { "staging", "staging, forecast", staging_at },
};
#define LINES (sizeof lines / sizeof *lines)

static double x_of(const struct simulation *s, size_t i)
{
    double parts = (double)s->moment_count;
    return LEFT + (WIDTH - LEFT - RIGHT) * ((double)i + 0.5) / parts;
}

static double y_of(double ratio)
{
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - ratio);
}

/* Pieces with gaps where there were no requests. */
static void add_line(struct strbuf *out, const struct simulation *s, size_t line)
{
    bool drawing = false;
    strbuf_addf(out, "<path class=\"%s\" d=\"", lines[line].class);
    for (size_t i = 0; i < s->moment_count; i++) {
        double value = lines[line].value(&s->moments[i]);
        if (isfinite(value))
            strbuf_addf(out, "%s%.1f %.1f", drawing ? "L" : "M", x_of(s, i), y_of(value));
        drawing = isfinite(value);
    }
    strbuf_add_str(out, "\"/>\n");
}

static void add_grid(struct strbuf *out, const struct simulation *s)
{
    AUTO(strbuf_release) struct strbuf time = STRBUF_INIT;
    for (int percent = 0; percent <= 100; percent += 25) {
        double y = y_of(percent / 100.0);
        strbuf_addf(out,
                    "<path class=\"grid\" style=\"stroke-width:1\" d=\"M%d %.1fH%d\"/>"
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n",
                    LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 4, percent);
    }
    facts_add_time(&time, s->first_us);
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\">%s</text>", LEFT, HEIGHT - 10, time.buf);
    strbuf_clear(&time);
    facts_add_time(&time, s->last_us);
    strbuf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", WIDTH - RIGHT,
                HEIGHT - 10, time.buf);
}

static void add_legend(struct strbuf *out, const bool shown[LINES])
{
    strbuf_add_str(out, "<figcaption>");
    for (size_t i = 0, n = 0; i < LINES; i++) {
        if (!shown[i])
            continue;
        strbuf_addf(out,
                    "%s<svg width=\"30\" height=\"10\" class=\"chart\" aria-hidden=\"true\" "
                    "style=\"display:inline;width:30px;border:0;background:none\">"
                    "<path class=\"%s\" d=\"M0 5H30\"/></svg> %s",
                    n++ ? " &nbsp; " : "", lines[i].class, lines[i].name);
    }
    strbuf_add_str(out, "</figcaption>");
}

static void add_over_time(struct strbuf *out, const struct simulation *s)
{
    const bool shown[LINES] = { s->total.check.requests > 0, true, true };
    strbuf_addf(out,
                "<figure><svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "aria-label=\"Hit ratio over time, production and staging\">\n",
                WIDTH, HEIGHT);
    add_grid(out, s);
    for (size_t i = 0; i < LINES; i++)
        if (shown[i])
            add_line(out, s, i);
    strbuf_add_str(out, "</svg>");
    add_legend(out, shown);
    strbuf_add_str(out, "</figure>\n");
}

/* ---- by route ---- */

static void add_bar(struct strbuf *out, const char *class, double ratio, double y)
{
    double most = WIDTH - BAR_LEFT - 70;
    if (!isfinite(ratio))
        return;
    strbuf_addf(out, "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"11\"/>", class,
                BAR_LEFT, y, ratio * most);
    strbuf_addf(out, "<text x=\"%.1f\" y=\"%.1f\">%.1f %%</text>\n", BAR_LEFT + ratio * most + 5,
                y + 10, ratio * 100);
}

static void add_bars(struct strbuf *out, const struct simulation *s)
{
    size_t n = s->route_count < BARS_SHOWN ? s->route_count : BARS_SHOWN;
    strbuf_addf(out,
                "<figure><svg class=\"chart\" viewBox=\"0 0 %d %zu\" role=\"img\" "
                "aria-label=\"Hit ratio of the busiest routes, production and staging\">\n",
                WIDTH, n * BAR_ROW + 12);
    for (size_t i = 0; i < n; i++) {
        double y = 8 + (double)i * BAR_ROW;
        strbuf_addf(out, "<text class=\"name\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                    BAR_LEFT - 8, y + 16);
        text_add_html(out, s->routes[i].route, NAME_BYTES);
        strbuf_add_str(out, "</text>");
        add_bar(out, "production", model_hit_ratio(&s->routes[i].production), y);
        add_bar(out, "staging", model_hit_ratio(&s->routes[i].staging), y + 13);
    }
    strbuf_add_str(out, "</svg></figure>\n");
}

/* ---- tables ---- */

static void add_number_cell(struct strbuf *out, uint64_t n)
{
    strbuf_add_str(out, "<td class=\"n\">");
    text_add_count(out, n);
}

static void add_percent_cell(struct strbuf *out, double ratio)
{
    strbuf_add_str(out, "<td class=\"n\">");
    text_add_percent(out, ratio);
}

static void add_points_cell(struct strbuf *out, double points)
{
    strbuf_add_str(out, "<td class=\"n\">");
    text_add_points(out, points);
}

static double change_of(const struct simulate_route *route)
{
    return (model_hit_ratio(&route->staging) - model_hit_ratio(&route->production)) * 100;
}

static void add_route_row(struct strbuf *out, const struct simulate_route *route)
{
    strbuf_add_str(out, "<tr><td><code>");
    text_add_html(out, route->route, VALUE_BYTES);
    strbuf_add_str(out, "</code>");
    add_number_cell(out, route->production.requests);
    add_percent_cell(out, simulate_check_log(&route->check));
    add_percent_cell(out, model_hit_ratio(&route->production));
    add_points_cell(out, simulate_check_error(&route->check));
    add_percent_cell(out, model_hit_ratio(&route->staging));
    add_points_cell(out, change_of(route));
    add_number_cell(out, route->production.fetches);
    add_number_cell(out, route->staging.fetches);
    strbuf_add_str(out, "</tr>\n");
}

static void add_routes(struct strbuf *out, const struct simulation *s)
{
    strbuf_add_str(
        out, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">route"
             "<th scope=\"col\" class=\"n\">requests<th scope=\"col\" class=\"n\">logged"
             "<th scope=\"col\" class=\"n\">by the model<th scope=\"col\" class=\"n\">error, points"
             "<th scope=\"col\" class=\"n\">staging<th scope=\"col\" class=\"n\">change, points"
             "<th scope=\"col\" class=\"n\">origin requests"
             "<th scope=\"col\" class=\"n\">on staging</tr></thead><tbody>\n");
    add_route_row(out, &s->total);
    for (size_t i = 0; i < s->route_count && i < ROUTES_SHOWN; i++)
        add_route_row(out, &s->routes[i]);
    strbuf_add_str(out, "</tbody></table></div>\n");
    if (s->route_count > ROUTES_SHOWN)
        strbuf_addf(out, "<p>And %zu more routes, in simulation.json.</p>\n",
                    s->route_count - ROUTES_SHOWN);
}

/* By rule, what keeps requests from being answered from the cache. */
static void add_reasons(struct strbuf *out, const struct simulation *s)
{
    if (!s->reason_count)
        return;
    strbuf_add_str(out, "<h3>Not answered from the cache</h3>\n<div class=\"scroll\"><table><thead>"
                        "<tr><th scope=\"col\">by rule<th scope=\"col\" class=\"n\">production"
                        "<th scope=\"col\" class=\"n\">staging</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->reason_count && i < REASONS_SHOWN; i++) {
        const struct simulate_reason *r = &s->reasons[i];
        strbuf_addf(out, "<tr><td>%s: ", simulate_fate_name(r->fate));
        text_add_html(out, r->text, VALUE_BYTES);
        add_percent_cell(out, share(r->requests[0], s->total.production.requests));
        add_percent_cell(out, share(r->requests[1], s->total.staging.requests));
        strbuf_add_str(out, "</tr>\n");
    }
    strbuf_add_str(out, "</tbody></table></div>\n");
    if (s->reason_count > REASONS_SHOWN)
        strbuf_addf(out, "<p>And %zu more rules, in simulation.json.</p>\n",
                    s->reason_count - REASONS_SHOWN);
}

static void add_left_out(struct strbuf *out, const struct simulation *s)
{
    const struct simulate_cache *c = s->caches;
    for (int side = 0; side < 2; side++) {
        if (side && c[1].notes == c[0].notes)
            break;
        for (size_t i = 0; i < c[side].note_count && i < NOTES_SHOWN; i++) {
            strbuf_add_str(out, side ? "<p>Not taken into account, on staging: "
                                     : "<p>Not taken into account: ");
            text_add_html(out, c[side].notes[i], VALUE_BYTES);
            strbuf_add_str(out, "</p>\n");
        }
    }
}

static void add_sentence(struct strbuf *out, const struct simulation *s)
{
    const struct simulate_route *t = &s->total;
    strbuf_add_str(out, "<p>Of ");
    text_add_count(out, t->production.requests);
    strbuf_add_str(out, " requests, a cache that follows <code>");
    text_add_html(out, span_of(s->caches[0].name), NAME_BYTES);
    strbuf_add_str(out, "</code> answers ");
    text_add_percent(out, model_hit_ratio(&t->production));
    strbuf_add_str(out, " itself with production's headers and ");
    text_add_percent(out, model_hit_ratio(&t->staging));
    strbuf_add_str(out, " with staging's: the origin is asked ");
    text_add_count(out, t->staging.fetches);
    strbuf_add_str(out, " times instead of ");
    text_add_count(out, t->production.fetches);
    strbuf_add_str(out, ".</p>\n<p>");
    if (t->check.requests) {
        strbuf_add_str(out, "Production's own cache logged ");
        text_add_percent(out, simulate_check_log(&t->check));
        strbuf_add_str(out, "; the model says ");
        text_add_percent(out, simulate_check_model(&t->check));
        strbuf_add_str(out, " of the same requests, an error of ");
        text_add_points(out, simulate_check_error(&t->check));
        strbuf_add_str(out, " points.");
    } else {
        strbuf_add_str(out, "Production's cache logged no hits or misses, so the model is not "
                            "checked against it.");
    }
    strbuf_add_str(out, "</p>\n");
}

void simulation_add_section(const struct simulation *simulation, struct strbuf *out)
{
    strbuf_add_str(out, "<section aria-labelledby=\"simulation\"><h2 id=\"simulation\">Hit ratio, "
                        "in virtual time</h2>\n");
    add_sentence(out, simulation);
    add_left_out(out, simulation);
    add_over_time(out, simulation);
    add_bars(out, simulation);
    add_routes(out, simulation);
    add_reasons(out, simulation);
    strbuf_add_str(out, "</section>\n");
}

void simulation_add_page(const struct simulation *simulation, struct strbuf *out)
{
    AUTO(strbuf_release) struct strbuf name = STRBUF_INIT;
    text_add_html(&name, simulation->production, TITLE_BYTES);
    if (!span_is_none(simulation->staging)) {
        strbuf_add_str(&name, " and ");
        text_add_html(&name, simulation->staging, TITLE_BYTES);
    }
    html_page_open(out, strbuf_span(&name));
    strbuf_add_str(out, "<header><h1>");
    strbuf_add_span(out, strbuf_span(&name));
    strbuf_add_str(out, "</h1></header>\n<main>\n");
    simulation_add_section(simulation, out);
    html_page_close(out, SPAN("rehearse " REHEARSE_VERSION));
}

int simulation_write(const struct simulation *simulation, const char *folder, struct err *err)
{
    static const struct {
        const char *file;
        void (*add)(const struct simulation *simulation, struct strbuf *out);
    } files[] = { { "simulation.html", simulation_add_page },
                  { "simulation.json", simulation_add_json } };
    int rc = file_make_folder(folder, err);
    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof *files; i++) {
        AUTO(strbuf_release) struct strbuf path = STRBUF_INIT;
        AUTO(strbuf_release) struct strbuf content = STRBUF_INIT;
        strbuf_addf(&path, "%s/%s", folder, files[i].file);
        files[i].add(simulation, &content);
        rc = file_write(path.buf, strbuf_span(&content), 0644, err);
    }
    return rc;
}
