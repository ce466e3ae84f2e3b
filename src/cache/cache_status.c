#include "rehearse/cache/cache_status.h"

#include <assert.h>

#include "rehearse/http/structured_write.h"

/* Sections without a name are those of RFC 9211. */

const char *cache_status_fault_sentence(unsigned fault)
{
    switch (fault) {
    case CACHE_STATUS_NOT_STRUCTURED:
        return "The member is no structured item (RFC 9651): a strict recipient ignores the field.";
    case CACHE_STATUS_BAD_NAME:
        return "The cache's name is no String or Token (RFC 9211, section 2): a strict recipient "
               "ignores the field.";
    case CACHE_STATUS_BAD_TYPE:
        return "A parameter has another type than RFC 9211 gives it: a strict recipient ignores "
               "the field.";
    case CACHE_STATUS_BAD_CODE:
        return "fwd-status is no status code; it is passed over.";
    case CACHE_STATUS_HIT_AND_FWD:
        return "hit and fwd exclude each other (RFC 9211, section 2.1); it is taken for a hit.";
    case CACHE_STATUS_NEEDS_FWD:
        return "fwd-status, stored and collapsed mean something beside fwd only.";
    case CACHE_STATUS_OTHER_FWD:
        return "fwd gives a reason that RFC 9211, section 2.2, does not list.";
    default:
        return "";
    }
}

/* ---- parameters ---- */

static void take_flag(bool *flag, const struct sf_value *v)
{
    *flag = v->type == SF_BOOLEAN && v->number;
}

static void take_hit(struct cache_status_member *m, const struct sf_value *v)
{
    take_flag(&m->hit, v);
}

static void take_stored(struct cache_status_member *m, const struct sf_value *v)
{
    take_flag(&m->stored, v);
}

static void take_collapsed(struct cache_status_member *m, const struct sf_value *v)
{
    m->has_collapsed = true;
    take_flag(&m->collapsed, v);
}

static void take_fwd(struct cache_status_member *m, const struct sf_value *v)
{
    m->fwd = v->type == SF_BOOLEAN ? SPAN("") : v->text; /* fwd alone: it went, nobody says why */
}

static void take_key(struct cache_status_member *m, const struct sf_value *v)
{
    m->key = v->type == SF_BOOLEAN ? SPAN_NONE : v->text;
}

static void take_detail(struct cache_status_member *m, const struct sf_value *v)
{
    m->detail = v->type == SF_BOOLEAN ? SPAN_NONE : v->text;
}

static void take_ttl(struct cache_status_member *m, const struct sf_value *v)
{
    m->has_ttl = v->type != SF_BOOLEAN && span_to_i64(v->text, &m->ttl_s);
}

static void take_fwd_status(struct cache_status_member *m, const struct sf_value *v)
{
    int64_t n;
    m->fwd_status = 0;
    if (v->type == SF_BOOLEAN || !span_to_i64(v->text, &n) || n < 100 || n > 999)
        m->faults |= CACHE_STATUS_BAD_CODE;
    else
        m->fwd_status = (int)n;
}

#define TYPE(type) (1u << (type))

/* Sections 2.1 to 2.8. Of a parameter that comes again the last counts (RFC 9651 section 3.1.2). */
static const struct {
    struct span name;
    unsigned types;
    void (*take)(struct cache_status_member *m, const struct sf_value *v);
} parameters[] = {
    { { "hit", 3 }, TYPE(SF_BOOLEAN), take_hit },
    { { "fwd", 3 }, TYPE(SF_TOKEN), take_fwd },
    { { "fwd-status", 10 }, TYPE(SF_INTEGER), take_fwd_status },
    { { "ttl", 3 }, TYPE(SF_INTEGER), take_ttl },
    { { "stored", 6 }, TYPE(SF_BOOLEAN), take_stored },
    { { "collapsed", 9 }, TYPE(SF_BOOLEAN), take_collapsed },
    { { "key", 3 }, TYPE(SF_STRING), take_key },
    { { "detail", 6 }, TYPE(SF_STRING) | TYPE(SF_TOKEN), take_detail },
};

