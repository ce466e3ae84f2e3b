#include "rehearse/cache/field_kind.h"

static enum field_kind if_named(struct span name, const char *wanted, enum field_kind kind)
{
    for (size_t i = 0; i < name.len; i++)
        if (char_lower(name.ptr[i]) != wanted[i])
            return FIELD_OTHER;
    return kind;
}

static enum field_kind of_4(struct span name)
{
    switch (name.ptr[0] | 0x20) {
    case 'd':
        return if_named(name, "date", FIELD_DATE);
    case 'e':
        return if_named(name, "etag", FIELD_ETAG);
    case 'v':
        return if_named(name, "vary", FIELD_VARY);
    default:
        return FIELD_OTHER;
    }
}

static enum field_kind of_13(struct span name)
{
    switch (name.ptr[0] | 0x20) {
    case 'a':
        return if_named(name, "authorization", FIELD_AUTHORIZATION);
    case 'c':
        return (name.ptr[1] | 0x20) == 'a' ? if_named(name, "cache-control", FIELD_CACHE_CONTROL)
                                           : if_named(name, "content-range", FIELD_CONTENT_RANGE);
    case 'i':
        return if_named(name, "if-none-match", FIELD_IF_NONE_MATCH);
    case 'l':
        return if_named(name, "last-modified", FIELD_LAST_MODIFIED);
    default:
        return FIELD_OTHER;
    }
}

enum field_kind field_kind_of(struct span name)
{
    switch (name.len) {
    case 3:
        return if_named(name, "age", FIELD_AGE);
    case 4:
        return of_4(name);
    case 5:
        return if_named(name, "range", FIELD_RANGE);
    case 6:
        return (name.ptr[0] | 0x20) == 'c' ? if_named(name, "cookie", FIELD_COOKIE)
                                           : if_named(name, "pragma", FIELD_PRAGMA);
    case 7:
        return if_named(name, "expires", FIELD_EXPIRES);
    case 8:
        return (name.ptr[3] | 0x20) == 'm' ? if_named(name, "if-match", FIELD_IF_MATCH)
                                           : if_named(name, "if-range", FIELD_IF_RANGE);
    case 10:
        return if_named(name, "set-cookie", FIELD_SET_COOKIE);
    case 13:
        return of_13(name);
    case 17:
        return (name.ptr[0] | 0x20) == 'i'
                   ? if_named(name, "if-modified-since", FIELD_IF_MODIFIED_SINCE)
                   : if_named(name, "surrogate-control", FIELD_SURROGATE_CONTROL);
    case 19:
        return if_named(name, "if-unmodified-since", FIELD_IF_UNMODIFIED_SINCE);
    default:
        return FIELD_OTHER;
    }
}
