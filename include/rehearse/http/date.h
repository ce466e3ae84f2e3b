#ifndef REHEARSE_HTTP_DATE_H
#define REHEARSE_HTTP_DATE_H

#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * Times on the wire and in logs. Unix seconds or microseconds, UTC, proleptic
 * Gregorian; no locale, no time zone database, no clock.
 */
/*
 * RFC 9110, section 5.6.7: IMF-fixdate, RFC 850 and asctime, with what HTTP_DATE_BY_RFC
 * lets pass. False when none of them. Years of two digits are 1970 to 2069.
 */
bool http_date_parse(struct span s, int64_t *ret_s);

/* What is odd about a date that could be read, as bits. */
enum {
    HTTP_DATE_RFC850 = 1u << 0, /* the form is one of the two obsolete ones */
    HTTP_DATE_ASCTIME = 1u << 1,
    HTTP_DATE_LEAP_SECOND = 1u << 2, /* :60, read as :59 */
    HTTP_DATE_CASE = 1u << 3,        /* "gmt", "NOV" */
    HTTP_DATE_DAY_NAME = 1u << 4,    /* no day's name, another day's, too long or too short */
    HTTP_DATE_NO_DAY_NAME = 1u << 5,
    HTTP_DATE_COMMA = 1u << 6,       /* missing, or where none belongs */
    HTTP_DATE_SPACES = 1u << 7,      /* more than there should be, or tabs */
    HTTP_DATE_DASHES = 1u << 8,      /* 06-Nov-1994 */
    HTTP_DATE_DOTS = 1u << 9,        /* 08.49.37 */
    HTTP_DATE_ONE_DIGIT = 1u << 10,  /* 6 Nov, 8:49:37 */
    HTTP_DATE_SHORT_YEAR = 1u << 11, /* 06 Nov 94 */
    HTTP_DATE_LONG_YEAR = 1u << 12,  /* five or six digits */
    HTTP_DATE_UTC = 1u << 13,        /* UTC, UT, Z or +0000 for GMT */
    HTTP_DATE_OFFSET = 1u << 14,     /* +0100: counted in */
    HTTP_DATE_OTHER_ZONE = 1u << 15, /* another word for GMT: read as GMT */
    HTTP_DATE_NO_ZONE = 1u << 16,    /* read as GMT */
    HTTP_DATE_ODDITIES = 17,         /* how many bits there are */
};
/*
 * What a cache takes: the obsolete forms (RFC 9110 section 5.6.7) and any case (RFC 9111
 * section 4.2); the day's name says nothing that the date does not.
 */
#define HTTP_DATE_BY_RFC                                                                           \
    ((unsigned)(HTTP_DATE_RFC850 | HTTP_DATE_ASCTIME | HTTP_DATE_LEAP_SECOND | HTTP_DATE_CASE |    \
                HTTP_DATE_DAY_NAME))
/*
 * Read a date with all the tolerance that real caches have between them; what was
 * tolerated is in *ret_oddities, so that the caller can say which of it he takes. A year
 * of two digits is the latest that is not more than 50 years ahead of `now_s`. False
 * when it cannot be read at all.
 */
bool http_date_read(struct span s, int64_t now_s, int64_t *ret_s, unsigned *ret_oddities);
/* A sentence for a person about one of these bits; static. */
const char *http_date_oddity_sentence(unsigned oddity);

/* IMF-fixdate. */
void http_date_add(struct strbuf *out, int64_t s);
/* ISO 8601 / RFC 3339 with any fraction: "2026-03-07T09:15:32.114Z", "+01:00", " " for 'T' too; no
 * zone reads as UTC. */
bool iso_time_parse(struct span s, int64_t *ret_us);
void iso_time_add(struct strbuf *out, int64_t us);
/* Days since 1970-01-01 of a civil date; month 1-12. */
int64_t date_days(int64_t year, unsigned month, unsigned day);
/* "Mar" is 3; 0 when it is no month. */
unsigned date_month(struct span name);

#endif