/* In any case: caches that are not strict are not strict there either. */
static void take_parameter(struct cache_status_member *m, struct span name,
                           const struct sf_value *v)
{
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        if (!span_ieq(name, parameters[i].name))
            continue;
        if (!(parameters[i].types & TYPE(v->type)))
            m->faults |= CACHE_STATUS_BAD_TYPE;
        parameters[i].take(m, v);
    }
}

static const struct {
    struct span fwd;
    enum cache_outcome outcome;
} forwards[] = {
    { { "uri-miss", 8 }, OUTCOME_MISS },
    { { "vary-miss", 9 }, OUTCOME_MISS },
    { { "miss", 4 }, OUTCOME_MISS },
    { { "partial", 7 }, OUTCOME_MISS },
    { { "stale", 5 }, OUTCOME_EXPIRED_FETCHED },
    { { "bypass", 6 }, OUTCOME_PASS },
    { { "method", 6 }, OUTCOME_PASS },
    { { "request", 7 }, OUTCOME_PASS },
};

static enum cache_outcome forward_outcome(struct span fwd)
{
    for (size_t i = 0; i < sizeof forwards / sizeof *forwards; i++)
        if (span_ieq(fwd, forwards[i].fwd))
            return forwards[i].outcome;
    return OUTCOME_UNKNOWN;
}

/* What the parameters say about each other. */
static void check_together(struct cache_status_member *m)
{
    bool forwarded = !span_is_none(m->fwd);
    if (m->hit && forwarded)
        m->faults |= CACHE_STATUS_HIT_AND_FWD;
    if (!forwarded && (m->stored || m->has_collapsed || m->fwd_status))
        m->faults |= CACHE_STATUS_NEEDS_FWD;
    if (forwarded && forward_outcome(m->fwd) == OUTCOME_UNKNOWN)
        m->faults |= CACHE_STATUS_OTHER_FWD;
}

/* ---- to the letter ---- */

static struct cache_status_member from_structured(const struct sf_member *sf)
{
    struct cache_status_member m = { .cache = sf->value.text };
    struct sf_cursor c = sf_cursor_make(sf->parameters);
    struct sf_member parameter;
    if (sf->value.type != SF_STRING && sf->value.type != SF_TOKEN)
        m.faults |= CACHE_STATUS_BAD_NAME;
    while (sf_next_parameter(&c, &parameter))
        take_parameter(&m, parameter.key, &parameter.value);
    check_together(&m);
    return m;
}

bool cache_status_next_strict(struct sf_cursor *c, struct cache_status_member *ret)
{
    struct sf_member sf;
    if (!sf_next_list_member(c, &sf))
        return false;
    *ret = from_structured(&sf);
    return true;
}

bool cache_status_valid(struct span value)
{
    struct sf_cursor c = sf_cursor_make(value);
    struct cache_status_member member;
    unsigned faults = 0;
    while (cache_status_next_strict(&c, &member))
        faults |= member.faults;
    return !c.failed && !(faults & CACHE_STATUS_INVALID);
}

/* ---- with tolerance ---- */

/* Members are cut at commas and semicolons that are not inside quotes. */
static struct span take_until(struct span *rest, char stop)
{
    struct span whole = *rest;
    bool quoted = false;
    for (size_t i = 0; i < whole.len; i++) {
        char c = whole.ptr[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == stop && !quoted) {
            *rest = span_from(whole, i + 1);
            return span_trim(span_head(whole, i));
        }
    }
    *rest = SPAN_NONE;
    return span_trim(whole);
}

static struct span without_quotes(struct span s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return span_make(s.ptr + 1, s.len - 2);
    return s;
}

