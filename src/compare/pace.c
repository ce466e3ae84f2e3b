#include "pace.h"

#include <math.h>
#include <stdlib.h>

#include "rehearse/base/mem.h"

/* So many times tell the middle of a route well enough to be one voice among others. */
enum { VOICE_LEAST = 8 };

static bool has_voice(const struct route_measures *m)
{
    return m->alike[0].total >= VOICE_LEAST && m->alike[1].total >= VOICE_LEAST;
}

static struct pace pace_of(const struct route_measures *m)
{
    double p = histogram_quantile(&m->alike[0], 0.5), s = histogram_quantile(&m->alike[1], 0.5);
    return (struct pace){ (s + 1) / (p + 1), s - p };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct paces paces_of(const struct measures *m)
{
    struct paces p = { .factors = xcalloc(m->len + 1, sizeof(double)),
                       .delays = xcalloc(m->len + 1, sizeof(double)) };
    for (size_t i = 0; i < m->len; i++) {
        if (!has_voice(&m->routes[i]))
            continue;
        struct pace pace = pace_of(&m->routes[i]);
        p.factors[p.len] = pace.factor;
        p.delays[p.len++] = pace.delay_us;
        p.exchanges += m->routes[i].alike[1].total;
    }
    qsort(p.factors, p.len, sizeof *p.factors, by_value);
    qsort(p.delays, p.len, sizeof *p.delays, by_value);
    return p;
}

void paces_release(struct paces *p)
{
    free(p->factors);
    free(p->delays);
    *p = (struct paces){ .len = 0 };
}

/* The lower middle, so that of few routes those that kept their pace have the say; without one of
 * `own` value where that is given. */
static double middle(const double *sorted, size_t len, const double *own, double none)
{
    size_t left = own ? len - 1 : len, at = 0;
    if (len == 0 || left == 0)
        return none;
    at = (left - 1) / 2;
    return fmax(none, own && *own <= sorted[at] ? sorted[at + 1] : sorted[at]);
}

struct pace paces_middle(const struct paces *p)
{
    return (struct pace){ middle(p->factors, p->len, NULL, 1), middle(p->delays, p->len, NULL, 0) };
}

struct pace paces_of_others(const struct paces *p, const struct route_measures *route)
{
    if (!has_voice(route))
        return paces_middle(p);
    struct pace own = pace_of(route);
    return (struct pace){ middle(p->factors, p->len, &own.factor, 1),
                          middle(p->delays, p->len, &own.delay_us, 0) };
}

double pace_expects(const struct pace *pace, double production_us)
{
    return fmax(production_us * pace->factor, production_us + pace->delay_us);
}
