#ifndef REHEARSE_CAPTURE_GOR_READER_H
#define REHEARSE_CAPTURE_GOR_READER_H

#include "rehearse/base/err.h"
#include "rehearse/base/strbuf.h"

/*
 * The records of a GoReplay file. A record is a header line, the bytes of one HTTP
 * message, and a separator:
 *
 *     <type> <id> <timestamp, ns> [<latency, ns>] LF  message  LF 🐵🙈🙉 LF
 *
 * A body may hold the separator: where Content-Length points at one, that one ends
 * the record. Otherwise the first one does. Constant memory: about one record,
 * plus what Content-Length made it look ahead.
 */
#define GOR_MAX_RECORD (64u * 1024 * 1024)

enum gor_type { GOR_REQUEST = 1, GOR_RESPONSE = 2, GOR_REPLAYED = 3 };

struct gor_record {
    enum gor_type type;
    struct span id;
    int64_t start_us;   /* Unix microseconds */
    int64_t latency_us; /* -1 unknown */
    struct span message;
    uint64_t line;     /* from 1: of the header line */
    uint64_t number;   /* from 1 */
    uint64_t column;   /* of a fault; 0 when the whole record is meant */
    const char *fault; /* NULL, or why it is no record: a constant phrase */
    const char *expected;
};

typedef int gor_read(void *ctx, struct span *ret, struct err *err); /* as input_chunk */

struct gor_reader;

struct gor_reader *gor_reader_new(gor_read *read, void *ctx);
void gor_reader_free(struct gor_reader *reader);
/* The next record, borrowed until the next call. 1, 0 at the end, or what `read` failed with. */
int gor_reader_next(struct gor_reader *reader, struct gor_record *ret, struct err *err);
/* The first line of a record, without its line end; false when it is none. */
bool gor_header_parse(struct gor_record *ret, struct span line);

AUTO_FREE(struct gor_reader, gor_reader_free);

#endif
