#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rehearse/base/clock.h"
#include "rehearse/base/text.h"

enum { TERMINAL_MS = 100, PLAIN_MS = 5000 };

static double share_done(const struct progress_state *s)
{
    if (s->total)
        return (double)s->done / (double)s->total;
    return s->bytes_total ? (double)s->bytes_done / (double)s->bytes_total : 0;
}

static void add_bar(struct strbuf *out, double share)
{
    enum { WIDTH = 24 };
    int full = (int)(share * WIDTH);
    strbuf_add_char(out, '[');
    for (int i = 0; i < WIDTH; i++)
        strbuf_add_char(out, i < full ? '#' : '.');
    strbuf_addf(out, "] %3.0f %%  ", share * 100);
}

static void add_state(struct strbuf *out, const struct progress_line *line,
                      const struct progress_state *s, int64_t now_ns)
{
    double seconds = (double)(now_ns - line->began_ns) / 1e9;
    double share = share_done(s);
    strbuf_addf(out, "%s  ", s->doing);
    if (share > 0 && line->terminal)
        add_bar(out, share > 1 ? 1 : share);
    text_add_count(out, s->done);
    if (s->total) {
        strbuf_add_char(out, '/');
        text_add_count(out, s->total);
    }
    strbuf_addf(out, " %s", s->unit);
    if (seconds > 0.2) {
        strbuf_add_str(out, "  ");
        text_add_count(out, (uint64_t)((double)s->done / seconds));
        strbuf_add_str(out, "/s");
    }
    if (share > 0.001 && share < 1 && seconds > 0.5) {
        strbuf_add_str(out, "  ETA ");
        text_add_duration(out, (int64_t)(seconds * (1 - share) / share * 1e6));
    }
    if (s->note)
        strbuf_addf(out, "  %s", s->note);
}

static void draw(void *ctx, const struct progress_state *state)
{
    struct progress_line *line = ctx;
    int64_t now_ns = clock_now_ns();
    if (!line->doing || strcmp(line->doing, state->doing) != 0) {
        progress_line_end(line);
        line->doing = state->doing;
        line->began_ns = line->last_ns = now_ns;
    }
    int64_t pause_ns = (line->terminal ? TERMINAL_MS : PLAIN_MS) * (int64_t)1000000;
    if (line->silent || now_ns - line->last_ns < pause_ns)
        return;
    line->last_ns = now_ns;
    AUTO(strbuf_release) struct strbuf text = STRBUF_INIT;
    add_state(&text, line, state, now_ns);
    if (line->terminal)
        fprintf(stderr, "\r\x1b[K%s", text.buf);
    else
        fprintf(stderr, "%s\n", text.buf);
    fflush(stderr);
    line->drawn = true;
}

void progress_line_init(struct progress_line *line, bool silent)
{
    *line = (struct progress_line){ .silent = silent, .terminal = isatty(STDERR_FILENO) };
    line->progress = (struct progress){ draw, line };
}

void progress_line_end(struct progress_line *line)
{
    if (line->drawn && line->terminal)
        fprintf(stderr, "\r\x1b[K");
    line->drawn = false;
}
