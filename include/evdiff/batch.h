/* Batches: many diffs of one night, each in a process of its own, in a folder that can be gone on with.
 *
 *     evd_batch_open(&options, &batch, &error);   the plan: DIR/plan.json
 *     evd_batch_run(batch, &tally, &error);       the diffs: DIR/jobs/NAME/…
 *     evd_batch_judge(batch, &night, &error);     what they come to: DIR/night.json
 *     evd_night_write(night, "text", …);
 *
 * docs/batch.md says what a manifest may hold, and what the folder has.
 *
 * Ownership: the caller closes the batch and frees the night, which borrows nothing from it. Threads: one batch, one
 * thread at a time. evd_batch_run starts processes and waits for those that it has started, for no others; it installs no
 * signal handler. */
#ifndef EVDIFF_BATCH_H
#define EVDIFF_BATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/error.h"
#include "evdiff/ledger.h"
#include "evdiff/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a night may fail on, as bits: 1 << state. */
enum evd_night_state {
    EVD_NIGHT_NEW,         /* a root that nobody knows, in all of tonight's runs or in enough nights */
    EVD_NIGHT_MOVED,       /* the same, and a known family of the same place is gone */
    EVD_NIGHT_REGRESSED,   /* what was fixed is back */
    EVD_NIGHT_EXPIRED,     /* it is known, and the time that was given for it is over */
    EVD_NIGHT_UNCONFIRMED, /* a root that nobody knows, not yet seen often enough */
    EVD_NIGHT_GROWN,       /* a known family where it was not before */
    EVD_NIGHT_FIXED,       /* a known family is absent, and its place was passed */
    EVD_NIGHT_FLAKY,       /* a family that is known to come and go */
    EVD_NIGHT_FOLLOWER,    /* nobody knows it; it follows from a known family */
    EVD_NIGHT_STATES,
};

const char *evd_night_state_name(enum evd_night_state state);

#define EVD_NIGHT_FAILS_DEFAULT \
    (1u << EVD_NIGHT_NEW | 1u << EVD_NIGHT_MOVED | 1u << EVD_NIGHT_REGRESSED | 1u << EVD_NIGHT_EXPIRED)

/* Reads names of states between commas; false, with the part that is none, when it is not that. */
bool evd_night_states_read(const char *text, unsigned *states, struct evd_text *wrong);

/* How far a run is. */
struct evd_batch_progress {
    size_t jobs;    /* runs of jobs, all of the shard */
    size_t done;    /* of them; with those that were done before */
    size_t running; /* of them */
    size_t trouble; /* of those that are done */
    double seconds; /* since the run began */
    /* The size of the work: what the diffs of all runs are expected to take of memory, but for those whose outcomes were there;
     * and of those that are done. Zero while it is not known. */
    uint64_t work_bytes, done_bytes;
    const char *name; /* of the job that began last; NULL: none has */
};

struct evd_batch;

struct evd_batch_options {
    const char *out;      /* the folder of the night; made when it is not there */
    const char *manifest; /* a TOML file, or "-": JSON Lines on standard input; NULL: the plan that `out` has */
    const char
        *previous; /* the folder of an earlier night, or NULL: outcomes of logs that are the same are taken from it */
    const char *program;   /* the evdiff that makes the diffs; NULL: the program itself */
    unsigned threads;      /* of all diffs together, 1 to 1024; 0: one a core that the process may run on */
    unsigned jobs;         /* diffs at a time; 0: as threads and memory allow */
    uint64_t memory_bytes; /* that all diffs together may take; 0: four fifths of what is free */
    size_t shard, shards;  /* this shard of so many, from 1; 0 of 0: all jobs */
    bool is_dry_run;       /* evd_batch_judge writes nothing */
    uint32_t today;        /* as 20270201: lines of ledgers whose last day is before it have expired; 0: none has */
    unsigned fail_on;      /* instead of what the manifest says; 0: as it says */
    const volatile sig_atomic_t *stop; /* once it is not 0, evd_batch_run ends its diffs and returns; or NULL */
    void (*progress)(void *context, const struct evd_batch_progress *progress); /* several times a second; or NULL */
    void *progress_context;
    /* Called once the plan is known, and before anything but a lock is written: false ends it, with EVD_E_ARGUMENT; or
     * NULL. A night without a folder is asked for twice: before its folder is made, and when it has one. What the batch reads
     * is told by evd_batch_files. */
    bool (*accept)(void *context, const struct evd_batch *batch);
    void *accept_context;
    /* The night that had a family of a job first, of nights that the night before does not remember: a text that is freed with
     * free, NULL: none is known; or NULL. False ends judging, with EVD_E_IO. */
    bool (*first_seen)(void *context, const char *job, uint64_t signature, const char *night, char **first);
    void *first_seen_context;
    /* The path of the rules that come with the program under a name; NULL: there are none. May be NULL. */
    const char *(*find_rules)(void *context, const char *name);
    void *find_rules_context;
};

/* Locks the folder, reads the manifest or the plan, and writes the plan. Errors: EVD_E_ARGUMENT with a place in the manifest,
 * or when another batch has the folder; EVD_E_INPUT for a `previous` that is no night's; EVD_E_IO; EVD_E_NO_MEMORY. On failure
 * *batch is NULL. `options` is borrowed. */
enum evd_status evd_batch_open(const struct evd_batch_options *options, struct evd_batch **batch,
                               struct evd_error *error);

/* What evd_batch_run did. */
struct evd_batch_tally {
    size_t runs;   /* of jobs, all of the shard */
    size_t diffed; /* now */
    size_t cached; /* their outcome was there: in the folder, or of the earlier night */
    size_t trouble;
    size_t left; /* not done, because the run was stopped */
    bool is_stopped;
};

