#ifndef REHEARSE_SESSION_JAR_H
#define REHEARSE_SESSION_JAR_H

#include "rehearse/base/strbuf.h"
#include "rehearse/http/exchange.h"

/*
 * One visitor's cookies on one environment: storage and retrieval by RFC 6265bis,
 * section 5.7 and 5.8, with public suffixes from libpsl. Small: ten thousand jars
 * live at once, each bounded in cookies and bytes. `now_s` is a parameter everywhere.
 *
 * This machine's own addresses (localhost, 127.0.0.0/8, [::1]) count as secure over
 * plain http, as in browsers. SameSite is checked when a cookie is set (None needs
 * Secure) and not when it is sent: a replayed session moves about one site. For the
 * same reason a Partitioned cookie is stored as any other, and needs Secure.
 */
struct jar;

struct jar *jar_new(void);
void jar_free(struct jar *jar);

enum jar_outcome {
    JAR_STORED,
    JAR_DELETED,
    JAR_REFUSED, /* the line broke a rule; *ret_why (may be NULL) names it */
};
/* A Set-Cookie line from a response to scheme://authority/target. */
enum jar_outcome jar_set(struct jar *jar, struct span line, struct span scheme,
                         struct span authority, struct span target, int64_t now_s,
                         const char **ret_why);
/*
 * The Cookie line for a request, appended to `out` in the order of section 5.8.3;
 * nothing is appended when no cookie goes there.
 */
void jar_add_cookie_line(const struct jar *jar, struct strbuf *out, struct span scheme,
                         struct span authority, struct span target, int64_t now_s);
/* How many cookies it holds. */
size_t jar_count(const struct jar *jar);

/*
 * The Cookie line of a replayed request: `recorded` (SPAN_NONE if none) gives which
 * names production's visitor sent; the jar's values win; recorded values that are
 * plain (variants) are kept, unless staging deleted that cookie; recorded pseudonyms
 * without a twin in the jar are left out and counted in *ret_unresolved. A twin may
 * have another prefix (__Secure-) or another installation's suffix
 * (wordpress_logged_in_…). Cookies of stickiness, bot managers and analytics are left
 * out without being counted. Cookies of the jar that the recording did not have follow.
 */
void jar_add_replay_line(const struct jar *jar, struct strbuf *out, struct span recorded,
                         struct span scheme, struct span authority, struct span target,
                         int64_t now_s, unsigned *ret_unresolved);

AUTO_FREE(struct jar, jar_free);

#endif
