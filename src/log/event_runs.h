/* Event runs: the memory of streams that are read from text, in runs of events. A stream grows by runs, so nothing that it
 * has is moved. Runs are the longer the more events are before them, about the root of those: what a stream has room for and does not
 * need is less than a run, and telling its runs takes as little. All runs of a log come from few large stretches of
 * pages, which the system gives in large pages where it has them: page by page they cost more than all that is done
 * with an event but reading its line.
 *
 * While streams grow, what is kept is whose each piece of that memory is, in the order in which pieces were taken.
 *
 * Ownership: runs belong to their owner until that is released. Threads: one at a time. */
#ifndef EVD_LOG_EVENT_RUNS_H
#define EVD_LOG_EVENT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_event;
struct evd_event_stretch;

/* A stream's first runs have so many events: there may be millions of threads that have few. Of positions counted from so many on,
 * those with 2j or 2j - 1 binary digits behind the first are in runs of 2^j events. */
enum { EVD_RUN_EVENTS_MIN = 4, EVD_RUN_BIAS = 8, EVD_RUN_FIRST = 6 };

/* The binary digits of a number, at least 1, behind its first. */
static inline unsigned evd_event_run_digits(uint64_t number)
{
    return 63 - (unsigned)__builtin_clzll(number);
}

/* Which run of its stream the event at a position is in, and where there. */
static inline uint64_t evd_event_run_of(uint64_t position, uint64_t *offset)
{
    const uint64_t biased = position + EVD_RUN_BIAS;
    const unsigned shift = (evd_event_run_digits(biased) + 1) / 2;
    *offset = biased & (((uint64_t)1 << shift) - 1);
    return (biased >> shift) + ((uint64_t)1 << shift) - EVD_RUN_FIRST;
}

/* The position of a run's first event; of so many runs, for how many events there is room. */
static inline uint64_t evd_event_run_start(uint64_t run)
{
    const uint64_t biased = run + EVD_RUN_FIRST;
    const unsigned digits = evd_event_run_digits(biased);
    const unsigned shift = digits - 1 + (biased >> (digits - 1) & 1);
    return ((biased - ((uint64_t)1 << shift)) << shift) - EVD_RUN_BIAS;
}

/* How many events from a position on are in the same run. */
static inline uint64_t evd_event_rest_of_run(uint64_t position)
{
    const uint64_t biased = position + EVD_RUN_BIAS;
    const uint64_t size = (uint64_t)1 << (evd_event_run_digits(biased) + 1) / 2;
    return size - (biased & (size - 1));
}

/* In how many runs so many events are. */
static inline uint64_t evd_event_run_count(uint64_t events)
{
    uint64_t offset;
    return events == 0 ? 0 : evd_event_run_of(events - 1, &offset) + 1;
}

/* A piece that a stream was extended by. */
struct evd_event_piece {
    uint32_t owner; /* whose */
    uint32_t count; /* of events: whole runs */
};

/* All zero has none. */
struct evd_event_runs {
    struct evd_event_stretch *stretches;
    size_t stretch_count, stretch_capacity;
    struct evd_event_piece *pieces; /* in the order in which they were taken */
    size_t piece_count, piece_capacity;
    struct evd_event *next; /* in the last stretch, and how many events there is room for from there on */
    size_t left;
    uint64_t
        expected; /* as its owner sees it: how many events will yet be taken, likely. Stretches are made for that */
};

void evd_event_runs_release(struct evd_event_runs *runs);

/* A stream that grows; all zero is an empty one. */
struct evd_runs {
    struct evd_event *next; /* where the next one goes, if the last run has room */
    uint64_t count : 63;    /* of events that there is room for */
    uint64_t is_split : 1;  /* the runs are not one piece */
};

/* Where events that a stream was extended by go, one after the other; when one is at `end`, the next one goes to `more`. */
struct evd_event_room {
    struct evd_event *next, *end, *more;
};

/* Extends a stream by so many events, from 1 to UINT32_MAX / 2; false when memory runs out. `owner` is its number, which its pieces are
 * told by. Cost: constant. */
bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint32_t owner, uint64_t count,
                     struct evd_event_room *room);

/* Goes through the pieces; all zero is before the first. */
struct evd_piece_walk {
    size_t piece, stretch;
    struct evd_event *next;
    size_t left;
};

/* The next piece, with where it is; false behind the last. */
bool evd_event_runs_walk(const struct evd_event_runs *runs, struct evd_piece_walk *walk, struct evd_event_piece *piece,
                         struct evd_event **events);

/* Forgets whose the pieces are; no stream may be extended any more. */
void evd_event_runs_seal(struct evd_event_runs *runs);

#endif
