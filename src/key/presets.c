/*
 * What goes into the key of each product without customer rules: reference parts
 * A.1 to A.15; for the programs from Debian as fixtures/keys/pairs has it, which was
 * measured. Knowledge as a table; how a product judges responses is profile.h's.
 */
#include "rehearse/key/bypass.h"
#include "rehearse/key/key_source.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        "" text "", sizeof(text) - 1                                                               \
    }
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Varnish, builtin.vcl, vcl_req_authorization and vcl_req_cookie. */
static const struct bypass_rule varnish_bypass[] = {
    { .on = BYPASS_HEADER, .name = TEXT("Authorization") },
    { .on = BYPASS_HEADER, .name = TEXT("Cookie") },
};
static const struct bypass_rule authorization_bypass[] = {
    { .on = BYPASS_HEADER, .name = TEXT("Authorization") },
};
static const struct span both_encodings[] = { TEXT("br"), TEXT("gzip") };
static const struct key_input cloudfront_inputs[] = {
    { .name = TEXT("Accept-Encoding"),
      .rule = KEY_ENCODINGS,
      .values = both_encodings,
      .value_count = COUNT(both_encodings) },
};
static const struct span web_schemes[] = { TEXT("http"), TEXT("https") };
static const struct key_input cloudflare_inputs[] = {
    { .name = TEXT("Origin") },
    { .name = TEXT("X-HTTP-Method-Override") },
    { .name = TEXT("X-HTTP-Method") },
    { .name = TEXT("X-Method-Override") },
    { .name = TEXT("X-Forwarded-Host") },
    { .name = TEXT("X-Host") },
    { .name = TEXT("X-Forwarded-Scheme"),
      .rule = KEY_UNLESS,
      .values = web_schemes,
      .value_count = COUNT(web_schemes) },
    { .name = TEXT("X-Original-URL") },
    { .name = TEXT("X-Rewrite-URL") },
    { .name = TEXT("Forwarded") },
};
static const struct span nginx_unseen[] = {
    TEXT("$proxy_host, the upstream's name: each host is taken to have an upstream of its own"),
};
static const struct span cloudfront_unseen[] = {
    TEXT("which distribution answers: all hosts are taken for one"),
};
static const struct span cloudflare_unseen[] = {
    TEXT("the scheme towards the origin: the visitor's is taken"),
};
static const struct span vercel_unseen[] = { TEXT("which deployment answers") };

#define LIFETIMES                                                                                  \
    {                                                                                              \
        .min_s = -1, .default_s = -1, .max_s = -1                                                  \
    }

static const struct key_source presets[] = {
    { .product = TEXT("akamai"), .lifetimes = LIFETIMES },
    { .product = TEXT("apache"),
      .policy = { .scheme = true, .path = KEY_PATH_LEADING, .query_empty = true },
      .lifetimes = LIFETIMES },
    { .product = TEXT("azure"), .policy = { .query = KEY_QUERY_NONE }, .lifetimes = LIFETIMES },
    { .product = TEXT("bunny"), .policy = { .query = KEY_QUERY_NONE }, .lifetimes = LIFETIMES },
    { .product = TEXT("cloudflare"),
      .policy = { .scheme = true,
                  .inputs = cloudflare_inputs,
                  .input_count = COUNT(cloudflare_inputs),
                  .unseen = cloudflare_unseen,
                  .unseen_count = COUNT(cloudflare_unseen) },
      .lifetimes = LIFETIMES },
    { .product = TEXT("cloudfront"),
      .policy = { .query = KEY_QUERY_NONE,
                  .ignore_host = true,
                  .method = KEY_METHOD_HEAD_IS_GET,
                  .inputs = cloudfront_inputs,
                  .input_count = COUNT(cloudfront_inputs),
                  .unseen = cloudfront_unseen,
                  .unseen_count = COUNT(cloudfront_unseen) },
      .lifetimes = LIFETIMES },
    { .product = TEXT("fastly"), .lifetimes = LIFETIMES },
    { .product = TEXT("google"), .policy = { .scheme = true }, .lifetimes = LIFETIMES },
    { .product = TEXT("haproxy"), .lifetimes = LIFETIMES },
    { .product = TEXT("netlify"), .lifetimes = LIFETIMES },
    { .product = TEXT("nginx"),
      .policy = { .scheme = true, .unseen = nginx_unseen, .unseen_count = COUNT(nginx_unseen) },
      .lifetimes = LIFETIMES },
    { .product = TEXT("nuster"),
      .policy = { .scheme = true, .method = KEY_METHOD_YES },
      .lifetimes = LIFETIMES },
    { .product = TEXT("rfc"), .policy = { .scheme = true }, .lifetimes = LIFETIMES },
    { .product = TEXT("squid"),
      .policy = { .scheme = true, .method = KEY_METHOD_HEAD_IS_GET },
      .lifetimes = LIFETIMES },
    { .product = TEXT("trafficserver"),
      .policy = { .scheme = true, .path = KEY_PATH_LEADING, .query_empty = true },
      .lifetimes = LIFETIMES },
    { .product = TEXT("varnish"),
      .policy = { .bypass = varnish_bypass, .bypass_count = COUNT(varnish_bypass) },
      .lifetimes = LIFETIMES },
    { .product = TEXT("vercel"),
      .policy = { .bypass = authorization_bypass,
                  .bypass_count = COUNT(authorization_bypass),
                  .unseen = vercel_unseen,
                  .unseen_count = COUNT(vercel_unseen) },
      .lifetimes = LIFETIMES },
};

const struct key_source *key_preset(struct span name)
{
    for (size_t i = 0; i < COUNT(presets); i++)
        if (span_ieq(presets[i].product, name))
            return &presets[i];
    return NULL;
}

void key_preset_names_add(struct strbuf *out)
{
    for (size_t i = 0; i < COUNT(presets); i++) {
        strbuf_add_str(out, i ? ", " : "");
        strbuf_add_span(out, presets[i].product);
    }
}
