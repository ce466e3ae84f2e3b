/*
 * Where each product keeps what. Sources: the products' field references; the
 * facts that trip one up are noted at their rows.
 */
#include "json_lines.h"
#include "w3c.h"

#define REQ(path, name) { path, JSON_FIELD(ROLE_REQUEST_FIELD, name) }
#define RES(path, name) { path, JSON_FIELD(ROLE_RESPONSE_FIELD, name) }
#define AT(path, role) { path, JSON_ROLE(role) }
#define SPENT(path, role, unit) { path, JSON_TIME(role, unit) }
#define END_OF_ROWS { NULL, { 0 } }

/*
 * Names that people give when they write their own JSON format. The first member
 * of a line that fills a role keeps it.
 */
#define COMMON_REQUEST                                                                             \
    AT("request", ROLE_REQUEST_LINE), AT("request_line", ROLE_REQUEST_LINE),                       \
    AT("requestLine", ROLE_REQUEST_LINE), AT("req", ROLE_REQUEST_LINE),                            \
    AT("r", ROLE_REQUEST_LINE), AT("request_method", ROLE_METHOD),                                 \
    AT("requestMethod", ROLE_METHOD), AT("method", ROLE_METHOD), AT("http_method", ROLE_METHOD),   \
    AT("verb", ROLE_METHOD), AT("m", ROLE_METHOD), AT("scheme", ROLE_SCHEME),                      \
    AT("request_scheme", ROLE_SCHEME), AT("proto", ROLE_SCHEME), AT("https", ROLE_HTTPS),          \
    AT("is_tls", ROLE_HTTPS), AT("http_host", ROLE_AUTHORITY), AT("host", ROLE_AUTHORITY),         \
    AT("httpHost", ROLE_AUTHORITY), AT("request_host", ROLE_AUTHORITY), AT("h", ROLE_AUTHORITY),   \
    AT("vhost", ROLE_AUTHORITY), AT("domain", ROLE_AUTHORITY), AT("authority", ROLE_AUTHORITY),    \
    AT("server_name", ROLE_SERVER_NAME), AT("serverName", ROLE_SERVER_NAME),                       \
    AT("server_port", ROLE_SERVER_PORT), AT("request_uri", ROLE_TARGET),                           \
    AT("requestUri", ROLE_TARGET), AT("http_uri", ROLE_TARGET), AT("u", ROLE_TARGET),              \
    AT("uri", ROLE_PATH), AT("path", ROLE_PATH), AT("request_path", ROLE_PATH),                    \
    AT("url", ROLE_URL), AT("request_url", ROLE_URL), AT("args", ROLE_QUERY),                      \
    AT("query", ROLE_QUERY), AT("query_string", ROLE_QUERY), AT("queryString", ROLE_QUERY),        \
    AT("server_protocol", ROLE_VERSION), AT("protocol", ROLE_VERSION),                             \
    AT("request_protocol", ROLE_VERSION), AT("http_version", ROLE_VERSION)

#define COMMON_RESPONSE                                                                            \
    AT("status", ROLE_STATUS), AT("s", ROLE_STATUS), AT("status_code", ROLE_STATUS),               \
    AT("statusCode", ROLE_STATUS), AT("response_status", ROLE_STATUS),                             \
    AT("http_status", ROLE_STATUS), AT("response_code", ROLE_STATUS), AT("code", ROLE_STATUS),     \
    AT("body_bytes_sent", ROLE_RESPONSE_BYTES), AT("bodyBytesSent", ROLE_RESPONSE_BYTES),          \
    AT("response_body_size", ROLE_RESPONSE_BYTES), AT("resp_body_size", ROLE_RESPONSE_BYTES),      \
    AT("response_size", ROLE_RESPONSE_BYTES), AT("size", ROLE_RESPONSE_BYTES),                     \
    AT("upstream_cache_status", ROLE_CACHE), AT("cache_status", ROLE_CACHE),                       \
    AT("cacheStatus", ROLE_CACHE), AT("cache", ROLE_CACHE), AT("cs", ROLE_CACHE),                  \
    AT("hitmiss", ROLE_CACHE), AT("handling", ROLE_CACHE), AT("response_state", ROLE_CACHE),       \
    RES("content_type", "Content-Type"), RES("sent_http_content_type", "Content-Type"),            \
    RES("response_content_type", "Content-Type"), RES("sent_http_location", "Location"),           \
    RES("location", "Location"), RES("sent_http_cache_control", "Cache-Control"),                  \
    RES("cache_control", "Cache-Control"), RES("sent_http_set_cookie", "Set-Cookie"),              \
    RES("set_cookie", "Set-Cookie"), RES("sent_http_etag", "ETag"), RES("sent_http_vary", "Vary"), \
    RES("vary", "Vary")

