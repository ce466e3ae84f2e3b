#include "filter.h"

#include "rehearse/base/glob.h"

/* "404", "5xx" or "400-499" as a range. */
static bool status_range(struct span text, uint64_t *ret_low, uint64_t *ret_high)
{
    struct span rest = text;
    if (text.len == 3 && char_is_digit(text.ptr[0]) && span_ieq(span_from(text, 1), SPAN("xx"))) {
        *ret_low = (uint64_t)(text.ptr[0] - '0') * 100;
        *ret_high = *ret_low + 99;
        return true;
    }
    struct span low = span_cut(&rest, '-');
    if (!span_to_u64(low, ret_low))
        return false;
    *ret_high = *ret_low;
    return (span_is_none(rest) || span_to_u64(rest, ret_high)) && *ret_low <= *ret_high &&
           *ret_high <= 999;
}

int filter_check(const struct import_filter *filter, struct err *err)
{
    uint64_t low, high;
    for (const char *const *s = filter->statuses; s && *s; s++)
        if (!status_range(span_of(*s), &low, &high))
            return err_set(
                err, E_USAGE,
                "status \"%s\": expected a status, a class or a range: 404, 5xx, 400-499", *s);
    if (filter->from_us && filter->to_us && filter->from_us >= filter->to_us)
        return err_set(err, E_USAGE, "the time range is empty: its end is not after its start");
    return 0;
}

/* "[::1]:80" has its port behind the bracket. */
static struct span without_port(struct span authority)
{
    ptrdiff_t colon = span_rfind_char(authority, ':');
    ptrdiff_t bracket = span_rfind_char(authority, ']');
    return colon > bracket ? span_head(authority, (size_t)colon) : authority;
}

static bool host_fits(const char *const *hosts, struct span authority)
{
    for (; *hosts; hosts++) {
        struct span wanted = span_of(*hosts);
        bool with_port = without_port(wanted).len != wanted.len;
        if (glob_imatches(wanted, with_port ? authority : without_port(authority)))
            return true;
    }
    return false;
}

static bool path_fits(const char *const *paths, struct span target)
{
    struct span rest = target;
    struct span path = span_cut(&rest, '?');
    for (; *paths; paths++) {
        struct span wanted = span_of(*paths);
        if (span_find_char(wanted, '*') < 0 ? span_starts(path, wanted)
                                            : glob_matches(wanted, path))
            return true;
    }
    return false;
}

/* Methods are case-sensitive (RFC 9110, section 9.1); what a user types is not. */
static bool method_fits(const char *const *methods, struct span method)
{
    for (; *methods; methods++)
        if (span_ieq(method, span_of(*methods)))
            return true;
    return false;
}

static bool status_fits(const char *const *statuses, int status)
{
    uint64_t low, high;
    for (; *statuses; statuses++)
        if (status_range(span_of(*statuses), &low, &high) && status >= (int)low &&
            status <= (int)high)
            return true;
    return false;
}

static bool session_fits(const struct import_filter *filter, uint64_t session)
{
    for (size_t i = 0; i < filter->session_count; i++)
        if (filter->sessions[i] == session)
            return true;
    return false;
}

const char *filter_refuses(const struct import_filter *f, const struct exchange *x)
{
    if (f->from_us && x->start_us < f->from_us)
        return "before the time asked for";
    if (f->to_us && x->start_us >= f->to_us)
        return "after the time asked for";
    if (f->hosts && !host_fits(f->hosts, x->request.authority))
        return "another host";
    if (f->paths && !path_fits(f->paths, x->request.target))
        return "another path";
    if (f->methods && !method_fits(f->methods, x->request.method))
        return "another method";
    if (f->statuses && !status_fits(f->statuses, x->response.status))
        return "another status";
    if (f->session_count && !session_fits(f, x->session))
        return "another session";
    return NULL;
}
