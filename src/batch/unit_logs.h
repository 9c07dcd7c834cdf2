/* A unit's logs: what each is, and who hashes it.
 *
 *     remembered: it is what it was (batch/identity.h)             its hash is known
 *     an outcome of logs of these sizes is there                   hashed before the diff, which may not be needed then
 *     else                                                         the diff hashes what it reads, which costs it little
 *
 * Threads: one at a time. */
#ifndef EVD_BATCH_UNIT_LOGS_H
#define EVD_BATCH_UNIT_LOGS_H

#include "batch/batch.h"
#include "batch/record.h"

struct evd_unit_logs {
    struct evd_record *record;
    size_t next;                          /* to be looked at */
    bool hashes_now;                      /* what is not remembered */
    bool is_unknown[EVD_RECORD_LOGS_MAX]; /* the hash of the log is */
    size_t unknown_count;
    int64_t looked_ns; /* when the first was looked at */
    struct evd_hashing *hashing;
};

/* Begins, or begins anew, with the paths that the record has. */
void evd_unit_logs_begin(struct evd_unit_logs *logs, struct evd_record *record);
void evd_unit_logs_release(struct evd_unit_logs *logs);

/* Goes on: looks at logs, or hashes at most `most` bytes. *is_done: each is looked at, and hashed where that is asked for.
 * EVD_E_IO is the unit's trouble, *trouble, with a message that names the log; EVD_E_NO_MEMORY. */
enum evd_status evd_unit_logs_go_on(struct evd_unit_logs *logs, struct evd_batch *batch, uint64_t most, bool *is_done,
                                    enum evd_batch_result *trouble, struct evd_error *error);

/* Whether the logs, as far as they are known, may be those of a record. */
bool evd_unit_logs_may_be(const struct evd_unit_logs *logs, const struct evd_record *record);

/* From now on hashes what is not known. */
void evd_unit_logs_hash_now(struct evd_unit_logs *logs);

/* After a diff: takes the hashes that it told, a line a log, and hashes what it did not. *are_same: the logs are what they
 * were when they were looked at. Errors: as evd_unit_logs_go_on. */
enum evd_status evd_unit_logs_take(struct evd_unit_logs *logs, struct evd_batch *batch, const char *told,
                                   bool *are_same, enum evd_batch_result *trouble, struct evd_error *error);

#endif