#define COMMON_WHO                                                                                 \
    AT("remote_addr", ROLE_CLIENT), AT("remoteAddr", ROLE_CLIENT), AT("client_ip", ROLE_CLIENT),   \
    AT("clientip", ROLE_CLIENT), AT("clientIp", ROLE_CLIENT), AT("remote_ip", ROLE_CLIENT),        \
    AT("remote_host", ROLE_CLIENT), AT("client", ROLE_CLIENT), AT("ip", ROLE_CLIENT),              \
    AT("remote_user", ROLE_USER), AT("remoteUser", ROLE_USER), AT("user", ROLE_USER),              \
    REQ("http_referer", "Referer"), REQ("http_referrer", "Referer"), REQ("referer", "Referer"),    \
    REQ("referrer", "Referer"), REQ("request_referer", "Referer"), REQ("ref", "Referer"),          \
    REQ("http_user_agent", "User-Agent"), REQ("user_agent", "User-Agent"),                         \
    REQ("userAgent", "User-Agent"), REQ("request_user_agent", "User-Agent"),                       \
    REQ("agent", "User-Agent"), REQ("ua", "User-Agent"), REQ("http_cookie", "Cookie"),             \
    REQ("cookie", "Cookie"), REQ("cookies", "Cookie"), REQ("c", "Cookie"),                         \
    REQ("http_x_forwarded_for", "X-Forwarded-For"), REQ("x_forwarded_for", "X-Forwarded-For"),     \
    REQ("xff", "X-Forwarded-For"), REQ("http_accept_language", "Accept-Language"),                 \
    REQ("accept_language", "Accept-Language"), REQ("http_accept", "Accept"),                       \
    REQ("http_accept_encoding", "Accept-Encoding"), REQ("http_authorization", "Authorization"),    \
    AT("request_body", ROLE_REQUEST_BODY), AT("body", ROLE_REQUEST_BODY),                          \
    AT("content_length", ROLE_REQUEST_BODY_BYTES)

#define COMMON_TIME                                                                                \
    AT("msec", ROLE_TIME), AT("ts", ROLE_TIME), AT("time_local", ROLE_TIME),                       \
    AT("time_iso8601", ROLE_TIME), AT("time", ROLE_TIME), AT("timestamp", ROLE_TIME),              \
    AT("@timestamp", ROLE_TIME), AT("t", ROLE_TIME), AT("date", ROLE_TIME),                        \
    AT("datetime", ROLE_TIME), AT("time_start", ROLE_START), AT("start_time", ROLE_START),         \
    AT("time_end", ROLE_END), AT("end_time", ROLE_END)

#define COMMON_SPENT                                                                               \
    SPENT("request_time", ROLE_DURATION, UNIT_S), SPENT("requestTime", ROLE_DURATION, UNIT_S),     \
    SPENT("rt", ROLE_DURATION, UNIT_S), SPENT("time_taken", ROLE_DURATION, UNIT_S),                \
    SPENT("request_time_ms", ROLE_DURATION, UNIT_MS),                                              \
    SPENT("duration_ms", ROLE_DURATION, UNIT_MS),                                                  \
    SPENT("duration_us", ROLE_DURATION, UNIT_US), SPENT("time_elapsed", ROLE_DURATION, UNIT_US),   \
    SPENT("elapsed_usec", ROLE_DURATION, UNIT_US),                                                 \
    SPENT("time_firstbyte", ROLE_FIRST_BYTE, UNIT_S), SPENT("ttfb", ROLE_FIRST_BYTE, UNIT_S)

#define COMMON COMMON_REQUEST, COMMON_RESPONSE, COMMON_WHO, COMMON_TIME, COMMON_SPENT

