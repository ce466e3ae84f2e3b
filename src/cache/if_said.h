#ifndef REHEARSE_SRC_CACHE_IF_SAID_H
#define REHEARSE_SRC_CACHE_IF_SAID_H

#include <stdbool.h>

/* A bit of what a message says, to be put to the others. */
static inline unsigned if_said(bool said, unsigned bit)
{
    return said ? bit : 0;
}

#endif
