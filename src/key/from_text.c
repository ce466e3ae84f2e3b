/* Which product's configuration a text is. */
#include "rehearse/key/key_source.h"

static bool has(struct span text, const char *word)
{
    return span_find(text, span_of(word)) >= 0;
}

int key_from_text(struct key_source *ret, const char *name, struct span text, struct arena *arena,
                  struct err *err)
{
    struct span start = span_trim(text);
    if (span_starts(start, SPAN("\xef\xbb\xbf")))
        start = span_trim(span_from(start, 3));
    if (span_starts(start, SPAN("{"))) {
        /* CloudFront's names begin with capitals, Cloudflare's are lower case. */
        if (has(text, "\"CachePolicy") || has(text, "\"ParametersInCacheKey"))
            return key_from_cloudfront(ret, name, text, arena, err);
        return key_from_cloudflare(ret, name, text, arena, err);
    }
    if (has(text, "proxy_cache"))
        return key_from_nginx_conf(ret, name, text, arena, err);
    if (span_starts(start, SPAN("$")) || span_starts(start, SPAN("\"$")) ||
        span_starts(start, SPAN("'$")))
        return key_from_nginx(ret, name, text, arena, err);
    return err_set(err, E_FORMAT,
                   "%s:1:1: found none of the formats known here, expected a CloudFront cache "
                   "policy or a Cloudflare cache rule in JSON, an nginx configuration with "
                   "proxy_cache, or the string of a proxy_cache_key",
                   name);
}
