#include "rehearse/cache/cache_status.h"

/*
 * What the products say, as data. A pattern with '*' at its end stands for all
 * words that begin so; the first row that fits counts. Case does not.
 */
static const struct word {
    const char *pattern;
    enum cache_outcome outcome;
} words[] = {
    /* Most products: nginx, Varnish, Fastly, Cloudflare, Google, Bunny, Vercel, Next.js. */
    { "HIT", OUTCOME_HIT },
    { "MISS", OUTCOME_MISS },
    { "STALE", OUTCOME_STALE_HIT },
    { "UPDATING", OUTCOME_STALE_HIT },
    { "REVALIDATED", OUTCOME_REVALIDATED },
    { "EXPIRED", OUTCOME_EXPIRED_FETCHED },
    { "BYPASS", OUTCOME_PASS },
    { "PASS", OUTCOME_PASS },
    { "SCARCE", OUTCOME_MISS },
    { "ERROR*", OUTCOME_ERROR },
    /* Varnish's own words, as varnishncsa writes them. */
    { "HITMISS", OUTCOME_UNCACHEABLE },
    { "HITPASS", OUTCOME_PASS },
    { "HIT-FOR-PASS", OUTCOME_PASS },
    { "HIT-FOR-MISS", OUTCOME_UNCACHEABLE },
    { "PIPE", OUTCOME_PASS },
    { "SYNTH*", OUTCOME_SYNTH },
    /* Fastly's fastly_info.state; -CLUSTER, -REFRESH and -WAIT are cut off before. */
    { "HIT-STALE*", OUTCOME_STALE_HIT },
    { "HIT-SYNTH*", OUTCOME_SYNTH },
    { "BG-ERROR*", OUTCOME_STALE_HIT },
    /* Cloudflare. */
    { "DYNAMIC", OUTCOME_UNCACHEABLE },
    { "IGNORED", OUTCOME_PASS },
    { "STREAM_HIT", OUTCOME_HIT },
    { "DEFERRED", OUTCOME_MISS },
    /* CloudFront, header and log. */
    { "REFRESHHIT", OUTCOME_REVALIDATED },
    { "ORIGINSHIELDHIT", OUTCOME_HIT },
    { "REDIRECT", OUTCOME_SYNTH },
    { "LAMBDAGENERATEDRESPONSE", OUTCOME_SYNTH },
    { "FUNCTIONGENERATEDRESPONSE", OUTCOME_SYNTH },
    { "LAMBDA*", OUTCOME_ERROR },
    { "FUNCTION*", OUTCOME_ERROR },
    { "LIMITEXCEEDED", OUTCOME_ERROR },
    { "CAPACITYEXCEEDED", OUTCOME_ERROR },
    { "ABORTEDORIGIN", OUTCOME_ERROR },
    /* Akamai's Return Cache Status behaviour. */
    { "HITSTALE", OUTCOME_STALE_HIT },
    { "CONSTRUCTED", OUTCOME_SYNTH },
    /* Traffic Server: xdebug and header_rewrite. */
    { "HIT-FRESH", OUTCOME_HIT },
    { "SKIPPED", OUTCOME_PASS },
    /* Akamai, Squid and Traffic Server log tags; _ABORTED and its kin are cut off before. */
    { "TCP_REFRESH_HIT", OUTCOME_REVALIDATED },
    { "TCP_REFRESH_UNMODIFIED", OUTCOME_REVALIDATED },
    { "TCP_REFRESH_MISS", OUTCOME_EXPIRED_FETCHED },
    { "TCP_REFRESH_MODIFIED", OUTCOME_EXPIRED_FETCHED },
    { "TCP_REFRESH_FAIL_HIT", OUTCOME_STALE_HIT },
    { "TCP_REFRESH_FAIL_OLD", OUTCOME_STALE_HIT },
    { "TCP_REF_FAIL_HIT", OUTCOME_STALE_HIT },
    { "TCP_REFRESH_FAIL*", OUTCOME_ERROR },
    { "TCP_REFRESH", OUTCOME_EXPIRED_FETCHED },
    { "TCP_EXPIRED_HIT", OUTCOME_STALE_HIT },
    { "TCP_EXPIRED_MISS", OUTCOME_EXPIRED_FETCHED },
    { "TCP_CLIENT_REFRESH*", OUTCOME_PASS },
    { "TCP_SWAPFAIL*", OUTCOME_MISS },
    { "TCP_COOKIE_DENY", OUTCOME_SYNTH },
    { "TCP_DENIED*", OUTCOME_SYNTH },
    { "TCP_REDIRECT", OUTCOME_SYNTH },
    { "TCP_TUNNEL", OUTCOME_PASS },
    { "TCP_CF_MISS", OUTCOME_MISS },
    { "TCP_IMS_MISS", OUTCOME_MISS },
    { "TCP_MISS*", OUTCOME_MISS },
    { "TCP_HIT", OUTCOME_HIT },
    { "TCP_MEM_HIT", OUTCOME_HIT },
    { "TCP_IMS_HIT", OUTCOME_HIT },
    { "TCP_INM_HIT", OUTCOME_HIT },
    { "TCP_NEGATIVE_HIT", OUTCOME_HIT },
    { "TCP_OFFLINE_HIT", OUTCOME_HIT },
    { "TCP_CF_HIT", OUTCOME_HIT },
    { "TCP_REMOTE_HIT", OUTCOME_HIT },
    { "ERR_*", OUTCOME_ERROR },
    /* Azure Front Door. */
    { "PRIVATE_NOSTORE", OUTCOME_UNCACHEABLE },
    { "CONFIG_NOCACHE", OUTCOME_PASS },
    /* Google Cloud CDN. */
    { "UNCACHEABLE", OUTCOME_UNCACHEABLE },
    { "DISABLED", OUTCOME_PASS },
    /* Vercel. */
    { "PRERENDER", OUTCOME_HIT },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool word_fits(const char *pattern, struct span word)
{
    struct span p = span_of(pattern);
    if (p.len && p.ptr[p.len - 1] == '*')
        return span_istarts(word, span_head(p, p.len - 1));
    return span_ieq(p, word);
}

static enum cache_outcome word_outcome(struct span word)
{
    for (size_t i = 0; i < COUNT(words); i++)
        if (word_fits(words[i].pattern, word))
            return words[i].outcome;
    return OUTCOME_UNKNOWN;
}

/* What comes behind a word and does not change it: Fastly's and Squid's suffixes. */
static size_t suffix_length(struct span word)
{
    static const char *const suffixes[] = { "-CLUSTER", "-REFRESH",  "-WAIT",
                                            "_ABORTED", "_TIMEDOUT", "_IGNORED" };
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        struct span suffix = span_of(suffixes[i]);
        if (word.len > suffix.len && span_ieq(span_from(word, word.len - suffix.len), suffix))
            return suffix.len;
    }
    return 0;
}

