#include "redirect.h"

#include "rehearse/base/hash.h"

/* A URL that was asked for this often in a chain is a loop. Once is forgiven: a site may set a
 * cookie and send back to the same URL. */
enum { SEEN_TWICE = 2 };

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* 307 and 308 repeat the method: what is not safe is not repeated for a redirect's sake. */
static bool may_follow(struct span method, int status)
{
    bool safe = span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
    return safe || status == 301 || status == 302 || status == 303;
}

struct span redirect_to_follow(const struct exchange *recorded, const struct exchange *answered)
{
    int status = answered->response.status;
    if (!is_redirect(status) || recorded->response.status == 0 ||
        is_redirect(recorded->response.status) || recorded->marks & MARK_RECORDED_304 ||
        !may_follow(answered->request.method, status))
        return SPAN_NONE;
    return http_fields_value(&answered->response.fields, SPAN("Location"));
}

static uint64_t hash_of_url(const struct http_request *wire)
{
    return hash_mix(hash_mix(hash64(wire->scheme), hash64(wire->authority)), hash64(wire->target));
}

bool redirect_chain_loops(const struct redirect_chain *chain, const struct http_request *wire)
{
    uint64_t url = hash_of_url(wire);
    unsigned times = 0;
    for (unsigned i = 0; i < chain->seen_count; i++)
        times += chain->seen[i] == url;
    return times >= SEEN_TWICE;
}

void redirect_chain_extend(struct redirect_chain *ret, const struct redirect_chain *from,
                           const struct http_request *from_wire, const struct http_request *wire,
                           struct arena *arena)
{
    *ret = (struct redirect_chain){ .hop = from->hop + 1 };
    ret->seen = arena_alloc(arena, (from->seen_count + 2) * sizeof *ret->seen);
    for (unsigned i = 0; i < from->seen_count; i++)
        ret->seen[ret->seen_count++] = from->seen[i];
    if (from->hop == 0)
        ret->seen[ret->seen_count++] = hash_of_url(from_wire);
    ret->seen[ret->seen_count++] = hash_of_url(wire);
}
