/* Arrange: a pair's streams as rules about order have them, before they are compared: events that may come in any order in
 * one order, rounds of a loop as one.
 *
 * What a rule makes of a stream depends on that stream alone, so what is equal stays equal, and walk, alignment and names
 * see two streams like any others: copies of the records in another order, those left out with the tag of events that take
 * no part. Streams with equal keys are left as they are.
 *
 * Ownership: the caller releases an arrangement, after everything that uses its streams. Threads: one walker, one thread
 * at a time. */
#ifndef EVD_WALK_ARRANGE_H
#define EVD_WALK_ARRANGE_H

#include "walk/walk.h"

struct evd_arranged {
    struct evd_stream stream[EVD_SIDES];
    struct evd_event *events[EVD_SIDES];
    uint64_t *moved[EVD_SIDES];    /* one a rule of evd_rules::absorbers: events that have another place */
    uint64_t *left_out[EVD_SIDES]; /* and events that were left out */
};

/* Beside an event's owner: it begins what keeps its order in a group. */
enum { EVD_BEGINS_ROW = 0x8000 };

/* What rules work on, one after the other. */
struct evd_arrangement {
    enum evd_side side; /* the walker's cursor is at the beginning of this stream, whose events these are */
    struct evd_event *events;
    uint64_t count;
    /* One an event: the rule of evd_rules::absorbers, + 1, in whose groups it may come in any order; 0: none. The walker's, so
     * that no other rule is about it. All 0 before the first such rule. */
    uint16_t *owners;
    bool has_owners;            /* they are known */
    size_t index;               /* the rule */
    uint64_t *moved, *left_out; /* by each rule */
};

/* Arranges the streams of a pair; *arranged stays NULL where that changes nothing or the rules have nothing about order.
 * Errors: as evd_walk. Cost: where keys differ, 16 bytes of memory an event, and asks every event. */
enum evd_status evd_arrange(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                            const struct evd_stream *const stream[EVD_SIDES], struct evd_arranged **arranged,
                            struct evd_error *error);

/* Takes NULL too. */
void evd_arranged_free(struct evd_arranged *arranged);

/* Leaves an event out. */
static inline void evd_arrangement_leave_out(struct evd_arrangement *arrangement, uint64_t position)
{
    uint64_t *place = &arrangement->events[position].place;
    *place = (*place & ~(uint64_t)0xffff) | EVD_TAG_ENGINE_LOCAL;
    arrangement->left_out[arrangement->index]++;
}

static inline bool evd_arrangement_takes_part(const struct evd_arrangement *arrangement, uint64_t position)
{
    return evd_event_tag(&arrangement->events[position]) != EVD_TAG_ENGINE_LOCAL;
}

#endif
