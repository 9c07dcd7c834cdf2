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

/* A first event, and those before it. */
struct evd_call_place {
    uint32_t call;                          /* index into evd_nature_list::calls */
    uint32_t before[EVD_FAMILY_BEFORE_MAX]; /* of the events before it, the nearest first; EVD_NO_CALL: none */
};

/* What families are made of: what a divergence is, without its place and values. */
struct evd_divergence_nature {
    uint64_t signature;
    uint64_t mirrored; /* the signature that it would have with sides swapped; of events on both sides
                                        only where the recorder is asked for it */
    enum evd_divergence_class class_;
    uint32_t call;                          /* index into evd_nature_list::calls, of its first event */
    uint32_t before[EVD_FAMILY_BEFORE_MAX]; /* of the events before it, the nearest first; EVD_NO_CALL: none */
    struct evd_call_place swapped;          /* the same with sides swapped, which `mirrored` is made of */
    struct evd_text field;
    uint64_t run_hash; /* EVD_CLASS_MISSING and EVD_CLASS_EXTRA: of the events' keys; else 0 */
};

/* The natures of a pair's divergences, each once; all zero is an empty list. */
struct evd_nature_list {
    struct evd_divergence_nature *natures;
    uint32_t *of; /* one a divergence: the index of its nature; NULL: natures[i] is that of divergence i */
    struct evd_call_text *calls;
    size_t call_count, nature_count;
};

static inline const struct evd_divergence_nature *evd_nature_of(const struct evd_nature_list *list, size_t divergence)
{
    return &list->natures[list->of != NULL ? list->of[divergence] : divergence];
}

/* Where a divergence stands among the pairs of events that the walk took for matching. */
struct evd_divergence_rank {
    uint64_t matched : 63; /* such pairs before it */
    uint64_t is_pair : 1;  /* its two events are such a pair themselves: they are equal but for a name */
};

enum { EVD_RECENT_NATURES = 64 };

/* All zero is an empty list. */
struct evd_divergence_list {
    struct evd_divergence
        *divergences; /* family and cause are not set, and matched_after holds the rank; evd_arena_grow */
    struct evd_nature_list natures;
    size_t count, capacity;
    size_t call_capacity, nature_capacity;
    struct evd_table call_indexes;               /* evd_call_text::hash → index */
    struct evd_table nature_indexes;             /* hash of all that a nature is made of → index */
    uint32_t recent_natures[EVD_RECENT_NATURES]; /* indexes + 1, by a part of it; 0: none */
};

static inline struct evd_divergence_rank evd_rank_of(const struct evd_divergence_list *list, size_t index)
{
    const uint64_t kept = list->divergences[index].matched_after;
    return (struct evd_divergence_rank){.matched = kept >> 1, .is_pair = kept & 1};
}

static inline void evd_rank_put(struct evd_divergence_list *list, size_t index, struct evd_divergence_rank rank)
{
    list->divergences[index].matched_after = (uint64_t)rank.matched << 1 | rank.is_pair;
}

/* Adds a divergence behind all others; false when memory runs out. The nature's signatures and class are set here, from the
 * rest of it and the divergence's class. */
bool evd_divergences_add(struct evd_divergence_list *list, const struct evd_divergence *divergence,
                         const struct evd_divergence_nature *nature, struct evd_divergence_rank rank);

/* Where in a list those of another one come to stand. */
struct evd_divergence_place {
    size_t first;
    uint32_t *natures; /* indexes here of the other list's; freed when they are moved in, or by the caller */
    uint64_t matched;
};

/* Makes a place behind all others for those of another list of the same pair, their ranks counted from `matched` on. The texts
 * are borrowed. Until they are moved in, the list may only have others added. False when memory runs out. */
bool evd_divergences_expect(struct evd_divergence_list *list, const struct evd_divergence_list *other, uint64_t matched,
                            struct evd_divergence_place *place);

/* Moves them in, from any thread; several lists at once. The other list is good only to be released, since its memory is given
 * back on the way: there may be millions of them. Cost: linear. */
void evd_divergences_move_in(struct evd_divergence_list *list, struct evd_divergence_list *other,
                             struct evd_divergence_place *place);

/* Gives a divergence another class, and its nature that class and `run_hash`. False when memory runs out. */
bool evd_divergences_change(struct evd_divergence_list *list, size_t index, enum evd_divergence_class class_,
                            uint64_t run_hash);

/* Fills the signatures of a nature whose other members are set. */
void evd_nature_sign(const struct evd_nature_list *natures, struct evd_divergence_nature *nature);

/* Makes a value divergence one that another field tells, whose text the caller keeps. False when memory runs out. */
bool evd_divergences_tell_field(struct evd_divergence_list *list, size_t index, struct evd_text field);

/* Puts the divergence at `from` where `to` is; nothing is left of what was there. */
void evd_divergences_move(struct evd_divergence_list *list, size_t from, size_t to);

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