/* They stack: MISS-WAIT-CLUSTER. */
static struct span without_suffixes(struct span word)
{
    for (size_t len = suffix_length(word); len; len = suffix_length(word))
        word = span_head(word, word.len - len);
    return word;
}

/* "Hit from cloudfront", "TCP_MISS/200", "HIT (2)": the front word. */
static struct span front_word(struct span s)
{
    size_t len = 0;
    while (len < s.len && !strchr(" \t/:;(", s.ptr[len] ? s.ptr[len] : ' '))
        len++;
    return without_suffixes(span_head(s, len));
}

static struct span last_member(struct span list)
{
    ptrdiff_t comma = span_rfind_char(list, ',');
    return span_trim(comma < 0 ? list : span_from(list, (size_t)comma + 1));
}

/* Layers stand in the order they wrote; Akamai alone names the edge ("child") first. */
static struct span nearest_client(struct span list)
{
    struct span rest = list;
    struct span first = span_trim(span_cut(&rest, ','));
    return span_ifind(span_head(first, 64), SPAN("from child")) >= 0 ? first : last_member(list);
}

static enum cache_outcome status_list_outcome(struct span list)
{
    enum cache_outcome outcome = OUTCOME_UNKNOWN;
    struct cache_status_member member;
    while (cache_status_next(&list, &member))
        outcome = cache_status_outcome(&member);
    return outcome;
}

