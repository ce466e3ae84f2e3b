#ifndef REHEARSE_HTTP_URL_H
#define REHEARSE_HTTP_URL_H

#include "rehearse/base/arena.h"
#include "rehearse/base/span.h"
#include "rehearse/base/strbuf.h"

/*
 * URLs (RFC 3986) as borrowed parts, byte for byte: nothing is decoded or
 * normalised here, because cache keys depend on every byte.
 */
struct url {
    struct span scheme;    /* without ':'; SPAN_NONE when relative */
    struct span authority; /* without userinfo; SPAN_NONE when there is none */
    struct span host;      /* without port; [::1] keeps its brackets */
    int port;              /* 0 when not given */
    struct span path;      /* may be empty */
    struct span query;     /* without '?'; SPAN_NONE when there is no '?' */
    struct span fragment;  /* without '#'; SPAN_NONE when there is no '#' */
    struct span target;    /* path?query, contiguous */
};

/* Takes anything: what is no absolute URL is taken as a reference. False for control bytes or a bad
 * port. */
bool url_parse(struct url *ret, struct span text);
/* 80 for http, 443 for https, else 0. */
int url_default_port(struct span scheme);
/* Without the port that the scheme has by itself: "shop.example:443" on https is "shop.example". */
struct span url_without_default_port(struct span authority, struct span scheme);
/* Resolve `reference` against `base` (section 5.2); the result is in the arena. */
struct span url_resolve(struct span base, struct span reference, struct arena *arena);

/* One `name=value` of a query or a form body, in order; value SPAN_NONE without '='. */
struct query_item {
    struct span name;
    struct span value;
};
/* Cut the next item off *rest ('&' separated, empty ones kept); false when *rest is none. */
bool query_next(struct span *rest, struct query_item *ret);
/* Undo %XX, and '+' where `plus` (forms); broken escapes stay as they are. */
struct span url_decode(struct span s, bool plus, struct arena *arena);
/* Encode all but unreserved characters; space as %20. */
void url_encode(struct strbuf *out, struct span s);
/* As url_encode with space as '+': application/x-www-form-urlencoded. */
void form_encode(struct strbuf *out, struct span s);

#endif
