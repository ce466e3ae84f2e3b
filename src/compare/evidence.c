#include "evidence.h"

#include <math.h>
#include <stdlib.h>

#include "rehearse/base/hash.h"
#include "rehearse/base/mem.h"

void ledger_release(struct ledger *l)
{
    for (size_t i = 0; i < l->evidence_count; i++)
        free(l->evidence[i].cells);
    for (size_t i = 0; i < l->range_count; i++)
        free(l->ranges[i].at);
    free(l->evidence);
    free(l->cohorts);
    free(l->ranges);
    free(l->repeats);
    map_release(&l->cohort_by_key);
    map_release(&l->evidence_by_key);
    memset(l, 0, sizeof *l);
}

void provenance_add(struct provenance *p, const bool kept[2], uint64_t object)
{
    p->fresh[0] += !kept[0];
    p->fresh[1] += !kept[1];
    if (!kept[0] && !kept[1])
        return;
    p->kept++;
    p->objects |= UINT64_C(1) << (hash_mix(object, 64) >> 58);
}

uint64_t provenance_objects(const struct provenance *p)
{
    int set = __builtin_popcountll(p->objects);
    if (set == 64)
        return 64 * 6; /* more than can be told */
    return (uint64_t)lround(-64 * log1p(-set / 64.0));
}

static uint64_t cohort_key(const struct cohort *c)
{
    uint64_t h =
        hash_mix(c->route + 1, (uint64_t)c->method << 32 | (uint64_t)c->host << 16 | c->language);
    return hash_mix(h, (uint64_t)c->status << 16 | (uint64_t)c->form << 8 |
                           (uint64_t)c->uneven << 2 | (uint64_t)c->credential << 1 |
                           (uint64_t)c->bot);
}

uint32_t ledger_find_cohort(const struct ledger *l, const struct cohort *like)
{
    const uint64_t *known = map_get(&l->cohort_by_key, cohort_key(like));
    return known ? (uint32_t)*known : NO_COHORT;
}

uint32_t ledger_cohort(struct ledger *l, const struct cohort *like)
{
    uint32_t known = ledger_find_cohort(l, like);
    if (known != NO_COHORT || l->cohort_count >= COHORTS_MAX)
        return known;
    l->cohorts = array_room(l->cohorts, &l->cohort_cap, l->cohort_count + 1, sizeof *l->cohorts);
    l->cohorts[l->cohort_count] = *like;
    l->cohorts[l->cohort_count].pairs = 0;
    l->cohorts[l->cohort_count].from = (struct provenance){ 0 };
    map_put(&l->cohort_by_key, cohort_key(like), l->cohort_count, NULL);
    return (uint32_t)l->cohort_count++;
}

static uint64_t evidence_key(uint32_t cohort, uint16_t facet)
{
    return (uint64_t)cohort << 16 | facet | UINT64_C(1) << 60;
}

struct evidence *ledger_find(const struct ledger *l, uint32_t cohort, uint16_t facet)
{
    const uint64_t *known = map_get(&l->evidence_by_key, evidence_key(cohort, facet));
    return known ? &l->evidence[*known] : NULL;
}

struct evidence *ledger_evidence(struct ledger *l, uint32_t cohort, uint16_t facet)
{
    struct evidence *known = ledger_find(l, cohort, facet);
    if (known || l->evidence_count >= EVIDENCE_MAX)
        return known;
    l->evidence =
        array_room(l->evidence, &l->evidence_cap, l->evidence_count + 1, sizeof *l->evidence);
    struct evidence *made = &l->evidence[l->evidence_count];
    memset(made, 0, sizeof *made);
    made->cohort = cohort;
    made->facet = facet;
    map_put(&l->evidence_by_key, evidence_key(cohort, facet), l->evidence_count++, NULL);
    return made;
}

struct cell *evidence_count(struct evidence *e, uint32_t production, uint32_t staging)
{
    for (unsigned i = 0; i < e->len; i++)
        if (e->cells[i].production == production && e->cells[i].staging == staging) {
            e->cells[i].count++;
            return &e->cells[i];
        }
    if (e->len >= CELLS_MAX) {
        e->lost++;
        return NULL;
    }
    if (e->len == e->cap) {
        e->cap = e->cap ? (uint16_t)(e->cap * 2) : 1;
        e->cells = xrealloc(e->cells, e->cap * sizeof *e->cells);
    }
    e->cells[e->len] = (struct cell){ .production = production, .staging = staging, .count = 1 };
    return &e->cells[e->len++];
}

static void session_ranges_add(struct session_ranges *r, uint32_t ordinal)
{
    if (r->len && r->at[r->len - 1][1] >= ordinal)
        return;
    if (r->len && r->at[r->len - 1][1] + 1 == ordinal) {
        r->at[r->len - 1][1] = ordinal;
        return;
    }
    if (r->len >= RANGES_MAX) {
        r->beyond += r->beyond == 0 || r->last_beyond != ordinal;
        r->last_beyond = ordinal;
        return;
    }
    if (r->len == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 1;
        r->at = xrealloc(r->at, r->cap * sizeof *r->at);
    }
    r->at[r->len][0] = r->at[r->len][1] = ordinal;
    r->len++;
}

void ledger_note(struct ledger *l, uint32_t *ranges, uint32_t ordinal)
{
    if (!*ranges) {
        l->ranges = array_room(l->ranges, &l->range_cap, l->range_count + 1, sizeof *l->ranges);
        memset(&l->ranges[l->range_count], 0, sizeof *l->ranges);
        *ranges = (uint32_t)++l->range_count;
    }
    session_ranges_add(&l->ranges[*ranges - 1], ordinal);
}

struct repeat_slot *ledger_repeat(struct ledger *l, uint32_t cohort, uint64_t identity,
                                  bool *ret_again)
{
    if (!l->repeats)
        l->repeats = xcalloc(REPEAT_SLOTS, sizeof *l->repeats);
    uint64_t key = hash_mix(identity, cohort) | 1;
    struct repeat_slot *slot = &l->repeats[(key >> 20) & (REPEAT_SLOTS - 1)];
    *ret_again = slot->key == key;
    if (!*ret_again) {
        slot->key = key;
        slot->len = 0;
        slot->sized = false;
        slot->answered_us[0] = slot->answered_us[1] = INT64_MAX;
    }
    return slot;
}

static int find_in(const struct repeat_slot *slot, uint16_t facet)
{
    for (int i = 0; i < slot->len; i++)
        if (slot->at[i].facet == facet)
            return i;
    return -1;
}

/* A facet that was not there last time was absent then. */
void repeat_note(struct repeat_slot *slot, bool again, struct evidence *e, uint32_t production,
                 uint32_t staging)
{
    const uint32_t now[2] = { production, staging };
    int i = find_in(slot, e->facet);
    if (i < 0 && slot->len >= REPEAT_FACETS)
        return;
    for (int side = 0; again && side < 2; side++) {
        uint32_t before = i < 0 ? VALUE_ABSENT : slot->at[i].value[side];
        e->repeats[side]++;
        e->unequal[side] += before != now[side];
    }
    if (i < 0) {
        i = slot->len++;
        slot->at[i].facet = e->facet;
    }
    slot->at[i].value[0] = production;
    slot->at[i].value[1] = staging;
}
