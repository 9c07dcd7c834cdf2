/* List order: lists whose order means nothing are put in one, and the values in them that take both sides with them.
 *
 * Ownership: all in the arena that was given. Threads: one arena, one thread at a time. */
#ifndef EVD_LOG_LIST_ORDER_H
#define EVD_LOG_LIST_ORDER_H

#include "log/canon.h"

/* The values that take both sides of an event. */
struct evd_sided_values {
    struct evd_sided_value *values;
    size_t count, capacity;
    uint32_t group_count;
};

/* Those in an item of the list at hand, its number as it stands in the list, what tells it from event to event, and
 * what all items of the list have in common: in one whose order counts that is the number. */
struct evd_item_range {
    size_t begin, end;
    uint64_t number, lasting, common;
};

/* Puts a list in order; of a set what is there again leaves it, with its values. Items that nothing tells apart but these are
 * a group. `ranges`: one an item, or NULL: there are no such values. Returns whether it is a list. *failed: memory ran out.
 * Cost: n log n in the items. */
bool evd_list_order(struct evd_arena *arena, struct evd_value *value, bool is_set, struct evd_item_range *ranges,
                    struct evd_sided_values *sided, bool *failed);

/* Forgets values that leave the event. */
void evd_sided_forget(struct evd_sided_values *sided, const struct evd_item_range *range);

#endif
