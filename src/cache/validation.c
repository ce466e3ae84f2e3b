#include "rehearse/cache/validation.h"

#include "rehearse/http/date.h"
#include "rehearse/http/etag.h"

static bool is_get_or_head(struct span method)
{
    return span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
}

/* RFC 9110 section 13.1.2: "*" stands for any stored response; tags compare weakly. */
static bool names_tag(struct span list, struct span own)
{
    struct etag asked, tag;
    bool has_tag = etag_parse(&tag, own);
    if (span_eq(span_trim(list), SPAN("*")))
        return true;
    while (etag_next(&list, &asked))
        if (has_tag && etag_weak_eq(&asked, &tag))
            return true;
    return false;
}

/* By the letter: members between commas, as they stand. */
static bool names_bytes(struct span list, struct span own, bool one)
{
    if (one)
        return span_eq(span_trim(list), own);
    while (!span_is_none(list))
        if (span_eq(span_trim(span_cut(&list, ',')), own))
            return true;
    return false;
}

/* What this cache cannot read as a tag matches nothing. */
static bool is_no_tag(unsigned conditions, struct span own)
{
    bool bare = own.len && own.ptr[own.len - 1] != '"';
    bool odd = !bare && own.len && own.ptr[0] != '"' && !span_starts(own, SPAN("W/\""));
    return (bare && conditions & CONDITION_TAG_BARE) || (odd && conditions & CONDITION_TAG_ODD);
}

static bool any_line_names_tag(unsigned conditions, const struct http_request *request,
                               const struct http_response *stored)
{
    struct span own = span_trim(http_fields_value(&stored->fields, SPAN("ETag")));
    for (uint32_t i = 0; i < request->fields.len; i++) {
        struct span list = request->fields.at[i].value;
        if (!span_ieq(request->fields.at[i].name, SPAN("If-None-Match")))
            continue;
        if (is_no_tag(conditions, own) || is_no_tag(conditions, span_trim(list)))
            return false;
        if (conditions & CONDITION_TAG_BYTES
                ? names_bytes(list, own, conditions & CONDITION_TAG_ONE)
                : names_tag(list, own))
            return true;
    }
    return false;
}

static struct precondition_answer by_tag(unsigned conditions, const struct http_request *request,
                                         const struct http_response *stored)
{
    if (any_line_names_tag(conditions, request, stored))
        return (struct precondition_answer){
            PRECONDITION_NOT_MODIFIED,
            { "B-V2", SPAN("If-None-Match"), "RFC 9110 section 13.1.2",
              "If-None-Match names the entity tag of what is stored." },
        };
    return (struct precondition_answer){
        PRECONDITION_MODIFIED,
        { "B-V2", SPAN("If-None-Match"), "RFC 9110 section 13.1.2",
          "If-None-Match names no entity tag of what is stored." },
    };
}

/* RFC 9111 section 4.3.2: without Last-Modified its Date counts, without that the moment it came.
 */
static int64_t modified_s(const struct http_response *stored, int64_t received_s)
{
    int64_t s;
    if (http_date_parse(http_fields_value(&stored->fields, SPAN("Last-Modified")), &s) ||
        http_date_parse(http_fields_value(&stored->fields, SPAN("Date")), &s))
        return s;
    return received_s;
}

static bool date_holds(unsigned conditions, const struct http_response *stored, int64_t received_s,
                       int64_t since_s)
{
    int64_t modified = modified_s(stored, received_s);
    if (conditions & CONDITION_DATE_MODIFIED &&
        !http_fields_value(&stored->fields, SPAN("Last-Modified")).len)
        return false;
    return conditions & CONDITION_DATE_EXACT ? modified == since_s : modified <= since_s;
}

static struct precondition_answer by_date(unsigned conditions, const struct http_response *stored,
                                          int64_t received_s, int64_t since_s)
{
    if (date_holds(conditions, stored, received_s, since_s))
        return (struct precondition_answer){
            PRECONDITION_NOT_MODIFIED,
            { "B-V3", SPAN("If-Modified-Since"), "RFC 9110 section 13.1.3",
              "What is stored is not newer than If-Modified-Since." },
        };
    return (struct precondition_answer){
        PRECONDITION_MODIFIED,
        { "B-V3", SPAN("If-Modified-Since"), "RFC 9110 section 13.1.3",
          "What is stored is newer than If-Modified-Since." },
    };
}

static bool since_of(unsigned conditions, const struct http_request *request, int64_t *ret_s)
{
    struct span since = http_fields_value(&request->fields, SPAN("If-Modified-Since"));
    ptrdiff_t comma = span_find_char(since, ',');
    return http_date_parse(since, ret_s) && !(conditions & CONDITION_DATE_IMF_ONLY && comma != 3);
}

struct precondition_answer precondition_judge(const struct cache_policy *policy,
                                              const struct http_request *request,
                                              const struct http_response *stored,
                                              int64_t received_s)
{
    unsigned conditions = policy->conditions;
    int64_t since_s;
    if (is_get_or_head(request->method)) {
        bool tagged = http_fields_value(&request->fields, SPAN("If-None-Match")).len;
        bool dated = since_of(conditions, request, &since_s);
        if (tagged && dated && conditions & CONDITION_BOTH &&
            !date_holds(conditions, stored, received_s, since_s))
            return by_date(conditions, stored, received_s, since_s);
        /* If-None-Match beats If-Modified-Since (RFC 9110 section 13.2.2). */
        if (tagged)
            return by_tag(conditions, request, stored);
        if (dated)
            return by_date(conditions, stored, received_s, since_s);
    }
    return (struct precondition_answer){
        PRECONDITION_NONE,
        { "B-V0", SPAN_NONE, "RFC 9110 section 13.2.2",
          "The request asks no condition we can judge." },
    };
}

static bool in_list(struct span name, const struct span *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ieq(name, list[i]))
            return true;
    return false;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* RFC 9111 section 3.1 and RFC 9110 section 7.6.1: fields of one connection. */
static const struct span connection_fields[] = {
    { "Connection", 10 },
    { "Keep-Alive", 10 },
    { "Proxy-Connection", 16 },
    { "Proxy-Authenticate", 18 },
    { "Proxy-Authorization", 19 },
    { "Proxy-Authentication-Info", 25 },
    { "TE", 2 },
    { "Trailer", 7 },
    { "Transfer-Encoding", 17 },
    { "Upgrade", 7 },
};

bool field_is_refreshed(struct span name)
{
    /* Section 3.2: what the stored bytes depend on stays as it was. */
    static const struct span kept[] = {
        { "Content-Length", 14 },
        { "Content-Encoding", 16 },
        { "Content-Range", 13 },
        { "Content-MD5", 11 }, /* RFC 1864: a checksum of those bytes */
    };
    return !in_list(name, connection_fields, COUNT(connection_fields)) &&
           !in_list(name, kept, COUNT(kept));
}

/* Fields that Connection names belong to the connection as well. */
static bool named_by_connection(const struct http_fields *fields, struct span name)
{
    for (uint32_t i = 0; i < fields->len; i++) {
        struct span rest = fields->at[i].value;
        if (!span_ieq(fields->at[i].name, SPAN("Connection")))
            continue;
        while (!span_is_none(rest))
            if (span_ieq(span_trim(span_cut(&rest, ',')), name))
                return true;
    }
    return false;
}

bool field_is_stored(const struct http_fields *fields, struct span name)
{
    return !in_list(name, connection_fields, COUNT(connection_fields)) &&
           !named_by_connection(fields, name);
}
