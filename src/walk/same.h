/* Same: whether two events of one side are the same one, as rules of repeats ask.
 *
 * Keys tell that but for values that take both sides and names: one stands for another on the other side, and is itself beside
 * events of its own. Threads: as the walker. */
#ifndef EVD_WALK_SAME_H
#define EVD_WALK_SAME_H

#include "walk/walk.h"

/* True where events of one key may be several by such rules. */
static inline bool evd_keys_leave_open(const struct evd_rules *rules)
{
    return rules->compares_sides || rules->name_class_count > 0;
}

/* True in *are_same when two events of a side are the same by the rules, but for what is at the paths of `except`: names and
 * what else takes both sides are values among events of one side, so equal keys alone don't tell. Errors: the same. Cost:
 * parses both, where keys don't tell. */
enum evd_status evd_events_are_same(struct evd_walker *walker, enum evd_side side, const uint64_t positions[2],
                                    const struct evd_path *except, size_t except_count, bool *are_same,
                                    struct evd_error *error);

/* A hash of what an event counts as by that. Errors: the same. Cost: parses it. */
enum evd_status evd_event_hash_alone(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                     const struct evd_path *except, size_t except_count, uint64_t *hash,
                                     struct evd_error *error);

#endif