static const struct json_row any_rows[] = {
    COMMON,
    SPENT("duration", ROLE_DURATION, UNIT_S),
    AT("request_headers", ROLE_REQUEST_FIELDS),
    AT("response_headers", ROLE_RESPONSE_FIELDS),
    AT("http_*", ROLE_REQUEST_FIELDS),
    AT("sent_http_*", ROLE_RESPONSE_FIELDS),
    AT("cookie_*", ROLE_REQUEST_COOKIES),
    /* Node's pino-http */
    AT("req.method", ROLE_METHOD),
    AT("req.url", ROLE_URL),
    AT("req.headers", ROLE_REQUEST_FIELDS),
    AT("req.remoteAddress", ROLE_CLIENT),
    AT("res.statusCode", ROLE_STATUS),
    AT("res.headers", ROLE_RESPONSE_FIELDS),
    SPENT("responseTime", ROLE_DURATION, UNIT_MS),
    /* Elastic Common Schema */
    AT("http.request.method", ROLE_METHOD),
    AT("http.version", ROLE_VERSION),
    AT("http.response.status_code", ROLE_STATUS),
    AT("http.response.body.bytes", ROLE_RESPONSE_BYTES),
    AT("url.original", ROLE_URL),
    AT("url.path", ROLE_PATH),
    AT("url.query", ROLE_QUERY),
    AT("url.domain", ROLE_AUTHORITY),
    AT("url.scheme", ROLE_SCHEME),
    AT("source.ip", ROLE_CLIENT),
    REQ("user_agent.original", "User-Agent"),
    SPENT("event.duration", ROLE_DURATION, UNIT_NS),
    END_OF_ROWS,
};

const struct json_preset preset_any = { .rows = any_rows, .certainty = 40 };

/* nginx writes when the response is complete. */
static const char *const nginx_signs[] = { "\"request_uri", "\"body_bytes_sent",
                                           "\"remote_addr",  "\"http_user_agent",
                                           "\"upstream_",      "\"request_time", NULL };
const struct json_preset preset_nginx = {
    .rows = any_rows,
    .rules = { .time_is_end = true },
    .certainty = 70,
    .signs = nginx_signs,
};

static const char *const varnish_signs[] = { "\"hitmiss", "\"handling", "\"time_firstbyte",
                                             "\"vxid", NULL };
static const struct json_row varnish_rows[] = {
    COMMON,
    AT("side", ROLE_VARNISH_SIDE),
    SPENT("duration", ROLE_DURATION, UNIT_US),
    END_OF_ROWS,
};
const struct json_preset preset_varnishncsa = {
    .rows = varnish_rows,
    .rules = { .scheme_is_made_up = true },
    .certainty = 75,
    .signs = varnish_signs,
};

static const char *const haproxy_signs[] = { "haproxy",          "\"termination_state",
                                             "\"frontend_name", "\"time_active",
                                             "\"backend_name",  "\"actconn", NULL };
static const struct json_row haproxy_rows[] = {
    COMMON,
    AT("src", ROLE_CLIENT),
    AT("request_date", ROLE_START),
    AT("accept_date", ROLE_TIME),
    SPENT("time_active", ROLE_DURATION, UNIT_MS),
    SPENT("time_total", ROLE_DURATION, UNIT_MS),
    SPENT("ta", ROLE_DURATION, UNIT_MS),
    SPENT("Ta", ROLE_DURATION, UNIT_MS),
    SPENT("duration", ROLE_DURATION, UNIT_MS),
    AT("http_request", ROLE_REQUEST_LINE),
    END_OF_ROWS,
};
const struct json_preset preset_haproxy = {
    .rows = haproxy_rows,
    .certainty = 75,
    .signs = haproxy_signs,
};

/* Every header of both sides is there; credentials are "REDACTED" unless log_credentials is set. */
static const char *const caddy_signs[] = { "\"resp_headers", "http.log.access", NULL };
static const struct json_row caddy_rows[] = {
    AT("ts", ROLE_TIME),
    AT("request.client_ip", ROLE_CLIENT),
    AT("request.remote_ip", ROLE_CLIENT),
    AT("request.remote_addr", ROLE_CLIENT_ENDPOINT),
    AT("request.proto", ROLE_VERSION),
    AT("request.method", ROLE_METHOD),
    AT("request.host", ROLE_AUTHORITY),
    AT("request.uri", ROLE_TARGET),
    AT("request.headers", ROLE_REQUEST_FIELDS),
    AT("request.tls.version", ROLE_HTTPS),
    AT("bytes_read", ROLE_REQUEST_BODY_BYTES),
    AT("user_id", ROLE_USER),
    SPENT("duration", ROLE_DURATION, UNIT_S),
    AT("size", ROLE_RESPONSE_BYTES),
    AT("status", ROLE_STATUS),
    AT("resp_headers", ROLE_RESPONSE_FIELDS),
    END_OF_ROWS,
};
const struct json_preset preset_caddy = {
    .rows = caddy_rows,
    .rules = { .time_is_end = true, .all_response_fields = true, .all_request_fields = true },
    .certainty = 98,
    .signs = caddy_signs,
};

