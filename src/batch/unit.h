/* Units: one diff of a batch, from its logs to its record.
 *
 *     waiting ─► ready: its key is known ─► running ─► ended ─► done
 *                  └► done: its outcome was there, or a log is not
 *
 * What has ended is concluded when there is time for it: another diff runs by then.
 *
 * Threads: one at a time. */
#ifndef EVD_BATCH_UNIT_H
#define EVD_BATCH_UNIT_H

#include "batch/batch.h"
#include "batch/child.h"
#include "batch/key.h"

enum evd_unit_state { EVD_UNIT_WAITING, EVD_UNIT_READY, EVD_UNIT_RUNNING, EVD_UNIT_ENDED, EVD_UNIT_DONE };

/* What a unit needs while it is prepared and run. */
struct evd_unit_work;

struct evd_unit {
    const struct evd_batch_job *job;
    size_t run; /* of the job's, from 0 */
    uint64_t estimate_bytes;
    enum evd_unit_state state;
    enum evd_batch_result result; /* once it is done */
    bool is_cached;               /* its outcome was there */
    struct evd_unit_work *work;
};

/* Does at most `most` bytes of hashing towards a unit being ready or done; stays waiting while there is more. Errors:
 * EVD_E_IO when the folder of the night can't be written, EVD_E_NO_MEMORY. */
enum evd_status evd_unit_prepare(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                 uint64_t most, struct evd_error *error);

/* Starts the diff of a unit that is ready, on so many threads. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_unit_start(struct evd_unit *unit, struct evd_batch *batch, unsigned threads,
                               struct evd_error *error);

/* The child of a unit that runs. */
struct evd_child *evd_unit_child(struct evd_unit *unit);

/* Takes what its child says; the unit has ended when its child has. */
void evd_unit_take(struct evd_unit *unit);

/* Makes of a unit that has ended one that is done, or, when it is to be tried again or was stopped, one that waits or is ready
 * once more. Errors: as evd_unit_prepare. */
enum evd_status evd_unit_conclude(struct evd_unit *unit, struct evd_batch *batch, struct evd_key_maker *maker,
                                  struct evd_error *error);

/* Ends a child that still runs, without grace, and forgets the work. */
void evd_unit_release(struct evd_unit *unit);

#endif
