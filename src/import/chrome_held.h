/* Chrome held: the events of a trace that is in no order, until all of it is there.
 *
 * They are a run of records in the order of the trace. Where a spill has no memory left for it, the run goes to a file, and
 * behind it, where its records are in another order than that of time, their numbers in this order; then the next one
 * begins. So as much is in memory as the spill allows, and each run is put in order while it is there.
 *
 *     │ run │ order │ run │ run │ order │      a file without a name in the folder for temporary files
 *     │ run                                    in memory: the last one, or all there is
 *
 * Ownership: what is held, the file too, is freed by evd_chrome_held_release. */
#ifndef EVD_IMPORT_CHROME_HELD_H
#define EVD_IMPORT_CHROME_HELD_H

#include "base/spill.h"
#include "import/chrome_record.h"

enum { EVD_CHROME_RUN_BYTES = 4 << 10 }; /* at least, in memory */

/* One in the file. */
struct evd_chrome_run {
    uint64_t start;  /* in the file */
    uint64_t count;  /* of records */
    size_t length;   /* in bytes, of the records; the order begins behind them */
    bool is_ordered; /* there is no order: the records are in that of time */
};

/* All zero is one that holds nothing. */
struct evd_chrome_held {
    struct evd_spill *spill; /* NULL: all may be in memory */
    bool has_places;         /* lines and numbers are held, too */

    char *run;                     /* the run in memory */
    size_t length, capacity, last; /* in bytes; where its last record begins */
    size_t counted;                /* of the capacity, what is the spill's */
    size_t count;                  /* of records */
    bool is_unordered;
    uint32_t *order; /* of an unordered one that is whole: EVD_CHROME_RECORD_ALIGNMENT-ths of bytes */

    struct evd_chrome_run *runs; /* in the file */
    size_t run_count, run_capacity;
    int fd; /* of the file, where there are runs */
    uint64_t file_length;
    char *file; /* all of it, mapped, once all events are there; else NULL */
};

/* Holds an event. False when memory runs out; with spill->fault it is the file that could not be made or written. */
bool evd_chrome_hold(struct evd_chrome_held *held, const struct evd_chrome_event *event);

/* All events are there: the last run is put in order, the file is mapped. False when memory runs out. Cost: linear where they are
 * nearly in order, else n log n of a run. */
bool evd_chrome_held_finish(struct evd_chrome_held *held);

/* An event, or the end of one. */
struct evd_chrome_moment {
    int64_t ns;
    const struct evd_chrome_record *record;
    bool is_end;
};

/* Whether one comes before the other one, of those that are held. */
bool evd_chrome_is_before_at_one_time(const struct evd_chrome_held *held, const struct evd_chrome_moment *a,
                                      const struct evd_chrome_moment *b);
static inline bool evd_chrome_is_before(const struct evd_chrome_held *held, const struct evd_chrome_moment *a,
                                        const struct evd_chrome_moment *b)
{
    return a->ns != b->ns ? a->ns < b->ns : evd_chrome_is_before_at_one_time(held, a, b);
}

static inline struct evd_chrome_moment evd_chrome_moment_of(const struct evd_chrome_record *record)
{
    return (struct evd_chrome_moment){record->ns, record, false};
}

void evd_chrome_held_release(struct evd_chrome_held *held);

#endif
