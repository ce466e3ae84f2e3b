#include "schema.h"

/*
 * The file format, version 2: what is in a capture, run or baseline.
 *
 *   meta      facts about the whole file. `kind` is capture, run or baseline;
 *             `state` is "writing" until the file is finished, then "finished".
 *   text      every text once or a few times, by number: methods, targets, field
 *             lines, addresses. A field line is "Name: value"; "Name" alone is a
 *             field that the source would have shown and that was not there.
 *             kind: 1 word, 2 request target, 3 field line.
 *   body      every distinct body once, zstd-compressed in `coded`; `bytes` is its
 *             length without that, `hash` the XXH3-128 of it.
 *   segment   some exchanges of one session. A session is all its segments of the
 *             highest attempt; lower attempts are superseded. `exchanges` is a JSON
 *             array with one array of integers per exchange; trailing zeros are
 *             left out. Times are microseconds, times of start count from base_us:
 *
 *              0 start          1 method (text)     2 target (text)   3 status
 *              4 [request field lines (text)]       5 [response field lines (text)]
 *              6 client (text)  7 marks             8 duration + 1    9 first byte + 1
 *             10 response body bytes as sent + 1   11 request version (text)
 *             12 scheme (text) 13 authority (text) 14 response version (text)
 *             15 request body  16 request body bytes + 1
 *             17 response body 18 seq              19 planned
 *             20 user (text)   21 cache (text)     22 note (text)
 *
 *             "+ 1" means that 0 is "unknown" or "none".
 *             `how`, `identity` and `outcome` are texts or 0; a segment with an
 *             outcome holds the session's end mark.
 *   skipped   records of the sources that did not become exchanges, counted.
 *   variant   cookie values that select a variant, by their pseudonym.
 *   contract  what a baseline taught, per route and field.
 *   binding   of captures: which value of a request came out of which earlier answer
 *             of its session. `sink` and `source` are places as value_place.h has them.
 *   remark    of runs: what is to be said of an exchange beside what was sent and
 *             answered (a value left unresolved, a mark of somebody else), by kind.
 *
 * The views spell it out for people; they are not what the program reads.
 */
/* clang-format off: SQL, laid out as SQL. */
#define TEXT_OF(place) "(SELECT value FROM text WHERE id = json_extract(e.value, '$[" #place "]'))"
#define NUMBER(place) "coalesce(json_extract(e.value, '$[" #place "]'), 0)"
#define OR_UNKNOWN(place) "nullif(" NUMBER(place) ", 0) - 1"
#define LINES_OF(place)                                                                            \
    "(SELECT group_concat(line, char(10)) FROM (SELECT t.value AS line"                            \
    " FROM json_each(e.value, '$[" #place "]') f JOIN text t ON t.id = f.value ORDER BY f.key))"
/* Of a session, over all its segments. */
#define LAST_WORD(column)                                                                          \
    "(SELECT t.value FROM segment h JOIN text t ON t.id = h." #column                              \
    " WHERE h.session = s.session ORDER BY h.id DESC LIMIT 1)"
#define TIME_OF(us) "strftime('%Y-%m-%dT%H:%M:%fZ', (" us ") / 1e6, 'unixepoch')"

