#include "record.h"

/* ---- writing ---- */

static char *put_number(char *at, int64_t n)
{
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    char digits[20];
    size_t len = 0;
    if (n < 0)
        *at++ = '-';
    do {
        digits[len++] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    while (len)
        *at++ = digits[--len];
    return at;
}

static char *put_list(char *at, const uint32_t *ids, int64_t len)
{
    *at++ = '[';
    for (int64_t i = 0; i < len; i++) {
        if (i)
            *at++ = ',';
        at = put_number(at, ids[i]);
    }
    *at++ = ']';
    return at;
}

size_t record_most(const struct record *r)
{
    enum { NUMBER_MAX = 21, ID_MAX = 11 }; /* with the comma */
    size_t lists = (size_t)(r->at[AT_REQUEST_FIELDS] + r->at[AT_RESPONSE_FIELDS]);
    return RECORD_PLACES * NUMBER_MAX + lists * ID_MAX;
}

void record_write(struct strbuf *out, const struct record *r)
{
    char *start = strbuf_room(out, record_most(r));
    char *at = start;

    int last = RECORD_PLACES - 1;
    while (last > 0 && r->at[last] == 0)
        last--;
    *at++ = '[';
    for (int place = 0; place <= last; place++) {
        if (place)
            *at++ = ',';
        if (place == AT_REQUEST_FIELDS)
            at = put_list(at, r->request_fields, r->at[place]);
        else if (place == AT_RESPONSE_FIELDS)
            at = put_list(at, r->response_fields, r->at[place]);
        else
            at = put_number(at, r->at[place]);
    }
    *at++ = ']';
    strbuf_grew(out, (size_t)(at - start));
}

/* ---- reading ---- */

struct record_reader record_reader_make(struct span segment)
{
    /* The brackets are around all of it; between the records the reader takes commas. */
    if (segment.len < 2 || segment.ptr[0] != '[' || segment.ptr[segment.len - 1] != ']')
        return (struct record_reader){ NULL, NULL, true };
    return (struct record_reader){ segment.ptr + 1, segment.ptr + segment.len - 1, false };
}

static bool take(struct record_reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool fail(struct record_reader *r)
{
    r->failed = true;
    return false;
}

static bool take_number(struct record_reader *r, int64_t *ret)
{
    bool negative = take(r, '-');
    const char *start = r->at;
    uint64_t n = 0;
    while (r->at < r->end && char_is_digit(*r->at)) {
        n = n * 10 + (uint64_t)(*r->at - '0');
        r->at++;
    }
    /* Eighteen digits always fit; we write no more than that. */
    if (r->at == start || r->at - start > 18)
        return fail(r);
    *ret = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool take_list(struct record_reader *r, const uint32_t **ret, int64_t *ret_len,
                      struct arena *arena)
{
    enum { FEW = 64 };
    uint32_t few[FEW];
    uint32_t *ids = few;
    size_t len = 0, cap = FEW;

    if (!take(r, '['))
        return fail(r);
    while (!take(r, ']')) {
        int64_t id;
        if ((len && !take(r, ',')) || !take_number(r, &id) || id < 0 || id > UINT32_MAX)
            return fail(r);
        if (len == cap) {
            uint32_t *more = arena_alloc(arena, 2 * cap * sizeof *more);
            memcpy(more, ids, len * sizeof *ids);
            ids = more;
            cap *= 2;
        }
        ids[len++] = (uint32_t)id;
    }
    if (ids == few && len) {
        ids = arena_alloc(arena, len * sizeof *ids);
        memcpy(ids, few, len * sizeof *ids);
    }
    *ret = ids == few ? NULL : ids;
    *ret_len = (int64_t)len;
    return true;
}

static bool take_place(struct record_reader *r, int place, struct record *ret, struct arena *arena)
{
    if (place == AT_REQUEST_FIELDS)
        return take_list(r, &ret->request_fields, &ret->at[place], arena);
    if (place == AT_RESPONSE_FIELDS)
        return take_list(r, &ret->response_fields, &ret->at[place], arena);
    return take_number(r, &ret->at[place]);
}

bool record_read(struct record_reader *r, struct record *ret, struct arena *arena)
{
    if (r->failed || r->at == r->end)
        return false;
    *ret = (struct record){ 0 };
    if (!take(r, '['))
        return fail(r);
    int place = 0;
    do {
        if (place == RECORD_PLACES || !take_place(r, place++, ret, arena))
            return fail(r);
    } while (take(r, ','));
    if (!take(r, ']') || (r->at != r->end && !take(r, ',')))
        return fail(r);
    return true;
}
