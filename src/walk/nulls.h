/* Nulls: matching events in which a value under a mark is null on one side only.
 *
 * A mark stands for whatever an allocator gave, or the host's heap, so keys say that such events are equal; their tags tell them apart
 * (rules/rules.h). The walk takes them for matching, as the reference does, and lists them here.
 *
 * Ownership: a list owns its memory. Threads: one at a time. */
#ifndef EVD_WALK_NULLS_H
#define EVD_WALK_NULLS_H

#include "walk/compare.h"
#include "walk/cursor.h"

struct evd_null {
    uint64_t rank;                /* matching pairs of events before it in its pair */
    uint64_t position[EVD_SIDES]; /* in the streams */
};

/* In ascending order of ranks; all zero is empty. */
struct evd_null_list {
    struct evd_null *nulls;
    size_t count, capacity;
    uint64_t matched_in_gaps; /* matching pairs of events that no walk has counted */
    bool failed;              /* memory ran out */
};

/* True when a pointer in one of two events, which match, is null and in the other is not. */
static inline bool evd_differ_in_null(const struct evd_rules *rules, const struct evd_event *canary,
                                      const struct evd_event *ours)
{
    const unsigned tag = evd_event_tag(canary), other = evd_event_tag(ours);
    return tag != other && evd_tag_without_null(rules, tag) == evd_tag_without_null(rules, other);
}

/* Adds two events, behind all others; `matched`: pairs of events that walks have counted before them. */
void evd_null_list_add(struct evd_null_list *list, uint64_t matched, uint64_t canary, uint64_t ours);

/* Makes it empty but keeps its memory. */
void evd_null_list_clear(struct evd_null_list *list);

void evd_null_list_release(struct evd_null_list *list);

/* Reads the two events into the cursors' views, values as the log has them, and finds which is null: the difference, and
 * the side whose value that is. The cursors may stand anywhere. Errors: as evd_cursor_fail and evd_reader_read. */
enum evd_status evd_null_read(const struct evd_null *null, struct evd_cursor side[EVD_SIDES],
                              struct evd_difference *difference, enum evd_side *null_side, struct evd_error *error);

#endif
