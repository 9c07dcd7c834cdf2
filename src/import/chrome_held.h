/* Chrome held: the events of a trace that is in no order, until all of it is there; then one by one in the order of time.
 *
 * A span is one event until then, with its payload once: its end's is what its own begins with. A begin that is taken puts
 * its end on a heap, so only as many ends are put in order at a time as there are spans open. */
#ifndef EVD_IMPORT_CHROME_HELD_H
#define EVD_IMPORT_CHROME_HELD_H

#include "base/table.h"
#include "import/emit.h"

enum evd_chrome_kind {
    EVD_CHROME_BEGIN,
    EVD_CHROME_END,
    EVD_CHROME_INSTANT,
    EVD_CHROME_COUNTER,
    EVD_CHROME_FLOW,
    EVD_CHROME_ASYNC,
};

struct evd_chrome_event {
    int64_t ns;
    int64_t duration; /* of a span, in ns */
    uint64_t start;   /* of its payload in `payloads`, which lacks its last brace */
    uint32_t line,
        number; /* in the trace, in its list of events, from 1; 0 for what is more, which a trace that is held has no room for */
    uint32_t length, end_length; /* of the payload, and of that of a span's end */
    uint32_t label;              /* what its thread is called */
    uint8_t kind;                /* enum evd_chrome_kind */
    bool is_span;                /* EVD_CHROME_BEGIN, and its end is to come */
};

struct evd_chrome_label {
    uint64_t start; /* in `names` */
    size_t length;
    uint64_t name_start; /* of what metadata calls it, in `names` */
    size_t name_length;  /* 0: nothing does */
};

/* An event, or the end of one. */
struct evd_chrome_moment {
    int64_t ns;
    const struct evd_chrome_event *event;
};

/* All zero but for `payloads`, which is to be initialised, is one that holds nothing. */
struct evd_chrome_held {
    struct evd_scratch payloads;
    struct evd_chrome_event *events;
    size_t count, capacity;
    struct evd_buffer names;
    struct evd_chrome_label *labels;
    size_t label_count, label_capacity, last_label;
    struct evd_table by_hash;       /* hashes of labels to their numbers */
    uint32_t *order;                /* all events, by their indexes; NULL: they are in order themselves */
    struct evd_chrome_moment *ends; /* a heap, the earliest first: of spans whose begins were taken */
    size_t taken, end_count, end_capacity;
};

/* The number of a label. False when memory runs out. */
bool evd_chrome_label(struct evd_chrome_held *held, const char *label, size_t length, uint32_t *number);

/* Holds an event. False when memory runs out, and from 2^32 - 1 of them on. */
bool evd_chrome_hold(struct evd_chrome_held *held, const struct evd_chrome_event *event);

/* All events are there. False when memory runs out. Cost: linear where they are nearly in order, else n log n. */
bool evd_chrome_order(struct evd_chrome_held *held);

/* The next one in the order of time. At one time come the ends, those of the shorter spans first, then the beginnings, those
 * of the longer ones first, then the rest as in the file; a span of no duration begins and ends among the rest.
 * moment->event is NULL when there is none. False when memory runs out. */
bool evd_chrome_take(struct evd_chrome_held *held, struct evd_chrome_moment *moment, bool *is_end);

void evd_chrome_held_release(struct evd_chrome_held *held);

#endif
