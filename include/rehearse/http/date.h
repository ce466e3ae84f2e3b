#ifndef REHEARSE_HTTP_DATE_H
#define REHEARSE_HTTP_DATE_H

#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * Times on the wire and in logs. Unix seconds or microseconds, UTC, proleptic
 * Gregorian; no locale, no time zone database, no clock.
 */
/* RFC 9110, section 5.6.7: IMF-fixdate, RFC 850 and asctime. False when none of them. */
bool http_date_parse(struct span s, int64_t *ret_s);
/* IMF-fixdate. */
void http_date_add(struct strbuf *out, int64_t s);
/* ISO 8601 / RFC 3339 with any fraction: "2026-03-07T09:15:32.114Z", "+01:00", " " for 'T' too; no
 * zone reads as UTC. */
bool iso_time_parse(struct span s, int64_t *ret_us);
void iso_time_add(struct strbuf *out, int64_t us);
/* NCSA: 07/Mar/2026:10:15:32 +0100, without brackets. */
bool ncsa_time_parse(struct span s, int64_t *ret_us);
/* Days since 1970-01-01 of a civil date; month 1-12. */
int64_t date_days(int64_t year, unsigned month, unsigned day);
/* "Mar" is 3; 0 when it is no month. */
unsigned date_month(struct span name);

#endif
