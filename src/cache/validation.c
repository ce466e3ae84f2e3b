#include "rehearse/cache/validation.h"

#include "rehearse/http/date.h"
#include "rehearse/http/etag.h"

static bool is_get_or_head(struct span method)
{
    return span_eq(method, SPAN("GET")) || span_eq(method, SPAN("HEAD"));
}

bool response_has_validator(const struct http_response *response)
{
    return http_fields_value(&response->fields, SPAN("ETag")).len ||
           http_fields_value(&response->fields, SPAN("Last-Modified")).len;
}

/* RFC 9110 section 13.1.2: "*" stands for any stored response; tags compare weakly. */
static bool names_tag(struct span list, bool has_tag, const struct etag *tag)
{
    struct etag asked;
    if (span_eq(span_trim(list), SPAN("*")))
        return true;
    while (etag_next(&list, &asked))
        if (has_tag && etag_weak_eq(&asked, tag))
            return true;
    return false;
}

static bool any_line_names_tag(const struct http_request *request,
                               const struct http_response *stored)
{
    struct etag tag;
    bool has_tag = etag_parse(&tag, http_fields_value(&stored->fields, SPAN("ETag")));
    for (uint32_t i = 0; i < request->fields.len; i++)
        if (span_ieq(request->fields.at[i].name, SPAN("If-None-Match")) &&
            names_tag(request->fields.at[i].value, has_tag, &tag))
            return true;
    return false;
}

static struct precondition_answer by_tag(const struct http_request *request,
                                         const struct http_response *stored)
{
    if (any_line_names_tag(request, stored))
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

static struct precondition_answer by_date(const struct http_response *stored, int64_t received_s,
                                          int64_t since_s)
{
    if (modified_s(stored, received_s) <= since_s)
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

struct precondition_answer precondition_judge(const struct http_request *request,
                                              const struct http_response *stored,
                                              int64_t received_s)
{
    int64_t since_s;
    if (is_get_or_head(request->method)) {
        /* If-None-Match beats If-Modified-Since (RFC 9110 section 13.2.2). */
        if (http_fields_value(&request->fields, SPAN("If-None-Match")).len)
            return by_tag(request, stored);
        struct span since = http_fields_value(&request->fields, SPAN("If-Modified-Since"));
        if (http_date_parse(since, &since_s))
            return by_date(stored, received_s, since_s);
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

struct span not_modified_fault(const struct http_fields *full, const struct http_fields *short_one)
{
    static const struct span repeated[] = {
        { "Cache-Control", 13 }, { "Content-Location", 16 }, { "ETag", 4 }, { "Expires", 7 },
        { "Vary", 4 },
    };
    for (size_t i = 0; i < COUNT(repeated); i++) {
        struct span value = http_fields_value(full, repeated[i]);
        if (!span_is_none(value) &&
            !span_eq(span_trim(value), span_trim(http_fields_value(short_one, repeated[i]))))
            return repeated[i];
    }
    return SPAN_NONE;
}

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
