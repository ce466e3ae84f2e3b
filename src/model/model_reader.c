#include "rehearse/model/model_reader.h"

#include <stdlib.h>

#include "rehearse/cache/field_kind.h"
#include "asks.h"
#include "model_block.h"
#include "rehearse/base/hash.h"
#include "rehearse/base/map.h"
#include "rehearse/base/mem.h"
#include "rehearse/cache/storability.h"
#include "rehearse/cache/validation.h"
#include "rehearse/http/url.h"

static const int64_t SECOND_US = 1000000;
enum {
    FETCH_US = 50000,       /* where no fetch was logged */
    LEAST_FETCH_US = 1000,  /* where it took 0: logs count in milliseconds */
    FETCHES_AVERAGED = 256, /* from there on, older ones fade */
    ROUTES_MAX = 1u << 16,
};

/*
 * An answer and its size, in the one number that is kept of each key: the answer above,
 * below the bytes; from 2 GB on with the highest bit and in units, rounded up.
 */
static const uint32_t WHOLE_IN_UNITS = 1u << 31;
enum { WHOLE_UNIT = 1024 }; /* so that MODEL_BYTES_MAX has room */

static uint64_t whole_of(uint32_t answer, uint64_t bytes)
{
    uint64_t size =
        bytes < WHOLE_IN_UNITS ? bytes : WHOLE_IN_UNITS | ((bytes - 1) / WHOLE_UNIT + 1);
    return (uint64_t)answer << 32 | size;
}

static uint32_t whole_answer(uint64_t whole)
{
    return (uint32_t)(whole >> 32);
}

static uint64_t whole_bytes(uint64_t whole)
{
    uint32_t size = (uint32_t)whole;
    return size & WHOLE_IN_UNITS ? (uint64_t)(size - WHOLE_IN_UNITS) * WHOLE_UNIT : size;
}

/* What is known of a route: how long fetches took, and what was answered last. */
struct pace {
    double mean_us;
    uint32_t count;
    uint64_t last; /* whole_of(); 0: nothing yet */
};

struct model_reader {
    struct model_reader_options options;
    struct model_answer *answers; /* owned */
    uint16_t *kept_out;           /* owned; by answer: why it is not stored; 0: it is */
    size_t answer_len, answer_cap, kept_out_cap;
    struct whys whys;
    struct map answer_by_block; /* a hash of the caching fields: the answer */
    struct map last_by_key;     /* key: whole_of() the response last seen */
    struct pace all;
    struct pace *routes; /* owned */
    size_t route_cap;
    struct strbuf key;  /* scratch */
    struct arena arena; /* scratch of one reading */
    struct model_gaps gaps;
};

static uint32_t add_answer(struct model_reader *reader, const struct model_answer *answer,
                           uint16_t kept_out)
{
    size_t need = reader->answer_len + 1;
    reader->answers =
        array_room(reader->answers, &reader->answer_cap, need, sizeof *reader->answers);
    reader->kept_out =
        array_room(reader->kept_out, &reader->kept_out_cap, need, sizeof *reader->kept_out);
    reader->answers[reader->answer_len] = *answer;
    reader->kept_out[reader->answer_len] = kept_out;
    return (uint32_t)reader->answer_len++;
}

struct model_reader *model_reader_new(const struct model_reader_options *options)
{
    struct model_reader *reader = xcalloc(1, sizeof *reader);
    reader->options = *options;
    reader->key = (struct strbuf)STRBUF_INIT;
    add_answer(reader, &(struct model_answer){ 0 }, 0); /* of what is not known */
    return reader;
}

void model_reader_free(struct model_reader *reader)
{
    if (!reader)
        return;
    map_release(&reader->answer_by_block);
    map_release(&reader->last_by_key);
    strbuf_release(&reader->key);
    arena_release(&reader->arena);
    free(reader->answers);
    free(reader->kept_out);
    whys_release(&reader->whys);
    free(reader->routes);
    free(reader);
}

void model_reader_teach(const struct model_reader *reader, struct model *model)
{
    for (uint32_t i = model_answer_count(model); i < reader->answer_len; i++)
        model_set_answer(model, i, &reader->answers[i]);
}

struct model_why model_reader_why(const struct model_reader *reader, uint16_t number)
{
    return reader->whys.at[number - 1];
}

struct model_gaps model_reader_gaps(const struct model_reader *reader)
{
    return reader->gaps;
}

/* ---- judging ---- */

/* As the origin said it to the edge: without Age, and with the status of the whole. */
static struct http_response as_made(struct model_reader *reader,
                                    const struct http_response *response, int status)
{
    struct http_response made = *response;
    made.status = status;
    made.fields = (struct http_fields){ 0 };
    for (uint32_t i = 0; i < response->fields.len; i++) {
        const struct http_field *f = &response->fields.at[i];
        enum field_kind kind = field_kind_of(f->name);
        if (kind != FIELD_AGE && kind != FIELD_CONTENT_RANGE)
            http_fields_add(&made.fields, &reader->arena, f->name, f->value);
    }
    return made;
}