const char store_schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE text(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, value TEXT NOT NULL);"
    "CREATE TABLE body(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
    " bytes INTEGER NOT NULL, coded BLOB NOT NULL);"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, session INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL, base_us INTEGER NOT NULL, first_us INTEGER NOT NULL,"
    " last_us INTEGER NOT NULL, n INTEGER NOT NULL, how INTEGER NOT NULL,"
    " identity INTEGER NOT NULL, outcome INTEGER NOT NULL, exchanges TEXT NOT NULL);"
    "CREATE TABLE skipped(source TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL,"
    " count INTEGER NOT NULL, PRIMARY KEY(source, outcome, reason)) WITHOUT ROWID;"
    "CREATE TABLE variant(name TEXT NOT NULL, pseudonym TEXT NOT NULL, value TEXT NOT NULL,"
    " sessions INTEGER NOT NULL, PRIMARY KEY(name, pseudonym)) WITHOUT ROWID;"
    "CREATE TABLE contract(route TEXT NOT NULL, field TEXT NOT NULL, shape TEXT NOT NULL,"
    " PRIMARY KEY(route, field)) WITHOUT ROWID;"
    "CREATE TABLE binding(session INTEGER NOT NULL, seq INTEGER NOT NULL, sink TEXT NOT NULL,"
    " source_seq INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY(session, seq, sink))"
    " WITHOUT ROWID;"
    "CREATE TABLE remark(session INTEGER NOT NULL, attempt INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " kind TEXT NOT NULL, value TEXT NOT NULL);";

const char store_schema_shown[] =
    "CREATE VIEW exchange AS SELECT printf('%016x', s.session) AS session, s.attempt,"
    " s.attempt < (SELECT max(attempt) FROM segment WHERE session = s.session) AS superseded,"
    " " NUMBER(18) " AS seq,"
    " " TIME_OF("s.base_us + " NUMBER(0)) " AS start,"
    " s.base_us + " NUMBER(0) " AS start_us,"
    " " TEXT_OF(1) " AS method,"
    " coalesce(" TEXT_OF(12) " || '://', '') || coalesce(" TEXT_OF(13) ", '')"
    " || coalesce(" TEXT_OF(2) ", '') AS url,"
    " " NUMBER(3) " AS status,"
    " " LINES_OF(4) " AS request_fields,"
    " " LINES_OF(5) " AS response_fields,"
    " " OR_UNKNOWN(10) " AS response_bytes,"
    " " OR_UNKNOWN(9) " AS first_byte_us,"
    " " OR_UNKNOWN(8) " AS duration_us,"
    " " TEXT_OF(6) " AS client, " TEXT_OF(20) " AS user, " TEXT_OF(21) " AS cache,"
    " " NUMBER(7) " AS marks, " TEXT_OF(22) " AS note,"
    " " TEXT_OF(11) " AS request_version, " TEXT_OF(14) " AS response_version,"
    " nullif(" NUMBER(15) ", 0) AS request_body, nullif(" NUMBER(17) ", 0) AS response_body,"
    " " NUMBER(19) " AS planned, s.id AS segment, e.key AS place"
    " FROM segment s JOIN json_each(s.exchanges) e;"

    "CREATE VIEW session AS SELECT printf('%016x', s.session) AS session,"
    " sum(s.n) AS exchanges, " TIME_OF("min(s.first_us)") " AS first,"
    " " TIME_OF("max(s.last_us)") " AS last, s.attempt AS attempt,"
    " max(s.outcome) > 0 AS ended,"
    " " LAST_WORD(outcome) " AS outcome,"
    " " LAST_WORD(how) " AS how, " LAST_WORD(identity) " AS identity"
    " FROM segment s"
    " WHERE s.attempt = (SELECT max(attempt) FROM segment WHERE session = s.session)"
    " GROUP BY s.session;";
/* clang-format on */

#define FACTS "session, attempt, id, first_us, last_us, n, how, identity, outcome"

/* All that a walk over sessions asks for, so that it reads the index alone. */
const char store_schema_index[] =
    "CREATE INDEX IF NOT EXISTS segment_session ON segment(" FACTS ");";

const char store_schema_view[] =
    "CREATE TEMP VIEW by_session AS SELECT " FACTS " FROM main.segment;";

const char store_schema_snapshot[] =
    "CREATE TEMP TABLE by_session(" FACTS ", PRIMARY KEY(session, attempt, id)) WITHOUT ROWID;"
    "INSERT INTO temp.by_session SELECT " FACTS " FROM main.segment ORDER BY session, attempt, id;";
