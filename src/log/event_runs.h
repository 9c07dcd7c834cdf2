/* Event runs: the memory of streams that are read from text, in runs of events. A stream grows by runs, so nothing that it
 * has is moved. Runs are the longer the more events are before them, about the root of those: what a stream has room for and does not
 * need is less than a run, and telling its runs takes as little. All runs of a log come from few large stretches of
 * pages, which the system gives in large pages where it has them: page by page they cost more than all that is done
 * with an event but reading its line.
 *
 * A run's place is a number of 32 bits, of which there are as many as events, or nearly, where there are very many threads: in pairs of logs with tens of
 * thousands of them pointers would take a third of a byte an event more. While streams grow, there is only whose each run is, in the order of their places.
 *
 * Ownership: runs belong to their owner until that is released. Threads: one at a time. */
#ifndef EVD_LOG_EVENT_RUNS_H
#define EVD_LOG_EVENT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_event;

/* Pages for runs. */
struct evd_event_stretch {
    struct evd_event *pages;
    size_t size; /* in bytes */
    size_t used; /* events, from the first on */
};

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

/* The place of a run: in which stretch, and there at which event, in steps of the shortest run. A log may have 256 GiB of runs;
 * one that has more is read with bounded memory, where streams are one piece. */
enum {
    EVD_RUN_BYTES_MIN = 64,
    EVD_RUN_PLACE_BITS = 21,
    EVD_STRETCH_BYTES_MAX = 128 << 20,
    EVD_STRETCHES_MAX = 1 << (32 - EVD_RUN_PLACE_BITS)
};

/* All zero has none. */
struct evd_event_runs {
    struct evd_event_stretch *stretches;
    size_t stretch_count, stretch_capacity;
    uint32_t *owners; /* of the runs, in the order of their places */
    size_t owner_count, owner_capacity;
    size_t left; /* in the last stretch: for how many events there is room */
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

/* Extends a stream by so many events, at least 1; false when memory runs out. `owner` is its number. Cost: linear in the runs that
 * come with them. */
bool evd_runs_extend(struct evd_runs *runs, struct evd_event_runs *memory, uint32_t owner, uint64_t count,
                     struct evd_event_room *room);

/* Goes through the runs; all zero is before the first. */
struct evd_run_walk {
    size_t run, stretch;
    size_t offset; /* in events */
};

/* Whose the next run is; false behind the last. */
static inline bool evd_run_walk_owner(const struct evd_event_runs *runs, const struct evd_run_walk *walk,
                                      uint32_t *owner)
{
    if (walk->run == runs->owner_count)
        return false;
    *owner = runs->owners[walk->run];
    return true;
}

/* Goes over the next run, which has so many events: its place. */
uint32_t evd_run_walk_next(const struct evd_event_runs *runs, struct evd_run_walk *walk, uint64_t count);

/* Where the run with this place is. */
static inline struct evd_event *evd_run_at(const struct evd_event_stretch *stretches, uint32_t place)
{
    enum { MASK = (1 << EVD_RUN_PLACE_BITS) - 1 };
    return (struct evd_event *)((char *)stretches[place >> EVD_RUN_PLACE_BITS].pages +
                                (size_t)(place & MASK) * EVD_RUN_BYTES_MIN);
}

/* Forgets whose the runs are; no stream may be extended any more. */
void evd_event_runs_seal(struct evd_event_runs *runs);

#endif
