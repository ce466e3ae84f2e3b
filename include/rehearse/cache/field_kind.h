#ifndef REHEARSE_CACHE_FIELD_KIND_H
#define REHEARSE_CACHE_FIELD_KIND_H

#include "rehearse/base/span.h"

/* The fields that the rules read, by name. */
enum field_kind {
    FIELD_OTHER = 0,
    FIELD_AGE,
    FIELD_AUTHORIZATION,
    FIELD_CACHE_CONTROL,
    FIELD_CONTENT_RANGE,
    FIELD_COOKIE,
    FIELD_DATE,
    FIELD_ETAG,
    FIELD_EXPIRES,
    FIELD_IF_MATCH,
    FIELD_IF_MODIFIED_SINCE,
    FIELD_IF_NONE_MATCH,
    FIELD_IF_RANGE,
    FIELD_IF_UNMODIFIED_SINCE,
    FIELD_LAST_MODIFIED,
    FIELD_PRAGMA,
    FIELD_RANGE,
    FIELD_SET_COOKIE,
    FIELD_SURROGATE_CONTROL,
    FIELD_VARY,
};

/* Any case. Names are told apart by their length first, so most cost no comparison. */
enum field_kind field_kind_of(struct span name);

#endif
