/*
 * HAProxy, "option httplog": behind the numbers come the captured fields in
 * braces, each group there only when something is captured, and the request.
 * #XX stands for bytes that do not print, and for '"' and '#'.
 */
#include "haproxy.h"

#include "rehearse/http/url.h"

enum { SYSLOG_FRONT_MAX = 256 };

/* "<134>Mar  7 10:15:32 lb haproxy[811]: ", or RFC 5424's "<134>1 … haproxy 811 - - " */
struct span haproxy_front(struct span line)
{
    struct span front = span_head(line, SYSLOG_FRONT_MAX);
    ptrdiff_t at = span_find(front, SPAN("]: "));
    if (at >= 0)
        return span_from(line, (size_t)at + 3);
    at = line.len && line.ptr[0] == '<' ? span_find(front, SPAN(" - - ")) : -1;
    return at >= 0 ? span_from(line, (size_t)at + 5) : line;
}

/* "Server be/s1 is DOWN", "Proxy fe started": no date in brackets. */
bool haproxy_is_message(struct span line)
{
    return span_starts(line, SPAN("Server ")) || span_starts(line, SPAN("Proxy ")) ||
           span_starts(line, SPAN("Backup ")) || span_starts(line, SPAN("Health check "));
}

static struct span undo_hash(struct span s, struct arena *arena)
{
    if (span_find_char(s, '#') < 0)
        return s;
    char *to = arena_alloc(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        int high = i + 2 < s.len && s.ptr[i] == '#' ? char_hex(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? char_hex(s.ptr[i + 2]) : -1;
        to[len++] = low >= 0 ? (char)((unsigned)high << 4 | (unsigned)low) : s.ptr[i];
        i += low >= 0 ? 2 : 0;
    }
    return span_make(to, len);
}

/* The group at the front of *rest, without its braces; SPAN_NONE when there is none. */
static struct span take_group(struct span *rest)
{
    ptrdiff_t close = rest->len && rest->ptr[0] == '{' ? span_find_char(*rest, '}') : -1;
    if (close < 0)
        return SPAN_NONE;
    struct span group = span_make(rest->ptr + 1, (size_t)close - 1);
    *rest = span_from(*rest, (size_t)close + 1);
    if (rest->len && rest->ptr[0] == ' ')
        *rest = span_from(*rest, 1);
    return group;
}

/* A host by its looks: letters of host names only, a dot, no address. */
static bool is_host(struct span s)
{
    bool dot = false, letter = false;
    struct span name = s;
    name = span_cut(&name, ':');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && c != '.' && c != '-')
            return false;
        dot |= c == '.';
        letter |= char_is_alpha(c);
    }
    return dot && letter && name.ptr[0] != '.';
}

/* "host=req.0": what the field map says about the value `index` of a group; false when nothing. */
static bool mapped(struct record *r, const char *map, const char *group, unsigned index,
                   struct span value)
{
    struct span rest = span_of(map);
    struct span place = arena_printf(r->arena, "%s.%u", group, index);
    while (!span_is_none(rest)) {
        struct span path = span_cut(&rest, ',');
        struct span role = span_cut(&path, '=');
        role = span_trim(role);
        if (!span_eq(span_trim(path), place))
            continue;
        if (span_eq(role, SPAN("host")))
            record_set(r, &(struct meaning){ .role = ROLE_AUTHORITY }, value);
        else if (span_starts(role, SPAN("request.")))
            record_add_request_field(r, span_from(role, 8), value);
        else if (span_starts(role, SPAN("response.")))
            record_add_response_field(r, span_from(role, 9), value);
        return true;
    }
    return false;
}

/* The log does not say which fields are captured: the map does, else a host and a browser show
 * themselves. */
static void captured(struct record *r, struct span group, const char *name, const char *map)
{
    for (unsigned i = 0; !span_is_none(group); i++) {
        struct span value = undo_hash(span_cut(&group, '|'), r->arena);
        if (value.len == 0)
            continue;
        if (map) {
            mapped(r, map, name, i, value);
        } else if (name[2] == 'q' && is_host(value)) {
            record_set(r, &(struct meaning){ .role = ROLE_AUTHORITY }, value);
        } else if (name[2] == 'q' && span_starts(value, SPAN("Mozilla/"))) {
            record_add_request_field(r, SPAN("User-Agent"), value);
        }
    }
}

static void captured_cookies(struct record *r)
{
    struct span sent = record_value(r, ROLE_OWN_1);
    struct span set = record_value(r, ROLE_OWN_2);
    if (span_find_char(sent, '=') > 0) {
        struct span name = span_cut(&sent, '=');
        record_add_cookie(r, undo_hash(name, r->arena), undo_hash(sent, r->arena));
    }
    if (span_find_char(set, '=') > 0)
        record_add_response_field(r, SPAN("Set-Cookie"), undo_hash(set, r->arena));
}

int haproxy_fix(struct record *r, const struct source_options *options, struct source_item *ret)
{
    struct span rest = record_value(r, ROLE_OWN_3);
    struct span state = record_value(r, ROLE_OWN_4);
    struct span frontend = record_value(r, ROLE_OWN_5);
    captured(r, take_group(&rest), "req", options->field_map);
    captured(r, take_group(&rest), "res", options->field_map);
    captured_cookies(r);
    ptrdiff_t close = rest.len && rest.ptr[0] == '"' ? span_find_char(span_from(rest, 1), '"') : -1;
    if (close < 0)
        return record_reject(r, ret, rest, SPAN("not a line of this format"),
                             "captured fields in braces and the request in quotes");
    struct span line = span_make(rest.ptr + 1, (size_t)close);
    record_set_unescaped(r, &(struct meaning){ .role = ROLE_REQUEST_LINE },
                         undo_hash(line, r->arena), line);
    record_set(r, &(struct meaning){ .role = ROLE_SCHEME },
               span_ends(frontend, SPAN("~")) ? SPAN("https") : SPAN("http"));
    if (state.len && char_lower(state.ptr[0]) == 'c')
        r->marks |= MARK_CLIENT_ABORTED; /* "C": the client closed, "c": it timed out */
    return 0;
}
