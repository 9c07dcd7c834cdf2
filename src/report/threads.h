/* The pairs of threads as reports for people list them: the worst first, and each in a line. */
#ifndef EVD_REPORT_THREADS_H
#define EVD_REPORT_THREADS_H

#include "report/describe.h"
#include "report/known.h"

struct evd_thread_row {
    const struct evd_pair_outcome *pair;
    enum evd_pair_state state;
    uint64_t matched;              /* in all; without resync, up to the first divergence */
    uint64_t unmatched;            /* of the side that has more of them */
    uint64_t classes[EVD_CLASSES]; /* divergences of each */
    uint64_t news;                 /* with control runs: those that are new */
    size_t first_new;              /* index of the first of them in the pair's divergences */
    uint64_t told;                 /* with a ledger: those that it leaves to be looked at */
    size_t first_told;             /* index of the first of them in the pair's divergences */
};

/* A row a pair: with a ledger those with the most that it leaves to be looked at, with control runs those with the most that is new;
 * diverged threads before those that end early before equal ones; then those with the most events that match nothing; then by
 * tid. `known` may be NULL. NULL when memory runs out; freed by the caller. */
struct evd_thread_row *evd_threads_worst_first(const struct evd_outcome *outcome, const struct evd_known *known);

/* "[295] kernel.return NtReadFile return_value: canary=259 ours=2147483653", "equal", "ours ends early: …": the first difference, with
 * control runs the first new one, with a ledger the first that it leaves to be looked at, if there is one. */
void evd_describe_thread(struct evd_buffer *line, const struct evd_outcome *outcome, const struct evd_thread_row *row);

/* The first pair, in the order of the outcome, in which a search for the best alignment was cut short, and how many there are; NULL
 * where there is none. */
const struct evd_pair_outcome *evd_first_cut_short(const struct evd_outcome *outcome, size_t *count);

#endif
