#ifndef REHEARSE_HTTP_CIVIL_H
#define REHEARSE_HTTP_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_S 86400

/* A civil moment as it is written; checked by civil_ok(). */
struct civil {
    int64_t year;
    unsigned month;                /* 1-12 */
    unsigned day;                  /* 1-31 */
    unsigned hour, minute, second; /* second may be 60 */
};

struct civil civil_from_s(int64_t s);
/* Is there such a day, and such a time of day? */
bool civil_ok(const struct civil *c);
int64_t civil_s(const struct civil *c);
/* 0 is Sunday. */
unsigned civil_weekday(int64_t days);

#endif
