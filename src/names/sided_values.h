/* Sided values: which value of ours is at the place of one of canary's, and what rules say of the two that no event before
 * has a part in.
 *
 * Threads: all is in the caller's hands. */
#ifndef EVD_NAMES_SIDED_VALUES_H
#define EVD_NAMES_SIDED_VALUES_H

#include "base/table.h"
#include "log/canon.h"

/* Stands for a rule and a place in tables. */
static inline uint64_t evd_sided_place(const struct evd_sided_value *value)
{
    return evd_hash_pair(value->rule->index, value->place);
}

/* The same from event to event. */
static inline uint64_t evd_sided_lasting(const struct evd_sided_value *value)
{
    return evd_hash_pair(value->rule->index, value->lasting);
}

/* The same for all items of lists without order. */
static inline uint64_t evd_sided_common(const struct evd_sided_value *value)
{
    return evd_hash_pair(value->rule->index, value->common);
}

/* The value of ours at the same place as the `number`-th of canary, or NULL; both sides mostly have the same in one order. It
 * is searched for by `index`, which is empty before the first search of an event. *failed: memory ran out. */
const struct evd_sided_value *evd_sided_counterpart(const struct evd_canon *ours, const struct evd_sided_value *value,
                                                    size_t number, struct evd_table *index, bool *failed);

/* True when two values are one of an operation's pairs. *failed: memory ran out. */
bool evd_sided_is_pair(struct evd_arena *arena, const struct evd_operation *operation, const struct evd_value *canary,
                       const struct evd_value *ours, bool *failed);

/* False when a rule says that two values at one place differ, whatever the events before have told: by pairs, by how far apart
 * they are, or by what they are. *failed: memory ran out. */
bool evd_sided_may_be_equal(struct evd_arena *arena, const struct evd_sided_value *canary,
                            const struct evd_sided_value *ours, bool *failed);

#endif
