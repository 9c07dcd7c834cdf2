/* Stretches: where two logs match, and which places correspond there.
 *
 * Between the divergences that a diff found, the walk is taken again: it tells up to where the streams really
 * match, and for a place in ours the place in canary. */
#ifndef EVD_SELFTEST_STRETCH_H
#define EVD_SELFTEST_STRETCH_H

#include "walk/walk.h"

/* Events of a pair, from `from` on each side to `to` in ours, without a divergence but broken names and nulls that
 * marks hide. */
struct evd_stretch {
    size_t pair; /* index in evd_outcome::pairs */
    const struct evd_stream *stream[EVD_SIDES];
    uint64_t from[EVD_SIDES];
    uint64_t to;
    uint64_t plant_to; /* where mutations may be planted ends in ours, at most `to`: short of where one
                          stream goes on, since that decides what an absorber makes of the last events */
};

struct evd_stretch_list {
    struct evd_stretch *items;
    size_t count, capacity;
    uint64_t nulls; /* events in them where evd_is_null */
};

/* Where two events match but for a name. */
static inline bool evd_is_name_break(const struct evd_divergence *divergence)
{
    return evd_breaks_of(divergence) != NULL;
}

/* Where two events match but for a null that a mark hides. */
static inline bool evd_is_null(const struct evd_divergence *divergence)
{
    return evd_marked_null_of(divergence) != NULL && !evd_is_name_break(divergence);
}

/* A place in ours, and what corresponds to it. */
struct evd_boundary {
    size_t stretch;
    uint64_t ours;   /* a position in the stretch, or its end */
    uint64_t canary; /* the position that the walk stands at when it comes there */
    bool is_reached;
};

/* Lists the stretches of an outcome with resync, in the order of its pairs; none is empty. The caller frees
 * `items`. Errors: as evd_walk. Cost: a walk. */
enum evd_status evd_stretches_find(struct evd_walker *walker, const struct evd_log *const logs[EVD_SIDES],
                                   const struct evd_outcome *outcome, struct evd_stretch_list *list,
                                   struct evd_error *error);

/* Fills evd_boundary::canary and is_reached of boundaries, which are sorted by stretch and ours. Errors: as evd_walk.
 * Cost: a walk over their stretches. */
enum evd_status evd_stretches_map(struct evd_walker *walker, const struct evd_log *const logs[EVD_SIDES],
                                  const struct evd_stretch_list *list, struct evd_boundary **boundaries, size_t count,
                                  struct evd_error *error);

#endif
