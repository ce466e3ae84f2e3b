#ifndef REHEARSE_SESSION_ONE_OF_H
#define REHEARSE_SESSION_ONE_OF_H

#include <stdbool.h>
#include <string.h>

/* strchr finds the end of the set for a NUL; hostile texts hold NULs. */
static inline bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

#endif
