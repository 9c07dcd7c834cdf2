/* Selftest: how sharp a rule set is, measured. Mutations are planted in copies of a log, and the diff is asked
 * whether it sees them. docs/trust.md says how to read the result.
 *
 * Ownership: a result owns all it points to; the caller frees it with evd_selftest_free.
 * Threads: read-only once evd_selftest has returned it. */
#ifndef EVDIFF_SELFTEST_H
#define EVDIFF_SELFTEST_H

#include "evdiff/diff.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is done to a copy, at one place. */
enum evd_mutation {
    EVD_MUTATION_DROP,         /* an event is left out */
    EVD_MUTATION_DUPLICATE,    /* an event comes twice */
    EVD_MUTATION_SWAP,         /* an event and the next one that differs from it in text change places;
                                  engine-local ones are passed over, unless it is one */
    EVD_MUTATION_CHANGE,       /* one value in the payload is another of its type */
    EVD_MUTATION_SWAP_THREADS, /* from there on, the events of two threads are those of each other */
    EVD_MUTATION_CUT,          /* the thread ends before the event */
    EVD_MUTATION_LOSE_THREAD,  /* the event's thread is not there; once a thread */
    EVD_MUTATIONS,
};

/* "drop", "duplicate", …; NULL for a number that is no mutation. */
const char *evd_mutation_name(enum evd_mutation mutation);

struct evd_selftest_options {
    unsigned threads; /* 1 to 1024; 0: one for each core the process may run on. The result does not depend on it */
    uint64_t seed;    /* what is planted where is a function of the logs, this and `samples` */
    uint64_t samples; /* of each mutation, 1 to EVD_SAMPLES_MAX; in a small log there may be room for fewer */
    const struct evd_tid_pair *tid_map; /* these say which thread is which, as in struct evd_diff_options */
    size_t tid_map_count;
    enum evd_pairing pairing;
    evd_step_progress *progress; /* or NULL */
    void *progress_context;
};

enum { EVD_SAMPLES_MAX = 1000000 };

/* How many mutations were planted, and how many of them the diff saw. */
struct evd_detection {
    uint64_t planted, detected;
};

/* The mutations of one kind of event. */
struct evd_kind_detection {
    struct evd_text kind; /* as JSON spells it in ASCII, without the quotes */
    struct evd_detection all;
    struct evd_detection by_mutation[EVD_MUTATIONS];
};

/* The mutations of one sort at one field of one kind. */
struct evd_field_detection {
    enum evd_mutation mutation;
    struct evd_text kind;
    struct evd_text field; /* EVD_MUTATION_CHANGE: the path in the payload, as "args.a1" or "sids[]" (any
                              item); else empty */
    struct evd_detection detection;
};

struct evd_selftest {
    struct evd_detection all;
    struct evd_detection by_mutation[EVD_MUTATIONS];
    struct evd_kind_detection *kinds; /* in byte order of kinds */
    size_t kind_count;
    struct evd_field_detection *fields; /* by mutation, then kind, then field, in byte order */
    size_t field_count;
    uint64_t passed_over;                 /* mutations that were to be planted where the logs do not match after all */
    struct evd_missing_tid *missing_tids; /* as in struct evd_outcome */
    size_t missing_tid_count;
    uint64_t event_count;    /* of ours */
    uint64_t matched_events; /* of those, the ones in stretches that match, where mutations are planted */
};

/* Plants mutations in ours and diffs it with canary, by the rules that both were read with. The same log may be
 * given twice.
 *
 * Mutations are planted where the two logs match; one is detected when the pair of threads that it is in then
 * diverges, hidden nulls included, or ends early, or a name breaks a renaming, in any thread, that it does not break without; a lost thread, when canary's is then without
 * a counterpart and the rules do not let it be missing, or a thread has another counterpart that it differs from. Each is tried
 * in an excerpt of its thread, long enough for what the rules look ahead, and where that shows nothing, names and
 * swapped and lost threads in the whole logs; which SIDs are shared is taken from the whole logs. `options` may be NULL: seed 1, 300 samples,
 * threads paired by their first calls.
 * Errors: EVD_E_ARGUMENT (also for a log that was opened by its saved index), EVD_E_NO_MAPPING, EVD_E_IO when a
 * log changed meanwhile, EVD_E_NO_MEMORY. Cost: a diff with resync, a parse of ours, and one of some 300
 * events a mutation; with names their check once more; at most some 200 MB of memory for long lines. */
enum evd_status evd_selftest(const struct evd_log *canary, const struct evd_log *ours,
                             const struct evd_selftest_options *options, struct evd_selftest **result,
                             struct evd_error *error);

/* Takes NULL too. */
void evd_selftest_free(struct evd_selftest *result);

#ifdef __cplusplus
}
#endif

#endif