enum cache_outcome cache_outcome_of_text(struct span raw)
{
    if (span_find_char(raw, ';') >= 0) {
        enum cache_outcome outcome = status_list_outcome(raw);
        if (outcome)
            return outcome;
    }
    return word_outcome(front_word(nearest_client(raw)));
}

/* Traffic Server's Via codes, "[cMsSfW]" or within "[uScMsSfWpSeN:t cCMp sS]". */
static enum cache_outcome via_outcome(struct span via)
{
    struct span member = last_member(via);
    ptrdiff_t open = span_rfind_char(member, '[');
    if (open < 0 || span_find(member, SPAN("ApacheTrafficServer")) < 0)
        return OUTCOME_UNKNOWN;
    struct span codes = span_from(member, (size_t)open + 1);
    ptrdiff_t c = span_find_char(codes, 'c');
    if (c < 0 || (size_t)c + 3 >= codes.len)
        return OUTCOME_UNKNOWN;
    bool not_modified = codes.ptr[c + 2] == 's' && codes.ptr[c + 3] == 'N';
    switch (codes.ptr[c + 1]) {
    case 'H':
    case 'R':
        return OUTCOME_HIT;
    case 'S':
        return not_modified ? OUTCOME_REVALIDATED : OUTCOME_EXPIRED_FETCHED;
    case 'A':
    case 'M':
        return OUTCOME_MISS;
    case ' ':
        return OUTCOME_PASS;
    default:
        return OUTCOME_UNKNOWN;
    }
}

/* Varnish names the request that filled the object behind its own: two numbers are a hit. */
static enum cache_outcome varnish_outcome(struct span value)
{
    struct span rest = span_trim(value);
    uint64_t n;
    if (!span_to_u64(span_cut(&rest, ' '), &n))
        return OUTCOME_UNKNOWN;
    return span_is_none(rest) ? OUTCOME_MISS : OUTCOME_HIT;
}

/* Any age at all means that a cache stood in between; none proves nothing. */
static enum cache_outcome age_outcome(struct span value)
{
    uint64_t n;
    return span_to_u64(span_trim(value), &n) && n > 0 ? OUTCOME_HIT : OUTCOME_UNKNOWN;
}

/* On Vercel REVALIDATED is a fetch in the foreground after a purge. */
static enum cache_outcome vercel_outcome(struct span value)
{
    enum cache_outcome outcome = cache_outcome_of_text(value);
    return outcome == OUTCOME_REVALIDATED ? OUTCOME_EXPIRED_FETCHED : outcome;
}

/* The products' own fields before those that anybody writes; what is only a hint comes last. */
static const struct {
    struct span name;
    enum cache_outcome (*read)(struct span value);
} fields[] = {
    { { "Cache-Status", 12 }, status_list_outcome },
    { { "CF-Cache-Status", 15 }, cache_outcome_of_text },
    { { "X-Vercel-Cache", 14 }, vercel_outcome },
    { { "Akamai-Cache-Status", 19 }, cache_outcome_of_text },
    { { "CDN-Cache", 9 }, cache_outcome_of_text },
    { { "CDN-Cache-Status", 16 }, cache_outcome_of_text },
    { { "X-Cache-Status", 14 }, cache_outcome_of_text },
    { { "X-Cache", 7 }, cache_outcome_of_text },
    { { "X-Proxy-Cache", 13 }, cache_outcome_of_text },
    { { "X-Cache-Lookup", 14 }, cache_outcome_of_text },
    { { "X-Nextjs-Cache", 14 }, cache_outcome_of_text },
    { { "X-Drupal-Cache", 14 }, cache_outcome_of_text },
    { { "X-Litespeed-Cache", 17 }, cache_outcome_of_text },
    { { "Via", 3 }, via_outcome },
    { { "X-Varnish", 9 }, varnish_outcome },
    { { "Age", 3 }, age_outcome },
};

/* The last line of that name: lines join in order, the nearest to the client last. */
static struct span last_value(const struct http_fields *response, struct span name)
{
    struct span value = SPAN_NONE;
    for (uint32_t i = 0; i < response->len; i++)
        if (response->at[i].value.len && span_ieq(response->at[i].name, name))
            value = response->at[i].value;
    return value;
}

