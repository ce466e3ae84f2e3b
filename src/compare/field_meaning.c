#include "field_meaning.h"

#include "rehearse/cache/cache_status.h"

#define INFO SEVERITY_INFO
#define MINOR SEVERITY_MINOR
#define MAJOR SEVERITY_MAJOR
#define NAME(text) { text, sizeof(text) - 1 }

static const struct field_meaning generic = {
    .how = FIELD_SHAPE, .removed = MINOR, .changed = MINOR, .added = MINOR,
    .effect = "Clients and proxies that read this field see something else.",
};
static const struct field_meaning ignored = { .how = FIELD_IGNORED };
static const struct field_meaning of_cache = { .how = FIELD_CACHE };

/* Rows are alike: name, how, canonical text, separator, kind, severities, effect. */
static const struct field_meaning table[] = {
    { NAME("Cache-Control"), FIELD_CACHE, NULL, NULL, NULL, MINOR, MINOR, MINOR, "", false },
    { NAME("CDN-Cache-Control"), FIELD_CACHE, NULL, NULL, NULL, MINOR, MINOR, MINOR, "", false },
    { NAME("Surrogate-Control"), FIELD_CACHE, NULL, NULL, NULL, MINOR, MINOR, MINOR, "", false },
    { NAME("Expires"), FIELD_CACHE, NULL, NULL, NULL, MINOR, MINOR, MINOR, "", false },
    { NAME("Pragma"), FIELD_CACHE, NULL, NULL, NULL, MINOR, MINOR, MINOR, "", false },
    { NAME("Vary"), FIELD_CANONICAL, canonical_set, ", ", "cache.vary", MAJOR, MAJOR, MAJOR,
      "A shared cache tells variants apart by what Vary names.", true },
    { NAME("Set-Cookie"), FIELD_COOKIE, NULL, NULL, NULL, MAJOR, MAJOR, MAJOR, "", false },
    { NAME("Location"), FIELD_LOCATION, canonical_location, NULL, "redirect.target", MAJOR, MAJOR,
      MAJOR, "Visitors are sent to another place.", false },
    { NAME("Content-Type"), FIELD_CANONICAL, canonical_content_type, NULL, NULL, MAJOR, MINOR,
      MINOR, "Clients choose how to read the body by it.", false },
    { NAME("Content-Language"), FIELD_CANONICAL, canonical_set, NULL, "locale", MINOR, MAJOR,
      MINOR, "Visitors get the page in another language.", false },
    { NAME("Content-Encoding"), FIELD_ENCODING, NULL, NULL, NULL, MINOR, MINOR, INFO,
      "More bytes go over the line than before.", false },
    { NAME("Content-Security-Policy"), FIELD_CANONICAL, canonical_csp, "; ", NULL, MAJOR, MAJOR,
      MINOR, "Browsers stop enforcing, or begin to block, what this policy names.", false },
    { NAME("Content-Security-Policy-Report-Only"), FIELD_CANONICAL, canonical_csp, "; ", NULL,
      MINOR, MINOR, INFO, "Browsers report by another policy.", false },
    { NAME("Permissions-Policy"), FIELD_CANONICAL, canonical_policy, "; ", NULL, MAJOR, MAJOR,
      MINOR, "Pages may use browser features that were closed to them, or the reverse.", false },
    { NAME("Strict-Transport-Security"), FIELD_CANONICAL, canonical_hsts, "; ", NULL, MAJOR, MAJOR,
      INFO, "Browsers no longer insist on HTTPS; a first visit can be led to plain HTTP.", false },
    { NAME("X-Frame-Options"), FIELD_CANONICAL, canonical_set, NULL, NULL, MAJOR, MAJOR, MINOR,
      "It decides which sites may frame the page (clickjacking).", false },
    { NAME("X-Content-Type-Options"), FIELD_CANONICAL, canonical_set, NULL, NULL, MAJOR, MAJOR,
      INFO, "Browsers may guess the type of what they get.", false },
    { NAME("Referrer-Policy"), FIELD_CANONICAL, canonical_set, NULL, NULL, MAJOR, MAJOR, MINOR,
      "It decides what other sites learn of our URLs.", false },
    { NAME("Cross-Origin-Opener-Policy"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MINOR,
      "It decides which windows share a process with the page.", false },
    { NAME("Cross-Origin-Embedder-Policy"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MINOR,
      "It decides what the page may embed.", false },
    { NAME("Cross-Origin-Resource-Policy"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MINOR,
      "It decides who may embed the resource.", false },
    { NAME("Access-Control-Allow-Origin"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MAJOR,
      "It decides which sites' scripts may read the answer.", false },
    { NAME("Access-Control-Allow-Credentials"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MAJOR,
      "It decides whether other sites' scripts may ask with the visitor's cookies.", false },
    { NAME("Access-Control-Allow-Methods"), FIELD_CANONICAL, canonical_set, ", ", NULL, MAJOR,
      MINOR, MINOR, "Cross-origin requests with other methods are refused or let through.", false },
    { NAME("Access-Control-Allow-Headers"), FIELD_CANONICAL, canonical_set, ", ", NULL, MAJOR,
      MINOR, MINOR, "Cross-origin requests with other fields are refused or let through.", false },
    { NAME("Access-Control-Expose-Headers"), FIELD_CANONICAL, canonical_set, ", ", NULL, MINOR,
      MINOR, MINOR, "Scripts of other origins see other fields.", false },
    { NAME("Allow"), FIELD_CANONICAL, canonical_set, ", ", NULL, MINOR, MINOR, MINOR,
      "Clients learn of other methods.", false },
    { NAME("X-Robots-Tag"), FIELD_CANONICAL, canonical_set, ", ", NULL, MAJOR, MAJOR, MAJOR,
      "Search engines index, or stop indexing, the page.", false },
    { NAME("Link"), FIELD_CANONICAL, canonical_link, ", ", NULL, MINOR, MINOR, INFO,
      "Browsers and crawlers follow other hints.", false },
    { NAME("ETag"), FIELD_PRESENCE, NULL, NULL, NULL, MINOR, MINOR, INFO,
      "Without a validator, an expired copy must be fetched whole again.", true },
    { NAME("Last-Modified"), FIELD_PRESENCE, NULL, NULL, NULL, MINOR, MINOR, INFO,
      "Without a validator, an expired copy must be fetched whole again.", true },
    { NAME("Accept-Ranges"), FIELD_CANONICAL, canonical_set, NULL, NULL, MINOR, MINOR, INFO,
      "Downloads can no longer be resumed.", false },
    { NAME("WWW-Authenticate"), FIELD_SHAPE, NULL, NULL, NULL, MAJOR, MAJOR, MINOR,
      "Clients are asked for other credentials.", false },
    { NAME("Server"), FIELD_SHAPE, NULL, NULL, NULL, INFO, INFO, INFO,
      "The software in front names itself differently.", false },
    { NAME("X-Powered-By"), FIELD_SHAPE, NULL, NULL, NULL, INFO, MINOR, MINOR,
      "It tells everyone what the site is built with.", false },
};

/* Of one transfer, not of the answer. */
static const struct span transfer_fields[] = {
    NAME("Date"), NAME("Age"), NAME("Connection"), NAME("Keep-Alive"), NAME("Transfer-Encoding"),
    NAME("Content-Length"), NAME("Content-Range"), NAME("Trailer"), NAME("Upgrade"), NAME("Via"),
    NAME("Proxy-Connection"), NAME("Server-Timing"), NAME("Alt-Svc"), NAME("NEL"),
    NAME("Report-To"), NAME("Reporting-Endpoints"), NAME("Traceparent"), NAME("Tracestate"),
    NAME("X-Runtime"), NAME("X-Response-Time"), NAME("X-Request-Start"), NAME("X-Amzn-Trace-Id"),
    NAME("X-Cache-Key"), NAME("X-True-Cache-Key"), NAME("X-Content-Encoding-Over-Network"),
    NAME("Rehearse-Claim"), /* of ours: session/value_place.h */
};

const struct field_meaning *field_meaning_of(struct span name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (span_ieq(table[i].name, name))
            return &table[i];
    for (size_t i = 0; i < sizeof transfer_fields / sizeof *transfer_fields; i++)
        if (span_ieq(transfer_fields[i], name))
            return &ignored;
    if (name.len > 18 && span_ieq(span_from(name, name.len - 18), SPAN("-CDN-Cache-Control")))
        return &of_cache;
    return cache_field_is_observation(name) ? &ignored : &generic;
}
