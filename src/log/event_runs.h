/* Event runs: the memory of streams that are read from text, in runs of a few events. A stream grows by runs, so nothing that it
 * has is moved, and what it has room for and does not need is less than a run. All runs of a log come from few large stretches of
 * pages, which the system gives in large pages where it has them: page by page they cost more than all that is done
 * with an event but reading its line.
 *
 * Ownership: runs belong to their owner until that is released. Threads: one at a time. */
#ifndef EVD_LOG_EVENT_RUNS_H
#define EVD_LOG_EVENT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_event;
struct evd_event_stretch;

/* A stream's first runs have 4, 4 and 8 events, all others so many: there may be millions of threads that have few. */
enum { EVD_RUN_EVENTS = 16, EVD_RUN_EVENTS_MIN = 4, EVD_RUNS_SMALL = 2 };

/* Which run of its stream the event at a position is in, and where there. */
static inline uint64_t evd_event_run_of(uint64_t position, uint64_t *offset)
{
    if (__builtin_expect(position >= EVD_RUN_EVENTS, 1)) {
        *offset = position % EVD_RUN_EVENTS;
        return position / EVD_RUN_EVENTS + EVD_RUNS_SMALL;
    }
    if (position >= EVD_RUN_EVENTS / 2) {
        *offset = position % (EVD_RUN_EVENTS / 2);
        return EVD_RUNS_SMALL;
    }
    *offset = position % EVD_RUN_EVENTS_MIN;
    return position / EVD_RUN_EVENTS_MIN;
}

/* The position of a run's first event; of so many runs, for how many events there is room. */
static inline uint64_t evd_event_run_start(uint64_t run)
{
    return run <= EVD_RUNS_SMALL ? run * EVD_RUN_EVENTS_MIN : (run - EVD_RUNS_SMALL) * EVD_RUN_EVENTS;
}

/* All zero has none. */
struct evd_event_runs {
    struct evd_event_stretch *stretches;
    size_t stretch_count, stretch_capacity;
    struct evd_event *next; /* in the last stretch, and how many events there is room for from there on */
    size_t left;
    uint64_t
        expected; /* as its owner sees it: how many events will yet be taken, likely. Stretches are made for that */
};

/* Room for so many events in one piece; NULL when memory runs out. Cost: nothing that grows with `count`. */
struct evd_event *evd_event_runs_take(struct evd_event_runs *runs, size_t count);

void evd_event_runs_release(struct evd_event_runs *runs);

#endif
