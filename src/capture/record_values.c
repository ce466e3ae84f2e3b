/*
 * What goes into a record: single values by role, fields and cookies by name.
 */
#include "record.h"

#include "rehearse/http/cookie.h"
#include "rehearse/http/url.h"

void record_begin(struct record *r, const struct record_rules *rules, struct span line,
                  struct arena *arena)
{
    /* The values are not zeroed: `has` says which of them count. */
    r->arena = arena;
    r->rules = rules;
    r->line = line;
    r->has = r->unescaped = 0;
    r->marks = 0;
    r->saw_status = r->saw_cookies = r->too_many = r->bad_request = false;
    r->request_fields = r->response_fields = r->cookie_pairs = (struct http_fields){ 0 };
}

static bool is_nothing(struct span v)
{
    return v.len == 0 || (v.len == 1 && v.ptr[0] == '-');
}

static bool is_cookie_name(struct span name)
{
    return name.len == 6 && span_ieq(name, SPAN("Cookie"));
}

static bool is_credential_name(struct span name)
{
    switch (name.len) {
    case 6:
        return is_cookie_name(name);
    case 10:
        return span_ieq(name, SPAN("Set-Cookie"));
    case 13:
        return span_ieq(name, SPAN("Authorization"));
    case 19:
        return span_ieq(name, SPAN("Proxy-Authorization"));
    default:
        return false;
    }
}

/* A Cookie line without the pairs whose value was masked; the line itself when none was. */
static struct span unmasked_pairs(struct record *r, struct span line)
{
    struct cookie_pair pair;
    struct span rest = line;
    bool masked = false;
    while (!masked && cookie_next(&rest, &pair))
        masked = value_is_masked(pair.value);
    if (!masked)
        return line;
    r->marks |= MARK_CREDENTIALS_MASKED;
    /* A pair of one byte and its ';' becomes "=a; ". */
    char *to = arena_alloc(r->arena, 4 * line.len + 4);
    size_t len = 0;
    rest = line;
    while (cookie_next(&rest, &pair)) {
        if (value_is_masked(pair.value))
            continue;
        if (len) {
            to[len++] = ';';
            to[len++] = ' ';
        }
        memcpy(to + len, pair.name.ptr, pair.name.len);
        len += pair.name.len;
        to[len++] = '=';
        if (pair.value.len)
            memcpy(to + len, pair.value.ptr, pair.value.len);
        len += pair.value.len;
    }
    return len ? span_make(to, len) : SPAN_NONE;
}

/* False when the field is to be dropped because its value is a mask. */
static bool keep_credential(struct record *r, struct span name, struct span *value)
{
    if (value_is_masked(*value)) {
        r->marks |= MARK_CREDENTIALS_MASKED;
        return false;
    }
    if (!is_cookie_name(name))
        return true;
    *value = unmasked_pairs(r, *value);
    return !span_is_none(*value);
}

static void add_bounded(struct record *r, struct http_fields *fields, struct span name,
                        struct span value)
{
    if (fields->len == RECORD_MAX_FIELDS)
        r->too_many = true;
    else
        http_fields_add(fields, r->arena, name, value);
}

void record_add_request_field(struct record *r, struct span name, struct span value)
{
    if (name.len == 4 && span_ieq(name, SPAN("Host"))) {
        record_set(r, &(struct meaning){ .role = ROLE_AUTHORITY }, value);
        return;
    }
    if (name.len && name.ptr[0] == ':')
        return; /* HTTP/2 pseudo fields have roles of their own */
    if (is_cookie_name(name))
        r->saw_cookies = true;
    if (is_nothing(value))
        value = SPAN_NONE;
    else if (is_credential_name(name) && !keep_credential(r, name, &value))
        return;
    add_bounded(r, &r->request_fields, name, value);
}

void record_add_response_field(struct record *r, struct span name, struct span value)
{
    bool set_cookie = name.len == 10 && is_credential_name(name);
    if (is_nothing(value)) {
        value = SPAN_NONE;
    } else if (set_cookie) {
        if (!keep_credential(r, name, &value))
            return;
        if (!r->rules->all_response_fields)
            r->marks |= MARK_FIELDS_CUT;
    }
    add_bounded(r, &r->response_fields, name, value);
}

void record_add_cookie(struct record *r, struct span name, struct span value)
{
    if (is_nothing(value))
        return;
    if (value_is_masked(value)) {
        r->marks |= MARK_CREDENTIALS_MASKED;
        return;
    }
    add_bounded(r, &r->cookie_pairs, name, value);
}

/*
 * %XX undone once. A user agent or cookie that still shows %20 was encoded twice
 * (old CloudFront files).
 */
struct span record_undo_percent(struct record *r, struct span value, bool twice)
{
    if (!r->rules->percent_encoded)
        return value;
    value = url_decode(value, /* plus= */ false, r->arena);
    if (twice && span_find(value, SPAN("%20")) >= 0)
        value = url_decode(value, /* plus= */ false, r->arena);
    return value;
}

static void set_many(struct record *r, const struct meaning *m, struct span value)
{
    switch (m->role) {
    case ROLE_REQUEST_FIELD:
        if (r->rules->percent_encoded)
            value = record_undo_percent(r, value, is_cookie_name(m->name) || m->name.len == 10);
        record_add_request_field(r, m->name, value);
        break;
    case ROLE_RESPONSE_FIELD:
        record_add_response_field(r, m->name, record_undo_percent(r, value, /* twice= */ false));
        break;
    case ROLE_REQUEST_COOKIE:
        record_add_cookie(r, m->name, value);
        break;
    default:
        break; /* objects have no plain value */
    }
}

void record_set_unescaped(struct record *r, const struct meaning *m, struct span value,
                          struct span written)
{
    if (m->role < ROLE_SINGLES && !record_has(r, m->role)) {
        r->written[m->role] = written;
        r->unescaped |= (uint64_t)1 << m->role;
    }
    record_set(r, m, value);
}

void record_set(struct record *r, const struct meaning *m, struct span value)
{
    enum role role = m->role;
    if (role == ROLE_NONE)
        return;
    if (role >= ROLE_SINGLES) {
        set_many(r, m, value);
        return;
    }
    if (role == ROLE_STATUS)
        r->saw_status = true;
    /* A request line of "-" is no missing one, but a connection without a request. */
    if ((is_nothing(value) && role != ROLE_REQUEST_LINE) || record_has(r, role))
        return;
    r->has |= (uint64_t)1 << role;
    r->values[role] = value;
    if (role == ROLE_DURATION)
        r->duration_unit = m->unit;
    else if (role == ROLE_FIRST_BYTE)
        r->first_byte_unit = m->unit;
}