/* Duration is in nanoseconds. Headers are there when the configuration keeps them. */
static const char *const traefik_signs[] = { "\"DownstreamStatus", "\"RequestPath", NULL };
static const struct json_row traefik_rows[] = {
    AT("StartUTC", ROLE_START),
    AT("StartLocal", ROLE_TIME),
    SPENT("Duration", ROLE_DURATION, UNIT_NS),
    AT("ClientHost", ROLE_CLIENT),
    AT("ClientUsername", ROLE_USER),
    AT("RequestHost", ROLE_SERVER_NAME), /* without port; RequestAddr has it */
    AT("RequestAddr", ROLE_AUTHORITY),
    AT("RequestMethod", ROLE_METHOD),
    AT("RequestPath", ROLE_TARGET),
    AT("RequestProtocol", ROLE_VERSION),
    AT("RequestScheme", ROLE_SCHEME),
    AT("RequestContentSize", ROLE_REQUEST_BODY_BYTES),
    AT("DownstreamStatus", ROLE_STATUS),
    AT("DownstreamContentSize", ROLE_RESPONSE_BYTES),
    AT("request_*", ROLE_REQUEST_FIELDS),
    AT("downstream_*", ROLE_RESPONSE_FIELDS),
    END_OF_ROWS,
};
const struct json_preset preset_traefik = {
    .rows = traefik_rows,
    .certainty = 98,
    .signs = traefik_signs,
};

/* Istio's default keys, and Envoy's own documentation examples. */
static const char *const envoy_signs[] = { "\"response_flags", "\"upstream_service_time",
                                           "\"upstream_cluster", "\"response_code", NULL };
static const struct json_row envoy_rows[] = {
    AT("start_time", ROLE_START),
    AT("method", ROLE_METHOD),
    AT("path", ROLE_TARGET),
    AT("protocol", ROLE_VERSION),
    AT("scheme", ROLE_SCHEME),
    AT("response_code", ROLE_STATUS),
    AT("status", ROLE_STATUS),
    AT("bytes_sent", ROLE_RESPONSE_BYTES),
    AT("bytes_received", ROLE_REQUEST_BODY_BYTES),
    SPENT("duration", ROLE_DURATION, UNIT_MS),
    REQ("x_forwarded_for", "X-Forwarded-For"),
    REQ("user_agent", "User-Agent"),
    REQ("referer", "Referer"),
    REQ("cookie", "Cookie"),
    AT("authority", ROLE_AUTHORITY),
    AT("downstream_remote_address", ROLE_CLIENT_ENDPOINT),
    AT("requested_server_name", ROLE_NONE), /* the TLS name, which may differ from the host */
    END_OF_ROWS,
};
const struct json_preset preset_envoy = {
    .rows = envoy_rows,
    .certainty = 90,
    .signs = envoy_signs,
};

/* Standard logs v2: the names are those of the W3C fields (w3c.h). */
static const char *const cloudfront_signs[] = { "\"cs-uri-stem", "\"x-edge-result-type", NULL };
const struct json_preset preset_cloudfront = {
    .rows = w3c_cloudfront_rows,
    .rules = { .time_is_end = true, .percent_encoded = true },
    .certainty = 98,
    .signs = cloudfront_signs,
};

/* Header objects hold only the names that were configured as custom fields. */
static const char *const cloudflare_signs[] = { "\"ClientRequestHost", "\"ClientRequestURI",
                                                "\"EdgeResponseStatus",
                                                "\"EdgeStartTimestamp", NULL };