/* A value as a structured one, or else the word it is. */
static struct sf_value loose_value(struct span text)
{
    struct sf_member item;
    if (span_is_none(text))
        return (struct sf_value){ .type = SF_BOOLEAN, .number = 1 };
    text = span_trim(text);
    if (sf_item(text, &item))
        return item.value;
    return (struct sf_value){ .type = SF_TOKEN, .text = without_quotes(text) };
}

static struct cache_status_member from_loose(struct span text)
{
    struct cache_status_member m = { .cache = without_quotes(take_until(&text, ';')) };
    while (!span_is_none(text)) {
        struct span value = take_until(&text, ';');
        struct span name = span_trim(span_cut(&value, '='));
        struct sf_value v = loose_value(value);
        take_parameter(&m, name, &v);
    }
    m.faults |= CACHE_STATUS_NOT_STRUCTURED;
    check_together(&m);
    return m;
}

bool cache_status_next(struct span *rest, struct cache_status_member *ret)
{
    while (!span_is_none(*rest)) {
        struct span text = take_until(rest, ',');
        struct sf_member sf;
        if (text.len == 0)
            continue;
        bool structured = sf_item(text, &sf);
        *ret = structured ? from_structured(&sf) : from_loose(text);
        return true;
    }
    return false;
}

/* ---- what it comes to ---- */

enum cache_outcome cache_status_outcome(const struct cache_status_member *member)
{
    if (member->hit)
        return member->has_ttl && member->ttl_s < 0 ? OUTCOME_STALE_HIT : OUTCOME_HIT;
    if (span_eq(member->fwd, SPAN("stale")) && member->fwd_status == 304)
        return OUTCOME_REVALIDATED;
    enum cache_outcome forwarded = forward_outcome(member->fwd);
    return forwarded == OUTCOME_MISS && member->collapsed ? OUTCOME_COLLAPSED : forwarded;
}

/* ---- written ---- */

static void write_token_or_string(struct sf_writer *w, struct span s)
{
    if (sf_is_token(s))
        sf_write_token(w, s);
    else
        sf_write_string(w, s);
}

static void write_forwarded(struct sf_writer *w, const struct cache_status_member *m)
{
    sf_write_parameter(w, SPAN("fwd"));
    sf_write_token(w, m->fwd);
    if (m->fwd_status) {
        sf_write_parameter(w, SPAN("fwd-status"));
        sf_write_integer(w, m->fwd_status);
    }
    if (m->stored)
        sf_write_parameter(w, SPAN("stored"));
    if (m->collapsed || m->has_collapsed) {
        sf_write_parameter(w, SPAN("collapsed"));
        sf_write_boolean(w, m->collapsed);
    }
}

static void write_parameters(struct sf_writer *w, const struct cache_status_member *m)
{
    if (m->hit)
        sf_write_parameter(w, SPAN("hit"));
    if (!span_is_none(m->fwd))
        write_forwarded(w, m);
    if (m->has_ttl) {
        sf_write_parameter(w, SPAN("ttl"));
        sf_write_integer(w, m->ttl_s);
    }
    if (!span_is_none(m->key)) {
        sf_write_parameter(w, SPAN("key"));
        sf_write_string(w, m->key);
    }
    if (!span_is_none(m->detail)) {
        sf_write_parameter(w, SPAN("detail"));
        write_token_or_string(w, m->detail);
    }
}

bool cache_status_add(struct strbuf *out, const struct cache_status_member *m)
{
    bool forwarded = !span_is_none(m->fwd);
    size_t start = out->len;
    assert(!(m->hit && forwarded));
    assert(forwarded || !(m->fwd_status || m->stored || m->collapsed || m->has_collapsed));
    if (start)
        strbuf_add_str(out, ", ");
    struct sf_writer w = sf_write_list(out);
    write_token_or_string(&w, m->cache);
    write_parameters(&w, m);
    if (sf_write_end(&w))
        return true;
    strbuf_cut(out, start);
    return false;
}
