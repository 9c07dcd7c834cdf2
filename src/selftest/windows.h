/* Windows: the excerpts that mutations are tried in, of both logs.
 *
 *     ours  ──────[══x════════]──────    from 16 events before the mutation to as many after it as the rules look
 *                 from        to         ahead and 64 more that take part in alignment, as far as the stretch goes
 */
#ifndef EVD_SELFTEST_WINDOWS_H
#define EVD_SELFTEST_WINDOWS_H

#include "selftest/plan.h"

/* The excerpt that one thread of a mutant is tried in. */
struct evd_window {
    struct evd_boundary from, to;
};

enum { EVD_WINDOWS_PER_MUTANT = 2 }; /* the second for EVD_MUTATION_SWAP_THREADS: where the other thread is */

/* How many windows a mutant has. */
static inline size_t evd_window_count(const struct evd_mutant *mutant)
{
    return mutant->mutation == EVD_MUTATION_SWAP_THREADS ? 2 : 1;
}

/* Chooses the windows of all mutants, EVD_WINDOWS_PER_MUTANT places in the list for each, and finds what they are in
 * canary. The caller frees *windows, also on failure. Errors: as evd_walk. Cost: a walk over the stretches with
 * mutants. */
enum evd_status evd_windows_open(const struct evd_selftest_plan *plan, struct evd_walker *walker,
                                 const struct evd_log *const logs[EVD_SIDES], struct evd_window **windows,
                                 struct evd_error *error);

#endif