static void leave_out(struct vary *vary, struct span name)
{
    size_t kept = 0;
    for (size_t i = 0; i < vary->len; i++)
        if (!span_eq(vary->names[i], name))
            vary->names[kept++] = vary->names[i];
    vary->len = kept;
}

/* The names that select: all, or those a product looks at. */
static uint32_t vary_set(struct model_reader *reader, const struct http_fields *fields)
{
    const struct cache_policy *policy = reader->options.policy;
    struct vary vary = vary_of(fields, &reader->arena);
    struct http_response response = { .status = 200, .fields = *fields };
    struct judged_response judged;
    size_t kept = 0;
    judge_response(&judged, policy, &response);
    vary.any = judged.says & SAYS_VARY_ANY; /* as the policy takes "*" */
    if (policy->vary != VARY_SELECTS) {
        for (size_t i = 0; i < vary.len; i++)
            for (size_t k = 0; k < policy->vary_name_count; k++)
                if (span_ieq(vary.names[i], policy->vary_names[k])) {
                    vary.names[kept++] = vary.names[i];
                    break;
                }
        vary.len = kept;
        vary.any = vary.any && policy->vary != VARY_IGNORED;
    }
    bool coded = http_fields_first(fields, SPAN("Content-Encoding"));
    if (policy->vary_normalises & VARY_ENCODING_NEVER ||
        (policy->vary_normalises & VARY_ENCODING_PLAIN && !coded))
        leave_out(&vary, SPAN("accept-encoding"));
    return variant_space_set(reader->options.space, &vary);
}

static bool is_failure(int status)
{
    return status == 500 || status == 502 || status == 503 || status == 504;
}

static int64_t us_of(int64_t s)
{
    return s > INT64_MAX / SECOND_US ? INT64_MAX / 2 : s * SECOND_US;
}

static uint32_t judge(struct model_reader *reader, const struct http_request *request,
                      const struct http_response *response, const struct model_block *b)
{
    const struct cache_policy *policy = reader->options.policy;
    struct judged_response judged;
    judge_response(&judged, policy, response);
    struct freshness f = freshness_judged(
        policy, &judged, (struct exchange_times){ b->date_s, b->date_s }, b->date_s);
    const struct storability s = storability_of(policy, request, response);
    const struct model_answer answer = {
        .lifetime_us = us_of(f.lifetime_s),
        .stale_us = us_of(f.stale_while_revalidate_s),
        .error_us = us_of(f.stale_if_error_s),
        .vary = vary_set(reader, &response->fields),
        .storable = s.storable,
        .validate = f.must_validate,
        .failure = is_failure(response->status),
        .is_public = judged.says & SAYS_PUBLIC,
    };
    return add_answer(reader, &answer,
                      s.storable ? 0 : whys_number(&reader->whys, &s.why, /* rule= */ NULL));
}

static uint32_t answer_of(struct model_reader *reader, const struct http_request *request,
                          const struct http_response *response, int status,
                          const struct model_block *b)
{
    uint64_t *known = map_get(&reader->answer_by_block, b->hash);
    if (known)
        return (uint32_t)*known;
    struct http_response made = as_made(reader, response, status);
    uint32_t number = judge(reader, request, &made, b);
    map_put(&reader->answer_by_block, b->hash, number, NULL);
    return number;
}

/* ---- one request ---- */

/* What of a request the rules for storing look at: with equal ones, responses are judged alike. */
static uint64_t class_of(const struct cache_policy *policy, const struct judged_request *asked,
                         const struct http_request *request, const struct http_response *response)
{
    uint64_t asks = asked->asks & (ASKS_NO_STORE | ASKS_AUTHORIZED | ASKS_COOKIE);
    uint64_t class = hash_mix(asked->method, asks);
    if (policy->query_needs_lifetime && span_find_char(request->target, '?') >= 0)
        class = hash_mix(class, 1);
    if (policy->is_eligible)
        class = hash_mix(class, 2u + policy->is_eligible(request, response, false) +
                                    2u * policy->is_eligible(request, response, true));
    return class;
}

static uint64_t key_of_request(struct model_reader *reader, const struct http_request *request)
{
    strbuf_clear(&reader->key);
    key_add(&reader->key, reader->options.key, request);
    return hash64(strbuf_span(&reader->key));
}

/* The key without what is not of the URI; nothing where nothing becomes invalid. */
static uint64_t place_of(struct model_reader *reader, const struct http_request *request)
{
    const struct http_request bare = { .method = SPAN("GET"),
                                       .scheme = request->scheme,
                                       .authority = request->authority,
                                       .target = request->target };
    return reader->options.policy->never_invalidates ? 0 : key_of_request(reader, &bare);
}

