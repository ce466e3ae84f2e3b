/*
 * Line formats with a name. Strings in Apache's language where it is their
 * writer's own, else in nginx's; unknown variables there stand for values of no
 * use to a replay.
 */
#include "formats.h"
#include "haproxy.h"
#include "log_syntax.h"
#include "nginx_conf.h"
#include "text_lines.h"

#define COMMON "%h %l %u %t \"%r\" %>s %b"
#define COMBINED COMMON " \"%{Referer}i\" \"%{User-Agent}i\""

static const struct text_format common = {
    .strings = { COMMON },
    .certainty = 85,
};

static const struct text_format combined = {
    .strings = { COMBINED },
    .certainty = 90,
};

static const struct text_format vhost_combined = {
    .strings = { "%v:%p " COMBINED, "%v " COMBINED },
    .certainty = 92,
};

/* The log_format "main" that nginx's own packages come with. */
static const struct text_format nginx_main = {
    .strings = { "$remote_addr - $remote_user [$time_local] \"$request\" $status "
                 "$body_bytes_sent \"$http_referer\" \"$http_user_agent\" "
                 "\"$http_x_forwarded_for\"" },
    .rules = { .time_is_end = true },
    .certainty = 94,
};

/* varnishncsa writes combined with a request line made up as http://host/target. */
static int want_absolute(struct record *r, const struct source_options *options,
                         struct source_item *ret)
{
    struct span line = record_value(r, ROLE_REQUEST_LINE);
    (void)options;
    if (span_find(span_head(line, 64), SPAN(" http://")) < 0)
        return record_reject(r, ret, line, SPAN("not a line of this format"),
                             "a request line as varnishncsa makes it: GET http://host/ HTTP/1.1");
    return 0;
}

static const struct text_format varnishncsa = {
    .strings = { COMBINED },
    .rules = { .scheme_is_made_up = true },
    .certainty = 93,
    .fix = want_absolute,
};

static const struct text_format traefik = {
    .strings = { "$remote_addr - $remote_user [$time_local] \"$request\" $status "
                 "$body_bytes_sent \"$http_referer\" \"$http_user_agent\" $count \"$router\" "
                 "\"$service\" $request_time" },
    .certainty = 96,
};

static const struct text_format envoy = {
    .strings = { "[$x_start] \"$request\" $status $flags $received $body_bytes_sent "
                 "$x_duration_ms $upstream_time \"$http_x_forwarded_for\" \"$http_user_agent\" "
                 "\"$request_id\" \"$http_host\" \"$upstream_host\"" },
    .escaping = LOG_NOT_ESCAPED,
    .certainty = 95,
};

/* Since 2018 the line holds when the request came in; before, only when the answer went out. */
#define ALB                                                                                        \
    "$type $x_end $elb $x_endpoint $target $t1 $t2 $t3 $status $target_status $received $sent "    \
    "\"$request\" \"$http_user_agent\" $cipher $protocol "
static const struct text_format alb = {
    .strings = { ALB "$group \"$trace\" \"$domain\" \"$certificate\" $priority $x_start $rest",
                 ALB "$rest" },
    .certainty = 97,
};

static const struct text_format squid = {
    .strings = { "$x_end $x_duration_ms $remote_addr $upstream_cache_status/$status $bytes "
                 "$request_method $x_url $remote_user $hierarchy/$peer $sent_http_content_type",
                 "$x_end $x_duration_ms $remote_addr $upstream_cache_status/$status $bytes "
                 "$request_method $x_url $remote_user $hierarchy/$peer" },
    .rules = { .time_is_end = true },
    .certainty = 95,
};

static const struct text_format haproxy = {
    .strings = { "$x_endpoint [$x_start] $x_own5 $backend/$server "
                 "$tq/$tw/$tc/$tr/$x_duration_ms $status $bytes $x_own1 $x_own2 $x_own4 $conns "
                 "$queues $x_own3" },
    .escaping = LOG_NOT_ESCAPED,
    .certainty = 96,
    .front = haproxy_front,
    .fix = haproxy_fix,
    .is_message = haproxy_is_message,
};

/* The two functions of a row, which know their format by name. */
#define TEXT_FORMAT(id, called, words)                                                             \
    static int sniff_##id(struct span head, struct strbuf *evidence)                               \
    {                                                                                              \
        return text_sniff(&id, head, evidence);                                                    \
    }                                                                                              \
    static int open_##id(struct source **ret, struct input *input,                                 \
                         const struct source_options *options, struct err *err)                    \
    {                                                                                              \
        (void)err;                                                                                 \
        return text_open(ret, &id, &format_##id, input, options);                                  \
    }                                                                                              \
    const struct source_format format_##id = { called, words, sniff_##id, open_##id }

TEXT_FORMAT(common, "common", "NCSA common log (Apache, nginx and most others)");
TEXT_FORMAT(combined, "combined", "NCSA combined log, with Referer and User-Agent");
TEXT_FORMAT(vhost_combined, "vhost-combined", "combined with host:port in front (Apache)");
TEXT_FORMAT(nginx_main, "nginx-main", "combined with X-Forwarded-For behind (nginx packages)");
TEXT_FORMAT(varnishncsa, "varnishncsa", "varnishncsa's default lines");
TEXT_FORMAT(traefik, "traefik", "Traefik access log, CLF");
TEXT_FORMAT(envoy, "envoy", "Envoy access log, default text format");
TEXT_FORMAT(alb, "alb", "AWS Application Load Balancer");
TEXT_FORMAT(squid, "squid", "Squid native access log");
TEXT_FORMAT(haproxy, "haproxy", "HAProxy HTTP log, also behind a syslog prefix");

/* ---- the user's own ---- */

static int sniff_nothing(struct span head, struct strbuf *evidence)
{
    (void)head;
    (void)evidence;
    return 0; /* only the user knows */
}

static int open_log_format(struct source **ret, struct input *input,
                           const struct source_options *options, struct err *err)
{
    AUTO(log_format_freep) struct log_format *compiled = NULL;
    int rc;
    if (options->log_format)
        rc = log_format_compile(&compiled, span_of(options->log_format), err);
    else if (options->nginx_conf)
        rc = nginx_conf_log_format(&compiled, options->nginx_conf, options->log_name,
                                   input_path(input), err);
    else
        rc = err_set(err, E_USAGE,
                     "format log-format: the string is missing; give it with --log-format, or the "
                     "file it stands in with --nginx-conf");
    if (rc < 0)
        return rc;
    rc = text_open_compiled(ret, compiled, &format_log_format, input, options);
    if (rc == 0)
        compiled = NULL; /* handed over */
    return rc;
}

const struct source_format format_log_format = {
    .name = "log-format",
    .summary = "lines of a log_format (nginx) or LogFormat (Apache) string given with --log-format",
    .sniff = sniff_nothing,
    .open = open_log_format,
};
