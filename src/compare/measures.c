#include "measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"

void measures_release(struct measures *m)
{
    for (size_t i = 0; i < m->len; i++)
        for (int side = 0; side < 2; side++) {
            histogram_release(&m->routes[i].time[side]);
            histogram_release(&m->routes[i].alike[side]);
        }
    for (size_t i = 0; i < m->size_len; i++)
        for (int side = 0; side < 2; side++)
            histogram_release(&m->sizes[i].size[side]);
    free(m->routes);
    free(m->sizes);
    map_release(&m->size_by_cohort);
    memset(m, 0, sizeof *m);
}

struct route_measures *measures_route(struct measures *m, uint32_t route)
{
    if (route >= MEASURED_ROUTES_MAX)
        return NULL;
    if (route >= m->len) {
        m->routes = array_room(m->routes, &m->cap, route + 1, sizeof *m->routes);
        memset(m->routes + m->len, 0, (route + 1 - m->len) * sizeof *m->routes);
        m->len = route + 1;
    }
    return &m->routes[route];
}

struct size_measures *measures_size(struct measures *m, uint32_t cohort)
{
    bool made;
    uint64_t *known = map_put(&m->size_by_cohort, cohort + 1, m->size_len, &made);
    if (!made)
        return &m->sizes[*known];
    m->sizes = array_room(m->sizes, &m->size_cap, m->size_len + 1, sizeof *m->sizes);
    memset(&m->sizes[m->size_len], 0, sizeof *m->sizes);
    m->sizes[m->size_len].cohort = cohort;
    return &m->sizes[m->size_len++];
}

void size_measures_add(struct size_measures *s, uint64_t production, uint64_t staging)
{
    /* Small bodies move by large shares for small reasons: 200 bytes are added to both. */
    double ratio = ((double)staging + 200) / ((double)production + 200);
    double step = RATIO_ONE + round(4 * log2(ratio));
    size_t at = step < 0 ? 0 : step > RATIO_STEPS ? RATIO_STEPS : (size_t)step;
    s->ratios[at]++;
    histogram_add(&s->size[0], production);
    histogram_add(&s->size[1], staging);
}

double size_measures_ratio(const struct size_measures *s)
{
    uint64_t below = 0;
    for (int i = 0; i <= RATIO_STEPS; i++) {
        below += s->ratios[i];
        if (2 * below >= s->size[0].total)
            return exp2((i - RATIO_ONE) / 4.0);
    }
    return 1;
}

double size_measures_moved(const struct size_measures *s, bool grown)
{
    uint64_t moved = 0;
    for (int i = 0; i <= RATIO_STEPS; i++)
        if (grown ? i > RATIO_ONE + 1 : i < RATIO_ONE - 1)
            moved += s->ratios[i];
    return s->size[0].total ? (double)moved / (double)s->size[0].total : 0;
}