static struct pace *pace_of(struct model_reader *reader, uint32_t route)
{
    if (route >= ROUTES_MAX)
        return &reader->all;
    size_t before = reader->route_cap;
    reader->routes =
        array_room(reader->routes, &reader->route_cap, (size_t)route + 1, sizeof *reader->routes);
    for (size_t i = before; i < reader->route_cap; i++)
        reader->routes[i] = (struct pace){ 0 };
    return &reader->routes[route];
}

static void add_pace(struct pace *pace, double us)
{
    if (pace->count < FETCHES_AVERAGED)
        pace->count++;
    pace->mean_us += (us - pace->mean_us) / pace->count;
}

static bool was_fetched(enum cache_outcome logged)
{
    return logged == OUTCOME_MISS || logged == OUTCOME_COLLAPSED ||
           logged == OUTCOME_EXPIRED_FETCHED || logged == OUTCOME_PASS ||
           logged == OUTCOME_UNCACHEABLE;
}

static uint32_t us_within(int64_t us)
{
    return us < 0 ? 0 : us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* What it took when it was fetched, else what such fetches take. */
static uint32_t fetch_us(struct model_reader *reader, const struct model_reading *reading)
{
    const struct exchange *x = reading->answered;
    int64_t took = x->first_byte_us >= 0 ? x->first_byte_us : x->duration_us;
    struct pace *pace = pace_of(reader, reading->route);
    took = took == 0 ? LEAST_FETCH_US : took;
    if (took >= 0 && was_fetched(reading->logged)) {
        add_pace(pace, (double)took);
        add_pace(&reader->all, (double)took);
        return us_within(took);
    }
    if (!pace->count)
        pace = &reader->all;
    return pace->count ? (uint32_t)pace->mean_us : FETCH_US;
}

/* ---- reading ---- */

static bool has_no_answer(const struct exchange *x)
{
    return x->response.status < 200 || x->response.status == 499 ||
           (x->marks & (MARK_NOT_SENT | MARK_FAILED)) != 0;
}

/* The status of what lies behind a 304 or a 206. */
static int whole_status(int status)
{
    return status == 304 || status == 206 ? 200 : status;
}

static uint64_t size_of(const struct http_response *response)
{
    uint64_t bytes = response->body_bytes > 0 ? (uint64_t)response->body_bytes : 0;
    for (uint32_t i = 0; i < response->fields.len; i++)
        bytes += response->fields.at[i].name.len + response->fields.at[i].value.len + 4;
    return bytes < MODEL_BYTES_MAX ? bytes : MODEL_BYTES_MAX;
}

/* What a hit for a key's first request would tell: the cache was warm when the recording began. */
static void set_was_there(const struct model_reader *reader, const struct model_block *b,
                          int64_t received_s, struct model_request *ret)
{
    int64_t half = reader->answers[ret->answer].lifetime_us / SECOND_US / 2;
    int64_t age = b->date_given ? received_s - b->date_s : b->age_s ? b->age_s : half;
    ret->flags |= MODEL_WAS_THERE;
    ret->age_s = age < 0 ? 0 : age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
}

/* The answer and size of the whole response: this one, or the last one known when this is a part.
 */
static void take_answer(struct model_reader *reader, const struct model_reading *reading,
                        const struct judged_request *asked, struct model_request *ret)
{
    const struct exchange *x = reading->asked, *answered = reading->answered;
    const struct http_response *response = &answered->response;
    int64_t took = answered->duration_us > 0 ? answered->duration_us : 0;
    int64_t received_s = (answered->start_us + took) / SECOND_US;
    bool part = response->status == 304 || response->status == 206;
    bool head = asked->method == METHOD_HEAD;
    struct model_block b =
        model_block_of(response, whole_status(response->status),
                       class_of(reader->options.policy, asked, &x->request, response), received_s);
    bool known = b.control_known || (answered->marks & MARK_ALL_RESPONSE_FIELDS);
    uint64_t *last = map_get(&reader->last_by_key, ret->key);

    ret->validator = b.weak && reader->options.policy->asks_by_strong_tags_only ? 0 : b.validator;
    ret->age_s = was_fetched(reading->logged) ? (uint32_t)b.age_s : 0;
    ret->bytes = size_of(response);
    if (ret->flags & MODEL_ASKS_HEAD && whole_status(response->status) == 200 &&
        !reader->options.policy->head_updates_nothing)
        ret->flags |= MODEL_HEAD_UPDATES;
    if (last && (part || head))
        ret->bytes = whole_bytes(*last);
    if (last && (part || (head && !known))) {
        ret->answer = whole_answer(*last);
        return;
    }
    if (!known) {
        ret->flags |= MODEL_HAS_NO_ANSWER;
        reader->gaps.without_answer++;
        return;
    }
    bool all = answered->marks & MARK_ALL_RESPONSE_FIELDS;
    uint64_t whole;
    reader->gaps.without_vary += !all && !b.vary_known;
    reader->gaps.without_set_cookie += !all && !b.set_cookie_known;
    ret->answer = answer_of(reader, &x->request, response, whole_status(response->status), &b);
    if (asked->asks & ASKS_AUTHORIZED &&
        reader->options.policy->authorized_answer == AUTHORIZED_GETS_PUBLIC &&
        !reader->answers[ret->answer].is_public)
        ret->flags |= MODEL_ASKS_ORIGIN;
    if (asked->asks & ASKS_AUTHORIZED && !reader->answers[ret->answer].storable)
        ret->flags |= MODEL_ASKS_NO_STORE; /* and so of what others were given */
    if (cache_outcome_is_hit(reading->logged))
        set_was_there(reader, &b, received_s, ret);
    whole = whole_of(ret->answer, ret->bytes);
    if (part || head)
        return;
    *map_put(&reader->last_by_key, ret->key, 0, NULL) = whole;
    pace_of(reader, reading->route)->last = whole;
}

/* What can be said without an answer: by whom, for what, and whether the cache is asked at all. */
static void read_request(struct model_reader *reader, const struct exchange *x, uint32_t route,
                         const struct judged_request *asked, struct model_request *ret)
{
    *ret = (struct model_request){ .at_us = x->start_us, .route = route };
    ret->key = key_of_request(reader, &x->request);
    ret->place = place_of(reader, &x->request);
    asks_put(&reader->options, &reader->whys, &x->request, asked, ret);
    ret->asker = variant_space_asker(reader->options.space, &x->request);
    reader->gaps.requests++;
    reader->gaps.without_request_fields += !(x->marks & MARK_ALL_REQUEST_FIELDS);
}

bool model_reader_read(struct model_reader *reader, const struct model_reading *reading,
                       struct model_request *ret)
{
    const struct exchange *x = reading->asked;
    struct judged_request asked;
    if (x->marks & MARK_FROM_BROWSER_CACHE)
        return false;
    arena_clear(&reader->arena);
    judge_request(&asked, reader->options.policy, &x->request);
    read_request(reader, x, reading->route, &asked, ret);
    if (ret->flags & MODEL_ASKS_PASS) {
        ret->bytes = size_of(&reading->answered->response);
        ret->fetch_us = us_within(reading->answered->duration_us);
        return true;
    }
    ret->fetch_us = fetch_us(reader, reading);
    if (has_no_answer(reading->answered)) {
        ret->flags |= MODEL_HAS_NO_ANSWER;
        reader->gaps.without_answer++;
        return true;
    }
    take_answer(reader, reading, &asked, ret);
    if (!ret->why_kept_out)
        ret->why_kept_out = reader->kept_out[ret->answer];
    return true;
}

enum model_guess model_reader_guess(struct model_reader *reader, const struct exchange *x,
                                    uint32_t route, struct model_request *ret)
{
    struct judged_request asked;
    arena_clear(&reader->arena);
    judge_request(&asked, reader->options.policy, &x->request);
    read_request(reader, x, route, &asked, ret);
    if (ret->flags & MODEL_ASKS_PASS)
        return GUESS_BY_KEY; /* whatever it would be, the cache is not asked */
    const uint64_t *known = map_get(&reader->last_by_key, ret->key);
    enum model_guess guess = known ? GUESS_BY_KEY : GUESS_BY_ROUTE;
    if (!known)
        known = &pace_of(reader, route)->last;
    ret->answer = whole_answer(*known);
    ret->bytes = whole_bytes(*known);
    if (!ret->why_kept_out)
        ret->why_kept_out = reader->kept_out[ret->answer];
    return ret->answer ? guess : GUESS_NONE;
}

size_t model_reader_invalidated(struct model_reader *reader, const struct exchange *asked,
                                const struct http_response *response, uint64_t ret[INVALIDATED_MAX])
{
    struct span uris[INVALIDATED_MAX];
    struct reason why;
    if (!exchange_invalidates_for(reader->options.policy, &asked->request, response, &why))
        return 0;
    arena_clear(&reader->arena);
    ret[0] = place_of(reader, &asked->request);
    size_t count = reader->options.policy->keeps_other_uris
                       ? 1
                       : invalidated_uris(&asked->request, response, &reader->arena, uris);
    for (size_t i = 1; i < count; i++) {
        struct http_request other = asked->request;
        struct url url;
        url_parse(&url, uris[i]);
        other.scheme = url.scheme;
        other.authority = url.authority;
        other.target = url.target;
        ret[i] = place_of(reader, &other);
    }
    return count;
}
