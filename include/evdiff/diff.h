/* The diff: pairs the threads of two logs, aligns every pair, and says where each first parts. */
#ifndef EVDIFF_DIFF_H
#define EVDIFF_DIFF_H

#include "evdiff/beside.h"
#include "evdiff/log.h"
#include "evdiff/outcome.h"
#include "evdiff/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How threads find their counterparts. */
enum evd_pairing {
    EVD_PAIR_FIRST_CALL, /* by the rules' pairing field; of several, the lowest tid with the lowest */
    EVD_PAIR_SIMILARITY, /* by what they do */
};

/* What a result must fulfil to mean something; else the verdict is EVD_VERDICT_INCONCLUSIVE. */
struct evd_demands {
    struct evd_amount min_compared; /* at least so many of canary's events are compared: match or differ */
    struct evd_amount max_absorbed; /* at most so many of them are absorbed */
    bool no_truncated;              /* no stream ends while its partner goes on */
};

/* Rules that a diff might have used. */
struct evd_other_rules {
    const char *name; /* what a hint calls them */
    const struct evd_rules *rules;
};

struct evd_other_rules_list {
    const struct evd_other_rules *items;
    size_t count;
};

/* One more run of one of the engines: what differs between it and that engine's log differs without a bug
 * (docs/controls.md). */
struct evd_control {
    const struct evd_log *log;
    enum evd_side side; /* the engine that it is a run of */
};

struct evd_diff_options {
    unsigned threads;                   /* 1 to 1024; 0: one for each core the process may run on */
    const struct evd_tid_pair *tid_map; /* which thread is which, one entry a canary tid at most; those of
                                           threads that a log does not have become
                                           evd_outcome::missing_tids. NULL: by `pairing` */
    size_t tid_map_count;               /* at least 1 with a tid_map */
    enum evd_pairing pairing;
    bool emit_absorbed_events; /* keep every absorbed event (evd_pair_outcome::absorbed_events) */
    bool resync; /* go on after each pair's first divergence, to the ends of its streams; done in any case where
                    the rules have names of scope "log", which all pairs teach, and where there are demands, which are
                    held against all events */
    struct evd_demands demands;
    /* With resync: the rules of which a hint tells those that fit better, borrowed until the diff has ended. Asked once, by
     * the calling thread, when a value differs; NULL: there are none. */
    struct evd_other_rules_list (*other_rules)(void *context);
    void *other_rules_context;
    const struct evd_control
        *controls; /* at most EVD_CONTROLS_MAX. Each is diffed with the log of its side, its threads
                                           paired by `pairing`; then what is new is told from noise. With resync, which
                                           is done in any case then */
    size_t control_count;
    /* With resync: quote the events around the places of many families, not only of those to look at
     * (evd_outcome::quotations), and say where each thread and each divergence is in time; a parse of each of these
     * events. */
    bool quotations;
    const struct evd_asked_option *asked; /* what the program was asked by, for the commands that reports print; copied.
                                             NULL: nothing */
    size_t asked_count;
    bool is_plain; /* read and compare events also where their keys tell enough, and parse every line that is read,
                      without shapes: slower, the results are the same */
    evd_step_progress *progress; /* or NULL */
    void *progress_context;
};

/* Diffs two logs that were read with the same rules.
 *
 * `options` may be NULL. On success *outcome is to be freed by the caller and does not borrow from the
 * logs; but for what it cost, its content does not depend on the number of threads. On failure it is
 * NULL. Errors: EVD_E_NO_MAPPING when no thread has a counterpart or tid_map has no entry, EVD_E_ARGUMENT (rules, threads,
 * demands, pairing, tid_map, a control run's side, other rules that are NULL), EVD_E_IO when a log changed meanwhile, EVD_E_INDEX when a saved index turns
 * out not to be its log's (open the logs again with EVD_INDEX_OFF), EVD_E_NO_MEMORY.
 *
 * Threads: any number of diffs may run at once, also of the same logs; each starts threads of its own.
 * Cost: linear in the events up to each divergence; text is read only where they part, and where keys differ and do
 * not tell which absorber takes the event. With resync near n log n
 * in the events behind the first divergences, about 100 bytes for each of them on the way, and a parse of those
 * that differ. With EVD_PAIR_SIMILARITY once more linear in all events. Where the rules have names, a parse of
 * every event whose kind has some. */
