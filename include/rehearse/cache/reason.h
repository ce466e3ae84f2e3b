#ifndef REHEARSE_CACHE_REASON_H
#define REHEARSE_CACHE_REASON_H

#include "rehearse/base/span.h"

/*
 * Why a shared cache does what it does: every answer of this room carries one, so
 * that a report can print it. All of it is static text.
 */
struct reason {
    const char *rule;     /* "B-S5": stable, to match on */
    struct span field;    /* the field that decided, "Cache-Control"; SPAN_NONE when none did */
    const char *section;  /* "RFC 9111 section 3"; "" for what no RFC says */
    const char *sentence; /* "Cache-Control: private keeps it out of shared caches." */
};

#endif
