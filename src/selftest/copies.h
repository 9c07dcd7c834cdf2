/* Copies: small logs that hold the excerpts of many mutants, a thread each: canary's, ours, and ours mutated.
 *
 * Ownership: copies own their texts; plan, logs and windows must outlive them. Threads: one at a time. */
#ifndef EVD_SELFTEST_COPIES_H
#define EVD_SELFTEST_COPIES_H

#include "selftest/excerpt.h"
#include "selftest/windows.h"

enum evd_copy { EVD_COPY_CANARY, EVD_COPY_OURS, EVD_COPY_MUTATED, EVD_COPIES };

struct evd_copies {
    const struct evd_selftest_plan *plan;
    const struct evd_log *const *logs; /* that the excerpts are taken from */
    const struct evd_window *windows;  /* of all mutants */
    struct evd_excerpt_reader readers[EVD_SIDES];
    struct evd_buffer texts[EVD_COPIES]; /* logs of schema v1 */
    size_t thread_count;                 /* windows in the texts; their tids are 1 and so on */
};

/* False when memory runs out; release in either case. */
bool evd_copies_init(struct evd_copies *copies, const struct evd_selftest_plan *plan,
                     const struct evd_log *const logs[EVD_SIDES], const struct evd_window *windows);
void evd_copies_release(struct evd_copies *copies);

/* Empties the texts but for a log's header; false when memory runs out. */
bool evd_copies_begin(struct evd_copies *copies);

/* Adds the excerpts of a mutant, by its index in the plan. Errors: EVD_E_NO_MEMORY, EVD_E_IO when a log changed. Cost:
 * parses them, some 300 events. */
enum evd_status evd_copies_add(struct evd_copies *copies, size_t mutant, struct evd_error *error);

/* True when the texts hold as much as should be read at a time. */
bool evd_copies_are_full(const struct evd_copies *copies);

#endif
