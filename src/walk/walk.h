/* Walk: two streams, up to where they differ.
 *
 * Advances over two streams while keys are equal, which touches 16 bytes an event; where both logs have a
 * saved index, over whole blocks of events whose hashes are equal, without touching them (walk/blocks.h). Where keys
 * differ, it reads the two events again, compares them exactly, tries the absorbers, or stops. Ordinals
 * need no pass of their own: each side counts the values it numbers as they are consumed, matched or
 * not.
 *
 * A walk counts and stops at a place; it keeps nothing for a report. What a report shows of the place is quoted
 * afterwards, by walk/first_divergence.h.
 *
 * Ownership: a walker owns its memory; logs and streams are borrowed from evd_walker_aim on. Threads: one walker, one
 * thread at a time. */
#ifndef EVD_WALK_WALK_H
#define EVD_WALK_WALK_H

#include "evdiff/outcome.h"
#include "walk/compare.h"
#include "walk/cursor.h"
#include "walk/matched.h"
#include "walk/nulls.h"

/* What came of the events that the walks have passed since the walker was aimed. */
struct evd_walk_counts {
    uint64_t matched;                 /* pairs of events that compare equal */
    uint64_t engine_local[EVD_SIDES]; /* events passed over because of their kind */
    uint64_t *absorbed[EVD_SIDES];    /* events absorbed by each of the rule set's absorbers */
    uint64_t *times;                  /* how often each of them did */
    uint64_t exact_comparisons;       /* pairs of events whose keys did not say that they are equal */
};

enum { EVD_LATELY_MAX = 128 };

/* The last matching pairs, by position: the n-th, counted from 0, at n % EVD_CONTEXT_MAX. Those in blocks that
 * were passed over are found only when they are needed: they are the last ones before where the walk went on. */
struct evd_walk_context {
    uint64_t positions[EVD_CONTEXT_MAX][EVD_SIDES];
    uint64_t passed_over;           /* pairs that matched up to the end of the last such blocks; 0: none */
    uint64_t went_on_at[EVD_SIDES]; /* the position after those blocks */
    bool keeps_lately;              /* the last pairs are kept in `lately` too, the n-th at n % EVD_LATELY_MAX */
    uint64_t lately[EVD_LATELY_MAX][EVD_SIDES];
};

/* What an absorber asked about an event that has the same answer for all events with its key. */
struct evd_absorber_memo {
    uint64_t key;
    uint64_t aim;      /* walker->aim when it was asked */
    uint32_t question; /* from 1; 0: an empty memo */
    uint32_t place;    /* of a block, where it is about one */
    bool is_so;
};

enum { EVD_ABSORBER_MEMOS = 4096 };

/* An event that an absorber skips. */
struct evd_absorbed_view {
    size_t absorber; /* index of the rule */
    enum evd_side side;
    uint64_t matched; /* pairs of events that match before it */
    uint64_t blocks;  /* pairs of blocks that the absorber skips with it; 0 when it does not count in blocks */
    uint64_t offset;  /* in events: how many of those it skips come before it */
    const struct evd_event_view *view;
};

/* Told of every event that is absorbed; see evd_walker::listener. */
struct evd_absorbed_listener {
    /* False when memory runs out. */
    bool (*hear)(void *context, const struct evd_absorbed_view *event);
    void *context;
};

/* What the walks of one worker use again and again. */
struct evd_walker {
    const struct evd_rules *rules;
    struct evd_cursor side[EVD_SIDES];
    const struct evd_log *whole[EVD_SIDES]; /* whose facts about all threads absorbers see: the logs, unless the walker
                                               is told of those that they are excerpts of, after it was aimed */
    struct evd_reader block_reader;         /* for events ahead of a cursor */
    struct evd_walk_counts counts;
    struct evd_walk_context context;
    struct evd_difference difference;             /* between the events that the walk diverged at */
    const struct evd_absorbed_listener *listener; /* or NULL: absorbed events are not read for one */
    bool has_open_end;            /* the streams go on behind their ends, so what is left of one is not absorbed */
    bool is_plain;                /* reads and compares events also where their keys tell enough: the slow twin */
    uint64_t *lookahead_ordinals; /* scratch */
    struct evd_matched *matched;  /* matching events are added here, where names are compared later; or NULL */
    struct evd_null_list *nulls;  /* those of them that differ in a null are added here; or NULL */
    /* Two events at which the walk stops although they match, by canary's position and ours'; EVD_NO_STOP. */
    uint64_t stop_at, stop_ours_at;
    uint64_t aim; /* how often it was aimed at two streams. Memos of other aims are not used: which pairs a worker
                     had before is chance, and what is read again is reported */
    struct evd_absorber_memo *memos;   /* EVD_ABSORBER_MEMOS by key, question and place */
    struct evd_far_blocks *far_blocks; /* walk/fits.c; NULL: none are known */
    struct evd_ahead *ahead;           /* walk/absorbers/ahead.c; NULL: nothing was chosen yet */
    const uint16_t *owners;            /* while a stream is arranged: see struct evd_arrangement; or NULL */
};

#define EVD_NO_STOP UINT64_MAX

/* Why a walk ended. */
enum evd_walk_end {
    EVD_WALK_AT_END,        /* one of the streams ends */
    EVD_WALK_AT_DIVERGENCE, /* the cursors stand at two events that differ, which they have read; how is in
                               walker->difference */
    EVD_WALK_AT_STOP,       /* the cursors stand at the two events of walker->stop_at, which match */
};

/* Bytes of text that its walks have read again. */
uint64_t evd_walker_bytes_read(const struct evd_walker *walker);

/* False when memory runs out; release in either case. The rules must outlive it. */
bool evd_walker_init(struct evd_walker *walker, const struct evd_rules *rules);
void evd_walker_release(struct evd_walker *walker);

/* Whether it reads and compares the slow way, see is_plain, and every line by the parser. */
void evd_walker_set_plain(struct evd_walker *walker, bool is_plain);

/* Puts the cursors at the beginnings of two streams and sets the counts to nothing. */
void evd_walker_aim(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                    const struct evd_stream *const stream[EVD_SIDES]);

/* Goes on from the cursors, matching, passing over and absorbing, up to the next divergence, the stop or the end of a
 * stream. Errors: EVD_E_IO when a log changed, EVD_E_INDEX when a saved index is damaged, EVD_E_NO_MEMORY. Cost: see
 * above; linear in the events, 16 bytes each. */
enum evd_status evd_walk(struct evd_walker *walker, enum evd_walk_end *end, struct evd_error *error);

#endif
