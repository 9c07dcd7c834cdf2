/* Records: job.json, what one run of a job has come to. It is written last, once its outcome is in its place: a run that has a
 * record is done.
 *
 * Where the power fails, a record may be on the disk and its outcome not: it has the hash of the outcome, and counts only with
 * that. What does not is diffed again.
 *
 * A job's folder has outcome.json.zst and job.json for its first run, outcome.2.json.zst and job.2.json for its second.
 *
 * Ownership: texts belong to the arena that a record is read into, or are borrowed by one that is written. */
#ifndef EVD_BATCH_RECORD_H
#define EVD_BATCH_RECORD_H

#include "batch/identity.h"
#include "batch/plan.h"

enum evd_batch_result {
    EVD_RESULT_DONE,       /* there is an outcome */
    EVD_RESULT_CRASH,      /* the diff ended by a signal */
    EVD_RESULT_KILLED,     /* by SIGKILL, as the system does where memory runs out */
    EVD_RESULT_TIMEOUT,    /* it took longer than it may */
    EVD_RESULT_DEVICE,     /* a device failed (EIO) */
    EVD_RESULT_NO_MEMORY,  /* it was refused memory */
    EVD_RESULT_MALFORMED,  /* it refused a log, or an option */
    EVD_RESULT_NOT_PAIRED, /* no thread has a counterpart */
    EVD_RESULT_MISSING,    /* a log is not there */
    EVD_RESULT_CHANGED,    /* a log changed while it was read */
    EVD_RESULT_NOT_RUN,    /* there is no record */
    EVD_RESULTS,
};

/* "timeout"; and what is said of it. */
const char *evd_result_name(enum evd_batch_result result);

/* True for what may go well another time: it is tried twice. */
bool evd_result_is_retried(enum evd_batch_result result);

struct evd_record_log {
    const char *path; /* as the plan has it */
    struct evd_identity identity;
};

enum { EVD_RECORD_LOGS_MAX = 2 + 64, EVD_RECORD_MESSAGE_BYTES = 4096 };

struct evd_record {
    struct evd_hash128 key; /* of what the outcome is a function of; not read unless it is done */
    enum evd_batch_result result;
    const char *verdict;    /* of the outcome; NULL unless it is done */
    uint64_t skipped_lines; /* of both logs and the control runs, as the outcome has them; 0 unless it is done */
    const char *message;    /* the last lines that the diff said, or what is wrong; may be empty, never NULL */
    unsigned attempts;
    double seconds; /* of the last attempt */
    uint64_t peak_bytes;
    uint64_t outcome_bytes; /* of the file */
    struct evd_hash128 outcome_hash;
    struct evd_record_log logs[EVD_RECORD_LOGS_MAX]; /* canary's, ours, controls; none unless it is done */
    size_t log_count;
};

/* The names of the files of a run, counted from 0, in `name`. */
enum { EVD_FILE_NAME_MAX = 48 };
void evd_record_name(size_t run, char name[EVD_FILE_NAME_MAX]);
void evd_outcome_name(size_t run, char name[EVD_FILE_NAME_MAX]);

/* Reads a record; false when there is none, or it is none of this version: then the run is not done. */
bool evd_record_read(struct evd_arena *arena, const char *path, struct evd_record *record);

/* Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_record_write(const struct evd_record *record, const char *path, struct evd_error *error);

/* Whether the outcome that a record tells of is there, byte for byte. Cost: reading it. */
bool evd_record_has_outcome(const struct evd_record *record, const char *path);

#endif