struct observed_outcome cache_outcome_of(const struct http_fields *response)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        struct span value = last_value(response, fields[i].name);
        enum cache_outcome outcome = value.len ? fields[i].read(value) : OUTCOME_UNKNOWN;
        if (outcome)
            return (struct observed_outcome){ outcome, fields[i].name, value };
    }
    return (struct observed_outcome){ OUTCOME_UNKNOWN, SPAN_NONE, SPAN_NONE };
}

/* Sorted by product; '*' at the end as above. */
static const char *const observations[] = {
    "Age",
    "Via",
    "Cache-Status",
    "X-Cache",
    "X-Cache-Hit",
    "X-Cache-Hits",
    "X-Cache-Status",
    "X-Cache-Lookup",
    "X-Cache-Remote",
    "X-Cache-Age",
    "X-Cache-Date",
    "X-Cache-Detail",
    "X-Cache-Info",
    "X-Cache-Node",
    "X-Cached",
    "X-Cached-Since",
    "X-From-Cache",
    "X-Proxy-Cache",
    "X-Proxy-Cache-Info",
    "X-Served-By",
    "X-Timer",
    "X-Edge-Location",
    "Surrogate-Hits",
    /* Akamai */
    "X-Check-Cacheable",
    "X-Serial",
    "X-Akamai-Request-ID",
    "X-Akamai-Session-Info",
    "Akamai-Cache-Status",
    "Akamai-GRN",
    "Akamai-Request-BC",
    "X-Akamai-Transformed",
    /* Azure Front Door */
    "X-Azure-Ref",
    "X-Azure-Ref-OriginShield",
    "X-FD-Int-Roxy-PurgeId",
    "X-MSEdge-Ref",
    /* Bunny */
    "CDN-Cache",
    "CDN-Cache-Status",
    "CDN-CachedAt",
    "CDN-EdgeStorageId",
    "CDN-ProxyVer",
    "CDN-RequestCountryCode",
    "CDN-RequestId",
    "CDN-RequestPullCode",
    "CDN-RequestPullSuccess",
    "CDN-RequestTime",
    "CDN-Status",
    /* Cloudflare */
    "CF-Cache-Status",
    "CF-Ray",
    /* CloudFront */
    "X-Amz-Cf-Id",
    "X-Amz-Cf-Pop",
    /* Fastly */
    "Fastly-Debug-*",
    "X-Fastly-Request-ID",
    /* Netlify, Vercel */
    "X-NF-Request-ID",
    "X-Vercel-Cache",
    "X-Vercel-Id",
    /* Varnish and what applications keep themselves */
    "X-Varnish",
    "X-Nextjs-Cache",
    "X-Drupal-Cache",
    "X-Drupal-Dynamic-Cache",
    "X-Litespeed-Cache",
    "X-Kinsta-Cache",
    "X-Magento-Cache-Debug",
    "X-Rack-Cache",
    "X-Iinfo",
    "X-HW",
};

bool cache_field_is_observation(struct span name)
{
    for (size_t i = 0; i < COUNT(observations); i++)
        if (word_fits(observations[i], name))
            return true;
    return false;
}

bool cache_outcome_is_hit(enum cache_outcome outcome)
{
    return outcome == OUTCOME_HIT || outcome == OUTCOME_STALE_HIT || outcome == OUTCOME_REVALIDATED;
}

const char *cache_outcome_name(enum cache_outcome outcome)
{
    static const char *const names[] = {
        [OUTCOME_UNKNOWN] = "UNKNOWN",
        [OUTCOME_HIT] = "HIT",
        [OUTCOME_STALE_HIT] = "STALE_HIT",
        [OUTCOME_REVALIDATED] = "REVALIDATED",
        [OUTCOME_EXPIRED_FETCHED] = "EXPIRED_FETCHED",
        [OUTCOME_MISS] = "MISS",
        [OUTCOME_COLLAPSED] = "COLLAPSED",
        [OUTCOME_PASS] = "PASS",
        [OUTCOME_UNCACHEABLE] = "UNCACHEABLE",
        [OUTCOME_ERROR] = "ERROR",
        [OUTCOME_SYNTH] = "SYNTH",
    };
    return names[outcome];
}