static const struct json_row cloudflare_rows[] = {
    AT("EdgeStartTimestamp", ROLE_START),
    AT("EdgeEndTimestamp", ROLE_END),
    SPENT("EdgeTimeToFirstByteMs", ROLE_FIRST_BYTE, UNIT_MS),
    AT("ClientIP", ROLE_CLIENT),
    AT("ClientRequestMethod", ROLE_METHOD),
    AT("ClientRequestHost", ROLE_AUTHORITY),
    AT("ClientRequestScheme", ROLE_SCHEME),
    AT("ClientRequestURI", ROLE_TARGET),
    AT("ClientRequestPath", ROLE_PATH), /* no query: only where there is no URI */
    AT("ClientRequestProtocol", ROLE_VERSION),
    REQ("ClientRequestReferer", "Referer"),
    REQ("ClientRequestUserAgent", "User-Agent"),
    REQ("ClientXRequestedWith", "X-Requested-With"),
    AT("EdgeResponseStatus", ROLE_STATUS),
    RES("EdgeResponseContentType", "Content-Type"),
    AT("EdgeResponseBodyBytes", ROLE_RESPONSE_BYTES),
    RES("OriginResponseHTTPExpires", "Expires"),
    RES("OriginResponseHTTPLastModified", "Last-Modified"),
    AT("CacheCacheStatus", ROLE_CACHE),
    AT("WorkerSubrequest", ROLE_SUBREQUEST),
    AT("ParentRayID", ROLE_PARENT) /* "00" for none */,
    AT("Cookies", ROLE_REQUEST_COOKIES),
    AT("RequestHeaders", ROLE_REQUEST_FIELDS),
    AT("ResponseHeaders", ROLE_RESPONSE_FIELDS),
    AT("ResponseFields", ROLE_RESPONSE_FIELDS),
    END_OF_ROWS,
};
const struct json_preset preset_cloudflare = {
    .rows = cloudflare_rows,
    .certainty = 99,
    .signs = cloudflare_signs,
};

static const char *const fastly_signs[] = { "fastly", "\"geo_country", "\"is_edge", NULL };
static const struct json_row fastly_rows[] = {
    COMMON,
    AT("fastly_info\\.state", ROLE_CACHE),
    AT("fastly_info.state", ROLE_CACHE),
    END_OF_ROWS,
};
const struct json_preset preset_fastly = {
    .rows = fastly_rows,
    .certainty = 80,
    .signs = fastly_signs,
};

/* All values are strings; the path often lacks its slash and is percent-encoded. */
static const char *const akamai_signs[] = { "\"reqTimeSec", "\"cliIP", NULL };
static const struct json_row akamai_rows[] = {
    AT("reqTimeSec", ROLE_START),
    AT("cliIP", ROLE_CLIENT),
    AT("statusCode", ROLE_STATUS),
    AT("proto", ROLE_SCHEME),
    AT("reqHost", ROLE_AUTHORITY),
    AT("reqMethod", ROLE_METHOD),
    AT("reqPath", ROLE_PATH),
    AT("queryStr", ROLE_QUERY),
    AT("objSize", ROLE_RESPONSE_BYTES),
    RES("rspContentType", "Content-Type"),
    REQ("UA", "User-Agent"),
    REQ("accLang", "Accept-Language"),
    REQ("cookie", "Cookie"),
    REQ("referer", "Referer"),
    REQ("range", "Range"),
    REQ("xForwardedFor", "X-Forwarded-For"),
    AT("cacheStatus", ROLE_CACHE_HIT),
    SPENT("downloadTime", ROLE_DURATION, UNIT_MS),
    SPENT("timeToFirstByte", ROLE_FIRST_BYTE, UNIT_MS),
    END_OF_ROWS,
};
const struct json_preset preset_akamai = {
    .rows = akamai_rows,
    .rules = { .percent_encoded = true, .path_without_slash = true },
    .certainty = 99,
    .signs = akamai_signs,
};

static const char *const gcp_signs[] = { "\"httpRequest", NULL };
static const struct json_row gcp_rows[] = {
    AT("timestamp", ROLE_START),
    AT("httpRequest.requestMethod", ROLE_METHOD),
    AT("httpRequest.requestUrl", ROLE_URL),
    AT("httpRequest.status", ROLE_STATUS),
    AT("httpRequest.remoteIp", ROLE_CLIENT),
    AT("httpRequest.protocol", ROLE_VERSION),
    SPENT("httpRequest.latency", ROLE_DURATION, UNIT_S),
    AT("httpRequest.cacheHit", ROLE_CACHE_HIT),
    REQ("httpRequest.userAgent", "User-Agent"),
    REQ("httpRequest.referer", "Referer"),
    END_OF_ROWS,
};
const struct json_preset preset_gcp = {
    .rows = gcp_rows,
    .certainty = 98,
    .signs = gcp_signs,
};
