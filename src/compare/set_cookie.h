#ifndef SRC_COMPARE_SET_COOKIE_H
#define SRC_COMPARE_SET_COOKIE_H

#include "canonical.h"
#include "rehearse/http/cookie.h"

/*
 * A Set-Cookie line without its value: "HttpOnly; Secure; SameSite=Lax; Path=/;
 * for 30 days". Values never get here. Domain is written in relation to the
 * request's host, so that shop.example and shop.staging.test say the same.
 */
void set_cookie_attributes(const struct canonical_context *c, const struct set_cookie *cookie,
                           struct strbuf *out);

#endif
