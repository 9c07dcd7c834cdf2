/* The ledgers that the jobs of a night name, each list of them read once.
 *
 * Ownership: all zero is an empty one; what is found is good until the release, and borrows nothing from the plan. */
#ifndef EVD_BATCH_LEDGERS_H
#define EVD_BATCH_LEDGERS_H

#include "base/table.h"
#include "batch/plan.h"
#include "evdiff/ledger.h"

/* Those of one job, and of all others that name the same. */
struct evd_job_ledger {
    struct evd_ledger *ledger;
    size_t count;                            /* of its files */
    const char *names[EVD_LEDGER_FILES_MAX]; /* as the plan has them */
    const char *paths[EVD_LEDGER_FILES_MAX]; /* from anywhere */
    struct evd_arena arena;                  /* names and paths */
    struct evd_table by_signature;           /* index of the first entry with a signature */
};

struct evd_ledgers {
    struct evd_job_ledger **list;
    size_t count, capacity;
    const char **files; /* paths of the files of all lists, in their order */
    size_t file_count, file_capacity;
    struct evd_table by_names; /* hash of the names of a list → the first such list */
    struct evd_table by_path;  /* hash of a path → the first such file */
};

/* The ledger of a job of the plan; *found is NULL when it names none. Errors: those of evd_ledger_read. */
enum evd_status evd_ledgers_find(struct evd_ledgers *ledgers, const struct evd_batch_plan *plan,
                                 const struct evd_batch_job *job, const struct evd_job_ledger **found,
                                 struct evd_error *error);

/* Reads those of all jobs, so that a fault is told. */
enum evd_status evd_ledgers_check(const struct evd_batch_plan *plan, struct evd_error *error);

/* The first entry with a signature, whatever its job; NULL: there is none. `ledger` may be NULL. */
const struct evd_ledger_entry *evd_job_ledger_entry(const struct evd_job_ledger *ledger, uint64_t signature);

void evd_ledgers_release(struct evd_ledgers *ledgers);

#endif
