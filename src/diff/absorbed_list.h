/* Absorbed list: a pair's absorbed events as facts. */
#ifndef EVD_DIFF_ABSORBED_LIST_H
#define EVD_DIFF_ABSORBED_LIST_H

#include "walk/walk.h"

/* The context of evd_hear_absorbed, for one pair at a time. Ownership: the list's own array is released by the caller;
 * texts go to the arena. */
struct evd_absorbed_list {
    struct evd_arena *arena;
    struct evd_buffer *scratch;
    struct evd_absorbed_event *events;
    size_t count, capacity;
};

/* For evd_absorbed_listener::hear: adds the event. */
bool evd_hear_absorbed(void *context, const struct evd_absorbed_view *seen);

/* Copies the list to its arena; NULL when memory runs out. */
struct evd_absorbed_event *evd_absorbed_list_keep(const struct evd_absorbed_list *list);

#endif
