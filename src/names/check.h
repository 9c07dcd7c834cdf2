/* Names: checks that the names in matching events are renamed consistently, one to one.
 *
 * All pairs' matching events are gone through in the order of canary's lines, which is the order in time, so
 * that what a thread learns holds for the threads after it, whatever the number of workers:
 *
 *     pairs' runs ─► merge by offset ─► read both texts, list names ─► renamings, event by event
 *                    65,536 events       in parallel                   in order
 *
 * Ownership: the caller frees the breaks. Threads: one call at a time; it uses the pool. */
#ifndef EVD_NAMES_CHECK_H
#define EVD_NAMES_CHECK_H

#include "base/pool.h"
#include "base/steps.h"
#include "names/known_names.h"
#include "names/name_break.h"
#include "walk/matched.h"

/* A pair of threads: its matching events, and where its breaks go. */
struct evd_names_pair {
    const struct evd_stream *stream[EVD_SIDES]; /* the matching events are verified (evd_stream_verify) */
    const struct evd_matched *matched;
    struct evd_name_break_list *breaks;
};

/* Who follows a check, event by event, in the order in which they are checked. All functions are called on the thread
 * that checks, with the same context, and return false when memory runs out: then the check fails. */
struct evd_names_observer {
    /* Before the first event. `known` is what the events so far taught, good until the check ends. */
    bool (*start)(void *context, struct evd_known_names *known);
    /* The next matching events, by the offset of canary's line: begin, each of their names before it is learnt, end.
     * `is_broken`: one of them broke the renaming. */
    bool (*begin)(void *context, uint64_t offset);
    bool (*name)(void *context, size_t pair, const struct evd_name_use *use);
    bool (*end)(void *context, bool is_broken);
    /* After the last event. */
    bool (*finish)(void *context);
};

struct evd_names_options {
    bool is_plain;                             /* see evd_diff_options */
    bool stops_at_breaks;                      /* a pair ends with its first break: it teaches nothing after it */
    const struct evd_names_observer *observer; /* or NULL. Of an event at which a pair ends it may miss names */
    void *observer_context;
    struct evd_steps *steps; /* or NULL */
};

struct evd_names_result {
    uint64_t *uses;      /* names compared, one count a class of the rules; the caller frees it */
    uint64_t bytes_read; /* of text */
};

/* `result` is filled on failure too. Errors: EVD_E_IO when a log changed, EVD_E_INDEX when so and it has a saved index,
 * EVD_E_NO_MEMORY. Cost: reads both texts of every pair of matching events that have names, once; memory for the names
 * in use, and about 10 MB. */
enum evd_status evd_names_check_pairs(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                                      const struct evd_names_pair *pairs, size_t pair_count,
                                      const struct evd_names_options *options, struct evd_names_result *result,
                                      struct evd_error *error);

#endif
