/* Chrome record: what is held of an event of a Chrome trace until it is written.
 *
 *     {"args":{"n":1},"cat":"gpu","dur":20,"name":"draw","ph":"X","pid":1,"tid":7,"ts":100.5}
 *      └── range 3 ─┘ └ range 2 ┘          └ range 1 ──┘
 *
 * A payload is made of members of the event as they are spelled, in an order of its own. Where the trace's text stays, a
 * record says where in it these are. Else, and where something is spelled otherwise than in a log, the payload stands
 * behind the record. A span is one event with one payload: its end's is what its own begins with.
 *
 * Records lie one behind the other, so what a file has of them does not depend on where it is mapped. */
#ifndef EVD_IMPORT_CHROME_RECORD_H
#define EVD_IMPORT_CHROME_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "import/emit.h"

enum evd_chrome_kind {
    EVD_CHROME_BEGIN,
    EVD_CHROME_END,
    EVD_CHROME_INSTANT,
    EVD_CHROME_COUNTER,
    EVD_CHROME_FLOW,
    EVD_CHROME_ASYNC,
};

enum {
    EVD_CHROME_RANGES_MAX = 6, /* name, cat, id, id2, scope, args */
    EVD_CHROME_RANGE_MAX = UINT16_MAX,
    EVD_CHROME_RECORD_ALIGNMENT = 4,
};

/* Bytes of the text, from where the event begins; of no length where the identity comes, which is spelled anew. */
struct evd_chrome_range {
    uint16_t start, length;
};

/* An event as it is read. */
struct evd_chrome_event {
    int64_t ns;
    int64_t duration;      /* of a span, in ns */
    uint64_t line, number; /* in the trace, in its list of events, from 1 */
    uint32_t label;        /* what its thread is called */
    uint8_t kind;          /* enum evd_chrome_kind */
    bool is_span;          /* EVD_CHROME_BEGIN, and its end is to come */
    char phase;            /* that the payload begins with; 0: it does not */

    bool is_in_text;   /* the payload is these ranges, else `payload` */
    bool has_identity; /* among the ranges */
    uint8_t range_count, end_range_count;
    struct evd_chrome_range ranges[EVD_CHROME_RANGES_MAX];
    uint64_t identity;
    uint64_t offset;     /* of the event in the text */
    const char *payload; /* without its last brace */
    uint32_t length, end_length;
};

/* An event as it is held. What follows it, each only where it is there: the duration (8 bytes), the line and the number (8
 * each), the identity (8); the ranges (4 each), or two lengths (4 each) and the payload. */
struct evd_chrome_record {
    int64_t ns;
    uint64_t offset : 40; /* of the event in the text; a text that is longer is not held by ranges */
    uint64_t phase : 7;
    uint64_t kind : 3;
    uint64_t range_count : 3;
    uint64_t end_range_count : 3;
    uint64_t is_in_text : 1;
    uint64_t is_span : 1;
    uint64_t is_long : 1; /* the duration follows, for it has more than 32 bits */
    uint64_t has_places : 1;
    uint64_t has_identity : 1;
    uint32_t label;
    uint32_t duration; /* of a span that is not long */
} __attribute__((packed, aligned(4)));

/* The longest text that ranges may be in. */
#define EVD_CHROME_TEXT_MAX (UINT64_C(1) << 40)

/* The most bytes that an event takes as a record. */
size_t evd_chrome_record_room(const struct evd_chrome_event *event);

/* Writes it, where there is such room; returns the bytes it takes. */
size_t evd_chrome_record_write(char *at, const struct evd_chrome_event *event, bool has_places);

/* The bytes of one that is written. */
size_t evd_chrome_record_size(const struct evd_chrome_record *record);

/* The event, or the end of the span, that a record is of: its duration, its place, the length of its payload at most. */
int64_t evd_chrome_duration(const struct evd_chrome_record *record);
void evd_chrome_places(const struct evd_chrome_record *record, uint64_t *line, uint64_t *number);
size_t evd_chrome_payload_room(const struct evd_chrome_record *record, bool is_end);

/* Puts the payload, where there is such room. `text` is the trace's, where that stays. */
void evd_chrome_payload_put(struct evd_import_sink *sink, const struct evd_chrome_record *record, bool is_end,
                            const char *text);

/* Whether an event or the end of a span, both of one time, comes before another one: the ends first, those of the shorter
 * spans first, then the beginnings, those of the longer ones first, then the rest; 0: the order of the file tells. */
int evd_chrome_compare_at_one_time(const struct evd_chrome_record *a, bool a_is_end, const struct evd_chrome_record *b,
                                   bool b_is_end);

#endif
