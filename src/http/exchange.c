#include "rehearse/http/exchange.h"

struct exchange exchange_blank(void)
{
    return (struct exchange){
        .first_byte_us = -1,
        .duration_us = -1,
        .request = { .body_bytes = -1 },
        .response = { .body_bytes = -1 },
    };
}

bool exchange_is_extra(const struct exchange *x)
{
    return (x->marks & (MARK_HOP | MARK_LOGIN_STEP)) != 0;
}

int exchange_by_planned(const void *a, const void *b)
{
    const struct exchange *x = a, *y = b;
    if (x->planned != y->planned)
        return x->planned < y->planned ? -1 : 1;
    if (exchange_is_extra(x) != exchange_is_extra(y))
        return exchange_is_extra(x) ? 1 : -1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static struct http_fields copy_fields(const struct http_fields *from, struct arena *arena)
{
    struct http_fields to = { .len = from->len, .cap = from->len };
    if (from->len == 0)
        return to;
    to.at = arena_alloc(arena, from->len * sizeof *to.at);
    for (uint32_t i = 0; i < from->len; i++)
        to.at[i] = (struct http_field){
            .name = arena_copy(arena, from->at[i].name),
            .value = arena_copy(arena, from->at[i].value),
            .id = from->at[i].id,
        };
    return to;
}

static void copy_in_place(struct span *s, struct arena *arena)
{
    *s = arena_copy(arena, *s);
}

static void copy_request(struct http_request *r, struct arena *arena)
{
    copy_in_place(&r->method, arena);
    copy_in_place(&r->scheme, arena);
    copy_in_place(&r->authority, arena);
    copy_in_place(&r->target, arena);
    copy_in_place(&r->version, arena);
    copy_in_place(&r->body, arena);
    r->fields = copy_fields(&r->fields, arena);
}

static void copy_response(struct http_response *r, struct arena *arena)
{
    copy_in_place(&r->version, arena);
    copy_in_place(&r->body, arena);
    r->fields = copy_fields(&r->fields, arena);
}

struct exchange exchange_copy(const struct exchange *x, struct arena *arena)
{
    struct exchange copy = *x;
    copy_request(&copy.request, arena);
    copy_response(&copy.response, arena);
    copy_in_place(&copy.client, arena);
    copy_in_place(&copy.user, arena);
    copy_in_place(&copy.cache, arena);
    copy_in_place(&copy.note, arena);
    return copy;
}
