/* Pair work: one pair of threads, from its streams to its part of the outcome, and what works on it.
 *
 *     evd_pair_walk      (diff/pair_walk.h) walk/, then align/ with resync: up to the first divergence, and behind it
 *     (names/check.h, over all pairs in the order of time, finds where names break a renaming)
 *     evd_pair_finish    (diff/pair_finish.h) takes in those breaks and the nulls that marks hide, and hands the divergences over to the outcome
 *
 * Ownership: a pair's work owns what was found, a worker what the outcomes point to, until it is handed over; streams and
 * outcome are borrowed. Threads: a pair belongs to one worker at a
 * time, a worker to one thread. */
#ifndef EVD_DIFF_PAIR_WORK_H
#define EVD_DIFF_PAIR_WORK_H

#include "align/recorder.h"
#include "diff/absorbed_list.h"
#include "names/name_break.h"
#include "walk/arrange.h"

/* What is asked for, the same for all pairs. */
struct evd_pair_plan {
    const struct evd_log *log[EVD_SIDES];
    bool has_resync;
    bool has_names;
    bool keeps_matched;  /* what matches is looked at again: for names, or for values that take both sides */
    bool keeps_absorbed; /* every absorbed event */
};

/* What was found in one pair of threads. */
struct evd_pair_finds {
    struct evd_divergence_list divergences; /* with resync */
    struct evd_matched matched;             /* with keeps_matched: what matches, breaks included */
    struct evd_name_break_list breaks;      /* the same: matching events that names or both sides' values tell apart */
    struct evd_null_list nulls;             /* matching events in which a mark hides a null */
};

/* One pair of threads. There may be millions, most of which are equal: those have no finds. */
struct evd_pair_work {
    const struct evd_stream *stream[EVD_SIDES];
    struct evd_pair_outcome *outcome;
    struct evd_arranged *arranged; /* after evd_pair_walk, what `stream` points to then; NULL: the log's streams */
    struct evd_pair_finds *finds;  /* after evd_pair_walk; NULL: nothing was found, nor is what matches kept */
};

/* What one worker uses again and again. */
struct evd_pair_worker {
    struct evd_walker walker;
    struct evd_recorder recorder;
    struct evd_arena arena; /* what the outcome's texts and lists are in, of all pairs that it has worked on */
    const uint64_t *zeros;  /* in the arena: one an absorber, of pairs where none took an event; NULL: not yet */
    struct evd_buffer text; /* scratch */
    struct evd_absorbed_list absorbed; /* the same */
    struct evd_pool *pool;             /* whose other workers have nothing to do; or NULL */
};

/* False when memory runs out; release in either case. The rules must outlive it. */
bool evd_pair_worker_init(struct evd_pair_worker *worker, const struct evd_rules *rules);
void evd_pair_worker_release(struct evd_pair_worker *worker);

/* Whether it reads and compares the slow way (struct evd_walker, is_plain), every line by the parser. */
void evd_pair_worker_set_plain(struct evd_pair_worker *worker, bool is_plain);

/* Bytes of text that it has read again. */
uint64_t evd_pair_worker_bytes_read(const struct evd_pair_worker *worker);

/* Takes over what matches from the work on `count` pairs, one list a pair; NULL when memory runs out. The caller frees it
 * with evd_matched_free. */
struct evd_matched *evd_pair_work_take_matched(struct evd_pair_work *works, size_t count);

/* Hands what the outcomes of pairs are in over to `arena`, which must outlive them. */
void evd_pair_worker_hand_over(struct evd_pair_worker *worker, struct evd_arena *arena);

void evd_pair_finds_release(struct evd_pair_finds *finds);
void evd_pair_work_release(struct evd_pair_work *work);

#endif
