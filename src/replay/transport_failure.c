#include "transport_failure.h"

/* One phrase a failure, without times and ports, so that equal failures read equal. */
static const struct {
    CURLcode code;
    const char *before, *after;
} failures[] = {
    { CURLE_COULDNT_RESOLVE_HOST, "the host name has no address", NULL },
    { CURLE_COULDNT_CONNECT, "the connection was refused", NULL },
    { CURLE_GOT_NOTHING, "the connection was closed without an answer", NULL },
    { CURLE_RECV_ERROR, "the connection was reset before the answer",
      "the connection was reset in the middle of the answer" },
    { CURLE_SEND_ERROR, "the connection was reset while sending", NULL },
    { CURLE_PARTIAL_FILE, "the answer is shorter than its Content-Length", NULL },
    { CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP", NULL },
    { CURLE_UNSUPPORTED_PROTOCOL, "the answer is not HTTP", NULL },
    { CURLE_OUT_OF_MEMORY, "a response field is larger than the limit", NULL },
    { CURLE_BAD_CONTENT_ENCODING, "the answer's transfer coding is broken", NULL },
    { CURLE_SSL_CONNECT_ERROR, "TLS: the handshake failed", NULL },
    { CURLE_PEER_FAILED_VERIFICATION,
      "TLS: certificate verification failed: it is not valid for this host", NULL },
    { CURLE_SSL_CACERT_BADFILE, "TLS: the CA file cannot be read", NULL },
    { CURLE_SSL_CERTPROBLEM, "TLS: a problem with the client certificate", NULL },
    { CURLE_SSL_CIPHER, "TLS: no common cipher", NULL },
    { CURLE_HTTP2, "HTTP/2: a framing error", NULL },
    { CURLE_HTTP2_STREAM, "HTTP/2: the stream was reset", NULL },
    { CURLE_URL_MALFORMAT, "the place is no URL libcurl understands", NULL },
};

/* X509_V_ERR_… of OpenSSL, as CURLINFO_SSL_VERIFYRESULT gives them. */
static const struct {
    long result;
    const char *text;
} unverified[] = {
    { 9, "TLS: certificate verification failed: it is not valid yet" },
    { 10, "TLS: certificate verification failed: it has expired" },
    { 18, "TLS: certificate verification failed: it is self-signed; name it (--ca, tls: {ca: …})" },
    { 19, "TLS: certificate verification failed: its CA is unknown; name it (--ca, tls: {ca: …})" },
    { 20, "TLS: certificate verification failed: its CA is unknown; name it (--ca, tls: {ca: …})" },
    { 21, "TLS: certificate verification failed: its CA is unknown; name it (--ca, tls: {ca: …})" },
};

static const char *unverified_why(CURL *easy)
{
    long result = 0;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
    for (size_t i = 0; i < sizeof unverified / sizeof *unverified; i++)
        if (unverified[i].result == result)
            return unverified[i].text;
    return NULL;
}

const char *transport_failure(CURL *easy, CURLcode code, bool answered)
{
    const char *why = code == CURLE_PEER_FAILED_VERIFICATION ? unverified_why(easy) : NULL;
    if (why)
        return why;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].code == code)
            return failures[i].after && answered ? failures[i].after : failures[i].before;
    return curl_easy_strerror(code);
}
