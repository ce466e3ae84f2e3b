#include "rehearse/cache/product.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        "" text "", sizeof(text) - 1                                                               \
    }

/* Reference parts A.1 to A.14: what each product adds by default, or on every answer of its edge.
 */
static const struct product_sign signs[] = {
    { TEXT("cloudflare"), TEXT("CF-RAY"), TEXT("") },
    { TEXT("cloudfront"), TEXT("X-Amz-Cf-Id"), TEXT("") },
    { TEXT("akamai"), TEXT("Akamai-Cache-Status"), TEXT("") },
    { TEXT("akamai"), TEXT("Akamai-GRN"), TEXT("") },
    { TEXT("akamai"), TEXT("X-Akamai-Request-ID"), TEXT("") },
    { TEXT("akamai"), TEXT("X-Cache"), TEXT("deploy.akamai") },
    { TEXT("vercel"), TEXT("X-Vercel-Id"), TEXT("") },
    { TEXT("fastly"), TEXT("X-Timer"), TEXT(",VS") },
    { TEXT("fastly"), TEXT("X-Served-By"), TEXT("cache-") },
    { TEXT("google"), TEXT("Via"), TEXT("1.1 google") },
    { TEXT("varnish"), TEXT("X-Varnish"), TEXT("") },
    { TEXT("trafficserver"), TEXT("Via"), TEXT("ApacheTrafficServer") },
    { TEXT("squid"), TEXT("Via"), TEXT("(squid") },
};

const struct product_sign *product_signs(size_t *ret_count)
{
    *ret_count = sizeof signs / sizeof *signs;
    return signs;
}

bool product_sign_fits(const struct product_sign *sign, struct span value)
{
    return value.len && span_ifind(value, sign->part) >= 0;
}
