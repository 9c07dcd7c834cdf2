/* Divergences: those of one pair of threads, in the order of the streams, each with its nature.
 *
 * Ownership: the caller releases a list; texts belong to the arena that who adds them was given.
 * Threads: one list, one thread at a time. */
#ifndef EVD_ALIGN_DIVERGENCES_H
#define EVD_ALIGN_DIVERGENCES_H

#include "base/arena.h"
#include "base/table.h"
#include "evdiff/outcome.h"

/* What a kind of event is called, once a pair. */
struct evd_call_text {
    uint64_t hash;
    uint64_t kind_hash;
    struct evd_text kind, name;
};

#define EVD_NO_CALL UINT32_MAX

/* What families are made of: what a divergence is, without its place and values. */
struct evd_divergence_nature {
    uint64_t signature;
    uint64_t mirrored; /* the signature that it would have with sides swapped; of events on both sides
                                        only where the recorder is asked for it */
    uint32_t call;     /* index into evd_nature_list::calls, of its first event */
    uint32_t before[EVD_FAMILY_BEFORE_MAX]; /* of the events before it, the nearest first; EVD_NO_CALL: none */
    struct evd_text field;
    uint64_t run_hash; /* EVD_CLASS_MISSING and EVD_CLASS_EXTRA: of the events' keys; else 0 */
};

/* The natures of a pair's divergences; all zero is an empty list. */
struct evd_nature_list {
    struct evd_divergence_nature *natures; /* one a divergence */
    struct evd_call_text *calls;
    size_t call_count;
};

/* Where a divergence stands among the pairs of events that the walk took for matching. */
struct evd_divergence_rank {
    uint64_t matched; /* such pairs before it */
    bool is_pair;     /* its two events are such a pair themselves: they are equal but for a name */
};

/* All zero is an empty list. */
struct evd_divergence_list {
    struct evd_divergence *divergences; /* matched_after, family and cause are not set; evd_arena_grow */
    struct evd_divergence_rank *ranks;  /* one a divergence */
    struct evd_nature_list natures;
    size_t count, capacity;
    size_t call_capacity;
    struct evd_table call_indexes; /* evd_call_text::hash → index */
};

/* Adds a divergence behind all others; false when memory runs out. Its class, nature and signature are to be filled
 * in by the caller. */
bool evd_divergences_add(struct evd_divergence_list *list, const struct evd_divergence *divergence,
                         const struct evd_divergence_nature *nature, struct evd_divergence_rank rank);

/* Adds those of another list of the same pair behind all others, their ranks counted from `matched` on. The texts are
 * borrowed. False when memory runs out. */
bool evd_divergences_append(struct evd_divergence_list *list, const struct evd_divergence_list *other,
                            uint64_t matched);

/* Signs a divergence by its class and nature as they are now. */
void evd_divergences_sign(struct evd_divergence_list *list, size_t index);

/* Signs a divergence that has events on both sides for swapped sides, where its first event is of the call
 * `call` and comes after `before`. */
void evd_divergences_sign_mirrored(struct evd_divergence_list *list, size_t index, uint32_t call,
                                   const uint32_t before[EVD_FAMILY_BEFORE_MAX]);

/* The index of a call with that hash; *is_new: it has been added, and its texts are to be filled in. NULL when
 * memory runs out; good until the next call. */
struct evd_call_text *evd_divergences_call(struct evd_divergence_list *list, uint64_t hash, uint32_t *index,
                                           bool *is_new);

/* Puts the divergences from `from` on, which are in ascending order of ranks as those before are, in their places
 * among those; of equal rank they come later. False when memory runs out. */
bool evd_divergences_merge(struct evd_divergence_list *list, size_t from);

/* Hands the divergences over to the arena, with matched_after; `matched`: pairs of events that the walk took for matching
 * in all. Of the list are left the natures. */
struct evd_divergence *evd_divergences_keep(struct evd_divergence_list *list, uint64_t matched,
                                            struct evd_arena *arena);

void evd_divergences_release(struct evd_divergence_list *list);

#endif
