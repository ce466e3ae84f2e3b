#include "view.h"

#include "observe.h"
#include "rehearse/http/cookie.h"

static struct span cookie_name(struct span line)
{
    struct set_cookie cookie;
    return set_cookie_parse(&cookie, line) ? cookie.name : SPAN_NONE;
}

/* The other side's recorder kept one Set-Cookie: only that cookie can be compared. */
static bool cut_away(const struct http_field *f, const struct exchange *other)
{
    if (!(other->marks & MARK_FIELDS_CUT) || !span_ieq(f->name, SPAN("Set-Cookie")))
        return false;
    struct span kept = http_fields_value(&other->response.fields, SPAN("Set-Cookie"));
    return span_is_none(kept) || !span_eq(cookie_name(kept), cookie_name(f->value));
}

static bool is_whole(const struct exchange *x)
{
    return (x->marks & MARK_ALL_RESPONSE_FIELDS) && !(x->marks & MARK_FIELDS_CUT);
}

const struct exchange *view_of(const struct exchange *x, const struct exchange *other,
                               struct arena *scratch)
{
    if (is_whole(x) && is_whole(other))
        return x;
    struct exchange *view = arena_alloc(scratch, sizeof *view);
    *view = *x;
    view->response.fields = (struct http_fields){ NULL, 0, 0 };
    view->response.fields.at =
        arena_calloc(scratch, x->response.fields.len + 1, sizeof *view->response.fields.at);
    view->response.fields.cap = x->response.fields.len + 1;
    for (uint32_t i = 0; i < x->response.fields.len; i++) {
        const struct http_field *f = &x->response.fields.at[i];
        if (!span_is_none(f->value) && exchange_knows_field(other, f->name) && !cut_away(f, other))
            view->response.fields.at[view->response.fields.len++] = *f;
    }
    return view;
}