enum evd_status evd_diff(const struct evd_log *canary, const struct evd_log *ours,
                         const struct evd_diff_options *options, struct evd_outcome **outcome, struct evd_error *error);

/* What one diff after the other uses: rules and a pool of threads with what they work on. */
struct evd_session;

/* Opens a session for logs that were read with `rules`, which must outlive it. `threads`: 1 to 1024, or 0: one for each
 * core the process may run on. On success the caller closes *session; on failure it is NULL. Errors: EVD_E_ARGUMENT
 * (threads), EVD_E_NO_MEMORY. Threads: one session, one diff at a time; any number of sessions may run at once. */
enum evd_status evd_session_open(const struct evd_rules *rules, unsigned threads, struct evd_session **session,
                                 struct evd_error *error);

/* As evd_diff, on the session's threads: evd_diff_options::threads is not looked at. EVD_E_ARGUMENT also when the logs
 * were read with other rules. The outcome does not depend on what the session diffed before, nor does it borrow from
 * the session. */
enum evd_status evd_session_diff(struct evd_session *session, const struct evd_log *canary, const struct evd_log *ours,
                                 const struct evd_diff_options *options, struct evd_outcome **outcome,
                                 struct evd_error *error);

/* What was done about a saved index that turned out not to be its log's. */
struct evd_fall_back {
    bool is_taken;                      /* else what follows is empty */
    struct evd_error why;               /* what was wrong with the index */
    struct evd_read_statistics reading; /* what reading the text instead cost */
};

/* As evd_session_diff, of logs that the session may replace: canary's, ours and the log of each of options->controls,
 * whose own `log` is not looked at. When a saved index turns out not to be its log's, the logs
 * that were opened by one are freed, opened again by their text, as `reading` says (NULL: the defaults) but for the
 * index, and diffed. With EVD_INDEX_REQUIRE there the error is EVD_E_INDEX instead. The caller owns what `logs` has
 * afterwards, also on failure; a log that could not be opened again is NULL. Errors: as evd_session_diff and
 * evd_logs_open. */
enum evd_status evd_session_diff_logs(struct evd_session *session, struct evd_log **logs,
                                      const struct evd_read_options *reading, const struct evd_diff_options *options,
                                      struct evd_outcome **outcome, struct evd_fall_back *fall_back,
                                      struct evd_error *error);

/* Takes NULL too. */
void evd_session_close(struct evd_session *session);

enum { EVD_BESIDE_CONTEXT_MAX = 500 };

/* Puts the events around one event of a thread of `side` beside each other as the diff has them: at most `context` (to
 * EVD_BESIDE_CONTEXT_MAX) before it and behind it on either side, of those that take part in alignment. An event stands beside
 * the one that it matches, or that a divergence of value sets against it, or, where the rules see past both, its equal; one that
 * is told alone has no counterpart. Where those would lie further away, fewer are told. `outcome` is of a diff of the two logs
 * with resync, or one that was saved: it says which threads are paired, and where they part.
 *
 * On success the caller frees *beside, which borrows nothing. Errors: EVD_E_ARGUMENT when there is no such side, thread,
 * event, or counterpart, or the outcome is not of these logs; as evd_log_find. Threads: any number at once. Cost: aligns the pair
 * of threads once more, and parses the events that are told. */
enum evd_status evd_beside_make(const struct evd_log *const logs[EVD_SIDES], const struct evd_outcome *outcome,
                                enum evd_side side, int64_t tid, int64_t tid_event_idx, uint64_t context,
                                struct evd_beside **beside, struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
