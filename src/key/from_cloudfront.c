/*
 * CloudFront's CachePolicyConfig, as the API, `aws cloudfront get-cache-policy` and
 * CloudFormation write it. What a policy puts into the key: reference part A.3.
 */
#include "json_file.h"

enum behaviour { BEHAVES_NONE = 0, BEHAVES_WHITELIST, BEHAVES_ALL_EXCEPT, BEHAVES_ALL };

struct cloudfront {
    struct key_draft draft;
    struct span name;
    bool has_parameters, gzip, brotli;
    enum behaviour headers, cookies, queries;
    struct texts header_names, cookie_names, query_names;
    int64_t min_s, default_s, max_s; /* -1: not given */
};

/* ---- parts ---- */

static const char *const behaviours[] = { "none", "whitelist", "allExcept", "all" };

static int read_behaviour(struct json_file *f, void *into)
{
    struct json_file before = *f;
    struct span word;
    int rc = json_read_text(f, &word);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (span_eq(word, span_of(behaviours[i]))) {
            *(enum behaviour *)into = (enum behaviour)i;
            return 0;
        }
    return json_expected(&before, "none, whitelist, allExcept or all");
}

static int read_header_behaviour(struct json_file *f, void *into)
{
    struct json_file before = *f;
    int rc = read_behaviour(f, into);
    if (rc == 0 && *(enum behaviour *)into > BEHAVES_WHITELIST)
        return json_expected(&before, "none or whitelist: a cache policy has no other for headers");
    return rc;
}

/* {"Quantity": 1, "Items": ["a"]} of the API, or ["a"] of CloudFormation. */
static int read_names(struct json_file *f, void *into)
{
    struct texts *names = into;
    struct json_file before = *f;
    int64_t quantity = -1;
    const struct json_member members[] = {
        { "Quantity", json_read_seconds, &quantity },
        { "Items", json_read_texts, names },
        { NULL, NULL, NULL },
    };
    if (json_peek(&f->cursor) == JSON_ARRAY)
        return json_read_texts(f, names);
    int rc = json_read_object(f, members);
    if (rc == 0 && quantity >= 0 && (uint64_t)quantity != names->len)
        return json_expected(&before, "as many Items as its Quantity says");
    return rc;
}

struct part {
    const char *behaviour_key, *names_key;
    json_read_fn *read_behaviour;
    enum behaviour *behaviour;
    struct texts *names;
};

static int read_part(struct json_file *f, const struct part *part)
{
    struct json_file before = *f;
    bool found = json_peek(&f->cursor) == JSON_OBJECT;
    const struct json_member members[] = {
        { part->behaviour_key, part->read_behaviour, part->behaviour },
        { part->names_key, read_names, part->names },
        { NULL, NULL, NULL },
    };
    int rc = json_read_object(f, members);
    bool named = *part->behaviour == BEHAVES_WHITELIST || *part->behaviour == BEHAVES_ALL_EXCEPT;
    if (rc == 0 && found && named && part->names->len == 0)
        return json_expected(&before, "names, which whitelist and allExcept need");
    return rc;
}

static int read_headers(struct json_file *f, void *into)
{
    struct cloudfront *c = into;
    return read_part(f, &(struct part){ "HeaderBehavior", "Headers", read_header_behaviour,
                                        &c->headers, &c->header_names });
}

static int read_cookies(struct json_file *f, void *into)
{
    struct cloudfront *c = into;
    return read_part(f, &(struct part){ "CookieBehavior", "Cookies", read_behaviour, &c->cookies,
                                        &c->cookie_names });
}

static int read_queries(struct json_file *f, void *into)
{
    struct cloudfront *c = into;
    return read_part(f, &(struct part){ "QueryStringBehavior", "QueryStrings", read_behaviour,
                                        &c->queries, &c->query_names });
}

static int read_parameters(struct json_file *f, void *into)
{
    struct cloudfront *c = into;
    const struct json_member members[] = {
        { "EnableAcceptEncodingGzip", json_read_bool, &c->gzip },
        { "EnableAcceptEncodingBrotli", json_read_bool, &c->brotli },
        { "HeadersConfig", read_headers, c },
        { "CookiesConfig", read_cookies, c },
        { "QueryStringsConfig", read_queries, c },
        { NULL, NULL, NULL },
    };
    c->has_parameters = true;
    return json_read_object(f, members);
}

static int read_ttl(struct json_file *f, void *into)
{
    struct json_file before = *f;
    int rc = json_read_seconds(f, into);
    if (rc == 0 && *(int64_t *)into < 0)
        return json_expected(&before, "a number of seconds, not negative");
    return rc;
}

/* ---- the whole, however it is wrapped ---- */

static int read_wrapped(struct json_file *f, void *into);

static int read_object(struct json_file *f, struct cloudfront *c, bool root)
{
    const struct json_member members[] = {
        { "Name", json_read_text, &c->name },
        { "Comment", json_pass_over, NULL },
        { "MinTTL", read_ttl, &c->min_s },
        { "DefaultTTL", read_ttl, &c->default_s },
        { "MaxTTL", read_ttl, &c->max_s },
        { "ParametersInCacheKeyAndForwardedToOrigin", read_parameters, c },
        { "CachePolicyConfig", read_wrapped, c },
        { "CachePolicy", read_wrapped, c },
        { "Properties", read_wrapped, c }, /* CloudFormation */
        { "Type", json_pass_over, NULL },
        { "Id", json_pass_over, NULL },
        { "LastModifiedTime", json_pass_over, NULL },
        { "ETag", json_pass_over, NULL },
        { NULL, NULL, NULL },
    };
    return root ? json_read_root(f, members) : json_read_object(f, members);
}