/* Runs what is not done yet. A diff that fails is in its job's file and no error. Errors: EVD_E_IO when the folder can't be
 * written, EVD_E_NO_MEMORY; what is done by then stays done. */
enum evd_status evd_batch_run(struct evd_batch *batch, struct evd_batch_tally *tally, struct evd_error *error);

/* The jobs, their runs and the memory that each of those is expected to take, in bytes; by index from 0. */
size_t evd_batch_job_count(const struct evd_batch *batch);

/* Whether the night has its folder: not where evd_batch_options::accept is called before it is made. */
bool evd_batch_has_folder(const struct evd_batch *batch);

/* What a batch does with a file. */
enum evd_batch_use {
    EVD_BATCH_READS,
    EVD_BATCH_READS_LOG, /* and its index */
    EVD_BATCH_KEEPS,     /* a file of the folder of a night, its own or the one before */
};

/* Takes a file that a batch reads or writes: `what` says what it is, "one of the logs". The path is good until it returns; false
 * ends it. */
typedef bool evd_batch_take_file(void *context, const char *what, const char *path, enum evd_batch_use use);

/* Tells all files that a batch reads, and those of its folder, there or not. False when `take` was, or memory ran out. */
bool evd_batch_files(const struct evd_batch *batch, evd_batch_take_file *take, void *context);

/* Takes NULL too. */
void evd_batch_close(struct evd_batch *batch);

struct evd_night;

/* Reads what the jobs have come to, from outcomes alone, and writes DIR/night.json. Errors: EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_batch_judge(struct evd_batch *batch, struct evd_night **night, struct evd_error *error);

/* A job in one night, as a history has it. */
struct evd_job_night {
    const char *name;        /* of the night */
    int64_t number;          /* of the night: those of later ones are higher */
    bool is_conclusive;      /* else the counts say nothing */
    uint64_t events;         /* of canary, at most 2^40, as the others */
    uint64_t matched, roots; /* of them; families that follow from none */
};

enum { EVD_JOB_NIGHTS_MAX = 30 };

/* Takes a night of a job; what it is given is good until it returns. False ends it. */
typedef bool evd_take_job_night(void *context, const struct evd_job_night *told);

/* Tells the nights of a job up to one of a name, the newest first, EVD_JOB_NIGHTS_MAX at most: evd_history_job_nights of
 * evdiff/history.h is one. */
typedef enum evd_status evd_tell_job_nights(void *context, const char *job, const char *night, evd_take_job_night *take,
                                            void *taken, struct evd_error *error);

/* Lets a night know how its jobs came out in the last nights, tonight among them: its page draws it. Errors: as `tell`; EVD_E_NO_MEMORY. */
enum evd_status evd_night_recall(struct evd_night *night, evd_tell_job_nights *tell, void *context,
                                 struct evd_error *error);

/* What the program should say: 2 where a job is in trouble or was not run, else 3 where one is inconclusive, else 1 where
 * there is something to look at, else 0. */
int evd_night_exit_code(const struct evd_night *night);

/* The formats of a night's report, by index from 0; NULL past the last one. */
const char *evd_night_format_name(size_t index);
const char *evd_night_format_summary(size_t index);

/* Writes a report. `tally` may be NULL: what a run did is only in the text. Errors: EVD_E_ARGUMENT for an unknown format, EVD_E_IO when
 * `write` returned false, EVD_E_NO_MEMORY. */
enum evd_status evd_night_write(const struct evd_night *night, const char *format, const struct evd_batch_tally *tally,
                                evd_write *write, void *context, struct evd_error *error);

/* A line of a ledger that has nothing to do any more: in each job that has had its family the place was passed without it, as
 * often as it takes. */
struct evd_prunable_line {
    const char *path;
    uint64_t line;
    uint64_t signature;
    bool is_fixed; /* it says known, and should say fixed; else it is stale, and should go */
};

/* *lines is freed by the caller, with free; by path, then by line; the paths are the night's. A job without a conclusive result keeps the
 * lines that it had. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_night_prunable(const struct evd_night *night, struct evd_prunable_line **lines, size_t *count,
                                   struct evd_error *error);

/* The path of the outcome of the first job and run of the night that have a family whose signature begins with such digits, to be
 * freed with free. Errors: EVD_E_ARGUMENT when none has, or several families begin so; EVD_E_NO_MEMORY; *path is NULL then. */
enum evd_status evd_night_find_outcome(const struct evd_night *night, const char *digits, char **path,
                                       struct evd_error *error);

/* An outcome of a night: good until the call that tells it returns, but for the ledger, which is the night's. */
struct evd_night_outcome {
    const char *path;
    const char *job;                 /* its name */
    const struct evd_ledger *ledger; /* what is listed for the job; NULL: it names no ledger */
};

/* Takes an outcome. False ends it. */
typedef bool evd_take_outcome(void *context, const struct evd_night_outcome *outcome);

/* Tells the outcomes of all runs of the jobs that are conclusive, in the order of the plan; *left is how many jobs are not. Errors:
 * EVD_E_NO_MEMORY; what `take` ended is none. */
enum evd_status evd_night_outcomes(const struct evd_night *night, evd_take_outcome *take, void *context, size_t *left,
                                   struct evd_error *error);

/* The ledgers of all jobs, by index from 0; NULL past the last one. */
const char *evd_night_ledger(const struct evd_night *night, size_t index);

/* Takes NULL too. */
void evd_night_free(struct evd_night *night);

#ifdef __cplusplus
}
#endif

#endif
