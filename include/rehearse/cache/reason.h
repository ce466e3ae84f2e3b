#ifndef REHEARSE_CACHE_REASON_H
#define REHEARSE_CACHE_REASON_H

#include "rehearse/base/span.h"

/*
 * Why a shared cache does what it does: every answer of this room carries one, so
 * that a report can print it. All of it is static text.
 *
 * The first letter of a rule says what it is about: B-S storing, B-F the lifetime,
 * B-R reuse, fresh or stale, B-Q what the request asks, B-K the key and Vary, B-V
 * validation, B-G ranges, B-H answers to HEAD, B-E failures of the origin, B-I what
 * writes make invalid, B-M the method, B-P going past the cache.
 */
struct reason {
    const char *rule;     /* "B-S5": stable, to match on */
    struct span field;    /* the field that decided, "Cache-Control"; SPAN_NONE when none did */
    const char *section;  /* "RFC 9111 section 3"; "" for what no RFC says */
    const char *sentence; /* "Cache-Control: private keeps it out of shared caches." */
};

#endif