static int read_wrapped(struct json_file *f, void *into)
{
    if (f->cursor.depth > 4)
        return json_expected(f, "a CachePolicyConfig less deep");
    return read_object(f, into, /* root= */ false);
}

/* ---- what it means for the key ---- */

/* Headers that CloudFront makes itself, from what the request shows. */
static const struct {
    struct span name, device;
} device_headers[] = {
    { { "CloudFront-Is-Mobile-Viewer", 27 }, { "mobile", 6 } },
    { { "CloudFront-Is-Tablet-Viewer", 27 }, { "tablet", 6 } },
    { { "CloudFront-Is-Desktop-Viewer", 28 }, { "desktop", 7 } },
};

static const struct span *device_of_header(struct span name)
{
    for (size_t i = 0; i < sizeof device_headers / sizeof *device_headers; i++)
        if (span_ieq(device_headers[i].name, name))
            return &device_headers[i].device;
    return NULL;
}

static void add_header(struct cloudfront *c, struct span name)
{
    struct key_draft *d = &c->draft;
    const struct span *device = device_of_header(name);
    if (span_ieq(name, SPAN("Host"))) {
        d->source->policy.ignore_host = false;
        return;
    }
    if (span_ieq(name, SPAN("Accept-Encoding")) && (c->gzip || c->brotli))
        return; /* the normalised one is in the key already */
    if (device) {
        draft_add_input(d, (struct key_input){ .name = SPAN("User-Agent"),
                                               .rule = KEY_IS_DEVICE,
                                               .values = device,
                                               .value_count = 1,
                                               .title = name });
        return;
    }
    /* Made by CloudFront too, but seen only by who recorded behind it. */
    if (span_istarts(name, SPAN("CloudFront-")))
        draft_unseen(d,
                     arena_printf(d->arena, "%.*s, which CloudFront itself sets", SPAN_ARG(name)));
    draft_add_input(d, (struct key_input){ .name = name });
}

static void add_encodings(struct cloudfront *c)
{
    static const struct span both[] = { { "br", 2 }, { "gzip", 4 } };
    if (!c->gzip && !c->brotli)
        return;
    draft_add_input(&c->draft, (struct key_input){ .name = SPAN("Accept-Encoding"),
                                                   .rule = KEY_ENCODINGS,
                                                   .values = c->brotli ? both : both + 1,
                                                   .value_count = c->brotli && c->gzip ? 2 : 1 });
}

static void put_query(struct cloudfront *c, struct key_policy *policy)
{
    static const enum key_query queries[] = {
        [BEHAVES_NONE] = KEY_QUERY_NONE,
        [BEHAVES_WHITELIST] = KEY_QUERY_KEEP,
        [BEHAVES_ALL_EXCEPT] = KEY_QUERY_DROP,
        [BEHAVES_ALL] = KEY_QUERY_ALL,
    };
    policy->query = queries[c->queries];
    policy->query_names = c->query_names.at;
    policy->query_count = c->query_names.len;
}

static void put_cookies(struct cloudfront *c, struct key_policy *policy)
{
    bool drop = c->cookies == BEHAVES_ALL || c->cookies == BEHAVES_ALL_EXCEPT;
    policy->cookie_mode = drop ? KEY_COOKIES_DROP : KEY_COOKIES_KEEP;
    if (c->cookies == BEHAVES_WHITELIST || c->cookies == BEHAVES_ALL_EXCEPT) {
        policy->cookies = c->cookie_names.at;
        policy->cookie_count = c->cookie_names.len;
    }
}

static void put_lifetimes(struct cloudfront *c, struct key_source *source)
{
    /* What the API takes for a member left out; a larger minimum lifts both. */
    int64_t least = c->min_s < 0 ? 0 : c->min_s;
    int64_t usual = c->default_s < 0 ? 86400 : c->default_s;
    int64_t most = c->max_s < 0 ? 31536000 : c->max_s;
    usual = usual < least ? least : usual;
    source->lifetimes.min_s = least;
    source->lifetimes.default_s = usual;
    source->lifetimes.max_s = most < usual && c->max_s < 0 ? usual : most;
    source->never_caches = source->lifetimes.max_s == 0;
}

int key_from_cloudfront(struct key_source *ret, const char *name, struct span text,
                        struct arena *arena, struct err *err)
{
    struct key_source source;
    struct cloudfront c = { .min_s = -1, .default_s = -1, .max_s = -1 };
    draft_start(&c.draft, &source, "cloudfront", arena);
    struct json_file f = json_file_make(name, text, &c.draft, err);
    int rc = read_object(&f, &c, /* root= */ true);
    if (rc < 0)
        return rc;
    if (!c.has_parameters)
        return err_set(err, E_FORMAT,
                       "%s: found JSON without \"ParametersInCacheKeyAndForwardedToOrigin\", "
                       "expected a CloudFront cache policy as `aws cloudfront get-cache-policy` "
                       "prints it",
                       name);
    /* The distribution's own name is in the key, whatever name of it was asked for. */
    source.policy.ignore_host = true;
    source.policy.method = KEY_METHOD_HEAD_IS_GET;
    source.title = c.name;
    put_query(&c, &source.policy);
    put_cookies(&c, &source.policy);
    put_lifetimes(&c, &source);
    add_encodings(&c);
    for (size_t i = 0; i < c.header_names.len; i++)
        add_header(&c, c.header_names.at[i]);
    if (source.policy.ignore_host)
        draft_unseen(&c.draft, SPAN("which distribution answers: all hosts are taken for one"));
    draft_finish(&c.draft);
    *ret = source;
    return 0;
}
