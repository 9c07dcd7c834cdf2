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

void evd_event_runs_release(struct evd_event_runs *runs);

/* A stream that grows; all zero is an empty one. Its owner frees `list`. */
struct evd_runs {
    uint64_t count;         /* of events that there is room for */
    struct evd_event *next; /* where the next one goes, if the last run has room */
    struct evd_event **list;
    size_t list_count;
    size_t list_capacity : 63;
    size_t is_split : 1; /* the runs are not one piece */
};

/* Where events that a stream was extended by go, one after the other; when one is at `end`, the next one goes to `more`. */
struct evd_event_room {
    struct evd_event *next, *end, *more;
};

/* Extends a stream by so many events, at least 1; false when memory runs out. Cost: linear in the runs that come with them. */
bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint64_t count, struct evd_event_room *room);

#endif
