/* Parts: what lies behind a pair's first divergence, taken apart by several threads at once.
 *
 * A part has a walker, a recorder and a list of its own, and borrows the sequences. Joined in the order of the streams, parts
 * leave what one thread would have left that went through all of them: what one part finds depends on no other, but for
 * runs that have moved (align/moved.h), which are looked for when all is joined.
 *
 * Ownership: a part owns what it found until it is joined. Threads: a part belongs to one thread at a time; the gaps that it is
 * made for, and those that it is joined to, to the caller. */
#ifndef EVD_ALIGN_PARTS_H
#define EVD_ALIGN_PARTS_H

#include "align/gap.h"

enum { EVD_PART_EVENTS_MIN = 1 << 14 }; /* evd_gap_help::part_events_min for logs as they are */

/* How many parts `events` of a side are taken apart in: several for each worker, as some take longer than others, where that
 * leaves enough for each. */
size_t evd_part_count(const struct evd_gap_help *help, size_t events);

struct evd_part {
    struct evd_walker walker;
    struct evd_recorder recorder;
    struct evd_arena arena;
    struct evd_divergence_list list;
    struct evd_matched matched;
    struct evd_null_list nulls;
    struct evd_gaps gaps;
    bool is_settled;
    struct evd_walk_counts counts; /* what is left of the walker and the recorder once it is settled */
    uint64_t bytes_read[2], found, told;
    struct evd_divergence_place place; /* in the list that it is joined to, until it is moved in */
    uint64_t told_from;                /* what recorder.told was set to, where it tells how far it is */
    enum evd_status status;            /* as the caller sets them */
    struct evd_error error;
};

/* Makes a part of the same pair as `gaps`. False when memory runs out; release in either case. */
bool evd_part_init(struct evd_part *part, const struct evd_gaps *gaps);

/* Gives back all memory but for what the part has found: nothing more will be. For there are more parts than workers. */
void evd_part_settle(struct evd_part *part);

/* Adds what a part that is settled has found behind what `gaps` has; its divergences have a place there, and are to be moved in. Errors:
 * EVD_E_NO_MEMORY. */
enum evd_status evd_part_join(struct evd_part *part, struct evd_gaps *gaps, struct evd_error *error);

/* Moves in the divergences of all parts that were joined, by all workers; the parts are to be released. */
void evd_parts_move_in(struct evd_part *parts, size_t count, struct evd_gaps *gaps, struct evd_pool *pool);

void evd_part_release(struct evd_part *part);

#endif
