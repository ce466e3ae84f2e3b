#include "member_routes.h"

#include <stdlib.h>

#include "rehearse/base/mem.h"

enum { WORD = 64, WORDS = MEMBERS_MAX / WORD };

void member_routes_begin(struct member_routes *m, struct span identity)
{
    m->member = identity.len ? strset_add(&m->members, identity) : STRSET_ABSENT;
}

static void make_room(struct member_routes *m, uint32_t route)
{
    if (route < m->count)
        return;
    size_t count = (size_t)route + 1;
    m->rows = array_room(m->rows, &m->cap, count, sizeof *m->rows);
    m->strangers = array_room(m->strangers, &m->stranger_cap, count, sizeof *m->strangers);
    for (; m->count < count; m->count++) {
        m->rows[m->count] = NULL;
        m->strangers[m->count] = false;
    }
}

void member_routes_add(struct member_routes *m, uint32_t route)
{
    make_room(m, route);
    if (m->member == STRSET_ABSENT) {
        m->strangers[route] = true;
        return;
    }
    if (!m->rows[route])
        m->rows[route] = xcalloc(WORDS, sizeof **m->rows);
    if (m->member < MEMBERS_MAX)
        m->rows[route][m->member / WORD] |= UINT64_C(1) << m->member % WORD;
}

static unsigned bits(const uint64_t *row)
{
    unsigned n = 0;
    for (unsigned i = 0; i < WORDS; i++)
        n += (unsigned)__builtin_popcountll(row[i]);
    return n;
}

/* Whom each member met on a route; a pair is counted from both ends. */
static uint64_t pairs_of(const struct member_routes *m, uint32_t members)
{
    uint64_t pairs = 0;
    for (uint32_t a = 0; a < members; a++) {
        uint64_t met[WORDS] = { 0 };
        for (size_t r = 0; r < m->count; r++)
            if (m->rows[r] && m->rows[r][a / WORD] >> a % WORD & 1)
                for (unsigned i = 0; i < WORDS; i++)
                    met[i] |= m->rows[r][i];
        unsigned count = bits(met);
        pairs += count ? count - 1 : 0;
    }
    return pairs / 2;
}

void member_routes_sum(const struct member_routes *m, struct report_leaks *ret)
{
    uint32_t members = m->members.len < MEMBERS_MAX ? (uint32_t)m->members.len : MEMBERS_MAX;
    uint64_t known = (uint64_t)members * (members ? members - 1 : 0) / 2;
    ret->members = m->members.len;
    ret->pairs_in_all = ret->members * (ret->members ? ret->members - 1 : 0) / 2;
    ret->pairs = pairs_of(m, members);
    if (ret->pairs_in_all > known && known)
        ret->pairs = (uint64_t)((double)ret->pairs / (double)known * (double)ret->pairs_in_all);
    for (size_t r = 0; r < m->count; r++) {
        unsigned count = m->rows[r] ? bits(m->rows[r]) : 0;
        ret->routes += m->rows[r] != NULL;
        ret->routes_covered += m->rows[r] && (count > 1 || m->strangers[r]);
    }
}

void member_routes_release(struct member_routes *m)
{
    for (size_t r = 0; r < m->count; r++)
        free(m->rows[r]);
    free(m->rows);
    free(m->strangers);
    strset_release(&m->members);
    *m = (struct member_routes){ .rows = NULL };
}
